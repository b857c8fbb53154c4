"""Same demo, same output: byte for byte on two runs, and whatever the order of the rows."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from matchmaker.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "datasets" / "rehabilitation"
OUTPUTS = ("recommendations.json", "graph.graphml", "graph.gexf", "dossier.html")
CELL = re.compile(r"([\w.-]+\.(xlsx|csv)![^!\"<]+!)?\b[A-Z]{1,2}[0-9]+\b")
"""A cell with its file and sheet, or alone as in the dossier."""


def test_workbook_is_what_the_answers_make(tmp_path):
    script = ROOT / "scripts" / "make_demo_survey"
    out = tmp_path / "survey.xlsx"
    subprocess.run([sys.executable, script, "--out", out], check=True, capture_output=True)
    assert out.read_bytes() == (CASE / "survey.xlsx").read_bytes()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What the demo printed and left behind, on two runs into one folder.

    Each is a process of its own, with other hashes of text.
    """
    folder = tmp_path_factory.mktemp("demo") / "out"
    return [demo(folder, hashes) for hashes in ("1", "7")]


def demo(folder, hashes):
    done = subprocess.run(
        [sys.executable, "-m", "matchmaker", "demo", folder, "--lang", "ru"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONHASHSEED": hashes, "PYTHONIOENCODING": "utf-8"},
    )
    return done, {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_is_left_and_named_on_stdout(runs):
    done, left = runs[0]
    assert sorted(left) == sorted([*OUTPUTS, "cluster.db"])
    assert [Path(line).name for line in done.stdout.splitlines()] == sorted(left)
    assert "вымышлены" in done.stderr


def test_two_runs_give_the_same_bytes(runs):
    (_, first), (_, second) = runs
    for name in OUTPUTS:
        assert first[name] == second[name], name


def test_the_enterprises_are_said_to_be_invented(runs):
    _, left = runs[0]
    found = json.loads(left["recommendations.json"])
    assert found["invented"] is True
    assert set(found) == {
        "schema_version",
        "invented",
        "chains",
        "together",
        "members",
        "gaps",
    }
    assert "вымышлен" in left["dossier.html"].decode()


def test_shuffled_rows_change_nothing_but_the_cells(runs, tmp_path, monkeypatch):
    shuffle_case(tmp_path / "case", random.Random(7))
    monkeypatch.setattr("matchmaker.cli.delivery.delivery.demo_dataset", lambda: tmp_path / "case")
    out = tmp_path / "out"
    ran = CliRunner().invoke(cli, ["demo", str(out), "--lang", "ru"])
    assert ran.exit_code == 0, ran.output
    for name in OUTPUTS:
        expected = without_cells(runs[0][1][name])
        assert without_cells((out / name).read_bytes()) == expected, name


def without_cells(content):
    return CELL.sub("cell", content.decode())


def shuffle_case(folder, chance):
    """Copy of the demo case with the rows of every sheet and file in another order."""
    (folder / "catalogue").mkdir(parents=True)
    for path in sorted((CASE / "catalogue").iterdir()):
        head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        chance.shuffle(rows)
        text = "".join([head, *rows])
        (folder / "catalogue" / path.name).write_text(text, encoding="utf-8")
    book = openpyxl.load_workbook(CASE / "survey.xlsx")
    for sheet in book.worksheets[1:]:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        chance.shuffle(rows)
        for place, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                sheet.cell(place, column).value = value
    book.save(folder / "survey.xlsx")
