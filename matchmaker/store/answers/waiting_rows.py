"""Waiting: rows of an older edition whose newer wording an error keeps in quarantine.

Beside `editions`, which finds what stayed behind. Of that, a row that waits is not gone: its file
has it still, at its place or with its key, and it comes back once the error is mended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from matchmaker.codebook import row_ids, tables
from matchmaker.model import Cell, Quarantined
from matchmaker.store.records.editions import LeftOut, left_behind
from matchmaker.store.records.findings import read_quarantine


def left_out(db: Database) -> list[LeftOut]:
    """Rows that the newest edition of their file no longer has, not even with an error."""
    behind = left_behind(db)
    waiting = find_waiting(db, behind)
    return [row for row in behind if row.id not in waiting]


def find_waiting(db: Database, rows: Sequence[LeftOut]) -> dict[str, str]:
    """Place in quarantine, by id, of those rows that wait there with their place or their key."""
    if not rows:
        return {}
    places = {(row.file, row.sheet, row.row): row.id for row in rows}
    firms: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        firms[row.file].add(row.enterprise)
    asked = {row.id for row in rows}
    found: dict[str, str] = {}
    for kept_out in read_quarantine(db):
        place = kept_out.file, kept_out.sheet, kept_out.row
        ids = {places.get(place, ""), *_ids(kept_out, firms.get(kept_out.file, {""}))} & asked
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
