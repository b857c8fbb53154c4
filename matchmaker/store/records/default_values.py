"""Defaulted: which values nobody stated, because their cell is empty and the codebook fills it.

Written by `store` when rows come in, read by `merges`: when rows are put together, a stated value
beats one that is only usual.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlite_utils import Database

from matchmaker.codebook import Table
from matchmaker.store.database.statements import Record, delete_among, json_list, select_among

NONE: frozenset[str] = frozenset()


def read_defaulted(db: Database, ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Fields that nobody stated, by id; rows that state all they have are not in it."""
    sql = select_among("defaulted", ["id", "fields"], "id")
    return {id: frozenset(json.loads(names)) for id, names in db.execute(sql, [json_list(ids)])}


def note_defaulted(
    db: Database,
    table: Table,
    rows: Sequence[tuple[Record | None, Record]],
    silent: Mapping[str, int],
) -> None:
    """Note what newer records leave to the codebook, and forget what they state.

    Pairs are (stored, newer), None where nothing is stored; `silent` has a bit for each field
    that is silent, by id. A newer row that is silent about what an earlier one stated leaves it
    stated.
    """
    usual = _usual(table)
    if not usual or not rows or not silent:
        return
    before = read_defaulted(db, (new[0] for old, new in rows if old))
    named = {mask: _names(usual, mask) for mask in set(silent.values())}
    after = {new[0]: named[silent[new[0]]] for _, new in rows}
    for old, new in rows:
        if old:
            blank = {name for bit, name in usual.items() if old[bit + 1] is None}
            after[new[0]] &= blank | before.get(new[0], NONE)
    _replace(db, before, after)


def _usual(table: Table) -> Mapping[int, str]:
    """Fields beside the key that have a default, by their place; none where no firm owns rows."""
    if all(field.name != "enterprise" for field in table.fields):
        return {}
    return {
        bit: field.name
        for bit, field in enumerate(table.fields)
        if field.default and field.name not in table.key
    }


def _names(usual: Mapping[int, str], mask: int) -> frozenset[str]:
    return frozenset(name for bit, name in usual.items() if mask >> bit & 1)


def _replace(
    db: Database, before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]
) -> None:
    changed = {id: names for id, names in after.items() if names != before.get(id, NONE)}
    forget(db, [id for id in changed.keys() & before.keys() if not changed[id]])
    spelled = {names: json.dumps(sorted(names)) for names in set(changed.values())}
    told = [(id, spelled[names]) for id, names in changed.items() if names]
    db.conn.executemany("INSERT OR REPLACE INTO defaulted VALUES (?, ?)", told)


def forget(db: Database, ids: Iterable[str]) -> None:
    """Forget what was noted of rows."""
    db.execute(delete_among("defaulted"), [json_list(ids)])
