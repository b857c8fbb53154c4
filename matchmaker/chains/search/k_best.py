"""The k best sets of decisions of a process network, each with its proof.

Each next set drops at least one decision of every earlier one (or, with `diverse`, at
least so many enterprises): without that, a chain with one idle purchase added would be
the "second best". Stages are minimised one after another; the value each reached is held
while the next is minimised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import SIMPLICITY, Stage
from matchmaker.chains.network.process_network import ProcessNetwork
from matchmaker.chains.network.startability import Startability
from matchmaker.chains.program.highs import FEASIBILITY, TimeLimit
from matchmaker.chains.program.model import SolverModel
from matchmaker.chains.program.outcome import Failure, Held, StageOutcome
from matchmaker.chains.result import StageValue
from matchmaker.chains.search.stage_solver import IDLE, StageSolver
from matchmaker.errors import OutOfTimeError, SolverError

HOLD_TOLERANCES = (1e-11, 1e-10, 1e-9, 1e-8, 1e-7)
"""Slacks with which a reached stage is held while decisions are open, the tightest first."""

FINE_HOLD_TOLERANCES = (1e-13, 1e-12, *HOLD_TOLERANCES, 1e-6)
"""Slacks once the decisions are fixed and the quantities alone are made exact."""

MPS_SLACK = 1e-9
"""Slack of the held stages in a program for another solver."""

DIGITS = 10
"""Significant digits of quantities: what the solver leaves beyond is noise."""

LEFT_TO_HIGHS = (Failure.TOO_WIDE, Failure.INEXACT, Failure.UNSTABLE)
"""What branching here may fail of, and HiGHS may not."""

UNSTABLE = "The solver finds no stable solution: are figures of very unlike size?"

SAME = 1e-10
"""Relative difference within which two solutions agree in a stage."""

CONTRADICTION = 1e-6
"""Relative difference by which a bound may not exceed a value, nor a later chain be better."""

BINDS = 1e-6
"""Relative distance from a bound at which it binds."""

SHORT = 1e-6
"""Part of what is taken of a node that may be lacking, by rounding."""

ROUNDING = 1e-8
"""Relative difference of a value and its bound that rounding explains."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A set of decisions with the quantities that serve it best.

    Attributes
    ----------
    quantities
        Units per year of every operation in use.
    decisions
        Ids of the decisions among them.
    stages
        Value and bound of each stage, in order.
    proven
        Whether every stage was solved to its bound.
    """

    quantities: dict[str, float]
    decisions: frozenset[str]
    stages: tuple[StageValue, ...]
    proven: bool


@dataclass(frozen=True, slots=True)
class SolvedStage:
    """A stage minimised over decisions and quantities, then exactly over quantities alone."""

    mixed: StageOutcome
    exact: StageOutcome

    @property
    def close(self) -> bool:
        """Whether value and bound differ by no more than rounding explains."""
        return _proven_bound(self.exact.value, self.mixed.bound) == self.exact.value


NOTHING = SolvedStage(*(StageOutcome(np.empty(0), 0.0, 0.0, proven=True),) * 2)
"""A stage that weighs nothing is at its least, 0, whatever is done."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The stages solved with one tolerance, in order, and what stopped it before the last."""

    solved: list[SolvedStage]
    stopped: Failure | None = None

    @property
    def failure(self) -> Failure | None:
        """Why nothing came of it; None where it did, and where only rounding stopped it."""
        nothing = not self.solved or self.stopped in (Failure.TOO_WIDE, Failure.INEXACT)
        return self.stopped if nothing and self.stopped is not Failure.UNSTABLE else None


