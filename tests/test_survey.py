"""The survey room: cells, headings, checks, and the way there and back."""

from __future__ import annotations

import csv
from datetime import datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from matchmaker.codebook import (
    LANGUAGES,
    describe,
    find_choice,
    find_country,
    okpd2,
    okved2,
    processes,
    regions,
    row_ids,
    tables,
    units,
)
from matchmaker.model import PLACE
from matchmaker.survey import CHECKS, Known, read_survey, write_survey
from matchmaker.survey.cells.registrations import has_valid_check, restore_zero
from matchmaker.survey.cells.values import parse_cell, parse_column, to_text
from matchmaker.survey.checks import row_keys
from matchmaker.survey.headings.find_table import find_table
from matchmaker.survey.headings.sheet import Column

FIRM, OTHER = "0299000011", "0299000029"
FIRMS_CSV = (
    f"ИНН;Предприятие;Роль\n{FIRM};ООО «Вымысел Один»;участник\n{OTHER};ООО «Вымысел Два»;внешнее\n"
)


def column(table: str, field: str, heading: str = "", factor: float | None = None) -> Column:
    found = tables()[table].field(field)
    return Column(0, found, factor or found.factor, heading or found.label_ru)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def codes(issues) -> list[str]:
    return [issue.code for issue in issues]


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("1200,50", 1200.5),
        ("1 200,50", 1200.5),
        ("1\u00a0200\u202f000", 1_200_000),
        ("1.200.000", 1_200_000),
        ("1,200.5", 1200.5),
        ("12,5 тыс. руб.", 12_500),
        ("1,5 млн руб", 1_500_000),
        ("40 руб.", 40),
        ("40 ₽/шт.", 40),
        ("40 р. за ед. без НДС", 40),
        ("RUB", None),
        ("40 RUB", 40),
        ("1e3", 1000),
        (",5", 0.5),
        (2100.0, 2100),
        ("12 - 14", None),
        ("40+", None),
        ("~40", None),
        ("1 20", None),
        ("40 €", None),
        ("40 тыс. шт.", None),
        ("1'200,50", 1200.5),
        ("₽ 1 200", 1200),
        ("2 тысячи рублей", 2000),
        ("1200 руб. (без НДС)", 1200),
        ("1200 (без НДС)", 1200),
        ("1200 б/НДС", 1200),
        ("1200 руб. б/НДС.", 1200),
        ("1200 RUB excl. VAT", 1200),
        ("1200 руб. (с НДС)", None),
        ("1200,-", 1200),
        ("1 200.— руб.", 1200),
        ("12 тыс. 500 руб.", 12_500),
        ("1 млн 200 тыс. руб.", 1_200_000),
        ("2 млн. 15 тыс. 7 руб. без НДС", 2_015_007),
        ("1 млн 200 руб.", None),
        ("12 тыс. 500 тыс. руб.", None),
        ("12 тыс. 500–600 руб.", None),
        ("12 тыс. 1500 руб.", None),
        ("12,5 тыс. 500 руб.", None),
        ("1_000", None),
        ("nan", None),
        ("٤٠", None),
    ],
)
def test_a_price_is_one_plain_number_or_a_problem(raw, stored):
    value, problem = parse_cell(raw, column("offers", "price"))
    assert (
        (value == stored)
        if stored is not None
        else problem[0] in {"value-number", "value-range", "value-vat"}
    )


@pytest.mark.parametrize(
    ("field", "raw", "stored"),
    [
        ("capacity", "50 шт./мес.", 600),
        ("capacity", "50", 600),
        ("capacity", 0.1, 1.2),
        ("minimum_order", "50 шт", 50),
        ("lead_time", "30 дней", 30),
        ("lead_time", "2 недели", 14),
        ("lead_time", "14 к.д.", 14),
        ("lead_time", "14 к. д.", 14),
        ("lead_time", "14 кд", 14),
        ("capacity", "50 шт./год", 50),
        ("capacity", "600 в год", 600),
        ("capacity", "2 тыс. шт.", 24_000),
        ("minimum_order", "50 шт./год", 50),
    ],
)
def test_quantities_are_stored_per_year(field, raw, stored):
    assert parse_cell(raw, column("offers", field)) == (stored, None)


