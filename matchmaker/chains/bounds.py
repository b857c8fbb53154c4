"""How much of each node a chain can need at most, and so how large an operation gets.

These bounds are the big-M of `formulation`: tight ones make the proof fast.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import inf

import networkx as nx

from matchmaker.chains.network import Operation, ProcessNetwork

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
