"""How long a chain takes from first purchase to delivery: its longest path, in steps or days.

`goals` makes stages of it, and `answer` figures of a chain. An operation waits for whoever
brings forth what it takes, for all of them: the slowest is on the longest path. On a cycle that
would never end. There an operation does not wait for what waits for it; where nobody else
brings forth what it takes, it waits for the first of them. So the cycle is passed through once,
as it starts.

References
----------
Knuth, D. E. (1977). A generalization of Dijkstra's algorithm. Information Processing Letters
6(1), 1-5 (first units on a cycle).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matchmaker.chains.network.process_network import (
    Operation,
    OperationKind,
    ProcessNetwork,
    makers,
)

TOP = ""
"""Column of the longest path itself, among the columns of its rows."""

Makers = Mapping[str, Sequence[Operation]]


def longest_path(
    used: Iterable[Operation], weights: Mapping[str, float], targets: Iterable[str]
) -> float:
    """Largest sum of weights of operations that wait for one another, up to a target.

    Parameters
    ----------
    used
        A startable set of operations; what is missing among them counts nothing.
    weights
        By operation, at least 0; 0 where none is given.
    targets
        Nodes that are delivered.
    """
    running = [o for o in used if o.kind is not OperationKind.MISSING]
    by_node = makers(running)
    finished: dict[str, float] = {}
    for part in _upstream_first(running):
        finished |= _finish(part, by_node, weights, finished)
    return max((finished.get(o.id, 0.0) for n in targets for o in by_node.get(n, ())), default=0.0)


@dataclass(frozen=True, slots=True)
class Row:
    """Σ columns + Σ binaries ≤ most: columns by name, binaries of operations by id."""

    columns: Mapping[str, float]
    binaries: Mapping[str, float]
    most: float


@dataclass(frozen=True, slots=True)
class LongestPath:
    """The longest path through a network as rows of its program, and as a value.

    Attributes
    ----------
    weights
        By operation; 1 counts steps, days count days.
    targets
        Nodes that are delivered.
    operations
        Operations of the network that are not `missing`, by id.
    columns
        Largest value of each column that the rows need, by name.
    choices
        Columns among them that are 0 or 1.
    rows
        What keeps the column `TOP` at the longest path or above.
    """

    weights: Mapping[str, float]
    targets: tuple[str, ...]
    operations: Mapping[str, Operation]
    columns: Mapping[str, float]
    choices: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def binaries(self) -> frozenset[str]:
        """Operations whose binaries are in the rows."""
        return frozenset(id for row in self.rows for id in row.binaries)

    def value(self, used: Iterable[str]) -> float:
        """Longest path through the operations used."""
        known = [self.operations[id] for id in sorted(used) if id in self.operations]
        return longest_path(known, self.weights, self.targets)


def formulate_longest_path(network: ProcessNetwork, weights: Mapping[str, float]) -> LongestPath:
    """Longest path of a network whose operations weigh so much, as rows."""
    writer = _Writer(network, weights)
    rows = (*writer.rows(),)
    return LongestPath(
        weights=weights,
        targets=tuple(network.demand),
        operations={o.id: o for o in writer.operations},
        columns=writer.columns,
        choices=tuple(writer.choices),
        rows=rows,
    )


class _Writer:
    """Writes the rows down; `columns`, and `choices` among them, fill meanwhile.

    `most` bounds when each operation is done, by the bounds of its suppliers outside its cycle:
    the longest path in the whole network.
    """

    def __init__(self, network: ProcessNetwork, weights: Mapping[str, float]) -> None:
        self.operations = [o for o in network.operations if o.kind is not OperationKind.MISSING]
        self.columns: dict[str, float] = {}
        self.choices: list[str] = []
        self._targets = tuple(network.demand)
        self._weights = defaultdict(float, weights)
        self._makers = makers(self.operations)
        self._cycles: dict[str, Sequence[Operation]] = {}
        self._most: dict[str, float] = {}
        for part in _upstream_first(self.operations):
            entering = (self._most.get(m.id, 0.0) for o in part for m in self._suppliers(o))
            most = max(entering, default=0.0) + sum(self._weights[o.id] for o in part)
            self._most |= {o.id: most for o in part}
            if len(part) > 1 or part[0] in self._suppliers(part[0]):
                self._cycles |= {o.id: part for o in part}

    def rows(self) -> Iterator[Row]:
        """All rows."""
        for operation in self.operations:
            if self._most[operation.id]:
                yield from self._rows_of(operation)
        for node in self._targets:
            if self._latest(node):
                yield Row({self._node(node): 1.0, TOP: -1.0}, {}, 0.0)

    def _rows_of(self, operation: Operation) -> Iterator[Row]:
        done, weight = self._done(operation), self._weights[operation.id]
        for node, _ in operation.yields:
            yield Row({done: 1.0, self._node(node): -1.0}, {}, 0.0)
        if weight:
            yield Row({done: -1.0}, {operation.id: weight}, 0.0)
        cycle = self._cycles.get(operation.id, ())
        for node, _ in operation.consumes:
            inside = [o for o in self._makers.get(node, ()) if o in cycle]
            if inside:
                yield from self._rows_on_cycle(operation, node, inside)
            elif latest := self._latest(node):
                given = self._node(node)
                yield Row({given: 1.0, done: -1.0}, {operation.id: weight + latest}, latest)
        if cycle:
            yield from self._rows_of_paths(operation, cycle)

    def _rows_on_cycle(
        self, operation: Operation, node: str, inside: Sequence[Operation]
    ) -> Iterator[Row]:
        """Wait for all who bring forth a node, but for those that come behind oneself."""
        others = [o for o in self._makers[node] if o is not operation]
        for other in others:
            yield from self._rows_of_waiting(operation, other, on_cycle=other in inside)
        behind = {_behind(o, operation): 1.0 for o in others if o in inside}
        for maker in inside:
            binaries = {operation.id: 1.0}
            for id, sign in [(maker.id, 1.0), *((o.id, -1.0) for o in others)]:
                binaries[id] = binaries.get(id, 0.0) + sign
            yield Row(behind, binaries, 1.0)

    def _rows_of_waiting(
        self, operation: Operation, other: Operation, *, on_cycle: bool
    ) -> Iterator[Row]:
        most, done = self._most[other.id], self._done(operation)
        binaries = {operation.id: self._weights[operation.id] + most}
        behind = {_behind(other, operation): -most} if on_cycle else {}
        if most:
            yield Row({self._done(other): 1.0, done: -1.0, **behind}, binaries, most)
        if on_cycle:
            size = float(len(self._cycles[operation.id]) + 1)
            before, after = (self._column(f"place {o.id}", size) for o in (other, operation))
            places = {before: 1.0, after: -1.0}
            both = {operation.id: size, other.id: size}
            yield Row({**places, _behind(other, operation): -size}, both, 2 * size - 1)

    def _rows_of_paths(self, operation: Operation, cycle: Sequence[Operation]) -> Iterator[Row]:
        """Who comes behind an operation: a path through used operations leads there."""
        behind = [o for o in self._suppliers(operation) if o in cycle]
        asked = {_behind(o, operation): o for o in behind if o is not operation}
        self.columns |= dict.fromkeys(asked, 1.0)
        self.choices += asked
        yield from (Row({name: 1.0}, {o.id: -1.0}, 0.0) for name, o in asked.items())
        balances: dict[str, dict[str, float]] = defaultdict(dict)
        for name, o in asked.items():
            balances[o.id][name] = 1.0
        for one, other in _arcs(cycle):
            if other is not operation and asked:
                flow = f"flow {operation.id} {one.id} {other.id}"
                self.columns[flow] = float(len(asked))
                balances[one.id][flow] = 1.0
                balances[other.id][flow] = -1.0
                yield Row({flow: 1.0}, {other.id: -self.columns[flow]}, 0.0)
        balances.pop(operation.id, None)
        yield from (Row(terms, {}, 0.0) for terms in balances.values())

    def _suppliers(self, operation: Operation) -> list[Operation]:
        groups = (self._makers.get(node, ()) for node, _ in operation.consumes)
        return list({o.id: o for group in groups for o in group}.values())

    def _latest(self, node: str) -> float:
        """When whoever brings forth a node is done at the latest."""
        return max((self._most[o.id] for o in self._makers.get(node, ())), default=0.0)

    def _node(self, node: str) -> str:
        return self._column(f"node {node}", self._latest(node))

    def _done(self, operation: Operation) -> str:
        return self._column(f"done {operation.id}", self._most[operation.id])

    def _column(self, name: str, most: float) -> str:
        self.columns[name] = most
        return name


def _arcs(operations: Sequence[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Pairs of two of them of which the first brings forth what the second takes."""
    for one in operations:
        given = {node for node, _ in one.yields}
        for other in operations:
            if other is not one and any(node in given for node, _ in other.consumes):
                yield one, other