@pytest.mark.parametrize(
    ("field", "raw", "code", "details"),
    [
        ("capacity", "50 кг", "value-unit-inside", {"number": "50", "unit": "кг"}),
        ("capacity", "до 500 т", "value-range", {"proposal": " → 500 (т)?"}),
        ("capacity", "50 т/мес.", "value-unit-inside", {"number": "50", "unit": "т"}),
        ("capacity", "500 т/год", "value-unit-inside", {"number": "500/год", "unit": "т"}),
        ("capacity", "500 т в год", "value-unit-inside", {"number": "500 в год", "unit": "т"}),
        (
            "capacity",
            "500 t per year",
            "value-unit-inside",
            {"number": "500 per year", "unit": "t"},
        ),
        ("capacity", "6000 кг/год.", "value-unit-inside", {"number": "6000/год", "unit": "кг"}),
        ("capacity", "до 600 т/год", "value-range", {"proposal": " → 50 (т)?"}),
        ("capacity", "до 600 т/сутки", "value-range", {"proposal": ""}),
        ("capacity", "500–700 шт/год", "value-range", {"proposal": " → 50?"}),
        ("capacity", "12 т/нед", "value-period", {"proposal": " → 52 (т)?"}),
        ("capacity", "60 шт/нед", "value-period", {"proposal": " → 260?"}),
        ("capacity", "50 шт/нед", "value-period", {"proposal": " → 216.67?"}),
        ("capacity", "60 pcs per week", "value-period", {"proposal": " → 260?"}),
        ("capacity", "60 шт/сутки", "value-period", {"proposal": ""}),
        ("capacity", "5 т/смену", "value-period", {"proposal": ""}),
        ("minimum_order", "50 шт./мес.", "value-period", {"proposal": " → 600?"}),
        ("minimum_order", "100 шт в квартал", "value-period", {"proposal": " → 400?"}),
        ("minimum_order", "5 т/мес.", "value-period", {"proposal": " → 60 (т)?"}),
        ("minimum_order", "5 т/год", "value-unit-inside", {"number": "5", "unit": "т"}),
        ("minimum_order", "1,200 шт/мес", "value-period", {"proposal": ""}),
        ("lead_time", "2–3 недели", "value-range", {"proposal": " → 17.5?"}),
        ("lead_time", "1,5 мес.", "value-range", {"proposal": " → 45?"}),
        ("lead_time", "10 р.д.", "value-range", {"proposal": " → 14?"}),
        ("lead_time", "10 раб. дней", "value-range", {"proposal": " → 14?"}),
        ("price", "1200 с НДС 20 %", "value-vat", {"proposal": " → 1000?"}),
        ("price", "1200 руб. с НДС", "value-vat", {"proposal": ""}),
        ("price", "по договорённости", "value-agreed", {}),
        ("price", "12 500-00", "value-range", {"proposal": " → 12500?"}),
        ("price", "1200 руб. 50 коп.", "value-range", {"proposal": " → 1200.5?"}),
        ("price", "12к", "value-range", {"proposal": " → 12000?"}),
        ("price", "40 ± 5", "value-range", {"proposal": " → 40?"}),
    ],
)
def test_a_number_in_other_words_than_asked_is_answered_with_what_it_may_mean(
    field, raw, code, details
):
    assert parse_cell(raw, column("offers", field))[1] == (code, details)


@pytest.mark.parametrize("period", ["/год", " в год", " per year", "/кв."])
def test_what_is_proposed_beside_a_unit_means_what_the_cell_meant(period):
    asked = column("offers", "capacity")
    _, (code, details) = parse_cell(f"500 т{period}", asked)
    assert (code, details["unit"]) == ("value-unit-inside", "т")
    assert parse_cell(details["number"], asked) == (2000 if "кв" in period else 500, None)


def test_a_cell_says_no_other_unit_than_its_heading_counts_in():
    tonnes = column("offers", "capacity", "Мощность, т/год", 1)
    assert parse_cell("6000 кг/год", tonnes)[1] == ("value-number", {})
    yearly = column("offers", "capacity", "Мощность, ед./год", 1)
    assert parse_cell("500 т/мес.", yearly)[1] == ("value-period", {"proposal": " → 6000 (т)?"})
    assert parse_cell("500 т/год", yearly)[1][1] == {"number": "500", "unit": "т"}


def test_units_of_a_heading_and_of_a_cell_are_not_multiplied():
    weeks = column("offers", "lead_time", "Срок поставки, недель", 7)
    assert parse_cell("2 недели", weeks)[1][0] == "value-number"
    assert parse_cell("2", weeks) == (14, None)


