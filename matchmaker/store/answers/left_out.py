"""Left out: rows of an older edition of a file that its newest edition no longer has.

A row whose newer wording an error keeps in quarantine is not left out: its file has it still, at
its place or with its key, and it comes back once the error is mended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from sqlite3 import Connection

from matchmaker.codebook import Table, row_ids, tables
from matchmaker.errors import StoreError
from matchmaker.model import Cell, Quarantined
from matchmaker.store.answers import earlier_answers, history
from matchmaker.store.answers.frames import read_records
from matchmaker.store.database import statements
from matchmaker.store.database.schema import is_of_enterprise
from matchmaker.store.records import default_values
from matchmaker.store.records.findings import read_quarantine


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """A row that the newest edition of its file no longer has.

    `time` is when the edition that had it was imported, `since` the one without it.
    """

    table: str
    id: str
    enterprise: str
    file: str
    sheet: str
    row: int
    time: str
    since: str


def read_left_out(db: Connection) -> list[LeftOut]:
    """Rows that the newest edition of their file no longer has, not even with an error."""
    rows = _read_replaced(db)
    waiting = _find_waiting(db, rows)
    return [row for row in rows if row.id not in waiting]


def drop_rows(db: Connection, ids: Collection[str], time: str) -> set[str]:
    """Delete rows that are left out, what they said going into the history; return their tables.

    Raises
    ------
    StoreError
        When an id is not left out or its row waits in quarantine.
    """
    found = {row.id: row.table for row in read_left_out(db)}
    if unknown := sorted(set(ids) - set(found)):
        raise _not_left_out(db, unknown[0])
    for name, table in tables().items():
        gone = read_records(db, table, sorted(id for id in ids if found[id] == name))
        places = earlier_answers.read_kept(db, gone)
        history.note_dropped(db, table, gone.values(), time, places)
        earlier_answers.forget(db, gone)
        default_values.forget(db, gone)
        db.executemany(statements.delete(table), ([id] for id in gone))
    return {found[id] for id in ids}


def _not_left_out(db: Connection, id: str) -> StoreError:
    """Why a row is not to be dropped."""
    place = _find_waiting(db, _read_replaced(db)).get(id)
    if place is None:
        return StoreError(f"{id} is not left out by the newest edition of its file.")
    return StoreError(
        f"{id} is not left out: its newer wording waits with an error at {place}; "
        "correct that row and import its file again."
    )


def _read_replaced(db: Connection) -> list[LeftOut]:
    """Rows whose place is in a replaced edition, by table and id.

    An edition without the sheet of a table was not asked for its rows and leaves none out.
    """
    if not db.execute("SELECT EXISTS (SELECT 1 FROM replaced)").fetchone()[0]:
        return []
    return [LeftOut(*row) for table in tables().values() for row in db.execute(_replaced(table))]


def _replaced(table: Table) -> str:
    firm = "own.enterprise" if is_of_enterprise(table) else "''"
    return (
        f"SELECT '{table.name}', own.id, {firm}, sheets.file, sheets.sheet, own.row, "
        "editions.time, (SELECT max(time) FROM editions AS newer "
        "JOIN replaced ON newer.id = replaced.by WHERE replaced.edition = sheets.edition) "
        f'FROM "{table.name}" AS own JOIN sheets ON sheets.id = own.sheet_id '
        "JOIN editions ON editions.id = sheets.edition "
        "WHERE EXISTS (SELECT 1 FROM replaced JOIN sheets AS newer ON newer.edition = replaced.by "
        'WHERE replaced.edition = sheets.edition AND newer."table" = sheets."table") '
        "ORDER BY own.id"
    )


def _find_waiting(db: Connection, rows: Sequence[LeftOut]) -> dict[str, str]:
    """Place in quarantine, by id, of those rows that wait there with their place or their key."""
    if not rows:
        return {}
    places = {(row.file, row.sheet, row.row): row.id for row in rows}
    firms: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        firms[row.file].add(row.enterprise)
    asked = {row.id for row in rows}
    found: dict[str, str] = {}
    for bad in read_quarantine(db):
        place = bad.file, bad.sheet, bad.row
        ids = {places.get(place, ""), *_ids(bad, firms.get(bad.file, {""}))} & asked
        found |= dict.fromkeys(ids, str(Cell(*place)))
    return found


def _ids(row: Quarantined, firms: Iterable[str]) -> Iterator[str]:
    """Ids that a quarantined row may have; one that names no enterprise is of any of its file's."""
    if row.key is None:
        return
    table, named = tables()[row.table], row.key.get("enterprise")
    for owner in firms if named is None else [named]:
        owned = {**row.key, "enterprise": owner}
        yield from row_ids(table, {name: [value] for name, value in owned.items()})
