"""Door: an open database file, and its rows by id; `said` and `store` stand on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from matchmaker.codebook import Table, tables
from matchmaker.errors import UnknownNameError
from matchmaker.store.answers import excerpt
from matchmaker.store.answers.frames import read_rows
from matchmaker.store.database import statements
from matchmaker.store.database.file import explained, open_database, transaction
from matchmaker.store.records import merges


class StoreConnection:
    """A database file, open until it is closed."""

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

    def _settled(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row that stands for a row once enterprises are merged."""
        if not merges.grouped(table.name):
            return row
        folded = self._fold([row["enterprise"]])[table.name]
        id = folded.moved.get(row["id"], row["id"])
        place = next(iter(self._db.query(statements.find(table), {"id": id})))
        shown = folded.rows[folded.rows["id"] == id].to_dict("records")[0]
        return {name: shown.get(name, value) for name, value in place.items()}

    def _fold(self, keys: Iterable[str]) -> dict[str, merges.Folded]:
        aliases = merges.read_aliases(self._db)
        among = ("enterprise", merges.members(aliases, keys))
        own = (table for name, table in tables().items() if merges.grouped(name))
        parts = {table.name: read_rows(self._db, table, among) for table in own}
        return merges.fold_tables(self._db, parts, aliases)

    def _shown_as_one(self, ids: Collection[str]) -> set[str]:
        """The ids, and those of all rows that are shown as one with theirs."""
        keys = {id.split(":")[1] for id in ids if ":" in id}
        merged = merges.read_aliases(self._db)
        firms = [id.removeprefix("firm:") for id in ids if id.startswith("firm:")]
        found = {*ids, *(f"firm:{key}" for key in merges.members(merged, firms))}
        if keys & (merged.keys() | set(merged.values())):
            for part in self._fold(keys).values():
                shown = {part.moved.get(id, id) for id in ids}
                found |= shown | {old for old, new in part.moved.items() if new in shown}
        return found

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
