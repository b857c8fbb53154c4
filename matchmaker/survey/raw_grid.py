"""The two values that the files of this room hand on: raw grids, and issues about them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from matchmaker.model import Issue

RawCell: TypeAlias = object
"""A cell as the file holds it: None, text, number, truth value, date or time."""

Place = tuple[int, int]
"""Positions from 0 of a row and a column."""

SHOWN = 200
"""How many characters of a raw text an issue repeats; the quarantine keeps it whole."""

MOST_ROWS, MOST_COLUMNS = 200_000, 1_000
"""Where a sheet stops being one that somebody filled in."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet, nothing interpreted: `rows[0]` is row 1.

    `torn` holds the positions of the rows in which a quotation mark never closes, `formulas`
    the texts of formulas that have no value, by position of row and column.
    """

    file: str
    sheet: str
    rows: list[list[RawCell]]
    delimited: bool = False
    hidden: bool = False
    torn: frozenset[int] = frozenset()
    formulas: Mapping[Place, str] = field(default_factory=lambda: MappingProxyType({}))


def flag(
    code: str,
    file: str,
    sheet: str = "",
    row: int = 0,
    *,
    column: str = "",
    value: str = "",
    **details: str,
) -> Issue:
    """Issue with the severity that the catalogue gives its code."""
    from matchmaker.codebook import severity  # so that a process which only parses starts quickly

    shown = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    return Issue(code, severity(code), file, sheet, row, column, shown, details)


def too_large(file: str, sheet: str, rows: int, columns: int | None = None) -> list[Issue]:
    """Issue of a sheet that nobody can have filled in, or none; columns may be uncounted."""
    if rows <= MOST_ROWS and (columns or 0) <= MOST_COLUMNS:
        return []
    most = {"most_rows": str(MOST_ROWS), "most_columns": str(MOST_COLUMNS)}
    return [
        flag("sheet-large", file, sheet, 0, rows=str(rows), columns=str(columns or "?"), **most)
    ]


def is_blank(cell: RawCell) -> bool:
    """Whether a cell holds nothing but spaces.

    >>> is_blank(" "), is_blank(0.0)
    (True, False)
    """
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def cell_at(row: Sequence[RawCell], index: int) -> RawCell:
    """Cell of a row; None where the row ends before it."""
    return row[index] if index < len(row) else None


def letter(index: int) -> str:
    """Name of a column by its position from 0, as spreadsheets write it.

    >>> letter(0), letter(27)
    ('A', 'AB')
    """
    name = ""
    while index >= 0:
        index, place = divmod(index, 26)
        name, index = chr(ord("A") + place) + name, index - 1
    return name


def index_of(letters: str) -> int:
    """Position from 0 of a column by its name.

    >>> index_of("A"), index_of("AB")
    (0, 27)
    """
    place = 0
    for mark in letters:
        place = 26 * place + ord(mark) - ord("A") + 1
    return place - 1


@contextmanager
def no_collection() -> Iterator[None]:
    """Make many small lists without looking for cycles among them every few hundred."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
