"""The mixed-integer program of a process network, kept in one HiGHS model.

Columns: quantities `x` of the operations (units per year), uses `z` ∈ {0, 1} of those that
are decisions or stand on a loop, involvements `y` ∈ [0, 1] of the enterprises, a peak `t` for
each stage that has peaks.
Rows, numbered as in docs/mathematics.md:

    (1) Σ yields·x − Σ consumes·x ≥ demand              each node
    (2) x ≤ largest·z,  x ≥ lower·z                     each use
    (3) Σ uses·x ≤ amount                               each resource
    (4) z ≤ y                                           each use by an enterprise
    (5) Σ z ≤ 1                                         each exclusive set
    (6) Σ y ≤ n                                         each limit on enterprises
    (7) Σ x ≥ min(1, largest)                           each required enterprise
    (8) Σ yields·x but missing − Σ consumes·x ≥ 0       each node that stands for another

References
----------
Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method.
Mathematical Programming Computation 10, 119-142 (HiGHS).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path

import highspy
import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.bounds import largest_needs, largest_quantity, nodes_on_loops
from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import Stage
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.chains.solver import SILENCE, Rows, quiet_solver
from matchmaker.errors import UnstableError
from matchmaker.model import Role

COST_SCALE = 1e4
"""Largest weight of an objective as the solver sees it: tolerances are a part of it."""

FAINT = 1e-2
"""A value below this part of the largest weight is minimised anew on its own scale."""

SPREAD = 1e-6
"""A held stage is scaled by its value, but by no less than this part of its largest weight."""

_SOLVED = {highspy.HighsModelStatus.kOptimal}
_IMPOSSIBLE = {
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
}
_FEASIBLE = 2
_INTERRUPTED = {highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of the solver found: `bound` ≤ best possible value ≤ `value`."""

    columns: NDArray[np.float64]
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A stage held at a value: all its rows, and the one that bounds it.

    The row is divided by `scale`, so slack is relative to that.
    """

    rows: tuple[int, ...]
    row: int
    value: float
    scale: float


class Formulation:
    """HiGHS model of a process network; stages, cuts and fixings are added and taken back.

    Parameters
    ----------
    network
        A maximal structure: every operation can matter.
    stages
        What will be minimised.
    limits
        What chains may not do, as far as it speaks of enterprises as a whole.
    """

    def __init__(self, network: ProcessNetwork, stages: Sequence[Stage], limits: Limits) -> None:
        self.network = network
        loops = nodes_on_loops(network)
        self.binary = [o for o in network.operations if o.decision or _on_loop(o, loops)]
        enterprises = sorted({o.enterprise for o in network.operations if o.enterprise})
        operations = network.operations
        self.x = {o.id: column for column, o in enumerate(operations)}
        self.z = {o.id: len(self.x) + place for place, o in enumerate(self.binary)}
        first = len(self.x) + len(self.z)
        self.y = {enterprise: first + place for place, enterprise in enumerate(enterprises)}
        first += len(self.y)
        peaked = [s.name for s in stages if s.peaks_quantity or s.peaks_use]
        self.peak = {name: first + place for place, name in enumerate(peaked)}
        self.columns = first + len(peaked)
        needs = largest_needs(network)
        self.largest = {o.id: largest_quantity(o, needs) for o in operations}
        self.units = np.ones(self.columns)
        self.units[: len(self.x)] = [self.largest[id] or 1.0 for id in self.x]
        self.highs = quiet_solver()
        self._ruled_out: frozenset[str] = frozenset()
        self._pass_model(limits)

    def solve(self, stage: Stage) -> Outcome | None:
        """Least value of a stage under all rows so far; None when nothing is feasible.

        Raises
        ------
        UnstableError
            When HiGHS ends in a state that is neither an answer nor a limit of time.
        """
        peaks = self._add_peaks(stage)
        columns, values = self._objective(stage)
        largest = max(np.abs(values), default=1.0) or 1.0
        try:
            outcome = self._run(columns, values, COST_SCALE / largest)
            if outcome is not None and 0 < outcome.value < FAINT * largest:
                magnitude = max(outcome.value, SPREAD * largest)
                return self._run(columns, values, COST_SCALE / magnitude)
            return outcome
        finally:
            self.highs.changeColsCost(len(columns), columns, np.zeros(len(columns)))
            self.delete_rows(peaks)

    def write(self, stage: Stage, path: Path) -> None:
        """Write the program with a stage as its objective, in MPS format.

        Quantities count in their largest useful amount, the objective in the stage's unit.
        """
        peaks = self._add_peaks(stage)
        columns, values = self._objective(stage)
        self.highs.changeColsCost(len(columns), columns, values)
        self.highs.writeModel(str(path))
        self.highs.changeColsCost(len(columns), columns, np.zeros(len(columns)))
        self.delete_rows(peaks)

    def hold(self, stage: Stage, value: float, slack: float) -> Held:
        """Keep a stage at a value already reached; `slack` as `widen` has it."""
        columns, values = self._objective(stage)
        peaks = self._add_peaks(stage)
        largest = max(np.abs(values), default=1.0)
        scale = float(max(abs(value), SPREAD * largest)) or 1.0
        row = self._append(-inf, inf, columns, values / scale)
        held = Held((*peaks, row), row, value, scale)
        self.widen([held], slack)
        return held

    def widen(self, held: Iterable[Held], slack: float) -> None:
        """Give held stages a slack, relative to their scale."""
        for one in held:
            self.highs.changeRowBounds(one.row, -inf, one.value / one.scale + slack)

    def start_anew(self, seed: int) -> None:
        """Forget what earlier runs left behind, and branch in another order."""
        self.highs.clearSolver()
        self.highs.setOptionValue("random_seed", seed)

    def exclude(self, operations: Iterable[str]) -> int:
        """Row that forbids using all of these operations together."""
        columns = [self.z[id] for id in operations]
        return self._add_row(-inf, len(columns) - 1, columns, np.ones(len(columns)))

    def drop_enterprises(self, enterprises: Iterable[str], least: int) -> int:
        """Row that forbids at least so many of these enterprises."""
        columns = [self.y[id] for id in enterprises]
        return self._add_row(-inf, len(columns) - least, columns, np.ones(len(columns)))

    def found(self, unfounded: Sequence[str], supports: Sequence[str]) -> int:
        """Row by which using all of the unfounded set asks for a support from outside it."""
        switched = [self.z[id] for id in unfounded if id in self.z]
        columns = [*switched, *(self.z[id] for id in supports)]
        values = [1.0] * len(switched) + [-1.0] * len(supports)
        return self._add_row(-inf, len(switched) - 1, columns, values)

    @contextmanager
    def fixed_uses(self, used: frozenset[str]) -> Iterator[None]:
        """While inside, exactly the operations `used` are used: a linear program is left."""
        columns = np.array(list(self.z.values()), dtype=np.int32)
        chosen = np.array([id in used for id in self.z], dtype=np.float64)
        self.highs.changeColsBounds(len(columns), columns, chosen, chosen)
        self.highs.changeColsIntegrality(len(columns), columns, _kinds(columns, integer=False))
        try:
            yield
        finally:
            self.highs.changeColsIntegrality(len(columns), columns, _kinds(columns, integer=True))
            allowed = np.array([id not in self._ruled_out for id in self.z], dtype=np.float64)
            self.highs.changeColsBounds(len(columns), columns, np.zeros(len(columns)), allowed)

    @contextmanager
    def without(self, operations: Iterable[str]) -> Iterator[None]:
        """While inside, none of these operations may be used."""
        self._ruled_out = frozenset(operations)
        self._bound_ruled_out(0.0)
        try:
            yield
        finally:
            self._bound_ruled_out(1.0)
            self._ruled_out = frozenset()

    def _bound_ruled_out(self, factor: float) -> None:
        for id in self._ruled_out:
            column = self.x[id]
            upper = self.largest[id] / self.units[column]
            self.highs.changeColBounds(column, 0.0, factor * upper)
            if id in self.z:
                self.highs.changeColBounds(self.z[id], 0.0, factor)

    def delete_rows(self, rows: Sequence[int]) -> None:
        """Take rows back; those behind them move up."""
        if rows:
            self.highs.deleteRows(len(rows), np.array(sorted(rows), dtype=np.int32))

    def _run(
        self, objective: NDArray[np.int32], weights: NDArray[np.float64], factor: float
    ) -> Outcome | None:
        self.highs.changeColsCost(len(objective), objective, weights * factor)
        with SILENCE:
            self.highs.run()
        status = self.highs.getModelStatus()
        if status in _IMPOSSIBLE:
            return None
        info = self.highs.getInfo()
        if status in _INTERRUPTED and info.primal_solution_status != _FEASIBLE:
            return None
        if status not in _SOLVED | _INTERRUPTED:
            raise UnstableError(f"HiGHS ended with {self.highs.modelStatusToString(status)}.")
        # Columns may undercut their bound of 0 by the tolerance: times a price that is money.
        columns = np.maximum(self.highs.getSolution().col_value, 0.0)
        value = float(weights @ columns[objective])
        bound = info.mip_dual_bound / factor if info.mip_node_count >= 0 else value
        return Outcome(columns * self.units, value, bound, status in _SOLVED)

    def _objective(self, stage: Stage) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Columns of a stage and what one unit of each column counts."""
        terms = {self.x[id]: value for id, value in stage.quantity.items() if id in self.x}
        terms |= {self.z[id]: value for id, value in stage.use.items() if id in self.z}
        terms |= {self.y[id]: value for id, value in stage.involvement.items() if id in self.y}
        if stage.peaks_quantity or stage.peaks_use:
            terms[self.peak[stage.name]] = 1.0
        columns = np.array(sorted(terms), dtype=np.int32)
        values = np.array([terms[column] for column in sorted(terms)], dtype=np.float64)
        return columns, values * self.units[columns]

    def _add_peaks(self, stage: Stage) -> list[int]:
        return [
            self._add_row(
                -inf,
                0,
                [*(names[id] for id in peak), self.peak[stage.name]],
                [*peak.values(), -1.0],
            )
            for names, peaks in ((self.x, stage.peaks_quantity), (self.z, stage.peaks_use))
            for peak in peaks
        ]

    def _add_row(
        self,
        lower: float,
        upper: float,
        columns: Sequence[int] | NDArray[np.int32],
        values: Sequence[float] | NDArray[np.float64],
    ) -> int:
        """Add a row over quantities as they are, divided by its largest coefficient."""
        indices = np.array(columns, dtype=np.int32)
        scaled = np.array(values, dtype=np.float64) * self.units[indices]
        scale = max(np.abs(scaled), default=1.0) or 1.0
        return self._append(lower / scale, upper / scale, indices, scaled / scale)

    def _append(
        self, lower: float, upper: float, columns: NDArray[np.int32], values: NDArray[np.float64]
    ) -> int:
        self.highs.addRow(lower, upper, len(columns), columns, values)
        return int(self.highs.getNumRow()) - 1

    def _pass_model(self, limits: Limits) -> None:
        rows = Rows()
        for node, terms in _balances(self.network, self.x).items():
            rows.add(self.network.demand.get(node, 0.0), inf, terms)
        for terms in _stand_ins(self.network, self.x).values():
            rows.add(0, inf, terms)
        for operation in self.binary:
            x, z = self.x[operation.id], self.z[operation.id]
            rows.add(-inf, 0, {x: 1, z: -self.largest[operation.id]})
            if operation.lower:
                rows.add(0, inf, {x: 1, z: -operation.lower})
            if operation.enterprise:
                rows.add(-inf, 0, {z: 1, self.y[operation.enterprise]: -1})
        for resource, terms in _consumption(self.network, self.x).items():
            rows.add(-inf, self.network.resources[resource], terms)
        for exclusive in self.network.exclusive:
            rows.add(-inf, 1, {self.z[id]: 1 for id in sorted(exclusive) if id in self.z})
        self._add_limits(rows, limits)
        self.highs.passModel(self._program(rows))

    def _add_limits(self, rows: Rows, limits: Limits) -> None:
        interested = [e for e in self.y if self.network.roles.get(e) is Role.INTERESTED]
        if limits.max_enterprises is not None:
            rows.add(-inf, limits.max_enterprises, dict.fromkeys(self.y.values(), 1))
        if limits.max_interested is not None:
            rows.add(-inf, limits.max_interested, {self.y[e]: 1 for e in interested})
        for enterprise in sorted(limits.require):
            theirs = [o.id for o in self.network.operations if o.enterprise == enterprise]
            least = min(1.0, max((self.largest[id] for id in theirs), default=1.0))
            rows.add(least, inf, {self.x[id]: 1 for id in theirs})

    def _program(self, rows: Rows) -> highspy.HighsLp:
        upper = np.full(self.columns, inf)
        upper[: len(self.x)] = list(self.largest.values())
        upper[len(self.x) : self.columns - len(self.peak)] = 1
        return rows.program(upper, self.units, self.z.values())


