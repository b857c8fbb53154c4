"""Runners-up, prices, bounds, drop-outs and repairs of a chain, solved anew from a raw case.

Shares nothing with the engine: every answer in the JSON output is held against the optimum of
`raw_program` under the changed prices, bounds or limits.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.raw_case import Case, Way
from tests.raw_figures import firm, item, key_of, quantities_of
from tests.raw_program import STAGES, Asked, Outcome, allowed, best

KOPECK = 0.01
FAR = 100
"""So many times its price, an offer has no price that could change the chain."""
NEXT_TO_NOTHING = 1.0
"""RUB per unit: what costs nothing adds nothing to the imports either, but any price does."""
BOUGHT = ("import", "domestic")
LOOSE = 1e-4
"""Part of a stage's value that the tolerance of an earlier one may be worth."""
CLOSE = {"rel": 3e-9, "abs": 0.05}
"""RUB per year, or shares: what holding a stage by this program's tolerance may cost."""


def check_weighing(case: Case, asked: Asked, chain: dict) -> None:
    """Check all that `--why` adds to the best chain."""
    for runner_up in chain["runners_up"]:
        check_runner_up(case, asked, chain, runner_up)
    for price in chain["prices"]:
        check_price(case, asked, chain, price)
    for rival in chain["rival_prices"]:
        check_rival(case, asked, chain, rival)
    for binding in chain["bindings"]:
        check_binding(case, asked, chain, binding)
    for dropout in chain["dropouts"]:
        check_dropout(case, asked, chain, dropout)
    makers = [step["operation"] for step in chain["steps"] if step["enterprise"]]
    assert [one["operation"] for one in chain["runners_up"]] == makers
    assert [one["operation"] for one in chain["prices"]] == makers
    assert [one["enterprise"] for one in chain["dropouts"]] == chain["enterprises"]


def stage_values(asked: Asked, chain: dict) -> dict[str, float]:
    values = {stage["name"]: stage["value"] for stage in chain["stages"]}
    return {name: values[name] for name in STAGES[asked.goal]}


def check_differences(asked: Asked, chain: dict, told: list, outcome: Outcome | None) -> None:
    """Stage by stage, what an outcome has more than the chain.

    Where nothing is delivered, what a required firm then does for its own sake is left open.
    """
    if outcome is None:
        assert told == []
        return
    before = stage_values(asked, chain)
    told = {name: difference for name, difference in told if name != "decisions"}
    assert told.keys() == before.keys()
    if outcome.values["shortfall"] >= 1 - 1e-9:
        told = {"shortfall": told["shortfall"]}
    for name, difference in told.items():
        more = outcome.values[name] - before[name]
        room = CLOSE["abs"] + CLOSE["rel"] * abs(before[name])
        assert difference == pytest.approx(more, abs=1e-6 if name == "shortfall" else room), name


def check_runner_up(case: Case, asked: Asked, chain: dict, runner_up: dict) -> None:
    way = next(key_of(s) for s in chain["steps"] if s["operation"] == runner_up["operation"])
    outcome = best(case, replace(asked, without=asked.without | {way}))
    check_differences(asked, chain, runner_up["differences"], outcome)
    assert not {step["operation"] for step in chain["steps"]} & set(runner_up["replaced_by"])


def check_price(case: Case, asked: Asked, chain: dict, told: dict) -> None:
    step = next(s for s in chain["steps"] if s["operation"] == told["operation"])
    offer = offer_of(case, key_of(step))
    assert told["price"] == pytest.approx(step["price"])
    low, high = told["low"], told["high"]
    assert (0 if low is None else low) - 1e-6 <= step["price"]
    assert high is None or step["price"] <= high + 1e-6
    check_side(case, asked, chain, offer, high, 1)
    check_side(case, asked, chain, offer, low, -1)


