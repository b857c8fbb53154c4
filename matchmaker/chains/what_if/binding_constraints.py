"""Which bounds hold a chain back, and what one more unit of each is worth.

Behind `compose`. Every bound that the chain is at is relaxed by one unit and the goal solved
anew, decisions and all. The dual values of a linear program would not do: they speak of steps as
small as anybody likes, and of the chain's own decisions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from matchmaker.chains.changes import Binding, Constraint
from matchmaker.chains.compose import Problem, build_problem, differences
from matchmaker.chains.demand import Limits
from matchmaker.chains.network.process_network import Operation
from matchmaker.chains.result import Chain, Result
from matchmaker.chains.what_if.constraints import (
    MAX_ENTERPRISES,
    MAX_INTERESTED,
    capacity,
    hours,
    minimum_order,
    most,
    offer_of,
    required,
)
from matchmaker.model import Role

FULL = 1 - 1e-6
"""Part of a bound from which on it is reached."""

ONE = 1.0
"""Relaxation: a unit a year, an hour a year, an enterprise, a requirement."""

Reached = tuple[Constraint, float, Problem]
"""A bound that a chain is at: which, its value, and the problem with one unit more room."""


def explain_bindings(result: Result, rank: int = 1) -> tuple[Binding, ...]:
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
    whole = build_problem(result.graph, result.demands, goal=result.goal, limits=result.limits)
    problem = whole.without_simplicity()
    quantities = {step.operation: step.quantity for step in chain.steps}
    reached = [
        *_operations(problem, quantities),
        *_resources(problem, quantities),
        *_numbers(problem, chain),
        *_requirements(problem),
    ]
    return tuple(_binding(chain, *one) for one in sorted(reached, key=lambda one: one[0].id))


def _binding(chain: Chain, constraint: Constraint, bound: float, relaxed: Problem) -> Binding:
    solution = relaxed.search().best()
    after = solution.stages if solution else ()
    return Binding(constraint, bound, ONE, differences(chain.stages, after))


def _operations(problem: Problem, quantities: Mapping[str, float]) -> Iterator[Reached]:
    """Capacities of offers with one recipe, and minimum orders."""
    stated = problem.network.stated
    for operation in (o for o in problem.network.operations if o.kind.made):
        quantity, lower = quantities.get(operation.id, 0.0), _stated_minimum(problem, operation)
        shared = offer_of(operation) in {stated(resource) for resource, _ in operation.uses}
        if quantity >= operation.upper * FULL and not shared:
            constraint = capacity(problem.graph, operation)
            yield constraint, operation.upper, _roomier(problem, operation)
        if lower and 0 < quantity <= lower / FULL:
            lesser = replace(operation, lower=max(0.0, lower - ONE))
            constraint = minimum_order(problem.graph, operation)
            yield constraint, lower, _with_operations(problem, {operation.id: lesser})


def _stated_minimum(problem: Problem, operation: Operation) -> float:
    """Minimum order of the offer; what dual sourcing asks for at least is none."""
    edge = problem.graph.edges[operation.edge] if operation.edge else {}
    return edge.get("minimum_order") or 0.0


def _roomier(problem: Problem, operation: Operation) -> Problem:
    """The problem with one unit more of an operation, and of what stands by for it."""
    changed = {
        o.id: replace(o, upper=o.upper + ONE)
        for o in problem.network.operations
        if operation.id in (o.id, o.backs)
    }
    return _with_operations(problem, changed)


def _resources(problem: Problem, quantities: Mapping[str, float]) -> Iterator[Reached]:
    """Free hours, and capacities of offers with several recipes."""
    free, resources = hours(problem.graph), problem.network.resources
    stated = problem.network.stated
    users: dict[str, list[tuple[Operation, float]]] = {r: [] for r in resources}
    for operation in problem.network.operations:
        for resource, amount in operation.uses:
            users[resource].append((operation, amount * quantities.get(operation.id, 0.0)))
    for resource, bound in resources.items():
        taken = sum(amount for _, amount in users[resource])
        if stated(resource) == resource and taken > 0 and taken >= bound * FULL:
            named = free.get(resource) or capacity(problem.graph, users[resource][0][0])
            alike = {r: b + ONE for r, b in resources.items() if stated(r) == resource}
            network = replace(problem.network, resources={**resources, **alike})
            wider = replace(problem, network=network)
            yield named, bound, wider if resource in free else _wider(wider, resource)


def _wider(problem: Problem, offer: str) -> Problem:
    """The problem with one unit more of each recipe of an offer, which share its capacity."""
    recipes = [o for o in problem.network.operations if o.kind.made and offer_of(o) == offer]
    return _with_operations(problem, {o.id: replace(o, upper=o.upper + ONE) for o in recipes})


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
    """Enterprises required, each in turn no longer."""
    limits = problem.limits
    for enterprise in sorted(limits.require):
        freer = replace(limits, require=limits.require - {enterprise})
        yield required(enterprise), ONE, _problem_under(problem, freer)
    for enterprise, item in sorted(limits.require_pairs):
        freer = replace(limits, require_pairs=limits.require_pairs - {(enterprise, item)})
        yield required(enterprise, item), ONE, _problem_under(problem, freer)


def _problem_under(problem: Problem, limits: Limits) -> Problem:
    other = build_problem(problem.graph, problem.demands, goal=problem.goal, limits=limits)
    return other.without_simplicity()


def _with_operations(problem: Problem, changed: Mapping[str, Operation]) -> Problem:
    operations = tuple(changed.get(o.id, o) for o in problem.network.operations)
    return replace(problem, network=replace(problem.network, operations=operations))
