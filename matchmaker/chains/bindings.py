"""Which bounds hold a chain back, and what one more unit of each is worth.

Behind `compose`. Every bound that the chain is at is relaxed by one unit and the goal solved
anew, decisions and all. The dual values of a linear program would not do: they speak of steps as
small as anybody likes, and of the chain's own decisions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from matchmaker.chains.compose import Problem, differences, pose
from matchmaker.chains.constraints import (
    MAX_ENTERPRISES,
    MAX_INTERESTED,
    capacity,
    hours,
    minimum_order,
    most,
    required,
)
from matchmaker.chains.network import Operation
from matchmaker.chains.result import Binding, Chain, Constraint, Result
from matchmaker.model import Role

FULL = 1 - 1e-6
"""Part of a bound from which on it is reached."""

ONE = 1.0
"""Relaxation: a unit a year, an hour a year, an enterprise, a requirement."""

Reached = tuple[Constraint, float, Problem]
"""A bound that a chain is at: which, its value, and the problem with one unit more room."""


def weigh_bindings(result: Result, rank: int = 1) -> tuple[Binding, ...]:
    """Bounds that a chain is at, each relaxed by one unit and the goal solved anew.

    Capacities and free hours used up, minimum orders just met, the largest number of
    enterprises reached, enterprises required.

    Returns
    -------
    tuple of Binding
        In order of their constraints' ids. For the best chain the first difference that is
        not 0 is below 0: more room never makes the optimum worse.
    """
    if not result.chains:
        return ()
    chain = result.chains[rank - 1]
    whole = pose(result.graph, result.demands, goal=result.goal, limits=result.limits)
    problem = whole.without_simplicity()
    quantities = {step.operation: step.quantity for step in chain.steps}
    reached = [
        *_operations(problem, quantities),
        *_resources(problem, quantities),
        *_numbers(problem, chain),
        *_requirements(problem),
    ]
    return tuple(_weigh(chain, *one) for one in sorted(reached, key=lambda one: one[0].id))


def _weigh(chain: Chain, constraint: Constraint, bound: float, relaxed: Problem) -> Binding:
    solution = relaxed.search().best()
    after = solution.stages if solution else ()
    return Binding(constraint, bound, ONE, differences(chain.stages, after))


def _operations(problem: Problem, quantities: Mapping[str, float]) -> Iterator[Reached]:
    """Capacities of offers with one recipe, and minimum orders."""
    for operation in problem.network.operations:
        quantity, lower = quantities.get(operation.id, 0.0), operation.lower
        if quantity >= operation.upper * FULL:
            roomier = replace(operation, upper=operation.upper + ONE)
            constraint = capacity(problem.graph, operation)
            yield constraint, operation.upper, _with_operation(problem, roomier)
        if lower and 0 < quantity <= lower / FULL:
            lesser = replace(operation, lower=max(0.0, lower - ONE))
            constraint = minimum_order(problem.graph, operation)
            yield constraint, lower, _with_operation(problem, lesser)


def _resources(problem: Problem, quantities: Mapping[str, float]) -> Iterator[Reached]:
    """Free hours, and capacities of offers with several recipes."""
    free = hours(problem.graph)
    users: dict[str, list[tuple[Operation, float]]] = {r: [] for r in problem.network.resources}
    for operation in problem.network.operations:
        for resource, amount in operation.uses:
            users[resource].append((operation, amount * quantities.get(operation.id, 0.0)))
    for resource, bound in problem.network.resources.items():
        taken = sum(amount for _, amount in users[resource])
        if taken > 0 and taken >= bound * FULL:
            named = free.get(resource) or capacity(problem.graph, users[resource][0][0])
            roomier = {**problem.network.resources, resource: bound + ONE}
            network = replace(problem.network, resources=roomier)
            yield named, bound, replace(problem, network=network)


def _numbers(problem: Problem, chain: Chain) -> Iterator[Reached]:
    """Largest numbers of enterprises, and of interested ones."""
    limits, roles = problem.limits, problem.network.roles
    number = len(chain.enterprises)
    if limits.max_enterprises is not None and number >= limits.max_enterprises:
        roomier = replace(limits, max_enterprises=limits.max_enterprises + 1)
        yield most(MAX_ENTERPRISES), limits.max_enterprises, replace(problem, limits=roomier)
    number = sum(roles[enterprise] is Role.INTERESTED for enterprise in chain.enterprises)
    if limits.max_interested is not None and number >= limits.max_interested:
        roomier = replace(limits, max_interested=limits.max_interested + 1)
        yield most(MAX_INTERESTED), limits.max_interested, replace(problem, limits=roomier)


def _requirements(problem: Problem) -> Iterator[Reached]:
    for enterprise in sorted(problem.limits.require):
        limits = replace(problem.limits, require=problem.limits.require - {enterprise})
        relaxed = pose(problem.graph, problem.demands, goal=problem.goal, limits=limits)
        yield required(enterprise), ONE, relaxed.without_simplicity()


def _with_operation(problem: Problem, changed: Operation) -> Problem:
    operations = tuple(changed if o.id == changed.id else o for o in problem.network.operations)
    return replace(problem, network=replace(problem.network, operations=operations))
