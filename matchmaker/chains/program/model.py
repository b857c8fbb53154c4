"""The mixed-integer program of a process network, kept in one HiGHS model.

Columns: quantities `x` of the operations (units per year), binaries `z` of those that are
decisions or stand on a cycle (1 where the operation is used), binaries `y` of the enterprises
(1 where it is involved), a peak `t` for each stage that has peaks. A binary `z` is *active*
while a minimum order, a cycle, an exclusive set, a cut or a stage's weight needs it. Every other
one has no row and is read off its quantity.
Rows, numbered as in docs/mathematics.md:

    (1) Σ yields·x − Σ consumes·x ≥ demand              each node
    (2) x ≤ largest·z,  x ≥ lower·z                     each active binary
    (3) Σ uses·x ≤ amount, or amount·y                  each resource, of one enterprise
    (4) z ≤ y                                           each active z of an enterprise
        Σ yields·x ≤ largest·y                          each enterprise and node
    (5) Σ z ≤ 1                                         each exclusive set
    (6) Σ y ≤ n                                         each limit on enterprises
    (7) Σ x ≥ min(1, largest)                           each required enterprise
    (8) Σ yields·x but missing − Σ consumes·x ≥ 0       each node that stands for another
    (9) x ≤ largest·z                                   each standby, z of what it backs

Rows (10) and (11) are those of `valid_inequalities`, for stages with fixed costs.

References
----------
Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method.
Mathematical Programming Computation 10, 119-142 (HiGHS).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path

import highspy
import numpy as np

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import Stage
from matchmaker.chains.network.process_network import Operation, ProcessNetwork
from matchmaker.chains.network.startability import StartabilityCut
from matchmaker.chains.program.highs import (
    Floats,
    Integers,
    Rows,
    add_columns,
    quiet_solver,
    set_kind,
)
from matchmaker.chains.program.outcome import Activated, Held
from matchmaker.chains.program.rows import (
    Sizes,
    binaries_of_peaks,
    columns_of,
    on_cycle,
    upper_bounds,
    write_peaks,
    write_rows,
)
from matchmaker.chains.program.valid_inequalities import ValidInequalities

SPREAD = 1e-6
"""A held stage is scaled by its value, but by no less than this part of its largest weight."""


class SolverModel:
    """HiGHS model of a process network: stages, cuts and fixings are added and removed.

    Parameters
    ----------
    network
        A maximal structure: every operation can matter.
    stages
        What will be minimised.
    limits
        What chains may not do, as far as it speaks of enterprises as a whole.
    alone
        Operations of which held stages may ask for a unit a year though nobody needs it.

    Attributes
    ----------
    highs
        The solver with the program; columns count in `units`.
    columns
        Numbers of its columns; `x`, `z` and `y` are those of quantities and binaries.
    largest, typical
        Units per year up to which an operation is useful, and in which it is counted.
    assumed
        Operations whose largest quantity no proof bounds.
    may_idle
        Operations that may be used without running, because a cycle may need them to start.
    active
        Operations whose binary is active.
    held
        Stages held, with their slack.
    ruled_out
        Operations that may not be used.
    fixed
        Whether all binaries are fixed.
    """

    def __init__(
        self,
        network: ProcessNetwork,
        stages: Sequence[Stage],
        limits: Limits,
        alone: Collection[str] = (),
    ) -> None:
        self.network = network
        sizes = Sizes(network, limits, alone)
        cycles = network.on_cycles
        self.may_idle = {o.id for o in network.operations if cycles and on_cycle(o, cycles)}
        named = self.may_idle | binaries_of_peaks(stages)
        self.binary = [o for o in network.operations if o.decision or o.id in named]
        self.columns = columns_of(network, self.binary, stages)
        self.x, self.z, self.y = self.columns.x, self.columns.z, self.columns.y
        self.largest, self.typical, self.assumed = sizes.largest, sizes.typical, sizes.assumed
        self.units = np.ones(len(self.columns))
        self.units[: len(self.x)] = [self.typical[id] or 1.0 for id in self.x]
        self.highs = quiet_solver()
        self._quantities = np.array([self.x[id] for id in self.z], dtype=np.int32)
        self._choices = np.array(self.columns.choices, dtype=np.int32)
        self._by_id = {o.id: o for o in self.binary}
        self.active: set[str] = set()
        self.fixed = False
        self.ruled_out: frozenset[str] = frozenset()
        self.held: dict[Held, float] = {}
        self._write(sizes, limits, upper_bounds(self.columns, self.largest, stages))
        self.inequalities = ValidInequalities(
            network, self.highs, self.columns, self.units, sizes, self.active
        )
        self.activate(o.id for o in self.binary if o.lower or o.id in self.may_idle)
        for exclusive in network.exclusive:
            self._allow_one(exclusive)
        for standby in (o for o in network.operations if o.backs):
            self._back(standby)

    def _write(self, sizes: Sizes, limits: Limits, upper: Floats) -> None:
        """Columns, and the rows that every stage has."""
        add_columns(self.highs, upper / self.units)
        self._set_kind(self.integer_columns(), highspy.HighsVarType.kInteger)
        rows = write_rows(self.network, self.columns, sizes, limits)
        rows.append_to(self.highs, self.units)
        self.highs.setOptionValue("presolve", "off")

    def write(self, stage: Stage, path: Path) -> None:
        """Write the program with a stage as its objective, in MPS format.

        Quantities count in their typical amount, the objective in the stage's unit.
        """
        columns, values = self.objective(stage)
        with self.weighing(stage):
            self.highs.changeColsCost(len(columns), columns, values)
            self.highs.writeModel(str(path))

    def hold(self, stage: Stage, value: float, slack: float) -> Held:
        """Keep a stage at a value already reached; `slack` as `widen` has it."""
        columns, values = self.objective(stage)
        activated = self._activate_stage(stage)
        largest = max(np.abs(values), default=1.0)
        scale = float(max(abs(value), SPREAD * largest)) or 1.0
        row = int(self.highs.getNumRow())
        self.highs.addRow(-inf, inf, len(columns), columns, values / scale)
        held = Held(activated, row, stage, value, scale)
        self.widen([held], slack)
        return held

    def widen(self, held: Iterable[Held], slack: float) -> None:
        """Give held stages a slack, relative to their scale."""
        for one in held:
            self.held[one] = slack
            self.highs.changeRowBounds(one.row, -inf, one.value / one.scale + slack)

    def release(self, held: Sequence[Held]) -> None:
        """Hold these stages no longer; rows behind theirs move up."""
        binaries = frozenset().union(*(one.activated.binaries for one in held))
        rows = [row for one in held for row in (*one.activated.rows, one.row)]
        self._deactivate(Activated(binaries, tuple(rows)))
        for one in held:
            del self.held[one]

    def drop_enterprises(self, enterprises: Iterable[str], least: int) -> int:
        """Row that forbids at least so many of these enterprises."""
        terms = {self.y[id]: 1.0 for id in enterprises}
        return self.add_row(-inf, len(terms) - least, terms)

    def add_startability_cut(self, cut: StartabilityCut) -> int:
        """Row by which using all of the stuck operations asks for one of the supports."""
        signs = {**dict.fromkeys(cut.stuck, 1.0), **dict.fromkeys(cut.supports, -1.0)}
        self.activate(signs)
        self.may_idle.update(signs)
        terms = {self.z[id]: sign for id, sign in signs.items()}
        return self.add_row(-inf, len(cut.stuck) - 1, terms)

    @contextmanager
    def fixed_binaries(self, used: frozenset[str], columns: Floats | None = None) -> Iterator[None]:
        """While inside, exactly `used` are used, and choices of longest paths as in `columns`."""
        involved = {o.enterprise for o in self.binary if o.id in used}
        z = np.array([id in used for id in self.z], dtype=np.float64)
        y = np.array([enterprise in involved for enterprise in self.y], dtype=np.float64)
        self.bound(numbers_of(self.z), z, z)
        self.bound(numbers_of(self.y), y, y)
        self.bound(self._quantities, np.zeros(len(z)), self._largest_scaled() * z)
        if columns is not None:
            chosen = np.round(columns[self._choices])
            self.bound(self._choices, chosen, chosen)
        binaries = [*self.z.values(), *self.y.values(), *self._choices]
        self._set_kind(binaries, highspy.HighsVarType.kContinuous)
        self.highs.setOptionValue("presolve", "choose")
        self.fixed = True
        try:
            with self.inequalities.relieved():
                yield
        finally:
            self.fixed = False
            self._free_binaries()
            self._set_kind(self.integer_columns(), highspy.HighsVarType.kInteger)
            self.highs.setOptionValue("presolve", "off")

    @contextmanager
    def without(self, operations: Iterable[str]) -> Iterator[None]:
        """While inside, none of these operations may be used."""
        self.ruled_out = frozenset(operations)
        self._free_binaries()
        try:
            yield
        finally:
            self.ruled_out = frozenset()
            self._free_binaries()

    def _free_binaries(self) -> None:
        """Bounds of binaries and quantities as they are when nothing is fixed."""
        allowed = np.array([id not in self.ruled_out for id in self.z], dtype=np.float64)
        self.bound(numbers_of(self.z), np.zeros(len(allowed)), allowed)
        for columns in (numbers_of(self.y), self._choices):
            self.bound(columns, np.zeros(len(columns)), np.ones(len(columns)))
        self.bound(self._quantities, np.zeros(len(allowed)), self._largest_scaled() * allowed)

    def _largest_scaled(self) -> Floats:
        """Upper bounds of the quantities that have a binary, as the solver counts them."""
        largest = np.array([self.largest[id] for id in self.z], dtype=np.float64)
        scaled: Floats = largest / self.units[self._quantities]
        return scaled

    def integer_columns(self) -> list[int]:
        """Columns that are integer unless all binaries are fixed."""
        return [*(self.z[id] for id in sorted(self.active)), *self.y.values(), *self._choices]

    def bound(self, columns: Integers, lower: Floats, upper: Floats) -> None:
        """Give columns bounds, as the solver counts them."""
        self.highs.changeColsBounds(len(columns), columns, lower, upper)

    def _set_kind(self, columns: Sequence[int], kind: highspy.HighsVarType) -> None:
        set_kind(self.highs, np.array(columns, dtype=np.int32), kind)

    def activate(self, operations: Iterable[str]) -> Activated:
        """Give binaries of operations their rows and make them integer, unless they are so."""
        added = [id for id in operations if id in self.z and id not in self.active]
        rows = Rows()
        for operation in (self._by_id[id] for id in added):
            x, z = self.x[operation.id], self.z[operation.id]
            rows.add(-inf, 0, {x: 1, z: -self.largest[operation.id]})
            if operation.lower:
                rows.add(0, inf, {x: 1, z: -operation.lower})
            if operation.enterprise:
                rows.add(-inf, 0, {z: 1, self.y[operation.enterprise]: -1})
        numbers = rows.append_to(self.highs, self.units)
        self.active.update(added)
        self._set_kind([self.z[id] for id in added], highspy.HighsVarType.kInteger)
        return Activated(frozenset(added), tuple(numbers))

    def _deactivate(self, activated: Activated) -> None:
        """Remove rows, and the binaries that were activated with them."""
        if activated.rows:
            self.delete_rows(activated.rows)
        self.active -= activated.binaries
        inactive = [self.z[id] for id in sorted(activated.binaries)]
        self._set_kind(inactive, highspy.HighsVarType.kContinuous)

    def _activate_stage(self, stage: Stage) -> Activated:
        """Activate the binaries that a stage weighs, and give its peaks their rows."""
        activated = self.activate(sorted({*stage.use, *binaries_of_peaks([stage])}))
        peaks = write_peaks(stage, self.columns).append_to(self.highs, self.units)
        return Activated(activated.binaries, (*activated.rows, *peaks))

    @contextmanager
    def weighing(self, stage: Stage) -> Iterator[None]:
        """While inside, the program has the rows that a stage needs; afterwards no objective."""
        activated = self._activate_stage(stage)
        try:
            yield
        finally:
            columns = np.arange(len(self.columns), dtype=np.int32)
            self.highs.changeColsCost(len(columns), columns, np.zeros(len(columns)))
            self._deactivate(activated)

    def objective(self, stage: Stage) -> tuple[Integers, Floats]:
        """Columns of a stage and what one unit of each column counts."""
        terms = {self.x[id]: value for id, value in stage.quantity.items() if id in self.x}
        terms |= {self.z[id]: value for id, value in stage.use.items() if id in self.z}
        terms |= {self.y[id]: value for id, value in stage.involvement.items() if id in self.y}
        terms |= {self.columns.peak[peak.name]: weight for weight, peak in stage.peaks}
        columns = np.array(sorted(terms), dtype=np.int32)
        values = np.array([terms[column] for column in sorted(terms)], dtype=np.float64)
        return columns, values * self.units[columns]

    def _allow_one(self, operations: Iterable[str]) -> None:
        """Row (5) for a set of operations, and (4) for those of one enterprise together."""
        exclusive = sorted(id for id in operations if id in self.z)
        self.activate(exclusive)
        self.add_row(-inf, 1, {self.z[id]: 1.0 for id in exclusive})
        together: dict[str, dict[int, float]] = defaultdict(dict)
        for id in exclusive:
            if enterprise := self._by_id[id].enterprise:
                together[enterprise][self.z[id]] = 1.0
        for enterprise, terms in together.items():
            if len(terms) > 1:
                self.add_row(-inf, 0, {**terms, self.y[enterprise]: -1.0})

    def _back(self, standby: Operation) -> None:
        """Row (9) of a standby."""
        self.activate([standby.backs])
        x, largest = self.x[standby.id], self.largest[standby.id]
        z = {self.z[standby.backs]: -largest} if standby.backs in self.z else {}
        self.add_row(-inf, 0, {x: 1.0, **z})

    def add_row(self, lower: float, upper: float, terms: Mapping[int, float]) -> int:
        """Number of a new row over quantities as they are."""
        rows = Rows()
        rows.add(lower, upper, terms)
        return rows.append_to(self.highs, self.units)[0]

    def delete_rows(self, rows: Iterable[int]) -> None:
        """Delete rows; those behind them move up."""
        numbers = np.array(sorted(rows), dtype=np.int32)
        self.highs.deleteRows(len(numbers), numbers)

    def read_off(self, columns: Floats, idle: float) -> None:
        """Set the binaries that are not active by whether their operations run.

        `idle` is the part of its typical quantity up to which an operation does not run.
        """
        inactive = np.array([id not in self.active for id in self.z], dtype=bool)
        runs = columns[self._quantities[inactive]] > idle
        columns[numbers_of(self.z)[inactive]] = runs


def numbers_of(columns: Mapping[str, int]) -> Integers:
    """Numbers of named columns, as the solver takes them."""
    return np.fromiter(columns.values(), dtype=np.int32, count=len(columns))
