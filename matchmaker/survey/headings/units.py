"""Units in a heading: what «, тыс. руб./т» makes of the numbers below it.

Units are read, not skipped: under «Мощность, ед./год» a number is taken per year although the
survey asks per month, and a price with VAT is no price. What a heading counts in, such as
«руб. за тонну», has to be the unit of every row, or to convert.
"""

from __future__ import annotations

import re

from matchmaker.codebook import Field, find_unit, fold, units

_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN = re.compile(
    r"(?:/|за|per) ?(?:тыс|млн|thousand|\d)|[$€£¥%]|\b(?:квт|kw)\b"
    r"|\b(?:с|вкл\w*|в т\.? ?ч\.?) ндс|\b(?:with|incl\w*\.?) vat"
    r"|\b(?:usd|eur|cny|долл\w*|евро|юан\w*|dollars?|euros?)\b"
)
_SCALES = {
    "yr": {
        **dict.fromkeys(("год", "г", "году", "year", "yr", "annual"), 1.0),
        **dict.fromkeys(("мес", "месяц", "month", "mo"), 12.0),
        **dict.fromkeys(("кв", "квартал", "quarter"), 4.0),
    },
    "days": {
        **dict.fromkeys(("дней", "дн", "дни", "день", "days"), 1.0),
        **dict.fromkeys(("недель", "нед", "weeks"), 7.0),
    },
    "kg": {
        **dict.fromkeys(("кг", "kg"), 1.0),
        **dict.fromkeys(("г", "гр", "g"), 0.001),
        **dict.fromkeys(("т", "t"), 1000.0),
    },
    "h": dict.fromkeys(("ч", "час", "часов", "h", "hours"), 1.0),
    "RUB": {
        **dict.fromkeys(("тыс", "thousand"), 1e3),
        **dict.fromkeys(("млн", "million"), 1e6),
    },
}
_UNREAD = (
    *("неделю", "сутки", "сут", "мин", "минут", "раб", "рабочих"),
    *("week", "day", "min", "working"),
)
_DECISIVE = frozenset(word for scale in _SCALES.values() for word in scale) | {*_UNREAD}
_ANY_UNIT = frozenset({"ед", "единица", "единицу", "единиц", "unit", "units"})
_NEUTRAL = _ANY_UNIT | {"за", "в", "per", "a", "руб", "р", "rub", "без", "ндс", "without", "vat"}
_PARTS = re.compile(r"[/\\,;:()\[\]]|\b(?:за|в|на|без|per|without)\b")


def unit_factor(field: Field, units: str) -> float | None:
    """How much one of the units named is as stored, such as 12 for «шт./мес.»; None if unfit."""
    return _factor(field, f", {fold(units)}")


def read_units(field: Field, folded: str, tail: str) -> tuple[float | None, str]:
    """Factor of a heading by the units in its tail, and the code of the unit it counts in."""
    if not field.numeric:
        return field.factor, ""
    counted = {code for part in _PARTS.split(folded) if (code := _counted(field, part))}
    if len(counted) > 1 or (counted and "unit" not in field.unit.split("/")):
        return None, ""
    unit = "".join(counted)
    return _factor(field, _without(tail, unit)), unit


def is_all_units(tail: str, counted: str) -> bool:
    """Whether words say nothing but units, `counted` the one counted in, or name foreign ones."""
    rest = set(_WORD.findall(_without(tail, counted))) - _NEUTRAL - _DECISIVE
    return not rest or _FOREIGN.search(tail) is not None


def _counted(field: Field, part: str) -> str:
    """Code of the counting unit that a part of a heading is, unless its field asks in it."""
    word, own = part.strip(" .*"), set(field.unit.split("/"))
    if word in _ANY_UNIT or ("yr" in own and word in _SCALES["yr"]):
        return ""
    code = _code(word)
    dimension = units()[code].dimension if code else ""
    asked = ("kg" in own and dimension == "mass") or ("h" in own and dimension == "time")
    return "" if code is None or asked else code


def _code(part: str) -> str | None:
    """Code of the unit that a part of a heading is, also in the accusative: «за 1 тонну»."""
    word = part.strip(" .*").removeprefix("1 ")
    return find_unit(word) or find_unit(f"{word[:-1]}а" if word.endswith("у") else f"{word}.")


def _without(tail: str, unit: str) -> str:
    """Units of a heading less the part that is the counting unit, if any."""
    if not unit:
        return tail
    return ", ".join(part for part in _PARTS.split(tail) if _code(part) != unit)


def _factor(field: Field, tail: str) -> float | None:
    """How much one asked unit is as stored, by the units in a heading; None if they clash."""
    words = set(_WORD.findall(tail))
    if _FOREIGN.search(tail):
        return None
    factor = 1.0 if "yr" in field.unit else field.factor
    for part in field.unit.split("/"):
        named = {scale for word, scale in _SCALES.get(part, {}).items() if word in words}
        if len(named) > 1:
            return None
        factor *= named.pop() if named else field.factor if part == "yr" else 1.0
        words -= _SCALES.get(part, {}).keys()
    return None if words & _DECISIVE else factor
