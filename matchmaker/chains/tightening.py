"""Tightening: what makes the proof of a stage short, added to the solver's model before it runs.

Beside `formulation`. The relaxation of the program, in which an enterprise may be involved by
a part, pays only x / M of each cost of involvement or use. Anchored needs (`anchors`) bring M
down to what is made (`narrowing` tells where to anchor): rows

    (10) made of n by e  ≤  base_n · y_e + D_n           each enterprise and needed node
         yields · x_o    ≤  base_n · z_o + D_n           each open use
    (11) D_n ≤ Σ extra · x + Σ followed · D              each needed node

They hold for every chain, whatever is minimised, so they stay.

References
----------
Nemhauser, G. L., Wolsey, L. A. (1988). Integer and combinatorial optimization, II.1 (strong
formulations).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

import highspy
import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.anchors import Anchor, Ground
from matchmaker.chains.network import Operation, ProcessNetwork
from matchmaker.chains.program import Columns, Sizes
from matchmaker.chains.solver import Rows

ANCHORS = 12
"""Anchors at most that relaxations may bring to one model; cuts bring their own besides."""

LOOSE = 0.999
"""Part of the bound there is already by which a row has to be lower to be added."""


@dataclass
class Placed:
    """An anchor in the model: the columns of its D by node, and the rows (10) it has."""

    anchor: Anchor
    columns: Mapping[str, int]
    present: set[tuple[str, str]] = field(default_factory=set)


class Tightening:
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
    forced
        Least units per year of operations that have to run even when nobody needs them.
    """

    def __init__(
        self,
        network: ProcessNetwork,
        solver: highspy.Highs,
        columns: Columns,
        units: NDArray[np.float64],
        sizes: Sizes,
        forced: Mapping[str, float],
    ) -> None:
        self.network, self.solver, self.columns = network, solver, columns
        self._sizes, self._forced = sizes, forced
        self._units = list(units)
        self._placed: dict[bytes, Placed] = {}
        self._relief = -1

    @cached_property
    def ground(self) -> Ground:
        """The network laid out for anchoring."""
        return Ground(self.network, self._forced)

    @cached_property
    def _makers(self) -> Mapping[str, list[Operation]]:
        """Operations of one output by node."""
        makers: dict[str, list[Operation]] = defaultdict(list)
        for operation in self.network.operations:
            if len(operation.yields) == 1:
                makers[operation.yields[0][0]].append(operation)
        return makers

    def anchor_at(self, running: NDArray[np.bool_], open_uses: Collection[str]) -> bool:
        """Anchor needs at the recipes of what runs; whether any row was added."""
        followed = self.ground.followed(running)
        key = followed.tobytes()
        rows = Rows()
        if key not in self._placed:
            self._placed[key] = self._place(self.ground.anchor(followed), rows)
        self._cover(self._placed[key], open_uses, rows)
        rows.append_to(self.solver, np.array(self._units))
        return bool(rows.lower)

    @property
    def full(self) -> bool:
        """Whether relaxations may bring no more anchors."""
        return len(self._placed) >= ANCHORS

    @contextmanager
    def relieved(self) -> Iterator[None]:
        """While inside, no row (10) binds: where uses are fixed they could only round badly."""
        if self._relief < 0:
            yield
            return
        self.solver.changeColBounds(self._relief, 0.0, inf)
        try:
            yield
        finally:
            self.solver.changeColBounds(self._relief, 0.0, 0.0)

    def _place(self, anchor: Anchor, rows: Rows) -> Placed:
        """Columns D and rows (11) of an anchor. D counts in units of the base need."""
        if self._relief < 0:
            self._relief = self._add_columns([1.0], 0.0)
        first = self._add_columns(list(anchor.base.values()), inf)
        columns = {node: first + place for place, node in enumerate(anchor.base)}
        x, deviations = list(self.columns.x.values()), anchor.deviations
        for node, column in columns.items():
            terms = {x[o]: -extra for o, extra in deviations.operations.get(node, {}).items()}
            terms |= {columns[m]: -q for m, q in deviations.nodes.get(node, {}).items()}
            rows.add(-inf, 0, {**terms, column: 1})
        return Placed(anchor, columns)

    def _add_columns(self, units: list[float], upper: float) -> int:
        """Number of the first of some columns that count in these units."""
        first, zeros, none = len(self._units), np.zeros(len(units)), np.empty(0, dtype=np.int32)
        limit = np.full(len(units), upper)
        self.solver.addCols(len(units), zeros, zeros, limit, 0, none, none, np.empty(0))
        self._units += units
        return first

    def _cover(self, placed: Placed, open_uses: Collection[str], rows: Rows) -> None:
        """Rows (10) of an anchor that are not there yet and say more than the model does."""
        for node, need in placed.anchor.base.items():
            together: dict[str, list[Operation]] = defaultdict(list)
            for operation in self._makers[node]:
                if operation.enterprise and operation.decision:
                    together[operation.enterprise].append(operation)
                if operation.id in open_uses:
                    switch = self.columns.z[operation.id]
                    self._bound(placed, (operation.id, node, need), [operation], switch, rows)
            for enterprise, operations in together.items():
                switch = self.columns.y[enterprise]
                self._bound(placed, (enterprise, node, need), operations, switch, rows)

    def _bound(
        self,
        placed: Placed,
        what: tuple[str, str, float],
        operations: list[Operation],
        switch: int,
        rows: Rows,
    ) -> None:
        """Row (10) of operations that yield a node and are switched on together."""
        who, node, need = what
        if (who, node) in placed.present:
            return
        if need < LOOSE * self._sizes.together(operations, node):
            placed.present.add((who, node))
            terms = {self.columns.x[o.id]: o.yields[0][1] for o in operations}
            bound = {switch: -need, placed.columns[node]: -1, self._relief: -need}
            rows.add(-inf, 0, {**terms, **bound})
