"""History: what was answered before, where and when; written when an answer changes.

A value stands in its row as long as nobody says otherwise. When a newer edition, another file
or a deletion does, the earlier value comes here with its place, so nothing is lost; the row has
the new one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from matchmaker.codebook import Table, tables
from matchmaker.model import Cell
from matchmaker.store.database.schema import HISTORY
from matchmaker.store.database.statements import Record, blanks

Places = Mapping[tuple[str, str], tuple[int, int]]
"""Sheet and line of answers, by id of their row and field."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a newer answer contradicts; None where there was or is no answer.

    `since` is when the newer answer was imported and `source` where it stands, "" once
    the row was dropped; `cell` and `time` are those of the earlier one.
    """

    table: str
    id: str
    field: str
    before: str | float | None
    after: str | float | None
    cell: str
    time: str
    source: str
    since: str


def note_changes(
    db: Database,
    table: Table,
    pairs: Iterable[tuple[Record, Record]],
    time: str,
    places: Places,
) -> int:
    """Note every field in which a newer record differs from the stored one; count them.

    Pairs are (older, newer); `places` says where answers stand that an older record has kept.
    """
    return _insert(db, (entry for pair in pairs for entry in _entries(table, *pair, time, places)))


def note_dropped(
    db: Database, table: Table, records: Iterable[Record], time: str, places: Places
) -> None:
    """Note every answer of records that are deleted."""
    nothing = (*(None,) * (len(table.fields) + 1), None, None)
    _insert(db, (e for old in records for e in _entries(table, old, nothing, time, places)))


def _entries(
    table: Table, older: Record, newer: Record, time: str, places: Places
) -> Iterator[Record]:
    pairs = zip(table.fields, older[1:-2], newer[1:-2], strict=True)
    for field, before, after in pairs:
        if before != after:
            texts = (json.dumps(value, ensure_ascii=False) for value in (before, after))
            place = places.get((older[0], field.name), older[-2:])
            yield (table.name, older[0], field.name, *texts, *place, *newer[-2:], time)


def _insert(db: Database, entries: Iterable[Record]) -> int:
    cursor = db.conn.executemany(f"INSERT INTO history VALUES ({blanks(len(HISTORY))})", entries)
    return max(cursor.rowcount, 0)


def changes(db: Database, ids: Collection[str] = ()) -> list[Change]:
    """Every change of the rows of these ids, or of all rows, in the order of the imports.

    An id of an enterprise stands for all its rows.
    """
    found = (_change(row) for row in db.query(_CHANGES))
    return [change for change in found if not ids or set(ids) & _subjects(change)]


_CHANGES = (
    'SELECT history."table", history.id, field, before, after, '
    "older.file, older.sheet, older.columns, history.row, editions.time, "
    "newer.file AS new_file, newer.sheet AS new_sheet, newer.columns AS new_columns, "
    "new_row, history.time AS since "
    "FROM history JOIN sheets AS older ON older.id = sheet_id "
    "JOIN editions ON editions.id = older.edition "
    "LEFT JOIN sheets AS newer ON newer.id = new_sheet_id ORDER BY history.rowid"
)


def _change(row: Mapping[str, Any]) -> Change:
    field = row["field"]
    newer = [row[f"new_{name}"] for name in ("file", "sheet", "columns", "row")]
    return Change(
        table=row["table"],
        id=row["id"],
        field=field,
        before=json.loads(row["before"]),
        after=json.loads(row["after"]),
        cell=_cell(field, row["file"], row["sheet"], row["columns"], row["row"]),
        time=row["time"],
        source=_cell(field, *newer) if row["new_file"] else "",
        since=row["since"],
    )


def _cell(field: str, file: str, sheet: str, columns: str, row: int) -> str:
    return str(Cell(file, sheet, row, json.loads(columns).get(field, "")))


def _subjects(change: Change) -> set[str]:
    """Id of the row that changed, and of the enterprise that it is of."""
    table = tables()[change.table]
    firm = tables()["enterprises"].prefix
    owner = next((f for f in table.fields if f.type == "enterprise"), None)
    key = change.id.split(":")[1:2] if owner else []
    return {change.id, *(f"{firm}:{part}" for part in key)}
