"""Fronts of two measures and weighted goals: by hand, and against brute force."""

from dataclasses import replace
from functools import cache

import pytest

from matchmaker.chains import GOALS, Limits, Operation, OperationKind, ProcessNetwork
from matchmaker.chains.combined_goals import goal_named
from matchmaker.chains.goals import DELIVERY, cost, delivery, simplicity, stages
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.program.highs import TimeLimit
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.chains.search.pareto_front import FrontWalk
from matchmaker.errors import MalformedGoalError, UnknownGoalError, UnknownMeasureError
from tests import oracle
from tests.random_networks import varied_limits, varied_network
from tests.seeds import first_of, seeds
from tests.test_search import solver_values, yardstick

CHAIR = "item:chair"


def source(id, price, **more):
    return Operation(id, OperationKind.IMPORT, (), ((CHAIR, 1.0),), CHAIR, unit_cost=price, **more)


def maker(id, price, **more):
    return replace(source(id, price, **more), kind=OperationKind.MAKES, enterprise=f"firm:{id}")


def chairs(*operations):
    """Ten chairs a year are wanted."""
    return ProcessNetwork(operations, {CHAIR: 10.0})


def walked(network, measures, limits=None, time_limit=None):
    """A walk along a front, and the corners it met."""
    reduced = maximal_structure(network)
    goal = goal_named(f"pareto:{measures}")
    search = KBestSearch(reduced, goal(reduced)[:-1], limits or Limits(), time_limit)
    walk = FrontWalk(search)
    return walk, list(walk.points())


def corners(solutions):
    return [tuple(s.value for s in one.stages[len(DELIVERY) :][:2]) for one in solutions]


def test_where_quantities_trade_a_front_is_made_of_lines():
    """Import at 10 each; A makes six at 12 and 20 to start; B makes any number at 20.

    With b of B: cost 100 + 10 b, imports 100 - 10 b: they sum to 200. With a of A: cost
    120 + 2 a, imports 100 - 10 a. The lines meet at imports of 75, cost of 125. A ends at
    six: cost 132, imports 40. From there B takes over the four that are left: cost 172.
    """
    walk, found = walked(
        chairs(source("buy", 10.0), maker("a", 12.0, upper=6.0, fixed_cost=20.0), maker("b", 20.0)),
        "cost,localisation",
    )
    expected = [(100, 100), (125, 75), (132, 40), (172, 0)]
    assert corners(found) == [pytest.approx(point, abs=1e-6) for point in expected]
    assert all(one.proven for one in found)
    assert [one.start for one in walk.segments] == [pytest.approx(p) for p in expected[:-1]]
    assert [one.end for one in walk.segments] == [pytest.approx(p) for p in expected[1:]]
    assert all(one.holds_start and one.holds_end for one in walk.segments)
    along = [one.decisions for one in walk.segments]
    assert along == [{"buy", "b"}, {"buy", "a"}, {"buy", "a", "b"}]
    assert walk.complete


def test_a_line_may_begin_beside_the_corner_that_beats_its_beginning():
    """Import at 10 each; A makes six at 12 and 50 to start.

    With a of A: cost 150 + 2 a, imports 100 - 10 a. As a falls to 0 that nears cost 150 at
    imports of 100, which the import alone beats at a cost of 100.
    """
    walk, found = walked(
        chairs(source("buy", 10.0), maker("a", 12.0, upper=6.0, fixed_cost=50.0)),
        "cost,imported_value",
    )
    assert corners(found) == [(100, 100), pytest.approx((162, 40))]
    (piece,) = walk.segments
    assert piece.start == pytest.approx((150, 100))
    assert not piece.holds_start
    assert piece.end == pytest.approx((162, 40))
    assert piece.holds_end


def test_a_line_may_end_above_the_corner_that_beats_its_end():
    """Import at 10; A makes any number at 20; B makes all ten at once, at 15 each.

    With a of A: cost and imports sum to 200. B: cost 150, no imports; at that cost A would leave
    imports of 50.
    """
    walk, found = walked(
        chairs(source("buy", 10.0), maker("a", 20.0), maker("b", 15.0, lower=10.0)),
        "cost,imported_value",
    )
    assert corners(found) == [(100, 100), pytest.approx((150, 0))]
    (piece,) = walk.segments
    assert piece.start == pytest.approx((100, 100))
    assert piece.end == pytest.approx((150, 50))
    assert piece.holds_start
    assert not piece.holds_end


def test_a_front_of_one_point():
    walk, found = walked(chairs(source("buy", 10.0)), "cost,imported_value")
    assert corners(found) == [(100, 100)]
    assert (walk.segments, walk.complete) == ([], True)


def test_a_front_without_time_says_that_it_is_cut_short():
    network = chairs(source("buy", 10.0), maker("a", 12.0, upper=6.0, fixed_cost=50.0))
    search = KBestSearch(
        network, goal_named("pareto:cost,stages")(network), Limits(), TimeLimit(1e-9)
    )
    walk = FrontWalk(search)
    assert not list(walk.points())
    assert search.cut_short
    assert not walk.complete


PAIRS = {
    "cost,imported_value": ("cost", "imported"),
    "outside_value,cost": ("outside", "cost"),
    "dependence,cost": ("dependence", "cost"),
    "cost,stages": ("cost", "stages"),
    "lead_time,cost": ("lead_time", "cost"),
    "cost,doubt": ("cost", "doubt"),
    "stages,decisions": ("stages", "decisions"),
}
"""Measures of fronts, and what brute force calls them."""

