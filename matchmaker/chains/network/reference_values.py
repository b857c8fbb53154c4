"""What a missing unit of an item counts for: the yardstick of unmet needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import networkx as nx

from matchmaker.graph import edges_of, nodes_of

UNPRICED = 1.0
"""RUB that making or getting an item counts for when nobody states any price."""


def reference_values(
    graph: nx.MultiDiGraph[str],
    recipes: Mapping[str, Mapping[str, Mapping[str, float]]],
    substitutes: Mapping[str, Mapping[str, float]],
) -> dict[str, float]:
    """RUB per unit of every item, so that a whole always counts more than its parts.

    The larger of its market price (import, else domestic) and of its cheapest recipe at
    reference values plus the cheapest stated price of making it. Without a market price it
    counts no less than its cheapest substitute: else the parts that a substitute lacks could
    count as much as the whole, and hide behind it.
    """
    fees = _cheapest_fees(graph)
    values: dict[str, float] = {}

    def value(item: str, above: frozenset[str]) -> float:
        if item in values:
            return values[item]
        if item in above:
            return 0.0
        inner = above | {item}
        attributes = graph.nodes[item]
        market = attributes["import_price"] or attributes["domestic_price"] or 0.0
        made = [
            sum(quantity * value(part, inner) for part, quantity in recipe.items())
            for recipe in recipes.get(item, {}).values()
        ]
        stands_in = [
            ratio * value(part, inner) for part, ratio in substitutes.get(item, {}).items()
        ]
        values[item] = market
        if made or item in fees or not stands_in:
            values[item] = max(market, min(made, default=0.0) + fees.get(item, UNPRICED))
        if stands_in and not market:
            values[item] = max(values[item], min(stands_in))
        return values[item]

    for item in nodes_of(graph, "item"):
        value(item, frozenset())
    return values


def _cheapest_fees(graph: nx.MultiDiGraph[str]) -> dict[str, float]:
    fees: dict[str, list[float]] = defaultdict(list)
    for kind in ("makes", "could_make"):
        for _, item, _, edge in edges_of(graph, kind):
            if edge["price"]:
                fees[item].append(edge["price"])
    return {item: min(prices) for item, prices in fees.items()}
