"""Penalties: by how much the value of a relaxation rises at least without one of its columns.

Called by `node_relaxation`, to bound many children of a node by one relaxation.
Taking a column that runs to 0 is a pivot of the dual simplex: its first step gives a bound.

References
----------
Driebeek, N. J. (1966). An algorithm for the solution of mixed integer programming problems.
Management Science 12, 576-587.
Tomlin, J. A. (1971). An improved branch-and-bound method for integer programming. Operations
Research 19, 1070-1075.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import highspy
import numpy as np

from matchmaker.chains.program.highs import Floats, matrix_of

PIVOT = 1e-9
"""Coefficient up to which a column does not move another: noise of the solver."""

SAFE = 1 - 1e-6
"""Part of a penalty that rounding cannot have made."""


def penalties(solver: highspy.Highs, columns: Mapping[str, int]) -> dict[str, float]:
    """Least rise of an optimal program's value when each of some columns alone becomes 0.

    Parameters
    ----------
    solver
        A linear program, solved; its columns have lower bounds of 0.
    columns
        Columns by name.

    Returns
    -------
    dict
        Rises above 0 by name. A column that has none may come to 0 at no cost, or not at all, as
        far as the first step can tell.
    """
    tableau: Any = solver  # The types of highspy leave out what it has of a tableau.
    _, basics = tableau.getBasicVariables()
    place = {int(column): row for row, column in enumerate(basics)}
    values = np.asarray(solver.getSolution().col_value)
    moves = _Moves(solver)
    rises = {}
    for name, column in columns.items():
        if column in place and values[column] > 0:
            _, inverse = tableau.getBasisInverseRow(place[column])
            rise = SAFE * values[column] * moves.least_ratio(inverse)
            if 0 < rise < inf:
                rises[name] = float(rise)
    return rises


class _Moves:
    """Which way the columns and rows that are not basic can move, and at what cost a unit."""

    def __init__(self, solver: highspy.Highs) -> None:
        lp, basis, solution = solver.getLp(), solver.getBasis(), solver.getSolution()
        status = highspy.HighsBasisStatus
        kinds = np.array([int(one) for one in (*basis.col_status, *basis.row_status)])
        lower = np.array([*lp.col_lower_, *lp.row_lower_])
        upper = np.array([*lp.col_upper_, *lp.row_upper_])
        movable = (kinds != int(status.kBasic)) & (lower < upper)
        self._up = movable & (kinds != int(status.kUpper))
        self._down = movable & (kinds != int(status.kLower))
        self._costs = np.abs([*solution.col_dual, *solution.row_dual])
        self._columns = matrix_of(lp).T.tocsr()

    def least_ratio(self, inverse: Floats) -> float:
        """Least cost for each unit that a basic column falls; ∞ where nothing can lower it.

        `inverse` is its row of the inverse of the basis.
        """
        effect = np.concatenate([self._columns @ inverse, -inverse])
        lowers = (self._up & (effect > PIVOT)) | (self._down & (effect < -PIVOT))
        return float(np.min(self._costs[lowers] / np.abs(effect[lowers]), initial=np.inf))