def _behind(other: Operation, operation: Operation) -> str:
    return f"behind {other.id} {operation.id}"


def _upstream_first(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Operations, those of a cycle together, each behind all it waits for."""
    import networkx as nx  # Late: names of goals are asked for without a network.

    flow: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    by_id = {o.id: o for o in operations}
    for operation in operations:
        flow.add_node(("does", operation.id))
        flow.add_edges_from((("does", operation.id), ("has", n)) for n, _ in operation.yields)
        flow.add_edges_from((("has", n), ("does", operation.id)) for n, _ in operation.consumes)
    condensed = nx.condensation(flow)
    members = (condensed.nodes[part]["members"] for part in nx.topological_sort(condensed))
    parts = ([by_id[id] for what, id in sorted(part) if what == "does"] for part in members)
    return [part for part in parts if part]


def _finish(
    part: Sequence[Operation],
    by_node: Makers,
    weights: Mapping[str, float],
    finished: Mapping[str, float],
) -> dict[str, float]:
    """When the operations of a part are finished, given when those before it are."""
    inside = {o.id for o in part}
    entering, inner = {o.id: 0.0 for o in part}, {o.id: set[str]() for o in part}
    for operation in part:
        for node, _ in operation.consumes:
            suppliers = by_node.get(node, ())
            before = [finished[o.id] for o in suppliers if o.id in finished]
            entering[operation.id] = max([entering[operation.id], *before])
            if suppliers and not before and any(o.id in inside for o in suppliers):
                inner[operation.id].add(node)
    done: dict[str, float] = {}
    given: dict[str, float] = {}
    while ready := [o for o in part if o.id not in done and inner[o.id] <= given.keys()]:
        times = {
            o.id: weights.get(o.id, 0.0)
            + max([entering[o.id], *(given[node] for node in inner[o.id])])
            for o in ready
        }
        first = min(ready, key=lambda o: times[o.id])
        done[first.id] = times[first.id]
        for node, _ in first.yields:
            given.setdefault(node, times[first.id])
    return done
