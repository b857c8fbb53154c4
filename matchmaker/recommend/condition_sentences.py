"""Conditions in sentences: what is open, what to do about it, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx

from matchmaker.chains import Chain, Result
from matchmaker.chains.goals import DELIVERY
from matchmaker.codebook import (
    describe,
    format_day,
    format_number,
    format_share,
    say,
    sentence,
    tables,
)
from matchmaker.conditions import Condition, ConditionKind
from matchmaker.model import Issue, Severity
from matchmaker.recommend.sentences import Sentences, stage_value


def tell_conditions(
    conditions: Sequence[Condition],
    chain: Chain | None,
    graph: nx.MultiDiGraph[str] | None,
    lang: str,
) -> list[str]:
    """Say each condition of a chain, or of none, in one paragraph, Russian or English."""
    sentences = Sentences(graph, lang)
    units = {stage.name: stage.unit for stage in chain.stages} if chain else {}
    told = []
    for one in conditions:
        worth = _worth(one, units, sentences, lang)
        told.append(" ".join(filter(None, (_condition(one, sentences, lang), worth))))
    return told


def tell_certain(result: Result, lang: str) -> str:
    """Say what the answer comes to without anything open; "" where it is no other."""
    if result.certain is None:
        return ""
    if not result.certain.chains:
        return say("condition.certain-none", lang)
    stages = result.certain.chains[0].stages
    goal = next(stage for stage in stages if stage.name not in DELIVERY)
    shown = {stage.name: stage for stage in stages if stage.name in {goal.name, "cost"}}
    figures = (
        f"{say(f'stage.{name}', lang)} {stage_value(stage.value, stage.unit, lang)}"
        for name, stage in shown.items()
    )
    missing = stages[0].value
    short = say("condition.certain-short", lang, share=format_share(missing, lang))
    return say("condition.certain", lang, figures=", ".join(figures)) + (short if missing else "")


def _condition(condition: Condition, sentences: Sentences, lang: str) -> str:
    if condition.kind is ConditionKind.ISSUE_OPEN:
        return _issue(condition, lang)
    price = condition.kind is ConditionKind.IMPLAUSIBLE
    value, code = (
        format_number(float(text), lang) if price else text
        for text in (condition.value, condition.code)
    )
    if condition.kind is ConditionKind.CERTIFICATE_UNKNOWN:
        value = format_day(value, lang)
    return say(
        _key(condition),
        lang,
        item=sentences.name(condition.item) if condition.item else "",
        enterprise=sentences.name(condition.enterprise) if condition.enterprise else "",
        value=value,
        code=code,
        cells=", ".join(condition.cells),
        table=tables()[condition.table].label(lang),
        probability=format_number(100 * condition.probability, lang, digits=0),
    )


def _key(condition: Condition) -> str:
    """Key of the phrase about a kind of condition, and its table or field where it has one."""
    further = {
        ConditionKind.MATCH_LIKELY: "" if condition.value else ".ability",
        ConditionKind.ROW_WAITING: ".bom" if condition.table == "bom" and condition.item else "",
        ConditionKind.NOT_STATED: f".{condition.field}",
        ConditionKind.CERTIFICATE_UNKNOWN: ".expired" if condition.value else "",
    }
    return f"condition.{condition.kind}{further.get(condition.kind, '')}"


def _issue(condition: Condition, lang: str) -> str:
    issue = Issue(
        condition.code,
        Severity.WARNING,
        "",
        column=condition.field,
        value=condition.value,
        details=dict(condition.details),
    )
    message, remedy = describe(issue, lang)
    cells = ", ".join(condition.cells)
    return say("condition.issue-open", lang, cells=cells, message=f"{message}. {sentence(remedy)}")


def _worth(condition: Condition, units: Mapping[str, str], sentences: Sentences, lang: str) -> str:
    sign = -1.0 if condition.rival else 1.0
    changes = sentences.changes(((name, sign * value) for name, value in condition.worth), units)
    if not changes:
        return ""
    key = "condition.at-most" if condition.rival else "condition.worth"
    return say(key, lang, changes=changes)
