"""Decisions: what people decided, and the weights of matching that were learnt from it.

Both are histories: nothing is ever deleted, and what is taken back stays with a note of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matchmaker.errors import BadValueError, StoreError, UnknownNameError
from matchmaker.model import DECIDED, Decision, LearnedWeights, standing
from matchmaker.store.answers.merged_rows import find_row
from matchmaker.store.connection import StoreConnection
from matchmaker.store.database.schema import DECISION, LEARNED_WEIGHTS
from matchmaker.store.database.statements import insert_rows, row_of
from matchmaker.store.records.decisions import (
    read_decisions,
    read_learned_weights,
    take_back,
    weights_that_count,
)

_MADE = ("verdict", "by", "reason", "text")


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
            written = _not_standing(read_decisions(db), made)
            rows = (row_of(one, DECISION) for one in written)
            insert_rows(db, "decisions", DECISION, rows)
        return tuple(written)

    def undo(self, subject: str, value: str, *, by: str, at: str) -> Decision:
        """Take back the newest decision on a subject and value; what stood before stands again.

        Raises
        ------
        UnknownNameError
            When no decision on them stands; the message offers the nearest that do.
        """
        with self._connection.changing_matches() as db:
            made = read_decisions(db)
            asked = (one for one in reversed(made) if (one.subject, one.value) == (subject, value))
            newest = next((one for one in asked if not one.undone_at), None)
            if newest is None:
                raise UnknownNameError(f"{subject}={value}", (one.id for one in made))
            return take_back(db, "decisions", newest, by, at)

    def history(self) -> tuple[Decision, ...]:
        """Every decision ever made, oldest first; `model.standing` tells those that count."""
        with self._connection.reading() as db:
            return read_decisions(db)


def _not_standing(history: Sequence[Decision], made: Iterable[Decision]) -> list[Decision]:
    """Those decisions that do not stand already, equally made, with their numbers."""
    stands = {(one.subject, one.value): one for one in standing(history)}
    last = history[-1].number if history else 0
    found: list[Decision] = []
    for decision in made:
        before = stands.get((decision.subject, decision.value))
        if before is None or any(getattr(before, of) != getattr(decision, of) for of in _MADE):
            numbered = replace(decision, number=last + len(found) + 1)
            stands[decision.subject, decision.value] = numbered
            found.append(numbered)
    return found


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
            counting = weights_that_count(db)
            if counting and replace(counting, by=learned.by, at=learned.at, number=0) == learned:
                return counting
            numbered = replace(learned, number=len(read_learned_weights(db)) + 1)
            row = row_of(numbered, LEARNED_WEIGHTS)
            insert_rows(db, "learned_weights", LEARNED_WEIGHTS, [row])
            return numbered

    def undo(self, *, by: str, at: str) -> LearnedWeights:
        """Take back the newest weights; the ones before them count, or the shipped ones.

        Raises
        ------
        StoreError
            When the shipped ones count.
        """
        with self._connection.changing_matches() as db:
            counting = weights_that_count(db)
            if counting is None:
                raise StoreError(
                    "Nothing was learnt that could be taken back: the shipped weights count."
                )
            return take_back(db, "learned_weights", counting, by, at)

    def history(self) -> tuple[LearnedWeights, ...]:
        """All weights ever learnt, oldest first."""
        with self._connection.reading() as db:
            return read_learned_weights(db)
