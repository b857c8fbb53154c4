"""Coding: words of a survey get values of the codebook, ask a person, and are asked once."""

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest

from matchmaker.codebook import fold, split_decision, text_id
from matchmaker.matching import Proposal, find_matches, propose_values
from matchmaker.matching.vocabulary.propose import OPEN
from matchmaker.model import Dataset, Decision, Issue, Judgement, Severity
from matchmaker.store import Store
from matchmaker.survey import read_survey, write_survey
from tests.command_line import FRAMES, small_case
from tests.fixtures import make_dataset

PHRASES = Path(__file__).parents[1] / "datasets" / "survey_phrases.csv"
FIRM = "0274000001"

CAPABILITIES = [
    ("3D печать", "полиамид"),
    ("красим порошком", "тентовая ткань"),
    ("welded aluminium frames", "aluminium"),
    ("бухгалтерские услуги", "бумага"),
    ("гибка труб на ЧПУ", "алюминий 6061"),
]


@pytest.fixture(scope="module")
def data() -> Dataset:
    return make_dataset(
        items=[
            {"item": "tyre", "name_ru": "Шина для колеса", "kind": "component", "unit": "pcs"}
            | {"certificates": "ISO 13485;РУ Росздравнадзора"},
            {"item": "frame", "name_ru": "Рама кресла-коляски", "kind": "component", "unit": "pcs"},
        ],
        routing=[
            {"item": "tyre", "process": "welding", "hours": 1, "material": "алюминий"},
            {"item": "tyre", "process": "sewing", "hours": 1, "material": "ткань ПВХ"},
        ],
        offers=[
            {"enterprise": FIRM, "product": "Основание инвалидной коляски"},
            {"enterprise": FIRM, "product": "Рама кресла-коляски"},
            {"enterprise": FIRM, "product": "Любое", "item": "tyre", "okpd2": "22.11.11"},
        ],
        capabilities=[
            {"enterprise": FIRM, "process": process, "material": material}
            for process, material in CAPABILITIES
        ],
        certificates=[
            {"enterprise": FIRM, "certificate": text}
            for text in ("ИСО 9001", "ИСО 13485:2016", "ГОСТ ISO 13485-2017")
        ],
    )


def unread(code: str, value: str) -> Issue:
    return Issue(code, Severity.ERROR, "a.xlsx", "offers", 2, "E", value)


def of(proposals: tuple[Proposal, ...]) -> dict[tuple[str, str], str]:
    return {(one.kind, one.text): one.value for one in proposals}


def accept(proposal_id: str, text: str, verdict: Judgement = Judgement.ACCEPT) -> Decision:
    subject, value = split_decision(proposal_id)
    return Decision(subject=subject, value=value, verdict=verdict, text=fold(text), at="2026")


def test_words_get_the_values_they_mean(data):
    found = of(propose_values(data, kinds=["process", "material", "certificate"]))
    assert found == {
        ("process", "3D печать"): "3d-printing",
        ("process", "красим порошком"): "powder-coating",
        ("process", "welded aluminium frames"): "welding",
        ("material", "aluminium"): "алюминий",
        # Nobody said that it is of PVC: asked for, no longer taken for said.
        ("material", "тентовая ткань"): "ткань ПВХ",
        ("certificate", "ИСО 13485:2016"): "ISO 13485",
    }


def test_cells_that_could_not_be_read_are_proposed_too(data):
    issues = [
        unread("value-unit", "килограммов"),
        unread("value-region", "Самарская губерния"),
        unread("value-okved2", "производство мебели"),
        unread("value-number", "сто штук"),
    ]
    found = propose_values(make_dataset(), issues)
    assert of(found) == {
        ("okved2", "производство мебели"): "31",
        ("unit", "килограммов"): "kg",
        ("region", "Самарская губерния"): "RU-SAM",
    }
    assert data.table("offers").shape[0] == 3


def test_every_proposal_says_why_and_adds_up(data):
    for one in propose_values(data):
        assert one.score == math.fsum(part.value for part in one.contributions)
        assert OPEN <= one.probability <= 1
        assert one.id.startswith(f"{text_id(one.kind, one.text)}=")
        assert not (one.sure and one.kind == "item")


def test_items_are_asked_where_matching_is_not_sure(data):
    asked = {one.text: one for one in propose_values(data, kinds=["item"])}
    assert set(asked) == {"Основание инвалидной коляски"}
    one = asked["Основание инвалидной коляски"]
    assert (one.value, one.answers) == ("item:frame", 1)
    told = replace(data, decisions=(accept(one.id, one.text),))
    assert propose_values(told, kinds=["item"]) == ()
    assert one.text in {
        told.table("offers").set_index("id")["product"][match.id]
        for match in find_matches(told).makes
        if match.item == "frame"
    }


