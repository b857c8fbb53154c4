"""The peer of the chain benches: k best derivations of a hypergraph whose costs only add up.

What is made is a derivation: an operation and a derivation of each component it takes. Its
cost per unit adds up, so the k best follow one after another from the k best of the parts. What
does not add up, an enterprise paid once however often it is used, the ranking cannot see;
`true_cost` counts it afterwards.

References
----------
Huang, L., Chiang, D. (2005). Better k-best parsing. Proceedings of the Ninth International
Workshop on Parsing Technology, 53-64 (algorithm 3, lazy).
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from matchmaker.chains import Operation, ProcessNetwork

Candidate = tuple[float, str, tuple[int, ...]]
"""RUB per unit, operation, and which derivation of each component."""


class Derivations:
    """Derivations of every node of an acyclic network, the cheapest first, as asked for."""

    def __init__(self, network: ProcessNetwork) -> None:
        self._operations = {o.id: o for o in network.operations}
        self._makers: dict[str, list[Operation]] = defaultdict(list)
        for operation in network.operations:
            self._makers[operation.yields[0][0]].append(operation)
        self._found: dict[str, list[Candidate]] = {}
        self._open: dict[str, list[Candidate]] = {}
        self._seen: dict[str, set[tuple[str, tuple[int, ...]]]] = {}

    def get(self, node: str, rank: int) -> Candidate | None:
        """The derivation of a rank, counted from 0; None when there are fewer."""
        if node not in self._open:
            self._start(node)
        found = self._found[node]
        while len(found) <= rank and self._open[node]:
            best = heapq.heappop(self._open[node])
            found.append(best)
            self._push_neighbours(node, best)
        return found[rank] if rank < len(found) else None

    def quantities(self, node: str, rank: int, amount: float) -> dict[str, float]:
        """Units of each operation that an amount of a node takes by one of its derivations."""
        run: dict[str, float] = defaultdict(float)
        waiting = [(node, rank, amount)]
        while waiting:
            here, place, units = waiting.pop()
            _, id, ranks = self._found[here][place]
            run[id] += units
            parts = zip(self._operations[id].consumes, ranks, strict=True)
            waiting += [(part, r, units * q) for (part, q), r in parts]
        return dict(run)

    def _start(self, node: str) -> None:
        self._found[node], self._open[node], self._seen[node] = [], [], set()
        for operation in self._makers[node]:
            self._push(node, operation.id, (0,) * len(operation.consumes))

    def _push(self, node: str, id: str, ranks: tuple[int, ...]) -> None:
        if (id, ranks) in self._seen[node]:
            return
        self._seen[node].add((id, ranks))
        cost = self._operations[id].unit_cost
        for (part, quantity), rank in zip(self._operations[id].consumes, ranks, strict=True):
            below = self.get(part, rank)
            if below is None:
                return
            cost += quantity * below[0]
        heapq.heappush(self._open[node], (cost, id, ranks))

    def _push_neighbours(self, node: str, best: Candidate) -> None:
        _, id, ranks = best
        for place in range(len(ranks)):
            self._push(node, id, (*ranks[:place], ranks[place] + 1, *ranks[place + 1 :]))


def k_best_additive(network: ProcessNetwork, k: int) -> list[float]:
    """True cost, RUB per year, of each of the k derivations that are cheapest per unit."""
    [(node, amount)] = network.demand.items()
    derivations = Derivations(network)
    ranks = [rank for rank in range(k) if derivations.get(node, rank) is not None]
    return [true_cost(network, derivations.quantities(node, rank, amount)) for rank in ranks]


def true_cost(network: ProcessNetwork, quantities: dict[str, float]) -> float:
    """RUB per year, every enterprise paid for once."""
    run = [o for o in network.operations if o.id in quantities]
    involved = {o.enterprise for o in run if o.enterprise}
    fixed = sum(network.involvement[enterprise] for enterprise in involved)
    return fixed + sum(o.fixed_cost + o.unit_cost * quantities[o.id] for o in run)
