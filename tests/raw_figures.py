"""Every figure of a chain in the JSON output, recomputed from a raw case.

Shares nothing with the engine: prices, capacities, distances and demands come from `raw_case`,
transport from `raw_program`. A figure that differs is an AssertionError.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import inf

import networkx as nx
import pytest

from tests.raw_case import Case, Way
from tests.raw_program import Asked, Program, allowed

SOLID = {"rel": 1e-8, "abs": 2e-6}
"""JSON rounds to six decimals; quantities have ten digits."""


def firm(id: str) -> str:
    return id.removeprefix("firm:")


def item(id: str) -> str:
    return id.removeprefix("item:")


def rounded(each: float) -> dict[str, float]:
    """Tolerance of a product with a quantity that JSON has rounded."""
    return {"rel": SOLID["rel"], "abs": SOLID["abs"] * (1 + each)}


def key_of(step: dict) -> tuple[str, ...]:
    """Key of a way or purchase for a step."""
    if step["enterprise"]:
        return step["kind"], firm(step["enterprise"]), item(step["item"]), step["alternative"]
    return step["kind"], item(step["item"])


def check_chain(case: Case, asked: Asked, chain: dict) -> None:
    """Check the arithmetic of a chain, from its steps to its totals."""
    ways = {way.key: way for way in allowed(case, asked)}
    for step in chain["steps"]:
        check_step(case, ways, step)
    check_resources(case, asked, chain)
    check_balances(case, asked, ways, chain)
    check_flows(case, chain)
    check_gaps(case, asked, chain)
    check_totals(case, chain)
    check_stages(case, asked, ways, chain)
    check_longest_paths(case, asked, ways, chain)
    assert Program(case, asked).least_cost(quantities_of(chain)) == pytest.approx(
        chain["cost"], rel=1e-6
    )


def quantities_of(chain: dict) -> dict[tuple[str, ...], float]:
    return {key_of(step): step["quantity"] for step in chain["steps"]}


def check_step(case: Case, ways: dict[tuple, Way], step: dict) -> None:
    own = case.items[item(step["item"])]
    assert step["unit"] == own["unit"]
    assert step["value"] == pytest.approx(
        step["quantity"] * step["price"], **rounded(step["price"])
    )
    assert step["quantity"] > 0
    assert 0 < step["confidence"] <= 1
    if not step["enterprise"]:
        stated = 0.0 if step["kind"] == "missing" else own[f"{step['kind']}_price"]
        assert (step["price"], step["fixed_cost"]) == (stated, 0)
        return
    way = ways[key_of(step)]
    assert step["price"] == pytest.approx(way.price, **SOLID)
    assert step["fixed_cost"] == way.fixed
    assert step["minimum_order"] == way.lower
    assert step["quantity"] >= way.lower * (1 - 1e-9)
    bounds = [case.resources[r] for r in way.uses if r.startswith("offer")]
    stated = bounds[0] if bounds else None
    assert step["capacity"] == stated
    unknown = way.kind == "makes" and stated is None
    assert step["assumptions"] == (["capacity-not-stated"] if unknown else [])
    assert step["certificates_missing"] == case.lacking(way.firm, way.item)
    ended = case.ended(way.firm, way.item)
    assert step["certificates_expired"] == {name: end for end, name in ended if end}


def check_resources(case: Case, asked: Asked, chain: dict) -> None:
    for resource, amount in hours_and_capacities(case, asked, chain).items():
        assert amount <= case.resources[resource] * (1 + 1e-6)


def check_balances(case: Case, asked: Asked, ways: dict[tuple, Way], chain: dict) -> None:
    """What is brought forth covers what is taken, to the unit; surplus is what is over.

    Items with substitutes, and substitutes, are left to `Program.least_cost`.
    """
    supply: dict[str, float] = defaultdict(float)
    use: dict[str, float] = defaultdict(float)
    use[asked.product] += case.demands[asked.product][0]
    for step in chain["steps"]:
        supply[item(step["item"])] += step["quantity"]
        for part, amount in ways[key_of(step)].parts.items() if step["enterprise"] else ():
            use[part] += amount * step["quantity"]
    for phantom in (i for i, own in case.items.items() if own["kind"] == "phantom"):
        assert len(case.recipes[phantom]) == 1
        rest = use.pop(phantom, 0.0) - supply.pop(phantom, 0.0)
        for part, amount in next(iter(case.recipes[phantom].values())).items():
            use[part] += amount * rest
    flexible = set(case.substitutes) | {s for own in case.substitutes.values() for s in own}
    for code in (supply.keys() | use.keys()) - flexible:
        over = supply[code] - use[code]
        assert over >= -1e-7 * max(1.0, use[code])
        check_surplus(code, over, chain)


def check_longest_paths(case: Case, asked: Asked, ways: dict[tuple, Way], chain: dict) -> None:
    """Steps and days one after another, by place; cycles are left to `tests.test_longest_path`.

    What stands in for what is not told: where the chain has substitutes, they bound the way.
    """
    made = [step for step in chain["steps"] if step["enterprise"]]
    unknown = [step["operation"] for step in made if ways[key_of(step)].days is None]
    assert chain["lead_time_unknown"] == sorted(unknown)
    if chain["start_up"]:
        return
    used = [(ways[key_of(step)], step["quantity"]) for step in made]
    last = asked.product, case.demands[asked.product][1]
    plain, most = (_Waits(case, used, chain["flows"], instead) for instead in (False, True))
    for told, length in (
        (chain["critical_path_steps"], lambda way: 1.0),
        (chain["lead_time"], lambda way: way.days or 0.0),
    ):
        assert told >= plain.longest(*last, length) * (1 - 1e-9)
        assert told <= most.longest(*last, length) * (1 + 1e-9)


class _Waits:
    """Who waits for whom in a chain: at each place, for what is made there or carried there."""

    def __init__(
        self, case: Case, used: list[tuple[Way, float]], flows: list[dict], instead: bool
    ) -> None:
        self.case, self.used, self.instead = case, used, instead
        self.flows = [(item(f["item"]), f["source"], f["target"], f["quantity"]) for f in flows]
        self.placed = _placed(case)

    def longest(self, code: str, place: str, length: Callable[[Way], float]) -> float:
        """Longest path up to having an item at a place."""
        everywhere = code not in self.placed
        here = [
            (way, quantity)
            for way, quantity in self.used
            if way.item == code and (everywhere or self.case.region(way.firm) == place)
        ]
        out = sum(q for c, source, _, q in self.flows if (c, source) == (code, place))
        sources = [0.0]
        if everywhere or sum(quantity for _, quantity in here) > out * (1 + 1e-6):
            sources += [length(way) + self._parts(way.parts, way, length) for way, _ in here]
        for c, source, target, _ in self.flows:
            if (c, target) == (code, place):
                sources.append(self._made_at(code, source, length))
        for name, parts in _in_place(self.case, code):
            if self.instead or name[0] == "phantom":
                sources += [self.longest(part, place, length) for part in parts]
        return max(sources)

    def _made_at(self, code: str, place: str, length: Callable[[Way], float]) -> float:
        ways = [w for w, _ in self.used if w.item == code and self.case.region(w.firm) == place]
        return max((length(w) + self._parts(w.parts, w, length) for w in ways), default=0.0)

    def _parts(self, parts: Iterable[str], way: Way, length: Callable[[Way], float]) -> float:
        place = self.case.region(way.firm)
        return max((self.longest(part, place, length) for part in parts), default=0.0)


def check_surplus(code: str, over: float, chain: dict) -> None:
    steps = [step for step in chain["steps"] if item(step["item"]) == code]
    at_minimum = [
        s for s in steps if s["minimum_order"] and s["quantity"] <= s["minimum_order"] * (1 + 1e-6)
    ]
    if over > 1e-3:
        assert at_minimum, f"{over} of {code} too many, and no minimum order"
    for step in steps:
        expected = over if step in at_minimum and over > 1e-4 else 0.0
        assert step["surplus"] == pytest.approx(expected, rel=1e-6, abs=1e-4)


def check_flows(case: Case, chain: dict) -> None:
    for flow in chain["flows"]:
        code, ends = item(flow["item"]), (flow["source"], flow["target"])
        assert flow["distance"] == pytest.approx(case.kilometres(*ends), **SOLID)
        each = case.carriage(code, *ends)
        assert flow["cost"] == pytest.approx(flow["quantity"] * each, **rounded(each))
        makers = {s["enterprise"] for s in chain["steps"] if s["item"] == flow["item"]} - {None}
        assert flow["source"] in {case.region(firm(maker)) for maker in makers}
    carried = sum(flow["cost"] for flow in chain["flows"])
    assert chain["freight_cost"] == pytest.approx(carried, **SOLID)


def check_gaps(case: Case, asked: Asked, chain: dict) -> None:
    worth = case.references()
    open_steps = [step for step in chain["steps"] if step["kind"] in ("import", "missing")]
    expected = {
        (step["item"], step["kind"]): (
            step["quantity"],
            step["unit"],
            step["quantity"]
            * (step["price"] if step["kind"] == "import" else worth[item(step["item"])]),
        )
        for step in open_steps
    }
    found = {(gap["item"], gap["kind"]): gap for gap in chain["gaps"]}
    assert found.keys() == expected.keys()
    for place, (quantity, unit, value) in expected.items():
        assert (found[place]["quantity"], found[place]["unit"]) == (quantity, unit)
        each = max(step["price"] for step in open_steps) + max(worth.values())
        assert found[place]["value"] == pytest.approx(value, **rounded(each))
        assert [tuple(one) for one in found[place]["reasons"]] == why_open(
            case, asked, chain, item(place[0])
        )
    order = [(gap["kind"] != "missing", -gap["value"]) for gap in chain["gaps"]]
    assert order == sorted(order)


def why_open(case: Case, asked: Asked, chain: dict, code: str) -> list[tuple[str, str]]:
    """Why nobody closes a gap, in order: of the item, else of what may stand for it."""
    taken = hours_and_capacities(case, asked, chain)
    known = why_not(case, asked, taken, {code}) or why_not(
        case, asked, taken, replaced_by(case, code)
    )
    return sorted(known) or [("nobody-makes" if code in case.routed else "no-process", "")]


def replaced_by(case: Case, code: str) -> set[str]:
    """What may stand for an item, directly or one for another."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        for other in case.substitutes.get(waiting.pop(), {}):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found - {code}


