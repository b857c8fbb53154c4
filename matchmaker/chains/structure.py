"""Maximal structure: the part of a process network that can matter at all.

Third step of the room. *Forward*: only what can be brought forth from sources, with
items nobody makes standing in as gaps. *Backward*: only what the demand can use.

References
----------
Friedler, F., Tarján, K., Huang, Y. W., Fan, L. T. (1993). Graph-theoretic approach to
process synthesis: polynomial algorithm for maximal structure generation. Computers &
Chemical Engineering 17(9), 929-942.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import networkx as nx

from matchmaker.chains.network import Kind, Operation, ProcessNetwork

NEEDS_ITSELF = "needs-itself"
"""A production that needs its own product to start: seed stock is missing."""

NOT_NEEDED = "not-needed"
"""The demand has no use for it."""


def maximal_structure(network: ProcessNetwork) -> ProcessNetwork:
    """Network without the operations that no chain for its demand can use.

    What falls away is recorded in `dropped` with the reason.
    """
    alive, reasons = _producible(network.operations)
    useful = _useful(alive, network.demand)
    reasons |= {o.id: NOT_NEEDED for o in alive if o.id not in useful}
    return network.keep(useful, reasons)


def founded(operations: Collection[Operation], stock: Collection[str] = ()) -> set[str]:
    """Ids of the operations that can start, one after another, from nothing but `stock`."""
    available = set(stock)
    waiting = {o.id: len({node for node, _ in o.consumes} - available) for o in operations}
    users: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        for node in {node for node, _ in operation.consumes} - available:
            users[node].append(operation)
    ready = deque(o for o in operations if waiting[o.id] == 0)
    started: set[str] = set()
    while ready:
        operation = ready.popleft()
        started.add(operation.id)
        for node in {node for node, _ in operation.yields} - available:
            available.add(node)
            for user in users[node]:
                waiting[user.id] -= 1
                if waiting[user.id] == 0:
                    ready.append(user)
    return started


def solution_structures(network: ProcessNetwork) -> Iterator[frozenset[str]]:
    """Every solution structure by the axioms S1–S5: which operations can belong together.

    Every demanded node is yielded; whatever an operation of the structure takes is yielded
    by one of it; each of them leads to a demanded node. Quantities play no part. Some
    structures feed on their own product: those are the ones that `founded` does not start.

    References
    ----------
    Friedler, F., Tarján, K., Huang, Y. W., Fan, L. T. (1992). Combinatorial algorithms for
    process synthesis. Computers & Chemical Engineering 16, S313-S320 (algorithm SSG).
    """
    makers: dict[str, list[Operation]] = defaultdict(list)
    for operation in _maximal_with_rings(network):
        for node, _ in operation.yields:
            makers[node].append(operation)
    yield from _choose(frozenset(network.demand), frozenset(), frozenset(), frozenset(), makers)


def _choose(
    open_nodes: frozenset[str],
    settled: frozenset[str],
    inside: frozenset[Operation],
    outside: frozenset[Operation],
    makers: Mapping[str, Sequence[Operation]],
) -> Iterator[frozenset[str]]:
    """Settle who yields the open nodes, one after another, in every consistent way."""
    if not open_nodes:
        yield frozenset(o.id for o in inside)
        return
    node = min(open_nodes)
    for size in range(1, len(makers[node]) + 1):
        for chosen in map(frozenset, combinations(makers[node], size)):
            left = frozenset(makers[node]) - chosen
            if chosen & outside or left & inside:
                continue
            taken = {part for o in chosen for part, _ in o.consumes}
            done = settled | {node}
            yield from _choose(
                (open_nodes | taken) - done, done, inside | chosen, outside | left, makers
            )


def _maximal_with_rings(network: ProcessNetwork) -> list[Operation]:
    """Operations of the maximal structure by the axioms alone, self-feeding rings included."""
    alive = list(network.operations)
    while True:
        yielded = {node for o in alive for node, _ in o.yields}
        kept = [o for o in alive if all(node in yielded for node, _ in o.consumes)]
        if len(kept) == len(alive):
            useful = _useful(alive, network.demand)
            return [o for o in alive if o.id in useful]
        alive = kept


def gap_nodes(operations: Iterable[Operation]) -> set[str]:
    """Nodes which only a `missing` operation yields: nobody makes or sells the item."""
    yielded: dict[str, set[bool]] = defaultdict(set)
    for operation in operations:
        for node, _ in operation.yields:
            yielded[node].add(operation.kind is Kind.MISSING)
    return {node for node, missing in yielded.items() if missing == {True}}


def _producible(operations: Collection[Operation]) -> tuple[list[Operation], dict[str, str]]:
    """Operations that can start when gaps are counted as filled, and why the others cannot.

    Of those that cannot start, the ones on a ring go first: their items become gaps, with
    which the operations behind them may start after all.
    """
    alive = list(operations)
    reasons: dict[str, str] = {}
    while True:
        gaps = gap_nodes(alive)
        alive = [o for o in alive if not _substitutes_gap(o, gaps)]
        real = [o for o in alive if o.kind is not Kind.MISSING]
        started = founded(real, gap_nodes(alive))
        stuck = [o for o in real if o.id not in started]
        if not stuck:
            return alive, reasons
        gone = _on_rings(stuck) or {o.id for o in stuck}
        reasons |= dict.fromkeys(gone, NEEDS_ITSELF)
        alive = [o for o in alive if o.id not in gone]


def _on_rings(operations: Iterable[Operation]) -> set[str]:
    """Ids of the operations from which a path leads back to themselves."""
    flow: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    for operation in operations:
        here = ("operation", operation.id)
        flow.add_edges_from((("node", node), here) for node, _ in operation.consumes)
        flow.add_edges_from((here, ("node", node)) for node, _ in operation.yields)
    rings = (part for part in nx.strongly_connected_components(flow) if len(part) > 1)
    return {name for part in rings for kind, name in part if kind == "operation"}


def _substitutes_gap(operation: Operation, gaps: Collection[str]) -> bool:
    return operation.kind is Kind.SUBSTITUTE and any(node in gaps for node, _ in operation.consumes)


def _useful(operations: Iterable[Operation], demanded: Iterable[str]) -> set[str]:
    """Ids of the operations from which the demanded nodes can be reached."""
    makers: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        for node, _ in operation.yields:
            makers[node].append(operation)
    useful: set[str] = set()
    wanted = deque(demanded)
    seen = set(wanted)
    while wanted:
        for operation in makers[wanted.popleft()]:
            useful.add(operation.id)
            for node, _ in operation.consumes:
                if node not in seen:
                    seen.add(node)
                    wanted.append(node)
    return useful
