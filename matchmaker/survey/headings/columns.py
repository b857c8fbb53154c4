"""A sheet understood: where its header stands, and what each of its columns holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matchmaker.codebook import Table, conversion, find_unit, tables, units
from matchmaker.model import Issue
from matchmaker.survey.headings.find_table import is_owner
from matchmaker.survey.headings.read_heading import (
    Heading,
    count_fields,
    field_named,
    heading_text,
    is_other_name,
    read_heading,
)
from matchmaker.survey.headings.sheet import HEADER_ROWS, Column, Sheet
from matchmaker.survey.raw_grid import Grid, RawCell, cell_at, flag, is_blank, letter


def understand(grid: Grid, table: Table) -> tuple[Sheet, list[Issue]]:
    """Find the header and the columns of a sheet that holds `table`.

    A sheet that names no enterprise may be of the only one of its file: it has a column aside.
    """
    header = _find_header(table, grid.rows)
    cells = grid.rows[header] if header >= 0 else []
    columns, issues = _columns(grid, table, header, cells)
    place = grid.file, grid.sheet, header + 1
    missing = [
        flag("column-missing", *place, value=f"{field.label_ru} / {field.label_en}")
        for field in table.fields
        if field.required and field.name not in columns and not (columns and is_owner(field))
    ]
    width = max(map(len, grid.rows), default=0)
    owner = next((field for field in table.fields if is_owner(field)), None)
    aside = frozenset[int]()
    if owner and columns and owner.name not in columns:
        columns[owner.name], aside = Column(width, owner, 1.0, owner.label_ru), frozenset({width})
    headings = headings_of(cells, width)
    return Sheet(grid, table, header, columns, headings, aside=aside), [*missing, *issues]


def _find_header(table: Table, rows: Sequence[Sequence[RawCell]]) -> int:
    """Position of the first of those leading rows that name most fields, two at least; or -1."""
    named = [count_fields(table.name, row) for row in rows[:HEADER_ROWS]]
    most = max(named, default=0)
    return named.index(most) if most >= 2 else -1


def _columns(
    grid: Grid, table: Table, header: int, cells: Sequence[RawCell]
) -> tuple[dict[str, Column], list[Issue]]:
    headings = list(map(heading_text, cells))
    first = _first_of_each(table.name, headings)
    columns: dict[str, Column] = {}
    issues = []
    for index, heading in enumerate(headings):
        code, details = "", {}
        found = read_heading(table.name, heading)
        if found and found.factor and first[found.field.name] == index:
            ratio = _counting_ratio(grid, header, index, found, first.get("unit"))
            if ratio is not None:
                factor = found.factor * ratio
                columns[found.field.name] = Column(index, found.field, factor, heading)
            else:
                code, details = "column-counted", _in_words(found)
        elif found and found.field.name not in first:
            code, details = "column-unit", _in_words(replace(found, counted=""))
        elif found and found.factor and not is_other_name(table.name, heading):
            code = "column-repeated"
        elif heading or not all(is_blank(cell_at(row, index)) for row in grid.rows[header + 1 :]):
            code = "column-unknown"
        if code:
            place, shown, row = letter(index), heading or letter(index), header + 1
            issues.append(
                flag(code, grid.file, grid.sheet, row, column=place, value=shown, **details)
            )
    return columns, issues


def _in_words(heading: Heading) -> dict[str, str]:
    """Units of a heading, and how the form asks for its field, in both languages."""
    field, unit = heading.field, units().get(heading.counted)
    return {
        "label_ru": field.label_ru,
        "label_en": field.label_en,
        "unit_ru": unit.label_ru if unit else heading.units,
        "unit_en": unit.label_en if unit else heading.units,
    }


def _counting_ratio(
    grid: Grid, header: int, index: int, heading: Heading, unit: int | None
) -> float | None:
    """How much one unit that a heading counts in is in the units of the rows, for its field.

    None where it cannot be codes, or is not the same for all rows with a number.
    """
    if not heading.counted:
        return 1.0
    own = next((f for f in tables()[heading.field.table].fields if f.type == "unit"), None)
    rows = [row for row in grid.rows[header + 1 :] if _has_number(row, index)]
    codes = {_unit_of(row, unit, own.default if own else "") for row in rows}
    ratios = {_ratio(heading, code) for code in codes}
    return ratios.pop() if len(ratios) == 1 else None if ratios else 1.0


def _has_number(row: Sequence[RawCell], index: int) -> bool:
    return any(map(str.isdigit, str(cell_at(row, index))))


def _unit_of(row: Sequence[RawCell], index: int | None, otherwise: str) -> str | None:
    """Code of the unit in a cell of a row; None where the cell has another word."""
    cell = None if index is None else cell_at(row, index)
    return otherwise if is_blank(cell) else find_unit(str(cell))


def _ratio(heading: Heading, unit: str | None) -> float | None:
    if unit == "" and heading.counted == "pcs":
        return 1.0
    if not unit or not (ratio := conversion(heading.counted, unit)):
        return None
    return ratio if heading.field.unit.startswith("unit/") else 1 / ratio


def _first_of_each(table: str, headings: Sequence[str]) -> dict[str, int]:
    """Position of the heading of every field; the name of the form goes before any other."""
    first: dict[str, int] = {}
    order = sorted(range(len(headings)), key=lambda n: is_other_name(table, headings[n]))
    for index in order:
        if field := field_named(table, headings[index]):
            first.setdefault(field.name, index)
    return first


def headings_of(cells: Sequence[RawCell], width: int) -> tuple[str, ...]:
    """Give every column a distinct name: its heading, or its letter, or both where repeated."""
    headings: list[str] = []
    for index in range(width):
        text = heading_text(cell_at(cells, index))
        is_new = text and text not in headings
        headings.append(text if is_new else f"{text} {letter(index)}".strip())
    return tuple(headings)
