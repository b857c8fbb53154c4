"""Store: the door of the room; surveys go in, frozen datasets and findings come out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import pandas as pd

from matchmaker.codebook import Table, tables
from matchmaker.errors import StoreError, UnknownNameError
from matchmaker.model import Dataset, Issue, Quarantined, Severity, Survey
from matchmaker.store import excerpt, statements, vectors
from matchmaker.store.database import explained, open_database, transaction
from matchmaker.store.excerpt import Excerpt, read_excerpt
from matchmaker.store.frames import mapping, read_dataset
from matchmaker.store.schema import ISSUE, PARENTS, QUARANTINED, UNMATCHED
from matchmaker.survey import Known


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of one table an import brought, by what they did to the store.

    A row that only moved to another line or sheet counts as unchanged.
    """

    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Added:
    """What one import did: rows by table, rows kept out, issues noted."""

    tables: Mapping[str, Counts]
    quarantined: int
    issues: int


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

    def add(self, survey: Survey, issues: Iterable[Issue] = ()) -> Added:
        """Write a survey in one transaction: all of it or nothing.

        A row replaces the stored row of the same id. Rows that a newer edition of a file
        leaves out are kept; its issues and quarantined rows replace those of the older one.

        Raises
        ------
        StoreError
            When a row refers to an enterprise or item that neither the survey nor the
            store has, or when two rows of one table have the same id.
        """
        found = list(issues)
        with self._transaction("IMMEDIATE"):
            sheets = self._write_sources(survey)
            counts = {
                name: self._write_rows(table, survey.frames[name], sheets)
                for name, table in tables().items()
                if name in survey.frames
            }
            self._write_findings(survey, found)
            if any(c.new or c.changed for name, c in counts.items() if name not in UNMATCHED):
                excerpt.forget(self._db)
                self._seen = None
        return Added(MappingProxyType(counts), len(survey.quarantine), len(found))

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

    def issues(self) -> list[Issue]:
        """Issues of the newest edition of every file, by place."""
        return [
            Issue(
                **row | {"severity": Severity(row["severity"]), "details": mapping(row["details"])}
            )
            for row in self._read_findings("issues", ISSUE)
        ]

    def quarantine(self) -> list[Quarantined]:
        """Rows that errors keep out, of the newest edition of every file, by place."""
        return [
            Quarantined(**row | {"raw": mapping(row["raw"])})
            for row in self._read_findings("quarantine", QUARANTINED)
        ]

    def find(self, id: str) -> tuple[str, dict[str, Any]]:
        """Table and row of a typed id; the row has `id`, its fields, then its place.

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
                    return table.name, rows[0]
            searched = named or tables().values()
            known = [key for table in searched for key in self._column(table.name, "id")]
        raise UnknownNameError(id, known)

    def known(self) -> Known:
        """Enterprises and items that a survey still to be read may refer to."""
        with self._transaction("DEFERRED"):
            keys = {key: frozenset(self._column(name, key)) for key, name in PARENTS.items()}
        return Known(enterprises=keys["enterprise"], items=keys["item"])

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        with explained(self.path), transaction(self._db, kind):
            yield

    def _version(self) -> int:
        """Number that changes whenever another connection commits."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _column(self, table: str, name: str) -> list[str]:
        return [row[name] for row in self._db.table(table).rows_where(select=f'"{name}"')]

    def _write_sources(self, survey: Survey) -> dict[tuple[str, str], int]:
        """Note files and sheets; return the numbers of all sheets known, by file and sheet."""
        self._db.conn.executemany(
            "INSERT INTO files VALUES (?, ?) "
            "ON CONFLICT(name) DO UPDATE SET sha256 = excluded.sha256",
            sorted((file.name, file.sha256) for file in survey.files),
        )
        self._db.conn.executemany(
            'INSERT INTO sheets (file, sheet, "table", columns) VALUES (?, ?, ?, ?) '
            'ON CONFLICT(file, sheet) DO UPDATE SET "table" = excluded."table", '
            "columns = excluded.columns",
            sorted((s.file, s.sheet, s.table, _json(s.columns)) for s in survey.sheets),
        )
        rows = self._db.table("sheets").rows
        return {(row["file"], row["sheet"]): row["id"] for row in rows}

    def _write_rows(
        self, table: Table, frame: pd.DataFrame, sheets: Mapping[tuple[str, str], int]
    ) -> Counts:
        rows = statements.records(table, frame, sheets)
        connection, stored = self._db.conn, self._db.table(table.name)
        before, changes = stored.count, connection.total_changes
        connection.executemany(statements.upsert(table), rows)
        new = stored.count - before
        changed = connection.total_changes - changes - new
        if new < len(rows):
            connection.executemany(statements.move(table), ((*row[-2:], row[0]) for row in rows))
        return Counts(new, changed, len(rows) - new - changed)

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


def _plain(value: object) -> object:
    return _json(value) if isinstance(value, Mapping) else value


def _json(mapping: Mapping[str, str]) -> str:
    return json.dumps(dict(mapping), ensure_ascii=False)
