"""Maximal structure: the part of a process network that can matter at all.

Between `assemble` with `sourcing` and the program. *Forward*: only what can start, with
everything at hand that may stay missing. *Backward*: only what the demand can use.

References
----------
Friedler, F., Tarján, K., Huang, Y. W., Fan, L. T. (1993). Graph-theoretic approach to
process synthesis: polynomial algorithm for maximal structure generation. Computers &
Chemical Engineering 17(9), 929-942.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from matchmaker.chains.network.process_network import (
    Operation,
    OperationKind,
    ProcessNetwork,
    makers,
)
from matchmaker.chains.network.startability import startable, yielded

NEEDS_ITSELF = "needs-itself"
"""A production that needs its own product to start: seed stock is missing."""

NOT_NEEDED = "not-needed"
"""The demand has no use for it."""


def maximal_structure(network: ProcessNetwork) -> ProcessNetwork:
    """Network without the operations that no chain for its demand can use.

    What falls away is recorded in `dropped` with the reason.
    """
    reduced = _needed(network)
    while stuck := _never_starting(reduced):
        kept = {o.id for o in reduced.operations} - stuck
        reduced = _needed(reduced.keep(kept, dict.fromkeys(stuck, NEEDS_ITSELF)))
    return reduced


def _needed(network: ProcessNetwork) -> ProcessNetwork:
    """Network of the operations that the demand can use."""
    useful = _useful(network.operations, network.demand)
    reasons = {o.id: NOT_NEEDED for o in network.operations if o.id not in useful}
    return network.keep(useful, reasons) if reasons else network


def _never_starting(network: ProcessNetwork) -> set[str]:
    """Ids of the operations that cannot start even with everything at hand that may be missing.

    What an operation yields itself is not at hand for it: using it yields that.
    """
    real = [o for o in network.operations if o.kind is not OperationKind.MISSING]
    may_miss = yielded(o for o in network.operations if o.kind is OperationKind.MISSING)
    started = startable(real, may_miss)
    made = yielded(o for o in real if o.id in started)
    stuck = {o.id for o in real} - started
    for cycle in network.cycles:
        inside = [o for o in real if not cycle.isdisjoint(yielded([o]))]
        outside = Operation(
            "", OperationKind.DOMESTIC, yields=tuple((n, 1.0) for n in made - cycle)
        )
        for outputs in {yielded([o]) for o in inside}:
            able = startable([*inside, outside], may_miss - outputs)
            stuck |= {o.id for o in inside if yielded([o]) == outputs} - able
    return stuck


def _useful(operations: Iterable[Operation], demanded: Iterable[str]) -> set[str]:
    """Ids of the operations from which the demanded nodes can be reached.

    By hand: to build a graph for `networkx.descendants` takes 40 times as long.
    """
    by_node = makers(operations)
    useful: set[str] = set()
    wanted = deque(demanded)
    seen = set(wanted)
    while wanted:
        for operation in by_node.get(wanted.popleft(), ()):
            useful.add(operation.id)
            for node, _ in operation.consumes:
                if node not in seen:
                    seen.add(node)
                    wanted.append(node)
    return useful
