"""What would change a chain, worked by hand; random surveys are in test_recomputed."""

from dataclasses import replace

import pytest

from matchmaker.chains import (
    GOALS,
    Demand,
    Limits,
    OperationKind,
    Status,
    compose_chains,
    explain_alternatives,
    explain_bindings,
    explain_dropouts,
    explain_prices,
    explain_result,
    explain_rivals,
)
from tests.test_chains import ASSEMBLER, FRAMES, WHEELS, cluster, offer

DEMAND = Demand("chair", 100)


def two_frame_makers(**first):
    """A frame costs 3000 from one firm, 3400 from another, 5000 abroad."""
    return cluster(
        offers=[
            offer(ASSEMBLER, "chair", 3000),
            offer(FRAMES, "frame", 3000, **first),
            offer(WHEELS, "frame", 3400),
        ]
    )


def frame_prices(result):
    """Ranges of the frame's makers, by enterprise."""
    steps = {step.operation: step for step in result.chains[0].steps}
    return {
        steps[price.operation].enterprise.removeprefix("firm:"): price
        for price in explain_prices(result)
        if steps[price.operation].item == "item:frame"
    }


def test_a_price_holds_up_to_the_next_maker():
    result = compose_chains(two_frame_makers(), DEMAND)
    frame = frame_prices(result)[FRAMES]
    assert (frame.low, frame.high) == (None, pytest.approx(3400))
    assert [WHEELS in operation for operation in frame.above] == [True]


def test_the_next_maker_wins_below_the_price():
    result = compose_chains(two_frame_makers(), DEMAND)
    (rival,) = explain_rivals(result, explain_alternatives(result).runners_up)
    assert (rival.price, rival.wins_below) == (3400, pytest.approx(3000))
    assert rival.decided_by == "cost"


def test_costs_beside_the_price_move_the_bound():
    """The first maker saves 400 a frame; involving the other costs 5000 a year more: 50 each."""
    enterprises = [
        {"enterprise": firm, "name": name, "role": "member", "involvement_cost": paid}
        for firm, name, paid in ((ASSEMBLER, "А", 0), (FRAMES, "Б", 0), (WHEELS, "В", 5000))
    ]
    graph = cluster(
        enterprises=enterprises,
        offers=[
            offer(ASSEMBLER, "chair", 3000),
            offer(FRAMES, "frame", 3000),
            offer(WHEELS, "frame", 3400),
        ],
    )
    result = compose_chains(graph, DEMAND)
    assert frame_prices(result)[FRAMES].high == pytest.approx(3450)
    (rival,) = explain_rivals(result, explain_alternatives(result).runners_up)
    assert rival.wins_below == pytest.approx(2950)


def test_a_maker_at_capacity_has_a_price_from_which_on_more_would_be_taken():
    """60 of 100 from the cheaper; the dearer one fills up. A lot of 50 keeps it from doing less."""
    graph = cluster(
        offers=[
            offer(ASSEMBLER, "chair", 3000),
            offer(FRAMES, "frame", 3000, capacity=60),
            offer(WHEELS, "frame", 3400),
        ]
    )
    prices = frame_prices(compose_chains(graph, DEMAND))
    assert (prices[FRAMES].low, prices[FRAMES].high) == (None, pytest.approx(3400))
    assert (prices[WHEELS].low, prices[WHEELS].high) == (pytest.approx(3000), None)
    assert prices[WHEELS].below == ()


@pytest.mark.parametrize(("goal", "high"), [("localisation", None), ("cost", 5000)])
def test_no_price_matters_before_what_the_goal_compares_first(goal, high):
    """Alone against imports at 5000: least imports come before the cost."""
    result = compose_chains(cluster(), DEMAND, goal=goal)
    assert frame_prices(result)[FRAMES].high == (high and pytest.approx(high))
    rivals = {r.rival: r for r in explain_rivals(result, explain_alternatives(result).runners_up)}
    imported = rivals["import:item:frame"]
    assert (imported.wins_below, imported.decided_by) == (
        (None, "imported_value") if goal == "localisation" else (pytest.approx(3000), "cost")
    )


