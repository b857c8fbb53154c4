"""Store: the door of the room; surveys go in, frozen datasets and findings come out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import pandas as pd

from matchmaker.codebook import Table, meanings, tables
from matchmaker.errors import StoreError, UnknownNameError
from matchmaker.model import (
    DECIDED,
    Dataset,
    Decision,
    Issue,
    Lesson,
    Quarantined,
    Severity,
    Survey,
    standing,
)
from matchmaker.store import ages, excerpt, history, merges, statements, vectors
from matchmaker.store import decisions as decisions_of
from matchmaker.store import lessons as lessons_of
from matchmaker.store.database import explained, open_database, transaction
from matchmaker.store.editions import (
    LeftOut,
    edition_time,
    left_out,
    note_replaced,
    note_sources,
    own_columns,
    stamp,
)
from matchmaker.store.excerpt import Excerpt, read_excerpt
from matchmaker.store.frames import mapping, read_dataset, read_rows
from matchmaker.store.history import Change
from matchmaker.store.merges import Conflict
from matchmaker.store.schema import ISSUE, PARENTS, QUARANTINED, UNMATCHED
from matchmaker.survey import Known


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of one table an import brought, by what they did to the store.

    A row that only moved to another line or sheet counts as unchanged. `values` are the
    answers that differ from earlier ones.
    """

    new: int
    changed: int
    unchanged: int
    values: int = 0


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


