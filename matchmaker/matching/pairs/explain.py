"""Explain: a match in sentences, Russian and English, from the phrases of the codebook."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from matchmaker.codebook import jargon_of, processes, row_id, say, tables
from matchmaker.matching.pairs.compare import ROLES
from matchmaker.matching.pairs.match import MasteredProcess, Match, MatchKind, MatchWeight
from matchmaker.matching.pairs.score import DECIDED
from matchmaker.model import Dataset, Decision

_BY_LEVEL = frozenset({"declared", "code", "unit", "answered", *ROLES})
_CERTAIN = 0.9995
_NOTICED = 0.005


def sentences(match: Match, data: Dataset, lang: str) -> tuple[str, ...]:
    """Tell the claim, every contribution that is stated, the steps, then the questions."""
    return (
        _claim(match, data, lang),
        *_understood(match, data, lang),
        *(_why(part, match.decision, lang) for part in match.contributions if _is_told(part)),
        *(_step(step, lang) for step in match.capabilities),
        *(_ask(question, lang) for question in match.questions),
    )


def _claim(match: Match, data: Dataset, lang: str) -> str:
    able = match.kind is MatchKind.COULD_MAKE
    unasked = ".answered" if able and not match.capabilities else ""
    return say(
        f"match.{match.kind}{unasked}",
        lang,
        product="" if able else _value(data, match.table, match.id, "product"),
        enterprise=_name(data, "enterprises", match.enterprise, "name"),
        item=_item(data, match.item, lang),
        probability=_percent(match.probability, lang),
        score=_signed(match.score, lang),
    )


def _understood(match: Match, data: Dataset, lang: str) -> Iterator[str]:
    """Which words of the answer were read as people's own vocabulary says."""
    from matchmaker.matching.text.lexicon import spoken_jargon

    jargon = jargon_of(data.decisions)
    if jargon and match.kind is not MatchKind.COULD_MAKE:
        product = _value(data, match.table, match.id, "product")
        for text, meant in spoken_jargon(product, jargon).items():
            yield say("match.jargon", lang, text=text, meant=meant)


def _is_told(part: MatchWeight) -> bool:
    """Whether a contribution was stated; rivals that take nothing are not worth a sentence."""
    if part.name == "rivals":
        return abs(part.value) >= _NOTICED
    return part.level is not None or part.value != 0


def _why(part: MatchWeight, decision: Decision | None, lang: str) -> str:
    level = part.level or 0.0
    if part.name == DECIDED and decision:
        value = _signed(part.value, lang)
        return say(f"match.decided.{decision.verdict}", lang, value=value, who=decision.who)
    key = f"match.{part.name}.{level:g}" if part.name in _BY_LEVEL else f"match.{part.name}"
    return say(
        key, lang, value=_signed(part.value, lang), level=f"{level:.0f}", share=f"{100 * level:.0f}"
    )


def _step(step: MasteredProcess, lang: str) -> str:
    process = processes()[step.process].name(lang)
    return say(
        "match.step", lang, process=process, id=step.capability, hours=_number(step.hours, lang)
    )


def _ask(question: str, lang: str) -> str:
    table, _, name = question.partition(".")
    sheet = tables()[table]
    return say("match.missing", lang, field=sheet.field(name).label(lang), sheet=sheet.label(lang))


def _item(data: Dataset, item: str, lang: str) -> str:
    russian = _name(data, "items", item, "name_ru")
    return russian if lang == "ru" else _name(data, "items", item, "name_en", russian)


def _name(data: Dataset, table: str, code: str, field: str, otherwise: str = "") -> str:
    key = tables()[table].key[0]
    return _value(data, table, row_id(tables()[table], {key: code}), field) or otherwise or code


def _value(data: Dataset, table: str, id: str, field: str) -> str:
    """Value of one field as text; empty when it or the row is missing."""
    found = data.table(table).loc[data.table(table)["id"] == id, field]
    return "" if found.empty or pd.isna(found.iloc[0]) else str(found.iloc[0])


def _percent(probability: float, lang: str) -> str:
    shown = f"> {100 * _CERTAIN:.2f}" if probability > _CERTAIN else f"{100 * probability:.1f}"
    return _local(shown, lang)


def _signed(value: float, lang: str) -> str:
    return _local(f"{value:+.2f}".replace("-", "−"), lang)


def _number(value: float, lang: str) -> str:
    return _local(f"{value:g}", lang)


def _local(number: str, lang: str) -> str:
    return number.replace(".", ",") if lang == "ru" else number
