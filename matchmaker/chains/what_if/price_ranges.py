"""Which prices would change a chain: the range of each step's, and where rivals win.

Behind `compose`. The best value of a stage as a function of one price, all else unchanged, is
concave and piecewise linear; the chain's own value is a line that touches it. Where the two
part is found by Newton's method: the best chain at a trial price is another line, their
intersection the next trial, until the chain itself is best there. Every trial is a re-solve;
no dual value is used. Reference values stay as they are.

References
----------
Dinkelbach, W. (1967). On nonlinear fractional programming. Management Science 13(7), 492-498.
Jenkins, L. (1982). Parametric mixed integer programming. Management Science 28(11), 1270-1284.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from matchmaker.chains.changes import PriceRange, RivalPrice, RunnerUp
from matchmaker.chains.combined_goals import goal_named
from matchmaker.chains.compose import build_problem, step_ids
from matchmaker.chains.goals import Stage
from matchmaker.chains.network.process_network import Operation
from matchmaker.chains.result import Result, Status, Step
from matchmaker.chains.search.k_best import Solution
from matchmaker.errors import SolverError

NEGLIGIBLE = 1e-9
"""Relative difference of two values of a stage that is none."""

ROUNDING = 1e-6
"""Change of a weight by a rouble of price that is none."""


def explain_prices(result: Result) -> tuple[PriceRange, ...]:
    """Range of the price of every enterprise's step within which the best chain stays best.

    Returns
    -------
    tuple of PriceRange
        One a step of an enterprise, in their order; none when the chain is not proven best.
    """
    if not _proven(result):
        return ()
    margins = _Margins(result)
    return tuple(margins.range_of(step) for step in result.chains[0].steps if step.enterprise)


def explain_rivals(result: Result, runners_up: Sequence[RunnerUp]) -> tuple[RivalPrice, ...]:
    """Price below which each runner-up for the same item comes into the best chain.

    Parameters
    ----------
    runners_up
        Of the best chain, from `explain_alternatives`.
    """
    if not _proven(result):
        return ()
    margins = _Margins(result)
    return tuple(rival for one in runners_up for rival in margins.rivals_of(one))


def _proven(result: Result) -> bool:
    return bool(result.chains) and result.chains[0].status is Status.OPTIMAL


@dataclass(frozen=True, slots=True)
class _Line:
    """Value of a stage as a function of a price: `value` at `price`, and its slope."""

    price: float
    value: float
    slope: float

    def at(self, price: float) -> float:
        return self.value + (price - self.price) * self.slope

    def crossing(self, other: _Line) -> float:
        """Price at which both have the same value."""
        return self.price + (other.at(self.price) - self.value) / (self.slope - other.slope)


@dataclass(frozen=True, slots=True)
class _Priced:
    """A stage at the stated price, and what one rouble more adds to each weight."""

    stage: Stage
    slopes: Mapping[str, float]
    price: float

    def at(self, price: float) -> Stage:
        """The stage when the offer has that price."""
        more = {id: (price - self.price) * slope for id, slope in self.slopes.items()}
        weights = {id: self.stage.quantity.get(id, 0.0) + extra for id, extra in more.items()}
        return replace(self.stage, quantity={**self.stage.quantity, **weights})

    def slope(self, quantities: Mapping[str, float]) -> float:
        """What the stage gains per rouble, at given quantities."""
        return sum(slope * quantities.get(id, 0.0) for id, slope in self.slopes.items())


@dataclass(frozen=True, slots=True)
class _Margin:
    """How far a price can move, and the chain that takes over there, if one does."""

    price: float
    successor: Solution | None


class _Margins:
    """Re-solves of one problem at other prices, on one model."""

    def __init__(self, result: Result) -> None:
        self._chain = result.chains[0]
        self._problem = build_problem(
            result.graph, result.demands, goal=result.goal, limits=result.limits
        ).without_simplicity()
        self._search = self._problem.search()
        self._operations = {o.id: o for o in self._problem.network.operations}
        self._quantities = {step.operation: step.quantity for step in self._chain.steps}
        self._values = {stage.name: stage.value for stage in self._chain.stages}
        self._ranges: dict[frozenset[str], PriceRange] = {}

    def range_of(self, step: Step) -> PriceRange:
        """Range of a step's price; steps that follow one offer share it."""
        offer = self._offer(step.operation)
        if offer not in self._ranges:
            low, high = self._margin(offer, 0.0), self._margin(offer, inf)
            self._ranges[offer] = PriceRange(
                step.operation,
                step.price,
                low.price if low.successor else None,
                high.price if high.successor else None,
                self._newcomers(low),
                self._newcomers(high),
            )
        return replace(self._ranges[offer], operation=step.operation)

    def rivals_of(self, runner_up: RunnerUp) -> list[RivalPrice]:
        """What the runner-up brings in for the same item, and at which price it would win."""
        item = self._operations[runner_up.operation].item
        rivals = [
            self._operations[id]
            for id in runner_up.replaced_by
            if id in self._operations and self._operations[id].item == item
        ]
        return [self._rival(runner_up, rival) for rival in rivals if _has_price(rival)]

    def _rival(self, runner_up: RunnerUp, rival: Operation) -> RivalPrice:
        margin = self._margin(self._offer(rival.id), 0.0)
        return RivalPrice(
            operation=runner_up.operation,
            rival=rival.id,
            price=rival.unit_cost,
            wins_below=margin.price if margin.successor else None,
            decided_by=self._decisive(runner_up),
        )

    def _decisive(self, runner_up: RunnerUp) -> str:
        for name, difference in runner_up.differences:
            if difference > NEGLIGIBLE * max(1.0, abs(self._values[name])):
                return name
        return ""

    def _offer(self, operation: str) -> frozenset[str]:
        """Operations that have the price of this one: all recipes of its offer."""
        edge = self._operations[operation].edge
        alike = (o.id for o in self._operations.values() if edge and o.edge == edge)
        return frozenset(alike) | {operation}

    def _newcomers(self, margin: _Margin) -> tuple[str, ...]:
        if margin.successor is None:
            return ()
        after = step_ids(self._problem.network, margin.successor.quantities)
        return tuple(sorted(after - {step.operation for step in self._chain.steps}))

    def _margin(self, offer: frozenset[str], end: float) -> _Margin:
        """How far the price of an offer can move towards an end of all prices, 0 or ∞.

        A stage that the price is in bounds the move; the next ones choose among the chains
        that have the same line there, which is what holding it at both prices asks for.
        """
        margin = _Margin(end, None)
        held: list[tuple[Stage, float]] = []
        for priced in self._priced(offer):
            value = self._values[priced.stage.name]
            held.append((priced.stage, value))
            if priced.slopes and margin.price != priced.price:
                line = _Line(priced.price, value, priced.slope(self._quantities))
                margin = self._touching(priced, line, margin, held[:-1])
                held.append(_at_end(priced, line, margin.price))
        return margin

    def _touching(
        self,
        priced: _Priced,
        own: _Line,
        margin: _Margin,
        held: Sequence[tuple[Stage, float]],
    ) -> _Margin:
        """Where the chain's line leaves the best value of one stage."""
        if margin.price == inf:
            margin = self._least_of_it(priced, own, held)
        while margin.price < inf:
            solution = self._minimise(held, priced.at(margin.price))
            other = _line(priced, margin.price, solution)
            if other.slope == own.slope or not _undercuts(other, own, margin.price):
                break
            nearer = _between(own.price, own.crossing(other), margin.price)
            if nearer == margin.price:
                break
            margin = _Margin(nearer, solution)
        return margin

    def _least_of_it(
        self, priced: _Priced, own: _Line, held: Sequence[tuple[Stage, float]]
    ) -> _Margin:
        """Where the chain that takes least of the offer, whatever it costs, becomes as good."""
        amount = _amount(priced)
        least = self._minimise(held, amount).stages[0].value
        if least >= own.slope - NEGLIGIBLE * max(1.0, own.slope):
            return _Margin(inf, None)
        solution = self._minimise([*held, (amount, least)], priced.stage)
        crossing = own.crossing(_line(priced, priced.price, solution))
        return _Margin(max(priced.price, crossing), solution)

    def _minimise(self, held: Sequence[tuple[Stage, float]], stage: Stage) -> Solution:
        solution = self._search.best_while(held, [stage])
        if solution is None:
            raise SolverError("The solver finds a chain and then loses it again.")
        return solution

    def _priced(self, offer: frozenset[str]) -> list[_Priced]:
        """Stages of the goal with what the offer's price adds to them."""
        network, goal = self._problem.network, goal_named(self._problem.goal)
        dearer = replace(network, operations=tuple(_dearer(o, offer) for o in network.operations))
        price = self._operations[min(offer)].unit_cost
        return [
            _Priced(stage, _slopes(stage, more), price)
            for stage, more in zip(self._problem.stages, goal(dearer), strict=False)
        ]


