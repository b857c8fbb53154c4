"""Files: finds them, tells their kind, hands their bytes to who can read them.

First step of the reader; `workbooks` and `delimited` do the reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from matchmaker.model import Issue
from matchmaker.survey.raw_grid import Grid, flag

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".ods", ".xls"})
DELIMITED = frozenset({".csv", ".tsv"})
LARGEST_FILE = 64 * 2**20
"""Bytes that a file may have to be read at all."""

ZIP = b"PK\x03\x04"
"""Start of a zipped workbook, whatever its name."""


def find_files(paths: Sequence[str | Path]) -> list[tuple[str, Path]]:
    """Every survey file under `paths`, with the name that issues call it by.

    A directory stands for the workbooks and delimited files in it; a name that occurs
    twice gets its folder in front.

    Raises
    ------
    FileNotFoundError
        When a path does not exist.
    """
    found = sorted({file for path in paths for file in _expand(Path(path))})
    names = [file.name for file in found]
    return [
        (file.name if names.count(file.name) == 1 else f"{file.parent.name}/{file.name}", file)
        for file in found
    ]


def _expand(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise FileNotFoundError(path)
    if not path.is_dir():
        yield path
        return
    for file in path.iterdir():
        if file.suffix.lower() in WORKBOOKS | DELIMITED and not file.name.startswith((".", "~$")):
            yield file


def find_fault(name: str, suffix: str, data: bytes) -> list[Issue]:
    """Issue of a file that holds no survey whatever its cells are, or none."""
    kind = suffix.lower()
    if kind not in WORKBOOKS | DELIMITED:
        return [flag("file-kind", name, value=kind or name)]
    return [] if data.strip() else [flag("file-empty", name)]


def read_grids(name: str, suffix: str, data: bytes) -> tuple[list[Grid], list[Issue]]:
    """Sheets of one file given its bytes; what cannot be opened becomes an issue."""
    kind = suffix.lower()
    if kind in WORKBOOKS or data.startswith(ZIP):
        from matchmaker.survey.files.workbooks import (
            read_workbook,  # the parser loads what it needs
        )

        return read_workbook(name, kind, data)
    from matchmaker.survey.files.delimited import read_delimited

    return read_delimited(name, data)
