"""Weights: what a level of a comparison adds to the log-odds, read from a table.

Shared by the rooms that compare: what an offer means (`matching`), whether two records are one
firm (`survey.identity`). A table has the columns comparison, level, weight and provenance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.codebook.tables import read_rows

GRID = 2.0**30
"""Contributions are multiples of 1 / GRID, about 1e-9: their sum is exact in any order."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weight by comparison and level, in log-odds; linear between levels, level beyond them."""

    knots: Mapping[str, tuple[Floats, Floats]]

    def constant(self, name: str) -> float:
        """Weight of a comparison that has one level only, such as `prior`."""
        return float(self.weigh(name, np.zeros(1))[0])

    def without(self, names: Iterable[str]) -> Weights:
        """These weights with some comparisons left out: they contribute 0 at any level."""
        nothing = (np.zeros(1), np.zeros(1))
        return Weights({**self.knots, **dict.fromkeys(names, nothing)})

    def weigh(self, name: str, levels: Floats) -> Floats:
        """Contribution of every level; 0 where the level is NaN."""
        at, weights = self.knots[name]
        raw = np.interp(np.nan_to_num(levels), at, weights)
        return np.where(np.isnan(levels), 0.0, np.round(raw * GRID) / GRID)


def read_weights(file: str) -> Weights:
    """Weights of a table in `codebook/data`."""
    knots: dict[str, list[tuple[float, float]]] = {}
    for row in read_rows(file):
        knots.setdefault(row["comparison"], []).append((float(row["level"]), float(row["weight"])))
    arrays = {name: np.array(sorted(points)).T for name, points in knots.items()}
    return Weights({name: (array[0], array[1]) for name, array in arrays.items()})