def hours_and_capacities(case: Case, asked: Asked, chain: dict) -> dict[str, float]:
    """Amount of each resource that a chain takes."""
    ways = {way.key: way for way in allowed(case, asked)}
    taken: dict[str, float] = defaultdict(float)
    for step in chain["steps"]:
        for resource, amount in ways[key_of(step)].uses.items() if step["enterprise"] else ():
            taken[resource] += amount * step["quantity"]
    return taken


def why_not(
    case: Case, asked: Asked, taken: dict[str, float], codes: set[str]
) -> set[tuple[str, str]]:
    """A reason for each way to the items that is not taken further."""
    entries = [(way.firm, way.item, way) for way in case.ways if way.item in codes]
    entries += [(maker, code, None) for maker, code in case.blocked if code in codes]
    return {
        (barred(case, asked, maker, code) or used_up(case, asked, taken, way), f"firm:{maker}")
        for maker, code, way in entries
    }


def barred(case: Case, asked: Asked, maker: str, code: str) -> str:
    """What bars a firm from an item, or is not stated; nothing where it may make it."""
    role = case.firms[maker]["role"]
    if maker in asked.exclude:
        return "excluded"
    if role not in asked.roles and maker not in asked.require | asked.admitted:
        return "role"
    if (maker, code) in asked.exclude_pairs:
        return "pair-excluded"
    return case.blocked.get((maker, code), "")


