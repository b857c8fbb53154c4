"""Store: the door of the room; surveys go in, frozen datasets and findings come out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import pandas as pd

from matchmaker.codebook import Table, meanings, tables
from matchmaker.errors import BadValueError, StoreError
from matchmaker.model import (
    Dataset,
    Issue,
    Quarantined,
    Survey,
    standing,
)
from matchmaker.store.answers import ages, excerpt, history
from matchmaker.store.answers import earlier_answers as kept
from matchmaker.store.answers.excerpt import Excerpt, read_excerpt
from matchmaker.store.answers.frames import read_dataset
from matchmaker.store.answers.history import Change
from matchmaker.store.answers.waiting_rows import find_waiting, left_out
from matchmaker.store.database import statements
from matchmaker.store.database.schema import PARENTS, UNMATCHED
from matchmaker.store.records import decisions as decisions_of
from matchmaker.store.records import default_values as defaulted
from matchmaker.store.records import vectors
from matchmaker.store.records.editions import (
    LeftOut,
    edition_time,
    left_behind,
    note_replaced,
    note_sources,
    own_columns,
    stamp,
)
from matchmaker.store.records.findings import read_issues, read_quarantine, write_findings
from matchmaker.store.store_decisions import StoreDecisions
from matchmaker.survey import Known


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of one table an import brought, by what they did to the store.

    A row that only moved to another line or sheet counts as unchanged. `values` are the
    answers that differ from earlier ones, `kept` those that stay where a cell is empty now.
    """

    new: int
    changed: int
    unchanged: int
    values: int = 0
    kept: int = 0


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
    def values(self) -> int:
        """How many answers differ from earlier ones."""
        return sum(counts.values for counts in self.tables.values())

    @property
    def kept(self) -> int:
        """How many answers stay although the newest row is silent about them."""
        return sum(counts.kept for counts in self.tables.values())


