"""Advice: values computed by hand, best sets against every set there is, reasons one by one."""

import re
from dataclasses import replace
from itertools import chain as joined
from itertools import combinations
from random import Random
from typing import Any

import networkx as nx
import pytest

from matchmaker.chains import (
    Demand,
    Limits,
    OperationKind,
    Result,
    RunnerUp,
    compose_chains,
    explain_alternatives,
)
from matchmaker.codebook import read_rows
from matchmaker.errors import BadValueError, UnknownEnterpriseError, UnknownItemError
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.model import Role
from matchmaker.recommend import (
    Recommendation,
    advice_to_frame,
    explain,
    find_gaps,
    gaps_of,
    recommend_members,
)
from matchmaker.recommend.cells import cell_ranges
from matchmaker.recommend.records import ADVICE_COLUMNS
from tests.fixtures import make_dataset
from tests.seeds import seeds

CHAIRS = "0001000010"
BOB, CAROL, DAVE, ERIN = "0002000013", "0002000020", "0002000038", "0002000045"
NAMES = {CHAIRS: "Сборка", BOB: "Боб", CAROL: "Кэрол", DAVE: "Дэйв", ERIN: "Эрин"}
DEMAND = Demand("chair", 1000)

Rows = list[dict[str, Any]]


def firm(enterprise: str, role: str = "interested", **more: Any) -> dict[str, Any]:
    return {"enterprise": enterprise, "name": NAMES[enterprise], "role": role} | more


def item(code: str, **more: Any) -> dict[str, Any]:
    names = {"chair": "Кресло", "frame": "Рама", "wheel": "Колесо", "hub": "Втулка", "jig": "Упор"}
    kind = "product" if code == "chair" else "component"
    return {"item": code, "name_ru": names[code], "kind": kind, "unit": "pcs"} | more


def offer(enterprise: str, code: str, price: float | None, **more: Any) -> dict[str, Any]:
    product = item(code)["name_ru"]
    return {"enterprise": enterprise, "product": product, "item": code, "price": price} | more


def part(code: str, component: str, quantity: float, **more: Any) -> dict[str, Any]:
    return {"item": code, "component": component, "quantity": quantity} | more


def cluster(**changes: Rows) -> nx.MultiDiGraph:
    """1 000 chairs of one frame (5 000 imported) and four wheels (900 imported).

    The member puts chairs together. Bob makes 800 frames for 4 000, Carol any number of
    wheels for 700, Dave makes hubs, Erin nothing that matters.
    """
    tables: dict[str, Rows] = {
        "enterprises": [
            firm(CHAIRS, "member"),
            firm(BOB, involvement_cost=10_000),
            firm(CAROL),
            firm(DAVE),
            firm(ERIN),
        ],
        "items": [
            item("chair"),
            item("frame", import_price=5000),
            item("wheel", import_price=900),
            item("hub"),
        ],
        "bom": [part("chair", "frame", 1), part("chair", "wheel", 4)],
        "offers": [
            offer(CHAIRS, "chair", 3000),
            offer(BOB, "frame", 4000, capacity=800),
            offer(CAROL, "wheel", 700),
            offer(DAVE, "hub", 100),
        ],
    }
    data = make_dataset(**tables | changes)
    return build_graph(data, find_matches(data))


def by_firm(advice: list[Recommendation]) -> dict[str, Recommendation]:
    return {one.subject.removeprefix("firm:"): one for one in advice}


def order(advice: list[Recommendation]) -> list[str]:
    return [one.subject.removeprefix("firm:") for one in advice]


# Members


