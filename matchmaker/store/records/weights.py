"""Lessons: weights learnt from decisions, with their history; the newest that stands counts.

Beside `decisions`, and like them: told the time by the caller, never deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from matchmaker.model import Lesson, Metrics
from matchmaker.store.database import statements
from matchmaker.store.database.schema import LESSON


def read_lessons(db: Database) -> tuple[Lesson, ...]:
    """Every lesson ever learnt, oldest first."""
    return tuple(_lesson(row) for row in db.table("lessons").rows_where(order_by="number"))


def read_lesson(db: Database) -> Lesson | None:
    """The newest lesson that is not taken back."""
    found = db.table("lessons").rows_where("undone_at = ''", order_by="number DESC", limit=1)
    return next(map(_lesson, found), None)


def write(db: Database, lesson: Lesson) -> Lesson:
    """Add a lesson to the history, unless the one that counts says the same."""
    stands = read_lesson(db)
    if stands and replace(stands, by=lesson.by, at=lesson.at, number=0) == lesson:
        return stands
    numbered = replace(lesson, number=max((o.number for o in read_lessons(db)), default=0) + 1)
    db.execute(
        f'INSERT INTO "lessons" ({statements.listed(LESSON)}) '
        f"VALUES ({statements.blanks(len(LESSON))})",
        [_plain(getattr(numbered, name)) for name in LESSON],
    )
    return numbered


def take_back(db: Database, by: str, at: str) -> Lesson | None:
    """Mark the newest lesson that stands as undone; None when there is none."""
    stands = read_lesson(db)
    if stands is None:
        return None
    db.table("lessons").update(stands.number, {"undone_by": by, "undone_at": at})
    return replace(stands, undone_by=by, undone_at=at)


def _lesson(row: Mapping[str, Any]) -> Lesson:
    weights = json.loads(row["weights"])
    read = {
        "weights": MappingProxyType(
            {name: tuple(map(tuple, points)) for name, points in weights.items()}
        ),
        "before": Metrics(**json.loads(row["before"])),
        "after": Metrics(**json.loads(row["after"])),
    }
    return Lesson(**{**row, **read})


def _plain(value: object) -> object:
    if isinstance(value, Metrics):
        return json.dumps(asdict(value))
    return json.dumps(dict(value)) if isinstance(value, Mapping) else value
