"""CONTRIBUTING.md: every example is short, runs, and does what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import matchmaker as mm
from matchmaker.cli.delivery.delivery import demo_dataset
from matchmaker.cli.main import cli
from matchmaker.codebook import catalogue
from matchmaker.export import WRITERS
from matchmaker.matching.pairs.block import Blocker
from matchmaker.matching.pairs.find import read_catalogue, read_subjects
from matchmaker.survey import reader
from matchmaker.survey.checks import CHECKS

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
PARTS = re.split(r"^### … an? (\w+).*$", PAGE, flags=re.MULTILINE)[1:]
EXAMPLES = dict(zip(PARTS[::2], PARTS[1::2], strict=True))


def run(name: str, **names):
    """What the example of a section leaves, run with these names beside `mm`."""
    [code] = re.findall(r"^```python\n(.*?)^```", EXAMPLES[name], re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) <= 20
    scope = {"__name__": "example", "mm": mm, **names}
    exec(code, scope)  # noqa: S102
    return scope


@pytest.fixture(scope="module")
def survey():
    found, _ = mm.read_survey(demo_dataset() / "survey.xlsx", demo_dataset() / "catalogue")
    return found


@pytest.fixture(scope="module")
def data(survey, tmp_path_factory):
    with mm.Store(tmp_path_factory.mktemp("store") / "demo.db", create=True) as store:
        store.add(survey)
        return store.snapshot()


@pytest.fixture(scope="module")
def graph(data):
    return mm.build_graph(data, mm.find_matches(data))


def test_a_goal(graph, monkeypatch, capsys):
    monkeypatch.setitem(mm.GOALS, "quick", None)
    found = run("goal", graph=graph)
    best = mm.compose_chains(graph, mm.Demand("crutches", 8000), goal="lead_time")
    assert found["result"].chains[0].lead_time == best.chains[0].lead_time
    assert capsys.readouterr().out.startswith("quick ")


def test_a_check(tmp_path, monkeypatch):
    monkeypatch.setitem(catalogue(), "lead-time-long", {"severity": "warning"})
    rule = run("check")["long_lead_times"]
    monkeypatch.setattr(reader, "CHECKS", (*CHECKS, rule))
    (tmp_path / "enterprises.csv").write_text(
        "enterprise,name,role,region\n7707083893,Bolts,member,RU-BA\n", "utf-8"
    )
    (tmp_path / "offers.csv").write_text(
        "enterprise,product,price,lead_time\n7707083893,Bolt,9,1096\n7707083893,Nut,5,1095\n",
        "utf-8",
    )
    issues = mm.read_survey(tmp_path)[1]
    assert [(one.row, one.column) for one in issues if one.code == "lead-time-long"] == [(2, "D")]


def test_a_comparison(data):
    compare_lengths = run("comparison")["compare_lengths"]
    texts, catalogue = read_catalogue(data)
    subjects = read_subjects(data.frames["offers"], texts, catalogue)
    [*pairs] = Blocker(catalogue, 3).blocks(subjects)
    levels = compare_lengths(subjects, catalogue.names, pairs[0])
    assert levels.shape == (len(pairs[0]),)
    assert np.nanmin(levels) > 0
    assert np.nanmax(levels) <= 1


def test_a_writer(graph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(WRITERS, "edges", None)
    run("writer", graph=graph)
    lines = (tmp_path / "cluster.edges").read_text("utf-8").splitlines()
    assert len(lines) == graph.number_of_edges()


def test_a_command(db, monkeypatch):
    monkeypatch.setattr(cli, "commands", dict(cli.commands))
    run("command")
    with mm.Store(db) as store:
        offers = store.snapshot().frames["offers"]
    assert CliRunner().invoke(cli, ["count", str(db)]).output == f"{len(offers)}\n"


def test_the_folders_of_the_map_exist():
    package = Path(mm.__file__).parent
    rows = [row.split("|")[2] for row in PAGE.splitlines() if row.startswith("| ")][2:]
    places = re.findall(r"`([\w/.*]+)`", " ".join(rows))
    assert [place for place in places if not list(package.glob(place))] == []
