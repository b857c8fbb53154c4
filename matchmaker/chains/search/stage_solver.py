"""Minimises stages over the program of a process network, each in the way that is fastest.

Small programs are left to HiGHS as they are. Larger ones get `valid_inequalities` and are
searched by `branch_and_bound`, which goes on for the next best chain where the last one was
found. Where its tree gets too wide, HiGHS takes over, on a program that `reduced_cost_fixing`
has left small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from typing import NamedTuple

import numpy as np

from matchmaker.chains.goals import Stage
from matchmaker.chains.program.highs import (
    FEASIBILITY,
    IMPOSSIBLE,
    INTERRUPTED,
    SOLVED,
    Floats,
    Integers,
    TimeLimit,
    run_apart,
)
from matchmaker.chains.program.model import SPREAD, SolverModel, numbers_of
from matchmaker.chains.program.outcome import Failure, StageOutcome, rounding
from matchmaker.chains.search.branch_and_bound import TooWideError, TreeCache, TreeKey
from matchmaker.chains.search.node_relaxation import Program
from matchmaker.chains.search.reduced_cost_fixing import (
    NOISE,
    ROUGH,
    Scope,
    bounded,
    reduce_bounds,
    relax,
)
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
    """What a run minimises: columns, what a unit of each counts, and the solver's scale of it."""

    columns: Integers
    weights: Floats
    factor: float