@pytest.mark.parametrize(
    "raw",
    [
        "20.02.2026",
        "20.2.2026 г.",
        "2026-02-20",
        "2026-02-20T10:00:00",
        "20.02.2026 14:05:11",
        "2026/02/20 2:05:11 PM GMT+3",
        "20/02/2026",
        "02/20/2026",
        "20-02-2026",
        "20 февраля 2026 года",
        "20 фев. 2026",
        "Feb 20, 2026",
        "20 February 2026",
        datetime(2026, 2, 20, 9),
    ],
)
def test_a_date_is_read_however_it_is_written(raw):
    assert parse_cell(raw, column("enterprises", "answered_on")) == ("2026-02-20", None)


@pytest.mark.parametrize(
    ("raw", "nearest"),
    [
        ("3/4/2026", " → 2026-04-03 / 2026-03-04?"),
        ("20.02.26", " → 2026-02-20?"),
        ("февраль 2026", " → 2026-02-01?"),
        ("02.2026", " → 2026-02-01?"),
        (46073.0, " → 2026-02-20?"),
        ("31.02.2026", ""),
        ("20 маршрутов 2026", ""),
        ("прошлой весной", ""),
        ("2026-2-20 " * 90, ""),
    ],
)
def test_what_may_be_several_dates_is_answered_with_them(raw, nearest):
    problem = parse_cell(raw, column("enterprises", "answered_on"))[1]
    assert problem == ("value-date", {"nearest": nearest})


@pytest.mark.parametrize(
    ("raw", "proposal"),
    [
        ("40–50", " → 45?"),
        ("от 40 до 50 руб.", " → 45?"),
        ("from 40 to 50", " → 45?"),
        ("1 200 - 1 300", " → 1250?"),
        ("12–13 тыс. руб.", " → 12500?"),
        ("≈40", " → 40?"),
        ("40+", " → 40?"),
        ("5 (за 10 шт)", ""),
        ("40 50", ""),
        ("50–40", ""),
        ("40–50 $", ""),
        ("10-12-2024", ""),
        ("1,200–1,500", ""),
    ],
)
def test_only_a_range_or_a_rough_number_is_answered_with_a_proposal(raw, proposal):
    assert parse_cell(raw, column("offers", "price"))[1] == ("value-range", {"proposal": proposal})


@pytest.mark.parametrize(
    ("raw", "decimal", "thousands"),
    [
        ("1,200", "1,2", "1200"),
        ("1.200", "1.2", "1200"),
        ("2,000", "2", "2000"),
        ("12.345", "12.3450", "12345"),
        ("100,000", "100", "100000"),
        ("1,200 руб.", "1,2", "1200"),
    ],
)
@pytest.mark.parametrize("heading", ["Цена", "Price"])
def test_a_number_that_may_be_thousands_is_asked_about(raw, decimal, thousands, heading):
    read = column("offers", "price", heading)
    problem = ("value-thousands", {"decimal": decimal, "thousands": thousands})
    assert parse_cell(raw, read)[1] == problem
    assert parse_cell(decimal, read)[1] is None
    assert parse_cell(thousands, read) == (float(thousands), None)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [("0,200", 0.2), ("1,2000", 1.2), ("1200,500", 1200.5), ("1 200,500", 1200.5), (1.234, 1.234)],
)
def test_a_number_that_cannot_be_thousands_is_read(raw, stored):
    assert parse_cell(raw, column("offers", "price")) == (stored, None)


