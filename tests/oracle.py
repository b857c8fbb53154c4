"""Brute force over small process networks: shares no code with `matchmaker.chains`.

Every set of decisions is looked at, on the network as it is given, with every set of the
operations that follow from them. For each, the stages are minimised one after another by
`scipy.optimize.linprog` over the quantities alone; the k best are picked in order, leaving out
supersets of what was picked before. A stage is computed only where those before it leave a
set in question, and only once for all goals that begin alike.
"""

from __future__ import annotations

import heapq
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
SLACKS = (1e-12, 1e-9, 1e-7, 1e-6)
GOALS = {
    "localisation": ("imported", "cost"),
    "cost": ("cost",),
    "cooperation": ("outside", "cost"),
    "resilience": ("imported", "dependence", "cost"),
    "confidence": ("doubt", "imported", "cost"),
}


def k_best(network, goal, k, **asked):
    """Values of the k best sets, each dropping a decision of every earlier one."""
    return Oracle(network, **asked).k_best(goal, k)


class Oracle:
    """All sets of decisions of one network; remembers what was computed for any goal.

    `needs` is the yardstick of the stage `dependence`: by default the exploded demand, which
    exists only without rings.
    """

    def __init__(self, network, *, needs=None, max_enterprises=None, max_interested=None):
        self.network = network
        self.needs = needs
        self.most = {None: max_enterprises, "interested": max_interested}
        self.values = {}
        self.programs = {}
        self.ways = [
            (chosen, following)
            for chosen in subsets(o.id for o in network.operations if o.decision)
            if self.is_allowed(chosen)
            for following in self.followings(chosen)
        ]

    def k_best(self, goal, k):
        stages = ("shortfall", "missing", *GOALS[goal], "decisions")
        queue = [((), way) for way in range(len(self.ways))]
        picked = []
        while queue and len(picked) < k:
            reached, way = heapq.heappop(queue)
            chosen = self.ways[way][0]
            if any(earlier <= chosen for _, earlier in picked):
                continue
            if len(reached) == len(stages):
                values = [self.value(way, stages[: n + 1]) for n in range(len(stages))]
                picked.append((values, chosen))
            elif (value := self.value(way, stages[: len(reached) + 1])) is not None:
                heapq.heappush(queue, ((*reached, rounded(value)), way))
        return picked

    def value(self, way, stages):
        """Least value of the last stage with those before it at their least; None if none."""
        if (way, stages) not in self.values:
            before = [
                (name, self.value(way, stages[: n + 1])) for n, name in enumerate(stages[:-1])
            ]
            program = self.programs.setdefault(way, None) or Program(self, *self.ways[way])
            self.programs[way] = program
            self.values[way, stages] = program.minimise(stages[-1], before)
        return self.values[way, stages]

    def is_allowed(self, chosen):
        operations = [o for o in self.network.operations if o.id in chosen]
        firms = {o.enterprise for o in operations if o.enterprise}
        for role, most in self.most.items():
            counted = [e for e in firms if role in {None, self.network.roles.get(e)}]
            if most is not None and len(counted) > most:
                return False
        return all(len(group & chosen) <= 1 for group in self.network.exclusive)

    def followings(self, chosen):
        """Largest sets of operations that are no decisions with which everything can start."""
        free = (o.id for o in self.network.operations if not o.decision and o.kind != "missing")
        able = [more for more in subsets(free) if is_founded(self.network, chosen | more)]
        return [one for one in able if not any(one < other for other in able)]


def subsets(names):
    names = sorted(names)
    return [frozenset(c) for size in range(len(names) + 1) for c in combinations(names, size)]


def rounded(value):
    return round(float(f"{value:.7g}"), 6)


def is_founded(network, used):
    """Whether everything used can start, one after another.

    What may stay missing is at hand, unless a used operation yields it, and never for a
    substitution.
    """
    waiting = [o for o in network.operations if o.id in used]
    yielded = {n for o in waiting for n, _ in o.yields}
    missing = {n for o in network.operations if o.kind == "missing" for n, _ in o.yields} - yielded
    made = set()

    def can_start(o):
        have = made if o.kind == "substitute" else made | missing
        return all(n in have for n, _ in o.consumes)

    while ready := [o for o in waiting if can_start(o)]:
        made.update(n for o in ready for n, _ in o.yields)
        waiting = [o for o in waiting if o not in ready]
    return not waiting


