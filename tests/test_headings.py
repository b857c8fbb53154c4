"""Columns as other people head them."""

from __future__ import annotations

import pytest
import xlsxwriter

from matchmaker.codebook import LANGUAGES, describe, fold, read_rows, tables
from matchmaker.survey import Known, read_survey
from matchmaker.survey.headings.read_heading import field_named

FIRM = "0299000011"


def test_every_heading_of_the_codebook_names_its_field():
    for row in filter(lambda row: row["field"], read_rows("headings.csv")):
        names = tables() if row["table"] == "*" else [row["table"]]
        having = [n for n in names if row["field"] in {f.name for f in tables()[n].fields}]
        assert having, row
        for name in having:
            for heading in row["headings"].split("|"):
                found = field_named(name, heading)
                own = any(
                    fold(heading) == fold(other.label(lang))
                    for other in tables()[name].fields
                    for lang in ("ru", "en")
                )
                assert own or (found and found.name == row["field"]), (name, heading)


def test_no_heading_names_two_fields_of_a_table():
    for name, table in tables().items():
        rows = [
            (row["field"], fold(heading))
            for row in read_rows("headings.csv")
            if row["table"] in {name, "*"} and row["field"] in {f.name for f in table.fields}
            for heading in row["headings"].split("|")
        ]
        assert len({heading for _, heading in rows}) == len(set(rows)), name


@pytest.mark.parametrize(
    "heads",
    [
        "ИНН организации;Наименование организации;Роль в кластере",
        "INN;Company name;Membership",
        "ИНН / КПП;Полное наименование;Статус участника",
        "Идентификационный номер налогоплательщика;ОРГАНИЗАЦИЯ;Участие в кластере",
        "инн\u00a0предприятия *;Юридическое лицо:;роль",
    ],
)
def test_columns_may_be_called_otherwise(tmp_path, heads):
    path = tmp_path / "Предприятия.csv"
    path.write_text(f"{heads}\n{FIRM};Вымысел;участник\n", encoding="utf-8")
    survey, issues = read_survey(path)
    assert issues == []
    assert survey.frames["enterprises"]["name"].tolist() == ["Вымысел"]


@pytest.mark.parametrize("heading", ["№", "Статус", "Сумма договора", "Номер", "Дата", "Код"])
def test_a_heading_that_may_mean_several_things_is_no_field_of_a_firm(heading):
    assert field_named("enterprises", heading) is None


