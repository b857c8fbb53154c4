"""The verbs towards firms on the command line: template, marked copies, letters."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from matchmaker.cli.main import cli
from matchmaker.survey import write_survey
from tests.command_line import ASSEMBLER, FRAMES, small_case


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


@pytest.fixture
def db(tmp_path) -> Path:
    """Database with a small case, its folder being where commands run."""
    path = tmp_path / "cluster.db"
    write_survey(small_case(), tmp_path / "first.xlsx")
    assert run("init", path).exit_code == 0
    assert run("import", path, tmp_path / "first.xlsx").exit_code == 0
    return path


def cells(path: Path) -> set[str]:
    book = openpyxl.load_workbook(path)
    return {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}


def test_an_empty_template_needs_no_database(tmp_path):
    done = run("template", tmp_path / "survey.xlsx", "--lang", "en", "--note", "By 20 March")
    assert (done.exit_code, done.stdout) == (0, "")
    assert {"We make", "By 20 March"} <= cells(tmp_path / "survey.xlsx")


def test_a_call_sheet_asks_about_products_and_tells_nothing_of_firms(db, tmp_path):
    out = tmp_path / "call.xlsx"
    assert run("template", out, "--db", db, "--products", "chair").exit_code == 0
    told = cells(out)
    assert {"chair", "frame", "wheel", "4800"} <= told
    assert told.isdisjoint({"sail", ASSEMBLER, FRAMES, "3000", "5000", "900"})


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("whose", [("--all-answers",), ("--enterprise", FRAMES)])
def test_what_is_stored_goes_round_without_change(db, tmp_path, lang, whose):
    out = tmp_path / "again.xlsx"
    assert run("template", out, "--db", db, *whose, "--lang", lang).exit_code == 0
    done = run("import", db, out, "--lang", "en")
    lines = [line for line in done.stderr.splitlines() if "unchanged" in line]
    assert len(lines) == 8
    assert all("0 new, 0 changed" in line for line in lines)
    assert "We make: 0 new, 0 changed, 0 unchanged" not in lines
    told = cells(out)
    assert FRAMES in told
    assert (ASSEMBLER in told) == (whose == ("--all-answers",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["survey.csv"], "is a workbook"),
        (["a.xlsx", "--products", "chair"], "need --db"),
        (["a.xlsx", "--db", "DB", "--all-answers", "--enterprise", FRAMES], "goes without"),
        (["no/a.xlsx"], "There is no folder"),
    ],
)
def test_a_wrong_call_of_template_names_its_remedy(db, arguments, message):
    done = run("template", *(str(db) if part == "DB" else part for part in arguments))
    assert done.exit_code == 2
    assert message in done.stderr


def test_unknown_products_and_firms_are_answered_with_the_nearest(db, tmp_path):
    for option, name in (("--products", "chiar"), ("--enterprise", "0001000029")):
        done = run("template", tmp_path / "a.xlsx", "--db", db, option, name)
        assert "Did you mean" in str(done.exception)


def test_a_marked_copy_goes_to_the_sender_and_comes_back(db, tmp_path):
    write_survey(small_case(), tmp_path / "second.xlsx")
    book = openpyxl.load_workbook(tmp_path / "second.xlsx")
    book["Производим"]["F2"].value = "около 3000"
    book.save(tmp_path / "second.xlsx")
    done = run("import", db, tmp_path / "second.xlsx", "--marked", tmp_path / "m.xlsx")
    assert done.exit_code == 0
    assert "m.xlsx" in done.stderr
    copy = openpyxl.load_workbook(tmp_path / "m.xlsx")
    assert copy["Производим"]["F2"].comment
    copy["Производим"]["F2"].value = 3000
    copy.save(tmp_path / "m.xlsx")
    done = run("import", db, tmp_path / "m.xlsx", "--marked", tmp_path / "n.xlsx", "--lang", "en")
    assert "We make: 0 new, 0 changed, 3 unchanged" in done.stderr
    assert "Nothing to mark" in done.stderr
    assert "Read as a newer edition of second.xlsx." in done.stderr
    assert not (tmp_path / "n.xlsx").exists()
    assert run("issues", db, "--csv").stdout.count("\n") == 1


def test_several_files_need_a_folder_for_their_copies(db, tmp_path):
    files = [tmp_path / "first.xlsx", tmp_path / "other.xlsx"]
    write_survey(small_case(), files[1])
    done = run("import", db, *files, "--marked", tmp_path / "m.xlsx")
    assert "name a folder" in str(done.exception)


def test_issues_name_their_firm_and_letters_go_to_it(db, tmp_path):
    write_survey(small_case(), tmp_path / "second.xlsx")
    book = openpyxl.load_workbook(tmp_path / "second.xlsx")
    book["Производим"]["F3"].value = "сто рублей"
    book.save(tmp_path / "second.xlsx")
    run("import", db, tmp_path / "second.xlsx")
    told = run("issues", db, "--unanswered", "--lang", "en").stdout
    assert "not answered" in told
    assert '"Region": not answered' in told
    letters = tmp_path / "letters"
    done = run("issues", db, "--letters", letters, "--signed", "Фонд", "--lang", "ru", "--csv")
    assert done.exit_code == 0
    assert FRAMES in done.stdout
    letter = (letters / f"{FRAMES}.txt").read_text(encoding="utf-8")
    assert "Сейчас: сто рублей" in letter
    assert letter.endswith("Фонд\n")
    assert ASSEMBLER not in letter
    assert {path.stem for path in letters.iterdir()} >= {FRAMES, ASSEMBLER}