def check_side(
    case: Case,
    asked: Asked,
    chain: dict,
    offer: list[tuple[str, ...]],
    bound: float | None,
    side: int,
) -> None:
    """The chain is best up to a bound, a kopeck short of it, and no more a kopeck beyond it.

    What this program's tolerance allows of one stage can be worth much in the next, where a
    kopeck is in both: there the chain need only be as good as its tolerance, and exactly so a
    hundredth short of the bound.
    """
    stated = price_of(case, offer[0])
    if bound is None:
        several = sum(counts(case, name, offer[0]) for name in STAGES[asked.goal]) > 1
        far = FAR * stated if side > 0 else NEXT_TO_NOTHING if several else 0.0
        assert not better_at(case, asked, chain, offer, far, loose=True)
        return
    if bound + side * KOPECK >= 0:
        assert better_at(case, asked, chain, offer, bound + side * KOPECK)
    for short, loose in ((KOPECK, True), (0.01 * stated, False)):
        if abs(bound - stated) > short:
            assert not better_at(case, asked, chain, offer, bound - side * short, loose=loose)


def check_rival(case: Case, asked: Asked, chain: dict, told: dict) -> None:
    step = next(s for s in chain["steps"] if s["operation"] == told["operation"])
    offer, wins = offer_of(case, rival_key(case, asked, step, told["rival"])), told["wins_below"]
    assert told["price"] == pytest.approx(price_of(case, offer[0]))
    assert wins is None or 0 < wins <= told["price"] + 1e-6
    check_side(case, asked, chain, offer, wins, -1)


