"""The reader: files in, a `Survey` and its issues out; bad data never raise.

`files` → `headers` → `values`, column by column → `checks`, row against row. A row with an
error waits in quarantine with its raw text; every other row goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, pairwise, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matchmaker.codebook import Meanings, Table, fold, tables
from matchmaker.model import (
    Issue,
    SourceFile,
    Survey,
)
from matchmaker.survey.cells.quantities import Problem
from matchmaker.survey.cells.registrations import resolve, settle
from matchmaker.survey.cells.values import Value, default, is_nothing, parse_column, to_text
from matchmaker.survey.checks import CHECKS, CheckedRows, Known, without_strays
from matchmaker.survey.editions import read_edition
from matchmaker.survey.files.delimited import DELIMITERS
from matchmaker.survey.files.open import find_files
from matchmaker.survey.files.sandbox import Sandbox
from matchmaker.survey.headers import (
    NOTES,
    count_known,
    field_named,
    find_table,
    recognise,
    understand,
)
from matchmaker.survey.mapping.apply import apply_map, unused
from matchmaker.survey.mapping.mapping import SurveyMap
from matchmaker.survey.quarantine import describe_sheet, keep_aside
from matchmaker.survey.raw_grid import Grid, RawCell, flag, is_blank, no_collection
from matchmaker.survey.sheet import HEADER_ROWS, Column, Sheet

OWNERS = frozenset({"enterprise", "registration"})
"""Types of the fields that say whose row it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The good rows of one sheet, column by column, and what is wrong with the others.

    `blank_fields` says by row and field where there is no cell, or an empty one.
    """

    sheet: Sheet
    values: Mapping[str, Sequence[Value]]
    blank_fields: pd.DataFrame
    numbers: Sequence[int]
    issues: Sequence[Issue]


def read_survey(
    *paths: str | Path, known: Known | None = None, mapping: SurveyMap | None = None
) -> tuple[Survey, list[Issue]]:
    """Read survey and catalogue files, keeping every good row and naming every bad one.

    Parameters
    ----------
    paths
        Workbooks (.xlsx, .xlsm, .ods, .xls), delimited texts (.csv, .tsv), or folders of them.
    known
        Keys that rows may refer to although no file here has them, and what people decided that
        words mean.
    mapping
        How sheets of the sender's own making are to be read (`read_mapping`); other sheets
        are read as ever.

    Returns
    -------
    tuple
        The survey and its issues, both in order of file, sheet and row, whatever the
        order of `paths`.

    Raises
    ------
    FileNotFoundError
        When a path does not exist. Nothing a file holds raises.
    """
    with no_collection():
        return _read_all(paths, known or Known(), mapping)


def _read_all(
    paths: Sequence[str | Path], known: Known, mapping: SurveyMap | None
) -> tuple[Survey, list[Issue]]:
    files, sheets, issues = _open(paths, mapping)
    readings = _read_sheets(sheets, known.meanings)
    issues += [issue for reading in readings for issue in reading.issues]
    rows = _assemble(readings, known)
    for check in CHECKS:
        found = list(check(rows))
        rows = rows.without(found)
        issues += found
    issues = [issue for issue, _ in groupby(sorted(issues, key=_order))]
    survey = Survey(
        tuple(sorted(files, key=lambda file: file.name)),
        tuple(
            describe_sheet(sheet)
            for sheet in sorted(
                (reading.sheet for reading in readings),
                key=lambda sheet: (sheet.grid.file, sheet.grid.sheet),
            )
        ),
        rows.frames,
        tuple(keep_aside(sheets, issues, rows.enterprises)),
        rows.blank_fields,
    )
    return survey, issues


def _order(issue: Issue) -> tuple[str, str, int, int, str, str]:
    return issue.file, issue.sheet, issue.row, len(issue.column), issue.column, issue.code


def _open(
    paths: Sequence[str | Path], mapping: SurveyMap | None
) -> tuple[list[SourceFile], list[Sheet], list[Issue]]:
    files, sheets, issues = [], [], []
    with Sandbox() as sandbox:
        named = find_files(paths)
        taken = {name for name, _ in named}
        for name, path in named:
            file, grids, unreadable = read_edition(sandbox, name, path, taken)
            taken.add(file.name)
            understood, found = _understand_all(file.name, grids, mapping) if grids else ([], [])
            files.append(file)
            sheets += understood
            issues += [*unreadable, *found]
    if not files:
        folders = ", ".join(sorted(Path(path).resolve().name for path in paths))
        issues.append(flag("sheet-none", folders, known=_labels()))
    if mapping and files:
        issues += unused(mapping, sheets, files[0].name)
    return files, sheets, issues


def _understand_all(
    file: str, grids: Sequence[Grid], mapping: SurveyMap | None
) -> tuple[list[Sheet], list[Issue]]:
    """Sheets of one file that hold a table; the others are reported."""
    sheets, issues, rest = apply_map(mapping, grids) if mapping else ([], [], grids)
    mapped, unknown = bool(sheets or issues), []
    for grid in map(_with_whole_header, rest):
        table = recognise(grid)
        if table is None:
            unknown += (
                []
                if _is_aside(grid)
                else [flag("sheet-unknown", file, grid.sheet, value=grid.sheet, known=_labels())]
            )
            continue
        sheet, found = understand(grid, table)
        issues += [*_about_sheet(sheet, sheets), *found]
        sheets.append(sheet)
    if not sheets and not mapped:
        bare = mapping is None and all(grid.delimited for grid in grids)
        code = "columns-none" if bare else "sheet-none"
        return [], [flag(code, file, known=_labels())]
    return sheets, [*unknown, *issues, *_empty_sheets(sheets)]


def _with_whole_header(grid: Grid) -> Grid:
    """The grid, the empty cells of its header filled from the row above if headings stand there."""
    table = find_table(grid.sheet)
    count = partial(_count_fields, table.name) if table else count_known
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


def _count_fields(table: str, row: Sequence[RawCell]) -> int:
    """How many fields of a table the cells of a row name."""
    texts = (" ".join(str(cell).split()) for cell in row if not is_blank(cell))
    return len({field.name for text in texts if (field := field_named(table, text))})


def _is_aside(grid: Grid) -> bool:
    blank = all(is_blank(cell) for row in grid.rows for cell in row)
    return grid.hidden or blank or " ".join(grid.sheet.casefold().split()) in NOTES


def _labels() -> str:
    return ", ".join(f"{table.label_ru} / {table.label_en}" for table in tables().values())


def _about_sheet(sheet: Sheet, earlier: Sequence[Sheet]) -> Iterator[Issue]:
    grid, table = sheet.grid, sheet.table
    twin = next((other.grid.sheet for other in earlier if other.table == table), None)
    if twin is not None:
        label = f"{table.label_ru} / {table.label_en}"
        yield flag("sheet-repeated", grid.file, grid.sheet, table=label, other=twin)


def _empty_sheets(sheets: Sequence[Sheet]) -> list[Issue]:
    """Issues of sheets without rows; one left as the template has it says "not answered"."""
    empty = [sheet for sheet in sheets if next(sheet.rows(), None) is None]
    return [
        flag("sheet-empty", sheet.grid.file, sheet.grid.sheet)
        for sheet in empty
        if len(empty) == len(sheets) or len(sheet.columns) < len(sheet.table.fields)
    ]


def _read_sheets(sheets: Sequence[Sheet], meanings: Meanings) -> list[Reading]:
    """Every sheet read; where a file has one enterprise alone, its rows need not name it."""
    firms = {
        id(sheet): _read_sheet(sheet, "", meanings)
        for sheet in sheets
        if sheet.table.name == "enterprises"
    }
    keys: dict[str, list[Value]] = {}
    rows: Counter[str] = Counter()
    for reading in firms.values():
        file = reading.sheet.grid.file
        keys.setdefault(file, []).extend(reading.values["enterprise"])
        rows[file] += len(without_strays(reading.sheet)[0])
    alone = {file: str(*found) for file, found in keys.items() if len(found) == rows[file] == 1}
    waiting = {file for file, found in keys.items() if not found and rows[file] == 1}
    readings = []
    for sheet in sheets:
        firm, waits = alone.get(sheet.grid.file, ""), sheet.grid.file in waiting
        if sheet.is_of_one_firm and not firm and not waits:
            readings.append(_nameless(sheet))
            continue
        reading = firms.get(id(sheet)) or _read_sheet(sheet, firm, meanings)
        readings.append(_await(reading) if waits else reading)
    return readings


def _nameless(sheet: Sheet) -> Reading:
    """No row of a sheet that does not say of whom it is, where its file does not either."""
    label = next(
        f"{f.label_ru} / {f.label_en}" for f in sheet.table.fields if f.type == "enterprise"
    )
    place = sheet.grid.file, sheet.grid.sheet, sheet.header + 1
    return _no_rows(sheet, [flag("column-missing", *place, value=label)])


def _no_rows(sheet: Sheet, issues: Sequence[Issue]) -> Reading:
    names = [field.name for field in sheet.table.fields]
    return Reading(sheet, {n: [] for n in names}, pd.DataFrame(columns=names), [], issues)


def _await(reading: Reading) -> Reading:
    """Say of rows without a tax number that they wait for their only enterprise, which is wrong."""
    sheet = reading.sheet
    names = {one.letter for one in sheet.columns.values() if one.field.type == "enterprise"}
    issues = [
        flag("enterprise-waits", issue.file, issue.sheet, issue.row)
        if issue.code == "value-required" and issue.column in names
        else issue
        for issue in reading.issues
    ]
    return replace(reading, issues=issues)


def _read_sheet(sheet: Sheet, firm: str, meanings: Meanings) -> Reading:
    """Parse a sheet column by column and leave out the rows with problems.

    Rows that name no enterprise are taken to be of `firm`, if there is one.
    """
    rows, strays = without_strays(sheet)
    lacking = any(
        field.required and field.name not in sheet.columns for field in sheet.table.fields
    )
    whole, issues = _whole_rows(sheet, rows)
    if lacking:
        return _no_rows(sheet, issues)
    issues += strays
    columns = list(zip_longest(*(cells for _, cells in whole)))
    values, problems = _parse(sheet, whole, columns, firm, meanings)
    blank = _blank_fields(sheet, columns, len(whole))
    bad = {position for position, _, _ in problems}
    told = {position for position in bad if not _denies(sheet, whole[position][1])}
    issues += [
        _cell_issue(sheet, *whole[position], column, problem)
        for position, column, problem in problems
        if position in told
    ]
    good = [position for position in range(len(whole)) if position not in bad]
    kept = (
        {name: [column[position] for position in good] for name, column in values.items()}
        if bad
        else values
    )
    sheet = _beside_number(sheet, kept)
    numbers = [whole[position][0] for position in good]
    return Reading(sheet, kept, blank.iloc[good], numbers, issues)


def _denies(sheet: Sheet, cells: Sequence[RawCell]) -> bool:
    """Whether a row says no more than «нет» or a dash: its firm has nothing to tell here."""
    asked = [one for one in sheet.columns.values() if one.field.type not in OWNERS]
    found = [cells[one.index] if one.index < len(cells) else None for one in asked]
    return any(not is_blank(cell) for cell in found) and all(
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


def _beside_number(sheet: Sheet, values: Mapping[str, Sequence[Value]]) -> Sheet:
    """The sheet, its KPP in the column of tax numbers where one was found there."""
    if "kpp" in sheet.columns or not any(values.get("kpp", ())):
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
    formulas = _formulas(sheet.grid, [number for number, _ in numbered])
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
        found |= formulas.get(index, {})
        problems += [(position, column, problem) for position, problem in found.items()]
    if sheet.table.name == "enterprises":
        problems += _settle(sheet.columns, values)
    return values, problems


def _formulas(grid: Grid, numbers: Sequence[int]) -> dict[int, dict[int, Problem]]:
    """Problems of the formulas that have no value, by column and position."""
    found: dict[int, dict[int, Problem]] = {}
    if grid.formulas:
        places: dict[int, list[int]] = {}
        for row, column in grid.formulas:
            places.setdefault(row + 1, []).append(column)
        for position, number in enumerate(numbers):
            for column in places.get(number, ()):
                found.setdefault(column, {})[position] = ("value-formula", {})
    return found


def _settle(
    columns: Mapping[str, Column], values: dict[str, list[Any]]
) -> list[tuple[int, Column, Problem]]:
    """Check and mend the tax numbers in place, now that the countries are known."""
    problems: list[tuple[int, Column, Problem]] = []
    for position, (number, country) in enumerate(
        zip(values["enterprise"], values["country"], strict=True)
    ):
        settled = settle(number, country)
        if settled.code:
            problem = settled.code, dict(settled.details)
            problems.append((position, columns["enterprise"], problem))
        values["enterprise"][position] = settled.number
        if settled.kpp and values["kpp"][position] not in {None, settled.kpp}:
            problems.append((position, columns["kpp"], ("kpp-differs", {"other": settled.kpp})))
        values["kpp"][position] = settled.kpp or values["kpp"][position]
    return problems


def _cell_issue(
    sheet: Sheet, row: int, cells: Sequence[RawCell], column: Column, problem: Problem
) -> Issue:
    raw = to_text(cells[column.index]) if column.index < len(cells) else ""
    code, details = problem
    return flag(
        code,
        sheet.grid.file,
        sheet.grid.sheet,
        row,
        column=column.letter,
        value=raw,
        column_label=column.heading,
        **details,
    )


def _assemble(readings: Sequence[Reading], known: Known) -> CheckedRows:
    """One frame a table, sorted by place, with references spelled as their targets are."""
    tables_read = [
        table for table in tables().values() if any(table == one.sheet.table for one in readings)
    ]
    by_place = sorted(readings, key=lambda one: (one.sheet.grid.file, one.sheet.grid.sheet))
    frames = {
        table.name: _frame(table, [one for one in by_place if one.sheet.table == table])
        for table in tables_read
    }
    sheets = {(one.sheet.grid.file, one.sheet.grid.sheet): one.sheet for one in readings}
    blank = {
        table.name: pd.concat(
            [one.blank_fields for one in by_place if one.sheet.table == table], ignore_index=True
        ).astype(bool)
        for table in tables_read
    }
    rows = CheckedRows(frames, blank, sheets, known)
    firms = rows.enterprises
    for table in tables_read:
        for field in table.fields:
            if field.type == "enterprise":
                column = frames[table.name][field.name]
                frames[table.name][field.name] = _texts(
                    [resolve(number, firms) for number in column]
                )
    return rows


def _frame(table: Table, parts: Sequence[Reading]) -> pd.DataFrame:
    """Rows of one table in the order of its sheets, which stand by file and name."""
    columns: dict[str, object] = {}
    for field in table.fields:
        cells = [value for part in parts for value in part.values[field.name]]
        columns[field.name] = np.array(cells, dtype=float) if field.numeric else _texts(cells)
    columns["file"] = _texts([part.sheet.grid.file for part in parts for _ in part.numbers])
    columns["sheet"] = _texts([part.sheet.grid.sheet for part in parts for _ in part.numbers])
    numbers = [number for part in parts for number in part.numbers]
    columns["row"] = np.array(numbers, dtype=np.int64)
    return pd.DataFrame(columns)


def _texts(values: Sequence[Any]) -> pd.Series[str]:
    """Column of texts and None that stays so."""
    return pd.Series(values, dtype=object)
