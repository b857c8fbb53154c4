"""The best chain of a raw case, by a program of its own: scipy's MILP, then its LP.

Shares nothing with the engine. Every item has a node for every region that may need it; flows
run between regions whether or not they cost anything; stages are minimised one after another,
each with its decisions fixed once more by a linear program, so that values are exact.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from tests.raw_case import Case, Way

STAGES = {
    "localisation": ("shortfall", "missing_value", "imported_value", "cost"),
    "cost": ("shortfall", "missing_value", "cost"),
    "cooperation": ("shortfall", "missing_value", "outside_value", "cost"),
}
COST_SCALE = 1e4
"""Largest weight as the solver sees it, for its absolute gap is a millionth."""
SLACKS = (1e-11, 1e-10, 1e-9, 1e-8, 1e-7)
TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True)
class Asked:
    """What is asked of a case; `prices` overrules the price of ways and purchases by key."""

    product: str
    goal: str = "localisation"
    roles: frozenset[str] = frozenset({"member", "interested", "external"})
    admitted: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    exclude_pairs: frozenset[tuple[str, str]] = frozenset()
    require: frozenset[str] = frozenset()
    certified: bool = False
    most: int | None = None
    without: frozenset[tuple[str, ...]] = frozenset()
    prices: dict[tuple[str, ...], float] = field(default_factory=dict)


@dataclass
class Outcome:
    """Values by stage, quantities of ways and purchases by key, what is missing by item."""

    values: dict[str, float]
    quantities: dict[tuple[str, ...], float]
    missing: dict[str, float]


def allowed(case: Case, asked: Asked) -> list[Way]:
    """Ways that the limits admit and that can run at all."""
    return [way for way in case.ways if not _objection(case, asked, way)]


def _objection(case: Case, asked: Asked, way: Way) -> bool:
    role = case.firms[way.firm]["role"]
    capacity = min((case.resources[r] for r in way.uses if r.startswith("offer")), default=inf)
    return (
        way.firm in asked.exclude
        or (role not in asked.roles and way.firm not in asked.require | asked.admitted)
        or (way.firm, way.item) in asked.exclude_pairs
        or (asked.certified and not case.certified(way))
        or way.lower > capacity
        or way.key in asked.without
    )


def best(case: Case, asked: Asked) -> Outcome | None:
    """Best outcome for what is asked; None when nothing meets the limits."""
    program = Program(case, asked)
    for slack in SLACKS:
        found = program.lexicographic(STAGES[asked.goal], slack)
        if found is None or len(found.values) == len(STAGES[asked.goal]):
            return found
    raise ArithmeticError("no stable solution")


class Program:
    """Columns by name, rows as dicts, and the stages as weights over the columns."""

    def __init__(self, case: Case, asked: Asked) -> None:
        self.case, self.asked = case, asked
        self.ways = allowed(case, asked)
        self.demand, self.place = case.demands[asked.product]
        self.references = case.references()
        self.needs = self._largest_needs()
        self.columns: dict[tuple, int] = {}
        self.upper: list[float] = []
        self.integer: list[bool] = []
        self.rows: list[tuple[dict[int, float], float]] = []
        self.inflow: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.outflow: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.supply: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self.instead: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self._add_ways()
        self._add_nodes()
        self._add_limits()

    def _largest_needs(self) -> dict[str, float]:
        """Most of each item that can be of use: the demand exploded, lots counted in full."""
        parents: dict[str, list[str]] = defaultdict(list)
        taken: dict[tuple[str, str], float] = {}
        for parent, part, amount in self._links():
            parents[part].append(parent)
            taken[parent, part] = max(amount, taken.get((parent, part), 0.0))
        known: dict[str, float] = {}

        def need(item: str) -> float:
            if item not in known:
                own = self.demand if item == self.asked.product else 0.0
                known[item] = own + sum(
                    taken[parent, item] * total(parent) for parent in set(parents[item])
                )
            return known[item]

        def total(item: str) -> float:
            lots = sum(self._least(way) for way in self.ways if way.item == item)
            return max(need(item), lots)

        return {item: need(item) for item in self.case.items}

    def _least(self, way: Way) -> float:
        """Units that a way may have to run for, needed or not: a lot, or one where it has to."""
        return max(way.lower, float(way.firm in self.asked.require))

    def _links(self):
        for way in self.ways:
            yield from ((way.item, part, q) for part, q in way.parts.items())
        for item, instead in self.case.substitutes.items():
            yield from ((item, other, ratio) for other, ratio in instead.items())
        for item in self._phantoms():
            for recipe in self.case.recipes[item].values():
                yield from ((item, part, q) for part, q in recipe.items())

    def _phantoms(self) -> list[str]:
        return [i for i, own in self.case.items.items() if own["kind"] == "phantom"]

    def column(self, name: tuple, upper: float, *, integer: bool = False) -> int:
        if name not in self.columns:
            self.columns[name] = len(self.upper)
            self.upper.append(upper)
            self.integer.append(integer)
        return self.columns[name]

    def _add_ways(self) -> None:
        used: dict[str, dict[int, float]] = defaultdict(dict)
        for way in self.ways:
            capacity = min((self.case.resources[r] / a for r, a in way.uses.items()), default=inf)
            most = min(capacity, max(way.lower, self.needs[way.item]))
            x = self.column(("x", *way.key), most)
            z = self.column(("z", *way.key), 1.0, integer=True)
            y = self.column(("y", way.firm), 1.0)
            self.rows.append(({x: 1.0, z: -most}, 0.0))
            self.rows.append(({x: -1.0, z: way.lower}, 0.0))
            self.rows.append(({z: 1.0, y: -1.0}, 0.0))
            self.supply[way.item, self.case.region(way.firm)][x] = 1.0
            for resource, amount in way.uses.items():
                used[resource][x] = amount
        for resource, terms in used.items():
            self.rows.append((terms, self.case.resources[resource]))

    def _add_nodes(self) -> None:
        """Ways to cover the need for an item at a region, from the product down."""
        waiting, seen = [(self.asked.product, self.place)], set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            waiting += self._cover(*node)
        for node in seen:
            own = self.demand if node == (self.asked.product, self.place) else 0.0
            self.rows.append((_minus(self.outflow[node], self.inflow[node]), -own))
            if self.instead[node]:
                here = {c: v for c, v in self.inflow[node].items() if c != self._missing(node)}
                self.rows.append((_minus(self.instead[node], here), 0.0))
        for (item, region), terms in self.supply.items():
            flows = {
                c: 1.0 for name, c in self.columns.items() if name[:3] == ("flow", item, region)
            }
            self.rows.append((_minus(flows, terms), 0.0))

    def _missing(self, node: tuple[str, str]) -> int:
        return self.columns["missing", *node]

    def _cover(self, item: str, region: str):
        """Columns that bring an item to a region; yields the nodes that they draw on."""
        need, node, inflow = self.needs[item] or 1.0, (item, region), self.inflow[item, region]
        inflow[self.column(("missing", *node), need)] = 1.0
        for kind in ("import", "domestic"):
            if self.case.items[item][f"{kind}_price"] is not None and self._may_be_bought(item):
                inflow[self.column((kind, *node), need)] = 1.0
        for source in sorted({self.case.region(w.firm) for w in self.ways if w.item == item}):
            most = max(need, sum(w.lower for w in self.ways if w.item == item))
            inflow[self.column(("flow", item, source, region), most)] = 1.0
        for way in (way for way in self.ways if way.item == item):
            there = self.case.region(way.firm)
            for part, amount in way.parts.items():
                self.outflow[part, there][self.columns["x", *way.key]] = amount
                yield part, there
        yield from self._put_together(item, region, need)

    def _put_together(self, item: str, region: str, need: float):
        """Columns of substitutes and phantoms, at the place of use."""
        node, inflow = (item, region), self.inflow[item, region]
        for other, ratio in self.case.substitutes.get(item, {}).items():
            column = self.column(("instead", other, *node), need)
            inflow[column] = 1.0
            self.outflow[other, region][column] = ratio
            self.instead[other, region][column] = ratio
            yield other, region
        if self.case.items[item]["kind"] == "phantom":
            for name, recipe in self.case.recipes[item].items():
                column = self.column(("phantom", name, *node), need)
                inflow[column] = 1.0
                for part, amount in recipe.items():
                    self.outflow[part, region][column] = amount
                    yield part, region

    def _may_be_bought(self, item: str) -> bool:
        """A product in demand is made, unless it is part or substitute of something."""
        used = {part for r in self.case.recipes.values() for a in r.values() for part in a}
        used |= {other for instead in self.case.substitutes.values() for other in instead}
        return item != self.asked.product or item in used

    def _add_limits(self) -> None:
        firms = sorted({way.firm for way in self.ways})
        if self.asked.most is not None:
            self.rows.append(({self.columns["y", f]: 1.0 for f in firms}, float(self.asked.most)))
        for firm in self.asked.require:
            terms = {self.columns["x", *w.key]: -1.0 for w in self.ways if w.firm == firm}
            least = min(1.0, max((self.upper[c] for c in terms), default=1.0))
            self.rows.append((terms, -least))

    def weights(self, stage: str) -> dict[int, float]:
        """Weights of a stage over the columns."""
        weights: dict[int, float] = {}
        for name, column in self.columns.items():
            value = getattr(self, f"_{stage}")(*name)
            if value:
                weights[column] = value
        return weights

    def _shortfall(self, kind: str, *rest: str) -> float:
        missing = kind == "missing" and rest == (self.asked.product, self.place)
        return 1 / self.demand if missing else 0.0

    def _missing_value(self, kind: str, *rest: str) -> float:
        if kind != "missing" or rest == (self.asked.product, self.place):
            return 0.0
        return self.references[rest[0]]

    def _imported_value(self, kind: str, *rest: str) -> float:
        return self._price(kind, rest[0]) if kind == "import" else 0.0

    def _outside_value(self, kind: str, *rest: str) -> float:
        if kind == "x" and self.case.firms[rest[1]]["role"] != "member":
            return self._way_price(rest)
        return self._price(kind, rest[0]) if kind in ("import", "domestic") else 0.0

    def _cost(self, kind: str, *rest: str) -> float:
        if kind == "x":
            return self._way_price(rest)
        if kind == "z":
            return next(way.fixed for way in self.ways if way.key == rest)
        if kind == "y":
            return float(self.case.firms[rest[0]]["involvement"])
        if kind == "flow":
            return self.case.carriage(*rest)
        return self._price(kind, rest[0]) if kind in ("import", "domestic") else 0.0

    def _way_price(self, key: tuple[str, ...]) -> float:
        stated = next(way.price for way in self.ways if way.key == key)
        return self.asked.prices.get(key, stated)

    def _price(self, kind: str, item: str) -> float:
        return self.asked.prices.get((kind, item), float(self.case.items[item][f"{kind}_price"]))

    def lexicographic(self, stages: tuple[str, ...], slack: float) -> Outcome | None:
        """Outcome after the stages in turn; some stages lack when rounding stops them."""
        self._freeze()
        held: list[tuple[dict[int, float], float]] = []
        outcome, values = None, {}
        for stage in stages:
            weights = self.weights(stage)
            point = self._solve(weights, held)
            if point is None:
                break
            values[stage] = sum(w * point[c] for c, w in weights.items())
            scale = max(abs(values[stage]), 1e-6 * max(weights.values(), default=1.0))
            held.append((weights, values[stage] + slack * scale))
            outcome = self._outcome(values, point)
        return outcome

    def least_cost(self, quantities: dict[tuple[str, ...], float]) -> float | None:
        """Least cost at which given quantities serve the demand; None when they do not."""
        totals: dict[tuple, dict[int, float]] = defaultdict(dict)
        for name, column in self.columns.items():
            if name[0] in ("x", "import", "domestic", "missing"):
                key = name[1:] if name[0] == "x" else name[:2]
                totals[key][column] = 1.0
        rows = []
        for key, terms in totals.items():
            amount = quantities.get(key, 0.0)
            rows.append((terms, amount * (1 + 1e-8)))
            rows.append((dict.fromkeys(terms, -1.0), -amount * (1 - 1e-8)))
        self._freeze()
        weights = self.weights("cost")
        point = self._solve(weights, rows)
        return None if point is None else sum(w * point[c] for c, w in weights.items())

    def least_open(
        self,
        gap: tuple[str, str],
        stages: dict[str, float],
        others: dict[tuple[str, str], float],
    ) -> float | None:
        """Least units of a gap (kind, item), stages and other gaps being no worse than given."""
        held = [
            (self.weights(name), value + 1e-9 * max(1.0, value)) for name, value in stages.items()
        ]
        held += [
            (terms, most + 1e-7 * max(1.0, most))
            for other, most in others.items()
            if (terms := self._units(*other))
        ]
        self._freeze()
        weights = self._units(*gap)
        point = self._solve(weights, held) if weights else None
        return None if point is None else sum(point[c] for c in weights)

    def _units(self, kind: str, item: str) -> dict[int, float]:
        return {c: 1.0 for name, c in self.columns.items() if name[:2] == (kind, item)}

    def _freeze(self) -> None:
        """Rows as a matrix over columns counted in parts of their largest value."""
        self._scale = np.array([value if 0 < value < inf else 1.0 for value in self.upper])
        self._matrix, self._rhs = self._compiled(self.rows)

    def _compiled(self, rows):
        matrix, rhs = np.zeros((len(rows), len(self.upper))), np.zeros(len(rows))
        for place, (terms, bound) in enumerate(rows):
            for column, value in terms.items():
                matrix[place, column] = value * self._scale[column]
            size = np.abs(matrix[place]).max() or 1.0
            matrix[place] /= size
            rhs[place] = bound / size
        return matrix, rhs

    def _solve(self, weights, held):
        """Point that minimises the weights: decisions by MILP, quantities by LP."""
        costs = np.zeros(len(self.upper))
        for column, weight in weights.items():
            costs[column] = weight * self._scale[column]
        costs *= COST_SCALE / (np.abs(costs).max() or 1.0)
        more, rhs = self._compiled(held)
        matrix, bounds = np.vstack([self._matrix, more]), np.concatenate([self._rhs, rhs])
        top = np.array(self.upper) / self._scale
        rough = milp(
            costs,
            constraints=LinearConstraint(matrix, -inf, bounds),
            bounds=Bounds(0, top),
            integrality=np.array(self.integer, dtype=int),
            options={"mip_rel_gap": 0.0},
        )
        if rough.x is None:
            return None
        fixed = [
            (round(v), round(v)) if i else (0.0, u)
            for v, i, u in zip(rough.x, self.integer, top, strict=True)
        ]
        fine = linprog(
            costs, A_ub=matrix, b_ub=bounds, bounds=fixed, method="highs-ds", options=TOLERANCES
        )
        return None if fine.x is None else fine.x * self._scale

    def _outcome(self, values: dict[str, float], point: np.ndarray) -> Outcome:
        quantities: dict[tuple[str, ...], float] = defaultdict(float)
        missing: dict[str, float] = defaultdict(float)
        for name, column in self.columns.items():
            amount = point[column]
            if amount <= 1e-7 * self._scale[column]:
                continue
            if name[0] == "x":
                quantities[name[1:]] += amount
            elif name[0] in ("import", "domestic"):
                quantities[name[:2]] += amount
            elif name[0] == "missing":
                missing[name[1]] += amount
        return Outcome(dict(values), dict(quantities), dict(missing))


def _minus(left: dict[int, float], right: dict[int, float]) -> dict[int, float]:
    """Terms of left less those of right."""
    columns = {*left, *right}
    return {c: left.get(c, 0.0) - right.get(c, 0.0) for c in columns}
