"""Verbs of history, questions and mappings on the command line: what they print."""

from __future__ import annotations

import json

import pytest

from matchmaker.survey import write_survey
from tests.command_line import ASSEMBLER, FRAMES, WHEELS, small_case


@pytest.fixture
def corrected(db, here, run):
    """Database with a newer edition of its file: a dearer frame, no wheels any more."""
    case = small_case()
    offers = case["offers"]
    offers.loc[offers["product"] == "Рама", "price"] = 4500.0
    case["offers"] = offers[offers["product"] != "Колесо"]
    write_survey(case, here / "survey.xlsx")
    outcome = run("import", db, here / "survey.xlsx", "--at", "2026-11-25T10:00:00")
    assert outcome.code == 0
    return db, outcome.err


def test_an_import_tells_what_it_contradicts_and_leaves_out(corrected):
    assert "Answers changed: 1;" in corrected[1]
    assert "leave out: 1;" in corrected[1]


def test_history_lists_changes_with_both_places(corrected, run):
    (change,) = run("history", corrected[0], "--json").document["changes"]
    assert (change["field"], change["before"], change["after"]) == ("price", 4000.0, 4500.0)
    assert change["since"] == "2026-11-25T10:00:00Z"
    assert change["cell"].startswith("survey.xlsx!")
    table = run("history", corrected[0], f"firm:{FRAMES}").out
    assert "4,000" in table
    assert run("history", corrected[0], "--since", "2027").err == "No answer has changed.\n"


def test_show_adds_the_history(corrected, run):
    shown = run("show", corrected[0], f"firm:{FRAMES}", "--history", "--json").document["row"]
    assert [change["after"] for change in shown["history"]] == [4500.0]
    assert "Earlier answers:" in run("show", corrected[0], f"firm:{FRAMES}", "--history").out
    lines = run("show", corrected[0], f"firm:{FRAMES}", "--history", "--nl").out.splitlines()
    assert [json.loads(line)["before"] for line in lines] == [4000.0]


def test_what_is_left_out_is_listed_and_dropped(corrected, run):
    (row,) = run("left-out", corrected[0], "--json").document["left_out"]
    assert row["table"] == "offers"
    assert run("drop", corrected[0], row["id"]).err.startswith("Rows dropped: 1;")
    assert run("left-out", corrected[0]).err == "The newer editions of files leave nothing out.\n"
    assert run("drop", corrected[0], "--all").err.startswith("Rows dropped: 0;")


def test_old_answers_are_issues_on_the_day_asked_for(corrected, run):
    def old(day):
        found = run("issues", corrected[0], "--today", day, "--json").document["issues"]
        return [one for one in found if one["code"] == "answer-old"]

    assert old("2027-11-25") == []
    assert len(old("2027-11-26")) == 4
    assert {one["severity"] for one in old("2027-11-26")} == {"warning"}


def test_questions_are_ranked_or_there_is_no_answer(db, here, run):
    assert run("questions", db, "--today", "2026-12-01").code == 3
    sheet = here / "Опросный лист.csv"
    sheet.write_text(f"ИНН;Код номенклатуры;Можете поставлять?\n{WHEELS};frame;\n", "utf-8")
    assert run("import", db, sheet, "--at", "2026-11-25").code == 0
    (question,) = run("questions", db, "--json").document["questions"]
    # 1200 chairs need 1200 frames, 800 are made: 400 are imported at 5000.
    assert (question["subject"], question["value"]) == (f"firm:{WHEELS}", 400 * 5000)
    assert question["evidence"][0]["cells"]["answer"].endswith("!C2")
    told = run("questions", db, "--today", "2030-01-01")
    assert "C2" in told.out
    assert "[answer-old]" in told.err


def test_a_mapping_is_drafted_and_used(db, here, run):
    form = here / "form.csv"
    form.write_text("Tax number,Company name,Product 1\n0299000011,Invented Ltd,Sails\n", "utf-8")
    draft = run("import", db, form, "--suggest-map")
    assert (draft.code, draft.err) == (0, "")
    (here / "m.toml").write_text(draft.out, "utf-8")
    assert run("import", db, form, "--map", here / "m.toml").code == 0
    assert run("show", db, "firm:0299000011").code == 0


def test_an_import_asks_for_no_price_that_an_earlier_one_told(db, here, run):
    offers = here / "offers.csv"
    head = "ИНН;Продукция;Цена;Мощность\n"
    offers.write_text(f"{head}{FRAMES};Вилка;50;1\n{FRAMES};Ось;;1\n", "utf-8")
    assert "offers.csv!offers!C3" in run("import", db, offers).err
    offers.write_text(f"{head}{FRAMES};Вилка;;2\n{FRAMES};Ось;;1\n", "utf-8")
    for options in (["--dry-run"], ["--marked", here / "marked.xlsx"], []):
        told = run("import", db, offers, *options).err
        assert [line.split(": ")[1] for line in told.splitlines() if "price-missing" in line] == [
            "offers.csv!offers!C3"
        ]
        assert "1 warnings" in told
    offers.write_text(f"{head}{FRAMES};Вилка;-;2\n", "utf-8")
    assert "offers.csv!offers!C2" in run("import", db, offers).err


def test_show_has_the_history_of_a_firm_that_was_merged_into_it(corrected, run):
    db = corrected[0]
    assert run("merge", db, f"firm:{ASSEMBLER}", f"firm:{FRAMES}").code == 0
    for id in (f"firm:{ASSEMBLER}", f"firm:{FRAMES}"):
        shown = run("show", db, id, "--history", "--json").document["row"]
        assert [change["after"] for change in shown["history"]] == [4500.0]
        assert len(run("history", db, id, "--json").document["changes"]) == 1
