"""Match: one subject, one item, and the evidence for it; the value that `Matches` yields."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from matchmaker.model import Cell, Decision


class MatchKind(StrEnum):
    """What a match means; the kinds are never mixed in one number."""

    MAKES = "makes"
    MAKES_CLOSE = "makes_close"
    NEEDS = "needs"
    COULD_MAKE = "could_make"


TAKEN = 0.8
"""Least probability at which what a text means is taken for true, unless asked otherwise.

The lowest from which on at most 1 in 50 taken matches of the labelled texts is wrong
(`scripts/fit_threshold`). What is less likely stays open: a person is asked."""

POSSIBLE = 0.5
"""Least probability at which a firm could make an item or makes something close to it."""


def least_probability(kind: MatchKind, taken: float = TAKEN) -> float:
    """Least probability at which a match of a kind counts; never above that of texts."""
    return taken if kind in {MatchKind.MAKES, MatchKind.NEEDS} else min(taken, POSSIBLE)


@dataclass(frozen=True, slots=True)
class MatchWeight:
    """What one comparison adds to the score: log-odds; `level` None means not stated."""

    name: str
    level: float | None
    value: float


class MasteredProcess(NamedTuple):
    """One process of a "could make" match, the capability for it, hours per unit of the item."""

    process: str
    capability: str
    hours: float


@dataclass(frozen=True, slots=True)
class Match:
    """A subject, the item it is taken for, and why.

    `score` is the exact sum of the contributions; `questions` are the fields nobody
    filled in, as `table.field`; `cells` are the places in the survey it rests on. For
    "could make" the subject is the enterprise and `capabilities` has a step a process.
    `decision` is what a person decided about it.
    """

    id: str
    table: str
    enterprise: str
    item: str
    kind: MatchKind
    score: float
    probability: float
    contributions: tuple[MatchWeight, ...]
    questions: tuple[str, ...]
    cells: tuple[Cell, ...]
    capabilities: tuple[MasteredProcess, ...] = ()
    decision: Decision | None = None


def is_likely(match: Match, taken: float) -> bool:
    """Whether a match is as probable as its kind calls for."""
    return match.probability >= least_probability(match.kind, taken)
