"""Firms: which enterprises are one firm, and which are said to be different ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matchmaker.store.answers.merged_rows import merge_rows
from matchmaker.store.connection import StoreConnection
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
            return merges.merge(db, _keys(ids), by, at)

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
        with self._connection.changing_matches() as db:
            if not rest:
                return merges.split(db, key, by, at)
            merges.separate(db, key, rest, by, at)
            return rest

    def reopen(self, id: str, others: Sequence[str] = ()) -> None:
        """Forget that an enterprise is said to differ from others, or from any.

        Raises
        ------
        UnknownEnterpriseError
            When there is no such enterprise.
        """
        key, *rest = _keys([id, *others])
        with self._connection.changing_matches() as db:
            merges.reopen(db, key, rest)

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
            parts = merge_rows(db, _keys(ids))
        return sorted((one for part in parts.values() for one in part.conflicts), key=_place)


def _keys(ids: Iterable[str]) -> list[str]:
    return [id.removeprefix("firm:") for id in ids]


def _place(conflict: Conflict) -> tuple[str, str, str, str]:
    return conflict.table, conflict.id, conflict.field, conflict.other_id
