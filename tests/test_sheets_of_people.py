"""Sheets as people fill them in: totals, notes, merged cells, headings over two rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import xlsxwriter

from matchmaker.codebook import describe, tables
from matchmaker.survey import read_survey
from matchmaker.survey.headings.columns import understand
from matchmaker.survey.raw_grid import Grid
from matchmaker.survey.strays import without_strays

FIRM = "0299000011"
FIRMS = [["ИНН", "Предприятие", "Роль"], [FIRM, "ООО «Вымысел Один»", "участник"]]
HEADS = ["ИНН", "Продукция", "Ед. изм.", "Цена, руб./ед. без НДС", "Мощность, ед./мес."]
WHEEL = [FIRM, "Колесо", "шт", 2100, 500]


def written(folder, rows, *, sheet="Производим", merged=()):
    """A workbook with one firm and one sheet more; `merged` are (range, value)."""
    path = folder / "answers.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, grid in (("Предприятия", FIRMS), (sheet, rows)):
            page = book.add_worksheet(name)
            for number, row in enumerate(grid):
                page.write_row(number, 0, row)
        for place, value in merged:
            page.merge_range(place, value)
    return path


def read(folder, rows, **more):
    survey, issues = read_survey(written(folder, rows, **more))
    return survey.frames["offers"], issues


STRAY = [
    ([None, "Итого", None, 2100, 500], "row-total"),
    ([FIRM, "ВСЕГО:", None, 2100, 500], "row-total"),
    ([None, "Итого по разделу 1", "шт", 2100, None], "row-total"),
    ([None, "Total", None, 2100, 500], "row-total"),
    (["Итого", None, None, 2100, 500], "row-total"),
    ([None, "Изделия из металла:"], "row-note"),
    ([None, "* цены с НДС"], "row-note"),
    (["* цены с НДС"], "row-note"),
    ([None, "Примечание: без доставки"], "row-note"),
    ([None, "Директор ____"], "row-note"),
    ([None, "М.П."], "row-note"),
]


@pytest.mark.parametrize(("row", "code"), STRAY)
def test_what_is_no_product_is_left_out_and_told(tmp_path, row, code):
    offers, issues = read(tmp_path, [HEADS, WHEEL, row])
    assert offers["product"].tolist() == ["Колесо"]
    assert [(issue.code, issue.row) for issue in issues] == [(code, 3)]
    told = next(cell for cell in row if cell and cell != FIRM)
    assert told in describe(issues[0], "ru")[0]


@pytest.mark.parametrize("start", [1, 2])
def test_numbers_under_the_headings_are_no_product(tmp_path, start):
    numbers = [None] * (start - 1) + list(range(1, 7 - start))
    offers, issues = read(tmp_path, [HEADS, numbers, WHEEL])
    assert offers["product"].tolist() == ["Колесо"]
    assert [(issue.code, issue.row) for issue in issues] == [("row-numbers", 2)]


@pytest.mark.parametrize(
    "row",
    [
        [FIRM, "Всего-навсего", "шт", 2100, 500],
        [FIRM, "Total station Leica", "шт", 2100, 500],
        [FIRM, "Итоговый модуль", "шт", 2100, 500],
        [FIRM, "* Рама", "шт", 2100, 500],
        [FIRM, "Изделия из металла:", "шт", 2100, 500],
        [FIRM, "Кресло «Директор»"],
        [FIRM, "1", "шт", 2, 3],
    ],
)
def test_a_product_with_an_odd_name_is_kept(tmp_path, row):
    offers, issues = read(tmp_path, [HEADS, row, WHEEL])
    assert offers["product"].tolist() == [row[1], "Колесо"]
    assert not [issue for issue in issues if issue.code.startswith("row-")]


def test_a_row_with_a_code_is_data(tmp_path):
    rows = [[*HEADS, "ОКПД2"], [FIRM, "Итого", "шт", 2100, 500, "30.92.30"]]
    assert read(tmp_path, rows)[0]["product"].tolist() == ["Итого"]


def test_a_list_with_bullets_is_a_list_of_products(tmp_path):
    offers, _ = read(tmp_path, [HEADS, [FIRM, "* Рама"], [FIRM, "* Вилка"]])
    assert offers["product"].tolist() == ["* Рама", "* Вилка"]


def test_empty_rows_of_a_mapping_are_no_strays():
    sheet, _ = understand(Grid("a.xlsx", "Производим", [HEADS]), tables()["offers"])
    mapped = replace(sheet, mapped=((2, []), (3, [None, ""])))
    assert without_strays(mapped) == (list(mapped.mapped), [])


def test_a_note_below_the_only_firm_leaves_it_alone(tmp_path):
    path = tmp_path / "answers.xlsx"
    with xlsxwriter.Workbook(path) as book:
        firms, offers = book.add_worksheet("Предприятия"), book.add_worksheet("Производим")
        for number, row in enumerate([*FIRMS, ["Директор ______"]]):
            firms.write_row(number, 0, row)
        for number, row in enumerate([HEADS, [None, *WHEEL[1:]]]):
            offers.write_row(number, 0, row)
    survey, issues = read_survey(path)
    assert survey.frames["offers"]["enterprise"].tolist() == [FIRM]
    assert [issue.code for issue in issues] == ["row-note"]


@pytest.mark.parametrize(
    ("lang", "unit", "other"), [("ru", "тыс. шт", "thousand"), ("en", "thousand pcs", "тыс. шт")]
)
def test_units_to_choose_from_are_in_the_language_asked_for(tmp_path, lang, unit, other):
    _, issues = read(tmp_path, [HEADS, [FIRM, "Колесо", "ведро", 2100, 500]])
    remedy = describe(issues[0], lang)[1]
    assert unit in remedy
    assert other not in remedy


@pytest.mark.parametrize(
    ("lang", "word", "other"), [("ru", "участник", "("), ("en", "external", "у")]
)
def test_choices_are_in_the_language_asked_for(tmp_path, lang, word, other):
    path = tmp_path / "Предприятия.csv"
    path.write_text(f"ИНН;Предприятие;Роль\n{FIRM};Вымысел;сосед\n", encoding="utf-8")
    remedy = describe(read_survey(path)[1][0], lang)[1]
    assert word in remedy
    assert other not in remedy


def test_a_text_merged_down_holds_for_every_row_it_covers(tmp_path):
    rows = [HEADS, WHEEL, [FIRM, "Крепёж", None, 252, 30], [FIRM, "Шайбы", None, 12, 40]]
    offers, issues = read(tmp_path, rows, merged=[("C3:C4", "кг")])
    assert offers["unit"].tolist() == ["pcs", "kg", "kg"]
    assert issues == []


def test_what_is_merged_down_makes_no_row_of_an_empty_one_and_no_number_twice(tmp_path):
    rows = [HEADS, WHEEL, [FIRM, "Крепёж", None, 252], [FIRM, "Шайбы", None, 12]]
    offers, issues = read(tmp_path, rows, merged=[("C3:C9", "кг"), ("E3:E4", 30)])
    assert offers["product"].tolist() == ["Колесо", "Крепёж", "Шайбы"]
    assert offers["capacity"].tolist()[:2] == [6000, 360]
    assert offers["capacity"].isna().tolist() == [False, False, True]
    assert issues == []


TWO_ROWS = [
    [None, "Сведения о продукции"],
    ["ИНН", "Продукция", "Ед. изм.", "Условия"],
    [None, None, None, "Цена, руб./ед. без НДС", "Мощность, ед./мес."],
]


def test_headings_may_stand_over_two_rows(tmp_path):
    offers, issues = read(tmp_path, [*TWO_ROWS, WHEEL])
    assert offers["product"].tolist() == ["Колесо"]
    assert offers["price"].tolist() == [2100]
    assert issues == []


def test_headings_may_be_merged_down(tmp_path):
    merged = [("A2:A3", "ИНН"), ("B2:B3", "Продукция"), ("C2:C3", "Ед. изм."), ("D2:E2", "Условия")]
    offers, issues = read(tmp_path, [*TWO_ROWS, WHEEL], merged=merged)
    assert offers["product"].tolist() == ["Колесо"]
    assert issues == []


def test_headings_over_two_rows_of_a_delimited_text(tmp_path):
    path = tmp_path / "Предприятия.csv"
    text = f"ИНН;Предприятие;Данные;\n;;Роль;Город\n{FIRM};Вымысел;участник;Уфа\n"
    path.write_text(text, encoding="utf-8")
    survey, issues = read_survey(path)
    assert survey.frames["enterprises"]["city"].tolist() == ["Уфа"]
    assert issues == []


@pytest.mark.parametrize("code", [None, "own-part"])
def test_a_part_of_ones_own_on_the_call_sheet_goes_to_the_offers(tmp_path, code):
    rows = [["ИНН", "Код номенклатуры", "Позиция", "Можете поставлять?"], [FIRM, code, "Ось", "да"]]
    _, issues = read_survey(written(tmp_path, rows, sheet="Опрос по позициям"))
    for lang, sheet in (("ru", "«Производим»"), ("en", '"We make"')):
        assert sheet in describe(issues[0], lang)[1]


@pytest.mark.parametrize("word", ["бессрочно", "Бессрочный", "без срока", "unlimited"])
def test_a_certificate_may_be_without_end(tmp_path, word):
    rows = [["ИНН", "Сертификат", "Действует до"], [FIRM, "ISO 13485", word]]
    survey, issues = read_survey(written(tmp_path, rows, sheet="Сертификаты"))
    assert survey.frames["certificates"]["valid_until"].tolist() == [None]
    assert issues == []


def test_a_delimited_text_has_no_sheets_to_name(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    _, issues = read_survey(path)
    for lang in ("ru", "en"):
        assert "--suggest-map" in describe(issues[0], lang)[1]
