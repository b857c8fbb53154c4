"""Repairs: worked by hand, and the smallest by brute force over singles and pairs of slacks."""

from dataclasses import replace
from itertools import combinations

import pytest

from matchmaker.chains import Demand, Limits, OperationKind, compose_chains, find_repairs
from matchmaker.model import Role
from tests.random_survey import write_random_survey
from tests.raw_case import read_case
from tests.raw_figures import firm, item
from tests.raw_program import STAGES, Program, best
from tests.raw_weighing import open_of, resource_of
from tests.test_chains import ASSEMBLER, FRAMES, WHEELS, cluster, offer
from tests.test_recomputed import chains, store

DEMAND = Demand("chair", 1200)


def told(repairs):
    """(item, after, {constraint: amount}, {effect: difference}) of every repair."""
    return [
        (
            repair.item.removeprefix("item:"),
            repair.after,
            {m.constraint.id.partition(":")[0]: m.amount for m in repair.actions},
            {name: value for name, value in repair.differences if value},
        )
        for repair in repairs
    ]


def test_missing_capacity_is_named_with_its_amount():
    """800 of 1200 frames are made: 400 more at 3000 instead of imports at 5000."""
    repairs = find_repairs(compose_chains(cluster(), DEMAND))
    changes = {"imported_value": -2_000_000.0, "cost": 400 * (3000 - 5000)}
    assert told(repairs) == [("frame", 0, {"capacity": 400.0}, changes)]
    (measure,) = repairs[0].actions
    assert (measure.constraint.enterprise, measure.constraint.unit) == (f"firm:{FRAMES}", "pcs")
    assert (repairs[0].kind, repairs[0].before, repairs[0].closes) == (
        OperationKind.IMPORT,
        400,
        True,
    )


def test_an_import_that_the_goal_chooses_is_no_gap_to_repair():
    dear = [offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 9000, capacity=800)]
    result = compose_chains(cluster(offers=dear), DEMAND, goal="cost")
    assert {gap.item for gap in result.chains[0].gaps} == {"item:frame", "item:wheel"}
    assert find_repairs(result) == ()


def test_whom_the_role_leaves_out_is_invited():
    result = compose_chains(cluster(), DEMAND, limits=Limits(roles=frozenset({Role.MEMBER})))
    wheel = [r for r in find_repairs(result) if r.item == "item:wheel"]
    assert told(wheel)[0][2] == {"role": 1.0}
    assert wheel[0].actions[0].constraint.enterprise == f"firm:{WHEELS}"


def test_more_enterprises_than_the_limit():
    """Two of three: the wheels stay imported for 2 880 000 until a third may come in."""
    result = compose_chains(cluster(), Demand("chair", 800), limits=Limits(max_enterprises=2))
    repairs = told(find_repairs(result))
    assert [(r[0], r[2]) for r in repairs] == [("wheel", {"max-enterprises": 1.0})]


def test_hours_and_capacity_are_alternatives_of_one_gap():
    graph = cluster(
        offers=[offer(ASSEMBLER, "chair", 3000), offer(FRAMES, "frame", 3000, capacity=80)],
        capabilities=[
            {"enterprise": WHEELS, "process": "Сварка", "free_hours": 30, "rate": 1000},
        ],
        routing=[{"item": "frame", "process": "welding", "hours": 2}],
    )
    repairs = find_repairs(compose_chains(graph, Demand("chair", 100)))
    frame = [one for one in told(repairs) if one[0] == "frame"]
    # 80 are made and 15 could be: 5 are short, for 15 000 RUB of frames or 10 000 of hours.
    assert [one[2] for one in frame] == [{"hours": 10.0}, {"capacity": 5.0}]
    assert all(one[1] == 0 for one in frame)