def _balances(network: ProcessNetwork, x: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """Terms of row (1) by node: what each operation yields less what it consumes."""
    balances: dict[str, dict[int, float]] = {node: {} for node in network.nodes}
    for operation in network.operations:
        column = x[operation.id]
        for sign, flows in ((1, operation.yields), (-1, operation.consumes)):
            for node, amount in flows:
                balances[node][column] = balances[node].get(column, 0.0) + sign * amount
    return balances


def _stand_ins(network: ProcessNetwork, x: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """Terms of row (8) by node: what is missing itself replaces nothing."""
    substitutions = [o for o in network.operations if o.kind is Kind.SUBSTITUTE]
    rows: dict[str, dict[int, float]] = {n: {} for o in substitutions for n, _ in o.consumes}
    for operation in network.operations:
        if operation.kind is not Kind.MISSING:
            for node, amount in operation.yields:
                if node in rows:
                    rows[node][x[operation.id]] = amount
    for operation in substitutions:
        for node, amount in operation.consumes:
            rows[node][x[operation.id]] = rows[node].get(x[operation.id], 0.0) - amount
    return rows


def _consumption(network: ProcessNetwork, x: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """Terms of row (3) by resource."""
    terms: dict[str, dict[int, float]] = {}
    for operation in network.operations:
        for resource, amount in operation.uses:
            terms.setdefault(resource, {})[x[operation.id]] = amount
    return terms


def _on_loop(operation: Operation, loops: set[str]) -> bool:
    return any(node in loops for node, _ in operation.yields)


def _kinds(columns: NDArray[np.int32], *, integer: bool) -> NDArray[np.uint8]:
    kind = highspy.HighsVarType.kInteger if integer else highspy.HighsVarType.kContinuous
    return np.full(len(columns), int(kind), dtype=np.uint8)
