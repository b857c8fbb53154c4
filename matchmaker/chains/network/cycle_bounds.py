"""How much of the nodes of a cycle a chain can need at most; for `quantity_bounds`.

On a cycle what is made needs itself, so the demand cannot just be passed down. Three proofs
of a bound are tried, and the least of what they give counts: capacities on the cycle; that
the cycle takes less of itself than it yields; that each way round it takes at least as much
as it yields, so that going round twice is never of use. The latter two are tried on the whole
cycle, and on its operations without a capacity alone. All are written out in
docs/mathematics.md, section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.network.process_network import Operation, OperationKind

LARGEST_CYCLE = 500
"""Nodes up to which more than the capacities is looked at."""

ASTRONOMIC = 1e30
"""A bound beyond this is none."""

STEEPEST = 1e6
"""Units that one unit may set going on a cycle before its equations count as singular."""

Vector = NDArray[np.float64]


def cycle_needs(
    outside: Mapping[str, float], makers: Mapping[str, Sequence[Operation]]
) -> dict[str, float]:
    """Units per year of each node of a cycle that a chain can consume at most.

    Parameters
    ----------
    outside
        What is needed of each node of the cycle from outside of it, units per year.
    makers
        Operations that yield a node, missing ones included.

    Returns
    -------
    dict
        By node of the cycle; infinite where nothing is proven.
    """
    nodes = sorted(outside)
    external = np.array([outside[node] for node in nodes])
    cycle = _Cycle.of(nodes, makers)
    bound = np.full(len(nodes), inf)
    if len(nodes) <= LARGEST_CYCLE and np.isfinite(external).all():
        limited = {n: [o for o in makers[n] if o.upper < inf] for n in nodes}
        unlimited = {n: [o for o in makers[n] if o.upper == inf] for n in nodes}
        taken = _Cycle.of(nodes, limited).explode(external, bound)
        bound = np.minimum(
            cycle.least_bound(external), _Cycle.of(nodes, unlimited).least_bound(taken)
        )
    for _ in nodes:
        bound = np.minimum(bound, cycle.explode(external, bound))
    return dict(zip(nodes, bound.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Cycle:
    """Nodes of a cycle and the arcs along which making one takes another.

    Attributes
    ----------
    product, part
        Places of the node made and of the node taken, shape (arcs,).
    most, least
        Units of the part per unit of the product, over its makers, shape (arcs,).
    limit
        Units per year of the part that the product's makers can take by their capacities.
    lots
        Units per year of each node that all its minimum orders yield, shape (nodes,).
    """

    nodes: list[str]
    inside: list[Operation]
    product: NDArray[np.intp]
    part: NDArray[np.intp]
    most: Vector
    least: Vector
    limit: Vector
    lots: Vector

    @classmethod
    def of(cls, nodes: list[str], makers: Mapping[str, Sequence[Operation]]) -> _Cycle:
        """Cycle of these nodes."""
        place = {node: number for number, node in enumerate(nodes)}
        arcs: dict[tuple[int, int], list[tuple[float, float]]] = {}
        inside: dict[str, Operation] = {}
        for node in nodes:
            for maker in makers[node]:
                amount = _total(maker.yields, node)
                for part, taken in maker.takes.items():
                    if part not in place:
                        continue
                    inside[maker.id] = maker
                    arc = arcs.setdefault((place[node], place[part]), [])
                    arc.append((taken / amount, taken * maker.upper))
        return cls(
            nodes=nodes,
            inside=list(inside.values()),
            product=np.array([product for product, _ in arcs], dtype=np.intp),
            part=np.array([part for _, part in arcs], dtype=np.intp),
            most=np.array([max(ratio for ratio, _ in arc) for arc in arcs.values()]),
            least=np.array([min(ratio for ratio, _ in arc) for arc in arcs.values()]),
            limit=np.array([sum(limit for _, limit in arc) for arc in arcs.values()]),
            lots=np.array([sum(o.lower * _total(o.yields, n) for o in makers[n]) for n in nodes]),
        )

    def explode(self, external: Vector, needs: Vector) -> Vector:
        """Need for each node when each is made as often as needed, or for its minimum orders."""
        total = np.maximum(needs, self.lots)[self.product]
        return self._collect(external, np.minimum(self.most * total, self.limit))

    def least_bound(self, external: Vector) -> Vector:
        """The lesser of two bounds, either of which may be infinite."""
        base = self.explode(external, np.zeros(len(external)))
        return np.minimum(self.frugal(base), self.wasteful(base))

    def frugal(self, base: Vector) -> Vector:
        """Bound for a cycle that takes less of itself than it yields: (I - R)⁻¹ · base."""
        size = len(self.nodes)
        left = np.eye(size)
        left[self.part, self.product] -= self.most
        if np.linalg.matrix_rank(left) < size:
            return np.full(size, inf)
        reach, bound = np.linalg.solve(left, np.column_stack([np.ones(size), base])).T
        sound = reach.min() >= 1 and reach.max() <= STEEPEST
        return bound if sound else np.full(size, inf)

    def wasteful(self, base: Vector) -> Vector:
        """Bound for a cycle that each way round takes as much as it yields: Σ Rᵏ · base."""
        if not self._never_gains():
            return np.full(len(base), inf)
        total, step = base.copy(), base
        for _ in range(len(base) - 1):
            step = self._collect(np.zeros(len(base)), self.most * step[self.product])
            total += step
            if total.max() > ASTRONOMIC:
                return np.full(len(base), inf)
        return total

    def _never_gains(self) -> bool:
        """Whether lowering all operations of any way round leaves no node short."""
        if any(len({node for node, _ in o.yields}) > 1 for o in self.inside):
            return False
        if self._replaces_what_others_take():
            return False
        flow: nx.DiGraph[int] = nx.DiGraph()
        for product, part, ratio in zip(self.product, self.part, self.least, strict=True):
            flow.add_edge(int(product), int(part), weight=log(ratio) + 1e-12)
        return not nx.negative_edge_cycle(flow)

    def _replaces_what_others_take(self) -> bool:
        """Whether a substitution of the cycle shares what it takes with other operations of it."""
        taken: dict[bool, set[str]] = {True: set(), False: set()}
        for operation in self.inside:
            taken[operation.kind is OperationKind.SUBSTITUTE] |= operation.takes.keys()
        return not taken[True].isdisjoint(taken[False])

    def _collect(self, start: Vector, flows: Vector) -> Vector:
        return start + np.bincount(self.part, weights=flows, minlength=len(start))


def _total(flows: Iterable[tuple[str, float]], node: str) -> float:
    return sum(amount for name, amount in flows if name == node)
