"""Connection: an open database file, its transactions, and whether what was read still holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from matchmaker.errors import StoreError
from matchmaker.store.answers.excerpt import forget_matches
from matchmaker.store.database.file import explained, open_database, transaction


class StoreConnection:
    """A database file, open until it is closed."""

    def __init__(self, path: Path | str, *, create: bool = False) -> None:
        self.path = Path(path)
        with explained(self.path):
            self._db = open_database(self.path, create=create)
            self._version_read: int | None = self._version()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Transaction that sees one state of the file."""
        with explained(self.path), transaction(self._db, "DEFERRED"):
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Transaction that keeps other writers out and is undone by an exception."""
        with explained(self.path), transaction(self._db, "IMMEDIATE"):
            yield self._db

    @contextmanager
    def changing_matches(self) -> Iterator[Connection]:
        """Transaction for `writing` what matching reads: the matches kept are forgotten."""
        with self.writing() as db:
            yield db
            self.outdate_matches()

    def outdate_matches(self) -> None:
        """Forget the matches kept, and refuse those found in what was read before."""
        forget_matches(self._db)
        self._version_read = None

    def note_read(self) -> None:
        """Remember that everything was read as it stands now."""
        self._version_read = self._version()

    def check_unchanged(self) -> None:
        """Refuse to go on when anything was written since `note_read`.

        Raises
        ------
        StoreError
            When this or another connection has changed the file.
        """
        if self._version() != self._version_read:
            raise StoreError(f"{self.path} has changed since it was read; match it anew.")

    def _version(self) -> int:
        """Number that changes whenever another connection commits."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])
