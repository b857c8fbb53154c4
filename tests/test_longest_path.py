"""Production steps in a row and lead times: by hand, by recursion, and against services."""

import importlib.util
import random
from pathlib import Path

import pytest

from matchmaker.chains import Limits, Operation, OperationKind, ProcessNetwork
from matchmaker.chains.combined_goals import goal_named
from matchmaker.chains.goals import lead_time, stages
from matchmaker.chains.network.longest_path import longest_path
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.chains.search.pareto_front import FrontWalk
from scripts.real.services import Service, compose_services, fewest_stages
from tests import oracle
from tests.random_networks import random_network, varied_network
from tests.seeds import seeds

ROOT = Path(__file__).resolve().parents[1]


def makes(id, item, *parts, days=None, cost=0.0):
    return Operation(
        id,
        OperationKind.MAKES,
        tuple((part, 1.0) for part in parts),
        ((item, 1.0),),
        item,
        f"firm:{id}",
        unit_cost=cost,
        lead_time=days,
    )


def buys(item, cost=0.0):
    return Operation(
        f"buy {item}", OperationKind.DOMESTIC, (), ((item, 1.0),), item, unit_cost=cost
    )


def steps(*operations):
    """Longest path to a chair through all the operations, each step of an enterprise one."""
    weights = {o.id: 1.0 for o in operations if o.enterprise}
    return longest_path(operations, weights, ["chair"])


def best(goal, *operations, demand=1.0):
    network = ProcessNetwork(operations, {"chair": demand})
    return KBestSearch(network, goal_named(goal)(network), Limits()).best()


def test_purchases_are_no_steps():
    assert steps(buys("chair")) == 0
    assert steps(makes("assemble", "chair", "frame"), buys("frame")) == 1


def test_the_slowest_of_all_makers_is_waited_for():
    """Frames are bought, and welded from tubes that are drawn as well."""
    chain = (
        makes("assemble", "chair", "frame"),
        buys("frame"),
        makes("weld", "frame", "tube"),
        makes("draw", "tube", "steel"),
        buys("steel"),
    )
    assert steps(*chain) == 3


def test_a_cycle_is_passed_through_once():
    """Scrap comes from chairs, tubes from scrap, chairs from tubes; the first tubes are bought.

    Recasting waits for scrap, scrap for chairs: what comes behind assembling is not waited for.
    """
    cycle = (
        makes("assemble", "chair", "tube"),
        makes("collect", "scrap", "chair"),
        makes("recast", "tube", "scrap"),
    )
    assert steps(*cycle, buys("tube")) == 1
    assert steps(*cycle, buys("ingot"), makes("draw", "tube", "ingot")) == 2
    # With the first scrap bought, tubes have to be recast from it before anything is assembled.
    assert steps(*cycle, buys("scrap")) == 2


def test_fewest_steps_come_before_cost():
    """Assembling from welded frames costs 2 + 1, from bought ones 2 + 5."""
    ways = (
        makes("assemble", "chair", "frame", cost=2.0, days=3.0),
        makes("weld", "frame", cost=1.0, days=4.0),
        buys("frame", 5.0),
    )
    quick, cheap = best("stages", *ways), best("cost", *ways)
    assert (quick.decisions, quick.stages[2].value) == ({"assemble", "buy frame"}, 1)
    assert quick.proven
    assert cheap.decisions == {"assemble", "weld"}
    assert best("lead_time", *ways).stages[2].value == 3
    assert best("weighted:lead_time=1", *ways[:2]).stages[2].value == 7


def test_a_lead_time_not_stated_counts_nothing():
    network = ProcessNetwork(
        (makes("assemble", "chair", "frame"), makes("weld", "frame", days=4.0)), {"chair": 1.0}
    )
    used = {"assemble", "weld"}
    assert lead_time(network).value(dict.fromkeys(used, 1.0), used, ()) == 4
    assert stages(network).value(dict.fromkeys(used, 1.0), used, ()) == 2


def test_substitutes_for_each_other_are_no_cycle_where_only_one_replaces():
    """Steel replaces aluminium, and the other way round; only the former is used."""
    replace_ = Operation(
        "steel for aluminium",
        OperationKind.SUBSTITUTE,
        (("steel", 1.0),),
        (("aluminium", 1.0),),
        "aluminium",
        decision=False,
    )
    chain = (
        makes("assemble", "chair", "aluminium"),
        replace_,
        buys("steel"),
        makes("roll", "steel", "slab"),
        makes("cast", "slab"),
    )
    assert steps(*chain) == 3


@pytest.mark.parametrize("seed", seeds(400))
def test_the_longest_way_is_that_of_the_definition(seed):
    """Any startable set of a network with cycles."""
    loops = random_network(seed, operations=9, loops=True)
    rng = random.Random(seed)
    for network in (varied_network(seed), loops):
        real = [o for o in network.operations if o.kind != "missing"]
        for _ in range(5):
            used = [o for o in real if rng.random() < 0.8]
            if oracle.is_startable(network, {o.id for o in used}):
                days = {o.id: o.lead_time or 0.0 for o in used}
                ours = longest_path(used, days, network.demand)
                assert ours == oracle.longest_path(used, days, network.demand)


def services(seed):
    """Up to nine services that give one concept each, some of them in cycles."""
    rng = random.Random(f"services {seed}")
    concepts = "abcdef"
    return [
        Service(f"s{n}", frozenset(rng.sample(concepts, rng.randint(0, 2))), frozenset({given}))
        for n in range(rng.randint(5, 9))
        if (given := rng.choice(concepts))
    ]


def as_network(offered):
    """A service as an operation of an enterprise, with any quantity; `a` is wanted."""
    made = [makes(s.id, *s.gives, *sorted(s.takes)) for s in offered if not s.takes & s.gives]
    return ProcessNetwork(tuple(made), {"a": 1.0})


@pytest.mark.parametrize("seed", seeds(60))
def test_steps_are_the_stages_of_a_composition(seed):
    """The front of steps and decisions is what the other formulation finds for services."""
    offered = services(seed)
    least = fewest_stages(offered, (), "a")
    network = maximal_structure(as_network(offered))
    goal = goal_named("pareto:stages,decisions")(network)
    corners = [
        (one.stages[2].value, one.stages[3].value)
        for one in FrontWalk(KBestSearch(network, goal[:-1], Limits())).points()
        if one.stages[0].value == 0
    ]
    if least is None:
        assert not corners
        return
    assert corners == front_of_services(offered)
    assert corners[0][0] == least
    assert corners[-1][1] == compose_services(offered, (), "a").operations


def front_of_services(offered):
    path = ROOT / "scripts" / "real" / "wsc08.py"
    spec = importlib.util.spec_from_file_location("wsc08", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.front((offered, frozenset(), frozenset("a")))
