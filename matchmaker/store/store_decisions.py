"""Said: what people decided, what was learnt from it, and which enterprises are one firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager

from matchmaker.codebook import tables
from matchmaker.errors import BadValueError, StoreError, UnknownNameError
from matchmaker.model import (
    DECIDED,
    Decision,
    Lesson,
)
from matchmaker.store.answers.frames import read_rows
from matchmaker.store.connection import StoreConnection
from matchmaker.store.records import decisions as decisions_of
from matchmaker.store.records import merges
from matchmaker.store.records import weights as lessons_of
from matchmaker.store.records.default_values import read_defaulted
from matchmaker.store.records.merges import Conflict


class StoreDecisions(StoreConnection):
    """What people say of the answers, in an open database."""

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
        BadValueError
            When one has no time.
        """
        made = list(decisions)
        if any(not one.at for one in made):
            raise BadValueError("A decision needs the time it was made at.")
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
        BadValueError
            When it has no time.
        """
        if not lesson.at:
            raise BadValueError("A lesson needs the time it was learnt at.")
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

    def unstated(self, table: str) -> Mapping[str, Set[str]]:
        """Fields that only the codebook's defaults fill, by id of the rows that a snapshot has."""
        with self._transaction("DEFERRED"):
            rows = {table: read_rows(self._db, tables()[table])}
            folded = merges.fold_tables(self._db, rows, merges.read_aliases(self._db))[table]
            usual = read_defaulted(self._db, folded.rows["id"])
        left = {
            id: {name for name in names if (id, name) not in folded.borrowed}
            for id, names in usual.items()
        }
        return {id: names for id, names in left.items() if names}

    @contextmanager
    def _decided(self) -> Iterator[None]:
        """Transaction that changes who is who: matches kept no longer hold."""
        with self._transaction("IMMEDIATE"):
            yield
            self._outdate()


def _keys(ids: Iterable[str]) -> list[str]:
    return [id.removeprefix("firm:") for id in ids]


def _place(conflict: Conflict) -> tuple[str, str, str, str]:
    return conflict.table, conflict.id, conflict.field, conflict.other_id
