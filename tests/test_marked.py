"""Marked copies: the sender's workbook comes back with what was found, and reads again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from matchmaker.codebook import LANGUAGES, describe, say
from matchmaker.errors import MatchmakerError
from matchmaker.model import Issue, Severity
from matchmaker.store import Store
from matchmaker.survey import read_survey, write_marked
from matchmaker.survey.headings.sheet import FINDINGS
from matchmaker.survey.outgoing.issue_text import describe_to_sender
from tests.hostile import HOSTILE

FIRM, OTHER = "0299000011", "0299000029"
ERROR, WARNING = "00F8C9CC", "00FCE8A6"
FIRMS = [["ИНН", "Предприятие", "Роль"], [FIRM, "ООО «Вымысел Один»", "учасник"]]
OFFERS = [
    ["ИНН", "Продукция", "Цена, руб./ед. без НДС", "Для себя"],
    [FIRM, "Колесо", "40–50", "своё"],
    [FIRM, "Рама", None, None],
]


def book(path: Path, **sheets) -> openpyxl.Workbook:
    """Workbook of rows by sheet, saved."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return made


@pytest.fixture
def sent(tmp_path) -> Path:
    path = tmp_path / "survey.xlsx"
    book(path, Предприятия=FIRMS, Производим=OFFERS)
    return path


def mark(path: Path, lang: str = "ru", name: str = "marked.xlsx"):
    """Marked copy of a file, opened, with the issues that it tells."""
    _, issues = read_survey(path)
    (written,) = write_marked([path], issues, path.parent / name, lang=lang)
    return openpyxl.load_workbook(written), issues


def findings(copy, lang: str = "ru") -> list[tuple]:
    return list(copy[FINDINGS[lang]].iter_rows(7, values_only=True))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cells_are_coloured_commented_and_listed_with_links(sent, lang):
    copy, issues = mark(sent, lang)
    assert copy.sheetnames == [FINDINGS[lang], "Предприятия", "Производим"]
    role, price = copy["Предприятия"]["C2"], copy["Производим"]["C2"]
    assert role.fill.fgColor.rgb == price.fill.fgColor.rgb == ERROR
    wrong = next(issue for issue in issues if issue.code == "value-range")
    assert all(part in price.comment.text for part in describe(wrong, lang))
    listed = findings(copy, lang)
    assert len(listed) == len(issues)
    links = {cell.hyperlink.location for cell in copy[FINDINGS[lang]]["D"][6:]}
    assert {"'Производим'!C2", "'Предприятия'!C2", "'Производим'!D1"} <= links
    assert [row[5] for row in listed if row[3] == "C2" and row[2] == "Производим"] == ["40–50"]


def test_what_is_right_stays_as_it_was(sent):
    made = openpyxl.load_workbook(sent)
    made["Производим"]["B2"].font = Font(bold=True)
    made["Производим"]["B2"].fill = PatternFill("solid", fgColor="CCFFCC")
    made["Производим"]["B2"].comment = Comment("для себя", "Иванова")
    made["Производим"].column_dimensions["B"].width = 41
    made["Производим"].freeze_panes = "A2"
    made["Производим"].add_data_validation(DataValidation("list", formula1='"да,нет"', sqref="D2"))
    made.save(sent)
    made["Производим"].merge_cells("C2:C3")
    made.save(sent)
    sheet = mark(sent)[0]["Производим"]
    assert sheet["C2"].comment
    assert (sheet["B2"].font.b, sheet["B2"].fill.fgColor.rgb) == (True, "00CCFFCC")
    assert sheet["B2"].comment.text == "для себя"
    assert (sheet.column_dimensions["B"].width, sheet.freeze_panes) == (41, "A2")
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"да,нет"']
    assert [cell.value for cell in sheet[2]] == OFFERS[1]


