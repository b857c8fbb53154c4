"""Tax numbers as people write them: with the KPP, with labels, through a spreadsheet's hands."""

from __future__ import annotations

import pytest

from matchmaker.codebook import describe
from matchmaker.survey import read_survey
from matchmaker.survey.cells.registrations import Registration, read_registration

INN, KPP = "0299000011", "029901001"


def read(folder, inn: str, *, heading="ИНН", rest=";Вымысел;участник", further=""):
    path = folder / "Предприятия.csv"
    text = f"{heading};Предприятие;Роль{further}\n{inn}{rest}\n"
    path.write_text(text, encoding="utf-8")
    return read_survey(path)


def numbers(survey) -> list[list[str | None]]:
    frame = survey.frames["enterprises"][["enterprise", "kpp"]]
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize(
    "text",
    [
        f"{INN}/{KPP}",
        f"{INN} / {KPP}",
        f"{INN}\\{KPP}",
        f"{INN} {KPP}",
        f"{INN},{KPP}",
        f"{INN} ({KPP})",
        f"{INN} КПП {KPP}",
        f"ИНН/КПП {INN}/{KPP}",
        f"ИНН: {INN}, КПП: {KPP}",
        f"INN/KPP: {INN}/{KPP}",
        f"'{INN}/{KPP}",
        f"299000011/{KPP}",
        f"{INN}/29901001",
    ],
)
def test_a_tax_number_may_have_its_kpp_beside_it(text):
    assert read_registration(text, "RU") == Registration(INN, KPP)


@pytest.mark.parametrize("heading", ["ИНН", "ИНН/КПП", "ИНН / КПП", "ИНН\\КПП", "INN/KPP"])
def test_a_column_may_hold_both(tmp_path, heading):
    survey, issues = read(tmp_path, f"{INN} / {KPP}", heading=heading)
    assert issues == []
    assert numbers(survey) == [[INN, KPP]]
    assert survey.sheets[0].columns["kpp"] == "A"


@pytest.mark.parametrize(
    "text",
    [
        f"'{INN}",
        f"`{INN}",
        f"{INN}.0",
        "299000011.0",
        "299000011,0",
        "2.99000011E8",
        "0299-000011",
        "02 99 00 00 11",
        f"№{INN}",
        f"RU{INN}",
        f"INN {INN}",
        f"ИНН № {INN}",
        f"{INN}/",
        f"{INN} / -",
        f"«{INN}»",
    ],
)
def test_a_tax_number_is_read_however_it_is_dressed(text):
    assert read_registration(text, "RU") == Registration(INN)


def test_a_kpp_of_its_own_column_counts(tmp_path):
    further, rest = ";КПП", ";Вымысел;участник;770701001"
    survey, issues = read(tmp_path, f"{INN}/{KPP}", further=further, rest=rest)
    assert [issue.code for issue in issues] == ["kpp-differs"]
    assert issues[0].column == "D"
    survey, issues = read(tmp_path, f"{INN}/{KPP}", further=further, rest=";Вымысел;участник;")
    assert (issues, numbers(survey)) == ([], [[INN, KPP]])


def test_rows_of_other_sheets_may_name_their_enterprise_so_too(tmp_path):
    read(tmp_path, f"{INN}/{KPP}")
    offers = f"ИНН/КПП;Продукция;Цена\n{INN}/{KPP};Втулка;10\n299000011;Обод;20\n"
    (tmp_path / "Производим.csv").write_text(offers, encoding="utf-8")
    survey, issues = read_survey(tmp_path)
    assert issues == []
    assert survey.frames["offers"]["enterprise"].tolist() == [INN, INN]


@pytest.mark.parametrize(
    ("text", "code", "remedy"),
    [
        ("2,99E+08", "registration-lost", "как текст"),
        ("2.99E+8", "registration-lost", "как текст"),
        ("О299ОООО11", "registration-format", "→ 0299000011?"),
        ("O2990000ll", "registration-format", "→ 0299000011?"),
        ("29900011", "registration-format", "10 или 12 цифр"),
        (f"0299000012/{KPP}", "registration-check", "ошибка"),
        (f"{INN}{KPP}", "registration-format", f"→ {INN}?"),
    ],
)
def test_what_is_no_tax_number_is_refused_with_a_remedy(tmp_path, text, code, remedy):
    survey, issues = read(tmp_path, text)
    assert [issue.code for issue in issues] == [code]
    assert remedy in describe(issues[0], "ru")[1]
    assert len(survey.quarantine) == 1


@pytest.mark.parametrize("number", ["HRB 12345", "12/345/67890", f"{INN}/{KPP}", "RU-77"])
def test_a_foreign_number_stays_as_it_is_written(tmp_path, number):
    survey, issues = read(
        tmp_path, number, further=";Страна", rest=";Erfunden GmbH;внешнее;Германия"
    )
    assert [issue.code for issue in issues] == ["role-missing-member"]
    assert numbers(survey) == [[number, None]]