def test_the_value_of_one_is_what_its_absence_leaves_open():
    """Bob: 800 frames × 5 000 = 4 000 000. Carol: 4 000 wheels × 900 = 3 600 000."""
    advice = recommend_members(cluster(), DEMAND, invite=1)
    assert order(advice) == [BOB, CAROL, DAVE, ERIN]
    assert [one.rank for one in advice] == [1, 2, 3, 4]
    assert [one.value for one in advice] == [4_000_000, 3_600_000, 0, 0]
    assert [one.figures["invited"] for one in advice] == [1, 0, 0, 0]
    assert [one.figures["alone"] for one in advice] == [4_000_000, 3_600_000, 0, 0]
    assert {one.figures["set"] for one in advice} == {4_000_000}
    # Bob: 800 × (4 000 − 5 000) + 10 000 involvement. Carol: 4 000 × (700 − 900).
    assert [one.figures["cost"] for one in advice] == [-790_000, -800_000, 0, 0]


def test_advice_prints_itself_and_becomes_a_frame():
    advice = recommend_members(cluster(), DEMAND, invite=1)
    assert str(advice[0]).splitlines() == [
        f"1. member firm:{BOB}: 4,000,000 RUB/yr",
        "  open item:frame: 4,000,000",
        "  invited 1, alone 4,000,000, set 4,000,000, cost -790,000, alone_cost -790,000, "
        "set_cost -790,000",
        "In sentences: explain(recommendation, graph). Several: advice_to_frame(advice).",
    ]
    frame = advice_to_frame(advice)
    figures = ["invited", "alone", "set", "cost", "alone_cost", "set_cost"]
    assert [*frame.columns] == [*ADVICE_COLUMNS, *figures]
    assert frame["subject"].tolist() == [f"firm:{one}" for one in (BOB, CAROL, DAVE, ERIN)]
    assert frame["cost"].tolist() == [-790_000, -800_000, 0, 0]
    types = [str(dtype) for dtype in frame.dtypes]
    assert types == [*ADVICE_COLUMNS.values(), *["float64"] * 6]
    assert [*advice_to_frame([]).columns] == [*ADVICE_COLUMNS]


def test_two_may_be_invited():
    advice = recommend_members(cluster(), DEMAND, invite=2)
    assert [one.figures["invited"] for one in advice] == [1, 1, 0, 0]
    assert advice[0].figures["set"] == 7_600_000


def test_nobody_is_invited_who_closes_nothing():
    advice = recommend_members(cluster(), DEMAND, invite=4)
    assert [one.figures["invited"] for one in advice] == [1, 1, 0, 0]


def at_home(**prices: float) -> nx.MultiDiGraph:
    """Frames and wheels are bought at home: whoever makes them removes no import."""
    frame, wheel = ({"domestic_price": price} for price in (5000, 900))
    items = [item("chair"), item("frame", **frame), item("wheel", **wheel), item("hub")]
    offers = [
        offer(CHAIRS, "chair", 3000),
        offer(BOB, "frame", prices.get("bob", 4000), capacity=800),
        offer(CAROL, "wheel", 700),
        offer(DAVE, "frame", prices.get("dave", 4500), capacity=800),
    ]
    return cluster(items=items, offers=offers)


def test_those_who_remove_no_import_are_ranked_by_what_they_save():
    """Bob: 800 × 1 000 − 10 000 of involvement. Carol: 4 000 × 200. Dave, alone: 800 × 500."""
    advice = recommend_members(at_home(), DEMAND, invite=2)
    assert order(advice) == [CAROL, BOB, DAVE, ERIN]
    assert [one.value for one in advice] == [0, 0, 0, 0]
    assert [one.figures["alone_cost"] for one in advice] == [-800_000, -790_000, -400_000, 0]
    # Beside Bob, Dave makes the 200 frames that Bob cannot: 200 × 500.
    assert [one.figures["cost"] for one in advice] == [-800_000, -790_000, -100_000, 0]
    assert {one.figures["set_cost"] for one in advice} == {-1_590_000}


