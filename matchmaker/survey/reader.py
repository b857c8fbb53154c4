"""The reader: files in, a `Survey` and its issues out; bad data never raise.

`files` → `headings` → `read_sheet`, column by column → `checks`, row against row. A row with
an error waits in quarantine with its raw text; every other row goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pandas as pd

from matchmaker.codebook import Meanings, tables
from matchmaker.model import Issue, SourceFile, Survey
from matchmaker.survey.cells.registrations import resolve
from matchmaker.survey.checks import CHECKS, CheckedRows, Known
from matchmaker.survey.editions import read_edition
from matchmaker.survey.files.open import find_files
from matchmaker.survey.files.sandbox import Sandbox
from matchmaker.survey.headings.columns import understand
from matchmaker.survey.headings.find_table import fill_header, holds_no_answers, recognise
from matchmaker.survey.headings.sheet import Sheet
from matchmaker.survey.mapping.apply import apply_map, unused
from matchmaker.survey.mapping.mapping import SurveyMap
from matchmaker.survey.quarantine import describe_sheet, keep_aside
from matchmaker.survey.raw_grid import Grid, flag, no_collection
from matchmaker.survey.read_sheet import Reading, no_rows, read_sheet
from matchmaker.survey.strays import without_strays


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
        tuple(describe_sheet(reading.sheet) for reading in readings),
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
    for grid in map(fill_header, rest):
        table = recognise(grid)
        if table is not None:
            sheet, found = understand(grid, table)
            issues += [*_about_sheet(sheet, sheets), *found]
            sheets.append(sheet)
        elif not holds_no_answers(grid):
            name = grid.sheet
            unknown.append(flag("sheet-unknown", file, name, value=name, known=_labels()))
    if not sheets and not mapped:
        bare = mapping is None and all(grid.delimited for grid in grids)
        code = "columns-none" if bare else "sheet-none"
        return [], [flag(code, file, known=_labels())]
    return sheets, [*unknown, *issues, *_empty_sheets(sheets)]


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
    """Every sheet by file and name; rows of a file of one enterprise alone need not name it."""
    firms = {
        id(sheet): read_sheet(sheet, "", meanings)
        for sheet in sheets
        if sheet.table.name == "enterprises"
    }
    keys: dict[str, list[str]] = {}
    rows: Counter[str] = Counter()
    for reading in firms.values():
        file = reading.sheet.grid.file
        keys.setdefault(file, []).extend(reading.frame["enterprise"])
        rows[file] += len(without_strays(reading.sheet)[0])
    alone = {file: str(*found) for file, found in keys.items() if len(found) == rows[file] == 1}
    waiting = {file for file, found in keys.items() if not found and rows[file] == 1}
    readings = []
    for sheet in sheets:
        firm, waits = alone.get(sheet.grid.file, ""), sheet.grid.file in waiting
        if sheet.is_of_one_firm and not firm and not waits:
            readings.append(_reject_nameless(sheet))
            continue
        reading = firms.get(id(sheet)) or read_sheet(sheet, firm, meanings)
        readings.append(_mark_waiting(reading) if waits else reading)
    return sorted(readings, key=lambda one: (one.sheet.grid.file, one.sheet.grid.sheet))


def _reject_nameless(sheet: Sheet) -> Reading:
    """No row of a sheet that does not say of whom it is, where its file does not either."""
    label = next(
        f"{f.label_ru} / {f.label_en}" for f in sheet.table.fields if f.type == "enterprise"
    )
    place = sheet.grid.file, sheet.grid.sheet, sheet.header + 1
    return no_rows(sheet, [flag("column-missing", *place, value=label)])


def _mark_waiting(reading: Reading) -> Reading:
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


def _assemble(readings: Sequence[Reading], known: Known) -> CheckedRows:
    """One frame a table, in the order of readings, with references spelled as their targets are."""
    parts: dict[str, list[Reading]] = {}
    for one in readings:
        parts.setdefault(one.sheet.table.name, []).append(one)
    order = [table for table in tables() if table in parts]
    frames = {
        table: pd.concat([one.frame for one in parts[table]], ignore_index=True) for table in order
    }
    blank = {
        table: pd.concat([one.blank_fields for one in parts[table]], ignore_index=True)
        for table in order
    }
    sheets = {(one.sheet.grid.file, one.sheet.grid.sheet): one.sheet for one in readings}
    rows = CheckedRows(frames, blank, sheets, known)
    firms = rows.enterprises
    for table, frame in frames.items():
        for field in tables()[table].fields:
            if field.type == "enterprise":
                spelled = [resolve(number, firms) for number in frame[field.name]]
                frame[field.name] = pd.Series(spelled, dtype=object)
    return rows
