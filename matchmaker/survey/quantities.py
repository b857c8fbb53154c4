"""One number as people write it: «1 200,50 руб.», «12,5 тыс. руб.», «40 %», «40–50».

A text that is not plainly one number never becomes one: it is a problem, with a proposal
where the text suggests a number. Called by `values`.
"""

from __future__ import annotations

import re
from functools import cache
from math import isinf, isnan, nan

from matchmaker.codebook import Field, fold
from matchmaker.survey.grids import RawCell
from matchmaker.survey.headers import Column

Problem = tuple[str, dict[str, str]]
"""Issue code and what its sentences need to know."""

DIGITS = 14
"""Significant digits kept by a conversion, so that asked × factor goes there and back."""

_POSITIVE_UNITS = frozenset({"RUB/unit", "unit/unit"})
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\u2002\u2003", " ") | {"−": "-"})
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:\.\d{3}){2,}|\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)(?![\d,])\s*(.*)",
    re.ASCII | re.DOTALL,
)
_ANY_NUMBER = re.compile(r"\d+(?:[ ]\d{3})*(?:[.,]\d+)?", re.ASCII)
_THOUSAND_OR_NOT = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_APPROXIMATE = re.compile(
    r"[≈~<>≤≥±]|\b(?:от|до|около|примерно|порядка|не менее|не более)\b|\+$"
    r"|\b(?:about|circa|ca|from|up to|min|max)\b"
)
_INFINITE = re.compile(r"[+-]?(?:inf(?:inity)?|∞|бесконечность)")
_WORDS = {
    "RUB": r"(?:руб(?:лей|ля|ль)?|р|₽|rub|rur)",
    "unit": r"(?:ед|шт|штук[аиу]?|единиц[аыу]?|units?|pcs?|pieces?)",
    "h": r"(?:ч|час(?:а|ов)?|h|hours?)",
    "kg": r"(?:кг|kg)",
    "days": r"(?:дн|дней|дня|день|days?|сут|суток)",
    "yr": r"(?:г|год|yr|year)",
    "month": r"(?:мес|месяц|mo|month)",
}
_THOUSANDS = {"тыс": 1e3, "тысяч": 1e3, "thousand": 1e3, "млн": 1e6, "million": 1e6}


def parse_number(raw: RawCell, column: Column) -> tuple[float, Problem | None]:
    """Read the number of a filled cell as stored, or say what is wrong with it."""
    number, problem = _parse_any(raw, column)
    if problem:
        return nan, problem
    code = _fault(number, column.field)
    if code:
        return nan, (code, {})
    if column.factor == 1:
        return number + 0.0, None
    return float(f"{number * column.factor:.{DIGITS}g}"), None


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
    found = _NUMBER.fullmatch(text)
    scale = _scale(found[2], column) if found else None
    if found is None or scale is None:
        return nan, _propose(text)
    if column.english and _THOUSAND_OR_NOT.fullmatch(found[1]):
        readings = (found[1].replace(",", "."), found[1].replace(",", ""))
        return nan, ("value-range", {"proposal": " / ".join(readings)})
    return _read(found[1]) * scale, None


def _read(digits: str) -> float:
    """Read digits whose last lone point or comma is the decimal one.

    >>> _read("1 200,5"), _read("1,200.5"), _read("1,200,000")
    (1200.5, 1200.5, 1200000.0)
    """
    plain = digits.replace(" ", "")
    mark = max(plain.rfind("."), plain.rfind(","))
    if mark < 0 or plain.count(plain[mark]) > 1:
        return float(plain.replace(",", "").replace(".", ""))
    return float(plain[:mark].replace(",", "").replace(".", "") + "." + plain[mark + 1 :])


def _scale(suffix: str, column: Column) -> float | None:
    """By what the words behind a number multiply it; None when they cannot stand there."""
    if not suffix:
        return 1.0
    if column.field.type == "share":
        return 0.01 if suffix == "%" else None
    if column.factor != column.field.factor:
        return None
    found = _suffix(column.field.unit, column.field.factor).fullmatch(suffix)
    return _THOUSANDS.get(found["thousands"] or "", 1.0) if found else None


@cache
def _suffix(unit: str, factor: float) -> re.Pattern[str]:
    """Match what may stand behind a number of that unit, as asked: «шт./мес.», «тыс. руб.»."""
    what, _, per = unit.partition("/")
    per = "month" if factor == 12 else per
    thousands = "|".join(_THOUSANDS) if what == "RUB" else "(?!)"
    return re.compile(
        rf"(?:(?P<thousands>{thousands})\.?\s*)?(?:{_WORDS.get(what, '(?!)')}\.?)?"
        rf"(?:\s*(?:/|за|в|per)\s*{_WORDS.get(per, '(?!)')}\.?)?(?:\s*(?:без ндс|without vat))?"
    )


def _propose(text: str) -> Problem:
    """Problem of a text that is no plain number, with the number it suggests."""
    numbers = [_read(digits) for digits in _ANY_NUMBER.findall(text)]
    if not numbers:
        return "value-number", {}
    middle = sum(numbers[:2]) / len(numbers[:2])
    several = len(numbers) > 1 or _APPROXIMATE.search(text) is not None
    return "value-range" if several else "value-number", {"proposal": f"{middle:.6g}"}