def test_what_is_decided_is_not_asked_again_and_what_is_rejected_is_not_proposed(data):
    first = {one.text: one for one in propose_values(data, kinds=["process"])}
    yes = accept(first["3D печать"].id, "3D печать")
    no = accept(first["красим порошком"].id, "красим порошком", Judgement.REJECT)
    again = of(propose_values(replace(data, decisions=(yes, no)), kinds=["process"]))
    assert ("process", "3D печать") not in again
    assert again.get(("process", "красим порошком")) != "powder-coating"


def test_what_is_likely_is_right():
    """Own phrases with their class of OKPD2."""
    with PHRASES.open(encoding="utf-8") as handle:
        truth = {row["text"]: row["code"] for row in csv.DictReader(handle)}
    texts = sorted(truth)[::6]
    offers = [{"enterprise": FIRM, "product": text} for text in texts]
    found = propose_values(make_dataset(offers=offers), kinds=["okpd2"])
    right = {one.text: one.value[:2] == truth[one.text][:2] for one in found}
    assert len(found) > len(texts) / 2
    assert sum(right.values()) > 0.8 * len(found)
    assert sum(right.values()) >= sum(one.probability for one in found)
    assert all(right[one.text] for one in found if one.probability >= 0.8)


# From the file to the decision and back


@pytest.fixture
def book(here) -> Path:
    """A survey with an unknown unit, and words for a process that no vocabulary has."""
    firm = {"enterprise": FRAMES, "free_hours": 100}
    tables = small_case(capabilities=[firm | {"process": "welded aluminium frames"}])
    path = here / "survey.xlsx"
    write_survey(tables, path)
    (here / "offers.csv").write_text(
        "ИНН;Продукция;Код номенклатуры;Ед. изм.;Цена, руб./ед. без НДС\n"
        f"{FRAMES};Парус;sail;квадратиков;70\n",
        encoding="utf-8",
    )
    return path


def test_a_decision_on_a_unit_lets_the_row_in_at_the_next_import(here, book, run, english):
    files = ("cluster.db", book, here / "offers.csv")
    run("init", "cluster.db")
    run("import", *files)
    with Store("cluster.db") as store:
        assert [one.value for one in store.issues() if one.code == "value-unit"] == ["квадратиков"]
    subject = text_id("unit", "квадратиков")
    assert run("decide", "cluster.db", f"{subject}=m2", "accept").code == 0
    run("import", *files)
    with Store("cluster.db") as store:
        assert "value-unit" not in {one.code for one in store.issues()}
        known = store.known()
        offers = store.snapshot().table("offers")
    assert offers.loc[offers["product"] == "Парус", "unit"].tolist() == ["m2"]
    elsewhere, _ = read_survey(here / "offers.csv", known=known)
    assert len(elsewhere.frames["offers"]) == 1


def test_the_queue_is_listed_answered_and_empty(here, book, run, english):
    run("init", "cluster.db")
    run("import", "cluster.db", book)
    listed = run("queue", "cluster.db", "--kind", "process", "--json").document["queue"]
    (one,) = listed
    assert (one["text"], one["value"]) == ("welded aluminium frames", "welding")
    assert not one["sure"]
    assert one["id"] in run("queue", "cluster.db", "--kind", "process").out
    assert "передел" in run("queue", "cluster.db", "--kind", "process", "--lang", "ru").out
    taken = run("queue", "cluster.db", "--kind", "process", "--take")
    assert "Taken without asking: 0" in taken.err
    assert run("decide", "cluster.db", one["id"], "accept").code == 0
    empty = run("queue", "cluster.db", "--kind", "process")
    assert (empty.code, empty.out) == (0, "")
    assert "Nothing to decide" in empty.err


def test_what_is_sure_can_be_taken_and_is_listed_as_decided(here, run, english):
    firm = {"enterprise": FRAMES, "free_hours": 100}
    write_survey(small_case(capabilities=[firm | {"process": "3D печать"}]), here / "a.xlsx")
    run("init", "cluster.db")
    run("import", "cluster.db", here / "a.xlsx")
    taken = run("queue", "cluster.db", "--kind", "process", "--take")
    assert "Taken without asking: 1" in taken.err
    (decision,) = run("decisions", "cluster.db", "--json").document["decisions"]
    assert (decision["by"], decision["text"]) == ("matchmaker", "3d печать")
    assert decision["id"].endswith("=3d-printing")
