"""Decisions of people, and the weights of matching learnt from them: both with their history.

Nothing of it is ever deleted. The store keeps no clock: who calls says when, so that equal calls
make equal databases. Subjects are typed ids made of the keys of rows, so a decision outlives
every import of the row it speaks of.
"""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from sqlite_utils import Database

from matchmaker.model import Decision, Judgement, LearnedWeights, Metrics

Entry = TypeVar("Entry", Decision, LearnedWeights)


def read_decisions(db: Database) -> tuple[Decision, ...]:
    """Every decision ever made, oldest first."""
    return tuple(
        Decision(**row | {"verdict": Judgement(row["verdict"])})
        for row in db.table("decisions").rows_where(order_by="number")
    )


def read_learned_weights(db: Database) -> tuple[LearnedWeights, ...]:
    """All weights ever learnt, oldest first."""
    found = []
    for row in db.table("learned_weights").rows_where(order_by="number"):
        metrics = {name: Metrics(**json.loads(row[name])) for name in ("before", "after")}
        weights = {
            name: tuple(map(tuple, points)) for name, points in json.loads(row["weights"]).items()
        }
        found.append(LearnedWeights(**row | metrics | {"weights": MappingProxyType(weights)}))
    return tuple(found)


def weights_that_count(db: Database) -> LearnedWeights | None:
    """The newest learned weights that are not taken back."""
    return next((one for one in reversed(read_learned_weights(db)) if not one.undone_at), None)


def take_back(db: Database, table: str, entry: Entry, by: str, at: str) -> Entry:
    """Mark an entry of a history as undone."""
    db.table(table).update(entry.number, {"undone_by": by, "undone_at": at})
    return replace(entry, undone_by=by, undone_at=at)
