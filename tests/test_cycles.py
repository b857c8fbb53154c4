"""Cycles: which sets of uses can start, what trimming keeps, how much can be needed, and what
a chain says of its start. Small networks, worked out by hand."""

from dataclasses import replace

import pytest

from matchmaker.chains import (
    Demand,
    Limits,
    Operation,
    OperationKind,
    ProcessNetwork,
    Start,
    compose_chains,
)
from matchmaker.chains.goals import GOALS
from matchmaker.chains.network.maximal_structure import NEEDS_ITSELF, maximal_structure
from matchmaker.chains.network.quantity_bounds import explode
from matchmaker.chains.network.startability import Startability, StartabilityCut, startable
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.recommend import explain
from matchmaker.report import write_dossier
from tests.fixtures import make_dataset

BOB = "0002000013"


def make(id, consumes, yields, kind=OperationKind.MAKES, **more):
    """Operation from texts such as "2 a + 1 b"."""
    return Operation(id, kind, flows(consumes), flows(yields), flows(yields)[0][0], **more)


def flows(text):
    terms = (term.split() for term in text.split("+") if term.strip())
    return tuple((node, float(amount)) for amount, node in terms)


def missing(nodes):
    return [
        make(f"missing:{n}", "", f"1 {n}", OperationKind.MISSING, decision=False) for n in nodes
    ]


def best(network, goal="cost"):
    reduced = maximal_structure(network)
    return KBestSearch(reduced, GOALS[goal](reduced), Limits()).best()


def values(solution):
    return {stage.name: stage.value for stage in solution.stages}


# What can start


def test_startable_starts_one_after_another():
    cycle = [make("one", "1 b", "1 a"), make("two", "1 a", "1 b")]
    assert startable(cycle) == set()
    assert startable(cycle, stock="a") == {"one", "two"}


def test_nothing_in_stock_replaces_anything():
    stand_in = make("stand-in", "1 b", "1 a", OperationKind.SUBSTITUTE)
    assert startable([stand_in], stock="b") == set()
    assert startable([stand_in, make("b", "", "1 b")]) == {"stand-in", "b"}


def test_a_cycle_asks_for_one_of_its_supports():
    """Of the four makers of a and b only those outside can be the first."""
    network = ProcessNetwork(
        operations=(
            make("one", "1 b", "1 a"),
            make("two", "1 a", "1 b"),
            make("detour", "1 a + 1 c", "1 b"),
            make("buy", "", "1 a", OperationKind.IMPORT),
            *missing("abc"),
        ),
        demand={"a": 1.0},
    )
    startability = Startability(network)
    assert startability.cuts(["one"]) == []
    assert startability.cuts(["one", "two"]) == [StartabilityCut(("one", "two"), ("buy",))]
    assert startability.cuts(["one", "two", "buy"]) == []
    assert startability.cuts(["one", "detour"]) == [StartabilityCut(("detour", "one"), ("buy",))]


def test_what_may_not_be_missing_asks_for_a_maker_by_each_use_alone():
    network = ProcessNetwork(
        operations=(make("one", "1 b", "1 a"), make("two", "1 a", "1 b"), make("buy", "", "1 b")),
        demand={"a": 1.0},
    )
    assert Startability(network).cuts(["one", "two"]) == [
        StartabilityCut(("one",), ("buy",)),
        StartabilityCut(("two",), ("buy",)),
    ]


def test_a_support_may_take_what_the_cycle_yields_when_others_yield_it_too():
    """`helper` takes c, which the cycle yields, but so does `other`."""
    network = ProcessNetwork(
        operations=(
            make("one", "1 b", "1 a + 1 c"),
            make("two", "1 a", "1 b"),
            make("other", "", "1 c"),
            make("helper", "1 c", "1 a"),
            *missing("abc"),
        ),
        demand={"a": 1.0},
    )
    (cut,) = Startability(network).cuts(["one", "two", "other"])
    assert cut == StartabilityCut(("one", "two"), ("helper",))


# Trimming


def test_a_cycle_that_a_missing_item_can_start_stays():
    """Chair ← frame ← jig ← frame: the jig is missing, the chair and its frame are made."""
    network = ProcessNetwork(
        operations=(
            make("chair", "1 f", "1 c", enterprise="firm:1"),
            make("frame", "1 j", "1 f", enterprise="firm:2"),
            make("jig", "1 f", "1 j", enterprise="firm:2"),
            *missing("cfj"),
        ),
        demand={"c": 1.0},
        reference={"c": 100.0, "f": 10.0, "j": 1.0},
    )
    assert maximal_structure(network).operations == network.operations
    solution = best(network)
    assert solution.decisions == {"chair", "frame"}
    assert (values(solution)["shortfall"], values(solution)["missing_value"]) == (0, 1)