def offer_of(case: Case, key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Keys of the ways that have one price with this one; of a purchase, itself."""
    origin = next((way.origin for way in case.ways if way.key == key), None)
    return [way.key for way in case.ways if way.origin == origin] if origin else [key]


def rival_key(case: Case, asked: Asked, step: dict, rival: str) -> tuple[str, ...]:
    kind, *rest = rival.split(":")
    if kind in BOUGHT:
        return kind, rest[-1]
    found = [
        way
        for way in allowed(case, asked)
        if (way.kind, way.firm, way.item) == (kind, rest[1], item(step["item"]))
    ]
    named = [way for way in found if len(found) == 1 or way.alternative == rest[-1]]
    assert len(named) == 1, rival
    return named[0].key


def price_of(case: Case, key: tuple[str, ...]) -> float:
    if key[0] in BOUGHT:
        return float(case.items[key[1]][f"{key[0]}_price"])
    return next(way.price for way in case.ways if way.key == key)


def better_at(
    case: Case,
    asked: Asked,
    chain: dict,
    offer: list[tuple[str, ...]],
    price: float,
    *,
    loose: bool = False,
) -> bool:
    """Whether some other chain beats this one, as it is, when an offer has another price."""
    dear = [name for name in STAGES[asked.goal] if counts(case, name, offer[0])]
    changed = replace(asked, prices={**asked.prices, **dict.fromkeys(offer, price)})
    outcome = best(case, changed)
    more = price - price_of(case, offer[0])
    taken = sum(quantities_of(chain).get(key, 0.0) for key in offer)
    for name, value in stage_values(asked, chain).items():
        own = value + (more * taken if counts(case, name, offer[0]) else 0.0)
        room = 1e-6 if name == "shortfall" else CLOSE["abs"] + CLOSE["rel"] * abs(own)
        room += LOOSE * abs(own) if loose and name in dear[1:] else 0.0
        if abs(outcome.values[name] - own) > room:
            assert outcome.values[name] < own, f"{name} rose above the chain's own"
            return True
    return False


def counts(case: Case, stage: str, key: tuple[str, ...]) -> bool:
    """Whether a price is part of a stage."""
    if stage == "outside_value":
        return key[0] in BOUGHT or case.firms[key[1]]["role"] != "member"
    return stage == "cost" or (stage == "imported_value" and key[0] == "import")


def check_binding(case: Case, asked: Asked, chain: dict, told: dict) -> None:
    constraint, bound = told["constraint"], told["bound"]
    assert told["relaxed_by"] == 1
    eased, freer, stated = ease(case, asked, constraint, 1.0)
    assert bound == stated
    check_reached(case, asked, chain, constraint, bound)
    check_differences(asked, chain, told["differences"], best(eased, freer))


def check_reached(case: Case, asked: Asked, chain: dict, constraint: dict, bound: float) -> None:
    kind, quantities = constraint["kind"], quantities_of(chain)
    if kind == "max-enterprises":
        assert len(chain["enterprises"]) == bound
    elif kind == "minimum-order":
        way = way_of(case, asked, constraint)
        assert quantities[way.key] == pytest.approx(bound)
    elif kind in ("capacity", "hours"):
        resource = resource_of(case, asked, constraint)
        taken = sum(w.uses.get(resource, 0.0) * quantities.get(w.key, 0.0) for w in case.ways)
        assert taken == pytest.approx(bound, rel=1e-5)


def ease(
    case: Case, asked: Asked, constraint: dict, amount: float
) -> tuple[Case, Asked, float | None]:
    """Case and request with a constraint that gives way, and what is stated of it."""
    kind, inn = constraint["kind"], firm(constraint["enterprise"] or "")
    if kind in ("capacity", "hours"):
        resource = resource_of(case, asked, constraint)
        stated = case.resources[resource]
        room = {**case.resources, resource: stated + amount}
        return replace(case, resources=room), asked, stated
    if kind == "minimum-order":
        way = way_of(case, asked, constraint)
        less = replace(way, lower=max(0.0, way.lower - amount))
        ways = tuple(less if w is way else w for w in case.ways)
        return replace(case, ways=ways), asked, way.lower
    if kind == "max-enterprises":
        return case, replace(asked, most=asked.most + round(amount)), float(asked.most)
    if kind == "required":
        return case, replace(asked, require=asked.require - {inn}), 1.0
    return admit(case, asked, constraint, inn)


def admit(case: Case, asked: Asked, constraint: dict, inn: str) -> tuple[Case, Asked, float | None]:
    kind, subject = constraint["kind"], constraint["subject"]
    if kind == "excluded":
        return case, replace(asked, exclude=asked.exclude - {inn}), None
    if kind == "pair-excluded":
        return (
            case,
            replace(asked, exclude_pairs=asked.exclude_pairs - {(inn, item(subject))}),
            None,
        )
    own = case.firms[inn]
    if kind == "certificate-missing":
        own = {**own, "certificates": [*own["certificates"], subject]}
        return replace(case, firms={**case.firms, inn: own}), asked, None
    assert kind == "role"
    assert own["role"] == subject
    return case, replace(asked, admitted=asked.admitted | {inn}), None


def way_of(case: Case, asked: Asked, constraint: dict) -> Way:
    """The way that a minimum order speaks of; of several recipes, that of the id."""
    found = [
        way
        for way in case.ways
        if (way.firm, way.item) == (firm(constraint["enterprise"]), item(constraint["subject"]))
        and way.kind == "makes"
    ]
    named = [w for w in found if len(found) == 1 or constraint["id"].endswith(f":{w.alternative}")]
    assert len(named) == 1, constraint
    return named[0]


def resource_of(case: Case, asked: Asked, constraint: dict) -> str:
    inn = firm(constraint["enterprise"])
    if constraint["kind"] == "capacity":
        code = item(constraint["subject"])
        found = {
            way.origin
            for way in case.ways
            if (way.kind, way.firm, way.item) == ("makes", inn, code)
        }
    else:
        process = constraint["subject"].removeprefix("process:")
        found = {key for key, own in case.masters.items() if own == (inn, process)}
    assert len(found) == 1, constraint
    return found.pop()


def check_dropout(case: Case, asked: Asked, chain: dict, told: dict) -> None:
    inn = firm(told["enterprise"])
    own = [s["item"] for s in chain["steps"] if s["enterprise"] == told["enterprise"]]
    assert told["items"] == list(dict.fromkeys(own))
    without = replace(asked, exclude=asked.exclude | {inn}, require=asked.require - {inn})
    outcome = best(case, without)
    if outcome is None or outcome.values["shortfall"] > 1 - 1e-9:
        assert told["differences"] == []
        (opening,) = told["new_gaps"]
        assert (opening["item"], opening["kind"]) == (f"item:{asked.product}", "missing")
        return
    check_differences(asked, chain, told["differences"], outcome)
    worth, before = case.references(), {(g["item"], g["kind"]): g for g in chain["gaps"]}
    for opening in told["new_gaps"]:
        code, kind = item(opening["item"]), opening["kind"]
        place = opening["item"], kind
        after = open_of(outcome, code, kind)
        more = after - before.get(place, {"quantity": 0.0})["quantity"]
        each = worth[code] if kind == "missing" else case.items[code]["import_price"]
        assert opening["quantity"] == pytest.approx(more, rel=1e-5)
        assert opening["value"] == pytest.approx(opening["quantity"] * each, rel=1e-6)


def open_of(outcome: Outcome, code: str, kind: str) -> float:
    """Units of an item that an outcome imports, or leaves missing."""
    if kind == "missing":
        return outcome.missing.get(code, 0.0)
    return outcome.quantities.get(("import", code), 0.0)


def check_repair(case: Case, asked: Asked, chain: dict | None, repair: dict) -> None:
    """Take the measures and solve anew: what was promised is there, and not for less."""
    outcome = repaired(case, asked, repair["actions"])
    before = values_before(chain)
    after = {"imported_value": imported(case, outcome)} | outcome.values
    for name, difference in repair["differences"]:
        room = 1e-6 if name == "shortfall" else 0.1 + 1e-8 * abs(before[name])
        assert difference == pytest.approx(after[name] - before[name], abs=room), name
    code, kind = item(repair["item"]), repair["kind"]
    assert repair["after"] == pytest.approx(open_of(outcome, code, kind), rel=1e-5, abs=1e-3)
    assert repair["after"] < repair["before"]
    gaps = chain["gaps"] if chain else [{"item": f"item:{asked.product}", "kind": "missing"}]
    (gap,) = (g for g in gaps if (g["item"], g["kind"]) == (repair["item"], kind))
    assert gap.get("quantity", case.demands[asked.product][0]) == repair["before"]
    for place in range(len(repair["actions"])):
        check_measure_is_needed(case, asked, repair, place)


def values_before(chain: dict | None) -> dict[str, float]:
    """Values that the effects of a repair are against: without a chain, nothing is delivered."""
    if chain is None:
        return {"shortfall": 1.0, "missing_value": 0.0, "imported_value": 0.0, "cost": 0.0}
    values = {stage["name"]: stage["value"] for stage in chain["stages"]}
    return values | {"imported_value": chain["imported_value"]}


def repaired(case: Case, asked: Asked, measures: list[dict]) -> Outcome | None:
    for measure in measures:
        case, asked, _ = ease(case, asked, measure["constraint"], measure["amount"])
    return best(case, asked)


def imported(case: Case, outcome: Outcome) -> float:
    return sum(
        quantity * float(case.items[key[1]]["import_price"])
        for key, quantity in outcome.quantities.items()
        if key[0] == "import"
    )


def check_measure_is_needed(case: Case, asked: Asked, repair: dict, place: int) -> None:
    """With half a thousandth less of a measure, or without it, more of some gap stays open."""
    measures = list(repair["actions"])
    kind, amount = measures[place]["constraint"]["kind"], measures[place]["amount"]
    if kind in ("capacity", "hours", "minimum-order"):
        measures[place] = {**measures[place], "amount": amount * 0.9995}
    else:
        assert amount == int(amount) > 0
        del measures[place]
    less, full = repaired(case, asked, measures), repaired(case, asked, repair["actions"])
    if less is not None:
        left = open_of(less, item(repair["item"]), repair["kind"])
        opened = left > repair["after"] + 1e-6 * repair["before"]
        before_cost = [name for name in STAGES[asked.goal] if name != "cost"]
        assert opened or any(
            less.values[name] > full.values[name] + 1e-6 * max(1e-3, full.values[name])
            for name in before_cost
        )
