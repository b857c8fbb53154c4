"""Import: the rows of a survey into the tables, against what is stored already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from types import MappingProxyType

from matchmaker.codebook import Table, tables
from matchmaker.model import Issue, Survey
from matchmaker.store.answers import earlier_answers, history
from matchmaker.store.answers.frames import read_records
from matchmaker.store.answers.left_out import read_left_out
from matchmaker.store.database import statements
from matchmaker.store.records import default_values
from matchmaker.store.records.editions import note_replaced, note_sources
from matchmaker.store.records.findings import write_findings


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of one table an import brought, by what they did to the store.

    A row that only moved to another line or sheet counts as unchanged. `changed_values` are the
    answers that differ from earlier ones, `kept_values` those that stay where a cell is empty now.
    """

    new: int
    changed: int
    unchanged: int
    changed_values: int = 0
    kept_values: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """What one import did: rows by table, rows kept out, issues noted.

    `left_out` are the rows of all tables that the newest edition of their file lacks.
    """

    tables: Mapping[str, Counts]
    quarantined: int
    issues: int
    left_out: int = 0

    @property
    def changed_values(self) -> int:
        """How many answers differ from earlier ones."""
        return sum(counts.changed_values for counts in self.tables.values())

    @property
    def kept_values(self) -> int:
        """How many answers stay although their cell in the newest row is empty."""
        return sum(counts.kept_values for counts in self.tables.values())

    def __str__(self) -> str:
        rows = [
            f"{name}: {one.new} new, {one.changed} changed, {one.unchanged} unchanged rows"
            for name, one in self.tables.items()
        ]
        further = (
            ("answers changed", self.changed_values, "store.changes() has the earlier ones"),
            ("answers kept", self.kept_values, "their cells are empty now"),
            ("rows with errors", self.quarantined, "store.quarantine(); correct and import again"),
            ("issues", self.issues, "store.issues()"),
            ("rows left out", self.left_out, "store.left_out(); store.drop(ids) deletes them"),
        )
        notes = [f"{what}: {count} ({where})" for what, count, where in further if count]
        return "\n".join([*rows, *notes, "Go on with store.snapshot()."])


def import_survey(db: Connection, survey: Survey, issues: Sequence[Issue], time: str) -> Added:
    """Write a survey and its issues."""
    sheets = note_sources(db, survey, time)
    counts = {
        name: _write_rows(db, table, survey, sheets, time)
        for name, table in tables().items()
        if name in survey.frames
    }
    write_findings(db, survey, issues)
    left_out = len(read_left_out(db))
    return Added(MappingProxyType(counts), len(survey.quarantine), len(issues), left_out)


def _write_rows(
    db: Connection, table: Table, survey: Survey, sheets: Mapping[tuple[str, str], int], time: str
) -> Counts:
    """Insert what is new, overwrite what differs, note where the rest now stands."""
    rows = statements.records(table, survey.frames[table.name], sheets)
    blank = survey.blank_fields.get(table.name)
    blank = None if blank is None else blank.set_axis([row[0] for row in rows])
    rows.sort()
    stored = read_records(db, table, [row[0] for row in rows])
    fresh = [row for row in rows if row[0] not in stored]
    known = [(stored[row[0]], row) for row in rows if row[0] in stored]
    places = earlier_answers.read_kept(db, stored)
    known, kept = earlier_answers.keep(db, table, known, blank)
    came = [*((None, row) for row in fresh), *known]
    default_values.note_defaulted(db, table, came, blank)
    changed = [(old, row) for old, row in known if old[:-2] != row[:-2]]
    moved = [row for old, row in known if old[:-2] == row[:-2] and old[-2:] != row[-2:]]
    values = history.note_changes(db, table, changed, time, places)
    statements.insert_rows(db, table.name, statements.columns(table), fresh)
    db.executemany(statements.change(table), (row for _, row in changed))
    db.executemany(statements.move(table), ((*row[-2:], row[0]) for row in moved))
    note_replaced(db, ((old[-2], row[-2]) for old, row in known))
    return Counts(len(fresh), len(changed), len(known) - len(changed), values, kept)
