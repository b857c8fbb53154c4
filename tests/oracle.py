"""Brute force over small process networks: of `matchmaker.chains` it has only the silent solver.

Every set of decisions is looked at, on the network as it is given, with every set of the
operations that follow from them. For each, the stages are minimised one after another by
the simplex method of HiGHS over the quantities alone; the k best are picked in order, leaving out
supersets of what was picked before. A stage is computed only where those before it leave a
set in question, and only once for all goals that begin alike.
"""

from __future__ import annotations

import heapq
from itertools import combinations

import highspy
import numpy as np

from matchmaker.chains.program.highs import quiet_solver

TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
PRIMAL = 4
WAYS = ({"presolve": "on"}, {"presolve": "off"}, {"simplex_strategy": PRIMAL})
"""Options one after another, until the simplex method says what is the case."""

SLACKS = (1e-12, 1e-9, 1e-7, 1e-6)
GOALS = {
    "localisation": ("imported", "cost"),
    "cost": ("cost",),
    "cooperation": ("outside", "cost"),
    "resilience": ("imported", "dependence", "cost"),
    "confidence": ("doubt", "imported", "cost"),
    "stages": ("stages", "cost"),
    "lead_time": ("lead_time", "cost"),
}
LONGEST = {"stages", "lead_time"}
"""Measures for which it matters whether an operation that is no decision is used in vain."""


def k_best(network, goal, k, **asked):
    """Values of the k best sets, each dropping a decision of every earlier one.

    A goal is a name, or the names of its own measures in order; a measure may be a weighted sum,
    ((name, weight), …).
    """
    return Oracle(network, **asked).k_best(goal, k)


class Oracle:
    """All sets of decisions of one network; remembers what was computed for any goal.

    `needs` is the yardstick of the stage `dependence`: by default the exploded demand, which
    exists only without cycles. Who is required has to do something `of_use`.
    """

    def __init__(
        self,
        network,
        *,
        needs=None,
        max_enterprises=None,
        max_interested=None,
        require=frozenset(),
        require_pairs=frozenset(),
        of_use=None,
    ):
        self.network = network
        self.needs = needs
        self.most = {None: max_enterprises, "interested": max_interested}
        self.of_use = of_use or {o.id for o in network.operations}
        self.required = [(e, None) for e in sorted(require)] + sorted(require_pairs)
        self.values = {}
        self.programs = {}
        self.ways = [
            (chosen, following, largest)
            for chosen in subsets(o.id for o in network.operations if o.decision)
            if self.is_allowed(chosen)
            for following, largest in self.followings(chosen)
        ]

    def k_best(self, goal, k):
        own = GOALS.get(goal, goal)
        stages = ("shortfall", "missing", *own, "decisions")
        queue = [((), way) for way in self.ways_of(own)]
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

    def ways_of(self, measures):
        """Numbers of the ways that matter for measures."""
        named = {name for measure in measures for name, _ in parts_of(measure)}
        return [n for n, way in enumerate(self.ways) if way[2] or named & LONGEST]

    def front(self, first, second, levels):
        """Least value of one measure where another is no more than each of some levels.

        Both after delivery; None where a level cannot be had.
        """
        ways = self.delivering(self.ways_of((first, second)))
        return [self.least(ways, first, second, level) for level in levels]

    def delivering(self, ways):
        """Ways that deliver as much as any, and leave as little missing."""
        for stages in (("shortfall",), ("shortfall", "missing")):
            values = {way: self.value(way, stages) for way in ways}
            values = {way: rounded(value) for way, value in values.items() if value is not None}
            ways = [way for way, value in values.items() if value == min(values.values())]
        return ways

    def least(self, ways, first, second, level):
        values = []
        for way in ways:
            stages = ("shortfall", "missing")
            before = [(name, self.value(way, stages[: n + 1])) for n, name in enumerate(stages)]
            value = self.programs[way].minimise(first, before, most=(second, level))
            if value is not None:
                values.append(value)
        return min(values, default=None)

    def value(self, way, stages):
        """Least value of the last stage with those before it at their least; None if none."""
        if (way, stages) not in self.values:
            before = [
                (name, self.value(way, stages[: n + 1])) for n, name in enumerate(stages[:-1])
            ]
            if way not in self.programs:
                self.programs[way] = Program(self, *self.ways[way][:2])
            self.values[way, stages] = self.programs[way].minimise(stages[-1], before)
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
        """Sets of operations that are no decisions with which everything can start.

        With each whether it is a largest one: the others matter only where using in vain does.
        """
        free = (o.id for o in self.network.operations if not o.decision and o.kind != "missing")
        able = [more for more in subsets(free) if is_startable(self.network, chosen | more)]
        return [(one, not any(one < other for other in able)) for one in able]


def subsets(names):
    names = sorted(names)
    return [frozenset(c) for size in range(len(names) + 1) for c in combinations(names, size)]


def parts_of(measure):
    """(name, weight) of what a measure is the sum of."""
    return ((measure, 1.0),) if isinstance(measure, str) else measure


def rounded(value):
    return round(float(f"{value:.7g}"), 6)


def is_startable(network, used):
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