def test_a_corrected_copy_is_a_newer_edition_of_the_file(sent, tmp_path):
    copy, issues = mark(sent)
    with Store(tmp_path / "c.db", create=True) as store:
        store.add(*read_survey(sent))
        assert len(store.quarantine()) == 3
        copy["Предприятия"]["C2"].value = "участник"
        copy["Производим"]["C2"].value = 45
        copy["Производим"]["C3"].value = 50
        copy.save(tmp_path / "Исправлено.xlsx")
        survey, left = read_survey(tmp_path / "Исправлено.xlsx")
        assert {issue.code for issue in issues} > {issue.code for issue in left}
        assert {issue.code for issue in left} == {"column-unknown"}
        store.add(survey, left)
        assert store.quarantine() == []
        assert {issue.file for issue in store.issues()} == {"survey.xlsx"}
        assert len(store.issues()) == 1
        data = store.snapshot()
        before = store.add(*read_survey(tmp_path / "Исправлено.xlsx"))
    assert (len(data.table("enterprises")), len(data.table("offers"))) == (1, 2)
    assert all(counts.new == counts.changed == 0 for counts in before.tables.values())


def test_the_original_beside_its_copy_keeps_its_name(sent):
    mark(sent)
    survey, _ = read_survey(sent.parent)
    assert [file.name for file in survey.files] == ["marked.xlsx", "survey.xlsx"]
    sent.write_bytes((sent.parent / "marked.xlsx").read_bytes())
    sent.rename(sent.parent / "another copy.xlsx")
    survey, _ = read_survey(sent.parent)
    assert [file.name for file in survey.files] == ["marked.xlsx", "survey.xlsx"]


def test_marks_of_an_earlier_copy_go_and_notes_of_the_sender_stay(sent, tmp_path):
    made = openpyxl.load_workbook(sent)
    made["Предприятия"]["C2"].comment = Comment("уточню", "Иванова")
    made.save(sent)
    copy, _ = mark(sent)
    assert copy["Предприятия"]["C2"].comment.text.startswith("уточню\n———\n")
    copy["Предприятия"]["C2"].value = "участник"
    for sheet in copy:  # what LibreOffice does to comments and colours
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.comment):
            cell.comment = Comment(cell.comment.text, " ")
            cell.fill = PatternFill("solid", fgColor=f"FF{cell.fill.fgColor.rgb[-6:]}")
    copy.save(tmp_path / "half.xlsx")
    again, _ = mark(tmp_path / "half.xlsx", "en", "again.xlsx")
    assert again.sheetnames == [FINDINGS["en"], "Предприятия", "Производим"]
    assert again["Предприятия"]["C2"].comment.text == "уточню"
    assert again["Предприятия"]["C2"].fill.fgColor.rgb not in {ERROR, WARNING}
    assert again["Производим"]["C2"].fill.fgColor.rgb == ERROR
    assert again["Производим"]["C2"].comment.text.count("40–50") == 1
    assert again[FINDINGS["en"]]["C4"].value == "survey.xlsx"


