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
    format_number,
    processes,
    reason,
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
    return _explain(record, Sentences(known, lang))


def explain_start_up(chain: Chain, graph: nx.MultiDiGraph[str], lang: str) -> str:
    """Say in which order the cycles of a chain come to life; "" for a chain without cycles."""
    return _about_start_up(chain, Sentences(graph, lang)) if chain.start_up else ""


def explain_way(chain: Chain, graph: nx.MultiDiGraph[str], lang: str) -> str:
    """Say how many steps and days a chain takes from purchase to delivery."""
    return _about_way(chain, Sentences(graph, lang))


@singledispatch
def _explain(record: object, words: Sentences) -> str:
    raise BadValueError(f"Nothing to explain about a {type(record).__name__}.")


@_explain.register
def _(chain: Chain, words: Sentences) -> str:
    lines = [
        words.say(
            "explain.chain",
            rank=chain.rank,
            id=chain.id,
            localisation=words.share(chain.localisation),
            cooperation=words.share(chain.cooperation),
            imported=words.money(chain.imported_value),
            cost=words.money(chain.cost),
            enterprises=len(chain.enterprises),
        ),
        _about_proof(chain, words),
        *_numbered(tell_conditions(chain.conditions, chain, words.graph, words.lang)),
        words.say(
            "explain.cost",
            made=words.money(chain.made_value),
            bought=words.money(chain.domestic_value - chain.made_value),
            imported=words.money(chain.imported_value),
            launch=words.money(chain.launch_cost),
            freight=words.money(chain.freight_cost),
            involvement=words.money(chain.involvement_cost),
            cost=words.money(chain.cost),
        ),
    ]
    lines += [_about_way(chain, words)]
    lines += [line for step in chain.steps for line in _about_step(step, words)]
    lines += [_about_start_up(chain, words)] if chain.start_up else []
    lines += _about_gaps(chain.gaps, chain.repairs, words)
    lines += [_about_backup(backup, words) for backup in chain.backups]
    lines += [*_why(chain, words), *_bounds(chain, words), *_dropouts(chain, words)]
    return "\n".join(lines)


@_explain.register
def _(result: Result, words: Sentences) -> str:
    if result.chains:
        told = [_explain(chain, words) for chain in result.chains]
        return "\n\n".join(filter(None, [*told, tell_certain(result, words.lang)]))
    wanted = ", ".join(words.name(demand.item) for demand in result.demands)
    key = "explain.unknown" if result.status is Status.UNKNOWN else "explain.no-chain"
    lines = [words.say(key, items=wanted)]
    lines += _numbered(tell_conditions(result.conditions, None, result.graph, words.lang))
    lines += _about_gaps(result.gaps, result.repairs, words)
    return "\n".join(lines)


@_explain.register
def _(advice: Recommendation, words: Sentences) -> str:
    if advice.kind == "question":
        return "\n".join(_tell_question(advice, words))
    tell, amount = {
        "member": (_tell_member, "explain.amount"),
        "gap": (_tell_gap, "explain.amount-most"),
    }[advice.kind]
    evidence = [_about_evidence(one, amount, words) for one in advice.evidence]
    told = tell_conditions(advice.conditions, None, words.graph, words.lang)
    still_open = [words.say("explain.still-open"), *_numbered(told)] if told else []
    return "\n".join([*tell(advice, words), *evidence, *still_open])


def _about_proof(chain: Chain, words: Sentences) -> str:
    """What cannot be lower; of a corner of a front, unless the second measure is higher."""
    goal = next(stage for stage in chain.stages if stage.name not in DELIVERY)
    second = next((stage for stage in chain.stages if stage.name == chain.second_measure), goal)
    proven = "explain.proof-front" if chain.second_measure else "explain.proof"
    proven += "-on" if chain.conditions else ""
    return words.say(
        proven if chain.gap == 0 else "explain.proof-open",
        stage=words.say(f"stage.{goal.name}"),
        value=stage_value(chain.objective, goal.unit, words.lang),
        bound=stage_value(chain.bound, goal.unit, words.lang),
        second=words.say(f"stage.{second.name}"),
        count=len(chain.conditions),
        most=stage_value(second.value, second.unit, words.lang),
    )


def _numbered(lines: Sequence[str]) -> list[str]:
    return [f"  {number}. {line}" for number, line in enumerate(lines, start=1)]


