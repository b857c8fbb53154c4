"""Single and dual sourcing: by hand, and against brute force with every loss played through."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from matchmaker.chains import (
    Demand,
    Limits,
    Operation,
    OperationKind,
    ProcessNetwork,
    compose_chains,
)
from matchmaker.chains.goals import GOALS
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.sourcing import dual_sourced, single_sourced
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.errors import UnknownItemError
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.model import Role
from matchmaker.recommend import explain
from tests.fixtures import make_dataset
from tests.seeds import seeds
from tests.test_search import random_network

CHAIRS = 50
HOURS = "hours"


def makes(id, firm, price, capacity, **more):
    yields = (("item:chair", 1.0),)
    return Operation(
        id,
        OperationKind.MAKES,
        (),
        yields,
        "item:chair",
        firm,
        upper=capacity,
        unit_cost=price,
        **more,
    )


def network(*operations, **more):
    missing = Operation(
        "missing", OperationKind.MISSING, (), (("item:chair", 1.0),), "item:chair", decision=False
    )
    firms = {o.enterprise for o in operations if o.enterprise}
    return ProcessNetwork(
        (*operations, missing),
        {"item:chair": float(CHAIRS)},
        roles=dict.fromkeys(firms, Role.MEMBER),
        **more,
    )


def best(of):
    reduced = maximal_structure(of)
    return KBestSearch(reduced, GOALS["cost"](reduced), Limits()).best()


def made(solution, *ids):
    return [solution.quantities.get(id, 0.0) for id in ids]


CHEAP, DEAR, THIRD = (
    makes("cheap", "firm:1", 10.0, 30.0),
    makes("dear", "firm:2", 20.0, 100.0),
    makes("third", "firm:3", 30.0, 60.0),
)


def test_single_sourcing_leaves_the_cheap_maker_of_too_few():
    # Free: 30 from the cheap, 20 from the dear. Alone only the dear one makes 50.
    assert made(best(network(CHEAP, DEAR)), "cheap", "dear") == [30.0, 20.0]
    assert made(best(single_sourced(network(CHEAP, DEAR))), "cheap", "dear") == [0.0, 50.0]


def test_dual_sourcing_needs_a_second_maker_for_all():
    # Without firm 1 the dear one makes 50 of its 100. Without firm 2 only 30 of the cheap
    # one: so a third is needed, for at least one chair: 30 + 60 cover 50 without the dear.
    solution = best(dual_sourced(network(CHEAP, DEAR, THIRD), {"item:chair"}))
    assert made(solution, "cheap", "dear", "third") == pytest.approx([30.0, 19.0, 1.0])


def test_one_maker_cannot_be_sourced_dually_so_it_stays_missing():
    solution = best(dual_sourced(network(CHEAP), {"item:chair"}))
    assert made(solution, "cheap", "missing") == [0.0, CHAIRS]


def test_the_second_maker_needs_free_hours():
    # Firm 2 has 60 hours, one a chair; a lever takes 1 of them and only firm 2 makes it.
    lever = Operation(
        "lever",
        OperationKind.MAKES,
        (),
        (("lever", 1.0),),
        "item:lever",
        "firm:2",
        uses=((HOURS, 1.0),),
    )
    second = makes("second", "firm:2", 20.0, 100.0, uses=((HOURS, 1.0),))
    first = Operation(
        "first",
        OperationKind.MAKES,
        (("lever", 1.0),),
        (("item:chair", 1.0),),
        "item:chair",
        "firm:1",
        upper=100.0,
        unit_cost=10.0,
    )
    free = network(first, second, lever, resources={HOURS: 60.0})
    solution = best(dual_sourced(free, {"item:chair"}))
    # With x chairs of firm 1, firm 2 spends x on levers: its standby makes 60 − x ≥ 50.
    assert made(solution, "first", "second") == pytest.approx([10.0, 40.0])


class Played:
    """A linear program of what `chosen` can do, with the loss of every maker of an item."""

    def __init__(self, of, item, chosen):
        self.of, self.item = of, item
        self.ops = [o for o in of.operations if not o.decision or o.id in chosen]
        self.here = {o.id: n for n, o in enumerate(self.ops)}
        makers = [o for o in self.ops if self.is_maker(o)]
        self.firms = sorted({o.enterprise for o in makers})
        self.spare = [(e, o) for e in self.firms for o in makers if o.enterprise != e]
        self.rows, self.rhs = [], []
        self.balance()
        for lost in self.firms:
            self.lose(lost)

    def is_maker(self, o):
        return o.item == self.item and o.kind.made

    def add(self, terms, bound):
        row = np.zeros(len(self.ops) + len(self.spare))
        for column, value in terms:
            row[column] += value
        self.rows.append(row)
        self.rhs.append(bound)

    def balance(self):
        nodes = {n for o in self.ops for n, _ in (*o.consumes, *o.yields)} | set(self.of.demand)
        for node in sorted(nodes):
            out = [(self.here[o.id], q) for o in self.ops for n, q in o.consumes if n == node]
            come = [(self.here[o.id], -q) for o in self.ops for n, q in o.yields if n == node]
            self.add(out + come, -self.of.demand.get(node, 0.0))
        for resource, amount in self.of.resources.items():
            self.add(self.hours(resource, lambda _: True), amount)

    def hours(self, resource, counts):
        return [
            (self.here[o.id], h) for o in self.ops if counts(o) for r, h in o.uses if r == resource
        ]

    def lose(self, lost):
        own = [(len(self.ops) + n, o) for n, (e, o) in enumerate(self.spare) if e == lost]
        made = [(self.here[o.id], 1.0) for o in self.ops if self.is_maker(o)]
        self.add([*made, *((column, -1.0) for column, _ in own)], 0.0)
        for resource, amount in self.of.resources.items():
            taken = [(column, h) for column, o in own for r, h in o.uses if r == resource]
            if taken:
                self.add(taken + self.hours(resource, lambda o: not self.is_maker(o)), amount)

    def bounds(self):
        least = [max(o.lower, min(1.0, o.upper)) if self.is_maker(o) else o.lower for o in self.ops]
        own = [
            (low if o.decision else 0.0, min(o.upper, 1e5))
            for low, o in zip(least, self.ops, strict=True)
        ]
        return own + [(0.0, min(o.upper, 1e5)) for _, o in self.spare]

    def stages(self):
        def weights(weight):
            return np.array([*map(weight, self.ops), *[0.0] * len(self.spare)])

        [(product, quantity)] = self.of.demand.items()
        missing = {o.id: o.yields[0][0] for o in self.ops if o.kind is OperationKind.MISSING}
        return [
            weights(lambda o: (missing.get(o.id) == product) / quantity),
            weights(
                lambda o: (
                    (o.id in missing and missing[o.id] != product) and self.of.reference[o.item]
                )
            ),
            weights(lambda o: o.unit_cost),
        ]

    def fixed(self):
        used = [o for o in self.ops if o.decision]
        involved = {o.enterprise for o in used if o.enterprise}
        return sum(o.fixed_cost for o in used) + sum(self.of.involvement[e] for e in involved)

    def values(self):
        """Least shortfall, then missing value, then cost; None when nothing is feasible."""
        values = []
        for stage in self.stages():
            found = linprog(stage, A_ub=np.array(self.rows), b_ub=self.rhs, bounds=self.bounds())
            if found.status != 0:
                return None
            values.append(found.fun)
            self.rows.append(stage)
            self.rhs.append(found.fun + 1e-8 * max(1.0, abs(found.fun)))
        return [*values[:2], values[2] + self.fixed()]


def one_resource_each(of):
    """The network with a resource of its own for every enterprise, as surveys have it."""

    operations = tuple(
        replace(o, uses=tuple((f"{r} of {o.enterprise}", h) for r, h in o.uses))
        for o in of.operations
    )
    resources = {r: of.resources[HOURS] for o in operations for r, _ in o.uses}
    return replace(of, operations=operations, resources=resources)


@pytest.mark.parametrize("seed", seeds(30))
def test_dual_sourcing_equals_brute_force(seed):
    of = one_resource_each(random_network(seed))
    item = "item:a" if seed % 2 else "item:b"
    deciding = [o.id for o in of.operations if o.decision]
    values = [
        found
        for size in range(len(deciding) + 1)
        for chosen in combinations(deciding, size)
        if (found := Played(of, item, set(chosen)).values()) is not None
    ]
    expected = min(values, key=lambda v: [float(f"{x:.7g}") for x in v])
    reduced = maximal_structure(dual_sourced(of, {item}))
    solution = KBestSearch(reduced, GOALS["cost"](reduced), Limits()).best()
    found = [stage.value for stage in solution.stages[:3]]
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-5)


def survey():
    chairs = {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"}
    offers = [("0001000010", 1000, 400), ("0001000028", 1500, 900), ("0002000013", 2000, 800)]
    return make_dataset(
        enterprises=[
            {"enterprise": inn, "name": f"Фирма {place} (вымышленная)", "role": "member"}
            for place, (inn, _, _) in enumerate(offers)
        ],
        items=[chairs],
        offers=[
            {
                "enterprise": inn,
                "product": "Кресло",
                "item": "chair",
                "price": price,
                "capacity": capacity,
                "unit": "pcs",
            }
            for inn, price, capacity in offers
        ],
    )


@pytest.fixture(scope="module")
def graph():
    data = survey()
    return build_graph(data, find_matches(data))


def test_a_chain_says_who_takes_over(graph):
    limits = Limits(dual_sourcing={"chair"})
    [chain] = compose_chains(graph, Demand("chair", 600), goal="cost", limits=limits).chains
    for backup in chain.backups:
        assert backup.lost not in dict(backup.makers)
        assert sum(quantity for _, quantity in backup.makers) == pytest.approx(600)
    assert {backup.lost for backup in chain.backups} == set(chain.enterprises)
    assert "Second source (Кресло): should" in explain(chain, graph, lang="en")


def test_contradictions_and_unknown_names_are_refused(graph):
    with pytest.raises(ValueError, match="Single sourcing leaves no second maker of item:chair"):
        Limits(single_sourcing=True, dual_sourcing={"chair"})
    with pytest.raises(ValueError, match="Required and excluded at once: firm:1 for item:chair"):
        Limits(require_pairs={("1", "chair")}, exclude_pairs={("1", "chair")})
    with pytest.raises(UnknownItemError, match="Did you mean: item:chair"):
        compose_chains(graph, Demand("chair", 1), limits=Limits(dual_sourcing={"chiar"}))


def test_a_required_pair_takes_part(graph):
    limits = Limits(require_pairs={("0002000013", "chair")})
    [chain] = compose_chains(graph, Demand("chair", 100), goal="cost", limits=limits).chains
    dearest = [step for step in chain.steps if step.enterprise == "firm:0002000013"]
    assert [step.quantity for step in dearest] == [pytest.approx(1.0)]
