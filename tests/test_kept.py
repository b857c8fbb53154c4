"""Kept matches: what is answered from an excerpt is what is answered from the whole store."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from shutil import copy

import networkx as nx
import pandas as pd
import pytest

from matchmaker.chains import Demand, compose_chains
from matchmaker.cli.main import main
from matchmaker.cli.shared.output import load_graph, plain
from matchmaker.graph import build_graph
from matchmaker.kept_matches import keep_matches, match_store
from matchmaker.matching import find_matches
from matchmaker.model import SourceFile, SourceSheet, Survey
from matchmaker.recommend import find_gaps, recommend_members
from matchmaker.store import Store
from tests.fixtures import FILE, make_dataset
from tests.seeds import seeds

TODAY = date(2026, 3, 1)
PROCESSES = ("turning-milling", "welding", "sewing")
NAMES = {
    "chair": "Кресло-коляска",
    "frame": "Рама сварная",
    "wheel": "Колесо заднее",
    "tyre": "Шина для колеса",
    "tube": "Труба алюминиевая",
    "bag": "Сумка дорожная",
    "strap": "Ремень сумки",
}


def survey_of(**rows) -> Survey:
    """Rows as an import hands them to the store."""
    data = make_dataset(**rows)
    frames = {n: frame.drop(columns="id") for n, frame in data.frames.items() if len(frame)}
    sheets = tuple(SourceSheet(FILE, name, name, data.columns[FILE, name]) for name in frames)
    return Survey((SourceFile(FILE, "00"),), sheets, frames)


def random_survey(seed: int) -> Survey:
    """Firms of every role that state items, describe them in words, or master processes."""
    random = Random(seed)
    firms = [f"{n:010d}" for n in range(9)]
    kinds = {"chair": "product", "bag": "product", "frame": random.choice(["component", "phantom"])}
    wordings = [*NAMES.values(), "Колесо", "Рама", "Труба", "Неведомая вещь"]
    return survey_of(
        enterprises=[
            {
                "enterprise": key,
                "name": key,
                "role": random.choice(["member", "interested", "external"]),
            }
            | {"region": random.choice(["RU-BA", "RU-TA", None]), "answered_on": "2026-01-01"}
            for key in firms
        ],
        items=[
            {"item": code, "name_ru": name, "kind": kinds.get(code, "component"), "unit": "pcs"}
            | {"import_price": random.choice([None, 300, 900]), "mass": random.choice([None, 2])}
            | {"certificates": random.choice([None, "ISO 9001"])}
            for code, name in NAMES.items()
        ],
        bom=[
            {"item": "chair", "component": "frame", "quantity": 1},
            {"item": "chair", "component": "wheel", "quantity": 2},
            {"item": "wheel", "component": "tyre", "quantity": 1},
            {"item": "bag", "component": "strap", "quantity": 2},
            {"item": "frame", "component": "tube", "quantity": 6},
        ],
        substitutes=[{"item": "tyre", "substitute": random.choice(["strap", "tube"]), "ratio": 1}],
        routing=[
            {"item": code, "process": process, "hours": 1}
            for code in random.sample(sorted(NAMES), 3)
            for process in random.sample(PROCESSES, 2)
        ],
        offers=[
            {
                "enterprise": key,
                "product": f"{random.choice(wordings)} {n}",
                "price": random.randint(10, 400),
            }
            | {"item": random.choice([None, *NAMES]), "capacity": random.choice([None, 500, 3000])}
            for key in firms
            for n in range(random.randint(0, 3))
        ],
        capabilities=[
            {
                "enterprise": key,
                "process": process,
                "free_hours": 2000,
                "rate": random.randint(50, 500),
            }
            for key in random.sample(firms, 4)
            for process in PROCESSES
        ],
        needs=[
            {"enterprise": key, "product": random.choice(wordings), "quantity": 10}
            for key in random.sample(firms, 3)
        ],
        certificates=[
            {"enterprise": key, "certificate": "ISO 9001", "valid_until": "2027-01-01"}
            for key in random.sample(firms, 3)
        ],
        demands=[{"item": "chair", "quantity": 100}, {"item": "bag", "quantity": 50}],
        settings=[{"setting": "freight_tariff", "value": random.choice([0, 10])}],
        answers=[
            {"enterprise": key, "item": code, "product": NAMES[code], "price": 150}
            | {"answer": random.choice(["yes", "could", "no", None])}
            for key in random.sample(firms, 3)
            for code in random.sample(sorted(NAMES), 2)
        ],
    )


def told(graph: nx.MultiDiGraph) -> str:
    return repr([*graph.nodes(data=True)]) + repr([*graph.edges(keys=True, data=True)])


def answers(graph: nx.MultiDiGraph) -> str:
    """Everything that is advised on chairs, as scripts read it."""
    demand = Demand("chair", 100, "RU-BA")
    found = (
        compose_chains(graph, demand, k=2),
        compose_chains(graph, demand, goal="cost"),
        find_gaps(graph, demand),
        recommend_members(graph, demand, invite=2),
    )
    return json.dumps(plain(found))


@pytest.mark.parametrize("seed", seeds(25))
def test_an_excerpt_answers_as_the_whole(tmp_path, seed):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(seed))
        data = store.snapshot()
        matches = find_matches(data)
        assert keep_matches(store, matches)
        part = match_store(store, ["chair"])
        everything = match_store(store)
    whole = build_graph(data, matches, ["chair"])
    excerpt = build_graph(part.data, part.matches, ["chair"])
    assert not part.renewed
    assert told(excerpt) == told(whole)
    graphs = (build_graph(*pair) for pair in ((data, matches), everything[:2]))
    assert len({told(graph) for graph in graphs}) == 1
    assert answers(excerpt) == answers(whole)


@pytest.mark.parametrize("seed", range(8))
def test_who_makes_nothing_of_it_changes_no_chain(tmp_path, seed):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(seed))
        data = store.snapshot()
        matches = find_matches(data)
        assert keep_matches(store, matches)
        few = match_store(store, ["chair"], roles=())
    demand = Demand("chair", 100)
    graphs = (build_graph(few.data, few.matches, ["chair"]), build_graph(data, matches, ["chair"]))
    lean, full = (json.dumps(plain(compose_chains(graph, demand, k=2))) for graph in graphs)
    assert lean == full


def test_kept_matches_come_back_whole(tmp_path):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(3))
        matches = find_matches(store.snapshot())
        assert keep_matches(store, matches)
        found = match_store(store, NAMES).matches
    assert len(found) > 9
    for kind in ("makes", "needs", "could_make"):
        one, other = getattr(found, kind).rows, getattr(matches, kind).rows
        pd.testing.assert_frame_equal(one, other, check_dtype=False)
        assert list(getattr(found, kind)) == list(getattr(matches, kind))


def test_matches_are_found_once_and_kept(tmp_path):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(3))
        assert [match_store(store, ["chair"]).renewed for _ in range(3)] == [True, False, False]
        store.add(
            survey_of(
                items=[{"item": "new", "name_ru": "Новое", "kind": "component", "unit": "pcs"}]
            )
        )
        assert [match_store(store).renewed for _ in range(2)] == [True, False]


def test_a_store_that_is_only_read_is_matched_in_memory(tmp_path):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(3))
        store._connection._db.execute("PRAGMA query_only = ON")
        found = [match_store(store, ["chair"]) for _ in range(2)]
    assert [one.renewed for one in found] == [False, False]
    assert len(found[0].matches.makes) > 0


@pytest.fixture(scope="module")
def database(imported_demo, tmp_path_factory) -> Path:
    return copy(imported_demo, tmp_path_factory.mktemp("kept") / "cluster.db")


@pytest.fixture(scope="module")
def said(database) -> Iterator[dict[str, list[str]]]:
    """What the verbs print where no matches are kept, and where they are."""
    said: dict[str, list[str]] = {verb: [] for verb in VERBS}
    for verb, heard in said.items():
        with Store(database) as store:
            store.keep_matches("none", *no_matches())
        heard.extend(output(*verb.split(), path=database) for _ in range(2))
    return said


def no_matches() -> tuple[pd.DataFrame, pd.DataFrame]:
    found = find_matches(make_dataset())
    return found.rows, found.steps


def output(*words: str, path: Path) -> str:
    """What a command prints on its standard output."""
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("click.echo", lambda text="", err=False, **_: err or lines.append(str(text)))
        with pytest.raises(SystemExit):
            main([str(path) if word == "DB" else word for word in words])
    return "\n".join(lines)


VERBS = (
    "recommend chains DB leg-prosthesis --why -k 2 --exclude 0001000010 --json --lang en",
    "recommend members DB --json --lang en",
    "gaps DB manual-wheelchair --members-only --lang en",
)


@pytest.mark.parametrize("verb", VERBS)
def test_the_demo_is_answered_the_same(said, verb):
    before, after = said[verb]
    assert before == after
    assert len(before) > 200


def test_matches_that_are_kept_are_read_and_not_found_anew(database, said, monkeypatch):
    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("matched anew")

    monkeypatch.setattr("matchmaker.matching.find_matches", unexpected)
    data, graph = load_graph(str(database), ["manual-wheelchair"], "en", named=(), as_of=TODAY)
    with Store(database) as store:
        whole = store.snapshot()
    assert 0 < len(data.table("offers")) < len(whole.table("offers"))
    assert "item:manual-wheelchair" in graph
    monkeypatch.setattr("matchmaker.kept_matches.VERSION", "of another version")
    with pytest.raises(AssertionError, match="matched anew"):
        load_graph(str(database), ["manual-wheelchair"], "en", as_of=TODAY)
