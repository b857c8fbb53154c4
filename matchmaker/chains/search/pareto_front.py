"""The exact front of two measures: what no chain beats in one without losing in the other.

The front is walked by `k_best`, from the least of the first measure to the least of the
second. Every point on it is found lexicographically, the second measure no more than so much,
and so is efficient. Where quantities alone trade one measure against the other, a set of
decisions contributes a line, and the walk follows it until another set goes below it.

References
----------
Haimes, Y., Lasdon, L., Wismer, D. (1971). On a bicriterion formulation of the problems of
integrated system identification and system optimization. IEEE SMC 1(3), 296-297 (ε-constraint).
Perini, T., Boland, N., Pecin, D., Savelsbergh, M. (2020). A criterion space method for
biobjective mixed integer programming: the boxed line method. INFORMS J. on Computing 32(1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from matchmaker.chains.combined_goals import weighted_sum
from matchmaker.chains.goals import DELIVERY, Stage
from matchmaker.chains.program.outcome import Failure
from matchmaker.chains.result import Point, Segment, StageValue
from matchmaker.chains.search.k_best import (
    HOLD_TOLERANCES,
    ROUNDING,
    UNSTABLE,
    KBestSearch,
    Solution,
)
from matchmaker.errors import OutOfTimeError, SolverError

RESOLUTION = 1e-6
"""Part of a front's extent, in each measure, within which two of its points are one."""

COUNT = "count"
"""Unit of measures that are whole numbers."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk stands; `held` when it is on the front, whose solution there is `solution`.

    `along` is the solution whose decisions the walk follows from there.
    """

    x: float
    y: float
    solution: Solution
    along: Solution
    held: bool


