"""The rows that every program of a process network has, numbered as in `model`.

Plain functions from operations to coefficients by column, written into `Rows`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import Stage
from matchmaker.chains.network.longest_path import TOP, LongestPath
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.network.quantity_bounds import (
    CYCLE_FACTOR,
    largest_quantity,
    rests_on_assumption,
    tight_needs,
)
from matchmaker.chains.program.highs import Floats, Rows
from matchmaker.model import Role


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers of the columns: quantities and binaries by id, peaks by name.

    `path` are those that peaks which are longest paths need beside, by peak and name; `choices`
    are the ones of them that are 0 or 1.
    """

    x: Mapping[str, int]
    z: Mapping[str, int]
    y: Mapping[str, int]
    peak: Mapping[str, int]
    path: Mapping[tuple[str, str], int]
    choices: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.x) + len(self.z) + len(self.y) + len(self.peak) + len(self.path)


class Sizes:
    """How large things can get: big-M of the program.

    Attributes
    ----------
    needs
        Units per year of each node that a chain can consume at most.
    largest
        Units per year above which running an operation only adds surplus.
    assumed
        Operations whose largest quantity rests on an assumption about cycles.
    typical
        Units per year in which to count: the largest, where that is not far too large.
    required
        Operations of which so many units a year have to run together, for each requirement.
    forced
        Units per year up to which operations may have to run though nobody needs what they yield.

    Parameters
    ----------
    network, limits
        What the program is of.
    alone
        Further operations of which other rows may ask for a unit a year, needed or not.
    """

    def __init__(
        self, network: ProcessNetwork, limits: Limits, alone: Collection[str] = ()
    ) -> None:
        needs = tight_needs(network)
        self.required = [
            (group, min(1.0, max((largest_quantity(o, needs.largest) for o in group), default=1.0)))
            for group in _required(network, limits)
        ]
        self.forced = dict.fromkeys(alone, 1.0)
        self.forced |= {o.id: least for group, least in self.required for o in group}
        if self.forced:
            running = tuple(_at_least(o, self.forced.get(o.id, 0.0)) for o in network.operations)
            needs = tight_needs(replace(network, operations=running))
        self.needs = needs.largest
        self.largest = {o.id: largest_quantity(o, self.needs) for o in network.operations}
        doubtful = network.operations if needs.assumed else ()
        self.assumed = frozenset(o.id for o in doubtful if rests_on_assumption(o, needs))
        self.typical = {
            id: largest / CYCLE_FACTOR if id in self.assumed else largest
            for id, largest in self.largest.items()
        }

    def together(self, operations: list[Operation], node: str) -> float:
        """Units per year of a node that an enterprise's operations usefully yield together."""
        amounts = [(o, amount) for o in operations for n, amount in o.yields if n == node]
        batches = sum(o.lower * amount for o, amount in amounts)
        each = sum(self.largest[o.id] * amount for o, amount in amounts)
        return min(each, max(self.needs[node], batches))


def write_rows(network: ProcessNetwork, columns: Columns, sizes: Sizes, limits: Limits) -> Rows:
    """Rows (1), (3), (4) of enterprises, (6), (7) and (8)."""
    rows = Rows()
    for node, terms in _balances(network, columns.x).items():
        rows.add(network.demand.get(node, 0.0), inf, terms)
    for terms in _stand_ins(network, columns.x).values():
        rows.add(0, inf, terms)
    _add_resources(rows, network, columns)
    _add_involvements(rows, network, columns, sizes)
    _add_limits(rows, network, columns, sizes, limits)
    return rows


def columns_of(
    network: ProcessNetwork, binary: Sequence[Operation], stages: Sequence[Stage]
) -> Columns:
    """Columns of the program of a network, whatever of its stages is at hand."""
    paths = _longest_paths(stages)
    groups: tuple[list[Any], ...] = (
        [o.id for o in network.operations],
        [o.id for o in binary],
        sorted({o.enterprise for o in network.operations if o.enterprise}),
        list(dict.fromkeys(peak.name for stage in stages for _, peak in stage.peaks)),
        list(dict.fromkeys((peak, name) for peak, path in paths for name in path.columns)),
    )
    firsts = np.cumsum([0, *map(len, groups)]).tolist()
    numbered = [
        {name: first + place for place, name in enumerate(group)}
        for first, group in zip(firsts, groups, strict=False)
    ]
    x, z, y, peaks, of_paths = numbered
    chosen = {of_paths[peak, name] for peak, path in paths for name in path.choices}
    return Columns(x, z, y, peaks, of_paths, tuple(sorted(chosen)))


def upper_bounds(columns: Columns, largest: Mapping[str, float], stages: Iterable[Stage]) -> Floats:
    """Upper bounds of the columns: largest quantities, and of longest paths what they can reach."""
    upper = np.ones(len(columns))
    upper[: len(columns.x)] = list(largest.values())
    upper[list(columns.peak.values())] = inf
    for peak, path in _longest_paths(stages):
        for name, most in path.columns.items():
            upper[columns.path[peak, name]] = most
    return upper


def _longest_paths(stages: Iterable[Stage]) -> list[tuple[str, LongestPath]]:
    """Longest paths that are peaks of stages, with the names of their peaks."""
    peaks = (peak for stage in stages for _, peak in stage.peaks)
    return [(peak.name, peak.path) for peak in peaks if peak.path]