HEIGHTS = (0.01, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 0.999)


def assert_front(network, measures, *, enumerated=None, **limits):
    """At every height, the least of the first measure is what brute force finds there."""
    walk, found = walked(network, measures, Limits(**limits))
    points = corners(found)
    if not points:
        return
    bottom, top = points[-1][1], points[0][1]
    heights = [bottom + part * (top - bottom) for part in HEIGHTS]
    heights += [y * (1 + 1e-7) + 1e-9 for _, y in points]
    heights.append(bottom - max(0.01 * (top - bottom), 1e-3 * bottom))
    if enumerated is None:
        enumerated = oracle.Oracle(network, needs=yardstick(network), **limits)
    expected = enumerated.front(*PAIRS[measures], heights)
    ours = [least_at(points, walk.segments, height) for height in heights]
    assert ours == [one and pytest.approx(one, rel=1e-5, abs=1e-5) for one in expected], points
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert walk.complete


def least_at(points, segments, height):
    """Least of the first measure on a front where the second is no more than a height."""
    values = [x for x, y in points if y <= height]
    for piece in segments:
        (x, y), (right, low) = piece.start, piece.end
        if low <= height:
            part = max(0.0, (y - height) / (y - low))
            values.append(x + part * (right - x))
    return min(values, default=None)


FRONTS = [(seed, measures) for seed in (47, 22, 46, 25) for measures in PAIRS]


@pytest.mark.parametrize(("seed", "measures"), first_of(FRONTS))
def test_fronts_equal_enumeration(seed, measures):
    """A sample of what `scripts/bench/oracle` runs through at length."""
    enumerated = enumeration(seed)
    assert_front(varied_network(seed), measures, enumerated=enumerated, **varied_limits(seed))


@cache
def enumeration(seed):
    network = varied_network(seed)
    return oracle.Oracle(network, needs=yardstick(network), **varied_limits(seed))


@pytest.mark.parametrize("seed", seeds(12))
def test_weighted_goals_equal_enumeration(seed):
    network = varied_network(seed)
    limits = varied_limits(seed)
    enumerated = oracle.Oracle(network, needs=yardstick(network), **limits)
    total = (("cost", 1.0), ("imported", 0.5), ("stages", 40.0), ("dependence", 90.0))
    text = "weighted:cost=1,imported_value=0.5,stages=40,dependence=90"
    expected = [values for values, _ in enumerated.k_best((total, "cost"), 3)]
    ours = solver_values(network, text, 3, **limits)
    assert len(ours) == len(expected)
    for one, other in zip(ours, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6)


def test_weights_are_prices():
    """A step more costs 5: the frame made in house saves 4, and no longer pays."""
    network = ProcessNetwork(
        (
            Operation(
                "assemble", OperationKind.MAKES, (("frame", 1.0),), ((CHAIR, 1.0),), CHAIR, "firm:a"
            ),
            Operation(
                "weld", OperationKind.MAKES, (), (("frame", 1.0),), "frame", "firm:b", unit_cost=1.0
            ),
            Operation("buy", OperationKind.DOMESTIC, (), (("frame", 1.0),), "frame", unit_cost=5.0),
        ),
        {CHAIR: 1.0},
    )

    def best(goal):
        solution = KBestSearch(network, goal_named(goal)(network), Limits()).best()
        return solution.decisions, solution.stages[2]

    decisions, total = best("weighted:cost=1,stages=5")
    assert decisions == {"assemble", "buy"}
    assert (total.name, total.unit, total.value) == ("weighted", "RUB/yr", pytest.approx(10))
    decisions, total = best("weighted:cost=1,stages=3")
    assert decisions == {"assemble", "weld"}
    assert total.value == pytest.approx(7)
    assert best("weighted:stages=1,decisions=2")[1].unit == "count"
    assert best("weighted:stages=1,doubt=2")[1].unit == "points"


def test_a_goal_is_added_by_a_function(monkeypatch):
    def quick(network):
        """Fewest steps, then fewest decisions."""
        return *delivery(network), stages(network), cost(network), simplicity(network)

    monkeypatch.setitem(GOALS, "quick", quick)
    network = chairs(source("buy", 10.0), maker("a", 2.0))
    best = KBestSearch(network, goal_named("quick")(network), Limits()).best()
    assert best.decisions == {"buy"}


@pytest.mark.parametrize(
    ("goal", "error", "told"),
    [
        ("fun", UnknownGoalError, "Known are: .*localisation"),
        ("weighted:csot=1", UnknownMeasureError, "Did you mean: cost"),
        ("pareto:cost,beauty", UnknownMeasureError, "Known are: .*lead_time"),
        ("weighted:cost", MalformedGoalError, "a weight above 0"),
        ("weighted:cost=-1", MalformedGoalError, "a weight above 0"),
        ("weighted:cost=nan", MalformedGoalError, "a weight above 0"),
        ("weighted:", MalformedGoalError, "commas"),
        ("weighted:cost=1,cost=2", MalformedGoalError, "each measure once"),
        ("pareto:localisation,imported_value", MalformedGoalError, "each measure once"),
        ("pareto:cost", MalformedGoalError, "two measures"),
        ("pareto:cost,stages,doubt", MalformedGoalError, "two measures"),
    ],
)
def test_a_goal_that_cannot_be_read_is_refused(goal, error, told):
    with pytest.raises(error, match=told):
        goal_named(goal)
