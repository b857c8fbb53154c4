"""One number as people write it: «1 200,50 руб.», «12,5 тыс. руб.», «40 %», «40–50».

A text that is not plainly one number never becomes one: it is a problem, with a proposal
where the text suggests a number. So is `1,200` or `1.200`, in every language: a point or
comma before exactly three digits may part thousands or decimals, headings do not say which
keyboard filled a cell, and a price wrong by a thousand would look like any other. Its row
waits in the quarantine until somebody writes `1200` or `1,2`. Called by `values`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isclose, isinf, isnan, nan

from matchmaker.codebook import LANGUAGES, Field, fold, format_rounded
from matchmaker.survey.cells.unit_words import (
    has_other_period,
    period_beside,
    rough_scale_of,
    scale_of,
    stray_unit,
    vat_share,
)
from matchmaker.survey.headings.sheet import Column
from matchmaker.survey.raw_grid import RawCell

Problem = tuple[str, dict[str, str]]
"""Issue code and what its sentences need to know."""

DIGITS = 14
"""Significant digits kept by a conversion, so that asked × factor goes there and back."""

_POSITIVE_UNITS = frozenset({"RUB/unit", "unit/unit"})
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\u2002\u2003", " ") | {"−": "-"})
_UNSIGNED = (
    r"(?:\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:\.\d{3}){2,}|\d+(?:[.,]\d*)?|[.,]\d+)"
)
_NUMBER = re.compile(rf"([+-]?{_UNSIGNED}(?:e[+-]?\d+)?)(?![\d,])\s*(.*)", re.ASCII | re.DOTALL)
_RANGE = re.compile(
    rf"(?:(?:от|from|between)\s+)?({_UNSIGNED})\s*(?:[-–—…]|\.\.\.?|\b(?:до|to|and)\b)"
    rf"\s*({_UNSIGNED})(?![\d.,])\s*(.*)",
    re.DOTALL,
)
_ANY_NUMBER = re.compile(r"\d+(?:[ ]\d{3})*(?:[.,]\d+)?", re.ASCII)
_THOUSAND_OR_NOT = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_APPROXIMATE = re.compile(
    r"[≈~<>≤≥±]|\b(?:от|до|около|примерно|порядка|не менее|не более)\b|\+$"
    r"|\b(?:about|circa|ca|from|up to|min|max)\b"
)
_INFINITE = re.compile(r"[+-]?(?:inf(?:inity)?|∞|бесконечность)")
_BEFORE = re.compile(r"(?:₽|(?:rub|rur|руб)\b\.?)\s*")
_AGREED = re.compile(
    r"(?:цена |стоимость )?(?:по|на) (?:договоренности|договору|согласованию|запросу|прайсу)"
    r"|договорн\w+|уточня\w+|индивидуальн\w+(?: расчет)?|зависит от .+"
    r"|by agreement|negotiable|(?:up)?on request|on demand|t\.?b\.?[acd]\.?"
)
_ACCOUNTS = re.compile(rf"({_UNSIGNED})\s*(?:=|-(00))\s*(?:руб(?:лей|ля|ль)?\.?|р\.?)?", re.ASCII)
_KOPECKS = re.compile(rf"({_UNSIGNED})\s*(?:руб\w*|р)\.?\s*(\d\d?)\s*коп\w*\.?", re.ASCII)
_SHORT_THOUSAND = re.compile(rf"({_UNSIGNED})\s*(?:к|k|т\.? ?р\.?)", re.ASCII)
_NO_KOPECKS = re.compile(r"(?<=\d)[.,][-–—](?=\s|$)")
_IN_STEPS = re.compile(
    r"(?:([0-9]{1,3})\s*(?:млн|миллион\w*)\b\.?\s*)?([0-9]{1,3})\s*(?:тыс|тысяч\w*)\b\.?"
    r"(?:\s*([0-9]{1,3})(?![0-9.,]))?(?!\s*(?:тыс|млн|мил))\s*"
)
_TOLERANCE = re.compile(r"\s*(?:±|\+/-)\s*\d+(?:[.,]\d+)?\s*%?")


def parse_number(raw: RawCell, column: Column) -> tuple[float, Problem | None]:
    """Read the number of a filled cell as stored, or say what is wrong with it."""
    number, problem = _parse_any(raw, column)
    if problem:
        return nan, problem
    code = _fault(number, column.field)
    if code:
        return nan, (code, {})
    stored = number + 0.0
    if column.factor != 1:
        stored = float(f"{number * column.factor:.{DIGITS}g}")
    if stored and not column.field.lowest <= stored <= column.field.highest:
        return nan, ("value-out-of-bounds", _bounds(column))
    return stored, None


def _bounds(column: Column) -> dict[str, str]:
    """Least and greatest number of a column, in what its heading counts in."""
    ends = {"lowest": column.field.lowest, "highest": column.field.highest}
    return {
        f"{end}_{lang}": format_rounded(stored / column.factor, lang)
        for end, stored in ends.items()
        for lang in LANGUAGES
    }


def _parse_any(raw: RawCell, column: Column) -> tuple[float, Problem | None]:
    if isinstance(raw, (int, float)):
        return float(raw), None
    return _parse_text(raw, column) if isinstance(raw, str) else (nan, ("value-number", {}))


def _fault(number: float, field: Field) -> str:
    if isnan(number):
        return "value-number"
    if isinf(number):
        return "value-infinite"
    if field.type == "share":
        return "" if 0 <= number <= 1 else "value-share"
    if number < 0:
        return "value-negative"
    positive = field.unit in _POSITIVE_UNITS or (field.type == "quantity" and field.required)
    return "value-zero" if positive and number == 0 else ""


def _parse_text(raw: str, column: Column) -> tuple[float, Problem | None]:
    text = fold(raw.translate(_SPACES))
    if _INFINITE.fullmatch(text):
        return float("inf"), None
    if column.field.type == "money":
        text = _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text
        text = _in_one_number(_NO_KOPECKS.sub("", text))
    found = _NUMBER.fullmatch(text)
    scale = scale_of(found[2], column) if found else None
    if found is None or scale is None:
        return nan, _propose(text, column)
    if column.field.type != "share" and may_be_thousands(found[1]):
        return nan, ("value-thousands", _readings(found[1]))
    return _read(found[1]) * scale, None


def _in_one_number(text: str) -> str:
    """Money whose millions, thousands and roubles are told one by one, as one number.

    >>> _in_one_number("12 тыс. 500 руб."), _in_one_number("12 тыс. руб.")
    ('12500 руб.', '12 тыс. руб.')
    """
    found = _IN_STEPS.match(text)
    if found is None or not (found[1] or found[3]):
        return text
    millions, thousands, ones = (int(step or 0) for step in found.groups())
    number = 1_000_000 * millions + 1000 * thousands + ones
    return f"{number} {text[found.end() :]}".strip()


def may_be_thousands(digits: str) -> bool:
    """Whether the one point or comma of a number may part thousands as well as decimals.

    >>> may_be_thousands("1,200"), may_be_thousands("0,200"), may_be_thousands("1,2000")
    (True, False, False)
    """
    return _THOUSAND_OR_NOT.fullmatch(digits) is not None


def _readings(digits: str) -> dict[str, str]:
    """Both readings of an ambiguous number, spelled so that neither is ambiguous.

    >>> _readings("1,200"), _readings("1.234")["decimal"]
    ({'decimal': '1,2', 'thousands': '1200'}, '1.2340')
    """
    short = digits.rstrip("0").rstrip(".,")
    decimal = f"{digits}0" if short == digits else short
    return {"decimal": decimal, "thousands": digits.replace(",", "").replace(".", "")}


def _read(digits: str) -> float:
    """Read digits whose last lone point or comma is the decimal one.

    >>> _read("1 200,5"), _read("1,200.5"), _read("1,200,000")
    (1200.5, 1200.5, 1200000.0)
    """
    plain = re.sub("[ '’]", "", digits)
    mark = max(plain.rfind("."), plain.rfind(","))
    if mark < 0 or plain.count(plain[mark]) > 1:
        return float(plain.replace(",", "").replace(".", ""))
    return float(plain[:mark].replace(",", "").replace(".", "") + "." + plain[mark + 1 :])


def _propose(text: str, column: Column) -> Problem:
    """Problem of a text that is no plain number, with the number it suggests, if any."""
    if _AGREED.fullmatch(text):
        return "value-agreed", {}
    number = _NUMBER.fullmatch(text)
    if number and column.field.type == "money" and (vat := vat_share(number[2])) is not None:
        return "value-vat", {"proposal": _offer(_read(number[1]) / (1 + vat) if vat else None)}
    if number and (unit := stray_unit(number[2], column)):
        digits = f"{number[1]}{period_beside(number[2], column)}"
        if _is_plain(digits, column):
            return "value-unit-inside", {"number": digits, "unit": unit}
    if number and has_other_period(number[2], column):
        return "value-period", {"proposal": _suggest(text, column)}
    proposal = _suggest(text, column)
    numbers = _ANY_NUMBER.findall(text)
    approximate = _APPROXIMATE.search(text) is not None
    if not numbers or (len(numbers) == 1 and not approximate and not proposal):
        return "value-number", {}
    return "value-range", {"proposal": proposal}


def _suggest(text: str, column: Column) -> str:
    """Number that a text most likely means, in the unit asked for: « → 45?»; "" if none."""
    if column.field.type == "money" and (amount := _amount(text)) is not None:
        return _offer(amount)
    rough = _APPROXIMATE.sub("", _TOLERANCE.sub("", text)).strip()
    found = _RANGE.fullmatch(text) or _NUMBER.fullmatch(rough)
    if found is None:
        return ""
    words = found[found.re.groups]
    scale, unit = rough_scale_of(words, column), stray_unit(words, column)
    middle = _middle(found.groups()[:-1])
    return "" if middle is None or scale is None else _offer(middle * scale, unit)


def _is_plain(text: str, column: Column) -> bool:
    """Whether a text is one number in words that the column takes."""
    found = _NUMBER.fullmatch(text)
    return found is not None and scale_of(found[2], column) is not None


def _amount(text: str) -> float | None:
    """Sum of money as ledgers and hurried people write it: «12 500-00», «12 500=», «12к»."""
    for pattern in (_ACCOUNTS, _KOPECKS):
        if found := pattern.fullmatch(text):
            return _read(found[1]) + int(found[2] or 0) / 100
    short = _SHORT_THOUSAND.fullmatch(text)
    return _read(short[1]) * 1000 if short else None


def _middle(ends: Sequence[str]) -> float | None:
    """Middle of «40 – 50», or the one number there is; None where it is not clear."""
    low, high = _read(ends[0]), _read(ends[-1])
    clear = low <= high and not any(map(may_be_thousands, ends))
    return (low + high) / 2 if clear else None


def _offer(number: float | None, unit: str = "") -> str:
    """End of a sentence that offers a number, spelled so that it reads back."""
    if number is None:
        return ""
    short = round(number, 2)
    digits = f"{short if isclose(short, number, rel_tol=1e-4) else number:.6g}"
    digits = f"{digits}0" if may_be_thousands(digits) else digits
    return f" → {digits} ({unit})?" if unit else f" → {digits}?"