def test_a_share_is_never_thousands():
    assert parse_cell("12,500 %", column("demands", "import_share")) == (0.125, None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_three_decimals_are_written_so_that_they_read_back(tmp_path, lang):
    firms = pd.DataFrame({"enterprise": [FIRM], "name": "ООО «Вымысел»", "role": "member"})
    offers = pd.DataFrame({"enterprise": [FIRM], "product": "Колёса", "price": 1.234})
    write_survey({"enterprises": firms, "offers": offers}, tmp_path / "out", lang=lang)
    survey, issues = read_survey(tmp_path / "out")
    assert issues == []
    assert survey.frames["offers"]["price"].tolist() == [1.234]


@pytest.mark.parametrize("raw", ["", None, " ", "-", "—", "нет", "Н/Д", "n/a"])
def test_not_asked_is_not_no(raw):
    assert parse_cell(raw, column("offers", "price"))[0] != 0
    assert parse_cell(raw, column("offers", "price"))[1] is None
    assert parse_cell(raw, column("offers", "minimum_order")) == (0.0, None)
    assert parse_cell(raw, column("offers", "okpd2")) == (None, None)


@pytest.mark.parametrize(
    ("raw", "share"), [("40 %", 0.4), ("40%", 0.4), ("0,4", 0.4), (0.4, 0.4), (1, 1)]
)
def test_a_share_may_be_a_percentage(raw, share):
    assert parse_cell(raw, column("demands", "import_share")) == (pytest.approx(share), None)


@pytest.mark.parametrize(
    ("table", "field", "raw", "stored"),
    [
        ("enterprises", "role", "Участник", "member"),
        ("enterprises", "region", "Уфа", "RU-BA"),
        ("enterprises", "country", "Китай", "CN"),
        ("enterprises", "answered_on", "31.12.2026", "2026-12-31"),
        ("enterprises", "answered_on", "2026-12-31 00:00:00", "2026-12-31"),
        ("enterprises", "ogrn", 1027700132195.0, "1027700132195"),
        ("enterprises", "ogrn", "1 027 700 132 195", "1027700132195"),
        ("enterprises", "kpp", 27401001.0, "027401001"),
        ("enterprises", "okved", 1.1, "01.1"),
        ("enterprises", "okved", "30.92 Производство велосипедов", "30.92"),
        ("offers", "alternative", "Под ключ", "turnkey"),
        ("offers", "unit", "тыс. шт.", "kpcs"),
        ("offers", "item", "Wheel-24", "wheel-24"),
        ("items", "synonyms", "обод ; Обод;\n шина", "обод;шина"),
        ("routing", "process", "Литьё под давлением", "injection-moulding"),
        ("enterprises", "name", " ООО\u00a0«Луч» ", "ООО «Луч»"),
        ("certificates", "number", 24.0, "24"),
    ],
)
def test_words_become_codes(table, field, raw, stored):
    assert parse_cell(raw, column(table, field)) == (stored, None)


def test_lists_of_the_codebook_are_understood_in_both_languages():
    for table in tables().values():
        for field in table.fields:
            for value in field.allowed:
                assert find_choice(value, field.allowed) == value


def test_text_of_a_number_loses_no_digit():
    assert to_text(299000011.0) == "299000011"
    assert to_text(0.1) == "0.1"


@pytest.mark.parametrize(
    ("heading", "field", "factor"),
    [
        ("Цена", "price", 1),
        ("  ЦЕНА, руб ", "price", 1),
        ("Цена, тыс. руб.", "price", 1000),
        ("price", "price", 1),
        ("Мощнсть", "capacity", 12),
        ("Мощность (шт. в месяц)", "capacity", 12),
        ("Мощность, ед./год", "capacity", 1),
        ("Capacity, units/yr", "capacity", 1),
        ("Срок поставки, недель", "lead_time", 7),
    ],
)
def test_units_in_a_heading_are_read(tmp_path, heading, field, factor):
    text = f"ИНН;Продукция;{heading}\n{FIRM};Колёса;10\n"
    survey, _ = read_survey(write(tmp_path, "offers.csv", text), known=Known(frozenset({FIRM})))
    assert survey.frames["offers"][field].tolist() == [10 * factor]
    assert survey.sheets[0].columns[field] == "C"


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("Цена с НДС", "column-unit"),
        ("Цена, с НДС", "column-unit"),
        ("Цена, $", "column-unit"),
        ("Мощность, шт./день", "column-unit"),
        ("Цена за прошлый год", "column-unknown"),
    ],
)
def test_a_heading_with_other_units_is_not_guessed(tmp_path, heading, code):
    text = f"ИНН;Продукция;{heading}\n{FIRM};Колёса;10\n"
    survey, issues = read_survey(
        write(tmp_path, "offers.csv", text), known=Known(frozenset({FIRM}))
    )
    assert code in codes(issues)
    assert survey.frames["offers"][["price", "capacity"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Производим", "offers"),
        (" мы  ПРОИЗВОДИМ", "offers"),
        ("we make", "offers"),
        ("Преприятия", "enterprises"),
        ("bom", "bom"),
        ("Лист1", None),
    ],
)
def test_sheets_are_known_by_name(name, table):
    found = find_table(name)
    assert (found and found.name) == table


def test_tax_numbers_regain_a_lost_zero_only_where_the_check_fits():
    assert has_valid_check("7707083893")
    assert has_valid_check("500100732259")
    assert not has_valid_check("0000000000")
    assert restore_zero("299000011") == FIRM
    assert restore_zero("299000012") == "299000012"


