"""The workbook that firms fill in: what it offers, what it locks, and that it reads back."""

from __future__ import annotations

from math import isnan

import openpyxl
import pandas as pd
import pytest

from matchmaker.codebook import LANGUAGES, country_names, regions, tables
from matchmaker.errors import UnknownEnterpriseError, UnknownItemError
from matchmaker.survey import (
    Known,
    answers_of,
    fill_in,
    make_call_sheet,
    read_survey,
    write_template,
)
from matchmaker.survey.headings.sheet import LISTS
from matchmaker.survey.outgoing.template import FIRST, HEADING
from tests.fixtures import make_dataset

FIRM, OTHER = "0299000011", "0299000029"
ASKED = [table for table in tables().values() if table.part == "survey"]
CATALOGUE = {
    "items": [
        {
            "item": "chair",
            "name_ru": "Кресло",
            "name_en": "Chair",
            "kind": "product",
            "unit": "pcs",
        },
        {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs"},
        {"item": "tube", "name_ru": "Труба", "kind": "material", "unit": "m", "import_price": 777},
        {"item": "seat", "name_ru": "Сиденье", "kind": "phantom", "unit": "pcs"},
        {"item": "cloth", "name_ru": "Ткань", "kind": "material", "unit": "m2"},
        {"item": "hide", "name_ru": "Кожа", "kind": "material", "unit": "m2"},
    ],
    "bom": [
        {"item": "chair", "alternative": "base", "component": "frame", "quantity": 1},
        {"item": "chair", "alternative": "base", "component": "seat", "quantity": 1},
        {"item": "frame", "alternative": "light", "component": "tube", "quantity": 4},
        {"item": "frame", "alternative": "strong", "component": "tube", "quantity": 6},
        {"item": "seat", "alternative": "base", "component": "cloth", "quantity": 1.5},
        {"item": "seat", "alternative": "base", "component": "tube", "quantity": 0.5},
    ],
    "substitutes": [{"item": "cloth", "substitute": "hide", "ratio": 0.8}],
    "demands": [{"item": "chair", "quantity": 100}],
}


def catalogue(**changes) -> dict[str, pd.DataFrame]:
    return dict(make_dataset(**CATALOGUE | changes).frames)


@pytest.fixture(scope="module", params=LANGUAGES)
def template(request, tmp_path_factory):
    """Language, path and workbook of a template with a call sheet."""
    path = tmp_path_factory.mktemp("template") / "survey.xlsx"
    sheet = make_call_sheet(catalogue(), ["chair"], lang=request.param)
    write_template(path, lang=request.param, frames={"answers": sheet}, note="До 20 марта")
    return request.param, path, openpyxl.load_workbook(path)


def fill(path, lang: str, out, tables_filled=ASKED) -> None:
    """Fill the first row of sheets with what the codebook gives as examples."""
    book = openpyxl.load_workbook(path)
    for table in tables_filled:
        sheet = book[table.label(lang)]
        for column, field in enumerate(table.fields, start=1):
            example = FIRM if field.type == "registration" else field.example(lang)
            if field.type not in {"item", "enterprise"}:
                sheet.cell(FIRST + 1, column).value = example or None
    book.save(out)


def test_every_table_has_its_sheet_and_its_headings_in_a_short_name(template):
    lang, _, book = template
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert set(visible[1:]) == {table.label(lang) for table in ASKED}
    assert visible[1:3] == [tables()[name].label(lang) for name in ("enterprises", "answers")]
    assert all(len(name) <= 31 for name in book.sheetnames)
    for table in ASKED:
        cells = next(book[table.label(lang)].iter_rows(HEADING + 1, HEADING + 1, values_only=True))
        assert [str(cell).removesuffix(" *") for cell in cells[: len(table.fields)]] == [
            field.label(lang) for field in table.fields
        ]


def test_only_what_firms_fill_in_is_unlocked(template):
    lang, _, book = template
    for table in ASKED:
        sheet = book[table.label(lang)]
        assert sheet.protection.sheet
        assert not sheet.protection.sort  # False here means: allowed
        assert all(cell.protection.locked for row in sheet[1 : HEADING + 1] for cell in row)
        given = {"item", "product", "unit", "needed"} if table.name == "answers" else set()
        for column, field in enumerate(table.fields, start=1):
            locked = sheet.cell(FIRST + 1, column).protection.locked
            assert locked == (field.name in given), field
        beyond = sheet.column_dimensions
        assert any(d.max > len(table.fields) and not d.protection.locked for d in beyond.values())


def test_tax_numbers_and_codes_are_texts(template):
    lang, _, book = template
    for table in ASKED:
        for column, field in enumerate(table.fields, start=1):
            shown = book[table.label(lang)].cell(FIRST + 1, column).number_format
            assert (shown == "@") == (not field.numeric and field.type != "date"), field


def choices_of(book, sheet, column: int) -> list[str] | None:
    """Words that a cell of a column may be chosen from, as a spreadsheet finds them."""
    letter = openpyxl.utils.get_column_letter(column)
    rule = next(
        rule
        for rule in sheet.data_validations.dataValidation
        if f"{letter}{FIRST + 1}" in rule.sqref
    )
    assert f"{letter}3000" in rule.sqref
    if rule.type != "list":
        return None
    name, _, place = rule.formula1.rpartition("!")
    return [cell[0].value for cell in book[name.strip("'")][place.replace("$", "")]]


def test_lists_offer_what_the_reader_knows(template):
    lang, _, book = template
    found = {
        (table.name, field.name): choices_of(book, book[table.label(lang)], column)
        for table in ASKED
        for column, field in enumerate(table.fields, start=1)
    }
    assert (
        found["answers", "answer"]
        == (["да", "могли бы", "нет"], ["yes", "could", "no"])[lang == "en"]
    )
    assert found["enterprises", "country"] == list(country_names(lang))
    assert len(found["enterprises", "region"]) == len(regions())
    assert found["capabilities", "process"]
    assert found["offers", "product"] is None
    assert book[LISTS[lang]].sheet_state == "veryHidden"


def test_cells_say_what_to_fill_in(template):
    lang, _, book = template
    for table in ASKED:
        rules = book[table.label(lang)].data_validations.dataValidation
        shown = [rule.prompt for rule in rules if rule.prompt]
        assert len(shown) >= len(table.fields) / 2
        assert all(len(rule.promptTitle or "") <= 32 for rule in rules)
        assert all(len(prompt) <= 255 for prompt in shown)


def test_help_and_examples_are_not_read(template):
    _, path, _ = template
    survey, _ = read_survey(path, known=Known(items=frozenset(CATALOGUE)))
    assert {name for name, frame in survey.frames.items() if len(frame)} == set()
    assert {row.table for row in survey.quarantine} == {"answers"}
    for sheet in survey.sheets:
        assert list(sheet.columns) == [field.name for field in tables()[sheet.table].fields]


def test_a_filled_template_reads_without_issues(template, tmp_path):
    lang, path, _ = template
    items = frozenset(row["item"] for row in CATALOGUE["items"])
    for filled in (ASKED, [table for table in ASKED if table.name in {"enterprises", "offers"}]):
        fill(path, lang, tmp_path / "filled.xlsx", filled)
        survey, issues = read_survey(tmp_path / "filled.xlsx", known=Known(items=items))
        assert issues == []
        assert {name for name, frame in survey.frames.items() if len(frame)} == {
            *(table.name for table in filled),
            "answers",
        }
        assert set(survey.frames["answers"]["enterprise"]) == {FIRM}
    assert survey.frames["answers"]["answer"].isna().all()


def test_a_template_left_empty_says_so(tmp_path):
    write_template(tmp_path / "survey.xlsx")
    _, issues = read_survey(tmp_path / "survey.xlsx")
    assert {issue.code for issue in issues} == {"sheet-empty"}
    assert len(issues) == len(ASKED) - 1


def test_a_call_sheet_lists_the_parts_in_order_with_the_most_that_may_be_needed():
    sheet = make_call_sheet(catalogue(), ["item:chair"])
    # tube: 100 × (6 in the strong frame + 0.5 in the seat); hide: 100 × 1.5 × 0.8
    assert sheet[["item", "product", "unit", "needed", "level"]].values.tolist() == [
        ["chair", "Кресло", "pcs", 100, 0],
        ["frame", "Рама", "pcs", 100, 1],
        ["tube", "Труба", "m", 650, 2],
        ["cloth", "Ткань", "m2", 150, 2],
        ["hide", "Кожа", "m2", 120, 3],
    ]
    assert make_call_sheet(catalogue(), ["chair"], lang="en")["product"].tolist()[0] == "Chair"


def test_quantities_of_several_products_add_up_and_an_unknown_one_makes_them_unknown():
    both = make_call_sheet(catalogue(), ["chair", "frame"])
    assert both["item"].tolist() == ["chair", "frame", "tube", "cloth", "hide"]
    assert isnan(both.set_index("item")["needed"]["tube"])
    assert both.set_index("item")["needed"]["cloth"] == 150
    demands = [*CATALOGUE["demands"], {"item": "frame", "quantity": 10}]
    both = make_call_sheet(catalogue(demands=demands), ["chair", "frame"])
    assert both.set_index("item")["needed"]["tube"] == 650 + 10 * 6


def test_parts_that_contain_each_other_do_not_stop_a_call_sheet():
    ring = [*CATALOGUE["bom"], {"item": "tube", "component": "frame", "quantity": 1}]
    sheet = make_call_sheet(catalogue(bom=ring), ["chair"])
    assert sheet["item"].tolist() == ["chair", "frame", "tube", "cloth", "hide"]


def test_an_unknown_product_is_answered_with_the_nearest():
    with pytest.raises(UnknownItemError, match="chair"):
        make_call_sheet(catalogue(), ["chiar"])


STORED = CATALOGUE | {
    "enterprises": [
        {"enterprise": FIRM, "name": "ООО «Вымысел Один»", "role": "member", "contact": "Тайный"},
        {"enterprise": OTHER, "name": "ООО «Вымысел Два»", "role": "member"},
    ],
    "offers": [
        {"enterprise": FIRM, "product": "Рама", "item": "frame", "price": 1234.56},
        {"enterprise": OTHER, "product": "Труба", "item": "tube", "price": 98.7},
    ],
    "answers": [
        {"enterprise": FIRM, "item": "tube", "answer": "could", "price": 55.5, "capacity": 600},
        {"enterprise": FIRM, "item": "sail", "answer": "no"},
        {"enterprise": OTHER, "item": "frame", "answer": "yes", "price": 44.4},
    ],
}


def test_a_firm_gets_its_own_answers_and_nothing_of_others(tmp_path):
    data = make_dataset(**STORED)
    frames = answers_of(data, f"firm:{FIRM}")
    frames["answers"] = fill_in(make_call_sheet(data.frames, ["chair"]), frames)
    write_template(tmp_path / "own.xlsx", frames=frames)
    book = openpyxl.load_workbook(tmp_path / "own.xlsx")
    cells = {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row}
    assert {"1234.56", "Тайный", "55.5", FIRM} <= cells
    assert cells.isdisjoint({OTHER, "ООО «Вымысел Два»", "98.7", "44.4", "777"})
    answers = read_survey(tmp_path / "own.xlsx", known=KNOWN)[0].frames["answers"]
    assert answers.set_index("item")["answer"].to_dict() == dict.fromkeys(
        ("chair", "frame", "cloth", "hide")
    ) | {"tube": "could", "sail": "no"}


KNOWN = Known(items=frozenset({"chair", "frame", "tube", "cloth", "hide", "sail"}))


def test_an_unknown_firm_has_no_answers():
    with pytest.raises(UnknownEnterpriseError):
        answers_of(make_dataset(**STORED), "0299000036")


def test_two_templates_have_the_same_bytes(tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        write_template(tmp_path / name, frames=answers_of(make_dataset(**STORED)))
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