def test_who_saves_nothing_beside_the_best_set_still_shows_what_it_saves_alone():
    """Dave makes all the frames for 100 less than Bob."""
    dave = [offer(CHAIRS, "chair", 3000), offer(BOB, "frame", 4000), offer(DAVE, "frame", 3900)]
    items = [item("chair"), item("frame", domestic_price=5000), item("wheel", import_price=900)]
    advice = by_firm(recommend_members(cluster(items=items, offers=dave), DEMAND))
    assert advice[DAVE].figures["cost"] == -1_100_000
    assert (advice[BOB].figures["cost"], advice[BOB].figures["alone_cost"]) == (0, -990_000)
    assert advice[BOB].rank == 2


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ru", "), но затраты снизятся на 800\u202f000\xa0₽ в год"),
        ("en", "), but costs fall by RUB\xa0800,000 a year"),
    ],
)
def test_what_is_saved_is_said_in_words(lang, words):
    graph = at_home()
    first, _, third, last = recommend_members(graph, DEMAND, invite=2)
    assert words in explain(first, graph, lang).splitlines()[0]
    assert "100" in explain(third, graph, lang).splitlines()[0]
    assert "400" in explain(third, graph, lang).splitlines()[0]
    assert last.figures["cost"] == 0


def test_every_value_is_made_of_its_contributions():
    """Carol's wheels take a hub: 3 600 000 of wheels less for 4 000 hubs × 50 more."""
    graph = cluster(
        items=[
            item("chair"),
            item("frame", import_price=5000),
            item("wheel", import_price=900),
            item("hub", import_price=50),
        ],
        bom=[part("chair", "frame", 1), part("chair", "wheel", 4), part("wheel", "hub", 1)],
    )
    carol = by_firm(recommend_members(graph, DEMAND))[CAROL]
    parts = {part.subject: part.value for part in carol.contributions}
    assert parts == {"item:wheel": 3_600_000, "item:hub": -200_000}
    assert carol.value == 3_400_000
    for one in recommend_members(graph, DEMAND, invite=3):
        assert one.value == pytest.approx(sum(part.value for part in one.contributions))


def test_evidence_is_what_the_firm_makes_in_the_chain():
    (evidence,) = by_firm(recommend_members(cluster(), DEMAND))[BOB].evidence
    assert (evidence.item, evidence.kind, evidence.quantity) == ("item:frame", "makes", 800)
    assert evidence.cells["price"] == "test.xlsx!offers!F3"


def complementary(invite: int) -> list[Recommendation]:
    """A wheel takes a hub that cannot be bought: Carol needs Dave, Bob needs nobody.

    Bob alone closes 300 frames × 5 000 = 1 500 000, the pair 4 000 × 900 = 3 600 000.
    """
    graph = cluster(
        bom=[part("chair", "frame", 1), part("chair", "wheel", 4), part("wheel", "hub", 1)],
        offers=[
            offer(CHAIRS, "chair", 3000),
            offer(BOB, "frame", 4000, capacity=300),
            offer(CAROL, "wheel", 700),
            offer(DAVE, "hub", 100),
        ],
    )
    return recommend_members(graph, DEMAND, invite=invite)


def test_two_that_only_together_close_a_gap_are_found():
    single = by_firm(complementary(1))
    assert [single[one].figures["invited"] for one in (BOB, CAROL, DAVE)] == [1, 0, 0]
    assert single[CAROL].figures["alone"] == single[DAVE].figures["alone"] == 0
    pair = by_firm(complementary(2))
    assert [pair[one].figures["invited"] for one in (BOB, CAROL, DAVE)] == [0, 1, 1]
    # Without either the wheels are imported again, so each is worth all of them.
    assert pair[CAROL].value == pair[DAVE].value == pair[CAROL].figures["set"] == 3_600_000
    assert pair[BOB].value == 1_500_000
    assert complementary(3)[0].figures["set"] == 5_100_000


def test_a_product_that_nobody_can_make_is_imported_whole():
    """500 chairs × 30 000 = 15 000 000 become 500 × (5 000 + 4 × 900) when Bob assembles."""
    chairs = [item("chair", import_price=30_000)]
    graph = cluster(
        items=[*chairs, item("frame", import_price=5000), item("wheel", import_price=900)],
        offers=[offer(BOB, "chair", 3000)],
    )
    (bob,) = (one for one in recommend_members(graph, Demand("chair", 500)) if one.value)
    assert bob.value == 15_000_000 - 4_300_000


