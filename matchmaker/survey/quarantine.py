"""Quarantine: what a survey says of its sheets, and the rows that errors keep out.

Called by `reader` when everything is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from matchmaker.model import Issue, OwnColumn, Quarantined, Severity, SourceSheet
from matchmaker.survey.cells.registrations import resolve
from matchmaker.survey.cells.values import Value, default, is_fit, keep, parse_cell, to_text
from matchmaker.survey.headings.read_heading import field_named
from matchmaker.survey.headings.sheet import Sheet
from matchmaker.survey.raw_grid import RawCell, cell_at, is_blank, letter


def describe_sheet(sheet: Sheet) -> SourceSheet:
    """Where the fields of a sheet stand, and what stands in the sender's own columns."""
    letters = {name: found for name in sheet.columns if (found := sheet.letter(name))}
    own = tuple(_own_columns(sheet))
    return SourceSheet(sheet.grid.file, sheet.grid.sheet, sheet.table.name, letters, own)


def _own_columns(sheet: Sheet) -> Iterator[OwnColumn]:
    """Columns that the survey does not know, with every text that can be kept."""
    if sheet.header < 0:
        return
    read = {column.index for column in sheet.columns.values()} | sheet.aside
    for index, heading in enumerate(sheet.headings):
        if index not in read and is_fit(heading):
            texts = _kept(sheet, index)
            if any(texts):
                yield OwnColumn(letter(index), heading, sheet.header + 2, texts)


def _kept(sheet: Sheet, index: int) -> tuple[str | None, ...]:
    """Texts of a column below the header; None for formulas and hidden signs."""
    start = sheet.header + 1
    below = sheet.grid.rows[start:]
    cells = [cell_at(row, index) for row in below]
    for row, column in sheet.grid.formulas:
        if column == index and row >= start:
            cells[row - start] = None
    spelled = {cell: keep(cell) for cell in dict.fromkeys(cells)}
    return tuple(map(spelled.__getitem__, cells))


def keep_aside(
    sheets: Sequence[Sheet], issues: Sequence[Issue], firms: Collection[str]
) -> Iterator[Quarantined]:
    """Rows that errors keep out, in order, with the text of every filled cell and their key.

    `firms` are the enterprises that a key may refer to, by their tax numbers.
    """
    errors = [issue for issue in issues if issue.severity == Severity.ERROR]
    bad = {(issue.file, issue.sheet, issue.row) for issue in errors}
    touched = {(issue.file, issue.sheet) for issue in errors}
    lacking = {(issue.file, issue.sheet) for issue in errors if issue.code == "column-missing"}
    for sheet in sorted(sheets, key=lambda sheet: (sheet.grid.file, sheet.grid.sheet)):
        file, name = sheet.grid.file, sheet.grid.sheet
        if (file, name) not in touched:
            continue
        for row, cells in sheet.rows():
            if (file, name) in lacking or (file, name, row) in bad:
                key = _key(sheet, cells, firms)
                yield Quarantined(file, name, row, sheet.table.name, _raw(sheet, cells), key)


def raw_text(row: Quarantined, name: str) -> str:
    """Raw text of a field of a row kept out; empty when the row or its table has none."""
    for heading, text in row.raw.items():
        field = field_named(row.table, heading)
        if field is not None and field.name == name:
            return text
    return ""


def _raw(sheet: Sheet, cells: Sequence[RawCell]) -> dict[str, str]:
    filled = zip(sheet.headings, cells, strict=False)
    return {heading: to_text(cell) for heading, cell in filled if not is_blank(cell)}


def _key(sheet: Sheet, cells: Sequence[RawCell], firms: Collection[str]) -> dict[str, Value] | None:
    """Values of the key that a row states; None where one of them is wrong."""
    key: dict[str, Value] = {}
    for field in map(sheet.table.field, sheet.table.key):
        column = sheet.columns.get(field.name)
        cell = cell_at(cells, column.index) if column else None
        if column is None or is_blank(cell):
            key[field.name] = default(field)
            continue
        value, problem = parse_cell(cell, column)
        if problem:
            return None
        if field.name == "enterprise" and isinstance(value, str):
            value = resolve(value, firms)
        key[field.name] = value
    return key
