"""What a run of the solver found, and what was opened or held for it.

Beside `formulation`, which makes them; `search` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.goals import Stage
from matchmaker.chains.program.highs import FEASIBILITY

PROOF = 1e-6
"""Relative distance of a value and its bound within which the solver may call it solved."""


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What one run of the solver found: `bound` ≤ best possible value ≤ `value`."""

    columns: NDArray[np.float64]
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """Uses opened together, and the rows that came with them."""

    uses: frozenset[str]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A stage held at a value: what it opened, and the row that bounds it.

    The row is divided by `scale`, so slack is relative to that.
    """

    opened: Opened
    row: int
    stage: Stage
    value: float
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Excluded:
    """Operations that may not all be used together."""

    operations: frozenset[str]


def rounding(value: float, weights: NDArray[np.float64]) -> float:
    """How far a value may be from its bound by the solver's tolerances alone."""
    return max(PROOF * abs(value), FEASIBILITY * float(np.abs(weights).max(initial=0.0)))