class Store:
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

    def __init__(self, path: Path | str, *, create: bool = False) -> None:
        self.path = Path(path)
        with explained(self.path):
            self._db = open_database(self.path, create=create)
            self._seen: int | None = self._version()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._db.conn.close()

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
        ValueError
            When the time has no zone.
        """
        found, stamped = list(issues), stamp(time)
        with self._transaction("IMMEDIATE"):
            sheets = note_sources(self._db, survey, stamped)
            counts = {
                name: self._write_rows(table, survey.frames[name], sheets, stamped)
                for name, table in tables().items()
                if name in survey.frames
            }
            self._write_findings(survey, found)
            behind = len(left_out(self._db))
            if any(c.new or c.changed for name, c in counts.items() if name not in UNMATCHED):
                self._outdate()
        return Added(MappingProxyType(counts), len(survey.quarantine), len(found), behind)

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
        items: Iterable[str],
        *,
        method: str,
        roles: Collection[str] = (),
        enterprises: Iterable[str] = (),
    ) -> Excerpt | None:
        """Freeze only what matters for some items; None without matches kept by the method.

        Parameters
        ----------
        items
            Codes of the items asked for, with or without `item:`.
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
            kept = self._db.execute("SELECT method FROM matching").fetchall()
            if kept != [(method,)]:
                return None
            return read_excerpt(self._db, items, roles, enterprises)

    def decide(self, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
        """Write down what people decided; matches kept are forgotten.

        A newer decision overrules an older one on the same subject and value, and both stay in
        the history. What stands already, by the same person for the same reason, is not
        written twice.

        Parameters
        ----------
        decisions
            In the order in which they were made; `at` is told by the caller.

        Returns
        -------
        tuple of Decision
            Those written, each with its number.

        Raises
        ------
        UnknownNameError
            When the store lacks the answer, enterprise or item that one speaks of.
        ValueError
            When one has no time.
        """
        made = list(decisions)
        if any(not one.at for one in made):
            raise ValueError("A decision needs the time it was made at.")
        for id in sorted({id for one in made for id in (one.subject, one.value)}):
            if id.startswith(("item:", *DECIDED[:-1])):
                self.find(id)
        with self._transaction("IMMEDIATE"):
            written = decisions_of.write(self._db, made)
            self._outdate()
        return tuple(written)

    def undo(self, subject: str, value: str, *, by: str, at: str) -> Decision:
        """Take back the newest decision on a subject and value; what stood before stands again.

        Raises
        ------
        UnknownNameError
            When no decision on them stands; the message offers the nearest that do.
        """
        with self._transaction("IMMEDIATE"):
            undone = decisions_of.take_back(self._db, subject, value, by, at)
            self._outdate()
        if undone is None:
            raise UnknownNameError(f"{subject}={value}", (one.id for one in self.decisions()))
        return undone

    def decisions(self) -> tuple[Decision, ...]:
        """Every decision ever made, oldest first; `model.standing` tells those that count."""
        with self._transaction("DEFERRED"):
            return decisions_of.read_history(self._db)

    def keep_lesson(self, lesson: Lesson) -> Lesson:
        """Let the weights of a lesson count from now on; matches kept are forgotten.

        The lesson that counts already is not written twice.

        Raises
        ------
        ValueError
            When it has no time.
        """
        if not lesson.at:
            raise ValueError("A lesson needs the time it was learnt at.")
        with self._transaction("IMMEDIATE"):
            written = lessons_of.write(self._db, lesson)
            self._outdate()
        return written

    def undo_lesson(self, *, by: str, at: str) -> Lesson:
        """Take back the newest lesson; the one before it counts, or the shipped weights.

        Raises
        ------
        StoreError
            When no lesson counts.
        """
        with self._transaction("IMMEDIATE"):
            undone = lessons_of.take_back(self._db, by, at)
            self._outdate()
        if undone is None:
            raise StoreError(
                "Nothing was learnt that could be taken back: the shipped weights count."
            )
        return undone

    def lessons(self) -> tuple[Lesson, ...]:
        """Every lesson ever learnt, oldest first."""
        with self._transaction("DEFERRED"):
            return lessons_of.read_lessons(self._db)

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
            Rows asked for; an id of an enterprise stands for all its rows. All when empty.
        """
        with self._transaction("DEFERRED"):
            return history.changes(self._db, ids)

    def left_out(self) -> list[LeftOut]:
        """Rows that the newest edition of their file no longer has, by table and id."""
        with self._transaction("DEFERRED"):
            return left_out(self._db)

    def drop(self, ids: Collection[str], *, time: datetime | None = None) -> int:
        """Delete rows that the newest edition of their file leaves out; count them.

        What they said stays in the history.

        Raises
        ------
        StoreError
            When an id is not left out, or other rows still refer to what is dropped.
        ValueError
            When the time has no zone.
        """
        stamped = stamp(time)
        with self._transaction("IMMEDIATE"):
            found = {row.id: row.table for row in left_out(self._db)}
            if unknown := sorted(set(ids) - set(found)):
                raise StoreError(f"{unknown[0]} is not left out by the newest edition of its file.")
            for name, table in tables().items():
                gone = self._stored(table, sorted(id for id in ids if found[id] == name))
                history.note_dropped(self._db, table, gone.values(), stamped)
                self._db.conn.executemany(statements.delete(table), ([id] for id in gone))
            if any(found[id] not in UNMATCHED for id in ids):
                excerpt.forget(self._db)
                self._seen = None
        return len(set(ids))

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
        return [
            Issue(
                **row | {"severity": Severity(row["severity"]), "details": mapping(row["details"])}
            )
            for row in self._read_findings("issues", ISSUE)
        ]

    def old_answers(self, today: date, *, months: int = ages.MONTHS) -> list[Issue]:
        """Issues of the enterprises whose answers are older than so many months, by place.

        Raises
        ------
        ValueError
            When `months` is below 0.
        """
        if months < 0:
            raise ValueError(f"Answers grow old after 0 months or more, not {months}.")
        with self._transaction("DEFERRED"):
            return list(ages.old_answers(self._db, today, months))

    def quarantine(self) -> list[Quarantined]:
        """Rows that errors keep out, of the newest edition of every file, by place."""
        return [
            Quarantined(**row | {"raw": mapping(row["raw"])})
            for row in self._read_findings("quarantine", QUARANTINED)
        ]

    def merge(self, ids: Sequence[str], *, by: str = "", at: str = "") -> list[str]:
        """Make enterprises one firm, shown as the first of them, until they are split.

        Parameters
        ----------
        ids
            Enterprises, with or without `firm:`.
        by, at
            Who says so, and when.

        Returns
        -------
        list of str
            Tax numbers of what was merged into the first; none where they were one already.

        Raises
        ------
        UnknownEnterpriseError
            When there is no such enterprise.
        """
        with self._decided():
            return merges.merge(self._db, _keys(ids), by, at)

    def split(
        self, id: str, others: Sequence[str] = (), *, by: str = "", at: str = ""
    ) -> list[str]:
        """Undo a merge, or say that an enterprise differs from others; return what parted.

        Raises
        ------
        UnknownEnterpriseError
            When there is no such enterprise.
        StoreError
            When no other is named and nothing was merged with it.
        """
        key, *rest = _keys([id, *others])
        with self._decided():
            if not rest:
                return merges.split(self._db, key, by, at)
            merges.separate(self._db, key, rest, by, at)
            return rest

    def reopen(self, id: str, others: Sequence[str] = ()) -> None:
        """Forget that an enterprise is said to differ from others, or from any.

        Raises
        ------
        UnknownEnterpriseError
            When there is no such enterprise.
        """
        key, *rest = _keys([id, *others])
        with self._decided():
            merges.reopen(self._db, key, rest)

    def aliases(self) -> Mapping[str, str]:
        """Tax number of the firm that is shown, by those that were merged into it."""
        with self._transaction("DEFERRED"):
            return merges.read_aliases(self._db)

    def distinct(self) -> frozenset[frozenset[str]]:
        """Pairs of tax numbers of firms that somebody said are different."""
        with self._transaction("DEFERRED"):
            return merges.read_distinct(self._db)

    def conflicts(self, ids: Iterable[str]) -> list[Conflict]:
        """What the merged enterprises of some firms state differently, by table and id."""
        with self._transaction("DEFERRED"):
            parts = self._fold(_keys(ids))
        return sorted((one for part in parts.values() for one in part.conflicts), key=_place)

    def _fold(self, keys: Iterable[str]) -> dict[str, merges.Folded]:
        aliases = merges.read_aliases(self._db)
        among = ("enterprise", merges.members(aliases, keys))
        own = {name: table for name, table in tables().items() if merges.grouped(name)}
        return {
            name: merges.fold(table, read_rows(self._db, table, among), aliases)
            for name, table in own.items()
        }

    def find(self, id: str) -> tuple[str, dict[str, Any]]:
        """Table and row of a typed id; the row has `id`, its fields, then its place.

        The id of a row that was merged into another leads to that one.

        Raises
        ------
        UnknownNameError
            When nothing stored has that id; the message offers the nearest ids.
        """
        named = [table for table in tables().values() if id.startswith(f"{table.prefix}:")]
        with self._transaction("DEFERRED"):
            for table in named:
                rows = list(self._db.query(statements.find(table), {"id": id}))
                if rows:
                    return table.name, self._settled(table, rows[0])
            searched = named or tables().values()
            known = [key for table in searched for key in self._column(table.name, "id")]
        raise UnknownNameError(id, known)

    def known(self) -> Known:
        """What a survey still to be read may refer to, and what people decided words mean."""
        with self._transaction("DEFERRED"):
            keys = {key: frozenset(self._column(name, key)) for key, name in PARENTS.items()}
            meant = meanings(standing(decisions_of.read_history(self._db)))
        return Known(enterprises=keys["enterprise"], items=keys["item"], meanings=meant)

    def _settled(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row that stands for a row once enterprises are merged."""
        if not merges.grouped(table.name):
            return row
        folded = self._fold([row["enterprise"]])[table.name]
        id = folded.moved.get(row["id"], row["id"])
        place = next(iter(self._db.query(statements.find(table), {"id": id})))
        shown = folded.rows[folded.rows["id"] == id].to_dict("records")[0]
        return {name: shown.get(name, value) for name, value in place.items()}

    @contextmanager
    def _decided(self) -> Iterator[None]:
        """Transaction that changes who is who: matches kept no longer hold."""
        with self._transaction("IMMEDIATE"):
            yield
            excerpt.forget(self._db)
            self._seen = None

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        with explained(self.path), transaction(self._db, kind):
            yield

    def _outdate(self) -> None:
        """Forget the matches kept, and refuse those found in what was read before."""
        excerpt.forget(self._db)
        self._seen = None

    def _version(self) -> int:
        """Number that changes whenever another connection commits."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _column(self, table: str, name: str) -> list[str]:
        return [row[name] for row in self._db.table(table).rows_where(select=f'"{name}"')]

    def _write_rows(
        self, table: Table, frame: pd.DataFrame, sheets: Mapping[tuple[str, str], int], time: str
    ) -> Counts:
        """Insert what is new, overwrite what differs, note where the rest now stands."""
        rows = statements.records(table, frame, sheets)
        stored = self._stored(table, [row[0] for row in rows])
        fresh = [row for row in rows if row[0] not in stored]
        known = [(stored[row[0]], row) for row in rows if row[0] in stored]
        changed = [(old, row) for old, row in known if old[:-2] != row[:-2]]
        moved = [row for old, row in known if old[:-2] == row[:-2] and old[-2:] != row[-2:]]
        connection = self._db.conn
        values = history.note_changes(self._db, table, changed, time)
        connection.executemany(statements.insert(table), fresh)
        connection.executemany(statements.change(table), (row for _, row in changed))
        connection.executemany(statements.move(table), ((*row[-2:], row[0]) for row in moved))
        note_replaced(self._db, ((old[-2], row[-2]) for old, row in known))
        return Counts(len(fresh), len(changed), len(known) - len(changed), values)

    def _stored(self, table: Table, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Records of the rows that are stored already, by id."""
        if not self._db.table(table.name).count:
            return {}
        select = statements.select_among(table.name, statements.columns(table), "id")
        return {row[0]: row for row in self._db.execute(select, [json.dumps(ids)])}

    def _write_findings(self, survey: Survey, issues: Sequence[Issue]) -> None:
        files = {file.name for file in survey.files} | {issue.file for issue in issues}
        self._replace("issues", ISSUE, files, issues)
        self._replace("quarantine", QUARANTINED, files, survey.quarantine)

    def _replace(
        self, name: str, columns: Iterable[str], files: set[str], findings: Sequence[object]
    ) -> None:
        """Set the findings of some files; equal ones stay where they are."""
        keys = list(columns)
        where = ("file IN (SELECT value FROM json_each(?))", [json.dumps(sorted(files))])
        old = self._db.table(name).rows_where(*where, order_by="rowid")
        new = sorted(tuple(_plain(getattr(one, key)) for key in keys) for one in findings)
        if [tuple(row.values()) for row in old] != new:
            self._db.execute(f'DELETE FROM "{name}" WHERE {where[0]}', where[1])
            blanks = statements.blanks(len(keys))
            self._db.conn.executemany(f'INSERT INTO "{name}" VALUES ({blanks})', new)

    def _read_findings(self, name: str, columns: Iterable[str]) -> list[dict[str, Any]]:
        with self._transaction("DEFERRED"):
            order = statements.listed(columns)
            return list(self._db.table(name).rows_where(order_by=order))


def _keys(ids: Iterable[str]) -> list[str]:
    return [id.removeprefix("firm:") for id in ids]


def _place(conflict: Conflict) -> tuple[str, str, str, str]:
    return conflict.table, conflict.id, conflict.field, conflict.other_id


def _plain(value: object) -> object:
    return _json(value) if isinstance(value, Mapping) else value


def _json(mapping: Mapping[str, str]) -> str:
    return json.dumps(dict(mapping), ensure_ascii=False)
