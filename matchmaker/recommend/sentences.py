"""What would change a chain, in sentences that `explain` and the dossier share.

Behind `chains`. Names come from the graph; without one, ids stand for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from matchmaker.chains import (
    Binding,
    Chain,
    Constraint,
    DropOut,
    NewGap,
    PriceRange,
    Repair,
    RepairAction,
    RivalPrice,
)
from matchmaker.chains.goals import SIMPLICITY
from matchmaker.chains.network.assemble import possible_steps
from matchmaker.codebook import (
    MINUS,
    format_money,
    format_number,
    format_price,
    format_quantity,
    format_share,
    processes,
    say,
)
from matchmaker.graph import label_of

SHORTFALL = "shortfall"
NEGLIGIBLE = {"RUB/yr": 0.5, "share": 5e-7, "count": 0.5, "days": 0.5, "points": 5e-7}
"""Differences by unit of the stage that are none to a reader."""

EFFECTS = {"shortfall": "share"}
"""Units of the effects of a repair that are no money."""


class Sentences:
    """Phrases about the records of `explain_result`, with the names of one graph.

    Parameters
    ----------
    graph
        Graph that knows the names, if any.
    lang
        "ru" or "en".
    """

    def __init__(self, graph: nx.MultiDiGraph[str] | None, lang: str) -> None:
        self.lang = lang
        self.graph: nx.MultiDiGraph[str] = nx.MultiDiGraph() if graph is None else graph
        self.steps = possible_steps(self.graph)

    def name(self, id: str) -> str:
        """Name of an item, enterprise or process."""
        kind, _, code = id.partition(":")
        if kind == "process" and code in processes():
            return processes()[code].name(self.lang)
        return label_of(self.graph, id, self.lang)

    def say(self, key: str, **blanks: object) -> str:
        """Phrase of the codebook with its blanks filled in."""
        return say(key, self.lang, **blanks)

    def money(self, value: float) -> str:
        """Sum in roubles."""
        return format_money(value, self.lang)

    def share(self, value: float | None) -> str:
        """Share in per cent."""
        return format_share(value, self.lang)

    def quantity(self, amount: float, unit: str) -> str:
        """Amount with the sign of its unit."""
        return format_quantity(amount, unit, self.lang)

    def maker(self, operation: str) -> str:
        """Who does an operation: an enterprise, a market, import or nobody."""
        step = self.steps.get(operation)
        if step is None:
            return operation
        if step.enterprise:
            return self.name(step.enterprise)
        return self.say(f"advice.supply.{step.kind}")

    def action(self, action: RepairAction) -> str:
        """What has to give way, and by how much."""
        return self._constraint("action", action.constraint, action.amount)

    def repair(self, repair: Repair) -> str:
        """Actions that close a gap, or narrow it, and what the chain becomes."""
        key = "advice.repair" if repair.closes else "advice.repair-part"
        return self.say(
            key,
            actions=self.say("advice.and").join(map(self.action, repair.actions)),
            after=self.quantity(repair.after, repair.unit),
            changes=self.effects(repair) or self.say("advice.no-change"),
        )

    def effects(self, repair: Repair) -> str:
        """What the chain becomes by a repair; "" where nothing changes."""
        units = {name: EFFECTS.get(name, "RUB/yr") for name, _ in repair.differences}
        return self.changes(repair.differences, units)

    def binding(self, binding: Binding, chain: Chain) -> str:
        """A bound that is reached, and what one unit more is worth."""
        kind = binding.constraint.kind
        changes = self.changes(binding.differences, _units(chain))
        return self.say(
            "advice.binding",
            bound=self._constraint("bound", binding.constraint, binding.bound),
            relaxed=self.say(f"advice.relaxed.{kind}", unit=self._unit(binding.constraint)),
            changes=changes or self.say("advice.no-change"),
        )

    def dropout(self, dropout: DropOut, chain: Chain) -> str:
        """What the best chain without an enterprise costs more."""
        return self.say(
            "advice.dropout",
            name=self.name(dropout.enterprise),
            items=", ".join(map(self.name, dropout.items)),
            changes=self.loss(dropout, chain),
        )

    def loss(self, dropout: DropOut, chain: Chain) -> str:
        """Differences stage by stage; when less is delivered, the sums no longer compare."""
        if not dropout.differences:
            return self.say("advice.nothing-delivered")
        units = _units(chain)
        lost = dict(dropout.differences).get(SHORTFALL, 0.0)
        told = dropout.differences
        if lost > NEGLIGIBLE["share"]:
            told = ((SHORTFALL, lost),)
        return self.changes(told, units) or self.say("advice.no-change")

    def new_gaps(self, gaps: Iterable[NewGap]) -> list[str]:
        """What becomes missing or imported, with quantities."""
        return [
            self.say(
                f"advice.new-gap.{gap.kind}",
                item=self.name(gap.item),
                quantity=self.quantity(gap.quantity, gap.unit),
            )
            for gap in gaps
        ]

    def price(self, price: PriceRange) -> str:
        """Up to which price, and from which on, the chain stays as it is; "" at any price."""
        told = []
        if price.high is not None:
            key = "advice.price-high" if price.above else "advice.price-high-less"
            told.append(
                self.say(
                    key,
                    price=self.each(price.price),
                    high=self.each(price.high),
                    names=self._successors(price.above),
                )
            )
        if price.low is not None:
            told.append(self.say("advice.price-low", low=self.each(price.low)))
        return " ".join(told)

    def rival(self, rival: RivalPrice) -> str:
        """Below which price a rival comes in; "" when no price would bring it in."""
        if rival.wins_below is None:
            return ""
        return self.say(
            "advice.rival-price",
            name=_capital(self.maker(rival.rival)),
            below=self.each(rival.wins_below),
            price=self.each(rival.price),
        )

    def changes(self, differences: Iterable[tuple[str, float]], units: Mapping[str, str]) -> str:
        """Stages that change, and by how much; "" when none does."""
        return ", ".join(
            f"{self.say(f'stage.{name}')} {stage_change(change, units[name], self.lang)}"
            for name, change in differences
            if name != SIMPLICITY and abs(change) > NEGLIGIBLE[units[name]]
        )

    def cost_change(self, change: float) -> str:
        """Whether costs rise or fall, and by how much a year."""
        if abs(change) < NEGLIGIBLE["RUB/yr"]:
            return self.say("explain.cost-stays")
        key = "explain.cost-rises" if change > 0 else "explain.cost-falls"
        return self.say(key, value=self.money(abs(change)))

    def each(self, price: float) -> str:
        """Price of a unit, to the kopeck."""
        return format_price(price, self.lang)

    def _successors(self, operations: Iterable[str]) -> str:
        return ", ".join(dict.fromkeys(map(self.maker, operations)))

    def _constraint(self, what: str, constraint: Constraint, amount: float) -> str:
        subject = constraint.subject
        return self.say(
            f"advice.{what}.{constraint.kind}",
            name=self.name(constraint.enterprise or ""),
            subject=self.name(subject) if ":" in subject else subject,
            amount=self._amount(constraint, amount),
        )

    def _amount(self, constraint: Constraint, amount: float) -> str:
        if constraint.unit in ("", "count"):
            return format_number(amount, self.lang)
        return self.quantity(amount, constraint.unit)

    def _unit(self, constraint: Constraint) -> str:
        return self._amount(constraint, 1.0)


def stage_value(value: float, unit: str, lang: str) -> str:
    """Value of a stage in its unit."""
    if unit == "share":
        return format_share(value, lang)
    return format_money(value, lang) if unit == "RUB/yr" else format_number(value, lang)


def stage_change(difference: float, unit: str, lang: str) -> str:
    """What a stage gains or loses, with its sign."""
    return ("+" if difference > 0 else MINUS) + stage_value(abs(difference), unit, lang)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _units(chain: Chain) -> dict[str, str]:
    return {stage.name: stage.unit for stage in chain.stages}
