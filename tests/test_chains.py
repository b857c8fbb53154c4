"""Chains end to end on small clusters worked out by hand, and the steps on the way."""

from dataclasses import replace
from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest

from matchmaker.chains import (
    Demand,
    Limits,
    Operation,
    OperationKind,
    ProcessNetwork,
    Status,
    compose_chains,
    explain_alternatives,
)
from matchmaker.chains.goals import GOALS
from matchmaker.chains.network.maximal_structure import NEEDS_ITSELF, NOT_NEEDED, maximal_structure
from matchmaker.chains.network.quantity_bounds import explode
from matchmaker.chains.result import CHAIN_COLUMNS, STEP_COLUMNS
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.errors import (
    BadValueError,
    UnknownEnterpriseError,
    UnknownGoalError,
    UnknownItemError,
    UnknownRegionError,
)
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.model import Role
from tests.fixtures import make_dataset

ASSEMBLER, FRAMES, WHEELS = "0001000010", "0001000028", "0002000013"


def cluster(**changes):
    """A chair of one frame and four wheels; nothing has a mass, so nothing has freight."""
    tables = {
        "enterprises": [
            {"enterprise": ASSEMBLER, "name": "Сборка", "role": "member", "region": "RU-BA"},
            {"enterprise": FRAMES, "name": "Рамы", "role": "member", "region": "RU-TA"},
            {"enterprise": WHEELS, "name": "Колёса", "role": "interested", "region": "RU-CHE"},
        ],
        "items": [
            {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"},
            {
                "item": "frame",
                "name_ru": "Рама",
                "kind": "component",
                "unit": "pcs",
                "import_price": 5000,
            },
            {
                "item": "wheel",
                "name_ru": "Колесо",
                "kind": "component",
                "unit": "pcs",
                "import_price": 900,
            },
        ],
        "bom": [
            {"item": "chair", "component": "frame", "quantity": 1},
            {"item": "chair", "component": "wheel", "quantity": 4},
        ],
        "offers": [
            offer(ASSEMBLER, "chair", 3000, capacity=2400),
            offer(FRAMES, "frame", 3000, capacity=800),
            offer(WHEELS, "wheel", 500, capacity=10000),
        ],
    }
    data = make_dataset(**(tables | changes))
    return build_graph(data, find_matches(data))


def offer(enterprise, item, price, **more):
    return {"enterprise": enterprise, "product": item, "item": item, "price": price, **more}


def steps(chain):
    """(item, enterprise or kind) → quantity."""
    return {(s.item.removeprefix("item:"), s.enterprise or s.kind): s.quantity for s in chain.steps}


def test_chain_worked_by_hand():
    result = compose_chains(cluster(), Demand("chair", 1200))
    chain = result.chains[0]
    # 1200 chairs take 1200 frames (800 made, 400 imported) and 4800 wheels.
    assert steps(chain) == {
        ("chair", f"firm:{ASSEMBLER}"): 1200,
        ("frame", f"firm:{FRAMES}"): 800,
        ("frame", "import"): 400,
        ("wheel", f"firm:{WHEELS}"): 4800,
    }
    assert result.status is Status.OPTIMAL
    assert chain.objective == chain.bound == 400 * 5000
    # 1200·3000 + 800·3000 + 4800·500 = 8 400 000 at home, 2 000 000 abroad.
    assert chain.cost == 8_400_000 + 2_000_000
    assert chain.localisation == pytest.approx(8.4 / 10.4)
    # Wheels come from an interested firm: members supply 3 600 000 + 2 400 000.
    assert chain.cooperation == pytest.approx(6.0 / 10.4)
    assert [(g.item, g.kind, g.reasons) for g in chain.gaps] == [
        ("item:frame", OperationKind.IMPORT, (("capacity", f"firm:{FRAMES}"),))
    ]


def test_second_chain_drops_a_decision_of_the_first():
    first, second, *_ = compose_chains(cluster(), Demand("chair", 1200), k=3).chains
    # Without the frame maker 1200 frames are imported: 6 000 000 instead of 2 000 000.
    assert second.objective == 6_000_000
    assert not {s.operation for s in first.steps} <= {s.operation for s in second.steps}


def test_runners_up_say_what_each_step_saves():
    chain = explain_alternatives(compose_chains(cluster(), Demand("chair", 1200)))
    saved = {r.operation.split(":")[3]: dict(r.differences) for r in chain.runners_up}
    assert saved["wheel"]["imported_value"] == 4800 * 900
    assert saved["wheel"]["cost"] == 4800 * (900 - 500)
    assert saved["frame"]["imported_value"] == 800 * 5000
    assert saved["chair"]["shortfall"] == 1


def test_members_only_imports_the_wheels():
    limits = Limits(roles=frozenset({Role.MEMBER}))
    chain = compose_chains(cluster(), Demand("chair", 1200), limits=limits).chains[0]
    assert chain.imported_value == 400 * 5000 + 4800 * 900
    assert ("role", f"firm:{WHEELS}") in {r for gap in chain.gaps for r in gap.reasons}


def test_excluded_and_required_enterprises():
    graph = cluster()
    without = compose_chains(graph, Demand("chair", 10), limits=Limits(exclude={FRAMES}))
    assert f"firm:{FRAMES}" not in without.chains[0].enterprises
    dear = cluster(offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 9000)])
    cheapest = compose_chains(dear, Demand("chair", 10), goal="cost")
    assert f"firm:{FRAMES}" not in cheapest.chains[0].enterprises
    forced = compose_chains(dear, Demand("chair", 10), goal="cost", limits=Limits(require={FRAMES}))
    assert steps(forced.chains[0])["frame", f"firm:{FRAMES}"] == 1


