"""View: one result as plain rows in words and numbers, ready for a template.

Behind `names`; `compare` and `advice` add what weighs chains against each other and whom
to invite. Money is RUB per year, shares lie in [0, 1]; nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matchmaker.chains import Chain, Demand, Limits, OperationKind, Repair, Result, Status, Step
from matchmaker.codebook import format_day, format_quantity, reason
from matchmaker.conditions import Condition
from matchmaker.model import Role
from matchmaker.recommend import (
    explain_start_up,
    explain_way,
    gaps_of,
    tell_certain,
    tell_conditions,
)
from matchmaker.recommend.sentences import SHORTFALL
from matchmaker.report.compare import (
    AlternativeRow,
    DropOutRow,
    Rival,
    StageRow,
    alternative_rows,
    dropout_rows,
    goal_words,
    rivals,
    stage_rows,
    verdict,
)
from matchmaker.report.flow import Diagram, chain_diagram
from matchmaker.report.method import find_left_out, list_assumptions
from matchmaker.report.names import Names, cell_groups

SPENDING = ("member", "interested", "external", "domestic", "import")
"""Tones of steps that cost something, in the order in which they are added up."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the chain: who brings forth how much of what, and where that was read."""

    item: str
    maker: str
    tone: str
    learning: bool
    alternative: str
    quantity: str
    price: float
    value: float
    fixed_cost: float
    load: float | None
    confidence: float | None
    certificates_missing: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """An enterprise of the chain with all it makes; value in RUB per year."""

    name: str
    tone: str
    role: str
    region: str
    items: tuple[str, ...]
    value: float
    share: float
    involvement: float


@dataclass(frozen=True, slots=True)
class RepairRow:
    """What would have to give way, what the chain becomes, and what stays open, if anything."""

    actions: tuple[str, ...]
    changes: str
    rest: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """What is imported or missing, why, who might close it, and what would have to give way."""

    item: str
    tone: str
    quantity: str
    value: float
    reasons: tuple[str, ...]
    closers: tuple[str, ...]
    repairs: tuple[RepairRow, ...]


