"""The smallest repairs of a gap: which constraints have to give way, and by how much.

Behind `relaxation`. For each gap of a chain: with every stage up to the one that counts the gap
no worse than it is, leave as little of the gap open as can be; then with as few slacks, then
with as little of them, then best for the goal. What comes of the actions is not read off that
program: the chain is composed anew with the actions taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import networkx as nx

from matchmaker.chains.changes import Repair, RepairAction
from matchmaker.chains.combined_goals import goal_named
from matchmaker.chains.goals import DELIVERY, Stage, imported_value
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import OperationKind, ProcessNetwork
from matchmaker.chains.result import Chain, Gap, Result
from matchmaker.chains.search.k_best import KBestSearch, Solution
from matchmaker.chains.what_if.constraints import MINIMUM_ORDER
from matchmaker.chains.what_if.elastic_network import (
    actions_of,
    apply,
    make_elastic,
    number_rows,
    required_operations,
)

MOST = 3
"""Repairs listed for a gap, unless asked otherwise."""

DIGITS = 6
"""Significant digits to which an amount is rounded up, so that it suffices as shown."""

NEGLIGIBLE = 1e-6
"""Part of a gap, or of a stage, that is rounding."""

ROUNDING = 1e-9
"""Part of an amount that is noise of the solver."""

EFFECTS = ("shortfall", "missing_value", "imported_value", "cost")


def find_repairs(result: Result, rank: int = 1, *, most: int = MOST) -> tuple[Repair, ...]:
    """Find the smallest repairs of every gap of a chain, or of a demand without one.

    Slacks: more capacity of an offer (units a year), more free hours (hours a year), a smaller
    minimum order, a certificate, an enterprise of a role that the limits leave out, one that
    they exclude, an excluded pair, more enterprises, one that is no longer required.

    Returns
    -------
    tuple of Repair
        Up to `most` for each gap, in the order of the gaps: the one that leaves least open, with
        the fewest actions, the smallest amounts (in RUB a year of work), the best chain. Each
        next one does without an action of every earlier one. A gap that no slack narrows has
        none, and neither has an import that the goal does not count before the cost: there it
        is a choice. Repairs that the goal would not use are left out.
    """
    chain = result.chains[rank - 1] if result.chains else None
    workshop = _RepairSearch(result, chain)
    gaps = chain.gaps if chain else result.gaps
    return tuple(repair for gap in gaps for repair in workshop.repairs(gap, most))


@dataclass(frozen=True, slots=True)
class _Found:
    """Slacks that a solution of the relaxed program uses."""

    slacks: tuple[str, ...]
    actions: tuple[RepairAction, ...]


class _RepairSearch:
    """The relaxed program of one result, kept for all its gaps."""

    def __init__(self, result: Result, chain: Chain | None) -> None:
        self._result = result
        self._chain = chain
        self._relaxation = make_elastic(result.graph, result.demands, result.limits)
        self._network = maximal_structure(self._relaxation.network)
        self._taken: dict[tuple[RepairAction, ...], tuple[ProcessNetwork, Solution | None]] = {}
        self._gaps = chain.gaps if chain else ()
        self._stages = goal_named(result.goal)(self._network)[:-1]
        required = required_operations(self._relaxation)
        self._search = KBestSearch(
            self._network, self._stages, self._relaxation.limits, alone=required
        )
        self._numbers = [*number_rows(self._relaxation, self._search.model.largest)]
        self._upper = {o.id: o.upper for o in self._network.operations}
        self._values = _values(chain, len(self._relaxation.whole.demand))

    def repairs(self, gap: Gap, most: int) -> Iterator[Repair]:
        """Repairs of a gap that the goal would use, best first."""
        rank = 1
        for found in self._smallest(gap, most):
            repair = self._take(gap, rank, found.actions)
            if repair is not None:
                yield repair
                rank += 1

    def _smallest(self, gap: Gap, most: int) -> Iterator[_Found]:
        opened = Stage("open", gap.unit, _open_units(self._network, gap.kind, gap.item))
        stages = self._held(gap)
        if not stages:
            return
        held = [*stages, *self._others(gap), *self._numbers, self._at_least_one()]
        cuts: list[frozenset[str]] = []
        for _ in range(most):
            found = self._next(gap, opened, held)
            if found is None:
                break
            yield found
            cuts.append(self._search.solver.add_cut(found.slacks))
        for cut in reversed(cuts):
            self._search.solver.remove_cut(cut)

    def _next(self, gap: Gap, opened: Stage, held: Sequence[tuple[Stage, float]]) -> _Found | None:
        """The smallest repair that is left; None when nothing narrows the gap any more."""
        narrowest = self._search.best_while(held, [opened])
        if narrowest is None:
            return None
        least = narrowest.stages[0].value
        if least >= gap.quantity * (1 - NEGLIGIBLE):
            return None
        smallest = self._search.best_while(
            [*held, (opened, least)], [self._count(), self._amount(), *self._stages]
        )
        return self._found(smallest or narrowest)

    def _found(self, solution: Solution) -> _Found:
        used = [*actions_of(self._relaxation, solution.quantities)]
        actions = [RepairAction(c, _rounded_up(amount)) for _, c, amount in used]
        return _Found(
            tuple(sorted(slack for slack, _, _ in used)),
            tuple(sorted(actions, key=lambda action: action.constraint.id)),
        )

    def _held(self, gap: Gap) -> list[tuple[Stage, float]]:
        """Stages up to the one that counts the gap, with what they come to now."""
        held = []
        for stage in self._stages:
            if stage.name in self._values:
                held.append((stage, self._values[stage.name]))
            if self._counts(stage, gap):
                return held
        return []

    def _others(self, gap: Gap) -> Iterator[tuple[Stage, float]]:
        """What stays open of other items, no more of each than now.

        Else a slack could close one gap at the expense of another. Only parts of the item may be
        imported in its place. Where a demand is unmet, it comes before anything missing in it.
        """
        whole = self._relaxation.whole
        demanded = {whole.item_of(node) for node in whole.demand}
        spared = {gap.item}
        if gap.kind is OperationKind.IMPORT:
            spared |= _below(self._network, gap.item)
        limited = {(o.kind, o.item): 0.0 for o in self._network.operations if o.kind is gap.kind}
        limited |= {(one.kind, one.item): one.quantity for one in self._gaps}
        for (kind, item), quantity in sorted(limited.items()):
            left_out = gap.item in demanded and item not in demanded
            if kind is gap.kind and item not in spared and not left_out:
                weights = _open_units(self._network, kind, item)
                yield Stage("open elsewhere", "", weights), quantity

    def _counts(self, stage: Stage, gap: Gap) -> bool:
        """Whether a stage other than the cost is the first to count what is open of a gap."""
        if stage.name == "cost":
            return False
        return any(
            stage.quantity.get(id, 0.0) > 0 for id in _open_units(self._network, gap.kind, gap.item)
        )

    def _at_least_one(self) -> tuple[Stage, float]:
        return Stage("no repair", "count", use=dict.fromkeys(self._slacks(), -1.0)), -1.0

    def _count(self) -> Stage:
        return Stage("actions", "count", use=dict.fromkeys(self._slacks(), 1.0))

    def _amount(self) -> Stage:
        """RUB a year of work that the slacks add; of minimum orders, what is waived of them."""
        relaxation = self._relaxation
        quantity, use = dict[str, float](), dict[str, float]()
        for slack in self._slacks():
            weight, kind = relaxation.weights[slack], relaxation.slacks[slack].kind
            if kind == MINIMUM_ORDER:
                use[slack], quantity[slack] = weight * self._upper[slack], -weight
            elif weight:
                quantity[slack] = weight
        return Stage("amount", "RUB/yr", quantity, use)

    def _slacks(self) -> list[str]:
        return [o.id for o in self._network.operations if o.id in self._relaxation.slacks]

    def _take(self, gap: Gap, rank: int, actions: tuple[RepairAction, ...]) -> Repair | None:
        """What comes of actions: the chain composed anew; None when the goal leaves them be."""
        network, solution = self._composed(actions)
        after = _rest(network, gap, solution) if solution else gap.quantity
        if solution is None or after >= gap.quantity * (1 - NEGLIGIBLE):
            return None
        if not self._improves(solution):
            return None
        return Repair(
            item=gap.item,
            kind=gap.kind,
            rank=rank,
            actions=actions,
            before=gap.quantity,
            after=after,
            unit=gap.unit,
            differences=self._differences(network, solution),
        )

    def _composed(
        self, actions: tuple[RepairAction, ...]
    ) -> tuple[ProcessNetwork, Solution | None]:
        """The problem with the actions taken, and the best chain of it."""
        if actions not in self._taken:
            network, limits = apply(self._relaxation, actions)
            trimmed = maximal_structure(network)
            stages = goal_named(self._result.goal)(trimmed)[:-1]
            self._taken[actions] = trimmed, KBestSearch(trimmed, stages, limits).best()
        return self._taken[actions]

    def _improves(self, solution: Solution) -> bool:
        for stage in solution.stages:
            before = self._values.get(stage.name, 0.0)
            if abs(stage.value - before) > NEGLIGIBLE * max(1.0, abs(before)):
                return stage.value < before
        return False

    def _differences(
        self, network: ProcessNetwork, solution: Solution
    ) -> tuple[tuple[str, float], ...]:
        after = {stage.name: stage.value for stage in solution.stages}
        imported = imported_value(network).value(solution.quantities, (), ())
        after.setdefault("imported_value", imported)
        before = dict(self._values)
        if self._chain:
            before["imported_value"] = self._chain.imported_value
        return tuple((name, after[name] - before.get(name, 0.0)) for name in EFFECTS)


def _values(chain: Chain | None, demands: int) -> Mapping[str, float]:
    """What the stages come to: of no chain at all, nothing is delivered."""
    if chain is None:
        return {DELIVERY[0]: float(demands)}
    return {stage.name: stage.value for stage in chain.stages}


def _open_units(network: ProcessNetwork, kind: OperationKind, item: str) -> dict[str, float]:
    """Weights that add up to what is imported, or missing, of an item."""
    return {o.id: 1.0 for o in network.operations if o.kind is kind and o.item == item}


def _below(network: ProcessNetwork, item: str) -> set[str]:
    """Items that bringing forth an item may take, directly or one through another."""
    taken: nx.DiGraph[str] = nx.DiGraph(
        (o.item, network.item_of(node)) for o in network.operations for node, _ in o.consumes
    )
    return nx.descendants(taken, item) if item in taken else set()


def _rest(network: ProcessNetwork, gap: Gap, solution: Solution) -> float:
    open_units = _open_units(network, gap.kind, gap.item)
    rest = sum((solution.quantities.get(id, 0.0) for id in open_units), 0.0)
    return rest if rest > NEGLIGIBLE * gap.quantity else 0.0


def _rounded_up(amount: float) -> float:
    """Amount with few digits that is not less, rounding noise aside."""
    if amount <= 0:
        return 0.0
    digits = DIGITS - 1 - floor(log10(amount))
    return float(ceil(amount * 10.0**digits * (1 - ROUNDING)) / 10.0**digits)
