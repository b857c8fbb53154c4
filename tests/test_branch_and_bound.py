"""Branch and bound: the k best of one tree are those that HiGHS finds anew each time."""

import random
from dataclasses import replace

import highspy
import numpy as np
import pytest

from matchmaker.chains import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import GOALS, Stage, cost
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.program.highs import TimeLimit, quiet_solver
from matchmaker.chains.program.model import SolverModel
from matchmaker.chains.search import branch_and_bound, stage_solver
from matchmaker.chains.search.branch_and_bound import TreeCache
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.chains.search.node_relaxation import NodeRelaxation
from matchmaker.chains.search.penalties import penalties
from matchmaker.chains.search.stage_solver import StageSolver
from matchmaker.errors import OutOfTimeError
from tests.random_networks import random_network
from tests.test_valid_inequalities import cluster


def k_best(network, k, goal="cost", **asked):
    search = KBestSearch(network, GOALS[goal](network), Limits())
    return list(search.k_best(k, **asked)), search


def values(solutions):
    return [[stage.value for stage in solution.stages] for solution in solutions]


def close(ours, theirs):
    return [pytest.approx(one, rel=1e-8, abs=1e-8) for one in theirs] == ours


@pytest.fixture
def rows(monkeypatch):
    """Makes the next searches leave branching to HiGHS, from the first relaxation on."""
    return lambda: monkeypatch.setattr(branch_and_bound, "NODE_LIMIT", 0)


@pytest.mark.parametrize("seed", range(3))
def test_k_best_are_those_of_the_solver(seed, rows):
    network = cluster(500, seed)
    ours, _ = k_best(network, 6)
    rows()
    theirs, _ = k_best(network, 6)
    assert all(solution.proven for solution in ours)
    assert close(values(ours), values(theirs))
    assert [one.decisions for one in ours] == [one.decisions for one in theirs]


@pytest.mark.parametrize("goal", ["localisation", "cooperation", "resilience"])
def test_stages_before_the_last_are_held(goal, rows):
    network = half_imported(cluster(400, 1))
    ours, _ = k_best(network, 4, goal)
    rows()
    theirs, _ = k_best(network, 4, goal)
    assert close(values(ours), values(theirs))


def half_imported(network):
    """Every second purchase comes from abroad."""
    operations = [
        replace(o, kind=OperationKind.IMPORT)
        if o.kind is OperationKind.DOMESTIC and place % 2
        else o
        for place, o in enumerate(network.operations)
    ]
    return maximal_structure(replace(network, operations=tuple(operations)))


@pytest.mark.parametrize("least", [2, 5])
def test_diverse_chains_are_those_of_the_solver(least, rows):
    network = cluster(250, 2)
    ours, _ = k_best(network, 3, diverse=least)
    rows()
    theirs, _ = k_best(network, 3, diverse=least)
    assert close(values(ours), values(theirs))


def test_equals_come_one_after_another_with_the_fewest_decisions_first(rows):
    network = with_twins(cluster(300, 0))
    ours, _ = k_best(network, 6)
    rows()
    theirs, _ = k_best(network, 6)
    assert close(values(ours), values(theirs))
    assert len({one.decisions for one in ours}) == 6
    costs = [one.stages[-2].value for one in ours]
    assert costs[0] == pytest.approx(costs[1], rel=1e-12)


def with_twins(network):
    """Purchases can be had twice, at the same price."""
    twins = [
        replace(o, id=f"{o.id}:twin")
        for o in network.operations
        if o.kind is OperationKind.DOMESTIC
    ][:2]
    return maximal_structure(replace(network, operations=(*network.operations, *twins)))


def test_a_tree_too_wide_is_left_in_the_middle(monkeypatch):
    """Chains found by branching stay cut off when HiGHS goes on."""
    network = cluster(500, 0)
    whole, _ = k_best(network, 5)
    search = KBestSearch(network, GOALS["cost"](network), Limits())
    found = []
    for solution in search.k_best(5):
        found.append(solution)
        if len(found) == 2:
            monkeypatch.setattr(branch_and_bound, "NODE_LIMIT", 0)
    assert close(values(found), values(whole))


def test_a_tree_goes_on_where_it_ended(monkeypatch):
    """Four more chains cost at most half the relaxations of trees begun anew for each."""
    asked = []
    solve, tree = NodeRelaxation.solve, TreeCache.tree
    monkeypatch.setattr(
        NodeRelaxation, "solve", lambda *looked: [asked.append(1), solve(*looked)][1]
    )
    network = cluster(2_000, 0)

    def four_more():
        asked.clear()
        search = KBestSearch(network, GOALS["cost"](network), Limits())
        counts = [len(asked) for _ in search.k_best(6)]
        return counts[-1] - counts[1]

    going_on = four_more()
    monkeypatch.setattr(TreeCache, "tree", lambda *asked: [asked[0].clear(), tree(*asked)][1])
    assert going_on <= four_more() / 2


def solver_of(network, stage):
    return StageSolver(SolverModel(network, [stage], Limits()))


def test_a_chain_whose_cut_is_removed_is_best_again():
    network = cluster(300, 4)
    stage = cost(network)
    solver = solver_of(network, stage)
    best = solver.solve(stage)
    used = [id for id, z in solver.model.z.items() if best.columns[z] > 0.5]
    cut = solver.add_cut(used)
    assert solver.solve(stage).value > best.value
    solver.remove_cut(cut)
    assert solver.solve(stage).value == pytest.approx(best.value, rel=1e-9)


