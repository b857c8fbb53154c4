"""The process network: items, operations between them, and what is asked of it.

`assemble` makes a network from the graph, `maximal_structure` trims it, `program.model` turns it
into a mixed-integer program. The words are those of the P-graph literature; here an operation
mostly is (enterprise, output item, recipe).

References
----------
Friedler, F., Tarján, K., Huang, Y. W., Fan, L. T. (1992). Graph-theoretic approach to
process synthesis: axioms and theorems. Chemical Engineering Science 47(8), 1973-1988.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from math import inf
from types import MappingProxyType

from matchmaker.model import Role

ANYWHERE = ""
"""Place of an item that has no place: no freight to or from it."""


class OperationKind(StrEnum):
    """What an operation is."""

    MAKES = "makes"
    COULD_MAKE = "could_make"
    DOMESTIC = "domestic"
    IMPORT = "import"
    MISSING = "missing"
    SUBSTITUTE = "substitute"
    PHANTOM = "phantom"
    FREIGHT = "freight"
    STANDBY = "standby"
    """What a maker would take over if another were lost; in no chain."""
    SLACK = "slack"
    """What there is of something scarce, or what a repair would add to it; in no chain."""

    @property
    def made(self) -> bool:
        """Whether an enterprise of the survey does it."""
        return self is OperationKind.MAKES or self is OperationKind.COULD_MAKE

    @property
    def source(self) -> bool:
        """Whether it brings an item into the network from outside."""
        return self is OperationKind.DOMESTIC or self is OperationKind.IMPORT


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to bring forth an item; the quantity `x` counts units of it per year.

    Attributes
    ----------
    consumes, yields
        (node, units per unit of the operation).
    lower, upper
        Least and largest quantity when used, units per year.
    unit_cost, fixed_cost
        RUB per unit; RUB per year when used at all.
    uses
        (resource, amount per unit): hours of a capability, or an offer's shared capacity.
    confidence
        Probability that the enterprise can do it, in [0, 1].
    decision
        Whether choosing it is a decision that tells chains apart.
    edge
        (source node, target node, key) of the graph edge it came from.
    backs, lost
        Operation it stands by for: it can only run where that is used; and the enterprise
        that is taken to be lost meanwhile.
    lead_time
        Days from order to delivery, everything it takes at hand; None when not stated.
    """

    id: str
    kind: OperationKind
    consumes: tuple[tuple[str, float], ...] = ()
    yields: tuple[tuple[str, float], ...] = ()
    item: str = ""
    enterprise: str | None = None
    alternative: str = ""
    lower: float = 0.0
    upper: float = inf
    unit_cost: float = 0.0
    fixed_cost: float = 0.0
    uses: tuple[tuple[str, float], ...] = ()
    confidence: float = 1.0
    decision: bool = True
    edge: tuple[str, str, str] | None = None
    backs: str = ""
    lost: str | None = None
    lead_time: float | None = None

    @property
    def takes(self) -> dict[str, float]:
        """Units of each node that a unit takes, summed where one is named twice."""
        taken: dict[str, float] = {}
        for node, quantity in self.consumes:
            taken[node] = taken.get(node, 0.0) + quantity
        return taken


@dataclass(frozen=True, slots=True)
class Place:
    """Item and region of a node: where the item is supplied or consumed."""

    item: str
    region: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A way to bring forth an item that was left out, and why."""

    item: str
    enterprise: str | None
    reason: str
    operation: str = ""


@dataclass(frozen=True)
class ProcessNetwork:
    """Operations and what is demanded of them.

    What follows from them is worked out once, when it is first asked for.

    Attributes
    ----------
    demand
        Units per year by node.
    resources
        Amount per year by resource, such as hours of a capability.
    involvement
        RUB per year by enterprise, paid once when it takes part.
    roles
        Standing of each enterprise towards the cluster.
    reference
        RUB per unit by item: what a missing unit counts for.
    exclusive
        Sets of operations of which at most one may be used.
    dropped
        What was left out so far, with reasons.
    places
        Item and region of the nodes whose item has one in every region; any other node is
        its item.
    stated_resources
        Resource as it is when nobody is lost, by its copy under the loss of an enterprise.
    """

    operations: tuple[Operation, ...]
    demand: Mapping[str, float]
    resources: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    involvement: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    reference: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    exclusive: tuple[frozenset[str], ...] = ()
    dropped: tuple[Dropped, ...] = ()
    places: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    stated_resources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def item_of(self, node: str) -> str:
        """Item of a node, whatever its region."""
        return self.places[node].item if node in self.places else node

    def stated(self, resource: str) -> str:
        """A resource as it is when nobody is lost."""
        return self.stated_resources.get(resource, resource)

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Every node that an operation or the demand names, sorted."""
        taken = {node for o in self.operations for node, _ in o.consumes}
        return tuple(sorted(taken.union(self.demand, self.makers)))

    @cached_property
    def makers(self) -> Mapping[str, Sequence[Operation]]:
        """Operations by each node that they yield."""
        return makers(self.operations)

    @cached_property
    def consumers_first(self) -> tuple[tuple[str, ...], ...]:
        """Nodes, those of a cycle together, so that whatever consumes a node stands before it."""
        import networkx as nx  # Late: names of goals are asked for without a network.

        pairs = ((n, part) for o in self.operations for n, _ in o.yields for part, _ in o.consumes)
        flow: nx.DiGraph[str] = nx.DiGraph()
        flow.add_nodes_from(self.nodes)
        flow.add_edges_from(dict.fromkeys(pairs))
        with suppress(nx.NetworkXUnfeasible):  # Without cycles there is nothing to condense.
            return tuple((node,) for node in nx.topological_sort(flow))
        condensed = nx.condensation(flow)
        parts = (condensed.nodes[part]["members"] for part in nx.topological_sort(condensed))
        return tuple(tuple(sorted(part)) for part in parts)

    @cached_property
    def cycles(self) -> tuple[frozenset[str], ...]:
        """Sets of nodes each of which leads to every other, over operations, and back to itself."""
        own = {node for o in self.operations for node, _ in o.yields if node in o.takes}
        parts = self.consumers_first
        return tuple(frozenset(part) for part in parts if len(part) > 1 or part[0] in own)

    @cached_property
    def on_cycles(self) -> frozenset[str]:
        """Nodes from which a path of operations leads back to themselves."""
        return frozenset[str]().union(*self.cycles)

    def keep(self, kept: set[str], reasons: Mapping[str, str]) -> ProcessNetwork:
        """Network of the kept operations only; the others are dropped for their reason."""
        gone = tuple(
            Dropped(o.item, o.enterprise, reasons[o.id], o.id)
            for o in self.operations
            if o.id not in kept and o.kind.made
        )
        operations = tuple(o for o in self.operations if o.id in kept)
        return replace(self, operations=operations, dropped=self.dropped + gone)


def makers(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """Operations by each node that they yield."""
    by_node: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        for node, _ in operation.yields:
            by_node[node].append(operation)
    return dict(by_node)


def without_idle_freight(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operations without freight from places where nobody is left to supply."""
    freight = OperationKind.FREIGHT
    supplied = {node for o in operations if o.kind is not freight for node, _ in o.yields}
    return tuple(o for o in operations if o.kind is not freight or o.consumes[0][0] in supplied)