def test_an_operation_that_takes_its_own_product_first_falls_away():
    network = ProcessNetwork(
        operations=(
            make("breeds", "1 a", "2 a", enterprise="firm:1"),
            make("uses", "1 a", "1 p", enterprise="firm:1"),
            *missing("ap"),
        ),
        demand={"p": 1.0},
    )
    reduced = maximal_structure(network)
    assert [(d.operation, d.reason) for d in reduced.dropped] == [("breeds", NEEDS_ITSELF)]
    fed = replace(
        network, operations=(*network.operations, make("buy", "", "1 a", OperationKind.IMPORT))
    )
    assert maximal_structure(fed).dropped == ()


# Optima


GAINING = (make("splits", "1 a", "2 b", unit_cost=1.0), make("joins", "1 b", "1 a", unit_cost=1.0))


def test_what_is_partly_missing_starts_no_cycle():
    """A speck of a would do for 10 b: 5 a have to be missing instead, and nothing joins."""
    network = ProcessNetwork(operations=(*GAINING, *missing("ab")), demand={"b": 10.0})
    solution = best(network)
    assert solution.decisions == {"splits"}
    assert solution.quantities == {"splits": 5.0, "missing:a": 5.0}


def test_a_purchase_may_do_nothing_but_start_a_cycle():
    """10 b a year: 10 splits and 10 joins cost 20; with 5 a bought 5 splits would cost 55."""
    buy = make("buy", "", "1 a", OperationKind.IMPORT, unit_cost=10.0)
    network = ProcessNetwork(operations=(*GAINING, buy, *missing("ab")), demand={"b": 10.0})
    solution = best(network)
    assert solution.decisions == {"splits", "joins", "buy"}
    assert solution.quantities == {"splits": 10.0, "joins": 10.0}
    assert values(solution)["cost"] == 20


def test_an_idle_use_starts_nothing_from_what_nobody_makes():
    """Nothing may be missing: the cycle needs the seed, and the seed its dear press."""
    network = ProcessNetwork(
        operations=(
            *GAINING,
            make("seed", "1 c", "1 a"),
            make("press", "", "1 c", fixed_cost=100.0),
        ),
        demand={"b": 10.0},
    )
    solution = best(network)
    assert {"seed", "press"} <= solution.decisions
    assert values(solution)["cost"] >= 100


# How much can be needed


def cycle_of(*operations, demand=10.0):
    network = ProcessNetwork(operations=operations, demand={"a": demand})
    return explode(network)


def test_going_round_a_wasteful_cycle_twice_is_of_no_use():
    """10 a take 20 b; that b would take a again helps nobody."""
    needs = cycle_of(make("a", "2 b", "1 a"), make("b", "3 a", "1 b"), make("buy", "", "1 b"))
    assert needs.largest == pytest.approx({"a": 10, "b": 20})
    assert not needs.assumed


def test_a_gaining_cycle_runs_as_often_as_its_gain_asks_for():
    """a = 10 + b / 2 and b = a / 2: a = 40 / 3."""
    needs = cycle_of(make("a", "0.5 b", "1 a"), make("b", "0.5 a", "1 b"))
    assert needs.largest == pytest.approx({"a": 40 / 3, "b": 20 / 3})


def test_capacities_bound_a_cycle_that_both_gains_and_wastes():
    """b: 0.5 · 40 + 3 · 20 = 80 at most, so a: 10 + 80."""
    needs = cycle_of(
        make("gains", "0.5 b", "1 a", upper=40.0),
        make("wastes", "3 b", "1 a", upper=20.0),
        make("b", "1 a", "1 b"),
    )
    assert needs.largest == pytest.approx({"a": 90, "b": 80})
    assert not needs.assumed


def test_a_chain_that_stops_at_an_assumed_bound_is_not_proven():
    """One part in a million is gained: 10 a take ten million turns, beyond the assumption."""
    operations = (
        make("gains", "0.999999 b", "1 a"),
        make("wastes", "3 b", "1 a"),
        make("b", "1 a", "1 b"),
        make("buy", "", "1 a", OperationKind.IMPORT, unit_cost=10.0),
    )
    assert cycle_of(*operations).assumed == {"a", "b"}
    solution = best(ProcessNetwork(operations=operations, demand={"a": 10.0}))
    assert not solution.proven
    cheap = replace(operations[-1], unit_cost=0.0)
    assert best(ProcessNetwork(operations=(*operations[:3], cheap), demand={"a": 10.0})).proven


