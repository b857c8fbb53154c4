"""Same demo, same output: byte for byte on two runs, and whatever the order of the rows.

Each run is a process of its own, with other hashes of text.
"""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "datasets" / "rehabilitation"
OUTPUTS = ("recommendations.json", "graph.graphml", "graph.gexf", "dossier.html")
CELL = re.compile(r"([\w.-]+\.(xlsx|csv)![^!\"<]+!)?\b[A-Z]{1,2}[0-9]+\b")
"""A cell with its file and sheet, or alone as in the dossier."""


def test_workbook_is_what_the_answers_make(tmp_path):
    script = ROOT / "scripts" / "make_demo_survey"
    out = tmp_path / "survey.xlsx"
    subprocess.run([sys.executable, script, "--out", out], check=True, capture_output=True)
    assert out.read_bytes() == (CASE / "survey.xlsx").read_bytes()


MAIN = "from matchmaker.cli.main import main; main()"
ELSEWHERE = """
from pathlib import Path
from matchmaker.cli.delivery import delivery
delivery.demo_dataset = lambda: Path({case!r})
"""


def run_demo(folder, hashes, prepare=""):
    """Streams of a run of the demo; its files are in the folder `out`."""
    done = subprocess.run(
        [sys.executable, "-c", prepare + MAIN, "demo", folder / "out", "--lang", "ru"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONHASHSEED": hashes, "PYTHONIOENCODING": "utf-8"},
    )
    (folder / "streams.json").write_text(json.dumps([done.stdout, done.stderr]))


def files(folder):
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


@pytest.fixture(scope="module")
def output(once):
    """Folder with what the demo printed and left behind."""
    return once("demo-output", lambda folder: run_demo(folder, "1"))


def test_every_file_is_left_and_named_on_stdout(output):
    stdout, stderr = json.loads((output / "streams.json").read_text())
    left = files(output)
    assert sorted(left) == sorted([*OUTPUTS, "cluster.db"])
    assert [Path(line).name for line in stdout.splitlines()] == sorted(left)
    assert "вымышлены" in stderr


@pytest.mark.long
def test_two_runs_give_the_same_bytes(output, tmp_path):
    """As `.ci/run` asks of the demo from the wheel and from the checkout."""
    run_demo(tmp_path, "7")
    first, second = files(output), files(tmp_path)
    for name in OUTPUTS:
        assert first[name] == second[name], name


def test_the_enterprises_are_said_to_be_invented(output):
    left = files(output)
    found = json.loads(left["recommendations.json"])
    assert found["invented"] is True
    assert set(found) == {
        "schema_version",
        "invented",
        "chains",
        "together",
        "members",
        "gaps",
    }
    assert "вымышлен" in left["dossier.html"].decode()


def test_shuffled_rows_change_nothing_but_the_cells(output, tmp_path):
    case = tmp_path / "case"
    shuffle_case(case, random.Random(7))
    run_demo(tmp_path, "7", ELSEWHERE.format(case=str(case)))
    first, second = files(output), files(tmp_path)
    for name in OUTPUTS:
        assert without_cells(second[name]) == without_cells(first[name]), name


def without_cells(content):
    return CELL.sub("cell", content.decode())


def shuffle_case(folder, chance):
    """Copy of the demo case with the rows of every sheet and file in another order."""
    (folder / "catalogue").mkdir(parents=True)
    for path in sorted((CASE / "catalogue").iterdir()):
        head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        chance.shuffle(rows)
        text = "".join([head, *rows])
        (folder / "catalogue" / path.name).write_text(text, encoding="utf-8")
    book = openpyxl.load_workbook(CASE / "survey.xlsx")
    for sheet in book.worksheets[1:]:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        chance.shuffle(rows)
        for place, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                sheet.cell(place, column).value = value
    book.save(folder / "survey.xlsx")