def test_at_most_n_enterprises():
    limits = Limits(max_enterprises=2)
    chain = compose_chains(cluster(), Demand("chair", 1200), limits=limits).chains[0]
    # Dropping the wheels costs 4 320 000 of imports, dropping the frames 4 000 000.
    assert set(chain.enterprises) == {f"firm:{ASSEMBLER}", f"firm:{WHEELS}"}


def test_minimum_order_leaves_a_surplus():
    graph = cluster(
        offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 3000, minimum_order=50)]
    )
    chain = compose_chains(graph, Demand("chair", 10)).chains[0]
    frame = next(s for s in chain.steps if s.item == "item:frame")
    assert (frame.quantity, frame.surplus, frame.value) == (50, 40, 150_000)
    # Under the goal cost ten imported frames (50 000) beat fifty made ones.
    cheapest = compose_chains(graph, Demand("chair", 10), goal="cost").chains[0]
    assert steps(cheapest)["frame", "import"] == 10


def test_involvement_is_paid_once():
    graph = cluster(
        enterprises=[
            {
                "enterprise": ASSEMBLER,
                "name": "Всё сразу",
                "role": "member",
                "involvement_cost": 7000,
            }
        ],
        offers=[offer(ASSEMBLER, "chair", 3000), offer(ASSEMBLER, "frame", 3000)],
    )
    chain = compose_chains(graph, Demand("chair", 10)).chains[0]
    assert chain.involvement_cost == 7000
    assert chain.cost == 10 * 3000 + 10 * 3000 + 40 * 900 + 7000