@dataclass(frozen=True, slots=True)
class FreightRow:
    """Carriage of an item; road kilometres, RUB per year."""

    item: str
    source: str
    target: str
    quantity: str
    distance: float
    cost: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Headline of a chain; `before` is the stated domestic share, None when not stated.

    `before` and `after` speak of the same demand: units made in the country today count alike
    in both, and those imported today as the chain would make them. Without a stated share
    `after` is that of the chain itself, `localisation`.

    `import_today` is the value of the finished products imported today where that share
    is stated, or else of all that are demanded; `import_then` what the same units import once
    the chain makes them. Both None where they would not compare.
    """

    quantity: str
    before: float | None
    after: float | None
    localisation: float | None
    cooperation: float | None
    imported: float
    missing: float
    cost: float
    unit_cost: float | None
    import_today: float | None
    import_then: float | None
    enterprises: int
    members: int
    interested: int


@dataclass(frozen=True, slots=True)
class Section:
    """All that the page says about one result; what speaks of its chain is empty without one."""

    title: str
    asked: tuple[str, ...]
    goal: str
    verdict: str
    gaps: tuple[GapRow, ...]
    rivals: tuple[Rival, ...]
    left_out: tuple[str, ...]
    not_needed: int
    operations: tuple[int, int]
    chain: Chain | None = None
    proven: bool = False
    conditions: tuple[str, ...] = ()
    certain: str = ""
    lacking: tuple[str, ...] = ()
    uncertified: tuple[str, ...] = ()
    figures: Figures | None = None
    spending: tuple[tuple[str, float], ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    diagram: Diagram | None = None
    steps: tuple[StepRow, ...] = ()
    way: str = ""
    start_up: str = ""
    partners: tuple[PartnerRow, ...] = ()
    alternatives: tuple[AlternativeRow, ...] = ()
    bounds: tuple[str, ...] = ()
    dropouts: tuple[DropOutRow, ...] = ()
    freight: tuple[FreightRow, ...] = ()
    stages: tuple[StageRow, ...] = ()
    assumptions: tuple[str, ...] = ()


def view_section(
    result: Result,
    lang: str,
    *,
    stated_import_share: Mapping[str, float],
    explained: Sequence[Chain],
) -> Section:
    """Show one result: its best chain in full, the others beside it.

    Parameters
    ----------
    stated_import_share
        Imported part of today's consumption by item, in [0, 1].
    explained
        Chains of `explain_alternatives`; the one of this result is found by its id.
    """
    names = Names(result, lang)
    best = result.chains[0] if result.chains else None
    chain = next((c for c in explained if best and c.id == best.id and c.runners_up), best)
    left_out, not_needed = find_left_out(result, names)
    section = Section(
        title=", ".join(names.label(demand.item) for demand in result.demands),
        asked=_asked_for(result, names),
        goal=goal_words(result.goal, names),
        verdict=verdict(chain, names),
        conditions=tuple(tell_conditions(_open_to(result), best, result.graph, lang)),
        certain=tell_certain(result, lang),
        gaps=_gaps(result, chain, names),
        rivals=rivals(result, names),
        left_out=left_out,
        not_needed=not_needed,
        operations=result.operations,
    )
    return _with_chain(section, chain, names, stated_import_share) if chain else section


def _with_chain(
    section: Section, chain: Chain, names: Names, stated: Mapping[str, float]
) -> Section:
    """The section with all that it says about its chain."""
    graph, lang = names.result.graph, names.lang
    return replace(
        section,
        chain=chain,
        proven=chain.status is Status.OPTIMAL,
        lacking=_lacking(chain, names),
        uncertified=_uncertified(chain, names),
        figures=_figures(names.result, chain, names, stated),
        spending=spending(chain, names),
        shares=shares(chain, names),
        diagram=chain_diagram(chain, names),
        steps=_steps(chain, names),
        way=explain_way(chain, graph, lang),
        start_up=explain_start_up(chain, graph, lang),
        partners=_partners(chain, names),
        alternatives=alternative_rows(chain, names),
        bounds=_bounds(chain, names),
        dropouts=dropout_rows(chain, names),
        freight=_freight(chain, names),
        stages=stage_rows(chain, names),
        assumptions=list_assumptions(chain, names),
    )


def spending(chain: Chain, names: Names) -> tuple[tuple[str, float], ...]:
    """Value of the steps by tone, RUB per year; together the value made and bought."""
    sums = {
        tone: sum(step.value for step in chain.steps if names.tone(step) == tone)
        for tone in SPENDING
    }
    return tuple((tone, value) for tone, value in sums.items() if value)


def _open_to(result: Result) -> tuple[Condition, ...]:
    """Conditions of the best chain; of the result where there is none."""
    return result.chains[0].conditions if result.chains else result.conditions


def shares(chain: Chain, names: Names) -> tuple[tuple[str, float], ...]:
    """Parts of the value made and bought by tone; they sum to one, or there are none."""
    made = chain.domestic_value + chain.imported_value
    return tuple((tone, value / made) for tone, value in spending(chain, names)) if made else ()


def _asked_for(result: Result, names: Names) -> tuple[str, ...]:
    demands = (_asked(demand, names) for demand in result.demands)
    return (*demands, *_conditions(result.limits, names))


def _bounds(chain: Chain, names: Names) -> tuple[str, ...]:
    return tuple(names.sentences.binding(one, chain) for one in chain.bindings)


def _asked(demand: Demand, names: Names) -> str:
    """What is wanted and where; the item is named only where there are several."""
    asked = names.say(
        "asked-delivered" if demand.region else "asked",
        quantity=_quantity(demand, names),
        region=names.place(demand.region),
    )
    several = len(names.result.demands) > 1
    return f"{names.label(demand.item)}: {asked}" if several else asked


def _conditions(limits: Limits, names: Names) -> tuple[str, ...]:
    """Sentence on what was asked of the chains besides the demand; empty when nothing was."""
    told = []
    if limits.roles != frozenset(Role):
        told.append(names.say("limit.roles", roles=_listed(limits.roles, names.role_word)))
    if limits.require:
        told.append(names.say("limit.require", names=_listed(limits.require, names.label)))
    if limits.exclude:
        told.append(names.say("limit.exclude", names=_listed(limits.exclude, names.label)))
    if limits.max_enterprises is not None:
        told.append(names.say("limit.max-enterprises", number=limits.max_enterprises))
    if limits.demand_certificates:
        told.append(names.say("limit.certified"))
    return (names.say("limits", limits="; ".join(told)),) if told else ()


def _listed(ids: Iterable[str], word: Callable[[str], str]) -> str:
    return ", ".join(map(word, sorted(ids)))


def _quantity(demand: Demand, names: Names) -> str:
    return names.quantity(demand.quantity, names.result.graph.nodes[demand.item]["unit"])


def _lacking(chain: Chain, names: Names) -> tuple[str, ...]:
    """What the chain needs and nobody supplies, with quantities."""
    return tuple(
        names.say(
            "lacking",
            item=names.label(step.item),
            quantity=names.quantity(step.quantity, step.unit),
        )
        for step in chain.steps
        if step.kind is OperationKind.MISSING
    )


def _uncertified(chain: Chain, names: Names) -> tuple[str, ...]:
    """Which enterprise is not known to hold what its item demands."""
    return tuple(
        names.say(
            "uncertified",
            maker=names.maker(step),
            item=names.label(step.item),
            certificates=", ".join(_certificates(step, names)),
        )
        for step in chain.steps
        if step.enterprise and step.certificates_missing
    )


def _certificates(step: Step, names: Names) -> tuple[str, ...]:
    """Certificates that the maker of a step lacks, with the last day of what it held."""
    ended = step.certificates_expired
    return tuple(
        names.say("certificate-expired", name=one, day=format_day(ended[one], names.lang))
        if one in ended
        else one
        for one in step.certificates_missing
    )


def _figures(result: Result, chain: Chain, names: Names, stated: Mapping[str, float]) -> Figures:
    single = result.demands[0] if len(result.demands) == 1 else None
    share = stated.get(single.item) if single else None
    imported = 1.0 if share is None else share
    today = _import_today(single, imported, names) if single and chain.complete else None
    outside = None if chain.localisation is None else 1 - chain.localisation
    roles = [names.role(enterprise) for enterprise in chain.enterprises]
    return Figures(
        quantity=_quantity(single, names) if single else "",
        before=None if share is None else 1 - share,
        after=None if outside is None else 1 - imported * outside,
        localisation=chain.localisation,
        cooperation=chain.cooperation,
        imported=chain.imported_value,
        missing=chain.missing_value,
        cost=chain.cost,
        unit_cost=_unit_cost(chain, single) if single else None,
        import_today=today,
        import_then=None if today is None else imported * chain.imported_value,
        enterprises=len(roles),
        members=roles.count("member"),
        interested=roles.count("interested"),
    )


def _import_today(demand: Demand, imported: float, names: Names) -> float | None:
    """Value at the import price of the part of a demand that is imported; None without one."""
    price = names.result.graph.nodes[demand.item].get("import_price")
    return price * demand.quantity * imported if price else None


def _unit_cost(chain: Chain, demand: Demand) -> float | None:
    """RUB per unit delivered."""
    shortfall = next(stage.value for stage in chain.stages if stage.name == SHORTFALL)
    delivered = demand.quantity * (1 - shortfall)
    return chain.cost / delivered if delivered > 0 else None


def _steps(chain: Chain, names: Names) -> tuple[StepRow, ...]:
    loads = names.loads(chain)
    return tuple(
        StepRow(
            item=names.label(step.item),
            maker=names.maker(step),
            tone=names.tone(step),
            learning=step.kind is OperationKind.COULD_MAKE,
            alternative=names.alternative(step.alternative),
            quantity=names.quantity(step.quantity, step.unit),
            price=step.price,
            value=step.value,
            fixed_cost=step.fixed_cost,
            load=loads.get(step.operation),
            confidence=step.confidence if step.enterprise else None,
            certificates_missing=_certificates(step, names),
            notes=_notes(step, names),
            sources=cell_groups(step.cells.values()),
        )
        for step in chain.steps
    )


def _notes(step: Step, names: Names) -> tuple[str, ...]:
    notes = [names.say(f"assumption.{code}") for code in step.assumptions]
    if step.surplus:
        surplus = names.quantity(step.surplus, step.unit)
        minimum = names.quantity(step.minimum_order, step.unit)
        notes.append(names.say("surplus", surplus=surplus, minimum=minimum))
    return tuple(notes)


def _partners(chain: Chain, names: Names) -> tuple[PartnerRow, ...]:
    """Enterprises by value; their values sum to what the chain's enterprises make."""
    rows = []
    for enterprise in chain.enterprises:
        steps = [step for step in chain.steps if step.enterprise == enterprise]
        value = sum(step.value for step in steps)
        involvement = names.result.graph.nodes[enterprise].get("involvement_cost") or 0.0
        rows.append(
            PartnerRow(
                name=names.label(enterprise),
                tone=names.role(enterprise),
                role=names.role_word(names.role(enterprise)),
                region=names.region(enterprise),
                items=tuple(dict.fromkeys(names.label(step.item) for step in steps)),
                value=value,
                share=value / (chain.domestic_value + chain.imported_value or 1.0),
                involvement=involvement,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.value, row.name)))


