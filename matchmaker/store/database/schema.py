"""Schema: the tables of the database, made from the codebook.

One STRICT table a table of the codebook, beside the sources (`editions`, `sheets`), the
findings (`issues`, `quarantine`), what people said of enterprises (`merges`,
`distinct_firms`), what they decided (`decisions`) and what was learnt from it
(`learned_weights`), and the matches kept (`matches`, `match_steps`, `matching`). Every row of an
answer refers to the sheet that it was read from, and to its enterprise and items by their raw keys.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import Field, Table, tables

if TYPE_CHECKING:
    from sqlite_utils import Database

EDITION = 12
"""Edition of the tables below, in `user_version`; a file of another edition is refused.

Migrations from one edition to the next begin with the first one that is released.
"""

PARENTS = {"enterprise": "enterprises", "item": "items"}
"""Type of a referring field → the table it refers to, by the column named as the type."""

SHEET = {"id": int, "file": str, "sheet": str, "table": str, "columns": str, "edition": int}
"""Columns of the table `sheets`; `columns` is a JSON object of letters by field."""

_PLACE = {"file": str, "sheet": str, "row": int}

ISSUE = _PLACE | {"column": str, "code": str, "severity": str, "value": str, "details": str}
"""Columns of the table `issues`; `details` is a JSON object."""

QUARANTINED = _PLACE | {"table": str, "raw": str, "key": str}
"""Columns of the table `quarantine`; `raw` is a JSON object, `key` one or null."""

MATCH = {
    "table": str,
    "id": str,
    "enterprise": str,
    "item": str,
    "kind": str,
    "score": float,
    "probability": float,
    "figures": bytes,
}
"""Columns of the table `matches`; `figures` are doubles, as many as `matching` has names."""

MATCH_STEP = {
    "enterprise": str,
    "item": str,
    "process": str,
    "capability": str,
    "hours": float,
    "confirmed": float,
}
"""Columns of the table `match_steps`: how a match rests on capabilities."""

DECISION = {
    "number": int,
    "subject": str,
    "value": str,
    "verdict": str,
    "by": str,
    "reason": str,
    "at": str,
    "text": str,
    "undone_by": str,
    "undone_at": str,
}
"""Columns of the table `decisions`: the history, nothing of it is ever deleted."""

LEARNED_WEIGHTS = {
    "number": int,
    "method": str,
    "weights": str,
    "queries": int,
    "pairs": int,
    "before": str,
    "after": str,
    "by": str,
    "at": str,
    "undone_by": str,
    "undone_at": str,
}
"""Columns of the table `learned_weights`; `weights`, `before` and `after` are JSON objects."""

VECTOR = {"encoder": str, "key": str, "vector": bytes}
"""Columns of the table `vectors`; a vector of 512 numbers takes 2 KB."""

REPLACED = {"edition": int, "by": int}
"""Columns of the table `replaced`: a newer edition of a file states rows of an older one."""

HISTORY = {
    "table": str,
    "id": str,
    "field": str,
    "before": str,
    "after": str,
    "sheet_id": int,
    "row": int,
    "new_sheet_id": int,
    "new_row": int,
    "time": str,
}
"""Columns of the table `history`: JSON of the earlier and the newer value and their places."""

KEPT = {"id": str, "field": str, "sheet_id": int, "row": int}
"""Columns of the table `kept`: where an answer stands that the newest row leaves blank."""

DEFAULTED = {"id": str, "fields": str}
"""Columns of the table `defaulted`; `fields` is a JSON list of those that nobody stated."""

OWN_COLUMN = {"sheet_id": int, "letter": str, "heading": str, "first": int, "texts": str}
"""Columns of the table `own_columns`; `texts` is a JSON list that begins in row `first`."""

UNMATCHED = frozenset({"bom", "substitutes", "demands", "settings", "contracts", "plans", "trade"})
"""Tables of the codebook that matching does not read: matches kept do not depend on them."""

_MATCHING = {"method": str, "figures": str}
_MERGE = {"enterprise": str, "into": str, "by": str, "at": str}
_DISTINCT = {"one": str, "other": str, "by": str, "at": str}
"""Without references to enterprises: a decision outlives the rows that it speaks of."""

_INDEXES = (
    ("answers", "enterprise"),
    ("answers", "item"),
    ("contracts", "enterprise"),
    ("plans", "enterprise"),
    ("trade", "enterprise"),
    ("certificates", "enterprise"),
    ("enterprises", "role"),
    ("bom", "item"),
    ("substitutes", "item"),
    ("routing", "item"),
    ("demands", "item"),
    ("matches", "item"),
    ("match_steps", "item"),
)
"""Columns by which an excerpt finds its rows, beside primary keys."""


def references(table: Table) -> list[Field]:
    """Fields of a table that refer to a row of another one."""
    return [field for field in table.fields if field.type in PARENTS]


def is_of_enterprise(table: Table) -> bool:
    """Whether each row of a table is of an enterprise, which its field `enterprise` names."""
    return any(field.name == "enterprise" for field in table.fields)


def create_schema(connection: Connection) -> None:
    """Make the tables of a new file: the sources, the answers, and what is noted of them."""
    from sqlite_utils import Database  # Late: it loads pandas, and most commands make no file.

    db = Database(connection, execute_plugins=False)
    of_sheet = ("sheet_id", "sheets", "id")
    edition = {"id": int, "file": str, "sha256": str, "time": str}
    _create(db, "editions", edition, pk="id")
    _create(db, "sheets", SHEET, pk="id", parents=[("edition", "editions", "id")])
    db.table("sheets").create_index(["edition", "sheet"], unique=True)
    _create(db, "replaced", REPLACED, pk=("edition", "by"))
    _create(db, "own_columns", OWN_COLUMN, pk=("sheet_id", "letter"))
    _create(db, "issues", ISSUE)
    _create(db, "quarantine", QUARANTINED)
    for table in sorted(tables().values(), key=lambda table: len(references(table))):
        _create_answers(db, table)
    _create(db, "kept", KEPT, pk=("id", "field"), parents=[of_sheet])
    _create(db, "defaulted", DEFAULTED, pk="id")
    _create(db, "history", HISTORY, optional={"new_sheet_id", "new_row"})
    _create(db, "merges", _MERGE, pk="enterprise")
    _create(db, "distinct_firms", _DISTINCT, pk=("one", "other"))
    _create(db, "decisions", DECISION, pk="number")
    db.table("decisions").create_index(["subject", "value"])
    _create(db, "learned_weights", LEARNED_WEIGHTS, pk="number")
    _create(db, "matching", _MATCHING)
    _create(db, "matches", MATCH)
    _create(db, "match_steps", MATCH_STEP, optional={"confirmed"})
    _create(db, "vectors", VECTOR, pk=("encoder", "key"))
    for name, column in _INDEXES:
        db.table(name).create_index([column])


def _create(
    db: Database,
    name: str,
    columns: dict[str, Any],
    *,
    pk: str | tuple[str, ...] | None = None,
    parents: Sequence[tuple[str, str, str]] = (),
    optional: Set[str] = frozenset(),
) -> None:
    required = columns.keys() - optional
    db.table(name).create(columns, pk=pk, foreign_keys=parents, not_null=required, strict=True)


def _create_answers(db: Database, table: Table) -> None:
    """Make a table of the codebook; each row has its id and its place."""
    fields = {field.name: float if field.numeric else str for field in table.fields}
    parents = [(field.name, PARENTS[field.type], field.type) for field in references(table)]
    _create(
        db,
        table.name,
        {"id": str} | fields | {"sheet_id": int, "row": int},
        pk="id",
        parents=[*parents, ("sheet_id", "sheets", "id")],
        optional={field.name for field in table.fields if not field.required},
    )
    if table.name in PARENTS.values():
        db.table(table.name).create_index(list(table.key), unique=True)
