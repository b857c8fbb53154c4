"""Learned weights: what decisions taught, with its history; the newest that stands counts.

As with `decisions`, the caller tells the time and nothing is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from matchmaker.model import LearnedWeights, Metrics
from matchmaker.store.database import statements
from matchmaker.store.database.schema import LEARNED_WEIGHTS


def read_history(db: Database) -> tuple[LearnedWeights, ...]:
    """All weights ever learnt, oldest first."""
    return tuple(_read(row) for row in db.table("learned_weights").rows_where(order_by="number"))


def read_newest(db: Database) -> LearnedWeights | None:
    """The newest weights that are not taken back."""
    return next((one for one in reversed(read_history(db)) if not one.undone_at), None)


def write(db: Database, learned: LearnedWeights) -> LearnedWeights:
    """Add weights to the history, unless those that count are the same."""
    stands = read_newest(db)
    if stands and replace(stands, by=learned.by, at=learned.at, number=0) == learned:
        return stands
    numbered = replace(learned, number=len(read_history(db)) + 1)
    row = statements.row_of(numbered, LEARNED_WEIGHTS)
    statements.insert_rows(db, "learned_weights", LEARNED_WEIGHTS, [row])
    return numbered


def take_back(db: Database, by: str, at: str) -> LearnedWeights | None:
    """Mark the newest weights that stand as undone; None when there are none."""
    stands = read_newest(db)
    if stands is None:
        return None
    db.table("learned_weights").update(stands.number, {"undone_by": by, "undone_at": at})
    return replace(stands, undone_by=by, undone_at=at)


def _read(row: Mapping[str, Any]) -> LearnedWeights:
    weights = json.loads(row["weights"])
    read = {
        "weights": MappingProxyType(
            {name: tuple(map(tuple, points)) for name, points in weights.items()}
        ),
        "before": Metrics(**json.loads(row["before"])),
        "after": Metrics(**json.loads(row["after"])),
    }
    return LearnedWeights(**{**row, **read})