def on_cycle(operation: Operation, on_cycles: Collection[str]) -> bool:
    """Whether an operation that is not `missing` yields a node on a cycle."""
    missing = operation.kind is OperationKind.MISSING
    return not missing and any(node in on_cycles for node, _ in operation.yields)


def binaries_of_peaks(stages: Iterable[Stage]) -> set[str]:
    """Operations whose binaries are in the peaks of stages."""
    peaks = [peak for stage in stages for _, peak in stage.peaks]
    of_paths = (peak.path.binaries for peak in peaks if peak.path)
    return {id for peak in peaks for weights in peak.use for id in weights}.union(*of_paths)


def write_peaks(stage: Stage, columns: Columns) -> Rows:
    """Rows by which the peaks of a stage are no less than what they are the largest of."""
    rows = Rows()
    for _, peak in stage.peaks:
        top = columns.peak[peak.name]
        for names, sums in ((columns.x, peak.quantity), (columns.z, peak.use)):
            for weights in sums:
                rows.add(-inf, 0, {names[id]: w for id, w in weights.items()} | {top: -1.0})
        for row in peak.path.rows if peak.path else ():
            terms = {columns.z[id]: w for id, w in row.binaries.items()}
            for name, weight in row.columns.items():
                terms[top if name == TOP else columns.path[peak.name, name]] = weight
            rows.add(-inf, row.most, terms)
    return rows


def _add_resources(rows: Rows, network: ProcessNetwork, columns: Columns) -> None:
    """Rows (3); a resource of one enterprise is there only when it takes part."""
    users: dict[str, list[tuple[Operation, float]]] = defaultdict(list)
    for operation in network.operations:
        for resource, amount in operation.uses:
            users[resource].append((operation, amount))
    for resource, used in users.items():
        terms = {columns.x[operation.id]: amount for operation, amount in used}
        owners = {o.enterprise if o.decision else None for o, _ in used}
        owner = owners.pop() if len(owners) == 1 else None
        if owner is None:
            rows.add(-inf, network.resources[resource], terms)
        else:
            rows.add(-inf, 0, {**terms, columns.y[owner]: -network.resources[resource]})


def _add_involvements(rows: Rows, network: ProcessNetwork, columns: Columns, sizes: Sizes) -> None:
    """Rows (4) of an enterprise and a node: what it yields of it asks for its involvement.

    Operations that yield several nodes have a row of their own.
    """
    together: dict[tuple[str, str], list[Operation]] = defaultdict(list)
    for operation in network.operations:
        if operation.enterprise is not None and operation.decision:
            key = operation.yields[0][0] if len(operation.yields) == 1 else operation.id
            together[operation.enterprise, key].append(operation)
    for (enterprise, _), operations in together.items():
        y, ((node, _), *others) = columns.y[enterprise], operations[0].yields
        if others:
            largest = sizes.largest[operations[0].id]
            rows.add(-inf, 0, {columns.x[operations[0].id]: 1, y: -largest})
        else:
            terms = {columns.x[o.id]: o.yields[0][1] for o in operations}
            rows.add(-inf, 0, {**terms, y: -sizes.together(operations, node)})


def _add_limits(
    rows: Rows, network: ProcessNetwork, columns: Columns, sizes: Sizes, limits: Limits
) -> None:
    """Rows (6) and (7)."""
    interested = [e for e in columns.y if network.roles.get(e) is Role.INTERESTED]
    if limits.max_enterprises is not None:
        rows.add(-inf, limits.max_enterprises, dict.fromkeys(columns.y.values(), 1))
    if limits.max_interested is not None:
        rows.add(-inf, limits.max_interested, {columns.y[e]: 1 for e in interested})
    for operations, least in sizes.required:
        rows.add(least, inf, {columns.x[o.id]: 1 for o in operations})


def _required(network: ProcessNetwork, limits: Limits) -> list[list[Operation]]:
    """Operations of each required enterprise, and of each required pair."""
    groups = [
        [o for o in network.operations if o.enterprise == enterprise]
        for enterprise in sorted(limits.require)
    ]
    groups += [
        [o for o in network.operations if (o.enterprise, o.item) == pair]
        for pair in sorted(limits.require_pairs)
    ]
    return groups


def _at_least(operation: Operation, quantity: float) -> Operation:
    """The operation with no less for its minimum order, if its capacity allows."""
    if quantity <= operation.lower:
        return operation
    return replace(operation, lower=min(quantity, operation.upper))


def _balances(network: ProcessNetwork, x: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """Terms of row (1) by node: what each operation yields less what it consumes."""
    balances: dict[str, dict[int, float]] = {n: defaultdict(float) for n in network.nodes}
    for operation in network.operations:
        for node, amount in operation.yields:
            balances[node][x[operation.id]] += amount
        for node, amount in operation.consumes:
            balances[node][x[operation.id]] -= amount
    return balances


def _stand_ins(network: ProcessNetwork, x: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """Terms of row (8) by node: what is missing itself replaces nothing."""
    substitutions = [o for o in network.operations if o.kind is OperationKind.SUBSTITUTE]
    replacing = {node: None for o in substitutions for node, _ in o.consumes}
    rows: dict[str, dict[int, float]] = {node: defaultdict(float) for node in replacing}
    for operation in network.operations:
        if operation.kind is not OperationKind.MISSING:
            for node, amount in operation.yields:
                if node in rows:
                    rows[node][x[operation.id]] = amount
    for operation in substitutions:
        for node, amount in operation.consumes:
            rows[node][x[operation.id]] -= amount
    return rows
