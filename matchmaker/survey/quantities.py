"""One number as people write it: «1 200,50 руб.», «12,5 тыс. руб.», «40 %», «40–50».

A text that is not plainly one number never becomes one: it is a problem, with a proposal
where the text suggests a number. So is `1,200` or `1.200`, in every language: a point or
comma before exactly three digits may part thousands or decimals, headings do not say which
keyboard filled a cell, and a price wrong by a thousand would look like any other. Its row
waits in the quarantine until somebody writes `1200` or `1,2`. Called by `values`.
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
_UNSIGNED = (
    r"(?:\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+"
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
        return nan, _propose(text, column)
    if column.field.type != "share" and may_be_thousands(found[1]):
        return nan, ("value-thousands", _readings(found[1]))
    return _read(found[1]) * scale, None


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


def _propose(text: str, column: Column) -> Problem:
    """Problem of a text that is no plain number, with the number it suggests."""
    numbers = _ANY_NUMBER.findall(text)
    approximate = _APPROXIMATE.search(text) is not None
    if not numbers or (len(numbers) == 1 and not approximate):
        return "value-number", {}
    middle = _middle(text, column)
    return "value-range", {"proposal": "" if middle is None else f" → {middle:.6g}?"}


def _middle(text: str, column: Column) -> float | None:
    """Middle of a range such as «от 40 до 50 руб.», or the number of «≈40»; None of others."""
    found = _RANGE.fullmatch(text) or _NUMBER.fullmatch(_APPROXIMATE.sub("", text).strip())
    scale = _scale(found[found.re.groups], column) if found else None
    if found is None or scale is None:
        return None
    ends = found.groups()[:-1]
    low, high = _read(ends[0]), _read(ends[-1])
    clear = low <= high and not any(map(may_be_thousands, ends))
    return (low + high) / 2 * scale if clear else None
