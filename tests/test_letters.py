"""What is open with each firm, and the letters that ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from matchmaker.codebook import LANGUAGES, describe, phrase_keys, tables
from matchmaker.store import Store
from matchmaker.survey import find_open_points, read_survey, write_letter
from matchmaker.survey.outgoing.open_points import NONE, WHY, OpenPoints
from tests.test_marked import book

ONE, TWO, THREE = "0299000011", "0299000029", "0299000036"
FIRMS = f"""ИНН;Предприятие;Роль;Регион;Контакт
{ONE};ООО «Вымысел Один»;участник;Уфа;Иванова А. А.
{TWO};ООО «Вымысел Два»;участник;;Тайный Контакт
{THREE};ООО «Вымысел Три»;друг;Уфа;
"""
OFFERS = f"""ИНН;Продукция;Цена;Мощность, ед./мес.
{ONE};Колесо;40–50;100
{ONE};Рама;2000;
{TWO};Тайная втулка;777,77;5
{TWO};Ось;;5
{TWO};Ось;;5
{THREE};Спица;3;
"""
ANSWERS = f"""ИНН;Код номенклатуры;Позиция;Можете поставлять?
{ONE};hub;Втулка;
{ONE};rim;Обод;нет
"""
ITEMS = "Код;Наименование;Вид;Ед. изм.\nhub;Втулка;деталь;шт\nrim;Обод;деталь;шт\n"
FILES = {
    "Предприятия": FIRMS,
    "Производим": OFFERS,
    "Опросный лист": ANSWERS,
    "Номенклатура": ITEMS,
}


@pytest.fixture
def points(tmp_path) -> dict[str, OpenPoints]:
    """What is open, by tax number, after files of many firms were stored."""
    return found(tmp_path, FILES)


def found(folder: Path, files: dict[str, str]) -> dict[str, OpenPoints]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    with Store(folder / "c.db", create=True) as store:
        store.add(*read_survey(*(folder / f"{name}.csv" for name in files)))
        listed = find_open_points(store.snapshot(), store.issues(), store.quarantine())
    return {one.enterprise: one for one in listed}


def test_every_issue_belongs_to_the_firm_of_its_row(points):
    codes = {firm: sorted(issue.code for issue in one.issues) for firm, one in points.items()}
    assert codes == {
        ONE: ["value-range"],
        TWO: ["price-missing", "row-repeated"],
        THREE: ["enterprise-unknown", "value-enum"],
    }
    assert [points[firm].accepted for firm in (ONE, TWO, THREE)] == [4, 3, 0]
    assert points[THREE].name == "ООО «Вымысел Три»"


def test_an_empty_cell_is_asked_about_only_where_it_matters(points):
    asked = {
        (one.table, one.field, tuple(row for row, _ in one.rows)) for one in points[ONE].unanswered
    }
    assert asked == {
        ("offers", "capacity", (3,)),
        ("answers", "answer", (2,)),
        ("capabilities", "", ()),
        ("needs", "", ()),
    }
    assert ("enterprises", "region") in {(u.table, u.field) for u in points[TWO].unanswered}
    assert points[THREE].unanswered == ()


def test_reasons_speak_of_fields_that_there_are():
    for key in phrase_keys(WHY):
        table, _, field = key.removeprefix(WHY).partition(".")
        assert not tables()[table].field(field).required
    assert all(key.removeprefix(NONE) in tables() for key in phrase_keys(NONE))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_names_place_value_and_remedy(points, lang):
    letter = write_letter(points[ONE], lang=lang, signed="Фонд развития (вымышленный)")
    (issue,) = points[ONE].issues
    message, fix = describe(issue, lang)
    flat = " ".join(letter.split())
    for part in (message, fix, "40–50", "Производим", "Иванова А. А.", "ООО «Вымысел Один»", ONE):
        assert part in flat
    assert ("строка 2, колонка C «Цена»", 'row 2, column C "Цена"')[lang == "en"] in flat
    assert "3 – Рама" in flat
    assert "2 – Втулка" in flat
    assert "Обод" not in flat
    assert flat.endswith("Фонд развития (вымышленный)")
    assert max(map(len, letter.splitlines())) <= 78


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_holds_nothing_of_another_firm(points, lang):
    letter = write_letter(points[ONE], lang=lang)
    for secret in (TWO, THREE, "Вымысел Два", "Тайн", "777", "Спица"):
        assert secret not in letter
    assert ONE not in write_letter(points[THREE], lang=lang)


def test_a_file_about_one_firm_is_its_own_altogether(tmp_path):
    firms = f"ИНН;Предприятие;Роль;Для себя\n{ONE};ООО «Вымысел Один»;участник;x\n"
    assert [issue.code for issue in found(tmp_path, {"Предприятия": firms})[ONE].issues] == [
        "column-unknown"
    ]


def test_what_belongs_to_nobody_is_in_no_letter(tmp_path):
    points = found(tmp_path, FILES | {"Предприятия": FIRMS.replace("Контакт\n", "Для себя\n")})
    assert [issue.code for issue in points[""].issues] == ["column-unknown"]


def test_a_file_with_the_catalogue_is_the_organisers(tmp_path):
    firms = [["ИНН", "Предприятие", "Роль"], [ONE, "ООО «Вымысел Один»", "участник"]]
    items = [["Код", "Наименование", "Вид", "Ед. изм."], ["hub", "Втулка", "деталь", "аршин"]]
    book(tmp_path / "survey.xlsx", Предприятия=firms, Номенклатура=items)
    with Store(tmp_path / "c.db", create=True) as store:
        store.add(*read_survey(tmp_path / "survey.xlsx"))
        first = find_open_points(store.snapshot(), store.issues(), store.quarantine())[0]
    assert (first.enterprise, [issue.code for issue in first.issues]) == ("", ["value-unit"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_says_where_a_sheet_has_no_column_to_fill(tmp_path, lang):
    offers = f"ИНН;Продукция;Цена\n{ONE};Втулка;10\n"
    files = {"Предприятия": FILES["Предприятия"], "Производим": offers}
    flat = " ".join(write_letter(found(tmp_path, files)[ONE], lang=lang).split())
    lacking = ("колонки «Мощность, ед./мес.» на листе нет", "there is no column")[lang == "en"]
    assert lacking in flat
    assert "  " not in flat
    assert "колонка «" not in flat
