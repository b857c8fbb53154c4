"""How a chain starts: in which order its cycles come to life, and which could not.

Last but one step of the room, beside `describe`. A chain is a steady state, units per year;
where it has a cycle, recycling for instance, somebody has to bring in the first units once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from matchmaker.chains.network.maximal_structure import NEEDS_ITSELF
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.network.startability import starting_order
from matchmaker.chains.result import Start, Step

SEED_MISSING = "seed-missing"
"""Making the item takes the item, and nobody has the first units."""


class StartUp:
    """What starts a chain.

    Parameters
    ----------
    network
        Network of the chain.
    used
        Ids of its decisions and of all operations with a quantity.
    quantities
        Ids of those with a quantity: the others are used to start only.
    """

    def __init__(
        self, network: ProcessNetwork, used: Collection[str], quantities: Collection[str]
    ) -> None:
        real = [o for o in network.operations if o.kind is not OperationKind.MISSING]
        missing = [o for o in network.operations if o.kind is OperationKind.MISSING]
        self._item_of = network.item_of
        self._quantities = quantities
        self._running = sorted((o for o in real if o.id in used), key=lambda o: o.id)
        self._unused = [o for o in real if o.id not in used]
        self._missing = {node: o for o in missing for node, _ in o.yields}
        self._on_cycles = replace(network, operations=tuple(self._running)).on_cycles

    def order(self) -> tuple[Start, ...]:
        """Who first brings forth each item of a cycle, in an order in which it can begin.

        What is missing and needed to start only stands first. Empty without cycles.
        """
        started: dict[str, Start] = {}
        for start in (*self._seeds_missing(), *self._first_makers()) if self._on_cycles else ():
            started.setdefault(start.item, start)
        return tuple(started.values())

    def reasons(
        self, open_step: Step, known: Sequence[tuple[str, str]]
    ) -> tuple[tuple[str, str], ...]:
        """Reasons of a gap, with the makers that would only wait for their own product."""
        if open_step.kind is not OperationKind.MISSING:
            return tuple(known)
        waiting = {
            o.enterprise or ""
            for o in self._unused
            if o.item == open_step.item and o.kind.made and not self._can_join(o)
        }
        told = {(code, who) for code, who in known if who not in waiting}
        told |= {(NEEDS_ITSELF, enterprise) for enterprise in waiting}
        if any(code == NEEDS_ITSELF for code, _ in told):
            told.add((SEED_MISSING, open_step.item))
        return tuple(sorted(told))

    def _can_join(self, operation: Operation) -> bool:
        """Whether everything still starts with one operation more."""
        together = [*self._running, operation]
        return {o.id for o in together} <= {o.id for o in self._starting(together)}

    def _starting(self, running: Sequence[Operation]) -> list[Operation]:
        """Operations in an order in which they start, with others that follow if need be."""
        at_hand = self._at_hand(running)
        order = starting_order(running, at_hand)
        if len(order) == len(running):
            return order
        following = [o for o in self._unused if not o.decision]
        return starting_order([*running, *following], at_hand)

    def _at_hand(self, running: Iterable[Operation]) -> set[str]:
        return self._missing.keys() - {node for o in running for node, _ in o.yields}

    def _seeds_missing(self) -> Iterator[Start]:
        """What an operation takes that is used to start only, and nobody supplies."""
        at_hand = self._at_hand(self._running)
        for node in sorted({node for o in self._running for node, _ in o.consumes} & at_hand):
            missing = self._missing[node]
            if missing.id not in self._quantities:
                yield Start(missing.item, missing.id, OperationKind.MISSING, None, once=True)

    def _first_makers(self) -> Iterator[Start]:
        for operation in self._starting(self._running):
            once = operation.id not in self._quantities
            for node, _ in operation.yields:
                if node in self._on_cycles or (once and operation.decision):
                    item = self._item_of(node)
                    yield Start(item, operation.id, operation.kind, operation.enterprise, once=once)
