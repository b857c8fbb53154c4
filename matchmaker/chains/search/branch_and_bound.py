"""Branch and bound that goes on from one chain to the next: exact, and not begun anew.

Between `tightening` and `formulation`. A branch of the tree has switches fixed to 0 or 1 and
operations ruled out; the bound of its relaxation holds for every chain in it. The branch of
the lowest bound is looked at first. Where its relaxation is fractional it is divided by a
switch. Where it contains a chain that is excluded, it is divided by what of that chain is
left out (Reiter's tree of sets that hit all conflicts). Else its relaxation is the best chain
there is, and the tree is kept as it stands: the next best chain costs only what is new. Why
nothing is lost: docs/mathematics.md, section 11.

References
----------
Land, A. H., Doig, A. G. (1960). An automatic method of solving discrete programming problems.
Econometrica 28, 497-520.
Tomlin, J. A. (1971). An improved branch-and-bound method for integer programming. Operations
Research 19, 1070-1075 (penalties).
Achterberg, T., Koch, T., Martin, A. (2005). Branching rules revisited. Operations Research
Letters 33, 42-54 (reliability branching).
Reiter, R. (1987). A theory of diagnosis from first principles. Artificial Intelligence 32, 57-95.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from matchmaker.chains.goals import Stage
from matchmaker.chains.search.node_relaxation import (
    INTEGRAL,
    FixedBinaries,
    Node,
    NodeRelaxation,
    Point,
    Program,
)
from matchmaker.errors import OutOfTimeError

CANDIDATES = 3
"""Switches at most that are tried before a branch is divided by one."""

RELIABLE = 2
"""Trials each way after which what a switch gained so far is believed."""

FRUITLESS = 1e-9
"""Least gain that counts, so that a switch that gains one way only is not worthless."""

KEPT = 4
"""Trees kept of a model: as many as most goals minimise stages before simplicity."""

WIDE = 200
"""Switches that are not whole up to which a branch is divided: beyond, cuts serve better."""

PATIENCE = 1500
"""Relaxations at most from one chain to the next: then the tree is too wide to be worth it."""

Floats = NDArray[np.float64]


class TooWideError(Exception):
    """A tree got too wide: another way to the same answer is faster. Never leaves this room."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A solution whose switches are whole; no solution is better than `bound`."""

    columns: Floats
    bound: float
    proven: bool


@dataclass(slots=True)
class PseudoCosts:
    """What the bound rose by for each unit that a switch was moved."""

    total: dict[int, float] = field(default_factory=dict)
    number: dict[int, int] = field(default_factory=dict)

    def note(self, switch: int, gain: float) -> None:
        """Note a trial."""
        self.total[switch] = self.total.get(switch, 0.0) + gain
        self.number[switch] = self.number.get(switch, 0) + 1

    def reliable(self, switch: int) -> bool:
        """Whether it was tried often enough."""
        return self.number.get(switch, 0) >= RELIABLE

    def expected(self, switch: int) -> float:
        """Mean of its trials, or of all trials where it had none."""
        if number := self.number.get(switch):
            return self.total[switch] / number
        return sum(self.total.values()) / max(1, sum(self.number.values()))