def used_up(case: Case, asked: Asked, taken: dict[str, float], way: Way) -> str:
    """Why an admitted way is not taken further."""
    capacity = min((case.resources[r] for r in way.uses if r.startswith("offer")), default=inf)
    if way.lower > capacity:
        return "minimum-above-capacity"
    if asked.certified and not case.certified(way):
        end, name = case.ended(way.firm, way.item)[0]
        return f"certificate-expired:{end}:{name}" if end else "certificate-missing"
    if any(taken[r] >= case.resources[r] * (1 - 1e-6) for r in way.uses):
        return "hours" if way.kind == "could_make" else "capacity"
    return "not-chosen"


def check_totals(case: Case, chain: dict) -> None:
    of_kind: dict[str, float] = defaultdict(float)
    of_role: dict[str, float] = defaultdict(float)
    for step in chain["steps"]:
        of_kind[step["kind"]] += step["value"]
        if step["enterprise"]:
            of_role[str(case.firms[firm(step["enterprise"])]["role"])] += step["value"]
    firms = sorted({step["enterprise"] for step in chain["steps"]} - {None})
    made, imported = of_kind["makes"] + of_kind["could_make"], of_kind["import"]
    home = made + of_kind["domestic"]
    launch = sum(step["fixed_cost"] for step in chain["steps"])
    involved = sum(float(case.firms[firm(one)]["involvement"]) for one in firms)
    expected = {
        "made_value": made,
        "member_value": of_role["member"],
        "domestic_value": home,
        "imported_value": imported,
        "missing_value": sum(g["value"] for g in chain["gaps"] if g["kind"] == "missing"),
        "launch_cost": launch,
        "involvement_cost": involved,
        "cost": home + imported + launch + involved + chain["freight_cost"],
    }
    assert chain["enterprises"] == firms
    assert {name: chain[name] for name in expected} == pytest.approx(expected, **SOLID)
    if home + imported:
        assert chain["localisation"] == pytest.approx(home / (home + imported), abs=2e-6)
        share = of_role["member"] / (home + imported)
        assert chain["cooperation"] == pytest.approx(share, abs=2e-6)


