"""The k best sets of decisions of a process network, each with its proof.

Each next set drops at least one decision of every earlier one (or, with `diverse`, at
least so many enterprises): without that, a chain with one idle purchase added would be
the "second best". Stages are minimised one after another; the value each reached is held
while the next is minimised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import SIMPLICITY, Stage
from matchmaker.chains.network.process_network import ProcessNetwork
from matchmaker.chains.network.startability import Startability
from matchmaker.chains.program.highs import FEASIBILITY, TimeLimit
from matchmaker.chains.program.outcome import Excluded, Held, StageOutcome
from matchmaker.chains.result import StageValue
from matchmaker.chains.search.branch_and_bound import TooWideError
from matchmaker.chains.search.stage_solver import IDLE, StageSolver
from matchmaker.errors import OutOfTimeError, SolverError, UnstableError

HOLD_TOLERANCES = (1e-11, 1e-10, 1e-9, 1e-8, 1e-7)
"""Slacks with which a reached stage is held while decisions are open, the tightest first."""

FINE_HOLD_TOLERANCES = (1e-13, 1e-12, *HOLD_TOLERANCES, 1e-6)
"""Slacks once the decisions are fixed and the quantities alone are made exact."""

MPS_SLACK = 1e-9
"""Slack of the held stages in a program for another solver."""

DIGITS = 10
"""Significant digits of quantities: what the solver leaves beyond is noise."""

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
class Reached:
    """A stage minimised over decisions and quantities, then exactly over quantities alone."""

    mixed: StageOutcome
    exact: StageOutcome

    @property
    def close(self) -> bool:
        """Whether value and bound differ by no more than rounding explains."""
        return _proven_bound(self.exact.value, self.mixed.bound) == self.exact.value


NOTHING = Reached(*(StageOutcome(np.empty(0), 0.0, 0.0, proven=True),) * 2)
"""A stage that weighs nothing is at its least, 0, whatever is done."""


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
    patience
        How long it may all take.
    alone
        Operations of which held stages may ask for a unit a year though nobody needs it.

    Attributes
    ----------
    cut_short
        Whether `k_best` ended, or left a proof open, for want of time.
    """

    def __init__(
        self,
        network: ProcessNetwork,
        stages: tuple[Stage, ...],
        limits: Limits,
        patience: TimeLimit | None = None,
        alone: Collection[str] = (),
    ) -> None:
        self.network = network
        self.stages = stages
        self.patience = patience or TimeLimit()
        self.cut_short = False
        self.model = StageSolver(network, stages, limits, self.patience, alone)
        self._startability = Startability(network)
        self._by_id = {o.id: o for o in network.operations}

    def best(self) -> Solution | None:
        """Best set of decisions that the cuts so far leave; None when there is none.

        Raises
        ------
        OutOfTimeError
            When time ran out before anything was found.
        """
        return self._lexicographic(self.stages)

    def best_while(
        self, held: Sequence[tuple[Stage, float]], stages: Sequence[Stage]
    ) -> Solution | None:
        """Minimise other stages in turn while those held come to no more than their values.

        None when even the widest slack leaves nothing. The stages have no peaks unless the
        search's own stages have the same.
        """
        return self._lexicographic(stages, held)

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
            if before is not None and _better(solution, before):
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

    @contextmanager
    def without(self, operations: frozenset[str]) -> Iterator[None]:
        """While inside, none of these operations may be used."""
        with self.model.without(sorted(operations)):
            yield

    def _next(self) -> Solution | None:
        """Best that is left, but for simplicity; None when there is none, or no time."""
        own = tuple(stage for stage in self.stages if stage.name != SIMPLICITY)
        self.cut_short = self.patience.over
        try:
            found = None if self.cut_short else self._lexicographic(own)
        except OutOfTimeError:
            found = None
        self.cut_short = self.patience.over
        return found

    def _settled(self, found: Solution, diverse: int) -> tuple[Solution, Solution | None]:
        """The solution with the fewest decisions among its equals, and the next after it.

        When the best that drops a decision of `found` is worse in some stage, every equal
        of `found` contains it, and it has the fewest decisions. Only among equals is their
        number minimised by a program of its own, which takes far longer.
        """
        if not found.decisions:
            return _counted(found, self.stages, proven=True), None
        cut = self._exclude(found)
        following = self._next()
        if following is None or not _equal(found, following):
            proven = following.proven if following else not self.cut_short
            solution = _counted(found, self.stages, proven=proven)
        else:
            self.model.readmit(cut)
            solution = self._fewest(found)
            cut = self._exclude(solution)
            following = self._next()
        if diverse:
            self.model.readmit(cut)
            following = self._next() if self._set_apart(solution, diverse) else None
        return solution, following

    def _exclude(self, solution: Solution) -> Excluded:
        """Ask to drop a decision, with needs anchored where that is felt."""
        cut = self.model.exclude(solution.decisions)
        self.model.anchor(solution.quantities.keys())
        return cut

    def _fewest(self, found: Solution) -> Solution:
        """Equal of a solution with the fewest decisions; itself when there is no time."""
        try:
            return self.best() or found
        except OutOfTimeError:
            return _counted(found, self.stages, proven=False)

    def _set_apart(self, solution: Solution, diverse: int) -> bool:
        """Cut off a solution's enterprises; False when it has too few to differ by so many."""
        enterprises = {self._by_id[id].enterprise for id in solution.decisions} - {None}
        if len(enterprises) < diverse:
            return False
        self.model.drop_enterprises(sorted(filter(None, enterprises)), diverse)
        return True

    def _lexicographic(
        self, stages: Sequence[Stage], held: Sequence[tuple[Stage, float]] = ()
    ) -> Solution | None:
        """Minimise stages in turn; None when nothing is feasible.

        Where branching of ours does not end, or not within rounding, HiGHS branches.
        """
        try:
            return self._with_some_slack(stages, held)
        except OutOfTimeError:
            raise
        except (TooWideError, SolverError):
            if not self.model.branching:
                raise
        self.model.branch_no_more()
        return self._with_some_slack(stages, held)

    def _with_some_slack(
        self, stages: Sequence[Stage], held: Sequence[tuple[Stage, float]]
    ) -> Solution | None:
        """Minimise stages in turn; None when nothing is feasible.

        A held stage may look infeasible, or break the solver, by rounding alone: then all
        stages are held with the next wider slack.
        """
        reached: list[Reached] | None = None
        for attempt, slack in enumerate(HOLD_TOLERANCES):
            self.model.start_anew(attempt)
            kept = [self.model.hold(stage, value, slack) for stage, value in held]
            try:
                reached = self._minimise_in_turn(stages, slack, kept)
            finally:
                self.model.release(kept)
            if reached is None and not held:
                return None
            if reached and (len(reached) == len(stages) or self.patience.over):
                solution = self._solution(stages, reached)
                if self._balanced(solution.quantities):
                    return solution
        if reached is None:
            return None
        raise SolverError(UNSTABLE)

    def _minimise_in_turn(
        self, stages: Sequence[Stage], slack: float, kept: Sequence[Held]
    ) -> list[Reached] | None:
        """Stages up to where rounding or time stops them; None when nothing is feasible."""
        held: list[Held] = [*kept]
        reached: list[Reached] = []
        try:
            for stage in stages:
                if stage.idle and stage is not stages[-1]:
                    reached.append(NOTHING)
                    continue
                found = self._reach(stage, held)
                if found is None:
                    return _solved(reached) or None
                reached.append(found)
                if self.patience.over:
                    return reached
                self.model.widen(held, slack)
                held.append(self.model.hold(stage, found.exact.value, slack))
        except UnstableError:
            return _solved(reached)
        except OutOfTimeError:
            if solved := _solved(reached):
                return solved
            raise
        finally:
            self.model.release(held[len(kept) :])
        return reached

    def _reach(self, stage: Stage, held: Sequence[Held]) -> Reached | None:
        """Minimise a stage; once more and tightly where its bound is off by more than rounding."""
        found = self._reach_once(stage, held)
        if found is None or not found.mixed.proven or found.close:
            return found
        if self.model.branching:
            raise TooWideError
        with self.model.strictly():
            return self._reach_once(stage, held)

    def _reach_once(self, stage: Stage, held: Sequence[Held]) -> Reached | None:
        outcome = self._minimise_startable(stage)
        if outcome is None:
            return None
        return Reached(outcome, self._minimise_exactly(stage, outcome, held))

    def _minimise_exactly(
        self, stage: Stage, outcome: StageOutcome, held: Sequence[Held]
    ) -> StageOutcome:
        """Minimise a stage anew with its uses fixed and the stages before it held tightly.

        What is left is a linear program without the tolerances of the mixed one. Without
        it each stage would live on the slack of the one before.
        """
        with self.model.fixed_uses(self._used(outcome), outcome.columns):
            for slack in FINE_HOLD_TOLERANCES:
                self.model.widen(held, slack)
                exact = None
                with suppress(UnstableError):
                    exact = self.model.solve(stage)
                if exact is not None:
                    return _checked(exact, outcome, self._noise(stage))
        raise UnstableError(f"Stage {stage.name!r} has no exact solution.")

    def _noise(self, stage: Stage) -> float:
        """What the solver's tolerance on a single column can come to in a stage."""
        typical = self.model.typical
        weights = [value * typical[id] for id, value in stage.quantity.items()]
        return FEASIBILITY * max(weights, default=0.0)

    def _minimise_startable(self, stage: Stage) -> StageOutcome | None:
        """Minimise a stage, cutting off whatever would need its own product to start."""
        while (outcome := self.model.solve(stage)) is not None:
            cuts = self._startability.cuts(self._used(outcome))
            for cut in cuts:
                self.model.found(cut.stuck, cut.supports)
            if not cuts:
                break
        return outcome

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

    def _solution(self, stages: Sequence[Stage], reached: Sequence[Reached]) -> Solution:
        """Solution in clean numbers: stage values follow from the rounded quantities.

        Stages that were not reached have no better bound than 0. What is used without running
        does nothing, unless it starts a cycle.
        """
        quantities = self._amounts(reached[-1].exact)
        used = self._used(reached[-1].mixed) & (quantities.keys() | self.model.may_idle)
        involved = {e for id in used if (e := self._by_id[id].enterprise)}
        values = [stage.value(quantities, used, involved) for stage in stages]
        bounds = [one.mixed.bound for one in reached] + [0.0] * (len(stages) - len(reached))
        return Solution(
            quantities=quantities,
            decisions=frozenset(id for id in used if self._by_id[id].decision),
            stages=tuple(
                StageValue(stage.name, stage.unit, value, _proven_bound(value, bound))
                for stage, value, bound in zip(stages, values, bounds, strict=True)
            ),
            proven=len(reached) == len(stages)
            and all(one.mixed.proven for one in reached)
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


def _solved(reached: list[Reached]) -> list[Reached]:
    """Stages reached, up to the last for which anything was solved."""
    solved = list(reached)
    while solved and solved[-1] is NOTHING:
        solved.pop()
    return solved


def clean(quantity: float) -> float:
    """Quantity without the rounding noise of the solver."""
    return float(f"{quantity:.{DIGITS}g}")


def _checked(exact: StageOutcome, mixed: StageOutcome, noise: float) -> StageOutcome:
    """The exact outcome; a solver whose bound it undercuts has contradicted itself."""
    slack = max(noise, CONTRADICTION * abs(exact.value), CONTRADICTION * abs(mixed.bound))
    if exact.value < mixed.bound - slack:
        raise UnstableError(f"The value {exact.value} undercuts the bound {mixed.bound}.")
    return exact


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


def _better(one: Solution, other: Solution) -> bool:
    """Whether the first stage that tells two solutions apart is lower by more than rounding."""
    return _advantage(one, other) > CONTRADICTION


def _equal(one: Solution, other: Solution) -> bool:
    """Whether no stage tells two solutions apart."""
    return _advantage(one, other) == 0


def _advantage(one: Solution, other: Solution) -> float:
    """By how much the first stage that tells them apart is lower in the one, relatively."""
    for mine, theirs in zip(one.stages, other.stages, strict=False):
        difference = (theirs.value - mine.value) / max(1.0, abs(theirs.value))
        if abs(difference) > SAME:
            return difference
    return 0.0