def test_a_foreign_firm_keeps_its_registration(tmp_path):
    firms = "HRB  12345;Erfunden GmbH;внешнее;DE\n299000011;Invented Ltd;участник;CN\n"
    text = f"ИНН;Предприятие;Роль;Страна\n{firms}"
    survey, issues = read_survey(write(tmp_path, "firms.csv", text))
    assert issues == []
    assert survey.frames["enterprises"]["enterprise"].tolist() == ["HRB 12345", "299000011"]


def test_references_follow_their_target(tmp_path):
    write(tmp_path, "Предприятия.csv", FIRMS_CSV)
    write(tmp_path, "Производим.csv", "ИНН;Продукция;Цена\n299000011;Колёса;10\n")
    survey, issues = read_survey(tmp_path)
    assert issues == []
    assert survey.frames["offers"]["enterprise"].tolist() == [FIRM]


def test_known_keys_may_be_referred_to(tmp_path):
    path = write(
        tmp_path, "offers.csv", f"ИНН;Продукция;Код номенклатуры;Цена\n{FIRM};Колёса;wheel;10\n"
    )
    assert codes(read_survey(path)[1]) == ["enterprise-unknown"]
    assert read_survey(path, known=Known(frozenset({FIRM})))[1][0].code == "item-unknown"
    assert read_survey(path, known=Known(frozenset({FIRM}), frozenset({"wheel"})))[1] == []


def test_a_missing_path_raises(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_survey(tmp_path / "absent.xlsx")


def test_an_empty_survey_is_a_survey(tmp_path):
    survey, issues = read_survey(tmp_path)
    assert (dict(survey.frames), survey.files, codes(issues)) == ({}, (), ["sheet-none"])


def test_a_row_says_where_it_stands_and_the_frame_has_its_types(tmp_path):
    write(tmp_path, "Предприятия.csv", FIRMS_CSV)
    frame = read_survey(tmp_path)[0].frames["enterprises"]
    fields = [field.name for field in tables()["enterprises"].fields]
    assert list(frame.columns) == [*fields, *PLACE]
    assert frame[list(PLACE)].iloc[1].tolist() == ["Предприятия.csv", "Предприятия", 3]
    assert frame["involvement_cost"].dtype == float
    assert frame["involvement_cost"].tolist() == [0, 0]
    assert frame["country"].tolist() == ["RU", "RU"]
    assert frame["city"].dtype == object
    assert frame["city"].tolist() == [None, None]


def test_two_files_of_one_name_are_told_apart(tmp_path):
    for folder, row in zip(("a", "b"), FIRMS_CSV.splitlines()[1:], strict=True):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "firms.csv", f"ИНН;Предприятие;Роль\n{row}\n")
    survey, _ = read_survey(tmp_path / "b", tmp_path / "a")
    assert [file.name for file in survey.files] == ["a/firms.csv", "b/firms.csv"]


def test_a_repeated_row_across_files_is_kept_once(tmp_path):
    write(tmp_path, "firms1.csv", FIRMS_CSV)
    write(tmp_path, "firms2.csv", FIRMS_CSV)
    survey, issues = read_survey(tmp_path)
    assert codes(issues) == ["row-repeated", "row-repeated"]
    assert survey.frames["enterprises"]["file"].tolist() == ["firms1.csv", "firms1.csv"]
    assert survey.quarantine == ()


def test_one_bad_row_names_all_its_problems(tmp_path):
    good = f"{FIRM};ООО «Вымысел Один»;участник;"
    text = f"ИНН;Предприятие;Роль;Регион\n0299000012;;друг;Атлантида\n{good}\n"
    survey, issues = read_survey(write(tmp_path, "firms.csv", text))
    assert codes(issues) == ["registration-check", "value-required", "value-enum", "value-region"]
    assert [issue.column for issue in issues] == ["A", "B", "C", "D"]
    assert survey.quarantine[0].raw == {"ИНН": "0299000012", "Роль": "друг", "Регион": "Атлантида"}


def test_a_misspelled_value_is_answered_with_the_nearest(tmp_path):
    text = f"ИНН;Предприятие;Роль;Регион\n{FIRM};ООО «Вымысел»;учасник;Башкортостн\n"
    _, issues = read_survey(write(tmp_path, "firms.csv", text))
    role, region = (describe(issue, "ru")[1] for issue in issues)
    assert role.endswith("→ участник?")
    assert "→ Респ Башкортостан" in region


