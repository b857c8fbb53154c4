"""Brute force over small process networks: shares no code with `matchmaker.chains`.

Every set of decisions is tried. For each, the stages are minimised one after another by
`scipy.optimize.linprog` over the quantities alone; the k best are then picked by sorting
and by leaving out supersets of what was picked before.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.optimize import linprog

HUGE = 1e5
TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def enumerate_sets(network, goal):
    """(stage values, decision set) of every feasible and founded set of decisions."""
    deciding = [o for o in network.operations if o.decision]
    found = []
    for size in range(len(deciding) + 1):
        for chosen in combinations(deciding, size):
            values = best_values(network, frozenset(o.id for o in chosen), goal)
            if values is not None:
                found.append((values, frozenset(o.id for o in chosen)))
    return found


def k_best(network, goal, k):
    """Values of the k best sets, each dropping a decision of every earlier one."""
    picked = []
    ranked = sorted(
        enumerate_sets(network, goal), key=lambda pair: [float(f"{v:.7g}") for v in pair[0]]
    )
    for values, chosen in ranked:
        if len(picked) == k:
            break
        if not any(earlier <= chosen for _, earlier in picked):
            picked.append((values, chosen))
        if not chosen:
            break
    return picked


def best_values(network, chosen, goal):
    operations = [o for o in network.operations if not o.decision or o.id in chosen]
    if not is_founded(network, operations):
        return None
    for group in network.exclusive:
        if len(group & chosen) > 1:
            return None
    matrix, rhs, bounds = constraints(network, operations)
    stages = goal_stages(network, operations, chosen, goal)
    if goal == "resilience":
        for peak in shares_by_enterprise(network, operations):
            matrix.append([*peak, -1.0])
            rhs.append(0.0)
    for slack in (1e-12, 1e-9, 1e-7, 1e-6):
        values = minimise_in_turn(stages, list(matrix), list(rhs), bounds, slack)
        if not values or len(values) == len(stages):
            return values or None
    raise ArithmeticError("no stable solution")


def minimise_in_turn(stages, matrix, rhs, bounds, slack):
    values = []
    for linear, constant in stages:
        outcome = minimise(linear, matrix, rhs, bounds)
        if outcome is None:
            break
        values.append(outcome + constant)
        matrix.append([*linear, *[0.0] * (len(bounds) - len(linear))])
        rhs.append(outcome + slack * max(1.0, abs(outcome)))
    return values


def minimise(linear, matrix, rhs, bounds):
    costs = np.zeros(len(bounds))
    costs[: len(linear)] = linear
    result = linprog(
        costs, A_ub=np.array(matrix), b_ub=rhs, bounds=bounds, method="highs-ds", options=TOLERANCES
    )
    return result.fun if result.status == 0 else None


def constraints(network, operations):
    """Rows `matrix · (x, t) ≤ rhs`; t is the last column, for stages that take a maximum."""
    nodes = sorted(
        set(network.demand)
        | {n for o in operations for n, _ in o.consumes}
        | {n for o in operations for n, _ in o.yields}
    )
    matrix, rhs = [], []
    for node in nodes:
        row = [
            sum(q for n, q in o.consumes if n == node) - sum(q for n, q in o.yields if n == node)
            for o in operations
        ]
        matrix.append([*row, 0.0])
        rhs.append(-network.demand.get(node, 0.0))
    for resource, amount in network.resources.items():
        row = [sum(q for r, q in o.uses if r == resource) for o in operations]
        matrix.append([*row, 0.0])
        rhs.append(amount)
    bounds = [(o.lower if o.decision else 0.0, min(o.upper, HUGE)) for o in operations]
    return matrix, rhs, [*bounds, (0.0, None)]


def shares_by_enterprise(network, operations):
    """For each enterprise and item: part of the item's largest need that each unit covers."""
    pairs = sorted({(o.enterprise, n) for o in operations if o.enterprise for n, _ in o.yields})
    return [
        [
            dict(o.yields).get(node, 0.0) / largest_need(network, node)
            if o.enterprise == e
            else 0.0
            for o in operations
        ]
        for e, node in pairs
    ]


def largest_need(network, node):
    """Demand for a node plus what making the largest need of everything above it can take."""
    need = network.demand.get(node, 0.0)
    for above in {n for o in network.operations for n, _ in o.yields}:
        makers = [o for o in network.operations if above in dict(o.yields)]
        users = [
            dict(o.consumes)[node] / dict(o.yields)[above]
            for o in makers
            if node in dict(o.consumes)
        ]
        if users:
            batches = sum(o.lower * dict(o.yields)[above] for o in makers)
            need += max(users) * max(largest_need(network, above), batches)
    return need


def is_founded(network, operations):
    """Whether everything used can start; what no used operation yields comes from outside."""
    waiting = [o for o in operations if o.kind != "missing"]
    yielded = {n for o in waiting for n, _ in o.yields}
    have = {n for o in waiting for n, _ in o.consumes} - yielded
    while ready := [o for o in waiting if all(n in have for n, _ in o.consumes)]:
        for o in ready:
            have.update(n for n, _ in o.yields)
            waiting.remove(o)
    return not waiting


def goal_stages(network, operations, chosen, goal):
    """(coefficients of x and t, constant) of each stage."""
    zeros = np.zeros(len(operations) + 1)

    def linear(weight):
        vector = zeros.copy()
        vector[: len(operations)] = [weight(o) for o in operations]
        return vector

    demanded = set(network.demand)
    used_firms = {o.enterprise for o in operations if o.decision and o.enterprise}
    fixed = sum(o.fixed_cost for o in operations if o.decision) + sum(
        network.involvement.get(e, 0.0) for e in used_firms
    )
    missing = [o.kind == "missing" for o in operations]
    is_final = [any(n in demanded for n, _ in o.yields) for o in operations]
    place = {o.id: i for i, o in enumerate(operations)}
    stages = [
        (
            linear(
                lambda o: (
                    1 / network.demand[o.yields[0][0]]
                    if missing[place[o.id]] and is_final[place[o.id]]
                    else 0.0
                )
            ),
            0.0,
        ),
        (
            linear(
                lambda o: (
                    network.reference.get(o.item, 1.0)
                    if missing[place[o.id]] and not is_final[place[o.id]]
                    else 0.0
                )
            ),
            0.0,
        ),
    ]
    imported = (linear(lambda o: o.unit_cost if o.kind == "import" else 0.0), 0.0)
    cost = (linear(lambda o: o.unit_cost), fixed)
    outside = (
        linear(
            lambda o: (
                o.unit_cost
                if o.kind in ("import", "domestic")
                or (o.enterprise and network.roles.get(o.enterprise) != "member")
                else 0.0
            )
        ),
        0.0,
    )
    doubt = (zeros, max((1 - o.confidence for o in operations if o.id in chosen), default=0.0))
    dependence = zeros.copy()
    dependence[-1] = 1.0
    stages += {
        "resilience": [imported, (dependence, 0.0), cost],
        "localisation": [imported, cost],
        "cost": [cost],
        "cooperation": [outside, cost],
        "confidence": [doubt, imported, cost],
    }[goal]
    return [*stages, (zeros, float(len(chosen)))]