def _between(stated: float, crossing: float, trial: float) -> float:
    """The crossing, which rounding may have moved past the stated price or the trial."""
    low, high = sorted((stated, trial))
    return min(max(crossing, low), high)


def _has_price(operation: Operation) -> bool:
    return operation.kind.made or operation.kind.source


def _dearer(operation: Operation, offer: frozenset[str]) -> Operation:
    if operation.id not in offer:
        return operation
    return replace(operation, unit_cost=operation.unit_cost + 1.0)


def _slopes(stage: Stage, more: Stage) -> dict[str, float]:
    """Difference of the weights of a stage when a price is a rouble higher."""
    changed = {id: w - stage.quantity.get(id, 0.0) for id, w in more.quantity.items()}
    return {id: round(change, 9) for id, change in changed.items() if abs(change) > ROUNDING}


def _amount(priced: _Priced) -> Stage:
    """How much a chain takes of the offer, as a stage of its own."""
    return Stage("amount", "count", quantity=dict(priced.slopes))


def _at_end(priced: _Priced, own: _Line, price: float) -> tuple[Stage, float]:
    """The stage held at the end of the range as well."""
    if price == inf:
        return _amount(priced), own.slope
    return priced.at(price), own.at(price)


def _line(priced: _Priced, price: float, solution: Solution) -> _Line:
    """Line of a chain whose last stage was minimised at a price."""
    return _Line(price, solution.stages[-1].value, priced.slope(solution.quantities))


def _undercuts(other: _Line, own: _Line, price: float) -> bool:
    """Whether another chain is better at a price, by more than rounding."""
    return other.at(price) < own.at(price) - NEGLIGIBLE * max(1.0, abs(own.at(price)))
