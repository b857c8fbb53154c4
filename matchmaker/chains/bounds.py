"""How much of each node a chain can need at most, and so how large an operation gets.

These bounds are the big-M of `formulation`: tight ones make the proof fast.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import inf

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.network import Operation, ProcessNetwork

BLOCK = 512
"""Nodes whose largest needs are followed up at once: bounds the memory."""

LOOP_FACTOR = 1e4
"""Without a capacity, an operation on a loop is taken to run at most this many times the
largest need outside of loops."""


def largest_needs(network: ProcessNetwork) -> dict[str, float]:
    """Units per year of each node that any chain without idle surplus can consume.

    Demand is exploded through the operations. A node's makers together yield no more than
    the need for it, or than all their minimum orders; each consumes the largest
    requirement per unit of its makers. Nodes on loops get `LOOP_FACTOR` times the
    largest other need.
    """
    makers: dict[str, list[Operation]] = defaultdict(list)
    for operation in network.operations:
        for node, _ in operation.yields:
            makers[node].append(operation)
    needs: dict[str, float] = defaultdict(float, network.demand)
    on_loop = nodes_on_loops(network)
    for node in _consumers_first(network):
        if node in on_loop:
            needs[node] = inf
        for component, quantity in _requirements(node, needs[node], makers[node]).items():
            needs[component] += quantity
    ceiling = LOOP_FACTOR * max((need for need in needs.values() if need < inf), default=1.0)
    return {node: min(need, ceiling) for node, need in needs.items()}


def tight_needs(network: ProcessNetwork) -> dict[str, float]:
    """Units per year of each node that any chain can consume, by recipes that go together.

    `largest_needs` counts for every node the components of all its recipes. Here each node
    follows the one recipe that takes most of the node in question. The smaller of both
    counts; on loops there is the first only.
    """
    needs = largest_needs(network)
    if nodes_on_loops(network):
        return needs
    return {node: min(need, needs[node]) for node, need in _needs_by_recipe(network).items()}


def _needs_by_recipe(network: ProcessNetwork) -> dict[str, float]:
    """Demand, and batches forced by minimum orders, times the most that a unit can take."""
    nodes = _consumers_first(network)
    place = {node: row for row, node in enumerate(nodes)}
    recipes = _recipes(network, place)
    demand = np.array([network.demand.get(node, 0.0) for node in nodes])
    batches = np.zeros(len(nodes))
    for operation in network.operations:
        for node, amount in operation.yields:
            batches[place[node]] += operation.lower * amount
    needs = np.zeros(len(nodes))
    for first in range(0, len(nodes), BLOCK):
        most = _most_per_unit(recipes, np.arange(first, min(first + BLOCK, len(nodes))))
        needs[first : first + BLOCK] = (demand + batches) @ most
    return dict(zip(nodes, (needs - batches).tolist(), strict=True))


def _recipes(
    network: ProcessNetwork, place: Mapping[str, int]
) -> list[set[tuple[tuple[int, float], ...]]]:
    """Different sets of (component, units per unit) by which each node is yielded."""
    recipes: list[set[tuple[tuple[int, float], ...]]] = [set() for _ in place]
    for operation in network.operations:
        for node, amount in operation.yields:
            taken = tuple((place[part], q / amount) for part, q in operation.consumes)
            recipes[place[node]].add(taken)
    return recipes


def _most_per_unit(
    recipes: list[set[tuple[tuple[int, float], ...]]], targets: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Most units of each target (columns) that a unit of each node (rows) can take."""
    most = np.zeros((len(recipes), len(targets)))
    for node in reversed(range(len(recipes))):
        for recipe in recipes[node]:
            taken = sum((q * most[part] for part, q in recipe), np.zeros(len(targets)))
            np.maximum(most[node], taken, out=most[node])
        most[node][targets == node] = 1.0
    return most


def largest_quantity(operation: Operation, needs: Mapping[str, float]) -> float:
    """Units per year above which running the operation only adds surplus."""
    useful = max((needs.get(node, 0.0) / amount for node, amount in operation.yields), default=0.0)
    return min(operation.upper, max(operation.lower, useful))


def nodes_on_loops(network: ProcessNetwork) -> set[str]:
    """Nodes from which a path of operations leads back to themselves."""
    flow = _flow(network)
    loops = (part for part in nx.strongly_connected_components(flow) if len(part) > 1)
    return set().union(*loops) | set(nx.nodes_with_selfloops(flow))


def _flow(network: ProcessNetwork) -> nx.DiGraph[str]:
    flow: nx.DiGraph[str] = nx.DiGraph()
    flow.add_nodes_from(network.nodes)
    for operation in network.operations:
        flow.add_edges_from(
            (node, part) for node, _ in operation.yields for part, _ in operation.consumes
        )
    return flow


def _consumers_first(network: ProcessNetwork) -> list[str]:
    """Nodes so ordered that whatever consumes a node stands before it, loops aside."""
    condensed = nx.condensation(_flow(network))
    return [
        node
        for part in nx.topological_sort(condensed)
        for node in sorted(condensed.nodes[part]["members"])
    ]


def _requirements(node: str, need: float, makers: list[Operation]) -> dict[str, float]:
    """Units of each component that making a node can take at most.

    A maker with several outputs is counted whole for each of them: more, never less.
    """
    minimum = sum(o.lower * amount for o in makers for out, amount in o.yields if out == node)
    total = max(need, minimum)
    requirements: dict[str, float] = {}
    for operation in makers:
        amount = sum(amount for out, amount in operation.yields if out == node)
        for component, quantity in operation.consumes:
            per_unit = quantity / amount
            requirements[component] = max(requirements.get(component, 0.0), per_unit * total)
    return requirements