def test_freight_turns_a_choice():
    """A frame of 100 kg: 356.9 km × 1.25 × 0.1 t × 10 RUB = 446 RUB from Tatarstan."""
    items = [
        {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"},
        {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs", "mass": 100},
    ]
    offers = [
        offer(ASSEMBLER, "chair", 3000),
        offer(ASSEMBLER, "frame", 3300),
        offer(FRAMES, "frame", 3000),
    ]
    bom = [{"item": "chair", "component": "frame", "quantity": 1}]
    tariff = [{"setting": "freight_tariff", "value": 10}, {"setting": "road_factor", "value": 1.25}]
    free = compose_chains(cluster(items=items, offers=offers, bom=bom), Demand("chair", 10))
    paid = compose_chains(
        cluster(items=items, offers=offers, bom=bom, settings=tariff), Demand("chair", 10)
    )
    assert ("frame", f"firm:{FRAMES}") in steps(free.chains[0])
    assert ("frame", f"firm:{ASSEMBLER}") in steps(paid.chains[0])
    away = compose_chains(
        cluster(items=items, offers=offers, bom=bom, settings=tariff),
        Demand("chair", 10),
        limits=Limits(exclude_pairs={(ASSEMBLER, "frame")}),
    ).chains[0]
    assert away.flows[0].distance == pytest.approx(357.047 * 1.25, abs=0.01)
    assert away.freight_cost == pytest.approx(10 * 0.1 * 357.047 * 1.25 * 10, abs=0.1)


def test_certificates_are_listed_or_demanded():
    items = [
        {
            "item": "chair",
            "name_ru": "Кресло",
            "kind": "product",
            "unit": "pcs",
            "certificates": "ISO 13485",
        }
    ]
    graph = cluster(items=items, bom=[], offers=[offer(ASSEMBLER, "chair", 3000)])
    chain = compose_chains(graph, Demand("chair", 1)).chains[0]
    assert chain.steps[0].certificates_missing == ("ISO 13485",)
    strict = compose_chains(graph, Demand("chair", 1), limits=Limits(demand_certificates=True))
    assert strict.status is Status.INFEASIBLE
    assert strict.gaps[0].reasons == (("certificate-missing", f"firm:{ASSEMBLER}"),)
    held = cluster(
        items=items,
        bom=[],
        offers=[offer(ASSEMBLER, "chair", 3000)],
        certificates=[{"enterprise": ASSEMBLER, "certificate": "ГОСТ ISO 13485-2017"}],
    )
    assert compose_chains(held, Demand("chair", 1), limits=Limits(demand_certificates=True)).chains


def test_capability_hours_are_shared_between_items():
    graph = cluster(
        offers=[offer(ASSEMBLER, "chair", 3000)],
        capabilities=[
            {
                "enterprise": FRAMES,
                "process": "Сварка",
                "free_hours": 100,
                "rate": 1000,
                "setup_cost": 500,
            }
        ],
        routing=[
            {"item": "frame", "process": "welding", "hours": 1},
            {"item": "wheel", "process": "welding", "hours": 0.5},
        ],
    )
    chain = compose_chains(graph, Demand("chair", 100)).chains[0]
    made = steps(chain)
    # An hour saves 5000 RUB of imports in frames, 1800 in wheels: all 100 hours go to frames.
    assert made["frame", f"firm:{FRAMES}"] == 100
    assert made["wheel", "import"] == 400
    assert (chain.launch_cost, chain.imported_value) == (500, 400 * 900)
    wheel_gap = next(gap for gap in chain.gaps if gap.item == "item:wheel")
    assert ("hours", f"firm:{FRAMES}") in wheel_gap.reasons


def test_alternatives_and_turnkey():
    bom = [
        {"item": "chair", "alternative": "plain", "component": "wheel", "quantity": 4},
        {"item": "chair", "alternative": "framed", "component": "frame", "quantity": 1},
    ]
    graph = cluster(
        bom=bom,
        offers=[
            offer(ASSEMBLER, "chair", 3000, alternative="framed", capacity=60),
            offer(FRAMES, "chair", 8500, alternative="turnkey"),
            offer(WHEELS, "wheel", 500),
        ],
    )
    chain = compose_chains(graph, Demand("chair", 100)).chains[0]
    # Turnkey imports nothing; of the assembler only the recipe with the imported frame is known.
    assert steps(chain) == {("chair", f"firm:{FRAMES}"): 100}
    cheapest = compose_chains(graph, Demand("chair", 100), goal="cost").chains[0]
    # 3000 + 5000 < 8500, but the assembler stops at 60.
    assert steps(cheapest)["chair", f"firm:{ASSEMBLER}"] == 60
    assert steps(cheapest)["chair", f"firm:{FRAMES}"] == 40


def test_substitute_and_phantom():
    graph = cluster(
        items=[
            {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"},
            {"item": "kit", "name_ru": "Комплект", "kind": "phantom", "unit": "pcs"},
            {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs"},
            {"item": "wheel", "name_ru": "Колесо", "kind": "component", "unit": "pcs"},
        ],
        bom=[
            {"item": "chair", "component": "kit", "quantity": 2},
            {"item": "kit", "component": "frame", "quantity": 3},
        ],
        substitutes=[{"item": "frame", "substitute": "wheel", "ratio": 0.5}],
        offers=[offer(ASSEMBLER, "chair", 3000), offer(WHEELS, "wheel", 500)],
    )
    chain = compose_chains(graph, Demand("chair", 10)).chains[0]
    assert steps(chain)["wheel", f"firm:{WHEELS}"] == 10 * 2 * 3 * 0.5
    assert chain.complete


def test_missing_component_is_named_and_the_chain_still_shown():
    items = [
        {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"},
        {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs"},
        {"item": "wheel", "name_ru": "Колесо", "kind": "component", "unit": "pcs"},
    ]
    graph = cluster(
        items=items, offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 100)]
    )
    chain = compose_chains(graph, Demand("chair", 10)).chains[0]
    assert not chain.complete
    assert [(g.item, g.quantity, g.reasons) for g in chain.gaps] == [
        ("item:wheel", 40, (("no-process", ""),))
    ]


def test_nobody_makes_the_product():
    graph = cluster(offers=[offer(FRAMES, "frame", 3000)])
    result = compose_chains(graph, Demand("chair", 10))
    assert (result.status, result.chains) == (Status.INFEASIBLE, ())
    assert result.gaps[0].reasons == (("no-process", ""),)


def test_limits_that_rule_out_every_chain_are_named():
    graph = cluster(offers=offers_of_two())
    for limits in (Limits(max_enterprises=0), Limits(require={FRAMES}, exclude_pairs=NO_FRAMES)):
        result = compose_chains(graph, Demand("chair", 10), limits=limits)
        assert result.status is Status.INFEASIBLE
        assert ("limits", f"firm:{ASSEMBLER}") in result.gaps[0].reasons


NO_FRAMES = {(FRAMES, "frame")}


def offers_of_two():
    return [offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 3000)]


def test_several_demands_share_capacity():
    graph = cluster()
    both = compose_chains(graph, [Demand("chair", 600), Demand("frame", 500)]).chains[0]
    # 800 frames for 1100 wanted; a frame is also a component, so it may be bought.
    assert steps(both)["frame", f"firm:{FRAMES}"] == 800
    assert steps(both)["frame", "import"] == 300


def test_a_dearer_offer_never_improves_the_optimum():
    costs = []
    for price in (2500, 3000, 3500):
        graph = cluster(
            offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", price, capacity=800)]
        )
        costs.append(compose_chains(graph, Demand("chair", 1200)).chains[0].cost)
    assert all(cheap <= dear for cheap, dear in pairwise(costs))


@pytest.mark.parametrize("goal", GOALS)
def test_every_goal_is_proven_and_reconciles(goal):
    for chain in compose_chains(cluster(), Demand("chair", 1200), goal=goal, k=3).chains:
        assert chain.gap == 0
        value = sum(s.value + s.fixed_cost for s in chain.steps) + chain.freight_cost
        assert chain.cost == pytest.approx(value + chain.involvement_cost)
        by_name = {stage.name: stage for stage in chain.stages}
        assert by_name["cost"].value == pytest.approx(chain.cost)
        assert [s.value for s in chain.stages] == pytest.approx([s.bound for s in chain.stages])


def test_wrong_calls_name_the_rule_and_the_nearest_name():
    graph = cluster()
    with pytest.raises(UnknownItemError, match="chair"):
        compose_chains(graph, Demand("chairs", 1))
    with pytest.raises(UnknownGoalError, match="cost"):
        compose_chains(graph, Demand("chair", 1), goal="costs")
    with pytest.raises(UnknownEnterpriseError):
        compose_chains(graph, Demand("chair", 1), limits=Limits(require={"0000000000"}))
    with pytest.raises(BadValueError, match="at least one demand"):
        compose_chains(graph, [])
    with pytest.raises(BadValueError, match="no diverse of a front"):
        compose_chains(graph, Demand("chair", 1), goal="pareto:cost,stages", diverse=1)


@pytest.mark.parametrize("quantity", [0, -1, nan, inf, -inf, True, "12", None])
def test_a_demand_is_a_finite_quantity_above_zero(quantity):
    with pytest.raises(BadValueError, match="Expected a quantity above 0 units per year"):
        Demand("chair", quantity)


def test_one_chain_has_one_id_however_it_is_asked_for():
    chair, frame = Demand("chair", 600), Demand("frame", 500)
    ids = {
        compose_chains(cluster(), demands).chains[0].id
        for demands in (
            [chair, frame],
            [frame, chair],
            [Demand("item:chair", 600.0), Demand("frame", np.int64(500))],
        )
    }
    assert len(ids) == 1
    assert compose_chains(cluster(), Demand("chair", 601)).chains[0].id not in ids


def test_a_demand_is_delivered_to_a_region_that_there_is():
    with pytest.raises(UnknownRegionError, match="There is no region 'RU-BB' among"):
        Demand("chair", 1, region="RU-BB")
    with pytest.raises(UnknownRegionError, match="'XX'"):
        Demand("chair", 1, region="XX")


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"k": 0}, "k, a whole number of at least 1, found 0"),
        ({"k": True}, "k, a whole number of at least 1, found True"),
        ({"k": 1.5}, "k, a whole number"),
        ({"k": "three"}, "k, a whole number of at least 1, found 'three'"),
        ({"diverse": -1}, "diverse, a whole number of at least 0"),
        ({"diverse": nan}, "diverse, a whole number of at least 0, found nan"),
        ({"seconds": nan}, "seconds above 0, found nan"),
        ({"seconds": 0}, "seconds above 0, found 0"),
        ({"seconds": True}, "seconds above 0, found True"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options, rule):
    with pytest.raises(BadValueError, match=rule):
        compose_chains(cluster(), Demand("chair", 1), **options)


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({"require": {FRAMES}, "exclude": {FRAMES}}, "Required and excluded at once"),
        ({"max_enterprises": -1}, "max_enterprises of at least 0, found -1"),
        ({"max_interested": nan}, "max_interested of at least 0, found nan"),
        ({"max_enterprises": True}, "max_enterprises of at least 0, found True"),
        ({"min_confidence": 1.5}, r"min_confidence in \[0, 1\], found 1.5"),
        ({"min_confidence": nan}, r"min_confidence in \[0, 1\], found nan"),
        ({"roles": {"friend"}}, "roles of member, interested, external, found friend"),
        ({"require": FRAMES}, "a set for require, found the text"),
        ({"dual_sourcing": "chair"}, "a set for dual_sourcing, found the text 'chair'"),
        ({"exclude_pairs": {"ab"}}, "pairs of enterprise and item for exclude_pairs, found 'ab'"),
        ({"require_pairs": {(FRAMES,)}}, "pairs of enterprise and item for require_pairs"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits, rule):
    with pytest.raises(BadValueError, match=rule):
        Limits(**limits)


def test_diverse_chains_drop_enterprises():
    chains = compose_chains(cluster(), Demand("chair", 100), k=4, diverse=1).chains
    for place, chain in enumerate(chains):
        for earlier in chains[:place]:
            assert set(earlier.enterprises) - set(chain.enterprises)


def test_a_chain_prints_its_figures_and_how_to_go_on():
    chain = compose_chains(cluster(), Demand("chair", 1200)).chains[0]
    # At home 8 400 000 of 10 400 000: 80.8 %; of members 3 600 000 + 2 400 000: 57.7 %.
    assert str(chain).splitlines() == [
        f"Chain 1 ({chain.id}), OPTIMAL: imported_value 2,000,000.00 RUB/yr, bound 2,000,000.00",
        "  cost 10,400,000 RUB/yr, localisation 80.8%, cooperation 57.7%",
        "  steps: 4, enterprises: 3, items imported: 1, items missing: 0, conditions: 0",
        "Steps: to_frame(). In sentences: explain(chain, graph).",
    ]


def test_a_result_prints_its_chains_and_how_to_go_on():
    result = compose_chains(cluster(), Demand("chair", 1200))
    first, second, *_ = str(result.chains[0]).splitlines()
    assert str(result).splitlines() == [
        "Result OPTIMAL, goal localisation: item:chair 1,200 a year",
        f"  {first}",
        f"  {second}",
        "A row a chain: to_frame(). In sentences: explain(result). "
        "Why, and what if: explain_result(result).",
    ]
    nothing = compose_chains(cluster(offers=[]), Demand("chair", 10))
    # A missing chair counts for its parts and 1 RUB more: 5 000 + 4 × 900 + 1 = 8 601.
    assert str(nothing).splitlines()[:2] == [
        "Result INFEASIBLE, goal localisation: item:chair 10 a year",
        "  missing: item:chair, 86,010 RUB/yr",
    ]
    assert "cut short" in str(replace(result, cut_short=True))


def test_a_chain_becomes_a_frame_of_its_steps():
    frame = compose_chains(cluster(), Demand("chair", 1200)).chains[0].to_frame()
    assert [*frame.columns] == [*STEP_COLUMNS]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == STEP_COLUMNS
    told = ["item", "kind", "enterprise", "quantity", "price", "value", "capacity"]
    assert frame[told].astype(object).where(frame[told].notna(), None).to_numpy().tolist() == [
        ["item:chair", "makes", f"firm:{ASSEMBLER}", 1200, 3000, 3_600_000, 2400],
        ["item:frame", "makes", f"firm:{FRAMES}", 800, 3000, 2_400_000, 800],
        ["item:frame", "import", None, 400, 5000, 2_000_000, None],
        ["item:wheel", "makes", f"firm:{WHEELS}", 4800, 500, 2_400_000, 10_000],
    ]


def test_a_result_becomes_a_frame_of_its_chains():
    result = compose_chains(cluster(), Demand("chair", 1200), k=2)
    frame = result.to_frame()
    types = {**CHAIN_COLUMNS, "enterprises": "int64", "steps": "int64"}
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == types
    assert frame["id"].tolist() == [chain.id for chain in result.chains]
    assert frame["imported_value"].tolist() == [chain.imported_value for chain in result.chains]
    assert frame.loc[0, ["cost", "steps", "enterprises"]].tolist() == [10_400_000, 4, 3]
    empty = compose_chains(cluster(offers=[]), Demand("chair", 10)).to_frame()
    assert empty.empty
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == types


def operation(id, consumes, yields, kind=OperationKind.MAKES, **more):
    flows = {
        name: tuple((n, 1.0) for n in nodes)
        for name, nodes in (("consumes", consumes), ("yields", yields))
    }
    return Operation(id, kind, item=yields[0] if yields else "", **flows, **more)


def test_maximal_structure_drops_the_useless_and_the_unstartable():
    network = ProcessNetwork(
        operations=(
            operation("makes-p", "a", "p", enterprise="firm:1"),
            operation("buys-a", "", "a", OperationKind.IMPORT),
            operation("idle", "a", "x", enterprise="firm:1"),
            operation("loop-1", "u", "p", enterprise="firm:2"),
            operation("loop-2", "v", "u", enterprise="firm:2"),
            operation("loop-3", "u", "v", enterprise="firm:2"),
        ),
        demand={"p": 1.0},
    )
    reduced = maximal_structure(network)
    assert {o.id for o in reduced.operations} == {"makes-p", "buys-a"}
    reasons = {d.operation: d.reason for d in reduced.dropped}
    assert reasons == {
        "idle": NOT_NEEDED,
        "loop-1": NEEDS_ITSELF,
        "loop-2": NEEDS_ITSELF,
        "loop-3": NEEDS_ITSELF,
    }


def test_a_loop_is_legal_once_something_outside_starts_it():
    """Recycling: making p from a gives a back; the loop alone may not feed itself."""
    network = ProcessNetwork(
        operations=(
            operation("buy", "", "a", OperationKind.IMPORT, unit_cost=10.0),
            Operation(
                "make", OperationKind.MAKES, (("a", 1.0),), (("p", 1.0), ("b", 1.0)), "p", "firm:1"
            ),
            operation("recycle", "b", "a", enterprise="firm:1"),
        ),
        demand={"p": 5.0},
    )
    assert network.on_cycles == {"a", "b"}
    stages = GOALS["cost"](network)
    solution = KBestSearch(network, stages, Limits()).best()
    assert solution is not None
    assert "buy" in solution.decisions
    without_purchase = replace(network, operations=network.operations[1:])
    assert KBestSearch(without_purchase, stages, Limits()).best() is None


def test_largest_needs_explode_the_bill_of_materials():
    network = ProcessNetwork(
        operations=(
            Operation("p", OperationKind.MAKES, (("a", 2.0),), (("p", 1.0),), lower=30.0),
            Operation("a", OperationKind.MAKES, (("b", 3.0),), (("a", 1.0),)),
        ),
        demand={"p": 10.0},
    )
    # A minimum order of 30 may be made for a demand of 10: 60 a, 180 b.
    assert explode(network).largest == {"p": 10.0, "a": 60.0, "b": 180.0}
