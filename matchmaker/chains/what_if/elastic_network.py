"""A network in which every constraint may give way, at the price of using a slack.

Between `constraints` and `repair`. Room is a node: what there is of a capacity or of free hours
supplies it, and so does a slack, an operation that somebody has to decide to use. What the
limits forbid takes a permit that only a slack yields. So the program, its bounds and its
trimming stay what they are, and the slacks used are the repair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

import networkx as nx

from matchmaker.chains.changes import Constraint, RepairAction
from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.goals import Stage
from matchmaker.chains.network.assemble import assemble
from matchmaker.chains.network.process_network import (
    Operation,
    OperationKind,
    ProcessNetwork,
    without_idle_freight,
)
from matchmaker.chains.network.sourcing import sourced
from matchmaker.chains.what_if.constraints import (
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
from matchmaker.graph import edges_of
from matchmaker.model import Role

FREE = 1.0
"""RUB that a unit of a slack counts for when nothing is paid for what it adds."""


@dataclass(frozen=True, slots=True)
class ElasticNetwork:
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


def make_elastic(
    graph: nx.MultiDiGraph[str], demands: Sequence[Demand], limits: Limits
) -> ElasticNetwork:
    """Relaxation of what the demands and the limits ask of a graph."""
    admitting = replace(
        limits,
        roles=frozenset(Role),
        exclude=frozenset(),
        exclude_pairs=frozenset(),
        demand_certificates=False,
    )
    whole = assemble(
        graph, demands, replace(admitting, dual_sourcing=frozenset(), single_sourcing=False)
    )
    builder = _Builder(graph, limits, sourced(whole, limits))
    return ElasticNetwork(
        graph=graph,
        asked=limits,
        whole=whole,
        network=builder.network(),
        slacks=builder.slacks,
        weights=builder.weights,
        limits=replace(
            admitting,
            require=frozenset(),
            require_pairs=frozenset(),
            max_enterprises=None,
            max_interested=None,
        ),
    )


def number_rows(
    relaxation: ElasticNetwork, largest: Mapping[str, float]
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
    for enterprise, item in _requirements(asked):
        theirs = [o.id for o in _theirs(relaxation, enterprise, item)]
        least = min(1.0, max((largest.get(id, 0.0) for id in theirs), default=0.0) or 1.0)
        weights = dict.fromkeys(theirs, -1.0) | {slack_of(required(enterprise, item)): -least}
        yield Stage("required", "count", weights), -least


def required_operations(relaxation: ElasticNetwork) -> frozenset[str]:
    """Operations of the enterprises, or the enterprises and items, that have to take part."""
    return frozenset(
        o.id
        for enterprise, item in _requirements(relaxation.asked)
        for o in _theirs(relaxation, enterprise, item)
    )


def _theirs(relaxation: ElasticNetwork, enterprise: str, item: str) -> list[Operation]:
    operations = relaxation.network.operations
    return [o for o in operations if o.enterprise == enterprise and item in ("", o.item)]


def actions_of(
    relaxation: ElasticNetwork, quantities: Mapping[str, float]
) -> Iterator[tuple[str, Constraint, float]]:
    """Slacks that a solution uses: operation, constraint, and how far it gives way."""
    for operation in relaxation.network.operations:
        quantity = quantities.get(operation.id, 0.0)
        constraint = relaxation.slacks.get(operation.id)
        if constraint and quantity > 0:
            yield operation.id, constraint, _amount(constraint, operation, quantity, quantities)


def apply(
    relaxation: ElasticNetwork, actions: Iterable[RepairAction]
) -> tuple[ProcessNetwork, Limits]:
    """Network, not yet trimmed, and limits once the actions are taken."""
    amounts = {action.constraint.id: action.amount for action in actions}
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
        require_pairs=frozenset(p for p in asked.require_pairs if required(*p).id not in amounts),
        max_enterprises=_more(asked.max_enterprises, amounts.get(MAX_ENTERPRISES)),
        max_interested=_more(asked.max_interested, amounts.get(MAX_INTERESTED)),
    )
    network = replace(whole, operations=without_idle_freight(admitted), resources=resources)
    return sourced(network, asked), limits


def _requirements(limits: Limits) -> list[tuple[str, str]]:
    """Enterprises that have to take part, with the item where one is named."""
    return sorted({*((enterprise, "") for enterprise in limits.require), *limits.require_pairs})


def slack_of(constraint: Constraint) -> str:
    """Id of the operation that gives way on a constraint."""
    return f"slack:{constraint.id}"


@dataclass(slots=True)
class _Builder:
    """Slacks under construction, with the operations that open a network up to them."""

    graph: nx.MultiDiGraph[str]
    limits: Limits
    whole: ProcessNetwork
    slacks: dict[str, Constraint] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    _own: dict[str, Operation] = field(default_factory=dict)
    _supplied: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def network(self) -> ProcessNetwork:
        """The network opened up, with all that the slacks and the limits' numbers take."""
        opened = [copy for o in self.whole.operations for copy in self._open_up(o)]
        numbers = dict(self._numbers())
        slacks = [
            Operation(id, OperationKind.SLACK, (), tuple((node, 1.0) for node in sorted(nodes)))
            for id, nodes in self._supplied.items()
        ]
        return replace(
            self.whole,
            operations=(*opened, *self._own.values(), *slacks),
            demand={**self.whole.demand, **numbers},
            resources={},
            exclusive=tuple(self._with_slacks(group) for group in self.whole.exclusive),
        )

    def _open_up(self, operation: Operation) -> Iterator[Operation]:
        """The operation, taking rooms and permits instead of standing under bounds.

        With a minimum order, also one for less than that: a slack itself. Not where a second
        maker is asked for: less than the minimum order would be no second maker.
        """
        if not (operation.kind.made or operation.backs):
            yield operation
            return
        permits = admissions(self.graph, self.limits, operation)
        takes = [(self._permit(one), 1.0) for one in permits] + [*self._rooms(operation)]
        opened = replace(operation, consumes=(*operation.consumes, *takes), uses=(), upper=inf)
        yield opened
        if operation.lower and operation.item not in self.limits.dual_sourcing:
            constraint = minimum_order(self.graph, operation)
            id = self._remember(constraint, operation.unit_cost)
            yield replace(opened, id=id, lower=0.0, upper=operation.lower)

    def _rooms(self, operation: Operation) -> Iterator[tuple[str, float]]:
        """Rooms that a unit of an operation takes: capacity and free hours.

        Of a standby they are those of the operation it backs, as they are under the loss.
        """
        maker = next((o for o in self.whole.operations if o.id == operation.backs), operation)
        named, rates, stated = hours(self.graph), self._rates(), self.whole.stated
        of_offer = (capacity(self.graph, maker), maker.unit_cost)
        amounts = dict(operation.uses)
        if operation.upper < inf and offer_of(maker) not in map(stated, amounts):
            node = f"{offer_of(maker)}:{operation.id}" if operation.backs else offer_of(maker)
            yield self._room(node, *of_offer, operation.upper), 1.0
        for resource, amount in amounts.items():
            known = stated(resource)
            slack = (named[known], rates[known]) if known in named else of_offer
            if amount:
                yield self._room(resource, *slack, self.whole.resources[resource]), amount

    def _rates(self) -> dict[str, float]:
        return {key: edge["rate"] for _, _, key, edge in edges_of(self.graph, "masters")}

    def _numbers(self) -> Iterator[tuple[str, float]]:
        """Nodes whose demand makes room for enterprises beyond the limits' numbers."""
        firms = {o.enterprise for o in self.whole.operations if o.enterprise}
        asked = [required(*one) for one in _requirements(self.limits)]
        if self.limits.max_enterprises is not None:
            asked.append(most(MAX_ENTERPRISES))
        if self.limits.max_interested is not None:
            asked.append(most(MAX_INTERESTED))
        for constraint in asked:
            yield self._room(constraint.id, constraint, FREE, inf), float(max(1, len(firms)))

    def _room(self, name: str, constraint: Constraint, weight: float, there_is: float) -> str:
        """Node of a room, supplied by what there is of it and by a slack."""
        node, own = f"room:{name}", f"own:{name}"
        self._own[own] = Operation(
            own, OperationKind.SLACK, (), ((node, 1.0),), decision=False, upper=there_is
        )
        self._supplied[self._remember(constraint, weight or FREE)].add(node)
        return node

    def _permit(self, constraint: Constraint) -> str:
        """Node of a permit, supplied by a slack alone, in any amount."""
        node = f"permit:{constraint.id}"
        self._supplied[self._remember(constraint, 0.0)].add(node)
        return node

    def _remember(self, constraint: Constraint, weight: float) -> str:
        """Id of the slack of a constraint."""
        id = slack_of(constraint)
        self.slacks[id] = constraint
        self.weights[id] = weight
        return id

    def _with_slacks(self, group: frozenset[str]) -> frozenset[str]:
        """An exclusive set, with the slacks that stand for operations of it."""
        return group | {id for id in self.slacks if _stands_for(id) in group}


def _stands_for(slack: str) -> str:
    """Operation whose minimum order a slack waives; of others nothing that exists."""
    return slack.removeprefix(f"slack:{MINIMUM_ORDER}:")


def _eased(
    graph: nx.MultiDiGraph[str], operation: Operation, amounts: Mapping[str, float]
) -> Operation:
    """The operation with the room that the actions give it."""
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
