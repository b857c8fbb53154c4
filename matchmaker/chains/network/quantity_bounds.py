"""How much of each node a chain can need at most, and so how large an operation gets.

These bounds are the big-M of the program: tight ones make the proof fast. Off cycles they
follow from the demand; on cycles `cycle_bounds` proves them where it can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.network.cycle_bounds import cycle_needs
from matchmaker.chains.network.process_network import Operation, ProcessNetwork

BLOCK = 512
"""Nodes whose largest needs are followed up at once: bounds the memory."""

CYCLE_FACTOR = 1e4
"""No node on a cycle is taken to be needed more than this many times the largest need that
comes from outside of cycles: an assumption where `cycle_needs` proves no less."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Largest need of each node, units per year; `assumed` are those that no proof bounds."""

    largest: dict[str, float]
    assumed: frozenset[str]


def explode(network: ProcessNetwork) -> Needs:
    """Largest needs, from the demand down through the operations.

    A node's makers together yield no more than the need for it, or than all their minimum
    orders; each consumes the largest requirement per unit of its makers.
    """
    needs: dict[str, float] = defaultdict(float, network.demand)
    outside = 0.0
    for part in network.consumers_first:
        outside = max([outside, *(need for n in part if (need := needs[n]) < inf)])
        if part[0] in network.on_cycles:
            needs |= cycle_needs({n: needs[n] for n in part}, network.makers)
        for node in part:
            able = network.makers.get(node, ())
            for component, quantity in _requirements(node, needs[node], able).items():
                if component not in part:
                    needs[component] += quantity
    ceiling = CYCLE_FACTOR * (outside or 1.0)
    assumed = frozenset(node for node, need in needs.items() if need > ceiling)
    largest = {node: min(need, ceiling) for node, need in needs.items()}
    return Needs(largest, assumed)


def tight_needs(network: ProcessNetwork) -> Needs:
    """Units per year of each node that any chain can consume, by recipes that go together.

    `explode` counts for every node the components of all its recipes. Here each node
    follows the one recipe that takes most of the node in question: never more, but for
    minimum orders, with which the smaller of both counts. On cycles there is the first only.
    """
    if network.on_cycles:
        return explode(network)
    by_recipe = _needs_by_recipe(
        network, [node for part in network.consumers_first for node in part]
    )
    if not any(operation.lower for operation in network.operations):
        return Needs(by_recipe, frozenset())
    needs = explode(network)
    return replace(needs, largest={n: min(x, by_recipe[n]) for n, x in needs.largest.items()})


def _needs_by_recipe(network: ProcessNetwork, nodes: Sequence[str]) -> dict[str, float]:
    """Demand, and batches forced by minimum orders, times the most that a unit can take."""
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


def rests_on_assumption(operation: Operation, needs: Needs) -> bool:
    """Whether the largest quantity of an operation is `CYCLE_FACTOR`'s word alone."""
    if not any(node in needs.assumed for node, _ in operation.yields):
        return False
    return largest_quantity(operation, needs.largest) < operation.upper


def _requirements(node: str, need: float, makers: Sequence[Operation]) -> dict[str, float]:
    """Units of each component that making a node can take at most.

    A maker with several outputs is counted whole for each of them: more, never less.
    """
    amounts = [sum(amount for out, amount in o.yields if out == node) for o in makers]
    total = max(need, sum(o.lower * amount for o, amount in zip(makers, amounts, strict=True)))
    most: dict[str, float] = {}
    for operation, amount in zip(makers, amounts, strict=True):
        for component, quantity in operation.takes.items():
            most[component] = max(most.get(component, 0.0), quantity / amount)
    return {component: per_unit * total for component, per_unit in most.items()}
