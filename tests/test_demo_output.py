"""Same demo, same output: byte for byte on two runs, and whatever the order of the rows."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from matchmaker.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "datasets" / "rehabilitation"
OUTPUTS = ("recommendations.json", "graph.graphml", "graph.gexf", "dossier.html")
PROGRAM = "from matchmaker.cli import main; main()"
CELL = re.compile(r"([\w.-]+\.(xlsx|csv)![^!\"<]+!)?\b[A-Z]{1,2}[0-9]+\b")
"""A cell with its file and sheet, or alone as in the dossier."""


def test_workbook_is_what_the_answers_make(tmp_path):
    script = ROOT / "scripts" / "make_demo_survey"
    out = tmp_path / "survey.xlsx"
    subprocess.run([sys.executable, script, "--out", out], check=True, capture_output=True)
    assert out.read_bytes() == (CASE / "survey.xlsx").read_bytes()


@pytest.fixture(scope="session")
def delivered(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo-output")
    return outputs_of(CliRunner().invoke(cli, ["demo", str(out), "--lang", "ru"]), out)


def outputs_of(ran, out):
    assert ran.exit_code == 0, ran.output
    return {name: (out / name).read_bytes() for name in OUTPUTS}


def test_two_runs_give_the_same_bytes(delivered, tmp_path):
    # A process of its own, with other hashes of text.
    subprocess.run(
        [sys.executable, "-c", PROGRAM, "demo", tmp_path, "--lang", "ru"],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )
    for name, content in delivered.items():
        assert (tmp_path / name).read_bytes() == content, name


def test_shuffled_rows_change_nothing_but_the_cells(delivered, tmp_path, monkeypatch):
    shuffle_case(tmp_path / "case", random.Random(7))
    monkeypatch.setattr("matchmaker.cli.delivery.demo_dataset", lambda: tmp_path / "case")
    out = tmp_path / "out"
    shuffled = outputs_of(CliRunner().invoke(cli, ["demo", str(out), "--lang", "ru"]), out)
    for name, content in delivered.items():
        assert without_cells(shuffled[name]) == without_cells(content), name


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