def workbook(path, sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return path


FIRMS = [["ИНН", "Название", "Роль", "Город"], [FIRM, "Вымысел", "участник", "Уфа"]]
MADE = [["ИНН", "Изделие", "Цена", "Срок изготовления"], [FIRM, "Втулка", 10, 5]]
BOUGHT = [["ИНН", "Изделие", "Кол-во", "Поставщик"], [FIRM, "Труба", 10, "Вымысел Два"]]


@pytest.mark.parametrize(
    "names", [("О компании", "Продукция", "Закупки"), ("Лист1", "Лист2", "Лист3")]
)
def test_sheets_may_be_called_otherwise(tmp_path, names):
    sheets = dict(zip(names, (FIRMS, MADE, BOUGHT), strict=True))
    survey, issues = read_survey(workbook(tmp_path / "a.xlsx", sheets))
    assert [issue.code for issue in issues] == []
    counts = {name: len(frame) for name, frame in survey.frames.items()}
    assert counts == {"enterprises": 1, "offers": 1, "needs": 1}


def test_a_sheet_that_may_be_several_tables_is_none(tmp_path):
    both = [["ИНН", "Изделие", "Код номенклатуры"], [FIRM, "Втулка", ""]]
    path = workbook(tmp_path / "a.xlsx", {"Лист1": FIRMS, "Лист2": both})
    survey, issues = read_survey(path)
    assert [(issue.code, issue.sheet) for issue in issues] == [("sheet-unknown", "Лист2")]
    assert set(survey.frames) == {"enterprises"}


def test_sheets_of_a_file_of_one_firm_need_no_column_of_tax_numbers(tmp_path):
    made = [row[1:] for row in MADE]
    path = workbook(tmp_path / "a.xlsx", {"Предприятия": FIRMS, "Производим": made})
    survey, issues = read_survey(path)
    assert issues == []
    assert survey.frames["offers"]["enterprise"].tolist() == [FIRM]
    assert "enterprise" not in survey.sheets[1].columns


def test_they_wait_where_the_row_of_that_firm_is_wrong(tmp_path):
    wrong = [FIRMS[0], ["0299000012", *FIRMS[1][1:]]]
    made = [row[1:] for row in MADE]
    path = workbook(tmp_path / "a.xlsx", {"Предприятия": wrong, "Производим": made})
    survey, issues = read_survey(path)
    assert [issue.code for issue in issues] == ["registration-check", "enterprise-waits"]
    assert [row.table for row in survey.quarantine] == ["enterprises", "offers"]


def test_they_are_of_nobody_where_the_file_has_several_firms(tmp_path):
    two = [*FIRMS, ["0299000029", "Вымысел Два", "внешнее", "Уфа"]]
    made = [row[1:] for row in MADE]
    path = workbook(tmp_path / "a.xlsx", {"Предприятия": two, "Производим": made})
    survey, issues = read_survey(path)
    assert [(issue.code, issue.sheet, issue.row) for issue in issues] == [
        ("column-missing", "Производим", 1)
    ]
    assert [row.table for row in survey.quarantine] == ["offers"]


def test_the_name_of_the_form_goes_before_other_names(tmp_path):
    path = tmp_path / "Предприятия.csv"
    heads = "ИНН;Полное наименование;Предприятие;Роль;Телефон;E-mail"
    row = f"{FIRM};Общество Вымысел;Вымысел;участник;+7 347 000;a@example.org"
    path.write_text(f"{heads}\n{row}\n", encoding="utf-8")
    survey, issues = read_survey(path)
    firm = survey.frames["enterprises"].iloc[0]
    assert (firm["name"], firm["contact"]) == ("Вымысел", "+7 347 000")
    assert [(issue.code, issue.value) for issue in issues] == [
        ("column-unknown", "Полное наименование"),
        ("column-unknown", "E-mail"),
    ]
    assert [own.heading for own in survey.sheets[0].own] == ["Полное наименование", "E-mail"]


@pytest.mark.parametrize("word", ["нет", "-", "—", "н/д"])
def test_a_row_that_only_says_nothing_is_no_row(tmp_path, word):
    said = [["ИНН", "Сертификат", "Номер", "Действует до"], [FIRM, word, word, ""]]
    path = workbook(tmp_path / "a.xlsx", {"Предприятия": FIRMS, "Сертификаты": said})
    survey, issues = read_survey(path)
    assert (issues, survey.quarantine, len(survey.frames["certificates"])) == ([], (), 0)


def test_a_row_that_lacks_its_name_alone_is_refused(tmp_path):
    said = [["ИНН", "Сертификат", "Номер"], [FIRM, "нет", "РОСС 1"]]
    path = workbook(tmp_path / "a.xlsx", {"Предприятия": FIRMS, "Сертификаты": said})
    assert [issue.code for issue in read_survey(path)[1]] == ["value-required"]


def offers(tmp_path, heading, *rows):
    """Survey of a sheet with the cells of one column and the units of its rows."""
    path = tmp_path / "Производим.csv"
    body = "".join(f"{FIRM};Труба {n};{unit};{cell}\n" for n, (unit, cell) in enumerate(rows))
    path.write_text(f"ИНН;Продукция;Ед. изм.;{heading}\n{body}", encoding="utf-8")
    survey, issues = read_survey(path, known=Known(frozenset({FIRM})))
    return survey.frames["offers"], [i for i in issues if i.code != "price-missing"]


@pytest.mark.parametrize(
    ("heading", "unit", "field", "stored"),
    [
        ("Цена, руб. за тонну", "т", "price", 10),
        ("Цена, тыс. руб./т", "т", "price", 10_000),
        ("Цена за тонну", "т", "price", 10),
        ("Цена за 1 тонну, руб.", "т", "price", 10),
        ("Цена за 1000 шт", "шт", "price", 0.01),
        ("Цена, руб./шт. без НДС", "", "price", 10),
        ("Цена, руб. за тонну", "кг", "price", 0.01),
        ("Price, RUB per kg", "kg", "price", 10),
        ("Мощность (тонн)", "т", "capacity", 120),
        ("Мощность, т/год", "тонн", "capacity", 10),
        ("Мощность, т/год", "кг", "capacity", 10_000),
        ("Мощность, тыс. шт./год", "", "capacity", 10_000),
        ("Мощность, кв. м/мес.", "м2", "capacity", 120),
        ("Мощность, шт./квартал", "шт", "capacity", 40),
        ("Мощность в год", "т", "capacity", 10),
        ("Мощность, ед./год", "т", "capacity", 10),
        ("Capacity, t/yr", "t", "capacity", 10),
    ],
)
def test_a_heading_counts_in_the_unit_of_its_rows(tmp_path, heading, unit, field, stored):
    frame, issues = offers(tmp_path, heading, (unit, "10"))
    assert issues == []
    assert frame[field].tolist() == [pytest.approx(stored)]


@pytest.mark.parametrize(
    ("heading", "units", "code", "named"),
    [
        ("Цена, руб. за тонну", ["шт"], "column-counted", "т"),
        ("Цена, руб. за тонну", [""], "column-counted", "т"),
        ("Цена за кг", ["шт"], "column-counted", "кг"),
        ("Цена, руб./шт", ["т"], "column-counted", "шт"),
        ("Мощность (тонн)", ["шт"], "column-counted", "т"),
        ("Мощность, т/год", ["т", "шт"], "column-counted", "т"),
        ("Мощность, т/год", ["т", "кг"], "column-counted", "т"),
        ("Мощность, %", ["шт"], "column-unit", "%"),
        ("Мощность, шт./сутки", ["шт"], "column-unit", "шт./сутки"),
        ("Мощность, т/нед.", ["т"], "column-unit", "т/нед."),
        ("Мощность в сутки", ["шт"], "column-unit", "в сутки"),
        ("Мощность, кВт", ["шт"], "column-unit", "квт"),
        ("Срок поставки, мес.", ["шт"], "column-unit", "мес."),
        ("Срок поставки, шт", ["шт"], "column-unit", "шт"),
    ],
)
def test_a_heading_in_another_unit_is_told_with_the_remedy(tmp_path, heading, units, code, named):
    frame, issues = offers(tmp_path, heading, *((unit, "10") for unit in units))
    assert [(issue.code, issue.column) for issue in issues] == [(code, "D")]
    assert frame[["price", "capacity", "lead_time"]].isna().all(axis=None)
    for lang in LANGUAGES:
        message, remedy = describe(issues[0], lang)
        assert issues[0].details[f"unit_{lang}"] in message
        assert issues[0].details["unit_ru"] == named
        assert issues[0].details[f"label_{lang}"] in remedy


def test_rows_without_a_number_do_not_say_what_a_heading_counts_in(tmp_path):
    frame, issues = offers(tmp_path, "Мощность, т/год", ("т", "10"), ("шт", "-"), ("шт", ""))
    assert issues == []
    assert frame["capacity"].tolist()[:1] == [10]


def test_a_column_as_asked_goes_before_one_in_another_unit(tmp_path):
    _, issues = offers(tmp_path, "Цена с НДС;Цена", ("шт", "12;10"))
    assert [(issue.code, issue.value) for issue in issues] == [("column-unknown", "Цена с НДС")]


def test_money_of_a_year_is_not_counted_in_units(tmp_path):
    assert field_named("contracts", "Объём, шт./год") is None
    assert field_named("contracts", "Объём, тыс. руб./год") is not None
    assert field_named("items", "Масса, кг/шт.").name == "mass"
    assert field_named("capabilities", "Стоимость нормо-часа").name == "rate"
