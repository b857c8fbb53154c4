"""What minimising a stage came to, and what was activated or held for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from matchmaker.chains.goals import Stage
from matchmaker.chains.program.highs import FEASIBILITY, Floats

PROOF = 1e-6
"""Relative distance of a value and its bound within which the solver may call it solved."""


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What one run of the solver found: `bound` ≤ best possible value ≤ `value`."""

    columns: Floats
    value: float
    bound: float
    proven: bool


class Failure(Enum):
    """Why a stage was not minimised."""

    INFEASIBLE = auto()
    OUT_OF_TIME = auto()
    UNSTABLE = auto()
    """Rounding: a wider tolerance may help."""
    TOO_WIDE = auto()
    """The tree of our own branch and bound grew too wide."""
    INEXACT = auto()
    """Its bound is off by more than rounding explains."""


@dataclass(frozen=True, slots=True)
class Activated:
    """Operations whose binaries became active together, and the rows that came with them."""

    binaries: frozenset[str]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A stage held at a value: what it activated, and the row that bounds it.

    The row is divided by `scale`, so slack is relative to that.
    """

    activated: Activated
    row: int
    stage: Stage
    value: float
    scale: float


def rounding(value: float, weights: Floats) -> float:
    """How far a value may be from its bound by the solver's tolerances alone."""
    return max(PROOF * abs(value), FEASIBILITY * float(np.abs(weights).max(initial=0.0)))
