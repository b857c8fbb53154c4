"""Which table a sheet holds: by its name, else by the headings in its leading rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise, zip_longest

from matchmaker.codebook import Field, Table, fold, tables
from matchmaker.survey.headings.read_heading import (
    count_fields,
    even_slashes,
    find_nearest,
    halves,
    known_names,
    other_names,
)
from matchmaker.survey.headings.sheet import FINDINGS, HEADER_ROWS, INSTRUCTIONS, LISTS
from matchmaker.survey.raw_grid import Grid, RawCell, is_blank

NOTES = frozenset(
    {"о файле", "about"}
    | {name.casefold() for names in (INSTRUCTIONS, LISTS, FINDINGS) for name in names.values()}
)
"""Sheets that are no table and are skipped silently."""


def find_table(name: str) -> Table | None:
    """Table whose name or label, Russian or English, a sheet or file bears."""
    folded = even_slashes(fold(name.replace("_", " ")))
    return _other_sheets().get(folded) or find_nearest(folded, _sheets())


@cache
def _sheets() -> Mapping[str, Table]:
    """Tables by their names and by those of the sheets of the form."""
    return {
        fold(name): table
        for table in tables().values()
        for name in (table.name, table.label_ru, table.label_en)
    }


@cache
def _other_sheets() -> Mapping[str, Table]:
    """Tables by the names that people give their sheets."""
    return {name: tables()[table] for table, field, name in other_names() if not field}


def recognise(grid: Grid) -> Table | None:
    """Table of a grid: by the sheet's name, else by its header.

    A delimited file is a table if any fits; a sheet of a workbook only if just one does, in all
    its required columns and one more.
    """
    named = find_table(grid.sheet)
    if named:
        return named
    fits = [(_fit(table, grid.rows), table) for table in tables().values()]
    best, table = max(fits, key=lambda fit: fit[0])
    if grid.delimited:
        return table if best[1] >= 2 else None
    required = sum(field.required for field in table.fields)
    alone = [fit for fit, _ in fits].count(best) == 1
    return table if alone and not grid.hidden and best[0] and best[1] > required else None


def fill_header(grid: Grid) -> Grid:
    """The grid, the empty cells of its header filled from the row above if headings stand there."""
    table = find_table(grid.sheet)
    count = partial(count_fields, table.name) if table else count_known
    head = grid.rows[:HEADER_ROWS]
    both = [
        [over if is_blank(cell) else cell for over, cell in zip_longest(above, row)]
        for above, row in pairwise(head)
    ]
    named = list(map(count, both))
    most = max(named, default=0)
    if most < 2 or most <= max(map(count, head)):
        return grid
    at = named.index(most)
    return replace(grid, rows=[*grid.rows[: at + 1], both[at], *grid.rows[at + 2 :]])


def holds_no_answers(grid: Grid) -> bool:
    """Whether a sheet that is no table needs no word: hidden, blank, or one of notes."""
    blank = all(is_blank(cell) for row in grid.rows for cell in row)
    return grid.hidden or blank or " ".join(grid.sheet.casefold().split()) in NOTES


def count_known(row: Sequence[RawCell]) -> int:
    """How many cells of a row are well spelled headings of one table, at best."""
    return max(len(_well_spelled(table, row)) for table in tables().values())


def _fit(table: Table, rows: Sequence[Sequence[RawCell]]) -> tuple[bool, int]:
    """Whether the best row names every required column, and how many it names."""
    found = [_well_spelled(table, row) for row in rows[:HEADER_ROWS]]
    required = {field.name for field in table.fields if field.required and not is_owner(field)}
    return max(((required <= names, len(names)) for names in found), default=(False, 0))


def _well_spelled(table: Table, row: Sequence[RawCell]) -> set[str]:
    names = (halves(fold(cell))[0] for cell in row if isinstance(cell, str))
    return {field.name for name in names if (field := known_names(table.name).get(name))}


def is_owner(field: Field) -> bool:
    """Whether a field names the enterprise that a row is of."""
    return field.type == "enterprise" and field.required
