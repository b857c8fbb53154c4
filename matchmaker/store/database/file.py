"""Database: opening the file or making it, transactions, errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matchmaker.codebook import tables
from matchmaker.errors import StoreError, StoreLockedError
from matchmaker.store.database.schema import EDITION, PARENTS, create_schema, references
from matchmaker.store.database.statements import dangling

APPLICATION_ID = int.from_bytes(b"mmkr")
"""Mark in the header of every database file of this package."""

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that writes."""

CACHE = 64_000
"""KiB of pages in memory; with SQLite's own 2 000 a million rows take twice as long to import."""

_ANEW = "Make a new database with 'matchmaker init' and import the survey files into it."


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says into errors of this package that name the remedy."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreLockedError(
                f"Another process is writing to {path}; try again when it has finished."
            ) from error
        if code == sqlite3.SQLITE_NOTADB:
            raise _foreign(path) from error
        raise StoreError(f"The database {path} cannot be used: {error}.") from error


def _foreign(path: Path) -> StoreError:
    return StoreError(
        f"{path} is not a matchmaker database; name another file, or make a new one with "
        "'matchmaker init' or Store(path, create=True)."
    )


@contextmanager
def transaction(db: sqlite3.Connection, kind: str) -> Iterator[None]:
    """Run the body in one transaction: all of it or nothing.

    References are checked at the commit, so the order of the tables does not matter.

    Raises
    ------
    StoreError
        When a row refers to nothing, or lacks a required value.
    """
    db.execute(f"BEGIN {kind}")
    try:
        db.execute("PRAGMA defer_foreign_keys = ON")
        yield
        db.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        raise StoreError(_dangling(db) or f"A row breaks a rule: {error}.") from error
    finally:
        db.rollback()


def _dangling(db: sqlite3.Connection) -> str | None:
    """Name the first row that refers to nothing, if there is one."""
    for table in tables().values():
        for field in references(table):
            for row_id, key in db.execute(dangling(table, field)):
                return (
                    f"{row_id} refers to the {field.type} {key!r}, which neither the survey nor "
                    f"the database has; import its row of the table {PARENTS[field.type]} first."
                )
    return None


def open_database(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open the file, or make it; the caller closes the connection.

    Raises
    ------
    StoreError
        When the file is missing, foreign, or of an edition that this version cannot read,
        or when the path is SQLite's `:memory:`.
    """
    if path.name == ":memory:":
        raise StoreError("A store is a file, not memory; name a file such as cluster.db.")
    if not create and not path.exists():
        raise StoreError(
            f"There is no database {path}; make it with 'matchmaker init {path}' "
            "or Store(path, create=True)."
        )
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        _prepare(db, path, create=create)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path, *, create: bool) -> None:
    mark, empty = _pragma(db, "application_id"), _pragma(db, "schema_version") == 0
    if mark != APPLICATION_ID and not (create and empty):
        raise _foreign(path)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{CACHE}")
    if empty:
        _make(db)
    _check_edition(db, path)


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _make(db: sqlite3.Connection) -> None:
    """Give an empty file its tables, unless another process just did."""
    db.execute("PRAGMA journal_mode = WAL")
    with transaction(db, "IMMEDIATE"):
        if _pragma(db, "user_version") == 0:
            create_schema(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {EDITION}")


def _check_edition(db: sqlite3.Connection, path: Path) -> None:
    edition = _pragma(db, "user_version")
    if edition > EDITION:
        raise StoreError(
            f"{path} was made by a newer matchmaker (edition {edition}, here {EDITION}); "
            "install that version to read it."
        )
    if edition < EDITION:
        raise StoreError(
            f"{path} was made by an older matchmaker (edition {edition}, here {EDITION}). {_ANEW}"
        )
    for table in tables().values():
        there = db.execute("SELECT name FROM pragma_table_info(?)", [table.name]).fetchall()
        lacking = {field.name for field in table.fields} - {name for (name,) in there}
        if lacking:
            raise StoreError(
                f"{path} was made with another codebook: its table {table.name} lacks "
                f"{', '.join(sorted(lacking))}. {_ANEW}"
            )
