"""Why no enterprise closes a gap: one reason for each way known and not taken.

Last but one step of the room, beside `describe`, which puts the reasons into the gaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from math import inf

import networkx as nx

from matchmaker.chains.network.process_network import (
    Dropped,
    Operation,
    OperationKind,
    ProcessNetwork,
)
from matchmaker.graph import edges_of

NOBODY = "nobody-makes"
NO_PROCESS = "no-process"
"""Nobody makes it, and the catalogue names no process: whether anybody could is not known."""
AT_CAPACITY = "capacity"
OUT_OF_HOURS = "hours"
NOT_CHOSEN = "not-chosen"
RULED_OUT = "limits"
"""Nobody is left out and nothing is used up, and yet there is no chain: the limits forbid it."""

FULL = 1 - 1e-6
"""Part of a capacity above which it counts as used up."""


class Reasons:
    """Ways to each item that a chain does not take, looked up by item.

    Parameters
    ----------
    graph, network
        What the chain was composed of.
    quantities
        Units per year of every operation in use.
    """

    def __init__(
        self, graph: nx.MultiDiGraph[str], network: ProcessNetwork, quantities: Mapping[str, float]
    ) -> None:
        self._resources = network.resources
        self._quantities = quantities
        self._graph = graph
        self._made: dict[str, list[Operation]] = defaultdict(list)
        self._taken: dict[str, float] = defaultdict(float)
        for operation in network.operations:
            if operation.kind.made:
                self._made[operation.item].append(operation)
            for resource, amount in operation.uses:
                self._taken[resource] += amount * quantities.get(operation.id, 0.0)
        self._dropped: dict[str, list[Dropped]] = defaultdict(list)
        for left_out in network.dropped:
            self._dropped[left_out.item].append(left_out)

    def of(self, item: str) -> tuple[tuple[str, str], ...]:
        """Reasons with the enterprises they speak of, sorted.

        Where no enterprise makes the item at all, those count that make what may replace it.
        """
        known = self._not_taken([item]) or self._not_taken(self._stand_ins(item))
        return tuple(sorted(known)) or ((NOBODY if self._has_routing(item) else NO_PROCESS, ""),)

    def _has_routing(self, item: str) -> bool:
        nodes = self._graph.nodes
        return any(nodes[other]["node"] == "capability" for other in self._graph.successors(item))

    @cached_property
    def _substitutes(self) -> nx.DiGraph[str]:
        return nx.DiGraph((item, part) for part, item, *_ in edges_of(self._graph, "substitutes"))

    def _not_taken(self, items: Iterable[str]) -> set[tuple[str, str]]:
        return {
            reason
            for item in items
            for reason in (
                *((self._why_not_more(o), o.enterprise or "") for o in self._made.get(item, ())),
                *((d.reason, d.enterprise or "") for d in self._dropped.get(item, ())),
            )
        }

    def _stand_ins(self, item: str) -> set[str]:
        """Items that may replace an item, directly or one through another."""
        known = self._substitutes
        return nx.descendants(known, item) if item in known else set()

    def _why_not_more(self, operation: Operation) -> str:
        quantity = self._quantities.get(operation.id, 0.0)
        if operation.upper < inf and quantity >= operation.upper * FULL:
            return AT_CAPACITY
        for resource, _ in operation.uses:
            if self._taken[resource] >= self._resources[resource] * FULL:
                return OUT_OF_HOURS if operation.kind is OperationKind.COULD_MAKE else AT_CAPACITY
        return NOT_CHOSEN
