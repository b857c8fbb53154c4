"""Mappings: somebody's own columns, words and units into the tables; drafts; clear errors."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest
import xlsxwriter

from matchmaker.errors import MappingError
from matchmaker.survey import draft_mapping, read_mapping, read_survey

FORM = [
    [
        "Отметка времени",
        "Укажите ИНН вашей организации",
        "Наименование организации",
        "Хотите вступить?",
        "Продукция 1",
        "Цена 1, тыс. руб.",
        "Мощность 1, ед./год",
        "Продукция 2",
        "Цена 2, тыс. руб.",
        "Мощность 2, ед./год",
        "Какими технологиями вы владеете?",
        "Откуда узнали о нас?",
    ],
    [
        *("2026/02/20 2:05:11 PM GMT+3", "0299000011", "ООО «Вымысел Один»", "Уже участвуем"),
        *("Колесо", "2,1", "6000", "Обод", "0,9", "1200"),
        *("Сварка TIG, Окраска (порошок, эпоксид)", "от коллег"),
    ],
    [
        *("2026/02/21 9:00:00 AM GMT+3", "0299000029", "ООО «Вымысел Два»", "Хотим"),
        *("Чехол", "≈1", "", "", "", "", "Сварка TIG", ""),
    ],
]
MAP = """
[[table]]
table = "enterprises"
sheet = "Ответы"
[table.columns]
enterprise = "Укажите ИНН вашей организации"
name = "Наименование организации"
role = "Хотите вступить?"
answered_on = "Отметка времени"
[table.values.role]
"уже участвуем" = "member"
"Хотим" = "interested"

[[table]]
table = "offers"
sheet = "Ответы"
[table.columns]
enterprise = "Укажите ИНН вашей организации"
product = "Продукция 1"
price = "Цена 1, тыс. руб."
capacity = "Мощность 1, ед./год"
[table.fixed]
unit = "шт"
[table.units]
price = "тыс. руб."
capacity = "ед./год"

[[table]]
table = "offers"
sheet = "Ответы"
[table.columns]
enterprise = "Укажите ИНН вашей организации"
product = "Продукция 2"
price = "Цена 2, тыс. руб."
[table.units]
price = "тыс. руб."

