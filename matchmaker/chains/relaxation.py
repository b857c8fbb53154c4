"""A network in which every constraint may give way, at the price of using a slack.

Between `constraints` and `repair`. Room is a node: what there is of a capacity or of free hours
supplies it, and so does a slack, an operation that somebody has to decide to use. What the
limits forbid takes a permit that only a slack yields. So the program, its bounds and its
trimming stay what they are, and the slacks used are the repair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

import networkx as nx

from matchmaker.chains.assemble import assemble
from matchmaker.chains.constraints import (
    CAPACITY,
    HOURS,
    MAX_ENTERPRISES,
    MAX_INTERESTED,
    MINIMUM_ORDER,
    admissions,
    capacity,
    hours,
    minimum_order,
    most,
    offer_of,
    required,
)
from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.goals import Stage
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.chains.result import Constraint, Measure
from matchmaker.graph import edges_of
from matchmaker.model import Role

FREE = 1.0
"""RUB that a unit of a slack counts for when nothing is paid for what it adds."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A network with slacks, and what its program needs beside it.

    Attributes
    ----------
    whole
        Everything that could help if the limits admitted it, constraints as stated.
    network
        The same with rooms, permits and slacks.
    slacks
        Constraint by the operation that gives way on it.
    weights
        RUB per year that a unit of a slack counts for, by operation.
    limits
        What stays forbidden; numbers and requirements are left to `number_rows`.
    """

    graph: nx.MultiDiGraph[str]
    asked: Limits
    whole: ProcessNetwork
    network: ProcessNetwork
    slacks: Mapping[str, Constraint]
    weights: Mapping[str, float]
    limits: Limits


def relax(graph: nx.MultiDiGraph[str], demands: Sequence[Demand], limits: Limits) -> Relaxation:
    """Relaxation of what the demands and the limits ask of a graph."""
    admitting = replace(
        limits,
        roles=frozenset(Role),
        exclude=frozenset(),
        exclude_pairs=frozenset(),
        demand_certificates=False,
    )
    whole = assemble(graph, demands, admitting)
    builder = _Builder(graph, limits, whole)
    operations = [copy for o in whole.operations for copy in builder.open_up(o)]
    asked_for = dict(builder.numbers())
    network = replace(
        whole,
        operations=(*operations, *builder.added.values()),
        demand={**whole.demand, **asked_for},
        resources={},
    )
    inner = replace(admitting, require=frozenset(), max_enterprises=None, max_interested=None)
    return Relaxation(graph, limits, whole, network, builder.slacks, builder.weights, inner)


def number_rows(
    relaxation: Relaxation, largest: Mapping[str, float]
) -> Iterator[tuple[Stage, float]]:
    """Limits on numbers and requirements, as stages with the most they may come to.

    Parameters
    ----------
    largest
        Largest useful quantity of each operation of the trimmed network.
    """
    roles, asked = relaxation.network.roles, relaxation.asked
    everyone = sorted({o.enterprise for o in relaxation.network.operations if o.enterprise})
    interested = [e for e in everyone if roles[e] is Role.INTERESTED]
    for kind, bound, counted in (
        (MAX_ENTERPRISES, asked.max_enterprises, everyone),
        (MAX_INTERESTED, asked.max_interested, interested),
    ):
        if bound is not None:
            weights = {slack_of(most(kind)): -1.0}
            yield Stage(kind, "count", weights, {}, dict.fromkeys(counted, 1.0)), float(bound)
    for enterprise in sorted(asked.require):
        theirs = [o.id for o in relaxation.network.operations if o.enterprise == enterprise]
        least = min(1.0, max((largest.get(id, 0.0) for id in theirs), default=0.0) or 1.0)
        weights = dict.fromkeys(theirs, -1.0) | {slack_of(required(enterprise)): -least}
        yield Stage("required", "count", weights), -least


def measures_of(
    relaxation: Relaxation, quantities: Mapping[str, float]
) -> Iterator[tuple[str, Constraint, float]]:
    """Slacks that a solution uses: operation, constraint, and how far it gives way."""
    for operation in relaxation.network.operations:
        quantity = quantities.get(operation.id, 0.0)
        constraint = relaxation.slacks.get(operation.id)
        if constraint and quantity > 0:
            yield operation.id, constraint, _amount(constraint, operation, quantity, quantities)


def apply(relaxation: Relaxation, measures: Iterable[Measure]) -> tuple[ProcessNetwork, Limits]:
    """Network, not yet trimmed, and limits once the measures are taken."""
    amounts = {measure.constraint.id: measure.amount for measure in measures}
    asked, whole = relaxation.asked, relaxation.whole
    admitted = [
        _eased(relaxation.graph, operation, amounts)
        for operation in whole.operations
        if all(one.id in amounts for one in admissions(relaxation.graph, asked, operation))
    ]
    resources = {
        id: amount + amounts.get(f"{HOURS}:{id}", 0.0) + amounts.get(f"{CAPACITY}:{id}", 0.0)
        for id, amount in whole.resources.items()
    }
    limits = replace(
        asked,
        require=frozenset(e for e in asked.require if required(e).id not in amounts),
        max_enterprises=_more(asked.max_enterprises, amounts.get(MAX_ENTERPRISES)),
        max_interested=_more(asked.max_interested, amounts.get(MAX_INTERESTED)),
    )
    return replace(whole, operations=tuple(_supplied(admitted)), resources=resources), limits


def _supplied(operations: Sequence[Operation]) -> Iterator[Operation]:
    """The operations without freight from places where nobody is left to supply."""
    supplied = {node for o in operations if o.kind is not Kind.FREIGHT for node, _ in o.yields}
    for operation in operations:
        if operation.kind is not Kind.FREIGHT or operation.consumes[0][0] in supplied:
            yield operation


def slack_of(constraint: Constraint) -> str:
    """Id of the operation that gives way on a constraint."""
    return f"slack:{constraint.id}"


@dataclass(slots=True)
class _Builder:
    """Slacks under construction, with the operations that open a network up to them."""

    graph: nx.MultiDiGraph[str]
    limits: Limits
    whole: ProcessNetwork
    added: dict[str, Operation] = field(default_factory=dict)
    slacks: dict[str, Constraint] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    def open_up(self, operation: Operation) -> Iterator[Operation]:
        """The operation, taking rooms and permits instead of standing under bounds.

        With a minimum order, also one for less than that: a slack itself.
        """
        if not operation.kind.made:
            yield operation
            return
        takes = [(self._permit(one), 1.0) for one in self._admissions(operation)]
        takes += self._rooms(operation)
        consumes = (*operation.consumes, *takes)
        yield replace(operation, consumes=consumes, uses=(), upper=inf)
        if operation.lower:
            constraint = minimum_order(self.graph, operation)
            id = slack_of(constraint)
            self._remember(id, constraint, operation.unit_cost)
            yield replace(
                operation, id=id, consumes=consumes, uses=(), lower=0.0, upper=operation.lower
            )

    def numbers(self) -> Iterator[tuple[str, float]]:
        """Nodes whose demand makes room for enterprises beyond the limits' numbers."""
        firms = {o.enterprise for o in self.whole.operations if o.enterprise}
        asked = [required(enterprise) for enterprise in sorted(self.limits.require)]
        asked += [
            most(kind)
            for kind, bound in (
                (MAX_ENTERPRISES, self.limits.max_enterprises),
                (MAX_INTERESTED, self.limits.max_interested),
            )
            if bound is not None
        ]
        for constraint in asked:
            yield self._room(constraint, inf, FREE), float(max(1, len(firms)))

    def _admissions(self, operation: Operation) -> tuple[Constraint, ...]:
        return admissions(self.graph, self.limits, operation)

    def _rooms(self, operation: Operation) -> Iterator[tuple[str, float]]:
        """Rooms that a unit of an operation takes: capacity and free hours."""
        free = {key: edge for _, _, key, edge in edges_of(self.graph, "masters")}
        named = hours(self.graph)
        offer, amounts = offer_of(operation), dict(operation.uses)
        if operation.upper < inf and offer not in amounts:
            amounts[offer] = 1.0
        for resource, amount in amounts.items():
            if resource in named:
                room, rate = self.whole.resources[resource], free[resource]["rate"]
                yield self._room(named[resource], room, rate or FREE), amount
            elif amount:
                room = self.whole.resources.get(resource, operation.upper)
                constraint = capacity(self.graph, operation)
                yield self._room(constraint, room, operation.unit_cost or FREE), amount

    def _room(self, constraint: Constraint, there_is: float, weight: float) -> str:
        """Node of a room, supplied by what there is of it and by a slack."""
        node = f"room:{constraint.id}"
        own = Operation(
            f"own:{constraint.id}", Kind.SLACK, (), ((node, 1.0),), decision=False, upper=there_is
        )
        self.added.setdefault(own.id, own)
        self._supply(constraint, node, weight)
        return node

    def _permit(self, constraint: Constraint) -> str:
        """Node of a permit, supplied by a slack alone, in any amount."""
        node = f"permit:{constraint.id}"
        self._supply(constraint, node, 0.0)
        return node

    def _supply(self, constraint: Constraint, node: str, weight: float) -> None:
        id = slack_of(constraint)
        self.added.setdefault(id, Operation(id, Kind.SLACK, (), ((node, 1.0),)))
        self._remember(id, constraint, weight)

    def _remember(self, id: str, constraint: Constraint, weight: float) -> None:
        self.slacks[id] = constraint
        self.weights[id] = weight


def _eased(
    graph: nx.MultiDiGraph[str], operation: Operation, amounts: Mapping[str, float]
) -> Operation:
    """The operation with the room that the measures give it."""
    if not operation.kind.made:
        return operation
    more = amounts.get(capacity(graph, operation).id, 0.0)
    less = amounts.get(minimum_order(graph, operation).id, 0.0)
    lower = max(0.0, operation.lower - less)
    return replace(operation, upper=operation.upper + more, lower=lower)


def _more(bound: int | None, extra: float | None) -> int | None:
    return None if bound is None else bound + round(extra or 0.0)


def _amount(
    constraint: Constraint, slack: Operation, quantity: float, quantities: Mapping[str, float]
) -> float:
    if constraint.kind == MINIMUM_ORDER:
        return slack.upper - quantity
    if constraint.kind in {CAPACITY, HOURS, MAX_ENTERPRISES, MAX_INTERESTED}:
        return quantity
    return 1.0