class KBestSearch:
    """Finds sets of decisions of one network in order; keeps one model for all of them.

    Parameters
    ----------
    network
        Maximal structure of the network.
    stages
        Measures to minimise, the most important first.
    limits
        What chains may not do.
    time_limit
        How long it may all take.
    alone
        Operations of which held stages may ask for a unit a year though nobody needs it.

    Attributes
    ----------
    model, solver
        The program, and what minimises over it.
    cut_short
        Whether `k_best` ended, or left a proof open, for want of time.
    """

    def __init__(
        self,
        network: ProcessNetwork,
        stages: tuple[Stage, ...],
        limits: Limits,
        time_limit: TimeLimit | None = None,
        alone: Collection[str] = (),
    ) -> None:
        self.network = network
        self.stages = stages
        self.time_limit = time_limit or TimeLimit()
        self.cut_short = False
        self.model = SolverModel(network, stages, limits, alone)
        self.solver = StageSolver(self.model, self.time_limit)
        self._startability = Startability(network)
        self._by_id = {o.id: o for o in network.operations}

    def best(self) -> Solution | None:
        """Best set of decisions that the cuts so far leave; None when there is none.

        Raises
        ------
        OutOfTimeError
            When time ran out before anything was found.
        """
        return _found(self._lexicographic(self.stages))

    def best_while(
        self, held: Sequence[tuple[Stage, float]], stages: Sequence[Stage]
    ) -> Solution | None:
        """Minimise other stages in turn while those held come to no more than their values.

        None when even the widest slack leaves nothing. The stages have no peaks unless the
        search's own stages have the same.
        """
        return _found(self._lexicographic(stages, held))

    def k_best(self, k: int, *, diverse: int = 0) -> Iterator[Solution]:
        """Up to k sets of decisions in order, each dropping something of all before it.

        The iterator ends early when nothing is left, and when time runs out: after what it
        had found by then.
        """
        before: Solution | None = None
        following = self._next()
        counts = self.stages[-1].name == SIMPLICITY
        for left in reversed(range(k)):
            if following is None:
                return
            if left or counts:
                solution, following = self._settled(following, diverse)
            else:  # Nothing is left to settle, and nobody asks what comes next.
                solution, following = following, None
            if before is not None and _advantage(solution, before) > CONTRADICTION:
                raise SolverError("A later chain came out better than the one before it.")
            before = solution
            yield solution

    def write_mps(self, path: Path) -> Solution | None:
        """Write the program of the last stage, those before it held at their optimum.

        Returns what the program's optimum is; None, and no file, when there is none.
        """
        solution = self.best()
        if solution is not None:
            reached = zip(self.stages[:-1], solution.stages[:-1], strict=True)
            held = [self.model.hold(stage, one.value, MPS_SLACK) for stage, one in reached]
            self.model.write(self.stages[-1], path)
            self.model.release(held)
        return solution

    def _next(self) -> Solution | None:
        """Best that is left, but for simplicity; None when there is none, or no time."""
        own = tuple(stage for stage in self.stages if stage.name != SIMPLICITY)
        found = Failure.OUT_OF_TIME if self.time_limit.over else self._lexicographic(own)
        self.cut_short = self.time_limit.over
        return found if isinstance(found, Solution) else None

    def _settled(self, found: Solution, diverse: int) -> tuple[Solution, Solution | None]:
        """The solution with the fewest decisions among its equals, and the next after it.

        When the best that drops a decision of `found` is worse in some stage, every equal
        of `found` contains it, and it has the fewest decisions. Only among equals is their
        number minimised by a program of its own, which takes far longer.
        """
        if not found.decisions:
            return _counted(found, self.stages, proven=True), None
        cut = self._cut_off(found)
        following = self._next()
        if following is None or _advantage(found, following) != 0:
            proven = following.proven if following else not self.cut_short
            solution = _counted(found, self.stages, proven=proven)
        else:
            self.solver.remove_cut(cut)
            solution = self._fewest(found)
            cut = self._cut_off(solution)
            following = self._next()
        if diverse:
            self.solver.remove_cut(cut)
            following = self._next() if self._cut_off_enterprises(solution, diverse) else None
        return solution, following

    def _cut_off(self, solution: Solution) -> frozenset[str]:
        """Ask to drop a decision, with needs anchored at what runs."""
        cut = self.solver.add_cut(solution.decisions)
        self.solver.anchor(solution.quantities.keys())
        return cut

    def _fewest(self, found: Solution) -> Solution:
        """Equal of a solution with the fewest decisions; itself when there is no time."""
        fewest = self._lexicographic(self.stages)
        if fewest is Failure.OUT_OF_TIME:
            return _counted(found, self.stages, proven=False)
        return fewest if isinstance(fewest, Solution) else found

    def _cut_off_enterprises(self, solution: Solution, diverse: int) -> bool:
        """Cut off a solution's enterprises; False when it has too few to differ by so many."""
        enterprises = {self._by_id[id].enterprise for id in solution.decisions} - {None}
        if len(enterprises) < diverse:
            return False
        self.model.drop_enterprises(sorted(filter(None, enterprises)), diverse)
        return True

    def _lexicographic(
        self, stages: Sequence[Stage], held: Sequence[tuple[Stage, float]] = ()
    ) -> Solution | Failure:
        """Minimise stages in turn; fails for want of time, or where nothing is feasible.

        Where branching here does not end, or not within rounding, HiGHS branches.
        """
        found = self._minimise_in_turn(stages, held)
        if self.solver.branching and found in LEFT_TO_HIGHS:
            self.solver.leave_branching_to_highs()
            found = self._minimise_in_turn(stages, held)
        if found is Failure.UNSTABLE:
            raise SolverError(UNSTABLE)
        return found

    def _minimise_in_turn(
        self, stages: Sequence[Stage], held: Sequence[tuple[Stage, float]]
    ) -> Solution | Failure:
        """Minimise stages in turn, with one tolerance of what is held after another.

        A held stage may look infeasible, or break the solver, by rounding alone: then all
        stages are held with the next wider tolerance.
        """
        failure = None
        for seed, tolerance in enumerate(HOLD_TOLERANCES):
            self.solver.reset(seed)
            attempt = self._attempt(stages, held, tolerance)
            failure = attempt.failure
            if failure and not (held and failure is Failure.INFEASIBLE):
                return failure
            if attempt.solved and (len(attempt.solved) == len(stages) or self.time_limit.over):
                solution = self._solution(stages, attempt.solved)
                if self._balanced(solution.quantities):
                    return solution
        return failure or Failure.UNSTABLE

    def _attempt(
        self, stages: Sequence[Stage], held: Sequence[tuple[Stage, float]], tolerance: float
    ) -> Attempt:
        """Minimise stages in turn with one tolerance, up to where rounding or time stops it."""
        rows = [self.model.hold(stage, value, tolerance) for stage, value in held]
        solved: list[SolvedStage] = []
        try:
            for stage in stages:
                if stage.idle and stage is not stages[-1]:
                    solved.append(NOTHING)
                    continue
                found = self._solve_stage(stage, rows)
                if isinstance(found, Failure):
                    return Attempt(_without_trailing_idle(solved), found)
                solved.append(found)
                if self.time_limit.over:
                    break
                self.model.widen(rows, tolerance)
                rows.append(self.model.hold(stage, found.exact.value, tolerance))
        finally:
            self.model.release(rows)
        return Attempt(solved)

    def _solve_stage(self, stage: Stage, held: Sequence[Held]) -> SolvedStage | Failure:
        """Minimise a stage; again and tightly where its bound is off by more than rounding."""
        found = self._solve_once(stage, held)
        if isinstance(found, Failure) or not found.mixed.proven or found.close:
            return found
        if self.solver.branching:
            return Failure.INEXACT
        with self.solver.strictly():
            return self._solve_once(stage, held)

    def _solve_once(self, stage: Stage, held: Sequence[Held]) -> SolvedStage | Failure:
        mixed = self._minimise_startable(stage)
        if isinstance(mixed, Failure):
            return mixed
        exact = self._minimise_exactly(stage, mixed, held)
        return exact if isinstance(exact, Failure) else SolvedStage(mixed, exact)

    def _minimise_startable(self, stage: Stage) -> StageOutcome | Failure:
        """Minimise a stage, cutting off whatever would need its own product to start."""
        while isinstance(outcome := self.solver.solve(stage), StageOutcome):
            cuts = self._startability.cuts(self._used(outcome))
            for cut in cuts:
                self.model.add_startability_cut(cut)
            if not cuts:
                break
        return outcome

    def _minimise_exactly(
        self, stage: Stage, mixed: StageOutcome, held: Sequence[Held]
    ) -> StageOutcome | Failure:
        """Minimise a stage anew with its binaries fixed and the stages before it held tightly.

        What is left is a linear program without the tolerances of the mixed one. Without
        it each stage would live on the tolerance of the one before. A solver whose bound the
        exact value undercuts has contradicted itself.
        """
        with self.model.fixed_binaries(self._used(mixed), mixed.columns):
            for tolerance in FINE_HOLD_TOLERANCES:
                self.model.widen(held, tolerance)
                exact = self.solver.solve(stage)
                if isinstance(exact, StageOutcome):
                    contradicted = self._undercuts(stage, exact.value, mixed.bound)
                    return Failure.UNSTABLE if contradicted else exact
                if exact is Failure.OUT_OF_TIME:
                    return exact
        return Failure.UNSTABLE

    def _undercuts(self, stage: Stage, value: float, bound: float) -> bool:
        """Whether a value is below its bound by more than rounding explains.

        That is what the solver's tolerance on a single column can come to in the stage.
        """
        typical = self.model.typical
        weights = [weight * typical[id] for id, weight in stage.quantity.items()]
        noise = FEASIBILITY * max(weights, default=0.0)
        return value < bound - max(noise, CONTRADICTION * abs(value), CONTRADICTION * abs(bound))

    def _amounts(self, outcome: StageOutcome) -> dict[str, float]:
        """Units per year of the operations that run, without the noise of the solver."""
        columns, typical = outcome.columns, self.model.typical
        amounts = {
            id: clean(columns[x])
            for id, x in self.model.x.items()
            if columns[x] > IDLE * typical[id]
        }
        return {id: amount for id, amount in amounts.items() if amount > 0}

    def _used(self, outcome: StageOutcome) -> frozenset[str]:
        return frozenset(id for id, z in self.model.z.items() if outcome.columns[z] > 0.5)

    def _solution(self, stages: Sequence[Stage], solved: Sequence[SolvedStage]) -> Solution:
        """Solution in clean numbers: stage values follow from the rounded quantities.

        Stages that were not solved have no better bound than 0. What is used without running
        does nothing, unless it starts a cycle.
        """
        quantities = self._amounts(solved[-1].exact)
        used = self._used(solved[-1].mixed) & (quantities.keys() | self.model.may_idle)
        involved = {e for id in used if (e := self._by_id[id].enterprise)}
        values = [stage.value(quantities, used, involved) for stage in stages]
        bounds = [one.mixed.bound for one in solved] + [0.0] * (len(stages) - len(solved))
        return Solution(
            quantities=quantities,
            decisions=frozenset(id for id in used if self._by_id[id].decision),
            stages=tuple(
                StageValue(stage.name, stage.unit, value, _proven_bound(value, bound))
                for stage, value, bound in zip(stages, values, bounds, strict=True)
            ),
            proven=len(solved) == len(stages)
            and all(one.mixed.proven for one in solved)
            and not self._at_assumed(quantities),
        )

    def _balanced(self, quantities: Mapping[str, float]) -> bool:
        """Whether every node gets what is taken of it: the solver weighs what is small lightly."""
        given: dict[str, float] = defaultdict(float)
        taken: dict[str, float] = defaultdict(float, self.network.demand)
        for id, quantity in quantities.items():
            for node, amount in self._by_id[id].yields:
                given[node] += amount * quantity
            for node, amount in self._by_id[id].consumes:
                taken[node] += amount * quantity
        return all(given[node] >= amount * (1 - SHORT) for node, amount in taken.items())

    def _at_assumed(self, quantities: Mapping[str, float]) -> bool:
        """Whether a quantity stops at a bound that is assumed: a larger one might do better."""
        largest = self.model.largest
        return any(
            quantity >= largest[id] * (1 - BINDS)
            for id, quantity in quantities.items()
            if id in self.model.assumed
        )


