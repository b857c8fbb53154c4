"""Anchored needs: how much of each node a chain needs when it follows given recipes.

Beside `quantity_bounds`, whose needs let every node follow any recipe and so are far too large deep
down, where alternatives multiply. An anchor takes some recipes for given and counts what
all others add to the need by what runs of them:

    made of n  ≤  max(base_n, batches_n) + D_n
    base_n = demand_n + Σ_m followed_mn · max(base_m, batches_m)
    D_n    = Σ_o extra_on · x_o + Σ_m followed_mn · D_m

`followed_mn` is the most that a unit of m takes of n by the recipes given, `extra_on` what a
unit of the operation o takes of n beyond that. It holds for whatever is given; it is tight
where the chain does what is given. Proof: docs/mathematics.md, section 6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.network.process_network import ProcessNetwork
from matchmaker.chains.program.highs import Floats

ROUNDING = 1e-9
"""Part by which needs are counted too large, so that rounding cuts nothing off."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Recipes taken for given.

    Attributes
    ----------
    base
        Units per year of each node that are made at most by these recipes; only nodes that
        they need at all.
    extra, followed
        Terms of D by node, by which the bound grows with what else runs: units of each
        operation by number, and of D of other nodes.
    """

    base: Mapping[str, float]
    extra: Mapping[str, Mapping[int, float]]
    followed: Mapping[str, Mapping[str, float]]


class AnchorNetwork:
    """A network laid out for anchoring: what each operation takes, as arrays.

    Entry `e` says that operation `operation[e]` takes `quantity[e]` of node `part[e]` for each
    of its units; `pair[e]` is the number of (its node, part), or -1 where its consumption is
    counted as it runs: operations of several outputs, and of nodes on cycles.

    Parameters
    ----------
    network
        A maximal structure.
    forced
        Least units per year of operations that have to run even when nobody needs them.
    """

    def __init__(self, network: ProcessNetwork, forced: Mapping[str, float]) -> None:
        self.demand = network.demand
        on_cycles = network.on_cycles
        parts = network.consumers_first
        self.order = [node for part in parts for node in part if node not in on_cycles]
        self.batches: dict[str, float] = defaultdict(float)
        self._pairs: dict[tuple[str, str], int] = {}
        self._parts: dict[str, list[tuple[str, int]]] = defaultdict(list)
        entries: list[tuple[int, int, str, float, float]] = []
        for number, operation in enumerate(network.operations):
            (node, amount), *others = operation.yields
            plain = not others and node not in on_cycles
            if plain:
                least = max(operation.lower, forced.get(operation.id, 0.0))
                self.batches[node] += least * amount
            for part, quantity in operation.takes.items():
                pair = self._pair(node, part) if plain else -1
                entries.append((number, pair, part, quantity, amount))
        self.operation = np.array([entry[0] for entry in entries], dtype=np.intp)
        self.pair = np.array([entry[1] for entry in entries], dtype=np.intp)
        self.part = [entry[2] for entry in entries]
        self.quantity = np.array([entry[3] for entry in entries], dtype=np.float64)
        self.amount = np.array([entry[4] for entry in entries], dtype=np.float64)

    def _pair(self, node: str, part: str) -> int:
        if (node, part) not in self._pairs:
            self._parts[node].append((part, len(self._pairs)))
            self._pairs[node, part] = len(self._pairs)
        return self._pairs[node, part]

    def followed(self, given: NDArray[np.bool_]) -> Floats:
        """Most units of the part that a unit of the node takes by the operations given.

        One figure a pair: equal figures are equal anchors.
        """
        followed = np.zeros(len(self._pairs))
        here = given[self.operation] & (self.pair >= 0)
        np.maximum.at(followed, self.pair[here], self.quantity[here] / self.amount[here])
        return followed

    def anchor(self, followed: Floats) -> Anchor:
        """The anchor of what `followed` gives."""
        base: dict[str, float] = defaultdict(float, self.demand)
        nodes: dict[str, dict[str, float]] = defaultdict(dict)
        counted = np.zeros(len(followed))
        for node in self.order:
            if not base[node]:
                continue
            most = max(base[node], self.batches[node])
            for part, pair in self._parts[node]:
                if followed[pair]:
                    base[part] += followed[pair] * most
                    nodes[part][node] = followed[pair]
                    counted[pair] = followed[pair]
        needed = {
            node: max(base[node], self.batches[node]) * (1 + ROUNDING)
            for node in self.order
            if base[node] > 0
        }
        return Anchor(needed, self._extra(counted, needed), nodes)

    def _extra(self, counted: Floats, needed: Collection[str]) -> dict[str, dict[int, float]]:
        """What a unit of each operation takes of each needed node beyond what is counted."""
        known = np.append(counted, 0.0)  # pair -1 reads the last
        beyond = self.quantity - known[self.pair] * self.amount
        extra: dict[str, dict[int, float]] = defaultdict(dict)
        for entry in np.flatnonzero(beyond > 0):
            part, operation = self.part[entry], int(self.operation[entry])
            if part in needed:
                extra[part][operation] = extra[part].get(operation, 0.0) + float(beyond[entry])
        return extra
