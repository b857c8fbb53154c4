"""Every file of tests/data/bad: the documented issues, a remedy, and nothing else lost."""

from __future__ import annotations

import csv
import importlib.util
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from matchmaker.codebook import LANGUAGES, describe
from matchmaker.model import Severity
from matchmaker.survey import read_survey

BAD = Path(__file__).parent / "data" / "bad"


def expected() -> dict[str, list[dict[str, str]]]:
    rows = defaultdict(list)
    with (BAD / "expected.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            rows[row["file"]].append(row)
    return rows


EXPECTED = expected()


@cache
def read(file: str):
    return read_survey(BAD / file)


def made_files() -> dict[str, bytes]:
    spec = importlib.util.spec_from_file_location("make_files", BAD / "make_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_files()


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_each_file_gives_its_documented_issues(file):
    _, issues = read(file)
    found = [(i.code, i.severity, i.sheet, str(i.row), i.column) for i in issues]
    documented = [
        (row["code"], row["severity"], row["sheet"], row["row"], row["column"])
        for row in EXPECTED[file]
        if row["code"]
    ]
    assert sorted(found) == sorted(documented)


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_all_other_rows_are_kept(file):
    survey, _ = read(file)
    assert sum(map(len, survey.frames.values())) == int(EXPECTED[file][0]["rows_kept"])


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_rows_with_errors_wait_in_quarantine_with_their_text(file):
    survey, issues = read(file)
    bad = {(i.sheet, i.row) for i in issues if i.severity == Severity.ERROR and i.row}
    if any(issue.code == "column-missing" for issue in issues):
        assert survey.quarantine
    else:
        assert {(row.sheet, row.row) for row in survey.quarantine} == bad
    assert all(row.raw for row in survey.quarantine)


@pytest.mark.parametrize("file", sorted(EXPECTED))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_issue_has_a_sentence_and_a_remedy(file, lang):
    _, issues = read(file)
    for issue in issues:
        message, remedy = describe(issue, lang)
        assert message.strip()
        assert remedy.strip()
        assert "{" not in message + remedy


def test_every_file_is_documented():
    files = {path.name for path in BAD.iterdir() if path.is_file()}
    assert files - {"make_files.py", "expected.csv", ".gitattributes"} == set(EXPECTED)
    assert len(EXPECTED) >= 45


def test_files_are_what_the_generator_makes():
    made = made_files()
    assert set(made) == set(EXPECTED)
    for name, content in made.items():
        assert (BAD / name).read_bytes() == content, name


def test_the_whole_folder_reads_at_once_in_order():
    survey, issues = read_survey(BAD)
    names = {file.name for file in survey.files} - {"expected.csv"}
    assert names == {name for name in EXPECTED if name.endswith((".csv", ".xlsx", ".xlsm", ".xls"))}
    assert [i.file for i in issues] == sorted(i.file for i in issues)