def test_several_demands_count_together():
    """Bob's frames go into chairs and are wanted as such: 800 of 1 100."""
    advice = by_firm(recommend_members(cluster(), [DEMAND, Demand("frame", 100)]))
    assert advice[BOB].value == 4_000_000
    assert advice[CAROL].value == 3_600_000


def test_who_removes_no_import_is_ranked_by_what_it_saves():
    """Members make the frame for 4 000; Bob would for 1 000: 1 000 chairs save 3 000 000."""
    member = offer(CHAIRS, "frame", 4000)
    graph = frames(member, bob(1000))
    (advice,) = recommend_members(graph, DEMAND)
    assert (advice.value, advice.figures["cost"]) == (0, -3_000_000)
    told = explain(advice, graph, "en").splitlines()[0]
    assert "removes no import" in told
    assert told.endswith("costs fall by RUB\xa03,000,000 a year.")


def test_excluded_firms_are_not_ranked_and_required_ones_are_in_anyway():
    graph = cluster()
    without = recommend_members(graph, DEMAND, limits=Limits(exclude=frozenset({BOB})))
    assert order(without) == [CAROL, DAVE, ERIN]
    settled = recommend_members(graph, DEMAND, limits=Limits(require=frozenset({BOB})))
    assert order(settled) == [CAROL, DAVE, ERIN]
    assert settled[0].figures == {
        "invited": 1,
        "alone": 3_600_000,
        "set": 3_600_000,
        "cost": -800_000,
        "alone_cost": -800_000,
        "set_cost": -800_000,
    }


def test_bad_calls_state_the_rule():
    with pytest.raises(ValueError, match="at least 1 enterprise, found 0"):
        recommend_members(cluster(), DEMAND, invite=0)
    with pytest.raises(UnknownItemError, match="Did you mean: item:chair"):
        recommend_members(cluster(), Demand("chiar", 5))
    with pytest.raises(UnknownEnterpriseError):
        recommend_members(cluster(), DEMAND, limits=Limits(exclude=frozenset({"1"})))


def test_without_interested_firms_there_is_no_advice():
    assert recommend_members(cluster(enterprises=[firm(CHAIRS, "member")], offers=[]), DEMAND) == []


def random_cluster(seed: int) -> nx.MultiDiGraph:
    """Four interested firms with random offers for parts, some of which contain others."""
    random = Random(seed)
    parts = ("frame", "wheel", "hub", "jig")
    prices = {code: random.choice([None, 10, 50, 400, 900]) for code in parts}
    bom = [part("chair", code, random.randint(1, 4)) for code in random.sample(parts, 3)]
    bom += [part("frame", "jig", 1)] * (random.random() < 0.5)
    bom += [part("wheel", "hub", random.randint(1, 2))] * (random.random() < 0.7)
    offers = [offer(CHAIRS, "chair", 3000, capacity=random.choice([None, 700]))]
    for maker in (CHAIRS, BOB, CAROL, DAVE, ERIN):
        for code in random.sample(parts, random.randint(0 if maker == CHAIRS else 1, 2)):
            capacity = random.choice([None, 200, 1000, 5000])
            minimum = random.choice([0, 0, 150])
            offers.append(
                offer(
                    maker,
                    code,
                    random.choice([5, 60, 500]),
                    capacity=capacity,
                    minimum_order=minimum,
                )
            )
    return cluster(
        items=[item("chair"), *(item(code, import_price=prices[code]) for code in parts)],
        bom=bom,
        offers=offers,
    )


def stages(graph: nx.MultiDiGraph, invited: frozenset[str]) -> tuple[float, ...]:
    """Value of every stage when exactly these may join the member."""
    left_out = frozenset({BOB, CAROL, DAVE, ERIN}) - invited
    limits = Limits(
        roles=frozenset({Role.MEMBER, Role.INTERESTED}), exclude=left_out, buy_products=True
    )
    best = compose_chains(graph, DEMAND, limits=limits).chains
    return tuple(round(stage.value, 2) for stage in best[0].stages[:-1]) if best else (9e9,)


