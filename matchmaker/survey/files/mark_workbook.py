"""A copy of a sender's workbook with its wrong cells coloured, and a sheet of findings.

Runs in the process that may not do harm; asked by `marked` through `sandbox`. What the sender
wrote stays where it stood, as values: formulas become what they gave, and nothing that could be
run or followed is carried over. A copy that was marked before loses its old marks first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

from matchmaker.survey.files.open import ZIP, read_grids
from matchmaker.survey.raw_grid import Grid, is_blank

INK = "1F3864"
"""Colour of titles and headings."""

AUTHOR = "matchmaker"
SIGNED = f"\n– {AUTHOR}"
"""End of the comments that are ours: not every program keeps their author."""

OURS = "\n———\n"
"""What stands between a comment of the sender and ours on the same cell."""

FILLS = {"error": "F8C9CC", "warning": "FCE8A6"}
"""Colours of marked cells, by severity; nobody else is likely to use just these."""

LONGEST_TITLE, LONGEST_CELL = 31, 32_767
"""Characters that a spreadsheet allows in the name of a sheet and in a cell."""

HEADER = 6
"""Row of the headings on the sheet of findings."""

WIDTHS = (5, 16, 22, 10, 30, 34, 52, 62)
"""Widths of the columns on the sheet of findings."""

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SIGNS = ("=", "+", "-", "@")
_OWN_LIST = re.compile(
    r"\"[^\"]*\"|(?:(?:'[^'\[\]]+'|[\w.]+)!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?"
)
_UNREADABLE = (
    *(BadZipFile, KeyError, IndexError, AttributeError, TypeError, ValueError),
    *(EOFError, OSError, NotImplementedError, RuntimeError),
)

Plan = Mapping[str, Any]
"""What to write, in plain values: see `marked`."""


def mark_workbook(name: str, suffix: str, data: bytes, plan: Plan) -> bytes:
    """Bytes of a marked copy of a file; of one that cannot be opened, the findings alone."""
    book, titles = _copy(name, suffix, data, plan)
    for finding in plan["findings"]:
        sheet = titles.get(finding["sheet"])
        if sheet is not None:
            _mark(sheet, finding)
    _write_findings(book, plan, titles)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _copy(name: str, suffix: str, data: bytes, plan: Plan) -> tuple[Any, dict[str, Any]]:
    """Workbook with the sender's cells, and its sheets by the names that findings call them by."""
    grids = read_grids(name, suffix, data)[0] if data else []
    if grids and data.startswith(ZIP) and suffix.lower() != ".ods":
        try:
            book = load_workbook(BytesIO(data), data_only=True, keep_vba=False, keep_links=False)
            _clean(book, plan)
        except _UNREADABLE:
            return _rebuild(grids, plan)
        titles = {sheet.title: sheet for sheet in book.worksheets}
        _spell_formulas(titles, grids)
        return book, titles
    return _rebuild(grids, plan)


def _spell_formulas(titles: Mapping[str, Any], grids: Sequence[Grid]) -> None:
    """Write formulas whose value was never saved as texts; the others have become their value."""
    for grid in grids:
        for (row, column), text in grid.formulas.items():
            if grid.sheet in titles:
                _set(titles[grid.sheet], row + 1, column + 1, text)


def _rebuild(grids: Sequence[Grid], plan: Plan) -> tuple[Any, dict[str, Any]]:
    """Make a new workbook of what was read; a delimited text gets the name of its table."""
    book = Workbook()
    book.remove(book.active)
    titles = {}
    for grid in grids:
        if _is_findings(grid.sheet, grid.rows[0][0] if grid.rows and grid.rows[0] else "", plan):
            continue
        sheet = book.create_sheet(_title(plan["tables"].get(grid.sheet, grid.sheet), book))
        for number, row in enumerate(grid.rows, start=1):
            for place, value in enumerate(row, start=1):
                _set(sheet, number, place, value)
        for place in range(1, max(map(len, grid.rows), default=0) + 1):
            sheet.column_dimensions[get_column_letter(place)].width = 20
        titles[grid.sheet] = sheet
    return book, titles


def _title(name: str, book: Any) -> str:
    """Name that a sheet may have and no other one has."""
    plain = _FORBIDDEN.sub("_", name).strip("'")[:LONGEST_TITLE] or "_"
    taken = {title.casefold() for title in book.sheetnames}
    number, found = 2, plain
    while found.casefold() in taken:
        found = f"{plain[: LONGEST_TITLE - 4]} {number}"
        number += 1
    return found


def _set(sheet: Any, row: int, column: int, value: object) -> Any:
    """Write a value as what it is; a text is never a formula."""
    cell = sheet.cell(row, column)
    if is_blank(value):
        return cell
    cell.value = _ILLEGAL.sub(" ", value)[:LONGEST_CELL] if isinstance(value, str) else value
    _disarm(cell)
    return cell


def _disarm(cell: Any) -> None:
    """Keep a text that looks like a formula a text, also after somebody edits it."""
    if isinstance(cell.value, str) and cell.value.startswith(_SIGNS):
        cell.data_type = "s"
        cell.quotePrefix = True


