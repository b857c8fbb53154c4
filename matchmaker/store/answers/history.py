"""History: what was answered before, where and when; written when an answer changes.

A value stands in its row as long as nobody says otherwise. When a newer edition, another file
or a deletion does, the earlier value comes here with its place, so nothing is lost; the row has
the new one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from matchmaker.codebook import Table, tables
from matchmaker.model import Cell
from matchmaker.store.database.schema import HISTORY
from matchmaker.store.database.statements import Record, insert_rows

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
    db: Connection,
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
    db: Connection, table: Table, records: Iterable[Record], time: str, places: Places
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


def _insert(db: Connection, entries: Iterable[Record]) -> int:
    return insert_rows(db, "history", HISTORY, entries)


def changes(db: Connection, ids: Collection[str] = ()) -> list[Change]:
    """Every change of the rows of these ids, or of all rows, in the order of the imports.

    An id of an enterprise stands for all its rows.
    """
    found = map(_change, db.execute(_CHANGES))
    return [change for change in found if not ids or set(ids) & _subjects(change)]


_CHANGES = (
    'SELECT history."table", history.id, field, before, after, '
    "older.file, older.sheet, history.row, older.columns ->> field, editions.time, "
    "newer.file, newer.sheet, new_row, newer.columns ->> field, history.time "
    "FROM history JOIN sheets AS older ON older.id = sheet_id "
    "JOIN editions ON editions.id = older.edition "
    "LEFT JOIN sheets AS newer ON newer.id = new_sheet_id ORDER BY history.rowid"
)


def _change(row: Sequence[Any]) -> Change:
    values, older, time, newer, since = row[:5], row[5:9], row[9], row[10:14], row[14]
    table, id, field, *both = values
    before, after = map(json.loads, both)
    source = _cell(*newer) if newer[0] else ""
    return Change(table, id, field, before, after, _cell(*older), time, source, since)


def _cell(file: str, sheet: str, row: int, letter: str | None) -> str:
    return str(Cell(file, sheet, row, letter or ""))


def _subjects(change: Change) -> set[str]:
    """Id of the row that changed, and of the enterprise that it is of."""
    table = tables()[change.table]
    firm = tables()["enterprises"].prefix
    owner = next((f for f in table.fields if f.type == "enterprise"), None)
    key = change.id.split(":")[1:2] if owner else []
    return {change.id, *(f"{firm}:{part}" for part in key)}