def test_a_price_in_two_stages():
    """Cooperation counts the work of an interested firm, then the cost."""
    graph = cluster(offers=[offer(ASSEMBLER, "chair", 3000), offer(WHEELS, "frame", 3400)])
    result = compose_chains(graph, DEMAND, goal="cooperation")
    assert frame_prices(result)[WHEELS].high == pytest.approx(5000)


def test_recipes_of_one_offer_share_its_price():
    bom = [
        {"item": "chair", "alternative": "plain", "component": "wheel", "quantity": 4},
        {"item": "chair", "alternative": "framed", "component": "frame", "quantity": 1},
    ]
    graph = cluster(
        bom=bom,
        offers=[
            offer(ASSEMBLER, "chair", 3000),
            offer(FRAMES, "frame", 500, capacity=40),
            offer(WHEELS, "wheel", 300, capacity=400),
            offer(FRAMES, "chair", 9000, alternative="turnkey"),
        ],
    )
    result = compose_chains(graph, DEMAND)
    chair = [p for p in explain_prices(result) if p.price == 3000]
    assert len(chair) == 2
    # 60 chairs take 4 wheels of 300: beyond 9000 − 1200 they go to the turnkey maker.
    assert [p.high for p in chair] == [pytest.approx(7800)] * 2


def test_an_unproven_chain_has_no_price_ranges():
    result = compose_chains(cluster(), DEMAND)
    open_chain = replace(result.chains[0], status=Status.FEASIBLE)
    unproven = replace(result, chains=(open_chain,))
    assert explain_prices(unproven) == ()
    assert explain_rivals(unproven, explain_alternatives(result).runners_up) == ()


def test_what_one_more_frame_is_worth():
    """800 frames of 1200: one more saves an import of 5000 and costs 3000."""
    (binding,) = explain_bindings(compose_chains(cluster(), Demand("chair", 1200)))
    assert (binding.constraint.kind, binding.bound, binding.relaxed_by) == ("capacity", 800, 1)
    assert dict(binding.differences) == {
        "shortfall": 0,
        "missing_value": 0,
        "imported_value": -5000,
        "cost": -2000,
    }


def test_a_capacity_that_several_recipes_share_is_one_bound():
    """60 a year of the recipe for 20, no other: one more costs 20 and delivers one more."""
    parts = [{"item": "chair", "name_ru": "Стул", "kind": "product", "unit": "pcs"}]
    bought = {"bolt": 10, "screw": 12}
    parts += [parts[0] | {"item": part, "import_price": price} for part, price in bought.items()]
    lines = [
        {"item": "chair", "alternative": one, "component": part, "quantity": 1}
        for one, part in (("base", "bolt"), ("lite", "screw"))
    ]
    graph = cluster(items=parts, bom=lines, offers=[offer(ASSEMBLER, "chair", 10, capacity=60)])
    (binding,) = explain_bindings(compose_chains(graph, Demand("chair", 100), goal="cost"))
    assert (binding.constraint.kind, binding.bound) == ("capacity", 60)
    assert dict(binding.differences)["cost"] == pytest.approx(61 * 20 - 60 * 20)


def test_what_one_more_hour_is_worth():
    graph = cluster(
        offers=[offer(ASSEMBLER, "chair", 3000)],
        capabilities=[
            {"enterprise": FRAMES, "process": "Сварка", "free_hours": 10, "rate": 1000},
        ],
        routing=[{"item": "frame", "process": "welding", "hours": 2}],
    )
    (binding,) = explain_bindings(compose_chains(graph, DEMAND))
    # Half a frame more: 2500 of imports less, and 1000 of work instead.
    assert (binding.constraint.kind, binding.constraint.subject) == ("hours", "process:welding")
    assert dict(binding.differences)["imported_value"] == pytest.approx(-2500)
    assert dict(binding.differences)["cost"] == pytest.approx(-1500)


