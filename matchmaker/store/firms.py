"""Firms: which enterprises are one firm, and which are said to be different ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from sqlite3 import Connection

from matchmaker.errors import StoreError, UnknownEnterpriseError
from matchmaker.store.answers.merged_rows import merge_rows
from matchmaker.store.connection import StoreConnection
from matchmaker.store.database.statements import json_list, read_column, select_among
from matchmaker.store.records import merges
from matchmaker.store.records.merges import Conflict


@dataclass(frozen=True, slots=True)
class StoredFirms:
    """Enterprises that people made one firm or keep apart, as `Store.firms`."""

    _connection: StoreConnection

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
        with self._connection.changing_matches() as db:
            keys = _known(db, ids)
            aliases = merges.read_aliases(db)
            first, *rest = dict.fromkeys(aliases.get(key, key) for key in keys)
            for one, other in combinations(sorted(merges.members(aliases, [first, *rest])), 2):
                _forget_distinct(db, one, other)
            insert = "INSERT OR REPLACE INTO merges VALUES (?, ?, ?, ?)"
            db.executemany(insert, [(key, first, by, at) for key in rest])
            return rest

    def split(
        self, id: str, others: Sequence[str] = (), *, by: str = "", at: str = ""
    ) -> list[str]:
        """Undo a merge, or say that an enterprise differs from others; return what parted.

        Raises
        ------
        UnknownEnterpriseError
            When there is no such enterprise.
        StoreError
            When no other is named and nothing was merged with it, or when it is among the others.
        """
        with self._connection.changing_matches() as db:
            key, *rest = _known(db, [id, *others])
            if not rest:
                return _split(db, key, by, at)
            if key in rest:
                raise StoreError(f"firm:{key} cannot differ from itself; name two enterprises.")
            for other in rest:
                aliases = merges.read_aliases(db)
                if aliases.get(key, key) == aliases.get(other, other):
                    _split(db, other if other in aliases else key, by, at)
                _note_distinct(db, key, other, by, at)
            return rest

    def reopen(self, id: str, others: Sequence[str] = ()) -> None:
        """Forget that an enterprise is said to differ from others, or from any.

        Raises
        ------
        UnknownEnterpriseError
            When there is no such enterprise.
        """
        with self._connection.changing_matches() as db:
            key, *rest = _known(db, [id, *others])
            for pair in db.execute('SELECT "one", "other" FROM distinct_firms').fetchall():
                if key in pair and (not rest or {*pair} - {key} <= {*rest}):
                    _forget_distinct(db, *pair)

    def aliases(self) -> Mapping[str, str]:
        """Tax number of the firm that is shown, by those that were merged into it."""
        with self._connection.reading() as db:
            return merges.read_aliases(db)

    def distinct(self) -> frozenset[frozenset[str]]:
        """Pairs of tax numbers of firms that somebody said are different."""
        with self._connection.reading() as db:
            return merges.read_distinct(db)

    def conflicts(self, ids: Iterable[str]) -> list[Conflict]:
        """What the merged enterprises of some firms state differently, by table and id."""
        with self._connection.reading() as db:
            parts = merge_rows(db, (id.removeprefix("firm:") for id in ids))
        return sorted((one for part in parts.values() for one in part.conflicts), key=_place)


def _known(db: Connection, ids: Iterable[str]) -> list[str]:
    """Tax numbers of enterprises that are stored."""
    keys = [id.removeprefix("firm:") for id in ids]
    sql = select_among("enterprises", ["enterprise"], "enterprise", "enterprise")
    known = {key for (key,) in db.execute(sql, [json_list(keys)])}
    for key in keys:
        if key not in known:
            raise UnknownEnterpriseError(key, read_column(db, "enterprises", "enterprise"))
    return keys


def _split(db: Connection, key: str, by: str, at: str) -> list[str]:
    """Take an enterprise out of its firm, or a firm apart; return what stands alone again.

    They are different from then on, until they are merged anew.
    """
    parents = dict(db.execute('SELECT enterprise, "into" FROM merges').fetchall())
    released = [key] if key in parents else sorted(k for k, into in parents.items() if into == key)
    if not released:
        raise StoreError(
            f"firm:{key} is not merged with any enterprise; to say that it differs from one, "
            f"name that one too: split firm:{key} firm:OTHER."
        )
    for enterprise in released:
        db.execute("DELETE FROM merges WHERE enterprise = ?", [enterprise])
        _note_distinct(db, enterprise, parents[enterprise], by, at)
    return released


def _note_distinct(db: Connection, one: str, other: str, by: str, at: str) -> None:
    insert = "INSERT OR REPLACE INTO distinct_firms VALUES (?, ?, ?, ?)"
    db.execute(insert, [*sorted((one, other)), by, at])


def _forget_distinct(db: Connection, one: str, other: str) -> None:
    delete = 'DELETE FROM distinct_firms WHERE "one" = ? AND "other" = ?'
    db.execute(delete, sorted((one, other)))


def _place(conflict: Conflict) -> tuple[str, str, str, str]:
    return conflict.table, conflict.id, conflict.field, conflict.other_id
