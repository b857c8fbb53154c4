"""Reduced-cost fixing: before a stage is minimised, rule out what its best solution cannot use.

Called by `stage_solver`. The relaxation is solved, and solved again with needs anchored at what
runs in it (`valid_inequalities`). Then the stage is minimised over what the relaxations used
alone: a value hardly above the best. Whatever the reduced costs of the relaxation keep above
that value is in no better solution, and is ruled out while the stage is minimised in full.

References
----------
Nemhauser, G. L., Wolsey, L. A. (1988). Integer and combinatorial optimization, II.5 (fixing by
reduced costs).
Danna, E., Rothberg, E., Le Pape, C. (2005). Exploring relaxation induced neighborhoods to
improve MIP solutions. Mathematical Programming 102, 71-90.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.program.highs import Floats, Integers, continuous
from matchmaker.chains.program.valid_inequalities import AnchorRow, ValidInequalities
from matchmaker.errors import BadValueError

ROUNDS = 6
"""Relaxations at most for which needs are anchored anew."""

GAIN = 1e-5
"""Relative rise of the relaxation below which another anchor is not worth its rows."""

RUNS = 1e-9
"""Part of its largest quantity from which on an operation runs in a relaxation."""

BINDS = 1e-9
"""Dual value from which on a row binds, in the objective as it is scaled."""

NEAR = 1e-4
"""Relative distance from its own bound at which the restricted program stops."""

ROUGH = 1e-7
"""Tolerance of integrality with reduced bounds: several times faster than a tight one."""

NOISE = 10
"""Tolerances up to which an operation of such a program does not run."""

MARGIN = 1e-6
"""Part of a value by which what is left out has to be above it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Columns of a program: quantities and binaries, their upper bounds, and which are integer."""

    columns: Integers
    upper: Floats
    quantities: int
    integer: Integers

    def __post_init__(self) -> None:
        if len(self.columns) != len(self.upper) or self.quantities > len(self.columns):
            raise BadValueError("A scope has one upper bound a column, quantities first.")


@dataclass(frozen=True, slots=True)
class ReducedBounds:
    """Upper bounds that no better solution than `start` exceeds."""

    upper: Floats
    start: highspy.HighsSolution


@dataclass(frozen=True, slots=True)
class RootRelaxation:
    """Value of a relaxation, its columns and reduced costs, and which quantities ever ran."""

    value: float
    reduced: Floats
    ran: NDArray[np.bool_]


def reduce_bounds(
    solver: highspy.Highs, scope: Scope, inequalities: ValidInequalities, run: Callable[[], bool]
) -> ReducedBounds | None:
    """Bounds for minimising the objective that a program has.

    Parameters
    ----------
    solver
        The program; it gets rows, and is else as it was.
    scope
        Its columns.
    inequalities
        Anchors needs at the quantities that run.
    run
        Runs the solver; whether it came to a proven optimum.

    Returns
    -------
    ReducedBounds or None
        None where a relaxation or the restricted program has no answer; with the bounds there are
        where time ran out.
    """
    relaxed = relax(solver, scope, inequalities, run)
    if relaxed is None:
        return None
    columns, upper = scope.columns[: scope.quantities], scope.upper[: scope.quantities]
    with bounded(solver, columns, upper * relaxed.ran, upper, mip_rel_gap=NEAR):
        proven = run()
        value, start = solver.getInfo().objective_function_value, solver.getSolution()
    if not start.value_valid:
        return None
    if not proven:
        return ReducedBounds(scope.upper, start)
    room = max(0.0, value - relaxed.value) + MARGIN * max(1.0, abs(value))
    dear = relaxed.reduced > room / np.maximum(scope.upper, RUNS)
    limit = np.where(dear, room / np.where(dear, relaxed.reduced, 1.0), scope.upper)
    limit[scope.quantities :][limit[scope.quantities :] < 1] = 0.0
    return ReducedBounds(np.minimum(limit, scope.upper), start)


def relax(
    solver: highspy.Highs, scope: Scope, inequalities: ValidInequalities, run: Callable[[], bool]
) -> RootRelaxation | None:
    """The last relaxation, after anchoring at each as long as that raises its value.

    Of the rows that this added, those stay that bind in the end. Parameters as `reduce_bounds` has
    them; None where a relaxation has no answer.
    """
    ran = np.zeros(scope.quantities, dtype=bool)
    columns, least = scope.columns[: scope.quantities], RUNS * scope.upper[: scope.quantities]
    before, added = -np.inf, list[AnchorRow]()
    with continuous(solver, scope.integer):
        for left in reversed(range(ROUNDS + 1)):
            if not run():
                return None
            value = solver.getInfo().objective_function_value
            runs = np.asarray(solver.getSolution().col_value)[columns] > least
            ran |= runs
            risen = value - before > GAIN * abs(value)
            if not (left and risen and inequalities.has_room(runs)):
                break
            if not (rows := inequalities.anchor_at(runs)):
                break
            added += rows
            before = value
        solution = solver.getSolution()
        reduced, duals = np.asarray(solution.col_dual)[scope.columns], np.asarray(solution.row_dual)
        inequalities.remove_loose(added, np.abs(duals) > BINDS)
    return RootRelaxation(value, reduced, ran)


@contextmanager
def bounded(
    solver: highspy.Highs, columns: Integers, upper: Floats, own: Floats, **options: float
) -> Iterator[None]:
    """While inside, columns have other upper bounds than their own, and options other values.

    Presolve is on meanwhile, and else off.
    """
    before = {name: float(solver.getOptionValue(name)[1]) for name in options}
    lower = np.zeros(len(columns))
    solver.changeColsBounds(len(columns), columns, lower, upper)
    solver.setOptionValue("presolve", "on")
    for name, value in options.items():
        solver.setOptionValue(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            solver.setOptionValue(name, value)
        solver.setOptionValue("presolve", "off")
        solver.changeColsBounds(len(columns), columns, lower, own)
