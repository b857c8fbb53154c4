"""Stages minimised over the program of a process network, each in the way that is fastest.

Small programs are left to HiGHS as they are. In larger ones, tightened by rows (10) and (11) of
`tightening`, we branch ourselves (`branching`): the next best chain then goes on where the last
one was found. Where a tree gets too wide, HiGHS takes over, on a program that `narrowing` has
left small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import Stage
from matchmaker.chains.network.process_network import ProcessNetwork
from matchmaker.chains.program.highs import (
    FEASIBILITY,
    IMPOSSIBLE,
    INTERRUPTED,
    SOLVED,
    TimeLimit,
    run_apart,
)
from matchmaker.chains.program.model import SPREAD, SolverModel
from matchmaker.chains.program.outcome import Excluded, StageOutcome, rounding
from matchmaker.chains.program.valid_inequalities import Anchoring
from matchmaker.chains.search.branch_and_bound import Minimised, TreeCache
from matchmaker.chains.search.node_relaxation import Program
from matchmaker.chains.search.reduced_cost_fixing import NOISE, ROUGH, Narrow, Scope, narrow, relax
from matchmaker.errors import OutOfTimeError, UnstableError

COST_SCALE = 1e4
"""Largest weight of an objective as the solver sees it: tolerances are a part of it."""

FAINT = 1e-2
"""A value below this part of the largest weight is minimised anew on its own scale."""

IDLE = 1e-8
"""Part of its typical quantity up to which an operation does not run: noise of the solver."""

SMALL = 40
"""Binaries below which a program is solved faster as it is than after tightening."""

_FEASIBLE = 2


class ScaledObjective(NamedTuple):
    """What a run minimises: columns, what a unit of each counts, and how the solver scales it."""

    columns: NDArray[np.int32]
    weights: NDArray[np.float64]
    factor: float


class StageSolver(SolverModel):
    """Model of a process network that answers what the least value of a stage is.

    Parameters
    ----------
    network, stages, limits, alone
        As `SolverModel` has them.
    patience
        How long runs may take together.
    """

    def __init__(
        self,
        network: ProcessNetwork,
        stages: Sequence[Stage],
        limits: Limits,
        patience: TimeLimit | None = None,
        alone: Collection[str] = (),
    ) -> None:
        super().__init__(network, stages, limits, alone)
        self.patience = patience or TimeLimit()
        self._tolerance, self._idle = ROUGH, IDLE
        self._excluded: dict[Excluded, int | None] = {}
        self._forest = TreeCache()
        self.branching = not self._small

    def solve(self, stage: Stage) -> StageOutcome | None:
        """Least value of a stage under all rows so far; None when nothing is feasible.

        Raises
        ------
        UnstableError
            When HiGHS ends in a state that is neither an answer nor a limit of time.
        OutOfTimeError
            When time ran out before anything was found.
        """
        columns, weights = self._objective(stage)
        largest = float(max(np.abs(weights), default=1.0)) or 1.0
        with self._weighed(stage):
            try:
                outcome = self._minimise(
                    stage, ScaledObjective(columns, weights, COST_SCALE / largest)
                )
            except OutOfTimeError:
                pays = stage.use or stage.involvement
                if not pays or self._excluded or self._fixed or self._small:
                    raise
                outcome = self._with_everybody(
                    ScaledObjective(columns, weights, COST_SCALE / largest)
                )
            if outcome is not None and 0 < outcome.value < FAINT * largest:
                finer = COST_SCALE / max(outcome.value, SPREAD * largest)
                aim = ScaledObjective(columns, weights, finer)
                return self._branch(stage, aim) if self._branches else self._run(aim)
            return outcome

    def anchor(self, running: Collection[str]) -> None:
        """Anchor needs at the recipes of operations, with a row for each use that is open."""
        if not (self.branching or self._small):
            self._tightening.anchor_at(np.array([id in running for id in self.x]), self._open)

    def start_anew(self, seed: int) -> None:
        """Forget the last run; with a seed above 0, which tries another order, trees too."""
        self.highs.clearSolver()
        self.highs.setOptionValue("random_seed", seed)
        if seed:
            self._forest.clear()

    def exclude(self, operations: Iterable[str]) -> Excluded:
        """Forbid using all of these operations together."""
        excluded = Excluded(frozenset(operations))
        self._excluded[excluded] = None if self.branching else self._forbid(excluded)
        return excluded

    def readmit(self, excluded: Excluded) -> None:
        """Take back an exclusion."""
        row = self._excluded.pop(excluded)
        self._forest.clear()
        if row is not None:
            self.highs.deleteRows(1, np.array([row], dtype=np.int32))
            self._excluded = {one: at and at - (at > row) for one, at in self._excluded.items()}

    def branch_no_more(self) -> None:
        """From now on exclude by rows, and leave all branching to HiGHS. Nothing may be held."""
        self.branching = False
        self._forest.clear()
        self._excluded = {one: self._forbid(one) for one in self._excluded}

    def _forbid(self, excluded: Excluded) -> int:
        """Row that forbids using all operations of a chain together."""
        operations = sorted(excluded.operations)
        self._open_uses(operations)
        columns = [self.z[id] for id in operations]
        return self._add_row(-inf, len(columns) - 1, columns, np.ones(len(columns)))

    @contextmanager
    def strictly(self) -> Iterator[None]:
        """While inside, narrowed programs are solved as tightly as all others."""
        self._tolerance = FEASIBILITY
        try:
            yield
        finally:
            self._tolerance = ROUGH

    @property
    def _small(self) -> bool:
        """Whether so few binaries are left that HiGHS needs no help."""
        return len(self._open) + len(self.y) < SMALL

    @property
    def _branches(self) -> bool:
        """Whether we branch ourselves: with all uses fixed there is nothing to branch on."""
        return self.branching and not self._fixed

    def _minimise(self, stage: Stage, aim: ScaledObjective) -> StageOutcome | None:
        """Branch, or run for a stage, narrowed before where it pays for uses or involvements."""
        if self._branches:
            return self._branch(stage, aim)
        if self._fixed or self._small or not (stage.use or stage.involvement):
            return self._run(aim)
        self._weigh(aim)
        scope = self._scope()
        anchoring = Anchoring(self._tightening, self._open)
        found = narrow(self.highs, scope, anchoring, self._runs)
        if found is None:
            return self._run(aim)
        with self._narrowed(scope, found):
            outcome = self._run(aim)
        return outcome or self._run(aim)

    def _branch(self, stage: Stage, aim: ScaledObjective) -> StageOutcome | None:
        """Minimise a stage by branching, going on where the last time ended.

        Raises
        ------
        TooWideError
            When HiGHS should branch instead.
        """
        self._weigh(aim)
        held = self._held.items()
        limits = tuple((one.stage, one.value + slack * one.scale) for one, slack in held)
        tree = self._forest.tree(Minimised(stage, aim.factor, self._ruled_out, limits))
        scope = self._scope()
        if tree.untouched:
            relax(self.highs, scope, Anchoring(self._tightening, self._open), self._runs)
        answer = tree.best(self._program(scope), [one.operations for one in self._excluded])
        if answer is None:
            return None
        own = np.maximum(answer.columns[: len(self.columns)], 0.0)
        own[scope.integer] = np.round(own[scope.integer])
        value = float(aim.weights @ own[aim.columns])
        self._read_off(own)
        return StageOutcome(
            own * self.units, value, min(value, answer.bound / aim.factor), answer.proven
        )

    def _with_everybody(self, aim: ScaledObjective) -> StageOutcome:
        """What is best when everybody takes part: an answer for whoever has no time at all."""
        with self.fixed_uses(frozenset(self.z) - self._ruled_out):
            outcome = self._run(aim)
        if outcome is None:
            raise OutOfTimeError("Time ran out before anything was found.")
        return replace(outcome, bound=0.0, proven=False)

    def _program(self, scope: Scope) -> Program:
        upper = np.full(len(self.columns), inf)
        upper[scope.columns] = scope.upper
        operations = {
            id: (self.x[id], z) if id in self._open else (self.x[id],) for id, z in self.z.items()
        }
        return Program(self.highs, scope.integer, operations, upper, self._idle, self._run_in_time)

    def _run_in_time(self) -> None:
        self._start_clock(self.patience.left)
        run_apart(self.highs)

    def _scope(self) -> Scope:
        """Columns with their bounds as they are, quantities first."""
        integer = np.array(self._integer(), dtype=np.int32)
        upper = np.ones(len(self.columns))
        upper[: len(self.x)] = np.array(list(self.largest.values())) / self.units[: len(self.x)]
        for id in self._ruled_out & self.z.keys():
            upper[[self.x[id], self.z[id]]] = 0.0
        columns = np.append(self._columns_of(self.x), integer)
        return Scope(columns, upper[columns], len(self.x), integer)

    def _runs(self) -> bool:
        """Run to narrow the program, in half of the time that is left."""
        self._start_clock(self.patience.left / 2)
        run_apart(self.highs)
        return self.highs.getModelStatus() in SOLVED

    @contextmanager
    def _narrowed(self, scope: Scope, found: Narrow) -> Iterator[None]:
        """While inside, nothing too dear may be used, and the solver starts from a solution."""
        lower = np.zeros(len(scope.columns))
        self._bound(scope.columns, lower, found.upper)
        self.highs.setSolution(found.start)
        self.highs.setOptionValue("presolve", "on")
        self.highs.setOptionValue("mip_feasibility_tolerance", self._tolerance)
        self._idle = max(IDLE, NOISE * self._tolerance)
        try:
            yield
        finally:
            self._idle = IDLE
            self.highs.setOptionValue("mip_feasibility_tolerance", FEASIBILITY)
            self.highs.setOptionValue("presolve", "off")
            self._bound(scope.columns, lower, scope.upper)

    def _weigh(self, aim: ScaledObjective) -> None:
        self.highs.changeColsCost(len(aim.columns), aim.columns, aim.weights * aim.factor)

    def _run(self, aim: ScaledObjective) -> StageOutcome | None:
        self._weigh(aim)
        self._start_clock(inf if self._fixed else self.patience.left)
        run_apart(self.highs)
        status = self.highs.getModelStatus()
        if status in IMPOSSIBLE:
            return None
        info = self.highs.getInfo()
        if status in INTERRUPTED and info.primal_solution_status != _FEASIBLE:
            raise OutOfTimeError("Time ran out before anything was found.")
        if status not in SOLVED | INTERRUPTED:
            raise UnstableError(f"HiGHS ended with {self.highs.modelStatusToString(status)}.")
        # Columns may undercut their bound of 0 by the tolerance: times a price that is money.
        own = self.highs.getSolution().col_value[: len(self.columns)]
        columns = np.maximum(own, 0.0)
        value = float(aim.weights @ columns[aim.columns])
        bound = info.mip_dual_bound / aim.factor if info.mip_node_count >= 0 else value
        if status in SOLVED and value - bound > rounding(value, aim.weights):
            raise UnstableError(f"HiGHS stops at {value}, above its bound {bound}.")
        self._read_off(columns)
        return StageOutcome(columns * self.units, value, bound, status in SOLVED)

    def _start_clock(self, seconds: float) -> None:
        """Give the next run so much time; the clock of HiGHS runs on from one to the next."""
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + seconds)

    def _read_off(self, columns: NDArray[np.float64]) -> None:
        """Set the uses that are not open by whether their operations run."""
        closed = np.array([id not in self._open for id in self.z], dtype=bool)
        runs = columns[self._switched[closed]] > self._idle
        columns[self._columns_of(self.z)[closed]] = runs