class BranchAndBound:
    """Branches of one program under one objective, the lowest bound first."""

    def __init__(self) -> None:
        root = Node(FixedBinaries({}), frozenset(), -np.inf)
        root.region.open.append(root)
        self._heap: list[tuple[float, int, Node]] = []
        self._pushed = 0
        self._push(root)
        self._down, self._up = PseudoCosts(), PseudoCosts()
        self._left = PATIENCE
        self._rounded: Answer | None = None
        self._generation = 0

    def tightened(self) -> None:
        """Tell that a row of the program has become tighter: bounds hold, solutions may not."""
        self._generation += 1

    @property
    def untouched(self) -> bool:
        """Whether nothing was asked yet."""
        return self._pushed == 1

    def best(self, program: Program, excluded: Sequence[frozenset[str]]) -> Answer | None:
        """Best solution that contains none of the excluded chains; None when there is none.

        Parameters
        ----------
        program
            The program, under all rows of the last call, or tighter ones, and perhaps more.
        excluded
            Chains as sets of operations; those of the last call, and more.

        Raises
        ------
        TooWideError
            When a relaxation for each of many branches has not sufficed.
        OutOfTimeError
            When time ran out before anything was found.
        UnstableError
            When the solver has no answer to a relaxation.
        """
        self._left, self._rounded = PATIENCE, None
        look = NodeRelaxation(program, excluded, self._generation)
        try:
            with look.relaxed():
                return self._best(look)
        except OutOfTimeError:
            if self._rounded is None:
                raise
            return self._rounded

    def _best(self, look: NodeRelaxation) -> Answer | None:
        """Work on the lowest branch; it stays open until others are there in its place."""
        while self._heap:
            _, _, branch = self._heap[0]
            point = branch.point
            if branch.closed:
                heappop(self._heap)
            elif point is None or point.stamp != look.stamp:
                self._relax(look, branch)
                heappop(self._heap)
                self._push(branch)
            elif len(point.fractional):
                self._divide(look, branch, point)
            elif chain := look.contained(point.columns):
                self._leave_out(look, branch, chain)
            else:
                return Answer(point.columns, branch.bound, proven=True)
        return None

    def _push(self, branch: Node) -> None:
        self._pushed += 1
        heappush(self._heap, (branch.bound, self._pushed, branch))

    def _relax(self, look: NodeRelaxation, branch: Node) -> bool:
        """Solve the relaxation of a branch; whether there is one, else the branch is closed."""
        self._left -= 1
        if self._left < 0:
            raise TooWideError
        value = look.solve(branch)
        if value is None:
            self._close(branch)
            return False
        branch.bound = max(branch.bound, value)
        return True

    def _note_rounded(self, look: NodeRelaxation, branch: Node, point: Point) -> None:
        """Keep the best solution that rounding gives, for when time runs out."""
        rounded = look.rounded(point.columns, point.fractional)
        kept = None if self._rounded is None else self._rounded.columns
        if rounded is not None and not look.contained(rounded):
            kept = rounded if kept is None or look.value(rounded) < look.value(kept) else kept
        if kept is not None:  # No other branch has a lower bound than the one looked at.
            self._rounded = Answer(kept, branch.bound, proven=False)

    @staticmethod
    def _close(branch: Node) -> None:
        branch.closed = True
        branch.region.open.remove(branch)

    def _divide(self, look: NodeRelaxation, branch: Node, point: Point) -> None:
        """Replace a branch by two, one for each value of the switch that gains most."""
        if len(point.fractional) > WIDE:
            raise TooWideError
        self._note_rounded(look, branch, point)
        best: tuple[Node, ...] = ()
        most = -1.0
        columns = point.columns
        for switch in self._promising(point):
            part = float(columns[switch])
            halves = (
                self._half(look, branch, switch, 0.0, self._down, part),
                self._half(look, branch, switch, 1.0, self._up, 1 - part),
            )
            gain = _product(branch.bound, halves)
            if gain > most:
                best, most = halves, gain
            if gain == np.inf:
                break
        for half in best:
            if not half.closed:
                self._push(half)
        self._close(branch)

    def _promising(self, point: Point) -> list[int]:
        """Switches to try, those of which most is expected first; one alone where it is known."""
        columns = point.columns

        def promise(switch: int) -> float:
            part = float(columns[switch])
            down, up = self._down.expected(switch) * part, self._up.expected(switch) * (1 - part)
            return max(down, FRUITLESS) * max(up, FRUITLESS)

        ranked = sorted((int(one) for one in point.fractional), key=promise, reverse=True)
        known = self._down.reliable(ranked[0]) and self._up.reliable(ranked[0])
        return ranked[: 1 if known else CANDIDATES]

    def _half(
        self,
        look: NodeRelaxation,
        branch: Node,
        switch: int,
        value: float,
        gains: PseudoCosts,
        moved: float,
    ) -> Node:
        """The part of a branch in which a switch has a value, relaxed."""
        region = FixedBinaries({**branch.region.fixed, switch: value})
        half = Node(region, branch.without, branch.bound, branch.basis)
        region.open.append(half)
        if self._relax(look, half):
            gains.note(switch, (half.bound - branch.bound) / max(moved, INTEGRAL))
        return half

    def _leave_out(self, look: NodeRelaxation, branch: Node, chain: frozenset[str]) -> None:
        """Replace a branch by parts that leave out an operation of a chain each.

        A part is left to another branch of its region that leaves out no other operations.
        """
        self._left -= 1
        covered: set[str] = set()
        for other in branch.region.open:
            rest = other.without - branch.without
            if other is not branch and len(rest) <= 1:
                covered |= rest or chain
        bounds = look.bounds_without(branch, chain - covered)
        for operation in sorted(chain - covered):
            bound = max(branch.bound, bounds.get(operation, branch.bound))
            part = Node(branch.region, branch.without | {operation}, bound, branch.basis)
            branch.region.open.append(part)
            self._push(part)
        self._close(branch)


@dataclass(frozen=True, slots=True)
class Minimised:
    """What a tree minimises: a stage, its weights scaled, without some operations.

    `limits` are those of the stages that are held meanwhile, in order.
    """

    stage: Stage
    factor: float
    ruled_out: frozenset[str]
    limits: tuple[tuple[Stage, float], ...]

    def covers(self, other: Minimised) -> bool:
        """Whether bounds found for this hold for the other."""
        return (
            self.stage is other.stage
            and (self.factor, self.ruled_out) == (other.factor, other.ruled_out)
            and len(self.limits) == len(other.limits)
            and all(
                ours is theirs and tighter <= limit
                for (ours, limit), (theirs, tighter) in zip(self.limits, other.limits, strict=True)
            )
        )


class TreeCache:
    """The trees of a model that were asked last."""

    def __init__(self) -> None:
        self._trees: list[tuple[Minimised, BranchAndBound]] = []

    def tree(self, minimised: Minimised) -> BranchAndBound:
        """The tree that minimises this, begun if there is none."""
        for place, (other, tree) in enumerate(self._trees):
            if other.covers(minimised):
                if [limit for _, limit in other.limits] != [limit for _, limit in minimised.limits]:
                    tree.tightened()
                del self._trees[place]
                self._trees.append((minimised, tree))
                return tree
        tree = BranchAndBound()
        self._trees = [*self._trees[1 - KEPT :], (minimised, tree)]
        return tree

    def clear(self) -> None:
        """Forget all trees."""
        self._trees = []


def _product(bound: float, halves: Sequence[Node]) -> float:
    """Product of what two halves gain over a bound; a closed one gains all."""
    gains = [np.inf if half.closed else half.bound - bound for half in halves]
    return float(np.prod([max(gain, FRUITLESS) for gain in gains]))