def check_stages(case: Case, asked: Asked, ways: dict[tuple, Way], chain: dict) -> None:
    worth, product = case.references(), asked.product
    demand = case.demands[product][0]
    missing = {item(s["item"]): s["quantity"] for s in chain["steps"] if s["kind"] == "missing"}
    outside = sum(
        step["value"]
        for step in chain["steps"]
        if not step["enterprise"] or case.firms[firm(step["enterprise"])]["role"] != "member"
    )
    expected = {
        "shortfall": missing.pop(product, 0.0) / demand,
        "missing_value": sum(worth[code] * quantity for code, quantity in missing.items()),
        "imported_value": chain["imported_value"],
        "outside_value": outside,
        "cost": chain["cost"],
        "decisions": sum(step["kind"] != "missing" for step in chain["steps"]),
        "doubt": 1 - min(step["confidence"] for step in chain["steps"]),
        "dependence": dependence(case, asked, ways, chain),
    }
    for stage in chain["stages"]:
        room = rounded(max(worth.values()))["abs"] if stage["unit"] == "RUB/yr" else 4e-6
        assert stage["value"] == pytest.approx(expected[stage["name"]], rel=1e-8, abs=room)
        assert stage["bound"] <= stage["value"] + 1e-6
    own = next(s for s in chain["stages"] if s["name"] not in ("shortfall", "missing_value"))
    assert (chain["objective"], chain["bound"]) == (own["value"], own["bound"])


