"""Decisions: what people decided, with its history; nothing of it is ever deleted.

The store keeps no clock: who calls says when, so that equal calls make
equal databases. Subjects are typed ids made of the keys of rows, so a decision outlives
every import of the row it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlite_utils import Database

from matchmaker.model import Decision, Judgement, standing
from matchmaker.store.database import statements
from matchmaker.store.database.schema import DECISION

_MADE = ("verdict", "by", "reason", "text")


def read_history(db: Database) -> tuple[Decision, ...]:
    """Every decision ever made, oldest first."""
    return tuple(
        Decision(**row | {"verdict": Judgement(row["verdict"])})
        for row in db.table("decisions").rows_where(order_by="number")
    )


def write(db: Database, decisions: Iterable[Decision]) -> list[Decision]:
    """Add decisions to the history; what stands already, equally made, is not repeated."""
    history = read_history(db)
    stands = {(one.subject, one.value): one for one in standing(history)}
    last = history[-1].number if history else 0
    written: list[Decision] = []
    for decision in decisions:
        before = stands.get((decision.subject, decision.value))
        if before is None or any(getattr(before, of) != getattr(decision, of) for of in _MADE):
            numbered = replace(decision, number=last + len(written) + 1)
            stands[decision.subject, decision.value] = numbered
            written.append(numbered)
    rows = (statements.row_of(one, DECISION) for one in written)
    statements.insert_rows(db, "decisions", DECISION, rows)
    return written


def take_back(db: Database, subject: str, value: str, by: str, at: str) -> Decision | None:
    """Mark the newest decision on a subject and value as undone; None when there is none."""
    made = [one for one in read_history(db) if (one.subject, one.value) == (subject, value)]
    left = [one for one in made if not one.undone_at]
    if not left:
        return None
    undone = replace(left[-1], undone_by=by, undone_at=at)
    db.table("decisions").update(undone.number, {"undone_by": by, "undone_at": at})
    return undone