def test_a_certificate_lets_a_maker_in():
    items = [
        {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"}
        | {"certificates": "ISO 13485; ISO 9001"}
    ]
    graph = cluster(items=items, bom=[], offers=[offer(ASSEMBLER, "chair", 3000)])
    result = compose_chains(graph, Demand("chair", 1), limits=Limits(demand_certificates=True))
    assert result.chains == ()
    (repair,) = find_repairs(result)
    assert [m.constraint.subject for m in repair.actions] == ["ISO 13485", "ISO 9001"]
    assert dict(repair.differences)["shortfall"] == -1
    assert dict(repair.differences)["cost"] == 3000


def test_a_lower_minimum_order():
    """A lot of 50 takes 50 rare parts of which there are 20: 30 more of them, or 30 less a lot.

    30 parts are work for 30 RUB, 30 frames of a lot for 90.
    """
    part = {"item": "part", "name_ru": "Деталь", "kind": "component", "unit": "pcs"}
    items = [
        {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"},
        {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs", "import_price": 9},
        part,
    ]
    graph = cluster(
        items=items,
        bom=[
            {"item": "chair", "component": "frame", "quantity": 1},
            {"item": "frame", "component": "part", "quantity": 1},
        ],
        offers=[
            offer(ASSEMBLER, "chair", 30),
            offer(FRAMES, "frame", 3, minimum_order=50),
            offer(WHEELS, "part", 1, capacity=20),
        ],
    )
    repairs = find_repairs(compose_chains(graph, Demand("chair", 20)))
    assert [one[2] for one in told(repairs)] == [{"capacity": 30.0}, {"minimum-order": 30.0}]
    assert all(repair.closes for repair in repairs)


def test_an_excluded_pair_and_an_excluded_enterprise():
    limits = Limits(exclude={WHEELS}, exclude_pairs={(FRAMES, "frame")})
    repairs = told(find_repairs(compose_chains(cluster(), Demand("chair", 10), limits=limits)))
    assert [(r[0], r[2]) for r in repairs] == [
        ("frame", {"pair-excluded": 1.0}),
        ("wheel", {"excluded": 1.0}),
    ]


def test_a_requirement_that_rules_out_every_chain():
    limits = Limits(require={FRAMES}, exclude_pairs={(FRAMES, "frame")})
    result = compose_chains(cluster(), Demand("chair", 10), limits=limits)
    assert result.chains == ()
    first, second = find_repairs(result)
    assert {m.constraint.kind for m in first.actions} != {m.constraint.kind for m in second.actions}
    assert {m.constraint.kind for r in (first, second) for m in r.actions} == {
        "required",
        "pair-excluded",
    }


def test_a_second_maker_needs_room_for_all_when_either_may_be_lost():
    graph = cluster(
        offers=[
            offer(ASSEMBLER, "chair", 3000),
            offer(FRAMES, "frame", 3000, capacity=100),
            offer(WHEELS, "frame", 3500, capacity=40),
        ]
    )
    limits = Limits(dual_sourcing=frozenset({"frame"}))
    result = compose_chains(graph, Demand("chair", 100), limits=limits)
    (repair,) = (r for r in find_repairs(result) if r.item == "item:frame")
    # Only 40 could be made without either; the other 60 are imported.
    assert (repair.before, repair.after) == (60, 0)
    assert told([repair])[0][2] == {"capacity": 60.0}
    assert repair.actions[0].constraint.enterprise == f"firm:{WHEELS}"


def test_nobody_to_help_means_no_repair():
    result = compose_chains(cluster(offers=[offer(FRAMES, "frame", 3000)]), Demand("chair", 10))
    assert result.chains == ()
    assert find_repairs(result) == ()


@pytest.mark.parametrize("seed", [2, 3, 6, 9, 11, 12, 15, 18, 20, 24, 27])
def test_the_smallest_repair_by_brute_force(tmp_path, seed):
    """Every slack and every pair of them is tried, as large as it likes."""
    survey = write_random_survey(tmp_path, seed)
    database = store(tmp_path, survey.catalogue, survey.answers)
    result = chains(database, "chair", *survey.options, "--why")
    case, asked = read_case(survey.catalogue, survey.answers), survey.asked
    chain = next(iter(result["chains"]), None)
    gaps = chain["gaps"] if chain else result["gaps"]
    for gap in gaps:
        if counted_by(asked, gap) is not None:
            repairs = [
                r
                for r in (chain or result)["repairs"]
                if (r["item"], r["kind"]) == (gap["item"], gap["kind"])
            ]
            check_smallest(case, asked, chain, gap, repairs)


def check_smallest(case, asked, chain, gap, repairs):
    """The first repair is a smallest one, or the goal leaves every smallest one be."""
    conditions = held(case, asked, chain, gap)
    slacks = every_slack(case, asked)
    least = least_open(case, asked, slacks, gap, conditions)
    if least is None or least > gap["quantity"] * (1 - 1e-6):
        assert repairs == []
        return
    for number in (1, 2):
        sets = [
            chosen
            for chosen in combinations(slacks, number)
            if reaches(least_open(case, asked, chosen, gap, conditions), least)
        ]
        if sets:
            break
    first = repairs[0] if repairs else None
    if first and reaches(first["after"], least):
        found = {slack_of(case, asked, measure["constraint"]) for measure in first["actions"]}
        assert len(found) == (number if sets else max(3, len(found)))
        assert not sets or found in [{*map(named, chosen)} for chosen in sets]
    elif sets:
        assert all(
            open_after(case, asked, chosen, gap) > least + 1e-6 * gap["quantity"] for chosen in sets
        )


def reaches(value, least):
    return value is not None and value <= least + 1e-4


def counted_by(asked, gap):
    """The stage that counts a gap; None for an import that the goal only pays."""
    if gap["item"] == f"item:{asked.product}":
        return "shortfall"
    if gap["kind"] == "missing":
        return "missing_value"
    return next((s for s in ("imported_value", "outside_value") if s in STAGES[asked.goal]), None)


def held(case, asked, chain, gap):
    """Stages up to the one that counts the gap, and other gaps, as they are."""
    stages = STAGES[asked.goal]
    values = {s["name"]: s["value"] for s in chain["stages"]} if chain else {"shortfall": 1.0}
    upto = stages[: stages.index(counted_by(asked, gap)) + 1]
    code, kind = item(gap["item"]), gap["kind"]
    spared = {code} | (below(case, code) if kind == "import" else set())
    now = {(g["kind"], item(g["item"])): g["quantity"] for g in (chain["gaps"] if chain else [])}
    others = {(kind, other): now.get((kind, other), 0.0) for other in case.items}
    kept = {key: most for key, most in others.items() if key[1] not in spared}
    return {name: values[name] for name in upto}, {} if code == asked.product else kept


def below(case, code):
    """Everything an item may be made of or replaced by."""
    parts = {p for recipe in case.recipes.get(code, {}).values() for p in recipe}
    parts |= set(case.substitutes.get(code, {}))
    return parts.union(*(below(case, part) for part in parts))


def every_slack(case, asked):
    """(kind, what) of every constraint that could give way."""
    slacks = [("room", resource) for resource in case.resources]
    slacks += [("minimum", way.key) for way in case.ways if way.lower]
    slacks += [("role", f) for f, own in case.firms.items() if own["role"] not in asked.roles]
    slacks += [("excluded", f) for f in asked.exclude]
    slacks += [("required", f) for f in asked.require]
    if asked.most is not None:
        slacks.append(("most", ""))
    if asked.certified:
        pairs = {(w.firm, name) for w in case.ways for name in case.lacking(w.firm, w.item)}
        slacks += [("certificate", pair) for pair in sorted(pairs)]
    return slacks


def eased(case, asked, slacks):
    """Case and request with all that some slacks can give."""
    for kind, what in slacks:
        if kind == "room":
            case = replace(case, resources={**case.resources, what: 1e5})
        elif kind == "minimum":
            ways = (replace(w, lower=0.0) if w.key == what else w for w in case.ways)
            case = replace(case, ways=tuple(ways))
        elif kind == "certificate":
            own = case.firms[what[0]]
            own = {**own, "certificates": [*own["certificates"], what[1]]}
            case = replace(case, firms={**case.firms, what[0]: own})
        elif kind == "role":
            asked = replace(asked, admitted=asked.admitted | {what})
        elif kind == "excluded":
            asked = replace(asked, exclude=asked.exclude - {what})
        elif kind == "required":
            asked = replace(asked, require=asked.require - {what})
        else:
            asked = replace(asked, most=99)
    return case, asked


def least_open(case, asked, slacks, gap, conditions):
    program = Program(*eased(case, asked, slacks))
    return program.least_open((gap["kind"], item(gap["item"])), *conditions)


def open_after(case, asked, slacks, gap):
    """What stays open in the best chain when slacks give all they can."""
    return open_of(best(*eased(case, asked, slacks)), item(gap["item"]), gap["kind"])


def named(slack):
    """A slack as the engine's constraints name it: kind, firm and subject."""
    kind, what = slack
    if kind == "minimum":
        return kind, what[1], what[2]
    if kind == "certificate":
        return (kind, *what)
    return kind, what, ""


def slack_of(case, asked, constraint):
    kind, subject = constraint["kind"], constraint["subject"]
    inn = firm(constraint["enterprise"] or "")
    if kind in ("capacity", "hours"):
        return "room", resource_of(case, asked, constraint), ""
    if kind == "minimum-order":
        return "minimum", inn, item(subject)
    if kind == "certificate-missing":
        return "certificate", inn, subject
    return {"max-enterprises": "most"}.get(kind, kind), inn, ""
