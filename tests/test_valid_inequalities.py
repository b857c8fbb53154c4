"""Valid inequalities and reduced bounds: they change how soon a chain is proven, never which."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import GOALS, cost
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.program.anchored_bounds import AnchorNetwork
from matchmaker.chains.program.rows import Sizes
from matchmaker.chains.program.valid_inequalities import ValidInequalities
from matchmaker.chains.search import branch_and_bound, stage_solver
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.chains.search.node_relaxation import NodeRelaxation
from tests.random_networks import random_network, varied_limits, varied_network
from tests.seeds import seeds
from tests.test_search import assert_k_best, yardstick

ROOT = Path(__file__).resolve().parents[1]
NEVER = 10**9


@pytest.fixture(params=["branched", "bounds-reduced"])
def tightened(monkeypatch, request):
    """However small a program is, it has inequalities, and we branch or reduce bounds for HiGHS."""
    monkeypatch.setattr(stage_solver, "SMALL", 0)
    if request.param == "bounds-reduced":
        monkeypatch.setattr(branch_and_bound, "NODE_LIMIT", 0)


def cluster(operations, seed):
    path = ROOT / "scripts" / "bench" / "clusters.py"
    spec = importlib.util.spec_from_file_location("clusters", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return maximal_structure(module.cluster(operations, seed))


@pytest.mark.usefixtures("tightened")
@pytest.mark.parametrize("seed", [*seeds(12), 60, 75, 113, 186, 199])
def test_tightened_k_best_equal_enumeration(seed):
    network = varied_network(seed)
    assert_k_best(network, 4, needs=yardstick(network), **varied_limits(seed))


@pytest.mark.usefixtures("tightened")
@pytest.mark.parametrize("seed", seeds(8))
def test_tightened_k_best_equal_enumeration_with_loops(seed):
    network = random_network(400 + seed, operations=7, loops=True)
    assert_k_best(network, 3, needs=yardstick(network))


@pytest.mark.parametrize("seed", seeds(40))
def test_anchored_needs_bound_what_the_best_chains_make(seed):
    """made ≤ base + D for the best chains, whatever recipes are taken for given."""
    network = maximal_structure(random_network(seed, operations=9))
    anchored = AnchorNetwork(network, {})
    rng = random.Random(seed)
    stages = GOALS["cost"](network)
    for solution in KBestSearch(network, stages, Limits()).k_best(3):
        amounts = [solution.quantities.get(o.id, 0.0) for o in network.operations]
        for _ in range(5):
            given = np.array([rng.random() < 0.5 for _ in network.operations])
            anchor = anchored.anchor(anchored.followed(given))
            deviations = {}
            for node in anchored.order:
                if node in anchor.base:
                    deviations[node] = deviation(anchor, node, amounts, deviations)
                    made = sum(
                        x * dict(o.yields)[node]
                        for o, x in zip(network.operations, amounts, strict=True)
                        if node in dict(o.yields)
                    )
                    assert made <= anchor.base[node] + deviations[node] + 1e-6


def deviation(anchor, node, amounts, deviations):
    """D of a node: what runs beyond the recipes, and what deviates further up."""
    extra = anchor.extra.get(node, {})
    above = anchor.followed.get(node, {})
    return sum(q * amounts[o] for o, q in extra.items()) + sum(
        q * deviations[m] for m, q in above.items()
    )


def test_anchored_needs_worked_by_hand():
    """Two recipes of a frame: 2 tubes, or 5 tubes. Demand 10; the first is taken for given.

    base: frame 10, tube 20 instead of 50. Per unit of the second recipe: 3 tubes more.
    """
    network = maximal_structure(two_recipes())
    anchored = AnchorNetwork(network, {})
    first = np.array([o.id == "first" for o in network.operations])
    anchor = anchored.anchor(anchored.followed(first))
    assert anchor.base == pytest.approx({"item:frame": 10, "item:tube": 20}, rel=1e-5)
    second = [o.id for o in network.operations].index("second")
    assert anchor.extra["item:tube"] == {second: 3.0}
    assert anchor.followed["item:tube"] == {"item:frame": 2.0}


def two_recipes():
    from matchmaker.chains import Operation, OperationKind, ProcessNetwork

    def operation(id, item, parts, firm=None):
        kind = OperationKind.MAKES if firm else OperationKind.DOMESTIC
        return Operation(id, kind, parts, ((item, 1.0),), item, firm, unit_cost=1.0)

    return ProcessNetwork(
        (
            operation("first", "item:frame", (("item:tube", 2.0),), "firm:1"),
            operation("second", "item:frame", (("item:tube", 5.0),), "firm:2"),
            operation("tube", "item:tube", ()),
        ),
        demand={"item:frame": 10.0},
    )


def test_a_cluster_has_the_same_best_chain_with_and_without(monkeypatch):
    network = cluster(600, 3)
    values = []
    for small in (stage_solver.SMALL, NEVER):
        monkeypatch.setattr(stage_solver, "SMALL", small)
        [best] = KBestSearch(network, (cost(network),), Limits()).k_best(1)
        values.append(best.stages[0].value)
        assert best.proven
    assert values[0] == pytest.approx(values[1], rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_rows_removed_cost_the_relaxation_nothing(monkeypatch, seed):
    network = cluster(1_000, seed)
    root, value, rows = first_relaxation(network, monkeypatch)
    monkeypatch.setattr(ValidInequalities, "remove_loose", lambda *_: None)
    full_root, full_value, full_rows = first_relaxation(network, monkeypatch)
    assert root == pytest.approx(full_root, rel=1e-9)
    assert value == pytest.approx(full_value, rel=1e-9)
    assert rows < full_rows


def first_relaxation(network, monkeypatch):
    """Value of the first relaxation of the tree, of the best chain, and the rows there were."""
    values, solve = [], NodeRelaxation.solve
    monkeypatch.setattr(
        NodeRelaxation, "solve", lambda *one: values.append(solve(*one)) or values[-1]
    )
    search = KBestSearch(network, (cost(network),), Limits())
    best = search.best()
    monkeypatch.setattr(NodeRelaxation, "solve", solve)
    return values[0], best.stages[0].value, search.model.highs.getNumRow()


def test_rows_removed_can_be_asked_for_again():
    network = cluster(1_000, 0)
    model = KBestSearch(network, (cost(network),), Limits()).model
    sizes = Sizes(network, Limits())
    inequalities = ValidInequalities(network, model.highs, model.columns, model.units, sizes, ())
    running = np.array([number % 2 == 0 for number in range(len(network.operations))])
    before = model.highs.getNumRow()
    first = inequalities.anchor_at(running)
    inequalities.remove_loose(first, np.zeros(len(first), dtype=bool))
    assert model.highs.getNumRow() == before
    again = inequalities.anchor_at(running)
    assert says(again) == says(first)
    binds = np.array([number % 3 == 0 for number in range(len(again))])
    inequalities.remove_loose(again, binds)
    kept = model.highs.getNumRow() - before
    rest = inequalities.anchor_at(running)
    assert len(rest) == len(first) - kept
    assert inequalities.anchor_at(running) == []


def says(written):
    return [(row.node, row.who) for row in written]
