"""Branch and bound that goes on from one chain to the next: exact, and not begun anew.

Called by `stage_solver`. A node of the tree has binaries fixed to 0 or 1 and operations ruled
out; the bound of its relaxation holds for every chain in it. The node of the lowest bound comes
first. Where its relaxation is fractional it is divided by a binary. Where it contains a chain
that may not come again (a no-good), it is divided by what of that chain is left out (Reiter's
tree of sets that hit all conflicts). Else its relaxation is the best chain there is, and the
tree is kept as it stands: the next best chain costs only what is new. Why nothing is lost:
docs/mathematics.md, section 11.

References
----------
Land, A. H., Doig, A. G. (1960). An automatic method of solving discrete programming problems.
Econometrica 28, 497-520.
Tomlin, J. A. (1971). An improved node-and-bound method for integer programming. Operations
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

from matchmaker.chains.goals import Stage
from matchmaker.chains.program.outcome import StageOutcome
from matchmaker.chains.search.node_relaxation import (
    INTEGRAL,
    FixedBinaries,
    Node,
    NodeRelaxation,
    Program,
    RelaxedSolution,
)
from matchmaker.errors import OutOfTimeError

CANDIDATES = 3
"""Binaries at most that are tried before a node is divided by one."""

RELIABLE = 2
"""Trials each way after which the pseudo-cost of a binary is relied on."""

LEAST_GAIN = 1e-9
"""Least gain that counts, so that a binary that gains one way only is not worthless."""

KEPT_TREES = 4
"""Trees kept of a model: as many as most goals minimise stages before simplicity."""

MAX_FRACTIONAL = 200
"""Fractional binaries up to which a node is divided: beyond, HiGHS with cuts is faster."""

NODE_LIMIT = 1500
"""Relaxations at most from one chain to the next: then the tree is too wide to be worth it."""


class TooWideError(Exception):
    """A tree got too wide: HiGHS is faster. Never leaves this room."""


@dataclass(slots=True)
class PseudoCosts:
    """Mean rise of the bound for each unit that a binary was moved one way."""

    total: dict[int, float] = field(default_factory=dict)
    number: dict[int, int] = field(default_factory=dict)

    def note(self, binary: int, gain: float) -> None:
        """Note a trial."""
        self.total[binary] = self.total.get(binary, 0.0) + gain
        self.number[binary] = self.number.get(binary, 0) + 1

    def reliable(self, binary: int) -> bool:
        """Whether it was tried often enough."""
        return self.number.get(binary, 0) >= RELIABLE

    def expected(self, binary: int) -> float:
        """Mean of its trials, or of all trials where it had none."""
        if number := self.number.get(binary):
            return self.total[binary] / number
        return sum(self.total.values()) / max(1, sum(self.number.values()))


class BranchAndBound:
    """Tree of one program under one objective, the node of the lowest bound first."""

    def __init__(self) -> None:
        root = Node(FixedBinaries({}), frozenset(), -np.inf)
        root.fixed.open_nodes.append(root)
        self._heap: list[tuple[float, int, Node]] = []
        self._pushed = 0
        self._push(root)
        self._down, self._up = PseudoCosts(), PseudoCosts()
        self._left = NODE_LIMIT
        self._incumbent: StageOutcome | None = None
        self._generation = 0

    def tightened(self) -> None:
        """Note that a row of the program has become tighter: bounds hold, solutions may not."""
        self._generation += 1

    @property
    def untouched(self) -> bool:
        """Whether nothing was searched yet."""
        return self._pushed == 1

    def best(self, program: Program, no_goods: Sequence[frozenset[str]]) -> StageOutcome | None:
        """Best solution that contains none of the no-goods; None when there is none.

        Parameters
        ----------
        program
            The program, under all rows of the last call, or tighter ones, and perhaps more.
        no_goods
            Chains as sets of operations; those of the last call, and more.

        Raises
        ------
        TooWideError
            When `NODE_LIMIT` relaxations have not sufficed, or a node is too fractional.
        OutOfTimeError
            When time ran out before anything was found.
        UnstableError
            When the solver has no answer to a relaxation.
        """
        self._left, self._incumbent = NODE_LIMIT, None
        relaxation = NodeRelaxation(program, no_goods, self._generation)
        try:
            with relaxation.relaxed():
                return self._best(relaxation)
        except OutOfTimeError:
            if self._incumbent is None:
                raise
            return self._incumbent

    def _best(self, relaxation: NodeRelaxation) -> StageOutcome | None:
        """Work on the lowest node; it stays open until others are there in its place."""
        while self._heap:
            _, _, node = self._heap[0]
            solution = node.solution
            if node.closed:
                heappop(self._heap)
            elif solution is None or solution.stamp != relaxation.stamp:
                self._relax(relaxation, node)
                heappop(self._heap)
                self._push(node)
            elif len(solution.fractional):
                self._branch_on_binary(relaxation, node, solution)
            elif no_good := relaxation.contained(solution.columns):
                self._branch_on_no_good(relaxation, node, no_good)
            else:
                columns = solution.columns
                return StageOutcome(columns, relaxation.value(columns), node.bound, proven=True)
        return None

    def _push(self, node: Node) -> None:
        self._pushed += 1
        heappush(self._heap, (node.bound, self._pushed, node))

    def _relax(self, relaxation: NodeRelaxation, node: Node) -> bool:
        """Solve the relaxation of a node; whether it has a solution, else the node is closed."""
        self._left -= 1
        if self._left < 0:
            raise TooWideError
        value = relaxation.solve(node)
        if value is None:
            self._close(node)
            return False
        node.bound = max(node.bound, value)
        return True

    def _update_incumbent(
        self, relaxation: NodeRelaxation, node: Node, solution: RelaxedSolution
    ) -> None:
        """Keep the best solution that rounding gives, for when time runs out."""
        value, rounded = relaxation.value, relaxation.rounded(solution.columns, solution.fractional)
        kept = self._incumbent.columns if self._incumbent else None
        if rounded is not None and not relaxation.contained(rounded):
            kept = rounded if kept is None or value(rounded) < value(kept) else kept
        if kept is not None:  # No other node has a lower bound than this one.
            self._incumbent = StageOutcome(kept, value(kept), node.bound, proven=False)

    @staticmethod
    def _close(node: Node) -> None:
        node.closed = True
        node.fixed.open_nodes.remove(node)

    def _branch_on_binary(
        self, relaxation: NodeRelaxation, node: Node, solution: RelaxedSolution
    ) -> None:
        """Replace a node by two children, one for each value of the binary that gains most."""
        if len(solution.fractional) > MAX_FRACTIONAL:
            raise TooWideError
        self._update_incumbent(relaxation, node, solution)
        best: tuple[Node, ...] = ()
        most = -1.0
        columns = solution.columns
        for binary in self._candidates(solution):
            part = float(columns[binary])
            children = (
                self._child(relaxation, node, binary, 0.0, self._down, part),
                self._child(relaxation, node, binary, 1.0, self._up, 1 - part),
            )
            gain = _product_of_gains(node.bound, children)
            if gain > most:
                best, most = children, gain
            if gain == np.inf:
                break
        for child in best:
            if not child.closed:
                self._push(child)
        self._close(node)

    def _candidates(self, solution: RelaxedSolution) -> list[int]:
        """Binaries to try, the largest expected gain first; only one where that is reliable."""
        columns = solution.columns

        def expected(binary: int) -> float:
            part = float(columns[binary])
            down, up = self._down.expected(binary) * part, self._up.expected(binary) * (1 - part)
            return max(down, LEAST_GAIN) * max(up, LEAST_GAIN)

        ranked = sorted((int(one) for one in solution.fractional), key=expected, reverse=True)
        known = self._down.reliable(ranked[0]) and self._up.reliable(ranked[0])
        return ranked[: 1 if known else CANDIDATES]

    def _child(
        self,
        relaxation: NodeRelaxation,
        node: Node,
        binary: int,
        value: float,
        pseudo_costs: PseudoCosts,
        moved: float,
    ) -> Node:
        """The part of a node in which a binary has a value, relaxed."""
        fixed = FixedBinaries({**node.fixed.values, binary: value})
        child = Node(fixed, node.without, node.bound, node.basis)
        fixed.open_nodes.append(child)
        if self._relax(relaxation, child):
            pseudo_costs.note(binary, (child.bound - node.bound) / max(moved, INTEGRAL))
        return child

    def _branch_on_no_good(
        self, relaxation: NodeRelaxation, node: Node, no_good: frozenset[str]
    ) -> None:
        """Replace a node by children that leave out an operation of a no-good each.

        No child where another node of the same fixed binaries leaves out no more than it would.
        """
        self._left -= 1
        covered: set[str] = set()
        for other in node.fixed.open_nodes:
            rest = other.without - node.without
            if other is not node and len(rest) <= 1:
                covered |= rest or no_good
        bounds = relaxation.bounds_without(node, no_good - covered)
        for operation in sorted(no_good - covered):
            bound = max(node.bound, bounds.get(operation, node.bound))
            child = Node(node.fixed, node.without | {operation}, bound, node.basis)
            node.fixed.open_nodes.append(child)
            self._push(child)
        self._close(node)


@dataclass(frozen=True, slots=True)
class TreeKey:
    """What a tree minimises: a stage, its weights scaled, without some operations.

    `limits` are those of the stages that are held meanwhile, in order.
    """

    stage: Stage
    factor: float
    ruled_out: frozenset[str]
    limits: tuple[tuple[Stage, float], ...]

    def covers(self, other: TreeKey) -> bool:
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
    """The trees of a model that were searched last."""

    def __init__(self) -> None:
        self._trees: list[tuple[TreeKey, BranchAndBound]] = []

    def tree(self, key: TreeKey) -> BranchAndBound:
        """The tree that minimises this, begun if there is none."""
        for place, (other, tree) in enumerate(self._trees):
            if other.covers(key):
                if [limit for _, limit in other.limits] != [limit for _, limit in key.limits]:
                    tree.tightened()
                del self._trees[place]
                self._trees.append((key, tree))
                return tree
        tree = BranchAndBound()
        self._trees = [*self._trees[1 - KEPT_TREES :], (key, tree)]
        return tree

    def clear(self) -> None:
        """Forget all trees."""
        self._trees = []


def _product_of_gains(bound: float, children: Sequence[Node]) -> float:
    """Product of what two children gain over a bound; a closed one gains all."""
    gains = [np.inf if child.closed else child.bound - bound for child in children]
    return float(np.prod([max(gain, LEAST_GAIN) for gain in gains]))
