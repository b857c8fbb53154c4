"""Decisions of people, and the weights of matching learnt from them: both with their history.

Nothing of it is ever deleted. The store keeps no clock: who calls says when, so that equal calls
make equal databases. Subjects are typed ids made of the keys of rows, so a decision outlives
every import of the row it speaks of.
"""

from __future__ import annotations

import json
from dataclasses import replace
from sqlite3 import Connection
from types import MappingProxyType
from typing import TypeVar

from matchmaker.model import Decision, Judgement, LearnedWeights, Metrics
from matchmaker.store.database.statements import read_dicts

Entry = TypeVar("Entry", Decision, LearnedWeights)


def read_decisions(db: Connection) -> tuple[Decision, ...]:
    """Every decision ever made, oldest first."""
    return tuple(
        Decision(**row | {"verdict": Judgement(row["verdict"])})
        for row in read_dicts(db, "SELECT * FROM decisions ORDER BY number")
    )


def read_learned_weights(db: Connection) -> tuple[LearnedWeights, ...]:
    """All weights ever learnt, oldest first."""
    found = []
    for row in read_dicts(db, "SELECT * FROM learned_weights ORDER BY number"):
        metrics = {name: Metrics(**json.loads(row[name])) for name in ("before", "after")}
        weights = {
            name: tuple(map(tuple, points)) for name, points in json.loads(row["weights"]).items()
        }
        found.append(LearnedWeights(**row | metrics | {"weights": MappingProxyType(weights)}))
    return tuple(found)


def weights_that_count(db: Connection) -> LearnedWeights | None:
    """The newest learned weights that are not taken back."""
    return next((one for one in reversed(read_learned_weights(db)) if not one.undone_at), None)


def take_back(db: Connection, table: str, entry: Entry, by: str, at: str) -> Entry:
    """Mark an entry of a history as undone."""
    set_undone = f'UPDATE "{table}" SET undone_by = ?, undone_at = ? WHERE number = ?'
    db.execute(set_undone, [by, at, entry.number])
    return replace(entry, undone_by=by, undone_at=at)