@pytest.mark.parametrize(
    ("substitutes", "parts", "circular"),
    [
        ("a,b,1 b,a,1", "set,a", []),
        ("a,b,1 b,c,1 c,a,1", "set,a", []),
        ("a,b,2 b,a,0.5", "set,a", []),
        ("a,b,0.5 b,a,0.5", "set,a", ["substitutes"] * 2),
        ("a,b,1 b,a,1", "set,a a,b", ["bom"]),
        ("a,b,1 b,a,1", "set,a b,set", ["bom"] * 2),
        ("a,set,1", "set,a", ["bom", "substitutes"]),
    ],
)
def test_items_may_replace_one_another_but_contain_themselves_never(
    substitutes, parts, circular, tmp_path
):
    """Going round substitutes that take less than they give would make something of nothing."""
    items = (f"{item},{item},component,pcs\n" for item in ("set", "a", "b", "c"))
    write(tmp_path, "items.csv", "item,name_ru,kind,unit\n" + "".join(items))
    write(
        tmp_path,
        "substitutes.csv",
        "item,substitute,ratio\n" + "".join(f"{row}\n" for row in substitutes.split()),
    )
    write(
        tmp_path,
        "bom.csv",
        "item,component,quantity\n" + "".join(f"{row},1\n" for row in parts.split()),
    )
    _, issues = read_survey(tmp_path)
    found = [issue for issue in issues if issue.code == "bom-cycle"]
    assert sorted(issue.sheet for issue in found) == circular


def test_every_check_states_its_rule():
    assert all(check.__doc__ and check.__doc__.strip().endswith(".") for check in CHECKS)


def test_a_survey_says_what_was_read_and_how_to_go_on(tmp_path):
    write(tmp_path, "Предприятия.csv", FIRMS_CSV + "123;ООО «Вымысел Три»;участник\n")
    assert str(read_survey(tmp_path)[0]).splitlines() == [
        "Survey of Предприятия.csv",
        "  enterprises: 2 rows",
        "  waiting in quarantine: 1 rows",
        "The issues returned beside it say what is wrong, where, and what to do.",
        "Keep both: Store(path, create=True).add(survey, issues)",
    ]