def _clean(book: Any, plan: Plan) -> None:
    """Take out what could be run or followed, and the marks of an earlier copy."""
    for sheet in book.chartsheets:
        book.remove(sheet)
    book.defined_names.clear()
    for sheet in book.worksheets:
        if _is_findings(sheet.title, sheet["A1"].value, plan):
            book.remove(sheet)
            continue
        sheet._charts, sheet._images, sheet._pivots = [], [], []
        sheet.legacy_drawing = None
        sheet.defined_names.clear()
        sheet.tables.clear()
        sheet.conditional_formatting = ConditionalFormattingList()
        rules = sheet.data_validations
        rules.dataValidation = [rule for rule in rules.dataValidation if _is_own(rule)]
        for row in sheet.iter_rows():
            for cell in row:
                _clean_cell(cell)


def _is_findings(name: str, first: object, plan: Plan) -> bool:
    """Whether a sheet is the list of findings of an earlier copy."""
    return name in plan["names"] and first in plan["titles"]


def _is_own(rule: Any) -> bool:
    """Whether a rule of a cell needs nothing but plain values of the same workbook."""
    return all(
        text is None or _OWN_LIST.fullmatch(text) or text.replace(".", "", 1).isdecimal()
        for text in (rule.formula1, rule.formula2)
    )


def _clean_cell(cell: Any) -> None:
    if cell.hyperlink:
        cell.hyperlink = None
    _disarm(cell)
    if _is_ours(cell.comment):
        theirs, found, _ = cell.comment.text.partition(OURS)
        cell.comment = Comment(theirs, "") if found else None
    if cell.has_style and _colour(cell) in FILLS.values():
        cell.fill = PatternFill()


def _is_ours(comment: Any) -> bool:
    return comment is not None and comment.text.rstrip().endswith(SIGNED)


def _colour(cell: Any) -> str:
    """Colour of a cell without its transparency; empty when it is one of the theme."""
    colour = cell.fill.fgColor.rgb
    return colour[-6:] if isinstance(colour, str) else ""


def _mark(sheet: Any, finding: Mapping[str, Any]) -> None:
    """Colour the cell of a finding, or all of its row, and say on it what is wrong."""
    cells = [_whole(sheet, cell) for cell in _meant(sheet, finding)]
    for cell in cells:
        if _colour(cell) != FILLS["error"]:
            cell.fill = PatternFill("solid", fgColor=FILLS[finding["severity"]])
    first = cells[0]
    text = f"{finding['level']}: {finding['message']}.\n{finding['fix']}."
    if first.comment:
        between = "\n\n" if _is_ours(first.comment) else OURS
        text = first.comment.text.rstrip().removesuffix(SIGNED) + between + text
    height = 40 + 18 * (2 + len(text) // 42)
    first.comment = Comment(text + SIGNED, AUTHOR, width=320, height=height)


def _whole(sheet: Any, cell: Any) -> Any:
    """Cell itself, or the one that a merged range shows in its place."""
    if not isinstance(cell, MergedCell):
        return cell
    merged = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
    return sheet.cell(merged.min_row, merged.min_col)


def _meant(sheet: Any, finding: Mapping[str, Any]) -> list[Any]:
    """Cell of a finding; of a row, its cells that hold something; of a sheet, its first cell."""
    if finding["column"] or not finding["row"]:
        return [sheet[f"{finding['column'] or 'A'}{max(1, finding['row'])}"]]
    row = sheet[finding["row"]]
    return [cell for cell in row if not is_blank(cell.value)] or [row[0]]


def _write_findings(book: Any, plan: Plan, titles: Mapping[str, Any]) -> None:
    sheet = book.create_sheet(_title(plan["name"], book), 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    sheet["A1"].value, sheet["A1"].font = plan["title"], _font(bold=True, size=16, color=INK)
    sheet["A2"].value = plan["about"]
    for place, text in enumerate(plan["origin"], start=1):
        _set(sheet, 4, (1, 3)[place - 1], text)
    for place, (head, size) in enumerate(zip(plan["heads"], WIDTHS, strict=True), start=1):
        cell = _set(sheet, HEADER, place, head)
        cell.font = _font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=INK)
        sheet.column_dimensions[get_column_letter(place)].width = size
    for number, finding in enumerate(plan["findings"], start=1):
        _write_finding(sheet, number, finding, titles.get(finding["sheet"]))
    sheet.freeze_panes = f"A{HEADER + 1}"
    sheet.auto_filter.ref = f"A{HEADER}:{get_column_letter(len(WIDTHS))}{sheet.max_row}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write_finding(sheet: Any, number: int, finding: Mapping[str, Any], target: Any) -> None:
    place = f"{finding['column'] or 'A'}{max(1, finding['row'])}"
    texts = (
        finding["level"],
        target.title if target else finding["sheet"],
        place if target else "",
        finding["label"],
        finding["value"],
        finding["message"],
        finding["fix"],
    )
    for column, value in enumerate((number, *texts), start=1):
        cell = _set(sheet, HEADER + number, column, value)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    fits = zip(texts, WIDTHS[1:], strict=True)
    sheet.row_dimensions[HEADER + number].height = 15 * max(1 + len(t) // size for t, size in fits)
    sheet.cell(HEADER + number, 2).fill = PatternFill("solid", fgColor=FILLS[finding["severity"]])
    if target:
        _link(sheet.cell(HEADER + number, 4), target, place)


def _font(*, size: int = 11, **more: Any) -> Any:
    return Font(name="Calibri", size=size, **more)


def _link(cell: Any, target: Any, place: str) -> None:
    name = target.title.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!{place}")
    cell.font = _font(color="0563C1", underline="single")
