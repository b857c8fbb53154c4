"""Nodes of the branch and bound: their linear relaxations, and what these say.

Called by `branch_and_bound`, which decides where to node. A node has binaries fixed to 0 or 1
and operations ruled out, both by bounds of columns alone, so that the solver goes on from the
basis of one node to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from matchmaker.chains.program.highs import (
    FEASIBILITY,
    IMPOSSIBLE,
    INTERRUPTED,
    SOLVED,
    Floats,
    Integers,
    continuous,
    matrix_of,
)
from matchmaker.chains.search.penalties import penalties
from matchmaker.errors import OutOfTimeError, UnstableError

if TYPE_CHECKING:
    from scipy.sparse import csc_array

INTEGRAL = 1e-8
"""Distance from a whole number up to which a binary is whole."""

EQUAL = 1e-9
"""Relative difference up to which a rounded solution is as good as its relaxation."""

SLACK = 2 * FEASIBILITY
"""Violation of a row up to which a rounded solution keeps it; what it leaves alone is kept."""

CHOOSE, DEVEX = -1, 1
"""Edge weights of the dual simplex: by default steepest edges, whose start costs more than the
few pivots from one node to the next."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program as the branch and bound sees it, its objective set.

    Attributes
    ----------
    solver
        Holds the program.
    binaries
        Columns that have to be 0 or 1.
    operations
        Columns of each operation that can be ruled out: its quantity, and its binary where that
        is among `binaries`.
    upper
        Upper bounds of all columns, in the units in which they count; lower bounds are 0.
    idle
        Value up to which a quantity does not run, in its typical amount.
    run
        Runs the solver in what time is left.
    """

    solver: highspy.Highs
    binaries: Integers
    operations: Mapping[str, tuple[int, ...]]
    upper: Floats
    idle: float
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class RelaxedSolution:
    """Solution of a relaxation.

    Attributes
    ----------
    stamp
        Of the rows and columns that there were.
    size
        Number of columns.
    filled, values
        Columns that are not 0, as the solver counts them, and their values.
    fractional
        Binaries that are not whole; none where this is a solution.
    """

    stamp: tuple[int, int, int]
    size: int
    filled: Integers
    values: Floats
    fractional: Integers

    @property
    def columns(self) -> Floats:
        """Value of every column."""
        columns = np.zeros(self.size)
        columns[self.filled] = self.values
        return columns


@dataclass(eq=False, slots=True)
class FixedBinaries:
    """Values of the binaries that are fixed, and the open nodes in which just these are."""

    values: Mapping[int, float]
    open_nodes: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Basis:
    """Where the solver stopped, for a program of so many rows and columns."""

    size: tuple[int, int]
    status: highspy.HighsBasis


@dataclass(eq=False, slots=True)
class Node:
    """Chains with fixed binaries and without some operations; none is better than `bound`."""

    fixed: FixedBinaries
    without: frozenset[str]
    bound: float
    basis: Basis | None = None
    solution: RelaxedSolution | None = None
    closed: bool = False


class NodeRelaxation:
    """Solves relaxations of nodes, and says which no-goods their solutions contain.

    Parameters
    ----------
    program
        The program.
    no_goods
        Chains that no solution may contain, as sets of operations.
    generation
        Changes when a row of the program has become tighter.
    """

    def __init__(
        self, program: Program, no_goods: Sequence[frozenset[str]], generation: int
    ) -> None:
        self.program, self.no_goods = program, no_goods
        self._changed: set[int] = set()
        self._size = (int(program.solver.getNumRow()), int(program.solver.getNumCol()))
        self.stamp = (*self._size, generation)

    @contextmanager
    def relaxed(self) -> Iterator[None]:
        """While inside, no binary has to be whole; afterwards bounds are as they were."""
        solver = self.program.solver
        with continuous(solver, self.program.binaries):
            solver.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
            try:
                yield
            finally:
                self._bound({})
                solver.setOptionValue("simplex_dual_edge_weight_strategy", CHOOSE)

    def solve(self, node: Node) -> float | None:
        """Value of the relaxation of a node, which gets its solution and basis; None without."""
        columns = self.program.operations
        bounds = {column: (0.0, 0.0) for one in node.without for column in columns[one]}
        for binary, value in node.fixed.values.items():
            if value and binary in bounds:
                return None
            bounds[binary] = (value, value)
        self._bound(bounds)
        solver = self.program.solver
        if node.basis is not None and node.basis.size == self._size:
            solver.setBasis(node.basis.status)
        status = self._end_of_run()
        if status in IMPOSSIBLE:
            return None
        if status in INTERRUPTED:
            raise OutOfTimeError("Time ran out before anything was found.")
        if status not in SOLVED:
            raise UnstableError(f"HiGHS ended with {solver.modelStatusToString(status)}.")
        value = float(solver.getInfo().objective_function_value)
        node.basis = Basis(self._size, solver.getBasis())
        node.solution = self._solution(value)
        return value

    def _end_of_run(self) -> highspy.HighsModelStatus:
        """How the solver ends, begun anew where the basis at hand led it nowhere."""
        solver = self.program.solver
        self.program.run()
        if solver.getModelStatus() not in SOLVED | IMPOSSIBLE | INTERRUPTED:
            solver.clearSolver()
            self.program.run()
        return solver.getModelStatus()

    def _solution(self, value: float) -> RelaxedSolution:
        columns = np.asarray(self.program.solver.getSolution().col_value)
        parts = columns[self.program.binaries]
        fractional = self.program.binaries[np.minimum(parts, 1 - parts) > INTEGRAL]
        rounded = self.rounded(columns, fractional) if len(fractional) else None
        if rounded is not None and self.value(rounded) - value <= EQUAL * max(1.0, abs(value)):
            columns, fractional = rounded, fractional[:0]
        filled = np.flatnonzero(columns).astype(np.int32)
        return RelaxedSolution(self.stamp, len(columns), filled, columns[filled], fractional)

    def _bound(self, bounds: Mapping[int, tuple[float, float]]) -> None:
        """Give columns bounds; all others have their own again."""
        columns = np.array(sorted({*bounds, *self._changed}), dtype=np.int32)
        own = [(0.0, float(self.program.upper[column])) for column in columns]
        new = [bounds.get(int(column), one) for column, one in zip(columns, own, strict=True)]
        lower, upper = np.array(new, dtype=np.float64).reshape(-1, 2).T.copy()
        self.program.solver.changeColsBounds(len(columns), columns, lower, upper)
        self._changed = set(bounds)

    def contained(self, columns: Floats) -> frozenset[str] | None:
        """The first no-good of which every operation is used."""
        return next((one for one in self.no_goods if self._all_used(columns, one)), None)

    def _all_used(self, columns: Floats, operations: frozenset[str]) -> bool:
        for operation in operations:
            quantity, *binaries = self.program.operations[operation]
            runs = columns[quantity] > self.program.idle
            if not runs and not any(columns[binary] > 0.5 for binary in binaries):
                return False
        return True

    def rounded(self, columns: Floats, fractional: Integers) -> Floats | None:
        """Columns with every fractional binary at 1; None where rows forbid that."""
        rounded = columns.copy()
        rounded[fractional] = 1.0
        matrix, lower, upper = self._rows
        before, activity = matrix @ columns, matrix @ rounded
        kept = (activity >= lower - SLACK) & (activity <= upper + SLACK)
        return rounded if (kept | (activity == before)).all() else None

    def value(self, columns: Floats) -> float:
        """Objective of a solution."""
        return float(self._costs @ columns)

    def bounds_without(self, node: Node, operations: Collection[str]) -> dict[str, float]:
        """Bounds of a node without each of some operations, where they exceed its own."""
        value = self.solve(node) if operations else None
        if value is None:
            return {}
        columns = {one: self.program.operations[one][0] for one in operations}
        return {one: value + rise for one, rise in penalties(self.program.solver, columns).items()}

    @cached_property
    def _costs(self) -> Floats:
        return np.asarray(self.program.solver.getLp().col_cost_)

    @cached_property
    def _rows(self) -> tuple[csc_array[Any], Floats, Floats]:
        """Matrix of the program, and bounds of its rows."""
        lp = self.program.solver.getLp()
        return matrix_of(lp), np.asarray(lp.row_lower_), np.asarray(lp.row_upper_)