def test_formulas_in_text_are_disarmed_in_csv(tmp_path):
    frame = pd.DataFrame({"enterprise": [FIRM], "name": ["=1+1"], "role": ["member"]})
    write_survey({"enterprises": frame}, tmp_path / "out")
    assert "'=1+1" in (tmp_path / "out" / "Предприятия.csv").read_text(encoding="utf-8-sig")
    assert read_survey(tmp_path / "out")[0].frames["enterprises"]["name"].tolist() == ["=1+1"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_template_is_an_empty_workbook_that_reads(tmp_path, lang):
    empty = {
        name: pd.DataFrame({field.name: [] for field in table.fields})
        for name, table in tables().items()
    }
    write_survey(
        empty, tmp_path / "template.xlsx", lang=lang, note="Предприятия вымышлены\nInvented"
    )
    survey, issues = read_survey(tmp_path / "template.xlsx")
    assert set(codes(issues)) == {"sheet-empty"}
    assert list(survey.frames) == list(tables())
    for sheet in survey.sheets:
        assert list(sheet.columns) == [field.name for field in tables()[sheet.table].fields]


def test_writing_twice_gives_the_same_bytes(tmp_path):
    frame = pd.DataFrame({"enterprise": [FIRM], "name": ["ООО «Вымысел»"], "role": ["member"]})
    for name in ("one.xlsx", "two.xlsx"):
        write_survey({"enterprises": frame}, tmp_path / name, note="Вымысел")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


ALPHABET = "абвёжЯШLuzX019 .,;:!?«»\"'()+-=@#%/№"
FREE = st.text(ALPHABET, min_size=1, max_size=14).filter(
    lambda text: (
        to_text(text) == text
        and text.lower() not in {"-", "нет", "n/a"}
        and not text.startswith("#")
    )
)
WORDS = FREE.filter(lambda text: any(mark.isalpha() for mark in text) and not text.endswith(":"))
"""Names; alone in its row, one with a colon behind is a subheading (`row-note`), no answer."""
NUMBERS = st.one_of(
    st.floats(0.001, 1e9).map(lambda number: float(f"{number:.9g}")),
    st.integers(1, 999_999).map(lambda number: number / 1000),
)
DATES = st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2100-01-01").date()).map(str)
LISTS = st.lists(st.sampled_from(["ISO 13485", "ISO 9001", "РУ"]), min_size=1, unique=True).map(
    ";".join
)
CODED = {
    "ogrn": st.sampled_from(["1027700132195", "1037739877295"]),
    "kpp": st.sampled_from(["770701001", "027401001", "7707AA001"]),
    "unit": st.sampled_from(sorted(units())),
    "region": st.sampled_from(sorted(regions())),
    "country": st.sampled_from(
        [code for code in ("CN", "DE", "KZ", "BY", "NO") if find_country(code)]
    ),
    "okpd2": st.sampled_from(sorted(okpd2())[::500]),
    "okved2": st.sampled_from(sorted(okved2())[::100]),
    "process": st.sampled_from(sorted(processes())),
    "date": DATES,
    "list": LISTS,
    "text": WORDS,
    "share": st.floats(0, 1).map(lambda share: round(share, 6)),
}
INNS = [FIRM, OTHER, "0299000036", "7707083893"]
SLUGS = [f"part-{number}" for number in range(6)]


def cells(field):
    """Valid stored values of a field; None where it may be missing."""
    if field.type in {"registration", "enterprise"}:
        values = st.sampled_from(INNS)
    elif field.type in {"id", "item"}:
        values = st.sampled_from(SLUGS)
    elif field.type == "enum":
        values = st.sampled_from(field.allowed)
    else:
        values = CODED.get(field.type, NUMBERS)
    if field.numeric:
        values = values.map(lambda number: min(max(number, field.lowest), field.highest))
    if field.required:
        return values
    missing = field.default or None
    return st.one_of(values, st.just(float(missing) if missing and field.numeric else missing))


def whole(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Frames made free of what the checks refuse, by construction."""
    firms = pd.DataFrame(
        {"enterprise": INNS, "name": "ООО «Вымысел»", "role": "member", "country": "RU"}
    )
    items = pd.DataFrame({"item": SLUGS, "name_ru": "часть", "kind": "component", "unit": "pcs"})
    frames = {"enterprises": firms, "items": items} | frames
    if "offers" in frames:
        frames["offers"]["minimum_order"] = 0.0
    return {
        name: frame.reindex(columns=[f.name for f in tables()[name].fields])
        for name, frame in frames.items()
    }


CERTIFICATE = ["enterprise", "certificate", "number"]


@st.composite
def surveys(
    draw,
    names=(
        *("offers", "capabilities", "needs", "certificates", "answers", "contracts", "plans"),
        *("trade", "demands", "routing", "settings"),
    ),
):
    frames = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=2)):
        table = tables()[name]
        rows = draw(
            st.lists(
                st.fixed_dictionaries({f.name: cells(f) for f in table.fields}),
                min_size=1,
                max_size=4,
            )
        )
        frame = pd.DataFrame(rows, columns=[f.name for f in table.fields])
        frames[name] = frame[~pd.Series(row_ids(table, frame)).duplicated()].reset_index(drop=True)
    return whole(frames)


def plain(frames) -> dict[str, pd.DataFrame]:
    """Frames without provenance, in an order of their own, with one kind of missing value."""
    return {
        name: pd.DataFrame(
            sorted(
                (
                    tuple(None if pd.isna(value) else value for value in row)
                    for row in rows(name, frame)
                ),
                key=repr,
            )
        )
        for name, frame in frames.items()
    }


def rows(name, frame):
    names = [field.name for field in tables()[name].fields]
    defaults = {
        f.name: (float(f.default) if f.numeric else f.default)
        for f in tables()[name].fields
        if f.default
    }
    return frame[names].astype(object).fillna(defaults).itertuples(index=False)


def assert_same(one, other):
    one, other = plain(one), plain(other)
    assert one.keys() == other.keys()
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], check_dtype=False, check_exact=True)


def errors(issues):
    return [issue for issue in issues if issue.severity == "error"]


@settings(max_examples=20, deadline=None)
@given(
    frames=surveys(),
    lang=st.sampled_from(LANGUAGES),
    name=st.sampled_from(["survey.xlsx", "survey"]),
)
def test_what_is_written_reads_as_it_was(frames, lang, name):
    with TemporaryDirectory() as folder:
        write_survey(frames, Path(folder) / name, lang=lang, note="вымысел")
        survey, issues = read_survey(Path(folder) / name)
    assert errors(issues) == []
    assert_same(survey.frames, frames)


@settings(max_examples=15, deadline=None)
@given(
    frames=surveys(),
    seed=st.integers(0, 99),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1251", "utf-16"]),
    delimiter=st.sampled_from(";,\t"),
)
@example(
    frames=whole({"certificates": pd.DataFrame([[FIRM, "Ш:", "№ 1"]], columns=CERTIFICATE)}),
    seed=0,
    encoding="utf-8",
    delimiter=";",
)
def test_order_encoding_and_delimiter_change_nothing(frames, seed, encoding, delimiter):
    with TemporaryDirectory() as folder:
        write_survey(frames, Path(folder) / "one")
        (Path(folder) / "other").mkdir()
        for path in (Path(folder) / "one").iterdir():
            text = shuffled(path.read_text(encoding="utf-8-sig"), seed, delimiter)
            assume(encoding != "cp1251" or ("²" not in text and "³" not in text))
            (Path(folder) / "other" / path.name).write_bytes(text.encode(encoding))
        survey, issues = read_survey(Path(folder) / "other")
    assert errors(issues) == []
    assert_same(survey.frames, frames)


def test_a_name_alone_that_ends_in_a_colon_is_a_subheading_and_said_to_be(tmp_path):
    rows = [[FIRM, "Ш:", None], [FIRM, "Ш", None], [FIRM, "Ж:", "№ 1"]]
    frames = whole({"certificates": pd.DataFrame(rows, columns=CERTIFICATE)})
    write_survey(frames, tmp_path / "out")
    survey, issues = read_survey(tmp_path / "out")
    assert survey.frames["certificates"]["certificate"].tolist() == ["Ш", "Ж:"]
    assert [(issue.code, issue.row) for issue in issues] == [("row-note", 2)]


def shuffled(text: str, seed: int, delimiter: str) -> str:
    """Delimited text with its columns and rows in another order."""
    header, *body = csv.reader(StringIO(text, newline=""), delimiter=";")
    order = sorted(range(len(header)), key=lambda place: sha256(f"{seed}{place}".encode()).digest())
    body.sort(key=lambda row: sha256(f"{seed}{row}".encode()).digest())
    out = StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(
        [row[place] for place in order] for row in [header, *body]
    )
    return out.getvalue()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [f"0299000011|{text}|{item}" for text in ("Ёж", "еж ", "Уж") for item in ("", "x")]
        )
    )
)
def test_row_keys_are_equal_where_row_ids_are(texts):
    table = tables()["offers"]
    parts = [text.split("|") for text in texts]
    frame = pd.DataFrame(
        {
            "enterprise": [p[0] for p in parts],
            "product": [p[1] for p in parts],
            "item": [p[2] or None for p in parts],
        },
        dtype=object,
    ).reindex(columns=[field.name for field in table.fields])
    ids, keys = row_ids(table, frame), row_keys(table, frame)
    assert [[a == b for b in ids] for a in ids] == [[a == b for b in keys] for a in keys]


@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".tsv", ".xlsx", ".xlsm"]))
def test_no_bytes_raise(data, suffix):
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"Предприятия{suffix}"
        path.write_bytes(data)
        _, issues = read_survey(path)
    assert issues
    assert all(all(describe(issue, lang)) for issue in issues for lang in LANGUAGES)


NUMERIC = [(table.name, f) for table in tables().values() for f in table.fields if f.numeric]


@pytest.mark.parametrize(
    ("table", "field"), NUMERIC, ids=[f"{table}.{field.name}" for table, field in NUMERIC]
)
def test_every_number_has_a_range_beyond_which_it_is_an_issue(table, field):
    """As it is stored: a cell asked per month is judged by what it becomes a year."""
    assert 0 <= field.lowest < field.highest < 1e19
    asked = column(table, field.name)
    code = "value-share" if field.type == "share" else "value-out-of-bounds"
    most = field.highest / field.factor
    for beyond in (1e308, "1e308", most * 1.001):
        assert parse_cell(beyond, asked)[1][0] == code
        assert parse_column([beyond, most], asked)[1].keys() == {0}
    assert parse_cell(most, asked) == (pytest.approx(field.highest), None)
    if field.lowest:
        least = field.lowest / field.factor
        assert parse_cell(least / 1.001, asked)[1][0] == code
        assert parse_cell(5e-324, asked)[1][0] == code
        assert parse_cell(least * 1.001, asked)[1] is None


def test_the_limits_of_a_number_are_told_in_the_unit_of_its_heading():
    monthly = parse_cell(1e308, column("capabilities", "free_hours"))[1][1]
    assert monthly["highest_en"] == "83,333,333"  # 1e9 hours a year
    yearly = parse_cell(1e308, column("capabilities", "free_hours", "Свободно, ч/год", 1))[1][1]
    assert yearly["highest_en"] == "1,000,000,000"
    assert parse_cell("2e307 тыс. руб.", column("offers", "price"))[1][0].startswith("value-")