class StageSolver:
    """Minimises stages over a model, and keeps the chains that may not come again.

    Parameters
    ----------
    model
        The program; rows of cuts and valid inequalities are added to it.
    time_limit
        How long runs may take together.

    Attributes
    ----------
    branching
        Whether binaries are branched on here, not by HiGHS.
    """

    def __init__(self, model: SolverModel, time_limit: TimeLimit | None = None) -> None:
        self.model = model
        self._highs = model.highs
        self.time_limit = time_limit or TimeLimit()
        self._tolerance = ROUGH
        self._cuts: dict[frozenset[str], int | None] = {}
        self._trees = TreeCache()
        self.branching = not self._small

    def solve(self, stage: Stage) -> StageOutcome | Failure:
        """Least value of a stage under all rows and cuts so far, or why there is none."""
        try:
            return self._solve(stage) or Failure.INFEASIBLE
        except OutOfTimeError:
            return Failure.OUT_OF_TIME
        except UnstableError:
            return Failure.UNSTABLE
        except TooWideError:
            return Failure.TOO_WIDE

    def _solve(self, stage: Stage) -> StageOutcome | None:
        """Least value of a stage, with a finer scale where it comes out faint."""
        columns, weights = self.model.objective(stage)
        largest = float(max(np.abs(weights), default=1.0)) or 1.0
        objective = ScaledObjective(columns, weights, COST_SCALE / largest)
        with self.model.weighing(stage):
            try:
                outcome = self._minimise(stage, objective)
            except OutOfTimeError:
                pays = stage.use or stage.involvement
                if not pays or self._cuts or self.model.fixed or self._small:
                    raise
                outcome = self._with_everybody(objective)
            if outcome is not None and 0 < outcome.value < FAINT * largest:
                scale = COST_SCALE / max(outcome.value, SPREAD * largest)
                finer = objective._replace(factor=scale)
                return self._branch(stage, finer) if self._branches else self._run(finer)
            return outcome

    def anchor(self, running: Collection[str]) -> None:
        """Anchor needs at the recipes of operations, unless they are branched on here."""
        if not (self.branching or self._small):
            runs = np.array([id in running for id in self.model.x])
            self.model.inequalities.anchor_at(runs)

    def reset(self, seed: int) -> None:
        """Forget the last run; with a seed above 0, which tries another order, trees too."""
        self._highs.clearSolver()
        self._highs.setOptionValue("random_seed", seed)
        if seed:
            self._trees.clear()

    def add_cut(self, operations: Iterable[str]) -> frozenset[str]:
        """Forbid using all of these operations together."""
        cut = frozenset(operations)
        self._cuts[cut] = None if self.branching else self._add_row(cut)
        return cut

    def remove_cut(self, cut: frozenset[str]) -> None:
        """Allow using these operations together again."""
        row = self._cuts.pop(cut)
        self._trees.clear()
        if row is not None:
            self.model.delete_rows([row])
            self._cuts = {one: at and at - (at > row) for one, at in self._cuts.items()}

    def leave_branching_to_highs(self) -> None:
        """From now on cuts are rows, and HiGHS does all branching. Nothing may be held."""
        self.branching = False
        self._trees.clear()
        self._cuts = {one: self._add_row(one) for one in self._cuts}

    def _add_row(self, cut: frozenset[str]) -> int:
        """Row of a cut: not all binaries of its operations may be 1."""
        operations = sorted(cut)
        self.model.activate(operations)
        terms = {self.model.z[id]: 1.0 for id in operations}
        return self.model.add_row(-inf, len(terms) - 1, terms)

    @contextmanager
    def strictly(self) -> Iterator[None]:
        """While inside, programs with reduced bounds are solved as tightly as all others."""
        self._tolerance = FEASIBILITY
        try:
            yield
        finally:
            self._tolerance = ROUGH

    @property
    def _small(self) -> bool:
        """Whether so few binaries are active that HiGHS needs no help."""
        return len(self.model.active) + len(self.model.y) < SMALL

    @property
    def _branches(self) -> bool:
        """Whether to branch here: with all binaries fixed there is nothing to branch on."""
        return self.branching and not self.model.fixed

    def _minimise(self, stage: Stage, objective: ScaledObjective) -> StageOutcome | None:
        """Branch, or let HiGHS branch: with reduced bounds where the stage has fixed costs."""
        if self._branches:
            return self._branch(stage, objective)
        if self.model.fixed or self._small or not (stage.use or stage.involvement):
            return self._run(objective)
        self._set_costs(objective)
        scope = self._scope()
        reduced = reduce_bounds(self._highs, scope, self.model.inequalities, self._runs)
        if reduced is None:
            return self._run(objective)
        tolerance = self._tolerance
        with bounded(
            self._highs,
            scope.columns,
            reduced.upper,
            scope.upper,
            mip_feasibility_tolerance=tolerance,
        ):
            self._highs.setSolution(reduced.start)  # A run starts from it.
            outcome = self._run(objective, idle=max(IDLE, NOISE * tolerance))
        return outcome or self._run(objective)

    def _branch(self, stage: Stage, objective: ScaledObjective) -> StageOutcome | None:
        """Minimise a stage by branching, going on where the last time ended."""
        model = self.model
        self._set_costs(objective)
        limits = tuple((h.stage, h.value + slack * h.scale) for h, slack in model.held.items())
        tree = self._trees.tree(TreeKey(stage, objective.factor, model.ruled_out, limits))
        scope = self._scope()
        if tree.untouched:
            relax(self._highs, scope, model.inequalities, self._runs)
        found = tree.best(self._program(scope), list(self._cuts))
        if found is None:
            return None
        columns = np.maximum(found.columns[: len(model.columns)], 0.0)
        columns[scope.integer] = np.round(columns[scope.integer])
        value = float(objective.weights @ columns[objective.columns])
        model.read_off(columns, IDLE)
        bound = min(value, found.bound / objective.factor)
        return StageOutcome(columns * model.units, value, bound, found.proven)

    def _with_everybody(self, objective: ScaledObjective) -> StageOutcome:
        """What is best when everybody takes part: an answer for whoever has no time at all."""
        with self.model.fixed_binaries(frozenset(self.model.z) - self.model.ruled_out):
            outcome = self._run(objective)
        if outcome is None:
            raise OutOfTimeError("Time ran out before anything was found.")
        return replace(outcome, bound=0.0, proven=False)

    def _program(self, scope: Scope) -> Program:
        model = self.model
        upper = np.full(len(model.columns), inf)
        upper[scope.columns] = scope.upper
        operations = {
            id: (model.x[id], z) if id in model.active else (model.x[id],)
            for id, z in model.z.items()
        }
        return Program(
            self._highs,
            scope.integer,
            operations,
            upper,
            IDLE,
            run=lambda: self._run_for(self.time_limit.left),
        )

    def _scope(self) -> Scope:
        """Columns with their bounds as they are, quantities first."""
        model, count = self.model, len(self.model.x)
        integer = np.array(model.integer_columns(), dtype=np.int32)
        upper = np.ones(len(model.columns))
        upper[:count] = np.array(list(model.largest.values())) / model.units[:count]
        for id in model.ruled_out & model.z.keys():
            upper[[model.x[id], model.z[id]]] = 0.0
        columns = np.append(numbers_of(model.x), integer)
        return Scope(columns, upper[columns], count, integer)

    def _runs(self) -> bool:
        """Run a relaxation or a restriction, in half of the time that is left."""
        self._run_for(self.time_limit.left / 2)
        return self._highs.getModelStatus() in SOLVED

    def _set_costs(self, objective: ScaledObjective) -> None:
        costs = objective.weights * objective.factor
        self._highs.changeColsCost(len(costs), objective.columns, costs)

    def _run(self, objective: ScaledObjective, idle: float = IDLE) -> StageOutcome | None:
        """Let HiGHS minimise; None when nothing is feasible. `idle` as `read_off` has it."""
        self._set_costs(objective)
        self._run_for(inf if self.model.fixed else self.time_limit.left)
        status = self._highs.getModelStatus()
        if status in IMPOSSIBLE:
            return None
        info = self._highs.getInfo()
        if status in INTERRUPTED and info.primal_solution_status != _FEASIBLE:
            raise OutOfTimeError("Time ran out before anything was found.")
        if status not in SOLVED | INTERRUPTED:
            raise UnstableError(f"HiGHS ended with {self._highs.modelStatusToString(status)}.")
        # Columns may undercut their bound of 0 by the tolerance: times a price that is money.
        own = self._highs.getSolution().col_value[: len(self.model.columns)]
        columns = np.maximum(own, 0.0)
        value = float(objective.weights @ columns[objective.columns])
        bound = info.mip_dual_bound / objective.factor if info.mip_node_count >= 0 else value
        if status in SOLVED and value - bound > rounding(value, objective.weights):
            raise UnstableError(f"HiGHS stops at {value}, above its bound {bound}.")
        self.model.read_off(columns, idle)
        return StageOutcome(columns * self.model.units, value, bound, status in SOLVED)

    def _run_for(self, seconds: float) -> None:
        """Run the solver for so long at most; its clock runs on from one run to the next."""
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + seconds)
        run_apart(self._highs)