def test_what_a_minimum_order_costs():
    graph = cluster(
        offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 3000, minimum_order=50)]
    )
    (binding,) = explain_bindings(compose_chains(graph, Demand("chair", 10)))
    assert (binding.constraint.kind, binding.bound) == ("minimum-order", 50)
    assert dict(binding.differences)["cost"] == pytest.approx(-3000)


def test_what_limits_cost():
    limits = Limits(max_enterprises=2)
    (binding,) = explain_bindings(compose_chains(cluster(), Demand("chair", 100), limits=limits))
    assert (binding.constraint.kind, binding.bound) == ("max-enterprises", 2)
    assert dict(binding.differences)["imported_value"] == -400 * 900
    dear = cluster(offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 9000)])
    limits = Limits(require={FRAMES})
    result = compose_chains(dear, Demand("chair", 10), goal="cost", limits=limits)
    (binding,) = explain_bindings(result)
    # One frame is bought from the required firm, 4000 dearer than abroad.
    assert (binding.constraint.kind, dict(binding.differences)["cost"]) == ("required", -4000)


def test_the_loss_of_a_whole_enterprise():
    graph = cluster(
        offers=[
            offer(ASSEMBLER, "chair", 3000),
            offer(FRAMES, "frame", 3000),
            offer(FRAMES, "wheel", 400),
            offer(WHEELS, "wheel", 500),
        ]
    )
    losses = {d.enterprise: d for d in explain_dropouts(compose_chains(graph, DEMAND))}
    both = losses[f"firm:{FRAMES}"]
    assert both.items == ("item:frame", "item:wheel")
    # Frames are imported for 500 000, 200 000 more; wheels cost 400 × 100 more at home.
    assert dict(both.differences)["imported_value"] == 500_000
    assert dict(both.differences)["cost"] == 200_000 + 40_000
    assert [(o.item, o.kind, o.quantity, o.value) for o in both.new_gaps] == [
        ("item:frame", OperationKind.IMPORT, 100, 500_000)
    ]
    alone = losses[f"firm:{ASSEMBLER}"]
    assert (alone.differences, alone.replaced_by) == ((), ())
    assert [(o.item, o.kind) for o in alone.new_gaps] == [("item:chair", OperationKind.MISSING)]


def test_a_required_enterprise_may_drop_out_too():
    limits = Limits(require={FRAMES}, require_pairs={(FRAMES, "frame")})
    result = compose_chains(cluster(), DEMAND, limits=limits)
    losses = {d.enterprise: d for d in explain_dropouts(result)}
    assert dict(losses[f"firm:{FRAMES}"].differences)["imported_value"] == 500_000
    kinds = [b.constraint.id for b in explain_bindings(result)]
    assert kinds == [f"required:firm:{FRAMES}", f"required:firm:{FRAMES}:item:frame"]


@pytest.mark.parametrize("goal", GOALS)
def test_every_goal_is_explained(goal):
    result = explain_result(compose_chains(two_frame_makers(capacity=60), DEMAND, goal=goal))
    chain = result.chains[0]
    makers = [step.operation for step in chain.steps if step.enterprise]
    assert [one.operation for one in chain.runners_up] == makers
    assert [one.operation for one in chain.prices] == makers
    assert [one.enterprise for one in chain.dropouts] == list(chain.enterprises)
    for binding in chain.bindings:
        first = next((d for _, d in binding.differences if abs(d) > 1e-6), 0.0)
        assert first <= 0


def test_nothing_to_explain_without_a_chain():
    result = compose_chains(cluster(offers=[offer(FRAMES, "frame", 1)]), DEMAND)
    assert explain_result(result) == result
    assert (explain_prices(result), explain_bindings(result), explain_dropouts(result)) == (
        (),
        (),
        (),
    )
