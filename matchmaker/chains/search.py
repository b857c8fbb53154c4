"""The k best sets of decisions of a process network, each with its proof.

Each next set drops at least one decision of every earlier one (or, with `diverse`, at
least so many enterprises): without that, a chain with one idle purchase added would be
the "second best". Stages are minimised one after another; the value each reached is held
while the next is minimised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from matchmaker.chains.bounds import nodes_on_loops
from matchmaker.chains.demand import Limits
from matchmaker.chains.formulation import Formulation, Held, Outcome
from matchmaker.chains.goals import Stage
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.chains.structure import founded
from matchmaker.errors import SolverError, UnstableError

HOLDS = (1e-11, 1e-10, 1e-9, 1e-8, 1e-7)
"""Slacks with which a reached stage is held while decisions are open, the tightest first."""

FINE_HOLDS = (1e-13, 1e-12, *HOLDS, 1e-6)
"""Slacks once the decisions are fixed and the quantities alone are made exact."""

MPS_SLACK = 1e-9
"""Slack of the held stages in a program for another solver."""

DIGITS = 10
"""Significant digits of quantities: what the solver leaves beyond is noise."""

SAME = 1e-10
"""Relative difference within which two solutions agree in a stage."""

CONTRADICTION = 1e-6
"""Relative difference by which a bound may not exceed a value, nor a later chain be better."""

ROUNDING = 1e-8
"""Relative difference of a value and its bound that rounding explains."""


@dataclass(frozen=True, slots=True)
class StageValue:
    """What a stage came to: `bound` is the proven least value, `value` the one reached."""

    name: str
    unit: str
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the value may be from the best possible, in the stage's unit."""
        return max(0.0, self.value - self.bound)


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

    mixed: Outcome
    exact: Outcome


