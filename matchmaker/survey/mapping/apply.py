"""A mapping applied: grids read as a mapping says, the rest of the reader none the wiser.

Between `mapping` and `reader`: a sheet of the sender becomes one understood sheet a table of the
mapping. Rows keep their numbers, so every value still leads to its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from matchmaker.codebook import fold
from matchmaker.model import Issue
from matchmaker.survey.headings.columns import headings_of
from matchmaker.survey.headings.sheet import HEADER_ROWS, Column, Sheet, column_asked
from matchmaker.survey.mapping.mapping import SurveyMap, TableMap
from matchmaker.survey.raw_grid import Grid, RawCell, flag, is_blank


def apply_map(
    mapping: SurveyMap, grids: Sequence[Grid]
) -> tuple[list[Sheet], list[Issue], list[Grid]]:
    """Sheets that the mapping reads from the grids of one file, issues, and the other grids."""
    sheets: list[Sheet] = []
    issues: list[Issue] = []
    rest = []
    for grid in grids:
        fitting = [table for table in mapping.tables if _fits(table, grid)]
        for place, table in enumerate(fitting, 1):
            sheet, found = _read(table, grid, place, fitting)
            issues += found
            sheets += [sheet] if sheet else []
        if not fitting:
            rest.append(grid)
    return sheets, issues, rest


def unused(mapping: SurveyMap, sheets: Sequence[Sheet], file: str) -> list[Issue]:
    """Issues of the tables of a mapping that no sheet was read for."""
    read = {sheet.table.name for sheet in sheets}
    return [
        flag("map-unused", file, value=table.sheet or table.table.name, mapping=mapping.name)
        for table in mapping.tables
        if table.table.name not in read
    ]


def _fits(table: TableMap, grid: Grid) -> bool:
    if table.sheet:
        return fold(table.sheet) == fold(grid.sheet)
    header = _header(table, grid)
    return header >= 0 and set(map(fold, table.columns.values())) <= _folded(grid.rows[header])


def _folded(row: Sequence[RawCell]) -> set[str]:
    return {fold(str(cell)) for cell in row if not is_blank(cell)}


def _header(table: TableMap, grid: Grid) -> int:
    """Position of the row of headings: as said, else the one that has most of them."""
    if table.header:
        return table.header - 1 if table.header <= len(grid.rows) else -1
    asked = set(map(fold, table.columns.values()))
    counts = [len(asked & _folded(row)) for row in grid.rows[:HEADER_ROWS]]
    return counts.index(max(counts)) if any(counts) else -1


def _read(
    table: TableMap, grid: Grid, place: int, fitting: Sequence[TableMap]
) -> tuple[Sheet | None, list[Issue]]:
    """Sheet of one table; the second and later ones of a sheet get a number behind its name.

    The first keeps the columns that none of them reads.
    """
    header = _header(table, grid)
    cells = grid.rows[header] if header >= 0 else []
    at = {fold(str(cell)): i for i, cell in reversed(list(enumerate(cells))) if not is_blank(cell)}
    missing = [text for text in table.columns.values() if fold(text) not in at]
    if missing:
        return None, [_missing(grid, header, text, at) for text in missing]
    named = grid if place == 1 else replace(grid, sheet=f"{grid.sheet}#{place}")
    columns = {
        name: Column(at[fold(text)], field, table.factors.get(name, field.factor), text)
        for name, text in table.columns.items()
        for field in (table.table.field(name),)
    }
    width = max(map(len, grid.rows))
    fixed = {name: width + n for n, name in enumerate(table.fixed)}
    columns |= {name: column_asked(table.table.field(name), i) for name, i in fixed.items()}
    headings = (*headings_of(cells, width), *table.fixed)
    rows = tuple(_rows(table, grid.rows, header, columns, width))
    texts = [text for other in fitting for text in other.columns.values()]
    read_elsewhere = {at.get(fold(text), -1) for text in texts}
    aside = frozenset({*(read_elsewhere if place == 1 else range(width)), *fixed.values()})
    mine = {column.index for name, column in columns.items() if name not in table.fixed}
    return Sheet(named, table.table, header, columns, headings, rows, aside - mine), []


def _missing(grid: Grid, header: int, text: str, known: Mapping[str, int]) -> Issue:
    near = get_close_matches(fold(text), known, n=1, cutoff=0.6)
    hint = f" → {near[0]}?" if near else ""
    return flag("map-column", grid.file, grid.sheet, header + 1, value=text, nearest=hint)


def _rows(
    table: TableMap,
    rows: Sequence[list[RawCell]],
    header: int,
    columns: Mapping[str, Column],
    width: int,
) -> Iterator[tuple[int, list[RawCell]]]:
    """Rows of the table with their numbers: fixed values behind, words replaced, answers split.

    A row that says nothing but who answers holds no row of this table.
    """
    own = [
        column.index
        for name, column in columns.items()
        if name not in table.fixed and column.field.type != "enterprise"
    ]
    tail: list[RawCell] = [table.fixed[name] for name in table.fixed]
    for number, cells in enumerate(rows[header + 1 :], header + 2):
        padded = [*cells, *[None] * (width - len(cells)), *tail]
        if all(is_blank(padded[index]) for index in own):
            continue
        for row in _split(table, columns, padded):
            yield number, _translated(table, columns, row)


def _split(
    table: TableMap, columns: Mapping[str, Column], row: list[RawCell]
) -> Iterator[list[RawCell]]:
    """One row for each of the answers that a cell holds."""
    rows = [row]
    for name, separator in table.split.items():
        index = columns[name].index
        rows = [
            [*one[:index], part, *one[index + 1 :]]
            for one in rows
            for part in _parts(one[index], separator)
        ]
    yield from rows


def _parts(cell: RawCell, separator: str) -> list[RawCell]:
    """Answers of a cell; a separator inside brackets belongs to an answer."""
    if not isinstance(cell, str):
        return [cell]
    parts, depth, start = list[str](), 0, 0
    for place, mark in enumerate(cell):
        depth += (mark == "(") - (mark == ")")
        if depth <= 0 and cell.startswith(separator, place):
            parts.append(cell[start:place])
            start = place + len(separator)
    found: list[RawCell] = [p.strip() for p in (*parts, cell[start:]) if p.strip()]
    return found or [cell]


def _translated(
    table: TableMap, columns: Mapping[str, Column], row: list[RawCell]
) -> list[RawCell]:
    for name, words in table.values.items():
        index = columns[name].index
        known = {fold(word): ours for word, ours in words.items()}
        cell = row[index]
        row[index] = known.get(fold(str(cell)), cell) if not is_blank(cell) else cell
    return row
