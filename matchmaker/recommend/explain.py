"""Say any answer in sentences, Russian or English, every figure with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch

import networkx as nx

from matchmaker.chains import (
    BackupPlan,
    Chain,
    Gap,
    OperationKind,
    Repair,
    Result,
    RunnerUp,
    Status,
    Step,
)
from matchmaker.chains.goals import DELIVERY
from matchmaker.codebook import (
    format_day,
    format_money,
    format_number,
    format_quantity,
    format_share,
    processes,
    reason,
    say,
)
from matchmaker.errors import BadValueError
from matchmaker.recommend.cells import cell_ranges
from matchmaker.recommend.condition_sentences import tell_certain, tell_conditions
from matchmaker.recommend.records import Evidence, Recommendation
from matchmaker.recommend.sentences import SHORTFALL, Sentences, stage_change, stage_value

COST = "cost"
HALF_A_ROUBLE = 0.5
"""RUB per year that round to nothing."""


def explain(record: object, graph: nx.MultiDiGraph[str] | None = None, lang: str = "ru") -> str:
    """Explain a chain, all of a result, or a recommendation in plain sentences.

    Parameters
    ----------
    record
        A `Chain`, `Result` or `Recommendation`.
    graph
        Graph that knows the names; without it, ids are named. A `Result` has its own.
    lang
        `ru` or `en`.

    Raises
    ------
    BadValueError
        When nothing is known to say about such a record.
    """
    known = record.graph if graph is None and isinstance(record, Result) else graph
    return _explain(record, _Voice(known, lang))


def explain_start_up(chain: Chain, graph: nx.MultiDiGraph[str], lang: str) -> str:
    """Say in which order the cycles of a chain come to life; "" for a chain without cycles."""
    return _about_start_up(chain, _Voice(graph, lang)) if chain.start_up else ""


def explain_way(chain: Chain, graph: nx.MultiDiGraph[str], lang: str) -> str:
    """Say how many steps and days a chain takes from purchase to delivery."""
    return _about_way(chain, _Voice(graph, lang))


class _Voice:
    """Names and phrases of one graph in one language."""

    def __init__(self, graph: nx.MultiDiGraph[str] | None, lang: str) -> None:
        self.lang = lang
        self.graph = graph
        self.sentences = Sentences(graph, lang)

    def name(self, id: str) -> str:
        return self.sentences.name(id)

    def say(self, key: str, **blanks: object) -> str:
        return say(f"explain.{key}", self.lang, **blanks)

    def money(self, value: float) -> str:
        return format_money(value, self.lang)

    def share(self, value: float | None) -> str:
        return format_share(value, self.lang)

    def amount(self, quantity: float, unit: str) -> str:
        return format_quantity(quantity, unit, self.lang)

    def reason(self, code: str, subject: str) -> str:
        return reason(code, self.name(subject) if subject else "", self.lang)


@singledispatch
def _explain(record: object, voice: _Voice) -> str:
    raise BadValueError(f"Nothing to explain about a {type(record).__name__}.")


@_explain.register
def _(chain: Chain, voice: _Voice) -> str:
    lines = [
        voice.say(
            "chain",
            rank=chain.rank,
            id=chain.id,
            localisation=voice.share(chain.localisation),
            cooperation=voice.share(chain.cooperation),
            imported=voice.money(chain.imported_value),
            cost=voice.money(chain.cost),
            enterprises=len(chain.enterprises),
        ),
        _about_proof(chain, voice),
        *_numbered(tell_conditions(chain.conditions, chain, voice.graph, voice.lang)),
        voice.say(
            "cost",
            made=voice.money(chain.made_value),
            bought=voice.money(chain.domestic_value - chain.made_value),
            imported=voice.money(chain.imported_value),
            launch=voice.money(chain.launch_cost),
            freight=voice.money(chain.freight_cost),
            involvement=voice.money(chain.involvement_cost),
            cost=voice.money(chain.cost),
        ),
    ]
    lines += [_about_way(chain, voice)]
    lines += [line for step in chain.steps for line in _about_step(step, voice)]
    lines += [_about_start_up(chain, voice)] if chain.start_up else []
    lines += _about_gaps(chain.gaps, chain.repairs, voice)
    lines += [_about_backup(backup, voice) for backup in chain.backups]
    lines += [*_why(chain, voice), *_bounds(chain, voice), *_dropouts(chain, voice)]
    return "\n".join(lines)


@_explain.register
def _(result: Result, voice: _Voice) -> str:
    if result.chains:
        told = [_explain(chain, voice) for chain in result.chains]
        return "\n\n".join(filter(None, [*told, tell_certain(result, voice.lang)]))
    wanted = ", ".join(voice.name(demand.item) for demand in result.demands)
    key = "unknown" if result.status is Status.UNKNOWN else "no-chain"
    lines = [voice.say(key, items=wanted)]
    lines += _numbered(tell_conditions(result.conditions, None, result.graph, voice.lang))
    lines += _about_gaps(result.gaps, result.repairs, voice)
    return "\n".join(lines)


@_explain.register
def _(advice: Recommendation, voice: _Voice) -> str:
    if advice.kind == "question":
        return "\n".join(_tell_question(advice, voice))
    tell, amount = {"member": (_tell_member, "amount"), "gap": (_tell_gap, "amount-most")}[
        advice.kind
    ]
    evidence = [_about_evidence(one, amount, voice) for one in advice.evidence]
    told = tell_conditions(advice.conditions, None, voice.graph, voice.lang)
    still_open = [voice.say("still-open"), *_numbered(told)] if told else []
    return "\n".join([*tell(advice, voice), *evidence, *still_open])


def _about_proof(chain: Chain, voice: _Voice) -> str:
    """What cannot be lower; of a corner of a front, unless the second measure is higher."""
    goal = next(stage for stage in chain.stages if stage.name not in DELIVERY)
    second = next((stage for stage in chain.stages if stage.name == chain.second_measure), goal)
    proven = "proof-front" if chain.second_measure else "proof"
    proven += "-on" if chain.conditions else ""
    return voice.say(
        proven if chain.gap == 0 else "proof-open",
        stage=say(f"stage.{goal.name}", voice.lang),
        value=stage_value(chain.objective, goal.unit, voice.lang),
        bound=stage_value(chain.bound, goal.unit, voice.lang),
        second=say(f"stage.{second.name}", voice.lang),
        count=len(chain.conditions),
        most=stage_value(second.value, second.unit, voice.lang),
    )


def _numbered(lines: Sequence[str]) -> list[str]:
    return [f"  {number}. {line}" for number, line in enumerate(lines, start=1)]


def _about_backup(backup: BackupPlan, voice: _Voice) -> str:
    makers = (f"{voice.name(e)} {format_number(q, voice.lang)}" for e, q in backup.makers)
    return voice.say(
        "backup",
        item=voice.name(backup.item),
        lost=voice.name(backup.lost),
        makers=", ".join(makers),
    )


def _tell_member(advice: Recommendation, voice: _Voice) -> list[str]:
    key = "member" if advice.figures["invited"] else "member-not"
    if advice.value == 0 and advice.figures["cost"] <= -HALF_A_ROUBLE:
        key += ".saves"
    head = voice.say(
        key,
        rank=advice.rank,
        name=voice.name(advice.subject),
        value=voice.money(advice.value),
        alone=voice.money(advice.figures["alone"]),
        change=_cost_change(advice.figures["cost"], voice),
    )
    parts = [
        voice.say(
            "closes" if part.value > 0 else "opens",
            item=voice.name(part.subject),
            value=voice.money(abs(part.value)),
        )
        for part in advice.contributions
    ]
    return [head, *parts]


def _cost_change(change: float, voice: _Voice) -> str:
    if abs(change) < HALF_A_ROUBLE:
        return voice.say("cost-stays")
    return voice.say("cost-rises" if change > 0 else "cost-falls", value=voice.money(abs(change)))


def _tell_gap(advice: Recommendation, voice: _Voice) -> list[str]:
    kind = OperationKind(advice.contributions[0].name)
    told = _about_gap(advice.subject, kind, advice.value, advice.notes, voice)
    return [told, *map(voice.sentences.repair, advice.repairs)]


def _tell_question(advice: Recommendation, voice: _Voice) -> list[str]:
    """Whom to ask what, what it may be worth, and the cells that wait for the answer."""
    (about,) = advice.evidence
    head = voice.say(
        "question",
        rank=advice.rank,
        name=voice.name(advice.subject),
        value=voice.money(advice.value),
        among=voice.money(advice.figures["among"]),
    )
    asks = [_ask(code, subject, about.item, voice) for code, subject in advice.notes]
    cells = ", ".join(cell_ranges(about.cells.values()))
    return [head, *asks, *([voice.say("question.cells", cells=cells)] if cells else [])]


def _ask(code: str, subject: str, item: str, voice: _Voice) -> str:
    known = processes().get(subject)
    process = known.name(voice.lang) if known else subject
    return voice.say(f"question.{code}", item=voice.name(item), subject=process)


def _about_step(step: Step, voice: _Voice) -> list[str]:
    notes = [
        voice.say(f"assumption.{code}", item=voice.name(step.item)) for code in step.assumptions
    ]
    maker = voice.name(step.enterprise or "")
    notes += [_about_certificate(one, maker, step, voice) for one in step.certificates_missing]
    if step.surplus:
        notes.append(
            voice.say(
                "surplus",
                item=voice.name(step.item),
                surplus=voice.amount(step.surplus, step.unit),
                minimum=voice.amount(step.minimum_order, step.unit),
                name=maker,
            )
        )
    return notes


def _about_certificate(name: str, maker: str, step: Step, voice: _Voice) -> str:
    day = step.certificates_expired.get(name, "")
    return voice.say(
        "certificate-expired" if day else "certificate-missing",
        name=maker,
        item=voice.name(step.item),
        certificate=name,
        day=format_day(day, voice.lang),
    )


def _about_start_up(chain: Chain, voice: _Voice) -> str:
    order = (
        voice.say(
            "start-once" if start.once else "start",
            item=voice.name(start.item),
            who=voice.name(start.enterprise)
            if start.enterprise
            else say(f"cli.kind.{start.kind}", voice.lang),
        )
        for start in chain.start_up
    )
    return voice.say("start-up", order="; ".join(order))


def _about_way(chain: Chain, voice: _Voice) -> str:
    makers = {step.operation: step.enterprise or "" for step in chain.steps if step.kind.made}
    silent = {makers[id] for id in chain.lead_time_unknown if id in makers}
    heard = len(makers) > len(chain.lead_time_unknown)
    return voice.say(
        "way-unknown" if not heard else "way-open" if silent else "way",
        steps=chain.critical_path_steps,
        days=format_number(chain.lead_time, voice.lang),
        names=", ".join(sorted(map(voice.name, silent))),
    )


def _about_gap(
    item: str,
    kind: OperationKind,
    value: float,
    reasons: tuple[tuple[str, str], ...],
    voice: _Voice,
) -> str:
    why = "; ".join(voice.reason(code, subject) for code, subject in reasons)
    return voice.say(f"gap.{kind}", item=voice.name(item), value=voice.money(value), why=why)


def _about_gaps(gaps: Sequence[Gap], repairs: Sequence[Repair], voice: _Voice) -> Iterator[str]:
    """Each gap, followed by what would close it."""
    for gap in gaps:
        yield _about_gap(gap.item, gap.kind, gap.value, gap.reasons, voice)
        for repair in repairs:
            if (repair.item, repair.kind) == (gap.item, gap.kind):
                yield voice.sentences.repair(repair)


def _why(chain: Chain, voice: _Voice) -> Iterator[str]:
    """Each step's runner-up and the prices at which the choice changes."""
    if not chain.runners_up:
        return
    yield voice.say("heading.why")
    prices = {price.operation: price for price in chain.prices}
    for runner_up in chain.runners_up:
        told = [_about_runner_up(chain, runner_up, voice)]
        if price := prices.get(runner_up.operation):
            told.append(voice.sentences.price(price))
        told += [
            voice.sentences.rival(rival)
            for rival in chain.rival_prices
            if rival.operation == runner_up.operation
        ]
        yield " ".join(filter(None, told))
    if chain.prices:
        yield _without_price(chain, voice)