@pytest.mark.parametrize("seed", seeds(12))
def test_no_other_set_is_better(seed):
    """Of all sets of at most so many firms none has lower stages: missing, imported, cost."""
    graph = random_cluster(seed)
    firms = (BOB, CAROL, DAVE, ERIN)
    sets = joined.from_iterable(combinations(firms, size) for size in range(4))
    reached = {frozenset(one): stages(graph, frozenset(one)) for one in sets}
    for invite in (1, 2, 3):
        advice = recommend_members(graph, DEMAND, invite=invite)
        invited = {one.subject.removeprefix("firm:") for one in advice if one.figures["invited"]}
        best = min(values for chosen, values in reached.items() if len(chosen) <= invite)
        assert reached[frozenset(invited)] == best
        assert len(invited) <= invite


@pytest.mark.parametrize("seed", seeds(12))
def test_values_are_differences_of_what_stays_open(seed):
    graph = random_cluster(seed)
    advice = recommend_members(graph, DEMAND, invite=2)
    invited = frozenset(o.subject.removeprefix("firm:") for o in advice if o.figures["invited"])
    for one in advice:
        own = frozenset({one.subject.removeprefix("firm:")})
        expected = left_open(graph, invited - own) - left_open(graph, invited | own)
        assert one.value == pytest.approx(expected, abs=0.01)
        assert one.value == pytest.approx(sum(p.value for p in one.contributions), abs=0.01)


def left_open(graph: nx.MultiDiGraph, invited: frozenset[str]) -> float:
    left_out = frozenset({BOB, CAROL, DAVE, ERIN}) - invited
    result = compose_chains(graph, DEMAND, limits=Limits(exclude=left_out, buy_products=True))
    gaps = result.chains[0].gaps if result.chains else result.gaps
    return sum(gap.value for gap in gaps)


# Gaps


WELDS = [{"enterprise": BOB, "process": "сварка", "free_hours": 100, "rate": 1000}]
ROUTING = [{"item": "frame", "process": "welding", "hours": 0.5}]


def frames(*offers: dict[str, Any], **changes: Rows) -> nx.MultiDiGraph:
    """1 000 chairs of a frame each: 5 000 imported, or from Bob."""
    tables: dict[str, Rows] = {
        "enterprises": [firm(CHAIRS, "member"), firm(BOB)],
        "items": [item("chair"), item("frame", import_price=5000)],
        "bom": [part("chair", "frame", 1)],
    }
    return cluster(offers=[offer(CHAIRS, "chair", 3000), *offers], **tables | changes)


def bob(price: float | None = 4000, **more: Any) -> dict[str, Any]:
    return offer(BOB, "frame", price, **more)


def able(**more: Any) -> nx.MultiDiGraph:
    return frames(capabilities=[WELDS[0] | more], routing=ROUTING)


CERTIFIED = [item("chair"), item("frame", import_price=5000, certificates="ISO 13485")]