def test_nothing_that_could_be_run_or_followed_is_carried_over(sent):
    made = openpyxl.load_workbook(sent)
    sheet = made["Производим"]
    sheet["D2"].value = '=HYPERLINK("http://invented.example","x")'
    sheet["D3"].value = "=cmd|' /C calc'!A0"
    sheet["E3"].hyperlink = "http://invented.example"
    sheet.conditional_formatting.add("A1", FormulaRule(formula=['WEBSERVICE("http://x")']))
    rule = DataValidation("custom", formula1='WEBSERVICE("http://x")', sqref="A9")
    sheet.add_data_validation(rule)
    sheet.add_data_validation(DataValidation("list", formula1="[1]Лист!$A$1:$A$2", sqref="A8"))
    made.defined_names["evil"] = DefinedName("evil", attr_text="'[1]Лист'!$A$1")
    made.save(sent)
    copy, _ = mark(sent)
    cells = [cell for sheet in copy for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    outside = [c for c in cells if c.hyperlink and (c.hyperlink.target or not c.hyperlink.location)]
    assert outside == []
    assert copy["Производим"]["D3"].value == "=cmd|' /C calc'!A0"
    with zipfile.ZipFile(sent.parent / "marked.xlsx") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    for bad in ("External", "http://x", "evil", "<f>", "<f "):
        assert bad not in text


def test_a_delimited_text_comes_back_as_a_workbook_that_reads(tmp_path):
    rows = f"{FIRM};'=1+1;друг\n{OTHER};=cmd|' /C calc'!A0;участник\n"
    text = f"ИНН;Предприятие;Роль\n{rows}"
    (tmp_path / "ответы фирмы.csv").write_text(text, encoding="cp1251")
    copy, _ = mark(tmp_path / "ответы фирмы.csv")
    for cell, value in (("B2", "=1+1"), ("B3", "=cmd|' /C calc'!A0")):
        assert copy["Предприятия"][cell].value == value
        assert copy["Предприятия"][cell].data_type == "s"
        assert copy["Предприятия"][cell].quotePrefix
    copy["Предприятия"]["C2"].value = "участник"
    copy["Предприятия"]["B3"].value = "ООО «Вымысел»"
    copy.save(tmp_path / "fixed.xlsx")
    survey, issues = read_survey(tmp_path / "fixed.xlsx")
    assert issues == []
    assert survey.files[0].name == "ответы фирмы.csv"
    assert survey.frames["enterprises"]["role"].tolist() == ["member", "member"]


@pytest.mark.parametrize("kind", ["external link", "macros", "password"])
def test_a_hostile_file_is_answered_with_a_harmless_copy(tmp_path, kind):
    name, make, code = HOSTILE[kind]
    (tmp_path / name).write_bytes(make())
    copy, issues = mark(tmp_path / name, name="copy.xlsx")
    assert code in {issue.code for issue in issues}
    assert len(findings(copy)) == len(issues)
    with zipfile.ZipFile(tmp_path / "copy.xlsx") as archive:
        names = " ".join(archive.namelist()).lower()
    assert "vba" not in names
    assert "externallink" not in names
    assert {c.data_type for sheet in copy for row in sheet.iter_rows() for c in row} <= {"s", "n"}


def test_several_files_need_a_folder_and_clean_ones_get_nothing(sent, tmp_path):
    (tmp_path / "in").mkdir()
    sent = sent.rename(tmp_path / "in" / "survey.xlsx")
    good = [FIRMS[0], [OTHER, "ООО «Вымысел Два»", "участник"]]
    book(tmp_path / "in" / "good.xlsx", Предприятия=good)
    _, issues = read_survey(tmp_path / "in")
    with pytest.raises(MatchmakerError, match="name a folder"):
        write_marked([tmp_path / "in"], issues, tmp_path / "out.xlsx")
    with pytest.raises(MatchmakerError, match="is a workbook"):
        write_marked([sent], issues, tmp_path / "out.csv")
    for place in (sent, sent.parent):
        with pytest.raises(MatchmakerError, match=r"would overwrite survey.xlsx"):
            write_marked([sent], issues, place)
    written = write_marked([tmp_path / "in"], issues, tmp_path / "out")
    assert [path.name for path in written] == ["survey.xlsx"]


def test_a_file_that_cannot_be_opened_gets_the_findings_alone(tmp_path):
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    copy, issues = mark(tmp_path / "broken.xlsx")
    assert copy.sheetnames == [FINDINGS["ru"]]
    assert copy[FINDINGS["ru"]]["A2"].value == say("marked.alone", "ru")
    assert len(findings(copy)) == len(issues) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sender_is_told_nothing_of_others(lang):
    place = ("own.xlsx", "Предприятия", 3)
    of_others = {"other": "чужой.xlsx!Предприятия!4"}
    own = {"other": "own.xlsx!Предприятия!4"}
    told = describe_to_sender(
        Issue("row-conflict", Severity.ERROR, *place, details=of_others), lang
    )
    assert "чужой" not in told[0]
    told = describe_to_sender(Issue("row-conflict", Severity.ERROR, *place, details=own), lang)
    assert told[0].endswith("Предприятия!4")
    near = {"nearest": f" → {OTHER}?"}
    told = describe_to_sender(
        Issue("enterprise-unknown", Severity.ERROR, *place, "A", FIRM, near), lang
    )
    assert OTHER not in "".join(told)


def test_rows_wait_for_their_only_enterprise(tmp_path):
    rows = [OFFERS[0], *([None, *row[1:]] for row in OFFERS[1:])]
    book(tmp_path / "survey.xlsx", Предприятия=FIRMS, Производим=rows)
    _, issues = read_survey(tmp_path / "survey.xlsx")
    assert [issue.row for issue in issues if issue.code == "enterprise-waits"] == [2, 3]
    assert "value-required" not in {issue.code for issue in issues}
    copy, _ = mark(tmp_path / "survey.xlsx")
    assert [row[3] for row in findings(copy)] == ["C2", "D1", "C2"]
    assert copy["Производим"]["B3"].fill.fgColor.rgb != ERROR