def test_penalties_are_no_more_than_what_a_column_is_worth():
    """Programs with rows of both kinds and bounds on columns, each column ruled out in turn."""
    compared = 0
    for seed in range(60):
        solver, upper = random_program(seed)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            continue
        value = solver.getInfo().objective_function_value
        for name, rise in penalties(solver, {str(one): one for one in range(len(upper))}).items():
            column = int(name)
            solver.changeColBounds(column, 0.0, 0.0)
            solver.run()
            if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                without = solver.getInfo().objective_function_value
                assert 0 < rise <= without - value + 1e-7 * abs(value)
                compared += 1
            solver.changeColBounds(column, 0.0, upper[column])
    assert compared > 60


def random_program(seed):
    """A solved program that covers needs, some of its rows with a limit above."""
    rng = np.random.default_rng(seed)
    columns, rows = 12, 6
    solver = quiet_solver()
    upper = np.where(rng.random(columns) < 0.5, rng.uniform(1, 5, columns), np.inf)
    solver.addVars(columns, np.zeros(columns), upper)
    costs = rng.integers(1, 20, columns).astype(float)
    solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), costs)
    for _ in range(rows):
        values = rng.integers(0, 4, columns).astype(float)
        values[rng.integers(columns)] = 2.0
        limit = np.inf if rng.random() < 0.6 else 30.0
        solver.addRow(3.0, limit, columns, np.arange(columns, dtype=np.int32), values)
    solver.run()
    return solver, upper


def test_what_is_held_is_known_by_itself_not_by_its_name(monkeypatch):
    """Bounds under one held stage say nothing under another of the same name."""
    compared = 0
    for seed in range(25):
        network = maximal_structure(random_network(seed, operations=9))
        rng = random.Random(seed)
        lines = [line(network, rng) for _ in range(2)]
        found = {}
        for small in (0, 10**9):
            monkeypatch.setattr(stage_solver, "SMALL", small)
            search = KBestSearch(network, GOALS["cost"](network)[:-1], Limits())
            delivered = [(stage, 0.0) for stage in search.stages[:2]]
            values = []
            for held in lines:
                least = search.best_while(delivered, [held])
                room = least and [*delivered, (held, least.stages[0].value + 5)]
                best = room and search.best_while(room, [search.stages[-1]])
                values.append(best and best.stages[0].value)
            found[small] = values
        assert found[0] == pytest.approx(found[10**9], rel=1e-8) if found[0][0] else True
        compared += found[0][0] is not None
    assert compared > 10


def line(network, rng):
    able = [o.id for o in network.operations if o.decision]
    return Stage("line", "", {id: float(rng.randint(1, 3)) for id in able if rng.random() < 0.6})


def test_an_interrupted_tree_has_lost_nothing(monkeypatch):
    """Whenever time runs out, the bound is one, and asked again the tree finds the best."""
    network = cluster(500, 0)
    stage = cost(network)
    best = solver_of(network, stage).solve(stage).value
    for stop in (1, 2, 3, 5, 8):
        solver = solver_of(network, stage)
        asked = []
        solve = NodeRelaxation.solve

        def until(relaxation, node, stop=stop, asked=asked, solve=solve):
            asked.append(1)
            if len(asked) == stop:
                raise OutOfTimeError("now")
            return solve(relaxation, node)

        with monkeypatch.context() as patched:
            patched.setattr(NodeRelaxation, "solve", until)
            early = solver.solve(stage)
        assert early.bound <= best * (1 + 1e-9)
        assert early.value >= best * (1 - 1e-9)
        assert solver.solve(stage).value == pytest.approx(best, rel=1e-8)


def test_without_any_time_everybody_takes_part():
    network = cluster(500, 0)
    search = KBestSearch(network, GOALS["cost"](network), Limits(), TimeLimit(1e-6))
    stage = search.stages[-2]
    outcome = search.solver.solve(stage)
    [best], _ = k_best(network, 1)
    assert not outcome.proven
    assert outcome.bound <= best.stages[-2].value <= outcome.value


def test_what_rows_forbid_is_no_solution():
    """At most one of two firms, which share the work in the relaxation: never both."""
    network = ProcessNetwork(
        operations=(
            make("frame", "firm:a", (("item:wheel", 1.0),), 1.0, 10.0),
            make("wheel", "firm:b", (), 1.0, 10.0),
            make("wheel", "firm:a", (), 30.0, 10.0),
        ),
        demand={"item:frame": 10.0},
        involvement={"firm:a": 5.0, "firm:b": 5.0},
    )
    search = KBestSearch(
        maximal_structure(network), GOALS["cost"](network), Limits(max_enterprises=1)
    )
    [best, *_] = search.k_best(2)
    assert best.decisions == {"frame|firm:a", "wheel|firm:a"}


def make(item, firm, consumes, price, capacity):
    return Operation(
        f"{item}|{firm}",
        OperationKind.MAKES,
        consumes,
        ((f"item:{item}", 1.0),),
        f"item:{item}",
        firm,
        unit_cost=price,
        upper=capacity,
    )


@pytest.fixture(autouse=True)
def branched(monkeypatch):
    """However small a program is, we branch ourselves."""
    monkeypatch.setattr(stage_solver, "SMALL", 0)


def test_without_time_for_delivery_nothing_is_claimed():
    """A chain of which all but the product is missing answers nobody."""
    network = cluster(300, 0)
    nodes = sorted({node for o in network.operations for node, _ in (*o.consumes, *o.yields)})
    missing = [
        Operation(
            f"missing:{node}", OperationKind.MISSING, (), ((node, 1.0),), node, decision=False
        )
        for node in nodes
    ]
    network = maximal_structure(replace(network, operations=(*network.operations, *missing)))
    search = KBestSearch(network, GOALS["cost"](network), Limits(), TimeLimit(1e-6))
    with pytest.raises(OutOfTimeError):
        search.best()