[[table]]
table = "capabilities"
sheet = "Ответы"
[table.columns]
enterprise = "Укажите ИНН вашей организации"
process = "Какими технологиями вы владеете?"
[table.split]
process = ","
"""


@pytest.fixture
def form(tmp_path) -> Path:
    path = tmp_path / "Ответы.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(FORM)
    return path


def mapping(folder: Path, text: str = MAP):
    path = folder / "m.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_a_form_with_one_row_a_response_fills_several_tables(form, tmp_path):
    survey, issues = read_survey(form, mapping=mapping(tmp_path))
    firms, offers, abilities = (
        survey.frames[name] for name in ("enterprises", "offers", "capabilities")
    )
    assert firms[["enterprise", "role", "answered_on"]].to_numpy().tolist() == [
        ["0299000011", "member", "2026-02-20"],
        ["0299000029", "interested", "2026-02-21"],
    ]
    assert offers[["product", "price", "row"]].to_numpy().tolist() == [
        ["Колесо", 2100, 2],
        ["Обод", 900, 2],
    ]
    assert offers["capacity"][0] == 6000
    assert offers["unit"][0] == "pcs"
    assert abilities["process"].tolist() == [
        "Сварка TIG",
        "Окраска (порошок, эпоксид)",
        "Сварка TIG",
    ]
    (rough,) = [issue for issue in issues if issue.code == "value-range"]
    assert (rough.row, rough.column, rough.sheet) == (3, "F", "Ответы#2")
    assert [row.row for row in survey.quarantine] == [3]


def test_values_lead_to_their_cells_and_fixed_ones_to_none(form, tmp_path):
    survey, _ = read_survey(form, mapping=mapping(tmp_path))
    letters = {sheet.sheet: dict(sheet.columns) for sheet in survey.sheets}
    assert letters["Ответы#2"] == {"enterprise": "B", "product": "E", "price": "F", "capacity": "G"}
    assert letters["Ответы#3"]["product"] == "H"


def test_what_no_table_reads_is_kept_once(form, tmp_path):
    survey, _ = read_survey(form, mapping=mapping(tmp_path))
    own = [(sheet.sheet, own.heading) for sheet in survey.sheets for own in sheet.own]
    assert own == [("Ответы", "Мощность 2, ед./год"), ("Ответы", "Откуда узнали о нас?")]


def test_a_draft_reads_as_it_stands_and_finds_what_a_person_would(form, tmp_path):
    text = draft_mapping(form)
    drafted = tomllib.loads(text)["table"]
    assert [table["table"] for table in drafted] == [
        "enterprises",
        "offers",
        "offers",
        "capabilities",
    ]
    assert drafted[0]["columns"]["enterprise"] == FORM[0][1]
    assert [table["columns"]["product"] for table in drafted[1:3]] == ["Продукция 1", "Продукция 2"]
    assert drafted[1]["units"]["capacity"] == "ед./год"
    assert drafted[3]["split"] == {"process": ","}
    survey, issues = read_survey(form, mapping=mapping(tmp_path, text))
    assert len(survey.frames["offers"]) == 2
    assert {issue.code for issue in issues} <= {
        "value-range",
        "price-missing",
        "role-missing-member",
    }
    assert '# not used: "Откуда узнали о нас?"' in text


def test_a_draft_of_a_workbook_finds_headings_below_a_title(tmp_path):
    path = tmp_path / "own.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet('Лист "1"')
        for row, cells in enumerate([["Опрос 2026"], [], ["Company name", "Tax number"]]):
            sheet.write_row(row, 0, cells)
        sheet.write_row(3, 0, ["Invented Ltd", "0299000011"])
    survey, _ = read_survey(path, mapping=mapping(tmp_path, draft_mapping(path)))
    assert survey.frames["enterprises"]["enterprise"].tolist() == ["0299000011"]


def test_sheets_that_the_mapping_does_not_name_are_read_as_ever(form, tmp_path):
    other = tmp_path / "Сертификаты.csv"
    other.write_text("ИНН;Сертификат\n0299000011;ISO 13485\n", encoding="utf-8")
    survey, _ = read_survey(form, other, mapping=mapping(tmp_path))
    assert survey.frames["certificates"]["certificate"].tolist() == ["ISO 13485"]


def test_a_column_or_sheet_that_is_not_there_is_an_issue(form, tmp_path):
    lost = MAP.replace('"Продукция 1"', '"Продукция 7"')
    _, issues = read_survey(form, mapping=mapping(tmp_path, lost))
    (found,) = [issue for issue in issues if issue.code == "map-column"]
    assert (found.value, found.row) == ("Продукция 7", 1)
    assert "продукция" in found.details["nearest"]
    gone = MAP.replace('sheet = "Ответы"', 'sheet = "Лист9"')
    _, issues = read_survey(form, mapping=mapping(tmp_path, gone))
    assert {"map-unused", "sheet-none"} <= {issue.code for issue in issues}


@pytest.mark.parametrize(
    ("was", "is_now", "message"),
    [
        ("[[table]]", "[[table]", "line 2"),
        ('table = "offers"', 'table = "offer"', r"line 15, \[\[table\]\] 2.*mean offers"),
        ('price = "Цена 1', 'prise = "Цена 1', "line 20.*no field of offers 'prise'.*mean price"),
        ('sheet = "Ответы"', 'shet = "Ответы"', "line 4.*no key 'shet'; did you mean sheet"),
        ('price = "тыс. руб."', 'price = "долл."', "line 25.*'долл.' is no unit of it"),
        ('product = "Продукция 1"\n', "", r"line 17.*offers needs product"),
        ('unit = "шт"', 'unit = "вагон"', "line 23.*fixed.unit.*вагон.*not known"),
        ('process = ","', 'process = ""', "line 45.*a text in quotes"),
        ('sheet = "Ответы"', "sheet = 1", "line 4.*text in quotes, not 1"),
        (MAP, "[colums]\n", "line 1.*no table 'colums'"),
        (MAP, "", "at least one"),
    ],
)
def test_an_error_in_a_mapping_names_line_rule_and_remedy(tmp_path, was, is_now, message):
    with pytest.raises(MappingError, match=f"m.toml.*{message}"):
        mapping(tmp_path, MAP.replace(was, is_now, 1))


def test_certificates_joined_by_commas_are_drafted_apart(tmp_path):
    path = tmp_path / "Ответы.csv"
    heads = "ИНН;Название организации;Есть ли сертификаты?"
    path.write_text(f"{heads}\n0299000011;Вымысел;ISO 9001, ГОСТ Р\n", encoding="utf-8")
    text = draft_mapping(path)
    survey, _ = read_survey(path, mapping=mapping(tmp_path, text))
    assert survey.frames["certificates"]["certificate"].tolist() == ["ISO 9001", "ГОСТ Р"]