def longest_path(used, weights, targets):
    """Largest sum of weights of operations that wait for one another, up to a target.

    Nobody waits for what waits for them; who would wait for nobody at all, waits for the first.
    """
    takes = {o: {n for n, _ in o.consumes} for o in used}
    makers = {n: [o for o in used if total(o.yields, n)] for o in used for n in takes[o]}
    makers |= {n: [o for o in used if total(o.yields, n)] for n in targets}
    after = {o: {p for p in used if any(o in makers[n] for n in takes[p])} for o in used}
    for _ in used:
        after = {o: near.union(*(after[p] for p in near)) for o, near in after.items()}

    def finish(o, waiting):
        if o in waiting:
            return np.inf
        begins = [0.0]
        for node in takes[o]:
            awaited = [m for m in makers[node] if m not in after[o] and m != o]
            first = [finish(m, waiting | {o}) for m in makers[node]] if not awaited else []
            begins.append(max((finish(m, frozenset()) for m in awaited), default=0.0))
            begins.append(min(first, default=0.0))
        return weights[o.id] + max(begins)

    ends = (finish(o, frozenset()) for n in targets for o in makers[n])
    return max(ends, default=0.0)


def minimum(costs, matrix, rhs, bounds):
    """Least costs·x with matrix·x ≤ rhs; None where nothing is feasible."""
    lower, upper = np.array(bounds).T
    rows, columns = matrix.nonzero()
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_, program.col_lower_, program.col_upper_ = costs, lower, upper
    program.row_lower_, program.row_upper_ = np.full(len(rhs), -np.inf), np.array(rhs)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.searchsorted(rows, range(len(rhs) + 1)).astype(np.int32)
    program.a_matrix_.index_ = columns.astype(np.int32)
    program.a_matrix_.value_ = matrix[rows, columns]
    for options in WAYS:
        solver = quiet_solver()
        for name, value in (TOLERANCES | options).items():
            solver.setOptionValue(name, value)
        solver.passModel(program)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            return solver.getInfo().objective_function_value
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
    raise ArithmeticError(f"HiGHS ends with {solver.getModelStatus()}")


class Program:
    """Linear program over quantities `x`, and a last column `t` for the largest of a stage."""

    def __init__(self, oracle, chosen, following):
        network = self.network = oracle.network
        self.chosen = chosen
        self.required, self.of_use = oracle.required, oracle.of_use
        used = chosen | following
        self.used = [o for o in network.operations if o.id in used and o.kind != "missing"]
        self.operations = [o for o in network.operations if o.kind == "missing" or o.id in used]
        needs = oracle.needs
        self.needs = needs if needs is not None else LargestNeeds(network)
        self.stages = self.linear_stages()
        matrix, rhs = self.rows()
        self.matrix = [*matrix, *self.peaks()]
        self.rhs = [*rhs, *[0.0] * (len(self.matrix) - len(rhs))]
        self.bounds = [(o.lower if o.decision else 0.0, o.upper) for o in self.operations] + [
            (0.0, np.inf)
        ]

    def minimise(self, name, before, most=None):
        """Least value of a measure with those before it held, and one more at no more than so."""
        costs, constant = self.measure(name)
        feasible = bool(before) and most is None
        if not costs.any() and feasible:
            return constant
        bounds = [*before, most] if most else before
        held = []
        for stage, value in bounds:
            weights, part = self.measure(stage)
            if weights.any():
                held.append((weights, value - part))
            elif value < part - 1e-9:
                return None
        for slack in SLACKS[:2] if most else SLACKS if held else SLACKS[:1]:
            limits = [value + slack * max(1.0, abs(value)) for _, value in held]
            matrix = np.array([*self.matrix, *(row for row, _ in held)])
            value = minimum(costs, matrix, [*self.rhs, *limits], self.bounds)
            if value is not None:
                return value + constant
        if feasible:
            raise ArithmeticError("no stable solution")
        return None

    def measure(self, name):
        """(coefficients of x and t, constant) of a measure or a weighted sum of several."""
        found = [(weight, *self.stages[one]) for one, weight in parts_of(name)]
        return sum(w * row for w, row, _ in found), sum(w * constant for w, _, constant in found)

    def longest(self, weigh):
        """Longest path through what is used, an operation weighing so much."""
        weights = {o.id: weigh(o) for o in self.used}
        return self.vector(lambda o: 0.0), longest_path(self.used, weights, self.network.demand)

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
        for enterprise, item in self.required:
            row, least = self.requirement(enterprise, item)
            matrix.append(-row)
            rhs.append(-least)
        return matrix, rhs

    def requirement(self, enterprise, item):
        """Who has to take part makes a unit a year, or all that can be used when that is less."""

        def theirs(o):
            ours = o.enterprise == enterprise and o.id in self.of_use
            return ours and item in (None, o.item)

        able = [o for o in self.network.operations if theirs(o)]
        most = max((largest(o, self.needs) for o in able), default=1.0)
        return self.vector(theirs), min(1.0, most)

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
            "stages": self.longest(lambda o: float(bool(o.enterprise))),
            "lead_time": self.longest(lambda o: o.lead_time or 0.0),
            "decisions": (self.vector(lambda o: 0.0), float(len(self.chosen))),
        }


def largest(operation, needs):
    """Units of an operation that can be of use."""
    useful = max(needs.get(n, 0.0) / amount for n, amount in operation.yields)
    return min(operation.upper, max(operation.lower, useful))


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
