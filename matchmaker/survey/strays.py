"""Rows of a sheet that are no data: totals, notes, subheadings, numbers of the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matchmaker.codebook import Field, fold
from matchmaker.model import Issue
from matchmaker.survey.cells.values import to_text
from matchmaker.survey.headings.sheet import Sheet
from matchmaker.survey.raw_grid import RawCell, cell_at, flag, is_blank

Row = tuple[int, list[RawCell]]
"""A row with its number from 1."""

OWNERS = frozenset({"enterprise", "registration"})
"""Types of the fields that say whose row it is."""

_CODES = frozenset({"id", "item", "okpd2", "registration"})
"""Types of the fields that nobody fills in for a row that is no data."""
_TOTAL = re.compile(
    r"(?:(?:общий |промежуточный )?итог|итого(?![\w-]).*|(?:grand |sub)?totals?"
    r"|(?:всего|total) (?:по|за|с|без|в|на|к|руб|шт|ндс|of|for|by|with|without|incl|excl)\b.*"
    r"|всего)[\s:.=]*"
)
_NOTE = re.compile(
    r"примечани[ея]\b.*|прим\..*|notes?[:.].*|сноск[аи]\b.*|м\. ?п\.?|подпись\b.*|.*_{3}.*|.*:"
)
_BEGINS = re.compile(
    r"\*|итог|общий|промеж|всего|total|sub|grand|прим|note|сноск|м\.|подпись", re.IGNORECASE
)
_FEWEST_COUNTED = 3
"""Cells that have to count 1, 2, 3 … for a row to be the numbers of the columns."""


def without_strays(sheet: Sheet) -> tuple[list[Row], list[Issue]]:
    """Rows of a sheet less totals, notes and numbers of columns, and an issue for each of these."""
    rows = list(sheet.rows())
    subject = next((c for c in sheet.columns.values() if _is_subject(c.field)), None)
    if subject is None or not rows:
        return rows, []
    found = _totals_and_notes(sheet, subject.index, rows)
    if sheet.header >= 0 and _counts_columns(rows[0][1]):
        found[0] = "row-numbers"
    issues = [
        flag(code, sheet.grid.file, sheet.grid.sheet, rows[at][0], value=_as_one(rows[at][1]))
        for at, code in found.items()
    ]
    return [row for at, row in enumerate(rows) if at not in found] if found else rows, issues


def _is_subject(field: Field) -> bool:
    return field.type == "text" and field.required


def _totals_and_notes(sheet: Sheet, subject: int, rows: Sequence[Row]) -> dict[int, str]:
    """Codes of these rows by position; a row that names an item, or has a tax number, is none."""
    titles = [_title(cells, subject) for _, cells in rows]
    codes_of = {title: code for title in dict.fromkeys(titles) if (code := _looks_like(title))}
    suspects = [at for at, title in enumerate(titles) if title in codes_of]
    if not suspects:
        return {}
    columns = sheet.columns.values()
    owners = {one.index for one in columns if one.field.type in OWNERS}
    codes = {one.index for one in columns if one.field.type in _CODES}
    others = {at: _filled(rows[at][1]) - {_place(rows[at][1], subject)} for at in suspects}
    stars = _has_footnotes(titles, rows, owners)
    return {
        at: codes_of[titles[at]]
        for at, filled in others.items()
        if not filled & codes
        and rows[at][0] - 1 not in sheet.grid.torn
        and (codes_of[titles[at]] == "row-total" or filled <= owners)
        and (stars or not titles[at].startswith("*"))
    }


def _place(cells: Sequence[RawCell], subject: int) -> int:
    """Where a row says what it is about: in the column for that, else in its first filled cell."""
    if not is_blank(cell_at(cells, subject)):
        return subject
    return next(at for at, cell in enumerate(cells) if not is_blank(cell))


def _title(cells: Sequence[RawCell], subject: int) -> str:
    cell = cell_at(cells, subject)
    if isinstance(cell, str) and (title := cell.strip()):
        return title
    if is_blank(cell):
        cell = next((cell for cell in cells if not is_blank(cell)), None)
    return cell.strip() if isinstance(cell, str) else ""


def _filled(cells: Sequence[RawCell]) -> set[int]:
    return {at for at, cell in enumerate(cells) if not is_blank(cell)}


def _looks_like(title: str) -> str:
    """Code of what a title alone may be of; empty where it is of data."""
    if title[-1:] != ":" and not _BEGINS.match(title) and "___" not in title:
        return ""
    folded = fold(title)
    if _TOTAL.fullmatch(folded):
        return "row-total"
    return "row-note" if title.startswith("*") or _NOTE.fullmatch(folded) else ""


def _has_footnotes(titles: Sequence[str], rows: Sequence[Row], owners: set[int]) -> bool:
    """Whether stars begin notes, not the items of a list: no row with an answer begins so."""
    pairs = zip(titles, rows, strict=True)
    full = [title for title, (_, cells) in pairs if len(_filled(cells) - owners) > 1]
    return bool(full) and not any(title.startswith("*") for title in full)


def _counts_columns(cells: Sequence[RawCell]) -> bool:
    """Whether the filled cells of a row stand side by side and count from 1."""
    places = sorted(_filled(cells))
    counted = [to_text(cells[at]) for at in places] == [str(n + 1) for n in range(len(places))]
    enough = len(places) >= _FEWEST_COUNTED
    return enough and counted and places[-1] - places[0] + 1 == len(places)


def _as_one(cells: Sequence[RawCell]) -> str:
    return " | ".join(to_text(cell) for cell in cells if not is_blank(cell))
