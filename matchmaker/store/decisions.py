"""Decisions: what people decided, and the weights of matching that were learnt from it.

Both are histories: nothing is ever deleted, and what is taken back stays with a note of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matchmaker.errors import BadValueError, StoreError, UnknownNameError
from matchmaker.model import DECIDED, Decision, LearnedWeights
from matchmaker.store.answers.merged_rows import find_row
from matchmaker.store.connection import StoreConnection
from matchmaker.store.records import decisions as rows_of_decisions
from matchmaker.store.records import learned_weights as rows_of_weights


@dataclass(frozen=True, slots=True)
class StoredDecisions:
    """What people decided, as `Store.decisions`."""

    _connection: StoreConnection

    def add(self, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
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
        with self._connection.changing_matches() as db:
            for id in sorted({id for one in made for id in (one.subject, one.value)}):
                if id.startswith(("item:", *DECIDED[:-1])):
                    find_row(db, id)
            return tuple(rows_of_decisions.write(db, made))

    def undo(self, subject: str, value: str, *, by: str, at: str) -> Decision:
        """Take back the newest decision on a subject and value; what stood before stands again.

        Raises
        ------
        UnknownNameError
            When no decision on them stands; the message offers the nearest that do.
        """
        with self._connection.changing_matches() as db:
            undone = rows_of_decisions.take_back(db, subject, value, by, at)
        if undone is None:
            raise UnknownNameError(f"{subject}={value}", (one.id for one in self.history()))
        return undone

    def history(self) -> tuple[Decision, ...]:
        """Every decision ever made, oldest first; `model.standing` tells those that count."""
        with self._connection.reading() as db:
            return rows_of_decisions.read_history(db)


@dataclass(frozen=True, slots=True)
class StoredWeights:
    """Weights of matching learnt from decisions, as `Store.learned_weights`."""

    _connection: StoreConnection

    def add(self, learned: LearnedWeights) -> LearnedWeights:
        """Let these weights count from now on; matches kept are forgotten.

        Those that count already are not written twice.

        Raises
        ------
        BadValueError
            When they have no time.
        """
        if not learned.at:
            raise BadValueError("Learned weights need the time they were learnt at.")
        with self._connection.changing_matches() as db:
            return rows_of_weights.write(db, learned)

    def undo(self, *, by: str, at: str) -> LearnedWeights:
        """Take back the newest weights; the ones before them count, or the shipped ones.

        Raises
        ------
        StoreError
            When the shipped ones count.
        """
        with self._connection.changing_matches() as db:
            undone = rows_of_weights.take_back(db, by, at)
        if undone is None:
            raise StoreError(
                "Nothing was learnt that could be taken back: the shipped weights count."
            )
        return undone

    def history(self) -> tuple[LearnedWeights, ...]:
        """All weights ever learnt, oldest first."""
        with self._connection.reading() as db:
            return rows_of_weights.read_history(db)