def _without_price(chain: Chain, voice: _Voice) -> str:
    """Why a step has no price at which the choice changes."""
    names = [stage.name for stage in chain.stages]
    before = names[len(DELIVERY) : names.index(COST)]
    if not before:
        return voice.say("price-none-cost")
    stages = ", ".join(say(f"stage.{name}", voice.lang) for name in before)
    return voice.say("price-none", stages=stages)


def _bounds(chain: Chain, voice: _Voice) -> Iterator[str]:
    if chain.bindings:
        yield voice.say("heading.bounds")
        yield from (voice.sentences.binding(one, chain) + "." for one in chain.bindings)


def _dropouts(chain: Chain, voice: _Voice) -> Iterator[str]:
    """What the loss of each whole enterprise costs and opens."""
    if chain.dropouts:
        yield voice.say("heading.dropouts")
    for dropout in chain.dropouts:
        yield voice.sentences.dropout(dropout, chain) + "."
        if dropout.new_gaps:
            items = "; ".join(voice.sentences.new_gaps(dropout.new_gaps))
            yield voice.say("then", items=items)


def _about_runner_up(chain: Chain, runner_up: RunnerUp, voice: _Voice) -> str:
    step = next(step for step in chain.steps if step.operation == runner_up.operation)
    return voice.say(
        "runner-up",
        name=voice.name(step.enterprise or ""),
        item=voice.name(step.item),
        changes=_changes(chain, runner_up, voice),
    )