class Program:
    """Linear program over quantities `x`, and a last column `t` for the largest of a stage."""

    def __init__(self, oracle, chosen, following):
        network = self.network = oracle.network
        self.chosen = chosen
        used = chosen | following
        self.operations = [o for o in network.operations if o.kind == "missing" or o.id in used]
        needs = oracle.needs
        self.needs = needs if needs is not None else LargestNeeds(network)
        self.stages = self.linear_stages()
        matrix, rhs = self.rows()
        self.matrix = [*matrix, *self.peaks()]
        self.rhs = [*rhs, *[0.0] * (len(self.matrix) - len(rhs))]
        self.bounds = [
            (o.lower if o.decision else 0.0, o.upper if o.upper < np.inf else None)
            for o in self.operations
        ] + [(0.0, None)]

    def minimise(self, name, before):
        costs, constant = self.stages[name]
        feasible = bool(before)
        if not costs.any() and feasible:
            return constant
        held = [
            (self.stages[stage][0], value - self.stages[stage][1])
            for stage, value in before
            if self.stages[stage][0].any()
        ]
        for slack in SLACKS if held else SLACKS[:1]:
            limits = [value + slack * max(1.0, abs(value)) for _, value in held]
            result = linprog(
                costs,
                A_ub=np.array([*self.matrix, *(row for row, _ in held)]),
                b_ub=[*self.rhs, *limits],
                bounds=self.bounds,
                method="highs-ds",
                options=TOLERANCES,
            )
            if result.status == 0:
                return result.fun + constant
        if feasible:
            raise ArithmeticError("no stable solution")
        return None

    def vector(self, weigh, last=0.0):
        return np.array([*(float(weigh(o)) for o in self.operations), last])

    def rows(self):
        """Rows `matrix · (x, t) ≤ rhs`: balances, what substitutes take, resources."""
        matrix, rhs = [], []
        nodes = sorted(
            {n for o in self.network.operations for n, _ in (*o.consumes, *o.yields)}
            | set(self.network.demand)
        )
        for node in nodes:
            matrix.append(self.vector(lambda o: total(o.consumes, node) - total(o.yields, node)))  # noqa: B023
            rhs.append(-self.network.demand.get(node, 0.0))
            if any(o.kind == "substitute" and total(o.consumes, node) for o in self.operations):
                matrix.append(self.vector(lambda o: replaced(o, node)))  # noqa: B023
                rhs.append(0.0)
        for resource, amount in self.network.resources.items():
            matrix.append(self.vector(lambda o: total(o.uses, resource)))  # noqa: B023
            rhs.append(amount)
        return matrix, rhs

    def peaks(self):
        """For each enterprise and item: the part of the item's largest need it covers, ≤ t."""
        pairs = {(o.enterprise, n) for o in self.operations if o.enterprise for n, _ in o.yields}
        return [
            self.vector(lambda o: (o.enterprise == e) * total(o.yields, n) / self.needs[n], -1.0)  # noqa: B023
            for e, n in sorted(pairs)
            if self.needs.get(n, 0.0)
        ]

    def linear_stages(self):
        """(coefficients of x and t, constant) of each stage."""
        network, demand = self.network, self.network.demand
        decided = [o for o in self.operations if o.id in self.chosen]
        fixed = sum(o.fixed_cost for o in decided)
        fixed += sum(network.involvement.get(e, 0.0) for e in {o.enterprise for o in decided})

        def undelivered(o):
            node = o.yields[0][0]
            return 1 / demand[node] if o.kind == "missing" and node in demand else 0.0

        def missing(o):
            inner = o.kind == "missing" and o.yields[0][0] not in demand
            return network.reference.get(o.item, 1.0) if inner else 0.0

        def outside(o):
            member = network.roles.get(o.enterprise) == "member"
            ours = o.kind not in {"import", "domestic"} and (not o.enterprise or member)
            return 0.0 if ours else o.unit_cost

        doubt = max((1 - o.confidence for o in decided), default=0.0)
        return {
            "shortfall": (self.vector(undelivered), 0.0),
            "missing": (self.vector(missing), 0.0),
            "imported": (self.vector(lambda o: o.unit_cost * (o.kind == "import")), 0.0),
            "outside": (self.vector(outside), 0.0),
            "cost": (self.vector(lambda o: o.unit_cost), fixed),
            "dependence": (self.vector(lambda o: 0.0, 1.0), 0.0),
            "doubt": (self.vector(lambda o: 0.0), doubt),
            "decisions": (self.vector(lambda o: 0.0), float(len(self.chosen))),
        }


def total(flows, node):
    return sum(q for n, q in flows if n == node)


def replaced(o, node):
    """Coefficient of the row by which what is missing replaces nothing."""
    taken = total(o.consumes, node) if o.kind == "substitute" else 0.0
    return taken - (total(o.yields, node) if o.kind != "missing" else 0.0)


class LargestNeeds(dict):
    """Demand for a node plus what making the largest need of everything above it can take."""

    def __init__(self, network):
        self.network = network

    def get(self, node, default):
        return self[node] or default

    def __missing__(self, node):
        need = self.network.demand.get(node, 0.0)
        for above in {n for o in self.network.operations for n, _ in o.yields}:
            makers = [o for o in self.network.operations if total(o.yields, above)]
            per_unit = max(total(o.consumes, node) / total(o.yields, above) for o in makers)
            if per_unit:
                batches = sum(o.lower * total(o.yields, above) for o in makers)
                need += per_unit * max(self[above], batches)
        self[node] = need
        return need
