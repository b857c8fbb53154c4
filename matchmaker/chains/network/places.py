"""Where items are supplied and consumed, and what carrying them between regions costs.

An item whose freight matters has a node for every region that supplies it
(`item:frame@RU-TA`) and one for every region that consumes it (`item:frame>RU-BA`); freight
operations lead from the ones to the others. Every other item is a single node (`item:frame`).
Purchases arrive delivered, so they are supplied ANYWHERE (`item:frame@`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import networkx as nx

from matchmaker.chains.network.process_network import (
    ANYWHERE,
    Operation,
    OperationKind,
    Place,
)
from matchmaker.codebook import distance

KG_PER_TONNE = 1000.0


class Places:
    """Node names of items, and the freight operations between them.

    Parameters
    ----------
    graph
        Graph of `build_graph`; its `freight_tariff` is in RUB per tonne-kilometre, its
        `road_factor` the length of a road over the straight line.
    composed
        Items by item that is put together where it is consumed (phantoms and
        substitutes): they have places as soon as one of their parts has.

    Attributes
    ----------
    nodes
        Item and region of each node named so far whose item has places.
    """

    def __init__(self, graph: nx.MultiDiGraph[str], composed: Mapping[str, Iterable[str]]) -> None:
        self._graph = graph
        self._placed = _placed(graph, composed)
        self._suppliers: dict[str, set[str]] = defaultdict(set)
        self._consumers: dict[str, set[str]] = defaultdict(set)
        self.nodes: dict[str, Place] = {}

    def supply(self, item: str, region: str) -> str:
        """Node at which a region supplies an item."""
        self._suppliers[item].add(region)
        return self._node(f"{item}@{region}", item, region)

    def need(self, item: str, region: str) -> str:
        """Node at which a region consumes an item."""
        self._consumers[item].add(region)
        return self._node(f"{item}>{region}", item, region)

    def _node(self, name: str, item: str, region: str) -> str:
        if item not in self._placed:
            return item
        self.nodes[name] = Place(item, region)
        return name

    def consumers(self, item: str) -> list[str]:
        """Regions that consume an item, sorted; of an item without places just ANYWHERE."""
        return sorted(self._consumers[item]) if item in self._placed else [ANYWHERE]

    def freight(self) -> list[Operation]:
        """Freight operations from every supplying to every consuming region."""
        return [
            Operation(
                id=f"freight:{item}@{source}>{target}",
                kind=OperationKind.FREIGHT,
                consumes=((f"{item}@{source}", 1.0),),
                yields=((f"{item}>{target}", 1.0),),
                item=item,
                unit_cost=self.tariff(item, source, target),
                decision=False,
            )
            for item in sorted(self._placed & set(self._suppliers))
            for source in sorted(self._suppliers[item])
            for target in sorted(self._consumers[item])
        ]

    def tariff(self, item: str, source: str, target: str) -> float:
        """Freight of one unit between two regions, RUB; 0 where a place is not known."""
        if ANYWHERE in (source, target):
            return 0.0
        settings = self._graph.graph
        tonnes = (self._graph.nodes[item].get("mass") or 0.0) / KG_PER_TONNE
        kilometres = distance(source, target) * settings["road_factor"]
        return float(tonnes * kilometres * settings["freight_tariff"])


def _placed(graph: nx.MultiDiGraph[str], composed: Mapping[str, Iterable[str]]) -> set[str]:
    """Items whose freight matters: with a mass, or put together in place from such."""
    if not graph.graph.get("freight_tariff"):
        return set()
    placed = {node for node, attributes in graph.nodes(data=True) if attributes.get("mass")}
    while True:
        more = {
            item
            for item, parts in composed.items()
            if item not in placed and any(part in placed for part in parts)
        }
        if not more:
            return placed
        placed |= more
