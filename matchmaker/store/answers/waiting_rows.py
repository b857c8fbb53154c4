"""Waiting: rows of an older edition whose newer wording an error keeps in quarantine.

Beside `editions`, which finds what stayed behind. Of that, a row that waits is not gone: its file
has it still, at its place or with its key, and it comes back once the error is mended.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlite_utils import Database

from matchmaker.codebook import Table, row_ids, tables
from matchmaker.store.records.editions import LeftOut, left_behind
from matchmaker.survey.cells.registrations import resolve
from matchmaker.survey.cells.values import Value, default, parse_cell
from matchmaker.survey.headers import field_named
from matchmaker.survey.sheet import Column


def left_out(db: Database) -> list[LeftOut]:
    """Rows that the newest edition of their file no longer has, not even with an error."""
    behind = left_behind(db)
    waiting = find_waiting(db, behind)
    return [row for row in behind if row.id not in waiting]


def find_waiting(db: Database, rows: Sequence[LeftOut]) -> dict[str, str]:
    """Place in quarantine, by id, of those rows that wait there with their place or their key."""
    places = {(row.file, row.sheet, row.row): row.id for row in rows}
    firms: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        firms[row.file].add(row.enterprise)
    asked = {row.id for row in rows}
    found: dict[str, str] = {}
    for file, sheet, line, name, raw in _quarantined(db, {row.table for row in rows}):
        ids = set(_ids(tables()[name], json.loads(raw), firms.get(file, {""}))) & asked
        if (file, sheet, line) in places:
            ids.add(places[file, sheet, line])
        found |= dict.fromkeys(ids, f"{file}!{sheet}!{line}")
    return found


def _quarantined(db: Database, names: Collection[str]) -> Iterable[tuple[str, str, int, str, str]]:
    sql = 'SELECT file, sheet, row, "table", raw FROM quarantine WHERE "table" IN '
    among = "(SELECT value FROM json_each(?)) ORDER BY rowid"
    return db.execute(sql + among, [json.dumps(sorted(names))]).fetchall() if names else ()


def _ids(table: Table, raw: Mapping[str, str], firms: Collection[str]) -> Iterator[str]:
    """Ids that a quarantined row may have; one that names no enterprise is of any of its file's."""
    key = _key(table, raw)
    if key is None:
        return
    named = key.get("enterprise")
    for owner in firms if named is None else [resolve(str(named), firms)]:
        owned = key | {"enterprise": owner}
        yield from row_ids(table, {name: [value] for name, value in owned.items()})


def _key(table: Table, raw: Mapping[str, str]) -> dict[str, Value] | None:
    """Values of the key that a quarantined row states; None where one of them is wrong."""
    named = {field_named(table.name, heading): text for heading, text in raw.items()}
    key: dict[str, Value] = {}
    for field in map(table.field, table.key):
        key[field.name] = default(field)
        if field in named:
            key[field.name], problem = parse_cell(named[field], Column(0, field, 1.0, ""))
            if problem:
                return None
    return key