class Store(StoreDecisions):
    """A database file, opened on construction and closed by `close` or `with`.

    Parameters
    ----------
    path
        The file; `-wal` and `-shm` files stand beside it while it is open.
    create
        Make the file when it is missing; an existing database is opened as it is.

    Raises
    ------
    StoreError
        When the file is missing, foreign, or of an edition that this version cannot read,
        or when the path is `:memory:`, which is no file.
    StoreLockedError
        When another process holds it for longer than `BUSY_TIMEOUT`; so do all methods.
    """

    def add(
        self, survey: Survey, issues: Iterable[Issue] = (), *, time: datetime | None = None
    ) -> Added:
        """Write a survey in one transaction: all of it or nothing.

        A row replaces the stored row of the same id, whose earlier values go into the
        history. Rows that a newer edition of a file leaves out are kept (`left_out`); its
        issues and quarantined rows replace those of the older one.

        Parameters
        ----------
        survey, issues
            What `read_survey` gave.
        time
            When the survey came, with its zone; None where that is of no interest. The same
            surveys added at the same times make equal databases.

        Raises
        ------
        StoreError
            When a row refers to an enterprise or item that neither the survey nor the
            store has, or when two rows of one table have the same id.
        BadValueError
            When the time has no zone.
        """
        stamped = stamp(time)
        with self._transaction("IMMEDIATE"):
            found = kept.unanswered(self._db, survey, list(issues))
            sheets = note_sources(self._db, survey, stamped)
            counts = {
                name: self._write_rows(table, survey, sheets, stamped)
                for name, table in tables().items()
                if name in survey.frames
            }
            write_findings(self._db, survey, found)
            behind = len(left_out(self._db))
            if any(c.new or c.changed for name, c in counts.items() if name not in UNMATCHED):
                self._outdate()
        return Added(MappingProxyType(counts), len(survey.quarantine), len(found), behind)

    def still_open(self, survey: Survey, issues: Iterable[Issue]) -> Sequence[Issue]:
        """Issues of a survey less those about a price that it is silent about and the store has."""
        with self._transaction("DEFERRED"):
            return kept.unanswered(self._db, survey, list(issues))

    def snapshot(self) -> Dataset:
        """Freeze everything stored: one frame a table, rows sorted by id."""
        with self._transaction("DEFERRED"):
            data = read_dataset(self._db)
            self._seen = self._version()
        return data

    def keep_matches(self, method: str, matches: pd.DataFrame, steps: pd.DataFrame) -> None:
        """Keep what matching took for true, until an import changes what it was found in.

        Parameters
        ----------
        method
            How they were found; `excerpt` gives them only to who asks for the same method.
        matches
            One row a match: `id` of its subject in `table`, `enterprise`, `item`, `kind`,
            `score`, `probability`; further columns are numbers.
        steps
            `enterprise`, `item`, `process`, `capability`, `hours`, `confirmed`.

        Raises
        ------
        StoreError
            When the store has changed since the snapshot that the matches were found in.
        """
        with self._transaction("IMMEDIATE"):
            if self._version() != self._seen:
                raise StoreError(f"{self.path} has changed since it was read; match it anew.")
            excerpt.keep(self._db, method, matches, steps)

    def excerpt(
        self,
        items: Iterable[str] | None,
        *,
        method: str,
        roles: Collection[str] = (),
        enterprises: Iterable[str] = (),
    ) -> Excerpt | None:
        """Freeze only what matters for some items; None without matches kept by the method.

        Parameters
        ----------
        items
            Codes of the items asked for, with or without `item:`; None means everything stored.
        method
            How the matches have to have been found.
        roles, enterprises
            Enterprises to be told too, whatever they make.

        Returns
        -------
        Excerpt or None
            The items with all they are made of or replaced by; the offers, needs and
            capabilities matched with these; the enterprises that have them.

        Raises
        ------
        UnknownItemError
            When the catalogue lacks an item asked for.
        """
        with self._transaction("DEFERRED"):
            methods = self._db.execute("SELECT method FROM matching").fetchall()
            if methods != [(method,)]:
                return None
            return read_excerpt(self._db, items, roles, enterprises)

    def read_vectors(self, encoder: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Vectors kept for an encoder, of those keys that have one."""
        with self._transaction("DEFERRED"):
            return vectors.read(self._db, encoder, keys)

    def keep_vectors(self, encoder: str, new: Mapping[str, bytes]) -> None:
        """Keep vectors of an encoder by key, and drop those of any other.

        Where another process writes, or the file is read-only, nothing is kept: vectors can be
        computed anew.
        """
        with suppress(StoreError), self._transaction("IMMEDIATE"):
            vectors.keep(self._db, encoder, new)

    def demanded(self) -> list[str]:
        """Items that the stored demands ask for, sorted."""
        with self._transaction("DEFERRED"):
            return sorted(self._column("demands", "item"))

    def changes(self, ids: Collection[str] = ()) -> list[Change]:
        """List what newer answers changed, in the order of the imports.

        Parameters
        ----------
        ids
            Rows asked for; an id of an enterprise stands for all its rows, and of what was
            merged each id stands for all that is shown as one. All when empty.
        """
        with self._transaction("DEFERRED"):
            return history.changes(self._db, self._shown_as_one(ids))

    def left_out(self) -> list[LeftOut]:
        """Rows that the newest edition of their file no longer has, by table and id.

        A row whose newer wording waits in quarantine is none of them.
        """
        with self._transaction("DEFERRED"):
            return left_out(self._db)

    def drop(self, ids: Collection[str], *, time: datetime | None = None) -> int:
        """Delete rows that the newest edition of their file leaves out; count them.

        What they said stays in the history.

        Raises
        ------
        StoreError
            When an id is not left out or its row waits in quarantine, or when other rows still
            refer to what is dropped.
        BadValueError
            When the time has no zone.
        """
        stamped = stamp(time)
        with self._transaction("IMMEDIATE"):
            found = {row.id: row.table for row in left_out(self._db)}
            if unknown := sorted(set(ids) - set(found)):
                raise self._not_left_out(unknown[0])
            for name, table in tables().items():
                gone = self._stored(table, sorted(id for id in ids if found[id] == name))
                places = kept.read_kept(self._db, gone)
                history.note_dropped(self._db, table, gone.values(), stamped, places)
                kept.forget(self._db, gone)
                defaulted.forget(self._db, gone)
                self._db.conn.executemany(statements.delete(table), ([id] for id in gone))
            if any(found[id] not in UNMATCHED for id in ids):
                excerpt.forget(self._db)
                self._seen = None
        return len(set(ids))

    def _not_left_out(self, id: str) -> StoreError:
        """Why a row is not to be dropped."""
        place = find_waiting(self._db, left_behind(self._db)).get(id)
        if place is None:
            return StoreError(f"{id} is not left out by the newest edition of its file.")
        return StoreError(
            f"{id} is not left out: its newer wording waits with an error at {place}; "
            "correct that row and import its file again."
        )

    def place(self, id: str) -> tuple[str, list[tuple[str, str, str]]]:
        """When a row was last stated, and what stands beside it in the sender's own columns.

        The columns come as heading, cell and text.

        Raises
        ------
        UnknownNameError
            When nothing stored has that id.
        """
        table, row = self.find(id)
        with self._transaction("DEFERRED"):
            (time,) = self._db.execute(edition_time(table), [id]).fetchone()
            own = list(own_columns(self._db, table, id))
        place = f"{row['file']}!{row['sheet']}!"
        return time, [(name, f"{place}{letter}{row['row']}", text) for name, letter, text in own]

    def issues(self) -> list[Issue]:
        """Issues of the newest edition of every file, by place."""
        with self._transaction("DEFERRED"):
            return list(read_issues(self._db))

    def old_answers(self, today: date, *, months: int = ages.MONTHS) -> list[Issue]:
        """Issues of the enterprises whose answers are older than so many months, by place.

        Raises
        ------
        BadValueError
            When `months` is below 0.
        """
        if months < 0:
            raise BadValueError(f"Answers grow old after 0 months or more, not {months}.")
        with self._transaction("DEFERRED"):
            return list(ages.old_answers(self._db, today, months))

    def quarantine(self) -> list[Quarantined]:
        """Rows that errors keep out, of the newest edition of every file, by place."""
        with self._transaction("DEFERRED"):
            return list(read_quarantine(self._db))

    def known(self) -> Known:
        """What a survey still to be read may refer to, and what people decided words mean."""
        with self._transaction("DEFERRED"):
            keys = {key: frozenset(self._column(name, key)) for key, name in PARENTS.items()}
            meant = meanings(standing(decisions_of.read_history(self._db)))
        return Known(enterprises=keys["enterprise"], items=keys["item"], meanings=meant)

    def _write_rows(
        self, table: Table, survey: Survey, sheets: Mapping[tuple[str, str], int], time: str
    ) -> Counts:
        """Insert what is new, overwrite what differs, note where the rest now stands."""
        rows = statements.records(table, survey.frames[table.name], sheets)
        blank = survey.blank_fields.get(table.name)
        blank = None if blank is None else blank.set_axis([row[0] for row in rows])
        rows.sort()
        stored = self._stored(table, [row[0] for row in rows])
        fresh = [row for row in rows if row[0] not in stored]
        known = [(stored[row[0]], row) for row in rows if row[0] in stored]
        places = kept.read_kept(self._db, stored)
        known, stays = kept.keep(self._db, table, known, blank)
        came = [*((None, row) for row in fresh), *known]
        defaulted.note_defaulted(self._db, table, came, blank)
        changed = [(old, row) for old, row in known if old[:-2] != row[:-2]]
        moved = [row for old, row in known if old[:-2] == row[:-2] and old[-2:] != row[-2:]]
        connection = self._db.conn
        values = history.note_changes(self._db, table, changed, time, places)
        connection.executemany(statements.insert(table), fresh)
        connection.executemany(statements.change(table), (row for _, row in changed))
        connection.executemany(statements.move(table), ((*row[-2:], row[0]) for row in moved))
        note_replaced(self._db, ((old[-2], row[-2]) for old, row in known))
        return Counts(len(fresh), len(changed), len(known) - len(changed), values, stays)

    def _stored(self, table: Table, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Records of the rows that are stored already, by id."""
        if not self._db.table(table.name).count:
            return {}
        select = statements.select_among(table.name, statements.columns(table), "id")
        return {row[0]: row for row in self._db.execute(select, [json.dumps(ids)])}
