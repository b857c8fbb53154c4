"""Variants: what is left of a network without some firms is the network built without them."""

from dataclasses import replace
from random import Random

import pytest

from matchmaker.chains import Demand, Limits, build_problem, build_variants, solve
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.store import Store
from tests.seeds import seeds
from tests.test_kept import random_survey

DEMANDS = (Demand("chair", 100, "RU-TA"), Demand("bag", 30))


@pytest.mark.parametrize("seed", seeds(40))
def test_a_variant_is_the_problem_built_anew(tmp_path, seed):
    """Operation by operation in the same order, so every figure is the same to the last digit."""
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(seed))
        data = store.snapshot()
    graph = build_graph(data, find_matches(data), ["chair", "bag"])
    limits = Limits(
        buy_products=seed % 2 == 0,
        single_sourcing=seed % 4 == 1,
        dual_sourcing=frozenset({"wheel", "bag"} if seed % 4 == 3 else ()),
    )
    variants = build_variants(graph, DEMANDS, limits=limits)
    firms = sorted(node for node in graph if node.startswith("firm:"))
    for size in (0, 2, 5):
        left_out = frozenset(Random(size).sample(firms, min(size, len(firms))))
        one = variants.without(left_out)
        other = build_problem(graph, DEMANDS, limits=replace(limits, exclude=left_out))
        assert one.network.operations == other.network.operations
        assert one.network.demand == other.network.demand
        assert one.stages == other.stages
        assert one.limits == other.limits
        assert set(one.network.dropped) == set(other.network.dropped)
        assert solve(one).chains == solve(other).chains


def test_makers_are_those_with_an_operation(tmp_path):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(1))
        data = store.snapshot()
    graph = build_graph(data, find_matches(data))
    variants = build_variants(graph, DEMANDS, limits=Limits())
    edges = [(source, edge) for source, _, edge in graph.edges(data=True)]
    makers = {s for s, edge in edges if edge["edge"] in {"makes", "could_make"}}
    blocked = {s for s, edge in edges if edge.get("blocked")}
    assert makers - blocked <= variants.makers() <= makers