def _found(outcome: Solution | Failure) -> Solution | None:
    """The solution; None where nothing is feasible. Raises where time ran out."""
    if outcome is Failure.OUT_OF_TIME:
        raise OutOfTimeError("Time ran out before anything was found.")
    return outcome if isinstance(outcome, Solution) else None


def _without_trailing_idle(stages: list[SolvedStage]) -> list[SolvedStage]:
    """Stages up to the last for which anything was solved."""
    solved = list(stages)
    while solved and solved[-1] is NOTHING:
        solved.pop()
    return solved


def clean(quantity: float) -> float:
    """Quantity without the rounding noise of the solver."""
    return float(f"{quantity:.{DIGITS}g}")


def _proven_bound(value: float, bound: float) -> float:
    """Bound of the solver; the value itself where they differ by rounding alone."""
    return value if value - bound <= ROUNDING * max(1.0, abs(value)) else bound


def _counted(found: Solution, stages: Sequence[Stage], *, proven: bool) -> Solution:
    """A solution with the number of its decisions as its last stage, where that is asked."""
    if stages[-1].name != SIMPLICITY or len(found.stages) == len(stages):
        return found
    number = float(len(found.decisions))
    count = StageValue(SIMPLICITY, stages[-1].unit, number, number if proven else 0.0)
    return replace(found, stages=(*found.stages, count), proven=found.proven and proven)


def _advantage(one: Solution, other: Solution) -> float:
    """By how much the first stage that tells them apart is lower in the one, relatively."""
    for mine, theirs in zip(one.stages, other.stages, strict=False):
        difference = (theirs.value - mine.value) / max(1.0, abs(theirs.value))
        if abs(difference) > SAME:
            return difference
    return 0.0
