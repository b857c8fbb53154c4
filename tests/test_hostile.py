"""Files made to harm: a clear issue, nothing of the bad part stored, the next file still read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from matchmaker.codebook import LANGUAGES, describe
from matchmaker.store import Store
from matchmaker.survey import read_survey
from matchmaker.survey.files import sandbox
from matchmaker.survey.files.sandbox import Sandbox
from tests.hostile import FIRM, HARMLESS_PART, HEADER, HOSTILE

GOOD = f"{';'.join(HEADER)}\n0299000036;АО «Вымысел Три»;участник\n".encode()


def write(folder: Path, name: str) -> Path:
    file, make, _ = HOSTILE[name]
    path = folder / file
    path.write_bytes(make())
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_its_issue_and_harms_no_other(tmp_path, name):
    path = write(tmp_path, name)
    (tmp_path / "Предприятия.csv").write_bytes(GOOD)
    survey, issues = read_survey(path, tmp_path / "Предприятия.csv")
    own = [issue for issue in issues if issue.file == path.name]
    assert [issue.code for issue in own] == [HOSTILE[name][2]]
    assert all(all(describe(issue, lang)) for issue in own for lang in LANGUAGES)
    firms = survey.frames["enterprises"]
    assert sorted(firms["enterprise"]) == [FIRM[0]] * HARMLESS_PART.get(name, 0) + ["0299000036"]


@pytest.mark.parametrize(
    "name", ["formula", "formula, ODS", "formula, CSV", "control characters", "external entity"]
)
def test_nothing_of_the_bad_part_is_stored(tmp_path, name):
    survey, issues = read_survey(write(tmp_path, name))
    with Store(tmp_path / "cluster.db", create=True) as store:
        store.add(survey, issues)
        names = store.snapshot().table("enterprises")["name"].tolist()
    assert names == [FIRM[1]] * HARMLESS_PART.get(name, 0)


def test_a_parser_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS", 0.01)
    monkeypatch.setattr(sandbox, "_START", "import time; time.sleep(60)")
    with Sandbox() as box:
        _, (issue,) = box.read("a.csv", ".csv", GOOD)
    assert (issue.code, issue.details["reason"]) == ("file-unsafe", "> 0.01 s")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("raise SystemExit(1)", "file-unreadable"),
        ("import os; os.abort()", "file-unsafe"),
        ("print('5\\nnoJSO', flush=True)", "file-unsafe"),
        ("print(2**40, flush=True)", "file-unsafe"),
    ],
)
def test_a_parser_that_dies_or_lies_costs_its_own_file_alone(monkeypatch, code, found):
    start = sandbox._START
    with Sandbox() as box:
        monkeypatch.setattr(sandbox, "_START", f"{code}\nimport time; time.sleep(60)")
        _, (issue,) = box.read("a.xlsx", ".xlsx", GOOD)
        monkeypatch.setattr(sandbox, "_START", start)
        grids, issues = box.read("b.csv", ".csv", GOOD)
    assert issue.code == found
    assert (len(grids), issues) == (1, [])


def run_without_rights(deed: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    place = "matchmaker.survey.files.parser_process"
    code = f"from {place} import _give_up_rights; _give_up_rights(); {deed}"
    root = {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=root, capture_output=True, check=False
    )


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these limits")


@on_linux
def test_the_parser_has_little_memory(tmp_path):
    ran = run_without_rights("bytearray(2 * 2**30)", tmp_path)
    assert b"MemoryError" in ran.stderr


@on_linux
def test_the_parser_cannot_write_files(tmp_path):
    ran = run_without_rights("open('stolen.txt', 'wb', 0).write(b'x')", tmp_path)
    assert ran.returncode != 0
    assert not any(path.stat().st_size for path in tmp_path.iterdir())


def test_an_answer_is_plain_data_of_known_kinds(tmp_path):
    with Sandbox() as box:
        (grid,), _ = box.read("Предприятия.csv", ".csv", GOOD)
    assert {type(cell) for row in grid.rows for cell in row} == {str}