def _about_backup(backup: BackupPlan, words: Sentences) -> str:
    makers = (f"{words.name(e)} {format_number(q, words.lang)}" for e, q in backup.makers)
    return words.say(
        "explain.backup",
        item=words.name(backup.item),
        lost=words.name(backup.lost),
        makers=", ".join(makers),
    )


def _tell_member(advice: Recommendation, words: Sentences) -> list[str]:
    figures = advice.figures
    saves_only = abs(advice.value) < HALF_A_ROUBLE and any(
        abs(figures[name]) >= HALF_A_ROUBLE for name in ("cost", "alone_cost")
    )
    key = "explain.member" if figures["invited"] else "explain.member-not"
    head = words.say(
        f"{key}.saves" if saves_only else key,
        rank=advice.rank,
        name=words.name(advice.subject),
        value=words.money(advice.value),
        alone=words.money(figures["alone"]),
        change=words.cost_change(figures["cost"]),
        alone_change=words.cost_change(figures["alone_cost"]),
    )
    parts = [
        words.say(
            "explain.closes" if part.value > 0 else "explain.opens",
            item=words.name(part.subject),
            value=words.money(abs(part.value)),
        )
        for part in advice.contributions
    ]
    return [head, *parts]


def _tell_gap(advice: Recommendation, words: Sentences) -> list[str]:
    kind = OperationKind(advice.contributions[0].name)
    told = _about_gap(advice.subject, kind, advice.value, advice.notes, words)
    return [told, *map(words.repair, advice.repairs)]


def _tell_question(advice: Recommendation, words: Sentences) -> list[str]:
    """Whom to ask what, what it may be worth, and the cells that wait for the answer."""
    (about,) = advice.evidence
    head = words.say(
        "explain.question",
        rank=advice.rank,
        name=words.name(advice.subject),
        value=words.money(advice.value),
        among=words.money(advice.figures["among"]),
    )
    asks = [_ask(code, subject, about.item, words) for code, subject in advice.notes]
    cells = ", ".join(cell_ranges(about.cells.values()))
    return [head, *asks, *([words.say("explain.question.cells", cells=cells)] if cells else [])]


def _ask(code: str, subject: str, item: str, words: Sentences) -> str:
    known = processes().get(subject)
    process = known.name(words.lang) if known else subject
    return words.say(f"explain.question.{code}", item=words.name(item), subject=process)


def _about_step(step: Step, words: Sentences) -> list[str]:
    notes = [
        words.say(f"explain.assumption.{code}", item=words.name(step.item))
        for code in step.assumptions
    ]
    maker = words.name(step.enterprise or "")
    notes += [_about_certificate(one, maker, step, words) for one in step.certificates_missing]
    if step.surplus:
        notes.append(
            words.say(
                "explain.surplus",
                item=words.name(step.item),
                surplus=words.quantity(step.surplus, step.unit),
                minimum=words.quantity(step.minimum_order, step.unit),
                name=maker,
            )
        )
    return notes


def _about_certificate(name: str, maker: str, step: Step, words: Sentences) -> str:
    day = step.certificates_expired.get(name, "")
    return words.say(
        "explain.certificate-expired" if day else "explain.certificate-missing",
        name=maker,
        item=words.name(step.item),
        certificate=name,
        day=format_day(day, words.lang),
    )


def _about_start_up(chain: Chain, words: Sentences) -> str:
    order = (
        words.say(
            "explain.start-once" if start.once else "explain.start",
            item=words.name(start.item),
            who=words.name(start.enterprise)
            if start.enterprise
            else words.say(f"cli.kind.{start.kind}"),
        )
        for start in chain.start_up
    )
    return words.say("explain.start-up", order="; ".join(order))


def _about_way(chain: Chain, words: Sentences) -> str:
    makers = {step.operation: step.enterprise or "" for step in chain.steps if step.kind.made}
    silent = {makers[id] for id in chain.lead_time_unknown if id in makers}
    heard = len(makers) > len(chain.lead_time_unknown)
    return words.say(
        "explain.way-unknown" if not heard else "explain.way-open" if silent else "explain.way",
        steps=chain.critical_path_steps,
        days=format_number(chain.lead_time, words.lang),
        names=", ".join(sorted(map(words.name, silent))),
    )


