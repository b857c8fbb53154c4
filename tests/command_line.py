"""The command line in tests: a small cluster to ask about, and what a command answers."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from matchmaker.cli.main import main
from matchmaker.survey import write_survey
from tests.fixtures import make_dataset

ASSEMBLER, FRAMES, WHEELS, IDLE = "0001000010", "0001000028", "0002000013", "0002000020"


def small_case(**changes):
    """Tables with rows of a small cluster, to be written and read.

    A chair of one frame and four wheels: frames are short, wheels come by invitation.

    Of 1 200 chairs a year 800 frames are made and 400 imported; wheels are imported unless
    the interested firm joins.
    """
    tables = {
        "enterprises": [
            {"enterprise": ASSEMBLER, "name": "ООО «Сборка» (вымышленное)", "role": "member"},
            {"enterprise": FRAMES, "name": "ООО «Рамы» (вымышленное)", "role": "member"},
            {"enterprise": WHEELS, "name": "ООО «Колёса» (вымышленное)", "role": "interested"},
            {"enterprise": IDLE, "name": "ООО «Иное» (вымышленное)", "role": "interested"},
        ],
        "items": [
            {"item": "chair", "name_ru": "Кресло-коляска", "kind": "product", "unit": "pcs"},
            {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs"}
            | {"import_price": 5000},
            {"item": "wheel", "name_ru": "Колесо", "kind": "component", "unit": "pcs"}
            | {"import_price": 900},
            {"item": "sail", "name_ru": "Парус", "kind": "product", "unit": "m2"},
        ],
        "bom": [
            {"item": "chair", "component": "frame", "quantity": 1},
            {"item": "chair", "component": "wheel", "quantity": 4},
        ],
        "offers": [
            {"enterprise": ASSEMBLER, "product": "Кресло", "item": "chair", "price": 3000}
            | {"capacity": 2400},
            {"enterprise": FRAMES, "product": "Рама", "item": "frame", "price": 4000}
            | {"capacity": 800},
            {"enterprise": WHEELS, "product": "Колесо", "item": "wheel", "price": 700},
        ],
        "demands": [{"item": "chair", "quantity": 1200}],
    }
    frames = make_dataset(**tables | changes).frames
    return {name: frame for name, frame in frames.items() if len(frame)}


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


def fill_database(path: Path, *, book: Path | None = None, **changes) -> None:
    """Database with a changed small case, imported from a workbook."""
    book = book or path.with_suffix(".xlsx")
    write_survey(small_case(**changes), book)
    for arguments in (["init", path], ["import", path, book]):
        with pytest.raises(SystemExit) as exit:
            main(list(map(str, arguments)))
        assert exit.value.code == 0
