"""One sheet read: cells to values, column by column, and the rows that stay out.

Called by `reader` for every sheet that was understood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import pandas as pd

from matchmaker.codebook import Meanings, fold
from matchmaker.model import Issue
from matchmaker.survey.cells.quantities import Problem
from matchmaker.survey.cells.registrations import read_registration
from matchmaker.survey.cells.values import default, is_nothing, parse_column, to_text
from matchmaker.survey.files.delimited import DELIMITERS
from matchmaker.survey.headings.sheet import Column, Sheet
from matchmaker.survey.raw_grid import RawCell, cell_at, flag, is_blank
from matchmaker.survey.strays import OWNERS, without_strays


@dataclass(frozen=True, slots=True)
class Reading:
    """The good rows of one sheet, and what is wrong with the others.

    `frame` has the fields, `file`, `sheet` and `row`; `blank_fields` says of the same rows by
    field where there is no cell, or an empty one.
    """

    sheet: Sheet
    frame: pd.DataFrame
    blank_fields: pd.DataFrame
    issues: Sequence[Issue]


def read_sheet(sheet: Sheet, firm: str, meanings: Meanings) -> Reading:
    """Parse a sheet column by column and leave out the rows with problems.

    Rows that name no enterprise are taken to be of `firm`, if there is one.
    """
    rows, strays = without_strays(sheet)
    lacking = any(
        field.required and field.name not in sheet.columns for field in sheet.table.fields
    )
    whole, issues = _whole_rows(sheet, rows)
    if lacking:
        return no_rows(sheet, issues)
    columns = list(zip_longest(*(cells for _, cells in whole)))
    values, problems = _parse(sheet, whole, columns, firm, meanings)
    blank = _blank_fields(sheet, columns, len(whole))
    bad = {position for position, _, _ in problems}
    without_answers = {position for position in bad if _says_no(sheet, whole[position][1])}
    wrong_cells = [
        _cell_issue(sheet, *whole[position], column, problem)
        for position, column, problem in problems
        if position not in without_answers
    ]
    good = [position for position in range(len(whole)) if position not in bad]
    frame = _frame(sheet, values, [number for number, _ in whole]).iloc[good]
    issues = [*issues, *strays, *wrong_cells]
    return Reading(_beside_number(sheet, frame), frame, blank.iloc[good], issues)


def no_rows(sheet: Sheet, issues: Sequence[Issue]) -> Reading:
    """Reading of a sheet of which no row can be read."""
    return Reading(sheet, _frame(sheet, {}, []), _blank_fields(sheet, [], 0), issues)


def _frame(sheet: Sheet, values: Mapping[str, Sequence[Any]], rows: Sequence[int]) -> pd.DataFrame:
    """Fields as numbers, or as texts and None, and the place of every row."""
    fields = {
        field.name: pd.Series(values.get(field.name, ()), dtype=float if field.numeric else object)
        for field in sheet.table.fields
    }
    place = {
        "file": pd.Series([sheet.grid.file] * len(rows), dtype=object),
        "sheet": pd.Series([sheet.grid.sheet] * len(rows), dtype=object),
        "row": pd.Series(rows, dtype="int64"),
    }
    return pd.DataFrame(fields | place)


def _says_no(sheet: Sheet, cells: Sequence[RawCell]) -> bool:
    """Whether a row says no more than «нет» or a dash: its firm has nothing to tell here."""
    asked = [one for one in sheet.columns.values() if one.field.type not in OWNERS]
    found = [cell_at(cells, one.index) for one in asked]
    return not all(map(is_blank, found)) and all(
        is_nothing(cell, one.field) for cell, one in zip(found, asked, strict=True)
    )


def _blank_fields(sheet: Sheet, columns: Sequence[Sequence[RawCell]], rows: int) -> pd.DataFrame:
    """Whether each row has no cell, or an empty one, for each field."""
    blank = pd.DataFrame(data=True, index=range(rows), columns=[f.name for f in sheet.table.fields])
    for name, column in sheet.columns.items():
        if column.index < len(columns):
            cells = columns[column.index]
            empty = set(filter(is_blank, set(cells)))
            blank[name] = [cell in empty for cell in cells]
    return blank


def _beside_number(sheet: Sheet, frame: pd.DataFrame) -> Sheet:
    """The sheet, its KPP in the column of tax numbers where one was found there."""
    if "kpp" in sheet.columns or "kpp" not in frame or frame["kpp"].isna().all():
        return sheet
    number = sheet.columns["enterprise"]
    kpp = replace(number, field=sheet.table.field("kpp"))
    return replace(sheet, columns={**sheet.columns, "kpp": kpp})


def _whole_rows(
    sheet: Sheet, rows: Sequence[tuple[int, list[RawCell]]]
) -> tuple[list[tuple[int, list[RawCell]]], list[Issue]]:
    """Rows whose cells can be told apart, and issues about the others."""
    grid = sheet.grid
    if not grid.delimited or sheet.mapped is not None:
        return list(rows), []
    width = len(grid.rows[sheet.header]) if sheet.header >= 0 else 0
    whole, issues = [], []
    for number, cells in rows:
        if number - 1 in grid.torn:
            issues.append(flag("row-quotes", grid.file, grid.sheet, number))
        elif width and _is_misaligned(cells, width):
            counts = {"cells": str(len(cells)), "columns": str(width)}
            issues.append(flag("row-cells", grid.file, grid.sheet, number, **counts))
        else:
            whole.append((number, cells))
    return whole, issues


def _is_misaligned(cells: Sequence[RawCell], width: int) -> bool:
    """Whether a row was split by another delimiter than the header; Excel drops empty ends."""
    alone = len(cells) == 1 < width and any(mark in str(cells[0]) for mark in DELIMITERS)
    return alone or not all(map(is_blank, cells[width:]))


def _parse(
    sheet: Sheet,
    numbered: Sequence[tuple[int, list[RawCell]]],
    columns: Sequence[Sequence[RawCell]],
    firm: str,
    meanings: Meanings,
) -> tuple[dict[str, list[Any]], list[tuple[int, Column, Problem]]]:
    """Values by field, and problems with the position and column of their cells."""
    formulas = sheet.grid.formulas
    values: dict[str, list[Any]] = {}
    problems = []
    for field in sheet.table.fields:
        column = sheet.columns.get(field.name)
        if column is None:
            values[field.name] = [default(field)] * len(numbered)
            continue
        index = column.index
        cells = columns[index] if index < len(columns) else (None,) * len(numbered)
        if firm and field.type == "enterprise":
            cells = tuple(firm if is_blank(cell) else cell for cell in cells)
        if decided := meanings.get(field.type):
            cells = tuple(decided.get(fold(to_text(cell)), cell) for cell in cells)
        values[field.name], found = parse_column(cells, column)
        if formulas:
            places = enumerate((number - 1, index) for number, _ in numbered)
            found |= {at: ("value-formula", {}) for at, place in places if place in formulas}
        problems += [(position, column, problem) for position, problem in found.items()]
    if sheet.table.name == "enterprises":
        problems += _read_registrations(sheet.columns, values)
    return values, problems


def _read_registrations(
    columns: Mapping[str, Column], values: dict[str, list[Any]]
) -> list[tuple[int, Column, Problem]]:
    """Check and mend the tax numbers in place, now that the countries are known."""
    problems: list[tuple[int, Column, Problem]] = []
    pairs = zip(values["enterprise"], values["country"], strict=True)
    for position, (number, country) in enumerate(pairs):
        registration = read_registration(number, country)
        if registration.code:
            problem = registration.code, dict(registration.details)
            problems.append((position, columns["enterprise"], problem))
        values["enterprise"][position] = registration.number
        if registration.kpp and values["kpp"][position] not in {None, registration.kpp}:
            problem = "kpp-differs", {"other": registration.kpp}
            problems.append((position, columns["kpp"], problem))
        values["kpp"][position] = registration.kpp or values["kpp"][position]
    return problems


def _cell_issue(
    sheet: Sheet, row: int, cells: Sequence[RawCell], column: Column, problem: Problem
) -> Issue:
    grid, (code, details) = sheet.grid, problem
    about = {"value": to_text(cell_at(cells, column.index)), "column_label": column.heading}
    return flag(code, grid.file, grid.sheet, row, column=column.letter, **about, **details)
