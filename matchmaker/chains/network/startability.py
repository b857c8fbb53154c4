"""Startability: which sets of operations can start at all, and what the others lack.

`maximal_structure` trims with it, and `search` cuts off with it whatever would need its own
product to start. A set of operations is *startable* when they can start one after another. Each
needs all it takes: brought forth by one that started before, or at hand from outside. An item
that may stay missing is at hand where no operation used brings it forth, and off cycles always;
but nothing that is missing replaces anything.

References
----------
Lin, F., Zhao, Y. (2004). ASSAT: computing answer sets of a logic program by SAT solvers.
Artificial Intelligence 157, 115-137 (loop formulas).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from matchmaker.chains.network.process_network import (
    Operation,
    OperationKind,
    ProcessNetwork,
    makers,
)


def startable(operations: Collection[Operation], stock: Collection[str] = ()) -> set[str]:
    """Ids of the operations that can start, one after another, from nothing but `stock`."""
    return {o.id for o in starting_order(operations, stock)}


def starting_order(
    operations: Collection[Operation], stock: Collection[str] = ()
) -> list[Operation]:
    """Operations that can start from `stock`, each behind those it waits for.

    A substitution waits for somebody to bring forth what it takes: stock does not do.
    """
    held = frozenset(stock)
    waiting: dict[str, int] = {}
    users: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        lacking = _lacking(operation, (), held)
        waiting[operation.id] = len(lacking)
        for node in lacking:
            users[node].append(operation)
    ready = deque(o for o in operations if waiting[o.id] == 0)
    made: set[str] = set()
    started: list[Operation] = []
    while ready:
        operation = ready.popleft()
        started.append(operation)
        for node in {node for node, _ in operation.yields} - made:
            made.add(node)
            for user in users[node]:
                waiting[user.id] -= 1
                if waiting[user.id] == 0:
                    ready.append(user)
    return started


@dataclass(frozen=True, slots=True)
class StartabilityCut:
    """Operations that cannot all start unless one of the supports is used too."""

    stuck: tuple[str, ...]
    supports: tuple[str, ...]


class Startability:
    """Judges sets of operations of one network: can they start, and in which order."""

    def __init__(self, network: ProcessNetwork) -> None:
        real = [o for o in network.operations if o.kind is not OperationKind.MISSING]
        self._on_cycles = network.on_cycles
        self._by_id = {o.id: o for o in real}
        self._may_miss = yielded(o for o in network.operations if o.kind is OperationKind.MISSING)

    @cached_property
    def _makers(self) -> Mapping[str, Sequence[Operation]]:
        return makers(self._by_id.values())

    @cached_property
    def _free(self) -> list[Operation]:
        """Operations that are used wherever they can start: neither decisions nor on cycles."""
        real = self._by_id.values()
        return [o for o in real if not o.decision and self._on_cycles.isdisjoint(yielded([o]))]

    def order(self, used: Collection[str]) -> list[Operation]:
        """Used operations in an order in which they can start; those that never can left out."""
        running = [self._by_id[id] for id in sorted(used) if id in self._by_id]
        return starting_order(running, self.at_hand(running))

    def at_hand(self, running: Iterable[Operation]) -> frozenset[str]:
        """Nodes that may stay missing, less those on cycles that a running operation yields."""
        return self._may_miss - (yielded(running) & self._on_cycles)

    def cuts(self, used: Collection[str]) -> list[StartabilityCut]:
        """Small proofs that operations cannot start, none stuck in two; none if they can.

        `used` are decisions and operations that close cycles; whatever else follows from the
        decisions helps where it can start.
        """
        if not self._on_cycles:
            return []
        chosen = {id: self._by_id[id] for id in sorted(used)}
        running = {**chosen, **{o.id: o for o in self._free}}
        at_hand = self.at_hand(chosen.values())
        started = starting_order(list(running.values()), at_hand)
        made = yielded(started)
        for operation in started:
            del running[operation.id]
        lacks = {id: _lacking(o, made, at_hand) for id, o in running.items()}
        return _disjoint({self._cut(id, lacks, chosen) for id in lacks if id in chosen})

    def _cut(
        self, start: str, lacks: Mapping[str, set[str]], chosen: Mapping[str, Operation]
    ) -> StartabilityCut:
        """Why an operation cannot start: which are enough for that, and what would help."""
        awaited = self._awaited(start, lacks)
        core = awaited.keys()
        nodes = set(awaited.values())
        at_hand = {
            n for id, n in awaited.items() if self._by_id[id].kind is not OperationKind.SUBSTITUTE
        }
        markers = _cover(
            at_hand & self._may_miss, {id: o for id, o in chosen.items() if id in core}
        )
        closed = nodes & yielded(chosen[id] for id in markers) | (nodes - self._may_miss)
        supports = {
            maker.id
            for node in nodes
            for maker in self._makers.get(node, ())
            if maker.id not in core and not _waits_for(maker, nodes, closed)
        }
        return StartabilityCut(tuple(markers or [start]), tuple(sorted(supports)))

    def _awaited(self, start: str, lacks: Mapping[str, set[str]]) -> dict[str, str]:
        """A node that each operation waits for: the first, and those that yield such a node."""
        awaited: dict[str, str] = {}
        waiting = [start]
        while waiting:
            id = waiting.pop()
            if id not in awaited:
                known = set(awaited.values())
                awaited[id] = min(
                    lacks[id], key=lambda n: (n not in known, len(self._makers.get(n, ())), n)
                )
                waiting += [o.id for o in self._makers.get(awaited[id], ()) if o.id in lacks]
        return awaited


def yielded(operations: Iterable[Operation]) -> frozenset[str]:
    """Nodes that operations yield."""
    return frozenset(node for operation in operations for node, _ in operation.yields)


def _lacking(operation: Operation, made: Collection[str], at_hand: Collection[str]) -> set[str]:
    """Nodes that an operation takes and does not get."""
    taken = {node for node, _ in operation.consumes}.difference(made)
    return taken if operation.kind is OperationKind.SUBSTITUTE else taken.difference(at_hand)


def _waits_for(operation: Operation, nodes: Collection[str], closed: Collection[str]) -> bool:
    """Whether an operation takes a lacking node that cannot be left missing for it."""
    barred = nodes if operation.kind is OperationKind.SUBSTITUTE else closed
    return any(node in barred for node, _ in operation.consumes)


def _cover(nodes: Collection[str], operations: Mapping[str, Operation]) -> list[str]:
    """Ids of a few operations that yield all the nodes, sorted."""
    chosen: list[str] = []
    open_nodes = set(nodes)
    while open_nodes:
        outputs = {id: open_nodes & yielded([o]) for id, o in operations.items()}
        best = max(sorted(outputs), key=lambda name: len(outputs[name]))
        chosen.append(best)
        open_nodes -= outputs[best]
    return sorted(chosen)


def _disjoint(cuts: Iterable[StartabilityCut]) -> list[StartabilityCut]:
    """The shortest cuts such that no operation is stuck in two of them."""
    chosen: list[StartabilityCut] = []
    taken: set[str] = set()
    for cut in sorted(cuts, key=lambda c: (len(c.stuck), len(c.supports), c.stuck, c.supports)):
        if taken.isdisjoint(cut.stuck):
            chosen.append(cut)
            taken |= set(cut.stuck)
    return chosen
