"""Exactness of the search: brute force over random small networks must agree."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import GOALS
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.chains.search import Search
from matchmaker.chains.structure import maximal_structure
from matchmaker.model import Role
from tests import oracle


def random_network(seed, *, operations=8, loops=False):
    """Two to four levels of items, shared hours, minimum orders, imports, gaps."""
    rng = random.Random(seed)
    items = [f"item:{letter}" for letter in "abcdef"[: rng.randint(3, 5)]]
    firms = ["firm:1", "firm:2", "firm:3"]
    made = []
    for number in range(rng.randint(3, operations)):
        place = rng.randrange(len(items))
        below = items if loops else items[place + 1 :]
        parts = rng.sample(below, min(len(below), rng.randint(0, 2)))
        parts = [part for part in parts if part != items[place]]
        make = rng.random() < 0.7
        kind = Kind.MAKES if make else rng.choice([Kind.IMPORT, Kind.DOMESTIC])
        made.append(
            Operation(
                id=f"o{number}",
                kind=kind,
                consumes=tuple((part, float(rng.randint(1, 3))) for part in parts) if make else (),
                yields=((items[place], 1.0),),
                item=items[place],
                enterprise=rng.choice(firms) if make else None,
                lower=float(rng.choice([0, 0, 5, 7])) if make else 0.0,
                upper=float(rng.choice([8, 15, 60, 500])) if make else 1e4,
                unit_cost=float(rng.randint(1, 30)),
                fixed_cost=float(rng.choice([0, 0, 50, 120])) if make else 0.0,
                uses=(("hours", float(rng.randint(1, 3))),) if make and rng.random() < 0.3 else (),
                confidence=rng.choice([1.0, 1.0, 0.9, 0.7]) if make else 1.0,
            )
        )
    missing = [
        Operation(f"missing:{item}", Kind.MISSING, (), ((item, 1.0),), item, decision=False)
        for item in items
    ]
    return ProcessNetwork(
        operations=(*made, *missing),
        demand={items[0]: float(rng.randint(5, 20))},
        resources={"hours": float(rng.randint(10, 60))},
        involvement={"firm:1": 0.0, "firm:2": 70.0, "firm:3": 25.0},
        roles={"firm:1": Role.MEMBER, "firm:2": Role.MEMBER, "firm:3": Role.INTERESTED},
        reference={
            item: float(100 * 5 ** (len(items) - place)) for place, item in enumerate(items)
        },
    )


def solver_values(network, goal, k):
    """Stage values of the k best; operations trimmed away must not matter to the oracle."""
    reduced = maximal_structure(network)
    search = Search(reduced, GOALS[goal](reduced), Limits())
    return [[value.value for value in solution.stages] for solution in search.k_best(k)]


def assert_k_best(network, goal, k):
    expected = [values for values, _ in oracle.k_best(maximal_structure(network), goal, k)]
    found = solver_values(network, goal, k)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("seed", range(25))
def test_k_best_equals_enumeration(seed, goal):
    assert_k_best(random_network(seed), goal, 4)


@pytest.mark.parametrize("seed", range(100, 120))
def test_k_best_equals_enumeration_with_loops(seed):
    """Both after trimming: what trimming itself may lose on rings is said in mathematics, §4."""
    assert_k_best(random_network(seed, operations=7, loops=True), "cost", 3)


@pytest.mark.parametrize("seed", range(200, 220))
def test_trimming_changes_no_optimum(seed):
    network = random_network(seed, operations=6)
    untrimmed = [values for values, _ in oracle.k_best(network, "cost", 1)]
    assert solver_values(network, "cost", 1)[0] == pytest.approx(untrimmed[0], rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_every_chain_is_proven_and_drops_a_decision(seed):
    network = maximal_structure(random_network(seed))
    search = Search(network, GOALS["cost"](network), Limits())
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
        return Search(network, GOALS["cost"](network), Limits()).best()

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(solve, networks))
    os.write(1, b"data")
    assert capfd.readouterr().out == "data"