REASONS = {
    "no-process": (frames, {}, 1000),
    "nobody-makes": (lambda: frames(routing=ROUTING), {}, 1000),
    "capacity": (lambda: frames(bob(capacity=800)), {}, 200),
    "hours": (able, {}, 800),
    "not-chosen": (lambda: frames(bob(6000)), {"goal": "cost"}, 1000),
    "price-missing": (lambda: frames(bob(None)), {}, 1000),
    "unit-mismatch": (lambda: frames(bob(unit="kg")), {}, 1000),
    "rate-missing": (lambda: able(rate=None), {}, 1000),
    "hours-missing": (lambda: able(free_hours=None), {}, 1000),
    "certificate-missing": (
        lambda: frames(bob(), items=CERTIFIED),
        {"limits": Limits(demand_certificates=True)},
        1000,
    ),
    "role": (lambda: frames(bob()), {"limits": Limits(roles=frozenset({Role.MEMBER}))}, 1000),
    "excluded": (lambda: frames(bob()), {"limits": Limits(exclude=frozenset({BOB}))}, 1000),
    "pair-excluded": (
        lambda: frames(bob()),
        {"limits": Limits(exclude_pairs=frozenset({(BOB, "frame")}))},
        1000,
    ),
    "only-maker": (
        lambda: frames(bob()),
        {"limits": Limits(dual_sourcing=frozenset({"frame"}))},
        1000,
    ),
    "answered-no": (
        lambda: frames(answers=[{"enterprise": BOB, "item": "frame", "answer": "no"}]),
        {},
        1000,
    ),
    "alternative-unknown": (lambda: frames(bob(alternative="golden")), {}, 1000),
    "minimum-above-capacity": (
        lambda: frames(bob(capacity=100, minimum_order=200)),
        {},
        1000,
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_gap_says_why_nobody_closes_it(reason):
    make, asked, quantity = REASONS[reason]
    (gap,) = find_gaps(make(), DEMAND, **asked)
    who = "" if reason in {"nobody-makes", "no-process"} else f"firm:{BOB}"
    assert gap.notes == ((reason, who),)
    assert (gap.subject, gap.figures["quantity"]) == ("item:frame", quantity)
    assert gap.contributions[0].name == OperationKind.IMPORT
    assert gap.value == quantity * 5000


def test_a_production_that_needs_itself_is_a_reason():
    """Bob's frame takes his jig, and the jig takes a frame: without a jig nobody can begin."""
    graph = frames(
        bob(),
        offer(BOB, "jig", 10),
        items=[item("chair"), item("frame"), item("jig")],
        bom=[part("frame", "jig", 1), part("jig", "frame", 1)],
    )
    (gap,) = find_gaps(graph, Demand("frame", 1000))
    assert gap.subject == "item:jig"
    assert gap.notes == (("needs-itself", f"firm:{BOB}"), ("seed-missing", "item:jig"))
    assert gap.contributions[0].name == OperationKind.MISSING
    assert "seed stock missing: Упор" in explain(gap, graph, "en")
    assert "нет начального запаса, с которого можно было бы начать: Упор" in explain(gap, graph)


def test_too_little_confidence_is_a_reason():
    """Nobody is sure beyond doubt, so that not even the chair has a maker."""
    (gap,) = find_gaps(frames(bob()), DEMAND, limits=Limits(min_confidence=1.0))
    assert gap.notes == (("confidence-low", f"firm:{CHAIRS}"),)


def test_every_reason_of_a_gap_has_its_case():
    """`not-needed` speaks of ways that no gap can have used, `limits` of no chain at all.

    `rejected`, which names who rejected, has its case in `test_decided`; what names the day on
    which a certificate expired in `test_expired_certificates`; `not-certain` in
    `test_conditions`.
    """
    keys = [row["key"].split(".") for row in read_rows("phrases.csv")]
    known = {code for room, code, *_ in keys if room == "reason"}
    elsewhere = {"not-needed", "limits", "rejected", "certificate-expired", "not-certain"}
    assert known - elsewhere == {
        *REASONS,
        "confidence-low",
        "needs-itself",
        "seed-missing",
    }


def test_gaps_come_missing_first_then_by_value():
    """Hubs cannot be had at all; 4 000 wheels × 900 < 1 000 frames × 5 000."""
    graph = cluster(
        bom=[part("chair", "frame", 1), part("chair", "wheel", 4), part("chair", "hub", 1)],
        offers=[offer(CHAIRS, "chair", 3000)],
    )
    gaps = find_gaps(graph, DEMAND)
    assert [gap.subject for gap in gaps] == ["item:hub", "item:frame", "item:wheel"]
    assert [gap.rank for gap in gaps] == [1, 2, 3]
    assert [gap.value for gap in gaps[1:]] == [5_000_000, 3_600_000]
    assert gaps[0].contributions[0].name == OperationKind.MISSING


def test_gaps_list_who_makes_or_could_make_it_and_how_much():
    """100 free hours a year at half an hour each make at most 200 frames."""
    (gap,) = find_gaps(frames(bob(capacity=800)), DEMAND)
    assert [(e.kind, e.quantity) for e in gap.evidence] == [("makes", 800)]
    (gap,) = find_gaps(able(), DEMAND)
    assert [(e.kind, e.quantity) for e in gap.evidence] == [("could_make", 200)]
    (gap,) = find_gaps(able(free_hours=None), DEMAND)
    assert [(e.kind, e.quantity) for e in gap.evidence] == [("could_make", None)]
    (gap,) = find_gaps(frames(bob(None)), DEMAND)
    assert [(e.kind, e.quantity) for e in gap.evidence] == [("makes", None)]


def test_a_demand_that_nothing_meets_is_its_own_gap():
    graph = cluster(offers=[])
    (gap,) = find_gaps(graph, DEMAND)
    assert (gap.subject, gap.notes) == ("item:chair", (("no-process", ""),))
    assert find_gaps(graph, DEMAND) == gaps_of(compose_chains(graph, DEMAND))


def test_no_gaps_where_everything_is_made():
    assert find_gaps(frames(bob()), DEMAND) == []


def test_unknown_names_raise():
    with pytest.raises(UnknownItemError):
        find_gaps(frames(), Demand("chiar", 1))


# Explanations


KINDS = (
    "chain",
    "chain with runners-up",
    "chain with surplus",
    "chain without certificate",
    "result",
    "result without chain",
    "invited",
    "not invited",
    "gap",
    "missing",
    "goal cost",
    "goal cooperation",
    "goal resilience",
    "goal confidence",
)


@pytest.fixture(scope="module")
def records() -> dict[str, tuple[object, nx.MultiDiGraph]]:
    """Something of each kind to explain, with its graph."""
    graph, short = cluster(), able()
    result = compose_chains(graph, DEMAND, k=2)
    members = recommend_members(graph, DEMAND)
    surplus = frames(bob(minimum_order=3000))
    uncertified = frames(bob(), items=CERTIFIED)
    nothing = compose_chains(cluster(offers=[]), DEMAND)
    return {
        "chain": (result.chains[0], graph),
        "chain with runners-up": (explain_alternatives(result), graph),
        "chain with surplus": (compose_chains(surplus, DEMAND).chains[0], surplus),
        "chain without certificate": (compose_chains(uncertified, DEMAND).chains[0], uncertified),
        "result": (result, graph),
        "result without chain": (nothing, nothing.graph),
        "invited": (members[0], graph),
        "not invited": (members[-1], graph),
        "gap": (find_gaps(short, DEMAND)[0], short),
        "missing": (find_gaps(cluster(offers=[]), DEMAND)[0], cluster(offers=[])),
    } | {
        f"goal {goal}": (compose_chains(graph, DEMAND, goal=goal).chains[0], graph)
        for goal in ("cost", "cooperation", "resilience", "confidence")
    }


CODES = re.compile(
    r"[{}]|nobody-makes|not-chosen|could_make|imported_value|outside_value|missing_value"
    r"|item:|firm:|stage\.|explain\.|RU-|\bNone\b|\bnan\b|\binf\b"
)


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_explanations_have_no_blanks_and_no_codes(records, kind, lang):
    record, graph = records[kind]
    text = explain(record, graph, lang)
    assert text.strip()
    assert CODES.findall(text) == []
    russian = re.findall("[А-Яа-яЁё]+", text)
    known = {word for name in graph.nodes(data="label") for word in re.findall(r"\w+", name[1])}
    if lang == "en":
        assert set(russian) <= known
    else:
        assert set(russian) - known


def test_there_is_something_of_each_kind(records):
    assert set(records) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_explanations_need_no_graph(records, kind):
    record, _ = records[kind]
    assert explain(record)
    if isinstance(record, Result):
        assert "Кресл" in explain(record)


def test_a_result_explains_all_its_chains(records):
    result, graph = records["result"]
    assert isinstance(result, Result)
    text = explain(result, graph, "en")
    assert [chain.id in text for chain in result.chains] == [True, True]
    assert "no chain" not in text


def test_the_proof_names_the_goal_even_when_nothing_is_imported():
    """With no import at all the objective is 0, as the shortfall is; it is not about that."""
    graph = frames(bob())
    best = compose_chains(graph, DEMAND).chains[0]
    assert best.objective == 0
    # Nobody stated a capacity: of the chair and of its frame.
    assert "Доказано на условиях (2): импорт – 0" in explain(best, graph)


def test_a_step_that_nothing_replaces_does_not_read_as_harmless(records):
    chain, graph = records["chain with runners-up"]
    alone = replace(chain, runners_up=(RunnerUp(chain.runners_up[0].operation, (), ()),))
    assert "there is no other chain" in explain(alone, graph, "en")
    assert "nothing changes" not in explain(alone, graph, "en")


def test_a_step_without_which_nothing_is_delivered_says_just_that(records):
    chain, graph = records["chain with runners-up"]
    told = explain(chain, graph).splitlines()
    assert "Без Сборка на позиции «Кресло»: ничего не поставляется." in told
    runner_up = next(r for r in chain.runners_up if dict(r.differences)["shortfall"] == 1)
    half = replace(runner_up, differences=(("shortfall", 0.5), ("cost", -1e3)))
    said = explain(replace(chain, runners_up=(half,)), graph, "en").splitlines()[-1]
    assert said.endswith(": shortfall +50%.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (-790_000, "затраты снизятся на 790\u202f000\xa0₽ в год"),
        (790_000, "затраты вырастут на 790\u202f000\xa0₽ в год"),
        (0.4, "затраты не изменятся"),
    ],
)
def test_costs_rise_or_fall_in_words(records, change, words):
    advice, graph = records["invited"]
    figures = {**advice.figures, "cost": change}
    assert words in explain(replace(advice, figures=figures), graph)


def test_only_records_can_be_explained():
    with pytest.raises(BadValueError, match="Nothing to explain about a str"):
        explain("chain")


def test_advice_names_its_figures_and_cells(records):
    advice, graph = records["invited"]
    assert explain(advice, graph, "en").splitlines() == [
        "1. Invite Боб: in the best set it closes RUB\xa04,000,000 a year "
        "(alone RUB\xa04,000,000); costs fall by RUB\xa0790,000 a year.",
        "   RUB\xa04,000,000 a year less imported or missing: Рама",
        '   Боб makes "Рама", 800\xa0pcs a year [test.xlsx!offers!B3,F3:H3]',
    ]


@pytest.mark.parametrize(
    ("cells", "ranges"),
    [
        ([], []),
        (["s!A!B2"], ["s!A!B2"]),
        (["s!A!B2", "s!A!B2"], ["s!A!B2"]),
        (["s!A!B2", "s!A!D2", "s!A!C2"], ["s!A!B2:D2"]),
        (["s!A!B9", "s!A!B10", "s!A!B12"], ["s!A!B9:B10,B12"]),
        (["s!A!Z1", "s!A!AA1", "s!A!AC1"], ["s!A!Z1:AA1,AC1"]),
        (["t!B!C3", "s!A!B2", "s!B!B2"], ["s!A!B2", "s!B!B2", "t!B!C3"]),
        (["a.csv!a!7", "a.csv!a!8"], ["a.csv!a!7:8"]),
        (["s!A!B1", "s!A!C1", "s!A!B2", "s!A!C2", "s!A!B3"], ["s!A!B1:C2,B3"]),
    ],
)
def test_neighbouring_cells_become_ranges(cells, ranges):
    assert cell_ranges(cells) == ranges
    assert cell_ranges(reversed(cells)) == ranges
