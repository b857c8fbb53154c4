"""`decide` and `decisions`: a person's word from the command line to the chain, and back."""

import json

import pytest

from matchmaker.codebook import text_id
from matchmaker.store import Store
from tests.command_line import FRAMES, fill_database

REFUSED = f"firm:{FRAMES}=frame"


@pytest.fixture
def ids(db, run):
    """Ids to decide by, by kind and item, as `match` prints them."""
    found = run("match", db, "--candidates", "--json").document["matches"]
    return {(one["kind"], one["item"]): one["decide"] for one in found}


def chain(run, db) -> list[tuple[str, str]]:
    (found,) = run("recommend", "chains", db, "chair", "--json").document["result"]["chains"]
    return [(step["item"], step["kind"]) for step in found["steps"]]


def test_a_rejected_pair_leaves_the_chain_and_comes_back(db, run):
    before = chain(run, db)
    assert ("item:frame", "makes") in before
    done = run("decide", db, REFUSED, "reject", "--by", "Анна", "--reason", "брак", "--lang", "ru")
    assert (done.code, done.out, done.err) == (0, "", f"Отклонено: firm:{FRAMES}=item:frame\n")
    assert ("item:frame", "makes") not in chain(run, db)
    gaps = run("gaps", db, "chair", "--lang", "ru").out
    assert "отклонена (Анна: брак)" in " ".join(gaps.split())
    undone = run("decide", db, REFUSED, "--undo", "--by", "Борис")
    assert undone.err == f"Decision taken back: firm:{FRAMES}=item:frame (Анна: брак)\n"
    assert chain(run, db) == before


def test_a_rejection_outlives_an_import(db, book, run):
    run("decide", db, REFUSED, "reject")
    assert run("import", db, book).code == 0
    assert ("item:frame", "makes") not in chain(run, db)


def test_match_prints_the_id_that_decide_takes(db, run, ids):
    id = ids["makes", "frame"]
    assert id.startswith(f"offer:{FRAMES}:")
    assert run("decide", db, id, "reject").code == 0
    found = run("match", db, "frame", "--candidates", "--json", "--threshold", "0")
    (row,) = [one for one in found.document["matches"] if one["decide"] == id]
    assert row["decision"] == "reject"
    assert "decided" in row["contributions"]
    shown = run("match", db, "frame", "--candidates", "--threshold", "0").out
    assert id in shown
    assert "rejected" in shown


def test_decisions_are_listed_with_their_history(db, run):
    for arguments in (
        ["accept", "--by", "Анна"],
        ["reject", "--by", "Борис", "--at", "2026-03-01"],
    ):
        assert run("decide", db, REFUSED, *arguments).code == 0
    listed = run("decisions", db, "--json").document["decisions"]
    assert [(one["verdict"], one["state"], one["by"]) for one in listed] == [
        ("reject", "stands", "Борис"),
        ("accept", "overruled", "Анна"),
    ]
    assert listed[0]["at"] == "2026-03-01"
    run("decide", db, REFUSED, "--undo")
    listed = [json.loads(line) for line in run("decisions", db, "--nl").out.splitlines()]
    assert [one["state"] for one in listed] == ["undone", "stands"]
    assert "stands" in run("decisions", db).out
    assert "действует" in run("decisions", db, "--lang", "ru").out
    assert run("decisions", db, "--csv").out.startswith("id,text,verdict,state,by")


def test_no_decisions_is_an_answer(db, run):
    listed = run("decisions", db)
    assert (listed.code, listed.out) == (0, "")
    assert "matchmaker decide DB ID" in listed.err


def test_words_are_decided_by_the_id_of_their_text(here, run):
    fill_database(
        here / "cluster.db",
        capabilities=[{"enterprise": FRAMES, "process": "Гнём всё подряд", "free_hours": 100}],
    )
    subject = text_id("process", "гнём всё подряд")
    wrong = run("decide", "cluster.db", f"{subject}=tube-bendin", "accept")
    assert wrong.code == 1
    assert "tube-bending" in wrong.err
    assert run("decide", "cluster.db", f"{subject}=tube-bending", "accept").code == 0
    with Store(here / "cluster.db") as store:
        (decision,) = store.snapshot().decisions
    assert (decision.text, decision.value) == ("гнем все подряд", "tube-bending")
    assert run("decide", "cluster.db", f"{subject}=tube-bending", "--undo").code == 0
