"""Default values: which values nobody stated, for their cell is empty and the codebook fills it.

Written by `store` when rows come in, read by `merges`: when rows are put together, a stated value
beats one that is only usual.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from sqlite3 import Connection
from typing import TYPE_CHECKING

from matchmaker.codebook import Table
from matchmaker.store.database.statements import Record, delete_among, json_list, select_among

if TYPE_CHECKING:
    import pandas as pd

NONE: frozenset[str] = frozenset()


def read_defaulted(db: Connection, ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Fields that nobody stated, by id; rows that state all they have are not in it."""
    sql = select_among("defaulted", ["id", "fields"], "id")
    return {id: frozenset(json.loads(names)) for id, names in db.execute(sql, [json_list(ids)])}


def note_defaulted(
    db: Connection,
    table: Table,
    rows: Sequence[tuple[Record | None, Record]],
    blank: pd.DataFrame | None,
) -> None:
    """Note what newer records leave to the codebook, and forget what they state.

    Pairs are (stored, newer), None where nothing is stored; `blank` has a row for each id and a
    column for each field. A newer row that is blank where an earlier one stated a value leaves it
    stated.
    """
    usual = _usual(table)
    if not usual or not rows or blank is None:
        return
    before = read_defaulted(db, (new[0] for old, new in rows if old))
    ids = [new[0] for _, new in rows]
    cells = blank.loc[ids, list(usual)].to_numpy().tolist()
    after = {id: frozenset(compress(usual, row)) for id, row in zip(ids, cells, strict=True)}
    for old, new in rows:
        if old:
            missing = {name for name, place in usual.items() if old[place] is None}
            after[new[0]] &= missing | before.get(new[0], NONE)
    _replace(db, before, after)


def _usual(table: Table) -> Mapping[str, int]:
    """Places in a record of the fields that have a default; none where no firm owns rows."""
    if all(field.name != "enterprise" for field in table.fields):
        return {}
    return {
        field.name: place
        for place, field in enumerate(table.fields, 1)
        if field.default and field.name not in table.key
    }


def _replace(
    db: Connection, before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]
) -> None:
    changed = {id: names for id, names in after.items() if names != before.get(id, NONE)}
    forget(db, [id for id in changed.keys() & before.keys() if not changed[id]])
    spelled = {names: json.dumps(sorted(names)) for names in set(changed.values())}
    told = [(id, spelled[names]) for id, names in changed.items() if names]
    db.executemany("INSERT OR REPLACE INTO defaulted VALUES (?, ?)", told)


def forget(db: Connection, ids: Iterable[str]) -> None:
    """Forget what was noted of rows."""
    db.execute(delete_among("defaulted"), [json_list(ids)])
