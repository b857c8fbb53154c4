"""Defaulted: which values nobody stated, because their cell is empty and the codebook fills it.

Written by `store` when rows come in, read by `merges`: when rows are put together, a stated value
beats one that is only usual.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from matchmaker.codebook import Table, row_ids
from matchmaker.model import Survey
from matchmaker.store.statements import select_among

Record = tuple[Any, ...]
"""A row as `statements.columns` names it: id, the fields, number of the sheet, line."""


def read_defaulted(db: Database, ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Fields that nobody stated, by id; rows that state all they have are not in it."""
    sql = select_among("defaulted", ["id", "fields"], "id")
    return {id: frozenset(json.loads(names)) for id, names in db.execute(sql, [_list(ids)])}


def note_defaulted(
    db: Database, table: Table, rows: Sequence[tuple[Record | None, Record]], survey: Survey
) -> None:
    """Note what newer records leave to the codebook, and forget what they state.

    Pairs are (stored, newer), None where nothing is stored. A newer row that is silent about
    what an earlier one stated leaves it stated.
    """
    usual = _usual(table)
    if not usual or not rows or table.name not in survey.silent:
        return
    ids = row_ids(table, survey.frames[table.name])
    masks = dict(zip(ids, survey.silent[table.name], strict=True))
    before = read_defaulted(db, (new[0] for old, new in rows if old))
    after: dict[str, frozenset[str]] = {}
    for old, new in rows:
        id = new[0]
        unstated = {n for bit, n in usual.items() if old is None or old[bit + 1] is None}
        unstated |= before.get(id, frozenset())
        after[id] = frozenset(n for bit, n in usual.items() if masks[id] >> bit & 1) & unstated
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


def _replace(
    db: Database, before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]
) -> None:
    changed = {id: names for id, names in after.items() if names != before.get(id, frozenset())}
    forget(db, [id for id, names in changed.items() if not names])
    told = ((id, json.dumps(sorted(names))) for id, names in changed.items() if names)
    db.conn.executemany("INSERT OR REPLACE INTO defaulted VALUES (?, ?)", told)


def forget(db: Database, ids: Iterable[str]) -> None:
    """Forget what was noted of rows."""
    db.execute("DELETE FROM defaulted WHERE id IN (SELECT value FROM json_each(?))", [_list(ids)])


def _list(ids: Iterable[str]) -> str:
    return json.dumps(sorted(set(ids)))