def _changes(chain: Chain, runner_up: RunnerUp, voice: _Voice) -> str:
    """What the runner-up changes; when less is delivered, the other sums no longer compare."""
    if not runner_up.differences:
        return voice.say("no-other")
    changes = {n: d for n, d in runner_up.differences if abs(d) >= 0.005 and n != "decisions"}
    if changes.get(SHORTFALL, 0.0) > 0:
        if chain.cost + changes.get("cost", 0.0) < HALF_A_ROUBLE:
            return voice.say("nothing-delivered")
        changes = {SHORTFALL: changes[SHORTFALL]}
    units_of = {stage.name: stage.unit for stage in chain.stages}
    told = ", ".join(
        f"{say(f'stage.{name}', voice.lang)} {stage_change(change, units_of[name], voice.lang)}"
        for name, change in changes.items()
    )
    return told or voice.say("no-change")


def _about_evidence(evidence: Evidence, amount: str, voice: _Voice) -> str:
    if evidence.quantity is None:
        told = voice.say("amount-unknown")
    else:
        told = voice.say(amount, amount=voice.amount(evidence.quantity, evidence.unit))
    return voice.say(
        f"evidence.{evidence.kind}",
        name=voice.name(evidence.enterprise),
        item=voice.name(evidence.item),
        amount=told,
        cells="; ".join(cell_ranges(evidence.cells.values())),
    )