def dependence(case: Case, asked: Asked, ways: dict[tuple, Way], chain: dict) -> float:
    """Largest part of an item's largest need that one firm covers."""
    needs = largest_needs(case, asked, ways)
    covered: dict[tuple[str, str], float] = defaultdict(float)
    for step in chain["steps"]:
        if step["enterprise"]:
            covered[step["enterprise"], item(step["item"])] += step["quantity"]
    return max((amount / needs[code] for (_, code), amount in covered.items()), default=0.0)


def largest_needs(case: Case, asked: Asked, ways: dict[tuple, Way]) -> dict[str, float]:
    """Section 5 of docs/mathematics.md on nodes by place; of an item, that of its largest node."""
    flow, demand = _place_network(case, asked, ways)
    needs: dict[tuple[str, str], float] = defaultdict(float, demand)
    makers: dict[tuple[str, str], dict[object, dict]] = defaultdict(dict)
    for node, maker, lower, part, amount in flow:
        parts = makers[node].setdefault(maker, {"lower": lower, "parts": {}})["parts"]
        if part:
            parts[part] = amount
    graph = nx.DiGraph((node, part) for node, _, _, part, _ in flow if part)
    graph.add_nodes_from(demand)
    for node in nx.topological_sort(graph):
        lots = sum(maker["lower"] for maker in makers[node].values())
        total, taken = max(needs[node], lots), defaultdict(float)
        for maker in makers[node].values():
            for part, amount in maker["parts"].items():
                taken[part] = max(taken[part], amount * total)
        for part, amount in taken.items():
            needs[part] += amount
    largest: dict[str, float] = defaultdict(float)
    for (code, _), need in needs.items():
        largest[code] = max(largest[code], need)
    return largest


def _place_network(case: Case, asked: Asked, ways: dict[tuple, Way]):
    """(node, its maker, lot, part, amount) of everything the product may draw on, by place."""
    placed = _placed(case)

    def need(code, region):
        return (code, f">{region}") if code in placed else (code, "")

    demand, place = case.demands[asked.product]
    flow, seen = [], set()
    waiting = [(asked.product, place)]
    while waiting:
        code, region = waiting.pop()
        if (code, region) in seen:
            continue
        seen.add((code, region))
        node = need(code, region)
        for name, lot, parts, there in _makers(case, ways, code, region):
            supply = (code, f"@{there}") if code in placed and there is not None else node
            if supply != node:
                flow.append((node, ("freight", there), 0.0, supply, 1.0))
            flow.append((supply, name, lot, None, 0.0))
            at = region if there is None else there
            flow += [(supply, name, lot, need(part, at), q) for part, q in parts.items()]
            waiting += [(part, at) for part in parts]
    return flow, {need(asked.product, place): demand}


def _placed(case: Case) -> set[str]:
    """Items with places: with a mass, or put together in place from such."""
    composed = {i: set(own) for i, own in case.substitutes.items()}
    for code in (i for i, own in case.items.items() if own["kind"] == "phantom"):
        composed.setdefault(code, set()).update(*case.recipes[code].values())
    placed = {i for i, own in case.items.items() if own["mass"] and case.tariff}
    more = placed
    while case.tariff and more:
        more = {i for i, parts in composed.items() if parts & placed and i not in placed}
        placed |= more
    return placed


def _makers(case: Case, ways: dict[tuple, Way], code: str, region: str):
    """(name, lot, parts, region) of what brings an item to a region; None is the region itself."""
    for way in (way for way in ways.values() if way.item == code):
        yield way.key, way.lower, way.parts, case.region(way.firm)
    for name, parts in _in_place(case, code):
        yield name, 0.0, parts, None


def _in_place(case: Case, code: str):
    yield from ((("instead", s), {s: r}) for s, r in case.substitutes.get(code, {}).items())
    if case.items[code]["kind"] == "phantom":
        yield from ((("phantom", name), parts) for name, parts in case.recipes[code].items())
