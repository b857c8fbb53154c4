"""Whom to invite: the exact best set of interested enterprises, and what each is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import networkx as nx

from matchmaker.chains import Chain, Demand, Kind, Limits, Result, compose_chains
from matchmaker.graph import nodes_of
from matchmaker.model import Role
from matchmaker.recommend.records import Contribution, Evidence, Recommendation

OPEN = "open"
"""Contribution: value of an item that is imported or missing without the enterprise."""

CENT = 0.005
"""RUB per year below which a difference is rounding."""

NO_LIMITS = Limits()


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
        Further limits on those chains; their roles are overruled.

    Returns
    -------
    list of Recommendation
        One for every interested enterprise: first the best set, by value, then the others.
        `value` is in RUB per year: how much less is imported or missing. `measures` has
        `invited` (1 or 0), `alone` (value when it alone is invited), `set` (value of the whole
        best set), and `cost` (change of the chains' cost, given the others of the set).

    Raises
    ------
    ValueError
        When `invite` is below 1.
    UnknownItemError, UnknownEnterpriseError
        When a name is not known.
    """
    if invite < 1:
        raise ValueError(f"Expected to invite at least 1 enterprise, found {invite}.")
    asked = (demands,) if isinstance(demands, Demand) else tuple(demands)
    council = _Council(graph, asked, limits)
    base = council.balance(frozenset())
    best = council.best_set(invite)
    whole = council.balance(best)
    advice = [
        _advise(council, enterprise, best, base, whole) for enterprise in council.interested()
    ]
    advice.sort(key=lambda a: (-a.measures["invited"], -a.value, -a.measures["alone"], a.subject))
    return [replace(one, rank=rank) for rank, one in enumerate(advice, start=1)]


@dataclass(frozen=True, slots=True)
class _Balance:
    """What stays open, by item, and what the chains cost, both RUB per year."""

    open: dict[str, float]
    cost: float
    chain: Chain | None

    @property
    def total(self) -> float:
        return sum(self.open.values())


@dataclass(frozen=True, slots=True)
class _Council:
    """Solves the same demands for different sets of invited enterprises."""

    graph: nx.MultiDiGraph[str]
    demands: tuple[Demand, ...]
    limits: Limits

    def interested(self) -> list[str]:
        enterprises = nodes_of(self.graph, "enterprise").items()
        return [
            enterprise
            for enterprise, attributes in enterprises
            if attributes["role"] == Role.INTERESTED and enterprise not in self.limits.exclude
        ]

    def best_set(self, invite: int) -> frozenset[str]:
        """Interested enterprises of the best chain with at most `invite` of them."""
        chosen = self._compose(frozenset(self.interested()), invite)
        used = chosen.chains[0].enterprises if chosen.chains else ()
        return frozenset(used) & frozenset(self.interested())

    def balance(self, invited: frozenset[str]) -> _Balance:
        """What stays open when exactly these enterprises may join the members."""
        result = self._compose(invited, None)
        chain = result.chains[0] if result.chains else None
        left: dict[str, float] = defaultdict(float)
        for gap in chain.gaps if chain else result.gaps:
            left[gap.item] += gap.value
        return _Balance(dict(left), chain.cost if chain else 0.0, chain)

    def _compose(self, invited: frozenset[str], at_most: int | None) -> Result:
        limits = replace(
            self.limits,
            roles=frozenset({Role.MEMBER, Role.INTERESTED}),
            exclude=self.limits.exclude | (frozenset(self.interested()) - invited),
            max_interested=at_most,
            buy_products=True,
        )
        return compose_chains(self.graph, self.demands, limits=limits)


def _advise(
    council: _Council, enterprise: str, best: frozenset[str], base: _Balance, whole: _Balance
) -> Recommendation:
    alone = council.balance(frozenset({enterprise}))
    invited = enterprise in best
    present = whole if invited else council.balance(best | {enterprise})
    absent = council.balance(best - {enterprise}) if invited else whole
    contributions = _contributions(absent, present)
    return Recommendation(
        rank=0,
        kind="member",
        subject=enterprise,
        value=sum((part.value for part in contributions), 0.0),
        unit="RUB/yr",
        contributions=contributions,
        evidence=_evidence(enterprise, present.chain),
        measures={
            "invited": float(invited),
            "alone": base.total - alone.total,
            "set": base.total - whole.total,
            "cost": present.cost - absent.cost,
        },
    )


def _contributions(absent: _Balance, present: _Balance) -> tuple[Contribution, ...]:
    parts = [
        Contribution(OPEN, item, absent.open.get(item, 0.0) - present.open.get(item, 0.0))
        for item in sorted(set(absent.open) | set(present.open))
    ]
    telling = [part for part in parts if abs(part.value) >= CENT]
    return tuple(sorted(telling, key=lambda part: (-part.value, part.subject)))


def _evidence(enterprise: str, chain: Chain | None) -> tuple[Evidence, ...]:
    """What the enterprise makes in the chain that has it."""
    return tuple(
        Evidence(enterprise, s.item, s.kind, s.quantity, s.unit, dict(s.cells))
        for s in (chain.steps if chain else ())
        if s.enterprise == enterprise and s.kind in {Kind.MAKES, Kind.COULD_MAKE}
    )