# What a chain says


def cycle_graph(**jig):
    """Bob's frame takes a jig, and two jigs come of a frame."""
    data = make_dataset(
        enterprises=[{"enterprise": BOB, "name": "Боб", "role": "member"}],
        items=[
            {"item": "frame", "name_ru": "Рама", "kind": "product", "unit": "pcs"},
            {"item": "jig", "name_ru": "Упор", "kind": "component", "unit": "pcs"} | jig,
        ],
        bom=[
            {"item": "frame", "component": "jig", "quantity": 1},
            {"item": "jig", "component": "frame", "quantity": 0.5},
        ],
        offers=[
            {"enterprise": BOB, "product": "frame", "price": 100, "item": "frame"},
            {"enterprise": BOB, "product": "jig", "price": 10, "item": "jig"},
        ],
    )
    return build_graph(data, find_matches(data))


def test_a_chain_with_a_cycle_says_how_it_starts():
    """1 000 frames net: 2 000 made of 2 000 jigs, which take 1 000; one jig has to come first."""
    graph = cycle_graph(import_price=50)
    (chain,) = compose_chains(graph, Demand("frame", 1000)).chains
    assert {step.item: step.quantity for step in chain.steps if step.enterprise} == {
        "item:frame": 2000,
        "item:jig": 2000,
    }
    first, second = chain.start_up
    assert first == Start("item:jig", "import:item:jig", OperationKind.IMPORT, None, once=True)
    assert (second.item, second.enterprise, second.once) == ("item:frame", f"firm:{BOB}", False)
    assert chain.gaps == ()
    assert chain.imported_value == 0
    assert "Упор – import, to start only; Рама – Боб" in explain(chain, graph, "en")
    assert "Упор – импорт, только для запуска; Рама – Боб" in explain(chain, graph)


def test_without_anybody_to_start_the_cycle_its_seed_stock_is_missing():
    (chain,) = compose_chains(cycle_graph(), Demand("frame", 1000)).chains
    (gap,) = chain.gaps
    assert (gap.item, gap.quantity) == ("item:jig", 1000)
    assert gap.reasons == ((NEEDS_ITSELF, f"firm:{BOB}"), ("seed-missing", "item:jig"))
    assert chain.start_up == ()


def test_the_dossier_says_how_a_cycle_starts(tmp_path):
    result = compose_chains(cycle_graph(import_price=50), Demand("frame", 1000))
    write_dossier(result, tmp_path / "dossier.html")
    page = (tmp_path / "dossier.html").read_text("utf-8")
    assert "Запуск цикла, по порядку: Упор – импорт, только для запуска; Рама – Боб." in page


@pytest.mark.parametrize("mass", [None, 1.5])
def test_items_that_replace_one_another_are_bought_where_it_is_best(mass):
    """30 bolts for 10 sets: imported at 50, or at home the other kind at 30; each for each."""
    part = {"kind": "component", "unit": "pcs", "mass": mass}
    data = make_dataset(
        enterprises=[{"enterprise": BOB, "name": "Боб", "role": "member", "region": "RU-BA"}],
        items=[
            {"item": "set", "name_ru": "Набор", "kind": "product", "unit": "pcs", "mass": mass},
            {"item": "a", "name_ru": "Болт", "import_price": 50} | part,
            {"item": "b", "name_ru": "Винт", "domestic_price": 30} | part,
        ],
        bom=[{"item": "set", "component": "a", "quantity": 3}],
        substitutes=[
            {"item": "a", "substitute": "b", "ratio": 1},
            {"item": "b", "substitute": "a", "ratio": 1},
        ],
        settings=[{"setting": "freight_tariff", "value": 100}],
        offers=[{"enterprise": BOB, "product": "set", "price": 500, "item": "set"}],
    )
    first, second, *_ = compose_chains(
        build_graph(data, find_matches(data)), Demand("set", 10), k=2
    ).chains
    assert (first.imported_value, first.cost) == (0, 10 * 500 + 30 * 30)
    assert (second.imported_value, second.cost) == (1500, 10 * 500 + 30 * 50)
