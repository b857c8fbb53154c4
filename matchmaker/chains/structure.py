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
from collections.abc import Collection, Iterable

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
