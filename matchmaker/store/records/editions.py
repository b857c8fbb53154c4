"""Editions: each content under which a file was imported, and when.

Every row refers to a sheet of the edition that last stated it. An edition that states a row
again which an earlier edition of the same file had replaces that one; rows that still refer to
a replaced edition were left out of the newer one. Two files of one name that have no row
in common replace nothing: they are two files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from sqlite3 import Connection

from matchmaker.errors import BadValueError, StoreError
from matchmaker.model import Cell, SourceSheet, Survey


def utc_text(time: datetime | None) -> str:
    """Time of an import as it is stored, in UTC to the second; "" where it is not told.

    Raises
    ------
    BadValueError
        When the time has no zone.
    """
    if time is None:
        return ""
    if time.tzinfo is None:
        raise BadValueError(f"Expected a time with its zone, such as UTC, found {time}.")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def note_sources(db: Connection, survey: Survey, time: str) -> dict[tuple[str, str], int]:
    """Note the editions and sheets of a survey; return the numbers of the sheets.

    An edition that is known and not replaced keeps its number and its time.
    """
    editions = {
        file.name: _edition(db, file.name, file.sha256, time)
        for file in sorted(survey.files, key=lambda file: file.name)
    }
    return {
        (sheet.file, sheet.sheet): _note_sheet(db, editions, sheet)
        for sheet in sorted(survey.sheets, key=lambda sheet: (sheet.file, sheet.sheet))
    }


def _edition(db: Connection, file: str, sha256: str, time: str) -> int:
    known = db.execute(
        "SELECT id FROM editions WHERE file = ? AND sha256 = ? "
        "AND id NOT IN (SELECT edition FROM replaced)",
        [file, sha256],
    ).fetchone()
    if known:
        return int(known[0])
    insert = "INSERT INTO editions (file, sha256, time) VALUES (?, ?, ?) RETURNING id"
    return int(db.execute(insert, [file, sha256, time]).fetchone()[0])


def _note_sheet(db: Connection, editions: Mapping[str, int], sheet: SourceSheet) -> int:
    if sheet.file not in editions:
        raise StoreError(f"Sheets are of the survey's files; it has no {sheet.file}.")
    letters = json.dumps(dict(sheet.columns), ensure_ascii=False)
    number = int(
        db.execute(
            'INSERT INTO sheets (file, sheet, "table", columns, edition) VALUES (?, ?, ?, ?, ?) '
            'ON CONFLICT(edition, sheet) DO UPDATE SET "table" = excluded."table", '
            "columns = excluded.columns RETURNING id",
            [sheet.file, sheet.sheet, sheet.table, letters, editions[sheet.file]],
        ).fetchone()[0]
    )
    _note_own_columns(db, number, sheet)
    return number


def _note_own_columns(db: Connection, number: int, sheet: SourceSheet) -> None:
    """Keep what stood in the columns that are the sender's own."""
    db.executemany(
        "INSERT OR REPLACE INTO own_columns VALUES (?, ?, ?, ?, ?)",
        (
            (number, own.letter, own.heading, own.first, json.dumps(own.texts, ensure_ascii=False))
            for own in sheet.own
        ),
    )


def note_replaced(db: Connection, moved: Iterable[tuple[int, int]]) -> None:
    """Note which editions others replace, given the sheets that rows moved from and to."""
    db.executemany(
        "INSERT OR IGNORE INTO replaced SELECT older.edition, newer.edition "
        "FROM sheets AS older JOIN sheets AS newer ON newer.file = older.file "
        "WHERE older.id = ? AND newer.id = ? AND newer.edition > older.edition",
        sorted(set(moved)),
    )


def read_place(db: Connection, table: str, id: str) -> tuple[str, list[tuple[str, str, str]]]:
    """When the row of an id was last stated, and the sender's own columns beside it.

    Those come as heading, cell and text.
    """
    own = f'FROM "{table}" AS own JOIN sheets ON sheets.id = own.sheet_id'
    edition = "JOIN editions ON editions.id = sheets.edition WHERE own.id = ?"
    (time,) = db.execute(f"SELECT time {own} {edition}", [id]).fetchone()
    columns = db.execute(
        "SELECT heading, sheets.file, sheets.sheet, own.row, letter, "
        f"texts ->> (own.row - first) AS text {own} JOIN own_columns USING (sheet_id) "
        "WHERE own.id = ? AND text <> '' ORDER BY length(letter), letter",
        [id],
    )
    return time, [(heading, str(Cell(*place)), text) for heading, *place, text in columns]