def _about_gap(
    item: str,
    kind: OperationKind,
    value: float,
    reasons: tuple[tuple[str, str], ...],
    words: Sentences,
) -> str:
    why = "; ".join(
        reason(code, words.name(subject) if subject else "", words.lang)
        for code, subject in reasons
    )
    told = {"item": words.name(item), "value": words.money(value), "why": why}
    return words.say(f"explain.gap.{kind}", **told)


def _about_gaps(gaps: Sequence[Gap], repairs: Sequence[Repair], words: Sentences) -> Iterator[str]:
    """Each gap, followed by what would close it."""
    for gap in gaps:
        yield _about_gap(gap.item, gap.kind, gap.value, gap.reasons, words)
        for repair in repairs:
            if (repair.item, repair.kind) == (gap.item, gap.kind):
                yield words.repair(repair)


def _why(chain: Chain, words: Sentences) -> Iterator[str]:
    """Each step's runner-up and the prices at which the choice changes."""
    if not chain.runners_up:
        return
    yield words.say("explain.heading.why")
    prices = {price.operation: price for price in chain.prices}
    for runner_up in chain.runners_up:
        told = [_about_runner_up(chain, runner_up, words)]
        if price := prices.get(runner_up.operation):
            told.append(words.price(price))
        told += [
            words.rival(rival)
            for rival in chain.rival_prices
            if rival.operation == runner_up.operation
        ]
        yield " ".join(filter(None, told))
    if chain.prices:
        yield _without_price(chain, words)


def _without_price(chain: Chain, words: Sentences) -> str:
    """Why a step has no price at which the choice changes."""
    names = [stage.name for stage in chain.stages]
    before = names[len(DELIVERY) : names.index(COST)]
    if not before:
        return words.say("explain.price-none-cost")
    stages = ", ".join(words.say(f"stage.{name}") for name in before)
    return words.say("explain.price-none", stages=stages)


def _bounds(chain: Chain, words: Sentences) -> Iterator[str]:
    if chain.bindings:
        yield words.say("explain.heading.bounds")
        yield from (words.binding(one, chain) + "." for one in chain.bindings)


def _dropouts(chain: Chain, words: Sentences) -> Iterator[str]:
    """What the loss of each whole enterprise costs and opens."""
    if chain.dropouts:
        yield words.say("explain.heading.dropouts")
    for dropout in chain.dropouts:
        yield words.dropout(dropout, chain) + "."
        if dropout.new_gaps:
            items = "; ".join(words.new_gaps(dropout.new_gaps))
            yield words.say("explain.then", items=items)


def _about_runner_up(chain: Chain, runner_up: RunnerUp, words: Sentences) -> str:
    step = next(step for step in chain.steps if step.operation == runner_up.operation)
    return words.say(
        "explain.runner-up",
        name=words.name(step.enterprise or ""),
        item=words.name(step.item),
        changes=_changes(chain, runner_up, words),
    )


def _changes(chain: Chain, runner_up: RunnerUp, words: Sentences) -> str:
    """What the runner-up changes; when less is delivered, the other sums no longer compare."""
    if not runner_up.differences:
        return words.say("explain.no-other")
    changes = {n: d for n, d in runner_up.differences if abs(d) >= 0.005 and n != "decisions"}
    if changes.get(SHORTFALL, 0.0) > 0:
        if chain.cost + changes.get("cost", 0.0) < HALF_A_ROUBLE:
            return words.say("explain.nothing-delivered")
        changes = {SHORTFALL: changes[SHORTFALL]}
    units_of = {stage.name: stage.unit for stage in chain.stages}
    told = ", ".join(
        f"{words.say(f'stage.{name}')} {stage_change(change, units_of[name], words.lang)}"
        for name, change in changes.items()
    )
    return told or words.say("explain.no-change")


def _about_evidence(evidence: Evidence, amount: str, words: Sentences) -> str:
    if evidence.quantity is None:
        told = words.say("explain.amount-unknown")
    else:
        told = words.say(amount, amount=words.quantity(evidence.quantity, evidence.unit))
    return words.say(
        f"explain.evidence.{evidence.kind}",
        name=words.name(evidence.enterprise),
        item=words.name(evidence.item),
        amount=told,
        cells="; ".join(cell_ranges(evidence.cells.values())),
    )
