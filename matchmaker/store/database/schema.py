"""Schema: the tables of the database, made from the codebook, and its migrations.

One STRICT table a table of the codebook, beside the sources (`files`, `sheets`), the
findings (`issues`, `quarantine`), what people said of enterprises (`merges`,
`distinct_firms`), what they decided (`decisions`) and what was learnt from it (`lessons`), and
the matches kept (`matches`, `match_steps`, `matching`). Every row of an answer refers to the
sheet that it was read from, and to its enterprise and items by their raw keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlite_utils import Database

from matchmaker.codebook import Field, Table, tables

PARENTS = {"enterprise": "enterprises", "item": "items"}
"""Type of a referring field → the table it refers to, by the column named as the type."""

_PLACE = {"file": str, "sheet": str, "row": int}

ISSUE = _PLACE | {"column": str, "code": str, "severity": str, "value": str, "details": str}
"""Columns of the table `issues`; `details` is a JSON object."""

QUARANTINED = _PLACE | {"table": str, "raw": str}
"""Columns of the table `quarantine`; `raw` is a JSON object."""

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

LESSON = {
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
"""Columns of the table `lessons`; `weights`, `before` and `after` are JSON objects."""
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
"""Columns of the table `kept`: where an answer stands that the newest row is silent about."""

DEFAULTED = {"id": str, "fields": str}
"""Columns of the table `defaulted`; `fields` is a JSON list of those that nobody stated."""

OWN_COLUMN = {"sheet_id": int, "letter": str, "heading": str, "first": int, "texts": str}
"""Columns of the table `own_columns`; `texts` is a JSON list that begins in row `first`."""

UNMATCHED = frozenset({"bom", "substitutes", "demands", "settings", "contracts", "plans", "trade"})
"""Tables of the codebook that matching does not read: matches kept do not depend on them."""

_LOOKUPS = (
    ("bom", "item"),
    ("substitutes", "item"),
    ("routing", "item"),
    ("demands", "item"),
    ("certificates", "enterprise"),
    ("enterprises", "role"),
    ("matches", "item"),
    ("match_steps", "item"),
)
"""Columns by which an excerpt finds its rows, beside primary keys."""


def references(table: Table) -> list[Field]:
    """Fields of a table that refer to a row of another one."""
    return [field for field in table.fields if field.type in PARENTS]


def _first_edition(db: Database) -> None:
    """Make the sources, the findings, and one table for every table of the codebook."""
    db.table("files").create({"name": str, "sha256": str}, pk="name", strict=True)
    sheet = {"file": str, "sheet": str, "table": str, "columns": str}
    db.table("sheets").create(
        {"id": int} | sheet,
        pk="id",
        foreign_keys=[("file", "files", "name")],
        not_null=set(sheet),
        strict=True,
    )
    db.table("sheets").create_index(["file", "sheet"], unique=True)
    db.table("issues").create(ISSUE, not_null=set(ISSUE), strict=True)
    db.table("quarantine").create(QUARANTINED, not_null=set(QUARANTINED), strict=True)
    for table in sorted(tables().values(), key=lambda table: len(references(table))):
        _create(db, table)


def _create(db: Database, table: Table) -> None:
    fields = {field.name: float if field.numeric else str for field in table.fields}
    parents = [(field.name, PARENTS[field.type], field.type) for field in references(table)]
    required = {field.name for field in table.fields if field.required}
    db.table(table.name).create(
        {"id": str} | fields | {"sheet_id": int, "row": int},
        pk="id",
        foreign_keys=[*parents, ("sheet_id", "sheets", "id")],
        not_null=required | {"sheet_id", "row"},
        strict=True,
    )
    if table.name in PARENTS.values():
        db.table(table.name).create_index(list(table.key), unique=True)


def _second_edition(db: Database) -> None:
    """Make room for matches, and indexes for reading only what matters for some items."""
    matching = {"method": str, "figures": str}
    db.table("matching").create(matching, not_null=set(matching), strict=True)
    db.table("matches").create(MATCH, not_null=set(MATCH), strict=True)
    db.table("match_steps").create(
        MATCH_STEP, not_null=set(MATCH_STEP) - {"confirmed"}, strict=True
    )
    for table, column in _LOOKUPS:
        db.table(table).create_index([column])


def _third_edition(db: Database) -> None:
    """Make the tables that the codebook has gained: call sheets, contracts, plans, trade."""
    made = set(db.table_names())
    for table in tables().values():
        if table.name not in made:
            _create(db, table)
    for name in ("answers", "contracts", "plans", "trade"):
        db.table(name).create_index(["enterprise"])


def _merges_edition(db: Database) -> None:
    """Make room for what people said of enterprises: one firm, or different ones.

    Without references to enterprises: a decision outlives the rows that it speaks of.
    """
    made = {"by": str, "at": str}
    merge = {"enterprise": str, "into": str} | made
    db.table("merges").create(
        merge, pk="enterprise", not_null=set(merge), strict=True, if_not_exists=True
    )
    pair = {"one": str, "other": str} | made
    db.table("distinct_firms").create(
        pair, pk=("one", "other"), not_null=set(pair), strict=True, if_not_exists=True
    )


def _identity_edition(db: Database) -> None:
    """Add what the codebook has gained to tell one enterprise from another."""
    enterprises = db.table("enterprises")
    for name in ("ogrn", "kpp", "address"):
        if name not in enterprises.columns_dict:
            enterprises.add_column(name, str)


def _what_templates_ask(db: Database) -> None:
    """Add the columns that templates ask for since: units and quantities of call sheets, limits."""
    gained = (
        ("answers", "unit", str),
        ("answers", "needed", float),
        ("capabilities", "limits", str),
    )
    for table, column, kind in gained:
        if column not in db.table(table).columns_dict:
            db.table(table).add_column(column, kind)


def _decisions(db: Database) -> None:
    """Make room for what people decide, and for what is learnt from it."""
    db.table("decisions").create(DECISION, pk="number", not_null=set(DECISION), strict=True)
    db.table("decisions").create_index(["subject", "value"])
    db.table("lessons").create(LESSON, pk="number", not_null=set(LESSON), strict=True)


def _vectors(db: Database) -> None:
    """Make room for vectors of texts, by encoder and SHA-256 of the text."""
    db.table("vectors").create(VECTOR, pk=("encoder", "key"), not_null=set(VECTOR), strict=True)


def _editions_and_history(db: Database) -> None:
    """Make room for the editions of a file, for earlier answers and for the senders' columns."""
    edition = {"file": str, "sha256": str, "time": str}
    db.table("editions").create(
        {"id": int} | edition,
        pk="id",
        foreign_keys=[("file", "files", "name")],
        not_null=set(edition),
        strict=True,
    )
    db.table("replaced").create(REPLACED, pk=tuple(REPLACED), not_null=set(REPLACED), strict=True)
    db.table("history").create(
        HISTORY, not_null=set(HISTORY) - {"new_sheet_id", "new_row"}, strict=True
    )
    db.table("own_columns").create(
        OWN_COLUMN, pk=("sheet_id", "letter"), not_null=set(OWN_COLUMN), strict=True
    )
    db.execute("INSERT INTO editions (file, sha256, time) SELECT name, sha256, '' FROM files")
    db.execute("ALTER TABLE sheets ADD COLUMN edition INTEGER REFERENCES editions(id)")
    db.execute("UPDATE sheets SET edition = (SELECT id FROM editions WHERE file = sheets.file)")
    db.execute("DROP INDEX idx_sheets_file_sheet")
    db.table("sheets").create_index(["edition", "sheet"], unique=True)


def _kept(db: Database) -> None:
    """Make room for the places of answers that a newer edition is silent about."""
    db.table("kept").create(
        KEPT,
        pk=("id", "field"),
        foreign_keys=[("sheet_id", "sheets", "id")],
        not_null=set(KEPT),
        strict=True,
    )


def _defaulted(db: Database) -> None:
    """Make room for which values are the codebook's; of rows stored so far all count as stated."""
    db.table("defaulted").create(DEFAULTED, pk="id", not_null=set(DEFAULTED), strict=True)


MIGRATIONS: Sequence[Callable[[Database], None]] = (
    _first_edition,
    _second_edition,
    _third_edition,
    _merges_edition,
    _identity_edition,
    _what_templates_ask,
    _decisions,
    _vectors,
    _editions_and_history,
    _kept,
    _defaulted,
)
"""Steps from one edition of the schema to the next; `user_version` counts those done."""