def _gaps(result: Result, chain: Chain | None, names: Names) -> tuple[GapRow, ...]:
    found = chain or result
    return tuple(
        GapRow(
            item=names.label(gap.item),
            tone=str(gap.kind),
            quantity=names.quantity(gap.quantity, gap.unit),
            value=gap.value,
            reasons=tuple(
                reason(code, names.label(subject) if subject else "", names.lang)
                for code, subject in gap.reasons
            ),
            closers=tuple(
                names.say(f"closer.{e.kind}", enterprise=names.label(e.enterprise))
                for e in advice.evidence
            ),
            repairs=tuple(_repair(repair, names) for repair in advice.repairs),
        )
        for gap, advice in zip(found.gaps, gaps_of(_with_explained(result, chain)), strict=True)
    )


def _with_explained(result: Result, chain: Chain | None) -> Result:
    """The result with its best chain as it was explained."""
    return replace(result, chains=(chain, *result.chains[1:])) if chain else result


def _repair(repair: Repair, names: Names) -> RepairRow:
    return RepairRow(
        actions=tuple(map(names.sentences.action, repair.actions)),
        changes=names.sentences.effects(repair),
        rest=""
        if repair.closes
        else names.say("repair-part", after=names.quantity(repair.after, repair.unit)),
    )


def _freight(chain: Chain, names: Names) -> tuple[FreightRow, ...]:
    units = {step.item: step.unit for step in chain.steps}
    return tuple(
        FreightRow(
            item=names.label(flow.item),
            source=names.place(flow.source),
            target=names.place(flow.target),
            quantity=format_quantity(flow.quantity, units[flow.item], names.lang),
            distance=flow.distance,
            cost=flow.cost,
        )
        for flow in sorted(chain.flows, key=lambda f: (-f.cost, f.item, f.source, f.target))
    )
