"""Valid inequalities: rows that every chain keeps and that raise the bound of the relaxation.

Added to the model of `model` before a stage is minimised. The relaxation of the program, in
which an enterprise may be involved by a part, pays only x / M of each fixed cost. Anchored needs
(`anchored_bounds`) bring M down to what is made (`reduced_cost_fixing` says where to anchor):

    (10) made of n by e  ≤  base_n · y_e + D_n           each enterprise and needed node
         yields · x_o    ≤  base_n · z_o + D_n           each active binary
    (11) D_n ≤ Σ extra · x + Σ followed · D              each needed node

They hold for every chain, whatever is minimised, so they may stay. Most of them do not bind
where the relaxation ends: those are removed, because rows make every further step slower.

References
----------
Nemhauser, G. L., Wolsey, L. A. (1988). Integer and combinatorial optimization, II.1 (strong
formulations).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

import highspy
import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.network.process_network import Operation, ProcessNetwork
from matchmaker.chains.program.anchored_bounds import Anchor, AnchorNetwork
from matchmaker.chains.program.highs import Floats, Rows, add_columns
from matchmaker.chains.program.rows import Columns, Sizes

ANCHORS = 24
"""Anchors of one model from which on relaxations bring no more; no-good cuts still do."""

LOOSE = 0.999
"""Part of the bound there is already by which a row has to be lower to be added."""


@dataclass(eq=False, slots=True)
class PlacedAnchor:
    """An anchor in the model.

    Attributes
    ----------
    columns
        Its D by node.
    limited
        Nodes of which D has its row (11).
    bounded
        Rows (10) it has: the enterprise or operation whose binary is in it, and the node.
    """

    anchor: Anchor
    columns: Mapping[str, int]
    limited: set[str] = field(default_factory=set)
    bounded: set[tuple[str, str]] = field(default_factory=set)

    def with_dependencies(self, nodes: Iterable[str], known: Collection[str] = ()) -> list[str]:
        """Nodes, and those on whose D theirs depends; none beyond those that are known."""
        reached: dict[str, None] = {}
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node not in reached and node not in known:
                reached[node] = None
                waiting += self.anchor.followed.get(node, {})
        return list(reached)


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """A row of an anchor: (10) of the binary of an enterprise or operation `who`, or (11)."""

    placed: PlacedAnchor
    node: str
    who: str = ""


NewRow = tuple[AnchorRow, Mapping[int, float]]
"""What a new row is about, and its terms, which sum to at most 0."""


class ValidInequalities:
    """Adds rows (10) and (11) to a model, each once.

    Parameters
    ----------
    network
        The network of the model.
    solver
        The model; only rows and columns behind its own are added.
    columns
        Its own columns.
    units
        Units per year in which its columns count.
    sizes
        How large things can get without an anchor.
    active
        Operations whose binaries are active now.
    """

    def __init__(
        self,
        network: ProcessNetwork,
        solver: highspy.Highs,
        columns: Columns,
        units: Floats,
        sizes: Sizes,
        active: Collection[str],
    ) -> None:
        self.network, self.solver, self.columns = network, solver, columns
        self._sizes, self._active = sizes, active
        self._units = list(units)
        self._x = list(columns.x.values())
        self._placed: dict[bytes, PlacedAnchor] = {}
        self._relief = -1

    @cached_property
    def anchor_network(self) -> AnchorNetwork:
        """The network laid out for anchoring."""
        return AnchorNetwork(self.network, self._sizes.forced)

    @cached_property
    def _makers(self) -> Mapping[str, list[Operation]]:
        """Operations of one output by node."""
        makers: dict[str, list[Operation]] = defaultdict(list)
        for operation in self.network.operations:
            if len(operation.yields) == 1:
                makers[operation.yields[0][0]].append(operation)
        return makers

    def anchor_at(self, running: NDArray[np.bool_]) -> list[AnchorRow]:
        """Anchor needs at the recipes of what runs; the rows that this adds, in order."""
        followed = self.anchor_network.followed(running)
        key = followed.tobytes()
        if key not in self._placed:
            self._placed[key] = self._place(self.anchor_network.anchor(followed))
        rows, about = Rows(), []
        for row, terms in self._bound_all(self._placed[key]):
            rows.add(-inf, 0, terms)
            about.append(row)
        rows.append_to(self.solver, np.array(self._units))
        return about

    def remove_loose(self, rows: Sequence[AnchorRow], binds: NDArray[np.bool_]) -> None:
        """Delete those of the last rows that neither bind nor serve rows that do.

        Parameters
        ----------
        rows
            What the last rows of the model are about.
        binds
            Which rows of the model bind, shape (all its rows,).
        """
        if not rows:
            return
        binds = binds[-len(rows) :]
        bound: dict[PlacedAnchor, list[str]] = defaultdict(list)
        for row, is_bound in zip(rows, binds, strict=True):
            if row.who and is_bound:
                bound[row.placed].append(row.node)
        needed = {placed: set(placed.with_dependencies(nodes)) for placed, nodes in bound.items()}
        gone = []
        for place, (row, is_bound) in enumerate(zip(rows, binds, strict=True)):
            if row.who and not is_bound:
                row.placed.bounded.remove((row.who, row.node))
                gone.append(place)
            elif not row.who and row.node not in needed.get(row.placed, ()):
                row.placed.limited.remove(row.node)
                gone.append(place)
        first = int(self.solver.getNumRow()) - len(rows)
        self.solver.deleteRows(len(gone), np.array(gone, dtype=np.int32) + np.int32(first))

    def has_room(self, running: NDArray[np.bool_]) -> bool:
        """Whether the anchor at what runs is there already, or may be brought by a relaxation."""
        known = self.anchor_network.followed(running).tobytes() in self._placed
        return known or len(self._placed) < ANCHORS

    @contextmanager
    def relieved(self) -> Iterator[None]:
        """While inside, no row (10) binds: with binaries fixed it could only round badly."""
        if self._relief < 0:
            yield
            return
        self.solver.changeColBounds(self._relief, 0.0, inf)
        try:
            yield
        finally:
            self.solver.changeColBounds(self._relief, 0.0, 0.0)

    def _place(self, anchor: Anchor) -> PlacedAnchor:
        """Columns D of an anchor, in units of the base need."""
        if self._relief < 0:
            self._relief = self._add_columns([1.0], 0.0)
        first = self._add_columns(anchor.base.values(), inf)
        return PlacedAnchor(anchor, {node: first + place for place, node in enumerate(anchor.base)})

    def _add_columns(self, units: Iterable[float], upper: float) -> int:
        """Number of the first of some columns that count in these units."""
        first = len(self._units)
        self._units += units
        add_columns(self.solver, np.full(len(self._units) - first, upper))
        return first

    def _bound_all(self, placed: PlacedAnchor) -> Iterator[NewRow]:
        """Rows (10) of an anchor that are not there yet and say more than the model does."""
        for node in placed.anchor.base:
            together: dict[str, list[Operation]] = defaultdict(list)
            for operation in self._makers[node]:
                if operation.enterprise and operation.decision:
                    together[operation.enterprise].append(operation)
                if operation.id in self._active:
                    z = self.columns.z[operation.id]
                    yield from self._bound(AnchorRow(placed, node, operation.id), [operation], z)
            for enterprise, operations in together.items():
                y = self.columns.y[enterprise]
                yield from self._bound(AnchorRow(placed, node, enterprise), operations, y)

    def _bound(self, row: AnchorRow, operations: list[Operation], binary: int) -> Iterator[NewRow]:
        """Row (10) of operations that yield a node and share a binary, behind its rows (11)."""
        placed, node, who = row.placed, row.node, row.who
        need = placed.anchor.base[node]
        if (who, node) in placed.bounded:
            return
        if need < LOOSE * self._sizes.together(operations, node):
            placed.bounded.add((who, node))
            yield from self._limit(placed, node)
            terms = {self.columns.x[o.id]: o.yields[0][1] for o in operations}
            bound = {binary: -need, placed.columns[node]: -1, self._relief: -need}
            yield row, {**terms, **bound}

    def _limit(self, placed: PlacedAnchor, node: str) -> Iterator[NewRow]:
        """Rows (11) of a node and of those on whose D its own depends, unless they are there."""
        anchor, columns = placed.anchor, placed.columns
        for one in placed.with_dependencies([node], placed.limited):
            placed.limited.add(one)
            terms = {self._x[o]: -extra for o, extra in anchor.extra.get(one, {}).items()}
            terms |= {columns[m]: -q for m, q in anchor.followed.get(one, {}).items()}
            yield AnchorRow(placed, one), {**terms, columns[one]: 1}
