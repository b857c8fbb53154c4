"""Ages: which answers are so old that they should be asked anew.

An answer is as old as the day on which its enterprise says it answered, else as the import
of the edition that states it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from sqlite3 import Connection

from matchmaker.codebook import severity
from matchmaker.model import Issue

OLD = "answer-old"
"""Code of the issue of an enterprise whose answers are old."""

MONTHS = 12
"""Months after which answers count as old."""

_ANSWERED = (
    "SELECT own.enterprise, sheets.file, sheets.sheet, own.row, columns ->> '$.answered_on', "
    "coalesce(answered_on, substr(editions.time, 1, 10)) AS day FROM enterprises AS own "
    "JOIN sheets ON sheets.id = own.sheet_id JOIN editions ON editions.id = sheets.edition "
    "WHERE day BETWEEN '0' AND ? ORDER BY sheets.file, sheets.sheet, own.row"
)


def old_answers(db: Connection, today: date, months: int) -> Iterator[Issue]:
    """Issue of every enterprise that answered longer ago than so many months."""
    for firm, file, sheet, row, letter, day in db.execute(_ANSWERED, [_before(today, months)]):
        details = {"months": str(months), "enterprise": firm}
        yield Issue(OLD, severity(OLD), file, sheet, row, letter or "", day, details)


def _before(today: date, months: int) -> str:
    """Last day that lies more than so many months back, as 2026-02-20.

    The day of the month is compared as a number, so that no month is too short for it.
    """
    year, month = divmod(12 * today.year + today.month - 1 - months, 12)
    return f"{year:04}-{month + 1:02}-{today.day - 1:02}"