class FrontWalk:
    """Walks the front of two measures of one search.

    Parameters
    ----------
    search
        Its stages are those of delivery, the two measures, and what chooses among equals.

    Attributes
    ----------
    segments
        Pieces of the front met so far, in order.
    complete
        Whether the walk has come to the end of the front.
    """

    def __init__(self, search: KBestSearch) -> None:
        self.segments: list[Segment] = []
        self.complete = False
        self._search = search
        first, second = len(DELIVERY), len(DELIVERY) + 1
        self._first, self._second = search.stages[first], search.stages[second]
        self._equals = search.stages[second + 1 :]
        self._delivered: tuple[StageValue, ...] = ()
        self._steps = (0.0, 0.0)
        self._least = 0.0
        self._follows = all(map(_of_quantities, (self._first, self._second)))

    def points(self) -> Iterator[Solution]:
        """Corners of the front in order, each with its proof; ends early when time runs out."""
        try:
            yield from self._points()
        except OutOfTimeError:
            self._search.cut_short = True

    def _points(self) -> Iterator[Solution]:
        first = self._search.best()
        if first is None:
            self.complete = True
            return
        self._delivered = first.stages[: len(DELIVERY)]
        if self._search.time_limit.over:
            self._search.cut_short = True
            yield first
            return
        here = self._place(first)
        last = self._place(self._efficient(self._second, self._first), swapped=True)
        first_step = _step(self._first, here.x, last.x)
        self._steps = (first_step, _step(self._second, here.y, last.y))
        self._least = last.y
        self.complete = self._at_end(here)
        yield first
        while not self.complete:
            there = self._onward(here)
            self.complete = self._at_end(there)
            if there.held and not self._same(here, there):
                yield there.solution
            here = there

    def _onward(self, here: _Place) -> _Place:
        """The next corner of the front, or where its next piece begins."""
        edge = self._edge(here) if self._follows else None
        if edge is None:
            return self._below(here)
        line = _Line.through((here.x, here.y), edge, self._first, self._second)
        turn = self._leaves(here, edge, line)
        if turn is None:
            self._record(here, edge, held=True)
            return self._corner((self._second, edge[1]))
        reached = (turn.x, line.at(turn.x))
        on_line = reached[1] - turn.y <= self._steps[1]
        if turn.x - here.x > self._steps[0]:
            self._record(here, reached, held=on_line)
        elif on_line:
            return replace(turn, held=here.held)
        return turn

    def _record(self, here: _Place, end: Point, *, held: bool) -> None:
        decisions = here.along.decisions
        self.segments.append(Segment((here.x, here.y), end, here.held, held, decisions))

    def _corner(self, *bounds: tuple[Stage, float]) -> _Place:
        """Efficient place of the least first measure within bounds, proven anew."""
        return self._place(self._efficient(self._first, self._second, *bounds))

    def _below(self, here: _Place) -> _Place:
        """The best that is below a place: a corner, or where a line comes up beside the place."""
        top = here.y - self._steps[1]
        found = self._corner((self._second, top))
        if self._follows:
            bounds = [(self._second, here.y)]
            x, y = self._shift(found.solution, [self._first, self._second], bounds)
            if y > top + self._steps[1] / 2:
                beside = x - here.x <= self._steps[0]
                return replace(found, x=x, y=y, held=here.held and beside)
        return found

    def _edge(self, here: _Place) -> Point | None:
        """End of the line that a place is the upper end of; None when there is none."""
        bounds = [(self._second, here.y)]
        y, x = self._shift(here.along, [self._second, self._first], bounds)
        end = (x, y)
        while end[0] - here.x > self._steps[0] and here.y - end[1] > self._steps[1]:
            line = _Line.through((here.x, here.y), end, self._first, self._second)
            values = self._shift(here.along, [line.stage, self._first, self._second], bounds)
            if values[0] >= line.value * (1 - RESOLUTION):
                return end
            _, x, y = values
            if x - here.x <= self._steps[0] or here.y - y <= self._steps[1]:
                return end
            end = (x, y)
        return None

    def _leaves(self, here: _Place, edge: Point, line: _Line) -> _Place | None:
        """Where another set of decisions goes below a line first; None when none does."""
        top = here.y if here.held else here.y - self._steps[1]
        box = [(self._second, top), (self._first, edge[0])]
        lowest = self._solve([line.stage], box).stages[0]
        if lowest.value >= line.value * (1 - RESOLUTION):
            return None
        below = (line.stage, line.value * (1 - RESOLUTION))
        turn = self._corner(below, (self._second, top))
        bounds = [(line.stage, line.value), (self._second, top)]
        x, y = self._shift(turn.solution, [self._first, self._second], bounds)
        if turn.x - x <= ROUNDING * max(1.0, abs(x)):
            return turn
        return replace(self._corner((self._second, y)), along=turn.along)

    def _efficient(self, first: Stage, second: Stage, *bounds: tuple[Stage, float]) -> Solution:
        """Least of two measures in turn, and then of what chooses among equals."""
        solution = self._solve([first, second, *self._equals], bounds)
        return replace(solution, stages=(*self._delivered, *solution.stages))

    def _solve(self, stages: Sequence[Stage], bounds: Sequence[tuple[Stage, float]]) -> Solution:
        """Least of stages in turn, delivery as it is; raises when time runs out."""
        solution = self._search.best_while([*self._delivery(), *bounds], stages)
        if solution is None:
            raise SolverError(UNSTABLE)
        if not solution.proven and self._search.time_limit.over:
            raise OutOfTimeError("Time ran out before a point of the front was proven.")
        return solution

    def _delivery(self) -> list[tuple[Stage, float]]:
        """Stages of delivery with what they come to."""
        reached = zip(self._search.stages, self._delivered, strict=False)
        return [(stage, one.value) for stage, one in reached]

    def _shift(
        self,
        solution: Solution,
        stages: Sequence[Stage],
        bounds: Sequence[tuple[Stage, float]],
    ) -> tuple[float, ...]:
        """Least of stages in turn while nothing but quantities may change."""
        model = self._search.model
        held = [*self._delivery(), *bounds]
        used = solution.decisions | (solution.quantities.keys() & model.z.keys())
        with model.fixed_binaries(used):
            for slack in HOLD_TOLERANCES:
                if (found := self._in_turn(stages, held, slack)) is not None:
                    return found
        raise SolverError(UNSTABLE)

    def _in_turn(
        self, stages: Sequence[Stage], held: Sequence[tuple[Stage, float]], slack: float
    ) -> tuple[float, ...] | None:
        """Values of stages minimised in turn; None when rounding stands in the way."""
        model = self._search.model
        kept = [model.hold(stage, value, slack) for stage, value in held]
        found: list[float] = []
        try:
            for stage in stages:
                outcome = self._search.solver.solve(stage)
                if outcome is Failure.OUT_OF_TIME:
                    raise OutOfTimeError("Time ran out before a point was found.")
                if isinstance(outcome, Failure):
                    return None
                found.append(outcome.value)
                kept.append(model.hold(stage, outcome.value, slack))
        finally:
            model.release(kept)
        return tuple(found)

    def _place(self, solution: Solution, *, swapped: bool = False) -> _Place:
        values = [stage.value for stage in solution.stages[len(DELIVERY) :]]
        x, y = values[1::-1] if swapped else values[:2]
        return _Place(x, y, solution, solution, held=True)

    def _at_end(self, place: _Place) -> bool:
        return place.y - self._least <= self._steps[1] and place.held

    def _same(self, one: _Place, other: _Place) -> bool:
        """Whether two places are one, as far as rounding can tell."""
        x, y = self._steps
        return one.held and abs(one.x - other.x) <= x and abs(one.y - other.y) <= y


@dataclass(frozen=True, slots=True)
class _Line:
    """Line through two points: all of `stage` that comes to `value`."""

    stage: Stage
    value: float
    start: Point
    end: Point

    @classmethod
    def through(cls, start: Point, end: Point, first: Stage, second: Stage) -> _Line:
        weights = (1 / (end[0] - start[0]), 1 / (start[1] - end[1]))
        stage = weighted_sum("line", "", zip(weights, (first, second), strict=True))
        return cls(stage, weights[0] * start[0] + weights[1] * start[1], start, end)

    def at(self, x: float) -> float:
        """Second measure where the first is `x`."""
        part = (x - self.start[0]) / (self.end[0] - self.start[0])
        return self.start[1] - part * (self.start[1] - self.end[1])


def _step(stage: Stage, one: float, other: float) -> float:
    """Distance in a measure within which two points of a front that runs so far are one."""
    if stage.unit == COUNT:
        return 1 - RESOLUTION
    return max(RESOLUTION * abs(one - other), ROUNDING * max(1.0, abs(one), abs(other)))


def _of_quantities(stage: Stage) -> bool:
    """Whether shifting quantities can change a measure."""
    return bool(stage.quantity) or any(peak.quantity for _, peak in stage.peaks)
