"""Whom to invite: the exact best set of interested enterprises, and what each is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isclose

import networkx as nx

from matchmaker.chains import Chain, Demand, Limits, OperationKind, Variants, build_variants, solve
from matchmaker.chains.demand import is_whole
from matchmaker.errors import BadValueError
from matchmaker.graph import nodes_of
from matchmaker.model import Role
from matchmaker.recommend.records import Contribution, Evidence, Recommendation

OPEN = "open"
"""Contribution: value of an item that is imported or missing without the enterprise."""

CENT = 0.005
"""RUB per year below which a difference is rounding."""

ROUNDING = 1e-9
"""Difference of a stage, relative or in its unit, that is none."""

NO_LIMITS = Limits()
NOBODY = frozenset[str]()


def recommend_members(
    graph: nx.MultiDiGraph[str],
    demands: Demand | Sequence[Demand],
    *,
    invite: int = 1,
    limits: Limits = NO_LIMITS,
) -> list[Recommendation]:
    """Rank the interested enterprises by what inviting them is worth.

    The best set of at most `invite` enterprises is found exactly, all demands together.
    The value of an enterprise is what its presence changes, given the others of the best
    set: with and without it, both solved to optimality (goal localisation). A product that
    cannot be made is imported whole where it has an import price.

    Parameters
    ----------
    graph
        Graph of `build_graph`.
    demands
        What the cluster is to make, units per year.
    invite
        How many enterprises may be invited at most.
    limits
        Further limits on those chains; their roles are overruled. Interested enterprises
        that they require take part in any case, so they are not ranked.

    Returns
    -------
    list of Recommendation
        One for every interested enterprise: first the best set, by value, then the others;
        of those that close as much, first who saves more. `value` is in RUB per year: how much
        less is imported or missing. `figures` has `invited` (1 or 0), `alone` (value when it
        alone is invited), `set` (value of the whole best set), and `cost`, `alone_cost` and
        `set_cost`: how the chains' cost changes by it given the others of the set, by it alone,
        and by the whole set.

    Raises
    ------
    BadValueError
        When `invite` is below 1.
    UnknownItemError, UnknownEnterpriseError
        When a name is not known.
    """
    if not (is_whole(invite) and invite >= 1):
        raise BadValueError(f"Expected to invite at least 1 enterprise, found {invite!r}.")
    asked = (demands,) if isinstance(demands, Demand) else tuple(demands)
    coalitions = _coalition_values(graph, asked, limits)
    members = _MemberValues(coalitions, coalitions.best_set(invite), invite)
    advice = [members.advise(enterprise) for enterprise in coalitions.interested]
    advice.sort(key=_order)
    return [replace(one, rank=rank) for rank, one in enumerate(advice, start=1)]


def _order(advice: Recommendation) -> tuple[float | str, ...]:
    """The best set first, then by what closes most; of those alike, by what saves most."""
    figures = advice.figures
    given = -round(advice.value, 2), round(figures["cost"], 2)
    alone = -round(figures["alone"], 2), round(figures["alone_cost"], 2)
    return -figures["invited"], *given, *alone, advice.subject


@dataclass(frozen=True, slots=True)
class _Balance:
    """What stays open, by item, and what the chains cost, both RUB per year."""

    open: dict[str, float]
    cost: float
    chain: Chain | None

    @property
    def total(self) -> float:
        return sum(self.open.values())

    def equals(self, other: _Balance) -> bool:
        """Whether both chains reach the same in every stage that both have."""
        if self.chain is None or other.chain is None:
            return self.chain is other.chain
        return all(
            isclose(one.value, two.value, rel_tol=ROUNDING, abs_tol=ROUNDING)
            for one, two in zip(self.chain.stages, other.chain.stages, strict=False)
        )


class _CoalitionValues:
    """Solves the same demands for different sets of invited enterprises, each set once.

    Parameters
    ----------
    variants
        The problem, for any set of enterprises.
    interested
        Enterprises that may be invited or not.
    required
        Enterprises that are invited in any case.
    """

    def __init__(
        self, variants: Variants, interested: tuple[str, ...], required: frozenset[str]
    ) -> None:
        self.variants = variants
        self.interested = interested
        self.required = required
        self._balances: dict[frozenset[str], _Balance] = {}
        self._suspects: dict[frozenset[str], frozenset[str]] = {}

    def best_set(self, invite: int) -> frozenset[str]:
        """Interested enterprises of the best chain with at most `invite` of them."""
        problem = self.variants.without(())
        limits = replace(problem.limits, max_interested=invite + len(self.required))
        chosen = solve(replace(problem, limits=limits)).chains
        return frozenset(chosen[0].enterprises if chosen else ()) & set(self.interested)

    def balance(self, invited: frozenset[str]) -> _Balance:
        """What stays open when exactly these enterprises may join the members."""
        if invited not in self._balances:
            self._balances[invited] = self._balance(invited)
        return self._balances[invited]

    def joined(self, given: frozenset[str], enterprise: str) -> _Balance:
        """Balance of the given ones and one more; the one of the given where nothing changes."""
        if given not in self._suspects:
            self._suspects[given] = self._find_suspects(given)
        before = self.balance(given)
        if enterprise not in self._suspects[given]:
            return before
        after = self.balance(given | {enterprise})
        return before if after.equals(before) else after

    def _find_suspects(self, given: frozenset[str]) -> frozenset[str]:
        """Interested enterprises of which one may change something next to the given ones.

        More enterprises only add ways. So once all that are left change no stage together,
        none of them would alone. Until then the chain that they make possible uses some of
        them: those may matter, and the others are asked again without them. That chain is
        the cheapest, so it uses nobody idly.
        """
        before = self.balance(given)
        left = (self.variants.makers() & frozenset(self.interested)) - given
        suspects = frozenset[str]()
        while left:
            together = self.balance(given | left)
            used = frozenset(together.chain.enterprises if together.chain else ()) & left
            if not used or together.equals(before):
                break
            suspects |= used
            left -= used
        return suspects

    def _balance(self, invited: frozenset[str]) -> _Balance:
        problem = self.variants.without(frozenset(self.interested) - invited)
        result = solve(problem.without_simplicity())
        chain = result.chains[0] if result.chains else None
        left: dict[str, float] = defaultdict(float)
        for gap in chain.gaps if chain else result.gaps:
            left[gap.item] += gap.value
        return _Balance(dict(left), chain.cost if chain else 0.0, chain)


def _coalition_values(
    graph: nx.MultiDiGraph[str], demands: tuple[Demand, ...], limits: Limits
) -> _CoalitionValues:
    enterprises = nodes_of(graph, "enterprise").items()
    every = [e for e, attributes in enterprises if attributes["role"] == Role.INTERESTED]
    needed = limits.require | {enterprise for enterprise, _ in limits.require_pairs}
    settled = limits.exclude | needed
    eligible = replace(limits, roles=frozenset({Role.MEMBER, Role.INTERESTED}), buy_products=True)
    return _CoalitionValues(
        variants=build_variants(graph, demands, limits=eligible),
        interested=tuple(enterprise for enterprise in every if enterprise not in settled),
        required=needed & set(every),
    )


class _MemberValues:
    """What each enterprise is worth alone, and next to the best set of at most `invite`."""

    def __init__(self, values: _CoalitionValues, best: frozenset[str], invite: int) -> None:
        self._values = values
        self._best = best
        self._full = len(best) == invite
        self._whole = values.balance(best)

    def advise(self, enterprise: str) -> Recommendation:
        """Recommendation on one enterprise, not ranked yet."""
        absent, present = self._difference(enterprise)
        nobody = self._values.balance(NOBODY)
        alone = self._values.joined(NOBODY, enterprise)
        contributions = savings(absent.open, present.open)
        return Recommendation(
            rank=0,
            kind="member",
            subject=enterprise,
            value=sum((part.value for part in contributions), 0.0),
            unit="RUB/yr",
            contributions=contributions,
            evidence=_evidence(enterprise, present.chain),
            conditions=tuple(
                one
                for one in (present.chain.conditions if present.chain else ())
                if one.enterprise == enterprise
            ),
            figures={
                "invited": float(enterprise in self._best),
                "alone": nobody.total - alone.total,
                "set": nobody.total - self._whole.total,
                "cost": present.cost - absent.cost,
                "alone_cost": alone.cost - nobody.cost,
                "set_cost": self._whole.cost - nobody.cost,
            },
        )

    def _difference(self, enterprise: str) -> tuple[_Balance, _Balance]:
        """Without the enterprise and with it, the others of the best set given.

        Where the best set has room left, whoever is not in it would have changed nothing.
        """
        if enterprise in self._best:
            return self._values.balance(self._best - {enterprise}), self._whole
        if not self._full:
            return self._whole, self._whole
        return self._whole, self._values.joined(self._best, enterprise)


def savings(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Contribution, ...]:
    """How much less stays open of each item, RUB per year, the most first; kopecks not."""
    parts = [
        Contribution(OPEN, item, before.get(item, 0.0) - after.get(item, 0.0))
        for item in sorted({*before, *after})
    ]
    telling = [part for part in parts if abs(part.value) >= CENT]
    return tuple(sorted(telling, key=lambda part: (-part.value, part.subject)))


def _evidence(enterprise: str, chain: Chain | None) -> tuple[Evidence, ...]:
    """What the enterprise makes in the chain that has it."""
    return tuple(
        Evidence(enterprise, s.item, s.kind, s.quantity, s.unit, dict(s.cells))
        for s in (chain.steps if chain else ())
        if s.enterprise == enterprise and s.kind in {OperationKind.MAKES, OperationKind.COULD_MAKE}
    )
