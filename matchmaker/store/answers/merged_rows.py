"""Merged rows: what stands for a row once enterprises are made one firm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from sqlite3 import Connection
from typing import Any

from matchmaker.codebook import Table, tables
from matchmaker.errors import UnknownNameError
from matchmaker.store.answers.frames import read_rows
from matchmaker.store.database import statements
from matchmaker.store.database.schema import is_of_enterprise
from matchmaker.store.records import merges
from matchmaker.store.records.default_values import read_defaulted


def merge_rows(db: Connection, keys: Iterable[str]) -> dict[str, merges.Folded]:
    """Rows of some enterprises, by table, put together under the firms that are shown."""
    aliases = merges.read_aliases(db)
    among = ("enterprise", merges.members(aliases, keys))
    own = (table for table in tables().values() if is_of_enterprise(table))
    parts = {table.name: read_rows(db, table, among) for table in own}
    return merges.fold_tables(db, parts, aliases)


def find_row(db: Connection, id: str) -> tuple[str, dict[str, Any]]:
    """Table and row of a typed id, or of the row that stands for it; then its place.

    Raises
    ------
    UnknownNameError
        When nothing stored has that id; the message offers the nearest ids.
    """
    named = [table for table in tables().values() if id.startswith(f"{table.prefix}:")]
    for table in named:
        for row in statements.read_dicts(db, statements.find(table), [id]):
            return table.name, _shown(db, table, row)
    searched = named or tables().values()
    known = [key for table in searched for key in statements.read_column(db, table.name, "id")]
    raise UnknownNameError(id, known)


def _shown(db: Connection, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row that stands for a row."""
    if not is_of_enterprise(table):
        return row
    folded = merge_rows(db, [row["enterprise"]])[table.name]
    id = folded.moved.get(row["id"], row["id"])
    (place,) = statements.read_dicts(db, statements.find(table), [id])
    shown = folded.rows[folded.rows["id"] == id].to_dict("records")[0]
    return {name: shown.get(name, value) for name, value in place.items()}


def ids_shown_as_one(db: Connection, ids: Collection[str]) -> set[str]:
    """The ids, and those of all rows that are shown as one with theirs."""
    keys = {id.split(":")[1] for id in ids if ":" in id}
    merged = merges.read_aliases(db)
    firms = [id.removeprefix("firm:") for id in ids if id.startswith("firm:")]
    found = {*ids, *(f"firm:{key}" for key in merges.members(merged, firms))}
    if keys & (merged.keys() | set(merged.values())):
        for part in merge_rows(db, keys).values():
            shown = {part.moved.get(id, id) for id in ids}
            found |= shown | {old for old, new in part.moved.items() if new in shown}
    return found


def read_unstated(db: Connection, table: str) -> Mapping[str, Set[str]]:
    """Fields that only the codebook's defaults fill, by id of the rows that are shown."""
    rows = {table: read_rows(db, tables()[table])}
    folded = merges.fold_tables(db, rows, merges.read_aliases(db))[table]
    left = {
        id: {name for name in names if (id, name) not in folded.borrowed}
        for id, names in read_defaulted(db, folded.rows["id"]).items()
    }
    return {id: names for id, names in left.items() if names}
