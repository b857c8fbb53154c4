"""Findings: the issues and quarantined rows of the newest edition of every file."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from sqlite3 import Connection
from types import MappingProxyType
from typing import Any

from matchmaker.model import Issue, Quarantined, Severity, Survey
from matchmaker.store.database import statements
from matchmaker.store.database.schema import ISSUE, QUARANTINED


def write_findings(db: Connection, survey: Survey, issues: Sequence[Issue]) -> None:
    """Replace what was found in older editions of a survey's files."""
    files = {file.name for file in survey.files} | {issue.file for issue in issues}
    _replace(db, "issues", ISSUE, files, issues)
    _replace(db, "quarantine", QUARANTINED, files, survey.quarantine)


def _replace(
    db: Connection, table: str, names: Collection[str], files: set[str], findings: Sequence[object]
) -> None:
    """Set the findings of some files; equal ones stay where they are."""
    stated = f'FROM "{table}" WHERE file IN (SELECT value FROM json_each(?))'
    values = [json.dumps(sorted(files))]
    old = db.execute(f"SELECT * {stated} ORDER BY rowid", values).fetchall()
    new = sorted(statements.row_of(one, names) for one in findings)
    if old != new:
        db.execute(f"DELETE {stated}", values)
        statements.insert_rows(db, table, names, new)


def read_issues(db: Connection) -> Iterator[Issue]:
    """Issues by place."""
    for row in _read(db, "issues", ISSUE):
        details = MappingProxyType(json.loads(row["details"]))
        yield Issue(**row | {"severity": Severity(row["severity"]), "details": details})


def read_quarantine(db: Connection) -> Iterator[Quarantined]:
    """Quarantined rows by place."""
    for row in _read(db, "quarantine", QUARANTINED):
        raw, key = json.loads(row["raw"]), json.loads(row["key"])
        yield Quarantined(**row | {"raw": MappingProxyType(raw), "key": key})


def _read(db: Connection, table: str, columns: Iterable[str]) -> Iterable[dict[str, Any]]:
    return statements.read_dicts(
        db, f'SELECT * FROM "{table}" ORDER BY {statements.listed(columns)}'
    )