class Search:
    """Finds sets of decisions of one network in order; keeps one model for all of them.

    Parameters
    ----------
    network
        Maximal structure of the network.
    stages
        Measures to minimise, the most important first.
    limits
        What chains may not do.
    """

    def __init__(self, network: ProcessNetwork, stages: tuple[Stage, ...], limits: Limits) -> None:
        self.network = network
        self.stages = stages
        self.model = Formulation(network, stages, limits)
        self._loops = nodes_on_loops(network)
        self._by_id = {o.id: o for o in network.operations}

    def best(self) -> Solution | None:
        """Best set of decisions that the cuts so far leave; None when there is none.

        A held stage may look infeasible, or break the solver, by rounding alone: then all
        stages are held with the next wider slack.
        """
        for attempt, slack in enumerate(HOLDS):
            self.model.start_anew(attempt)
            reached = self._minimise_in_turn(slack)
            if reached is None:
                return None
            if len(reached) == len(self.stages):
                return self._solution(reached)
        raise SolverError("The solver finds no stable solution: are figures of very unlike size?")

    def k_best(self, k: int, *, diverse: int = 0) -> Iterator[Solution]:
        """Up to k sets of decisions in order, each dropping something of all before it."""
        before: Solution | None = None
        for _ in range(k):
            solution = self.best()
            if solution is None:
                return
            if before is not None and _better(solution, before):
                raise SolverError("A later chain came out better than the one before it.")
            before = solution
            yield solution
            if not self._forbid(solution, diverse):
                return

    def write_mps(self, path: Path) -> Solution | None:
        """Write the program of the last stage, those before it held at their optimum.

        Returns what the program's optimum is; None, and no file, when there is none.
        """
        solution = self.best()
        if solution is not None:
            reached = zip(self.stages[:-1], solution.stages[:-1], strict=True)
            held = [self.model.hold(stage, one.value, MPS_SLACK) for stage, one in reached]
            self.model.write(self.stages[-1], path)
            self.model.delete_rows([row for one in held for row in one.rows])
        return solution

    @contextmanager
    def without(self, operations: frozenset[str]) -> Iterator[None]:
        """While inside, none of these operations may be used."""
        with self.model.without(sorted(operations)):
            yield

    def _forbid(self, solution: Solution, diverse: int) -> bool:
        """Cut a solution off; False when nothing different can be asked for."""
        if diverse:
            enterprises = {self._by_id[id].enterprise for id in solution.decisions} - {None}
            if len(enterprises) < diverse:
                return False
            self.model.drop_enterprises(sorted(filter(None, enterprises)), diverse)
        elif solution.decisions:
            self.model.exclude(sorted(solution.decisions))
        return bool(solution.decisions)

    def _minimise_in_turn(self, slack: float) -> list[Reached] | None:
        """Stages up to where rounding stops them; None when nothing is feasible at all."""
        held: list[Held] = []
        reached: list[Reached] = []
        try:
            for stage in self.stages:
                outcome = self._minimise_founded(stage)
                if outcome is None:
                    return reached or None
                exact = self._minimise_exactly(stage, outcome, held)
                reached.append(Reached(outcome, exact))
                self.model.widen(held, slack)
                held.append(self.model.hold(stage, exact.value, slack))
        except UnstableError:
            return reached
        finally:
            self.model.delete_rows([row for one in held for row in one.rows])
        return reached

    def _minimise_exactly(self, stage: Stage, outcome: Outcome, held: Sequence[Held]) -> Outcome:
        """Minimise a stage anew with its uses fixed and the stages before it held tightly.

        What is left is a linear program without the tolerances of the mixed one. Without
        it each stage would live on the slack of the one before.
        """
        with self.model.fixed_uses(self._used(outcome)):
            for slack in FINE_HOLDS:
                self.model.widen(held, slack)
                exact = None
                with suppress(UnstableError):
                    exact = self.model.solve(stage)
                if exact is not None:
                    return _checked(exact, outcome)
        raise UnstableError(f"Stage {stage.name!r} has no exact solution.")

    def _minimise_founded(self, stage: Stage) -> Outcome | None:
        """Minimise a stage, cutting off whatever would need its own product to start."""
        while True:
            outcome = self.model.solve(stage)
            if outcome is None or not self._loops:
                return outcome
            if not self._cut_unfounded(outcome):
                return outcome

    def _cut_unfounded(self, outcome: Outcome) -> bool:
        """Forbid a use that would need its own product to start; False when there is none."""
        running = [self._by_id[id] for id in self._running(outcome)]
        real = [o for o in running if o.kind is not Kind.MISSING]
        yielded = {node for o in real for node, _ in o.yields}
        fully_missing = {node for o in real for node, _ in o.consumes} - yielded
        started = founded(real, fully_missing)
        unfounded = [o for o in real if o.id not in started]
        if unfounded:
            have = fully_missing | {n for id in started for n, _ in self._by_id[id].yields}
            lacking = {node for o in unfounded for node, _ in o.consumes} - have
            self.model.found([o.id for o in unfounded], self._supports(unfounded, lacking))
        return bool(unfounded)

    def _supports(self, unfounded: list[Operation], lacking: set[str]) -> list[str]:
        """Operations outside the unfounded set that yield what it lacks."""
        inside = {o.id for o in unfounded}
        return [
            o.id
            for o in self.model.binary
            if o.id not in inside
            and o.kind is not Kind.MISSING
            and any(node in lacking for node, _ in o.yields)
        ]

    def _running(self, outcome: Outcome) -> list[str]:
        """Operations with a quantity, or switched on although idle."""
        return sorted(self._amounts(outcome).keys() | self._used(outcome))

    def _amounts(self, outcome: Outcome) -> dict[str, float]:
        """Units per year of the operations that run, without the noise of the solver."""
        columns, largest = outcome.columns, self.model.largest
        amounts = {
            id: clean(columns[x])
            for id, x in self.model.x.items()
            if columns[x] > ROUNDING * largest[id]
        }
        return {id: amount for id, amount in amounts.items() if amount > 0}

    def _used(self, outcome: Outcome) -> frozenset[str]:
        return frozenset(id for id, z in self.model.z.items() if outcome.columns[z] > 0.5)

    def _solution(self, reached: Sequence[Reached]) -> Solution:
        """Solution in clean numbers: stage values follow from the rounded quantities."""
        used = self._used(reached[-1].mixed)
        quantities = self._amounts(reached[-1].exact)
        involved = {e for id in used if (e := self._by_id[id].enterprise)}
        values = [stage.value(quantities, used, involved) for stage in self.stages]
        return Solution(
            quantities=quantities,
            decisions=frozenset(id for id in used if self._by_id[id].decision),
            stages=tuple(
                StageValue(stage.name, stage.unit, value, _proven_bound(value, one.mixed.bound))
                for stage, value, one in zip(self.stages, values, reached, strict=True)
            ),
            proven=all(one.mixed.proven for one in reached),
        )


def clean(quantity: float) -> float:
    """Quantity without the rounding noise of the solver."""
    return float(f"{quantity:.{DIGITS}g}")


def _checked(exact: Outcome, mixed: Outcome) -> Outcome:
    """The exact outcome; a solver whose bound it undercuts has contradicted itself."""
    if exact.value < mixed.bound - CONTRADICTION * max(abs(exact.value), abs(mixed.bound)):
        raise UnstableError(f"The value {exact.value} undercuts the bound {mixed.bound}.")
    return exact


def _proven_bound(value: float, bound: float) -> float:
    """Bound of the solver; the value itself where they differ by rounding alone."""
    return value if abs(value - bound) <= ROUNDING * max(1.0, abs(value)) else bound


def _better(one: Solution, other: Solution) -> bool:
    """Whether the first stage that tells two solutions apart is lower by more than rounding."""
    for mine, theirs in zip(one.stages, other.stages, strict=True):
        difference = (theirs.value - mine.value) / max(1.0, abs(theirs.value))
        if abs(difference) > SAME:
            return difference > CONTRADICTION
    return False
