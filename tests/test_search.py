"""Exactness of the search: brute force over random small networks must agree."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from matchmaker.chains.combined_goals import goal_named
from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import GOALS
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.network.quantity_bounds import explode
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.errors import SolverError
from tests import oracle
from tests.random_networks import (
    random_network,
    varied_limits,
    varied_network,
    varied_requirements,
)
from tests.seeds import seeds

TRYING = (47, 186, 249, 343, 366, 1014)
"""Seeds on which an earlier version of cuts, bounds, scaling or proofs was wrong."""


def solver_values(network, goal, k, **limits):
    """Stage values of the k best of what trimming leaves of a network."""
    reduced = maximal_structure(network)
    search = KBestSearch(reduced, goal_named(goal)(reduced), Limits(**limits))
    return [[value.value for value in solution.stages] for solution in search.k_best(k)]


def assert_k_best(network, k, *, needs=None, **limits):
    """Brute force, which is given the whole network, agrees for every goal."""
    compared = oracle.Oracle(network, needs=needs, **limits)
    for goal in GOALS:
        expected = [values for values, _ in compared.k_best(goal, k)]
        found = solver_values(network, goal, k, **limits)
        assert len(found) == len(expected), goal
        for ours, theirs in zip(found, expected, strict=True):
            assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6), goal


def yardstick(network):
    """Needs that the stage `dependence` divides by: those of the maximal structure."""
    return explode(maximal_structure(network)).largest


@pytest.mark.parametrize("seed", seeds(32))
def test_k_best_equals_enumeration(seed):
    network = random_network(seed)
    trimmed = maximal_structure(network).operations == network.operations
    assert_k_best(network, 4, needs=None if trimmed else yardstick(network))


@pytest.mark.parametrize("seed", [*range(100, 106), 146])
def test_k_best_equals_enumeration_with_loops(seed):
    network = random_network(seed, operations=7, loops=True)
    assert_k_best(network, 3, needs=yardstick(network))


@pytest.mark.parametrize("seed", [*seeds(32), *TRYING])
def test_k_best_equals_enumeration_whatever_the_network(seed):
    """A sample of what `scripts/bench/oracle` runs through at length."""
    network = varied_network(seed)
    assert_k_best(network, 4, needs=yardstick(network), **varied_limits(seed))


@pytest.mark.parametrize("seed", range(10))
def test_every_chain_is_proven_and_drops_a_decision(seed):
    network = maximal_structure(random_network(seed))
    search = KBestSearch(network, GOALS["cost"](network), Limits())
    earlier = []
    for solution in search.k_best(5):
        assert solution.proven
        assert all(stage.bound == pytest.approx(stage.value) for stage in solution.stages)
        assert all(before - solution.decisions for before in earlier)
        earlier.append(solution.decisions)


def in_other_units(network, quantity, price):
    """The same network with quantities and prices counted in other units."""
    operations = tuple(
        replace(
            o,
            lower=o.lower * quantity,
            upper=o.upper * quantity,
            unit_cost=o.unit_cost * price,
            fixed_cost=o.fixed_cost * price * quantity,
        )
        for o in network.operations
    )
    return replace(
        network,
        operations=operations,
        demand={node: need * quantity for node, need in network.demand.items()},
        resources={name: amount * quantity for name, amount in network.resources.items()},
        involvement={e: paid * price * quantity for e, paid in network.involvement.items()},
        reference={item: value * price for item, value in network.reference.items()},
    )


@pytest.mark.parametrize(("quantity", "price"), [(1e7, 1e-2), (1e-3, 1e6), (1e6, 1e4), (1e-3, 1)])
@pytest.mark.parametrize("seed", range(12))
def test_units_change_nothing(seed, quantity, price):
    network = random_network(seed)
    goal = list(GOALS)[seed % len(GOALS)]
    stages = GOALS[goal](maximal_structure(network))
    factors = [price * quantity if stage.unit == "RUB/yr" else 1.0 for stage in stages]
    ours = solver_values(in_other_units(network, quantity, price), goal, 4)
    plain = solver_values(network, goal, 4)
    assert len(ours) == len(plain)
    for scaled, values in zip(ours, plain, strict=True):
        expected = [value * factor for value, factor in zip(values, factors, strict=True)]
        assert scaled == pytest.approx(expected, rel=1e-7, abs=1e-9 * price * quantity)


def test_threads_leave_standard_output_as_it_was(capfd):
    networks = [maximal_structure(random_network(seed)) for seed in range(6)]

    def solve(network):
        return KBestSearch(network, GOALS["cost"](network), Limits()).best()

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(solve, networks))
    os.write(1, b"data")
    assert capfd.readouterr().out == "data"


def operation(id, parts, item, firm, unit_cost, **own):
    kind = OperationKind.MAKES if firm else OperationKind.DOMESTIC
    outputs = own.pop("outputs", ((item, 1.0),))
    return Operation(id, kind, parts, outputs, item, firm, unit_cost=unit_cost, **own)


@pytest.mark.parametrize("exclusive", [(), (frozenset({"direct", "by part"}),)])
def test_who_is_required_runs_for_its_own_sake_where_that_is_cheaper(exclusive):
    """A unit of the part that nobody needs, for RUB 2, beats the dear recipe that needs it."""
    operations = (
        operation("direct", (("item:raw", 10.0),), "item:product", "firm:1", 1.0),
        operation("by part", (("item:part", 1.0),), "item:product", "firm:1", 100.0),
        operation("part", (("item:raw", 1.0),), "item:part", "firm:asked", 1.0),
        operation("raw", (), "item:raw", "firm:2", 1.0),
    )
    network = ProcessNetwork(operations, {"item:product": 10.0}, exclusive=exclusive)
    assert solver_values(network, "cost", 1, require={"firm:asked"}) == [[0, 0, 112, 3]]
    assert_k_best(network, 3, require={"firm:asked"})


@pytest.mark.parametrize("seed", [1078, 27, 16, 22])
def test_with_requirements_k_best_equal_enumeration(seed):
    network = varied_network(seed)
    reduced = maximal_structure(network)
    asked = varied_requirements(seed, reduced)
    assert any(asked.values())
    of_use = {o.id for o in reduced.operations}
    compared = oracle.Oracle(network, needs=yardstick(network), of_use=of_use, **asked)
    for goal in GOALS:
        expected = [values for values, _ in compared.k_best(goal, 4)]
        found = solver_values(network, goal, 4, **asked)
        assert found == [pytest.approx(one, rel=1e-6, abs=1e-6) for one in expected], goal


def test_a_part_named_twice_counts_twice():
    for parts in ((("item:raw", 1.0), ("item:raw", 1.0)), (("item:raw", 2.0),)):
        made = operation("made", parts, "item:product", "firm:1", 1.0, lower=1.0)
        network = ProcessNetwork(
            (made, operation("raw", (), "item:raw", None, 1.0)), {"item:product": 10.0}
        )
        assert solver_values(network, "cost", 1) == [[0, 0, 30, 2]]


def test_flows_too_small_beside_others_are_no_answer():
    """Twelve thousandths of a unit drown in a row that also has hundreds of millions."""
    lot = {"lower": 12.0, "upper": 12.0, "outputs": (("item:b", 2.0),)}
    huge = {"outputs": (("item:a", 2.0),), "upper": 60.0}
    operations = (
        operation("lot", (("item:a", 0.001),), "item:b", "firm:2", 13.0, **lot),
        operation("bought", (), "item:a", None, 19.0),
        operation("phantom", (("item:a", 1000.0),), "item:b", None, 16.0),
        operation("back", (("item:b", 1000.0),), "item:a", "firm:4", 18.0, **huge),
    )
    network = ProcessNetwork(operations, {"item:b": 10.0})
    reduced = maximal_structure(network)
    search = KBestSearch(reduced, GOALS["cost"](reduced), Limits())
    try:
        found = list(search.k_best(3))
    except SolverError:
        return
    assert found
    for solution in found:
        given = sum(
            dict(o.yields).get("item:a", 0.0) * solution.quantities.get(o.id, 0.0)
            for o in reduced.operations
        )
        taken = sum(
            o.takes.get("item:a", 0.0) * solution.quantities.get(o.id, 0.0) for o in operations
        )
        assert given >= taken * (1 - 1e-6)
