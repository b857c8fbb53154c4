"""What stands behind a number in its cell: «тыс. руб.», «шт./год», «недели».

Words that state a unit exactly are read; a unit of another kind is named, so that whoever
asks back can say where it belongs. Called by `quantities`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from matchmaker.codebook import find_unit
from matchmaker.survey.headings.read_heading import counted_in
from matchmaker.survey.headings.sheet import Column

_MULTIPLES = {
    r"тыс(?:яч[аи]?)?|thousands?|k": 1e3,
    r"млн|миллион(?:а|ов)?|millions?|mn": 1e6,
    r"млрд|миллиард(?:а|ов)?|billions?|bn": 1e9,
}
_WORDS: Mapping[str, Mapping[str, float]] = {
    "RUB": {r"руб(?:лей|ля|ль)?|р|₽|rub|rur": 1.0},
    "unit": {r"ед|шт|штук[аиу]?|единиц[аыу]?|units?|pcs?|pieces?": 1.0},
    "h": {r"ч|час(?:а|ов)?|h|hours?": 1.0},
    "kg": {
        r"кг|килограмм(?:а|ов)?|kg": 1.0,
        r"г|гр|грамм(?:а|ов)?|g": 0.001,
        r"т|тонн[аы]?|t": 1000.0,
    },
    "days": {
        r"(?:кал(?:ендарн\w*)?\.? ?)?(?:дн|дней|дня|день|days?|сут|суток)|к\.? ?д": 1.0,
        r"нед|недел[яиью]|недель|weeks?": 7.0,
    },
    "yr": {
        r"г|год[ау]?|yr|year|annum": 1.0,
        r"мес|месяц[ае]?|mo|month": 12.0,
        r"кв|квартал[ае]?|quarter": 4.0,
    },
}
_ROUGH_DAYS = {
    r"раб(?:оч\w*)?\.? ?(?:дн|дней|дня|день)|р\.? ?д|working days?|business days?": 7 / 5,
    r"мес|месяц(?:а|ев)?|months?": 30.0,
}
_ROUGH_PERIODS = {r"нед|недел[яю]|week": 52.0}
_PERIODS_OF_NO_LENGTH = {r"дн|день|сут|сутки|смен[ау]|ч|час|day|shift|hour": 0.0}
_COUNTED = frozenset({"RUB", "unit"})
_SEPARATOR = r"\s*(?:/|за|в|per|a)\s*"
_PERIOD = re.compile(r"\s*/\s*|(?:^|\s+)(?:за|в|per|a)\s+")
_NO_VAT = r"(?:без |б/ ?|б\. ?)ндс\.?|(?:without|excl\.?|excluding|net of) vat"
_VAT_FREE = rf"(?:,?\s*(?:{_NO_VAT}|\((?:{_NO_VAT})\)))?"
_WITH_VAT = re.compile(
    r"(?:\b(?:с|вкл\w*\.?|в т\. ?ч\.) ?ндс|\b(?:with|incl\w*\.?) vat)(?:\s*(\d{1,2})\s*%)?"
)


def scale_of(words: str, column: Column) -> float | None:
    """By what the words behind a number multiply it, in the unit the column asks for.

    None when they cannot stand there, and when the heading asks for another unit than the
    survey, so that it is not clear which of them holds.
    """
    if not words:
        return 1.0
    if column.field.type == "share":
        return 0.01 if words == "%" else None
    if column.factor != column.field.factor:
        return None
    return _read(words, column.field.unit, column.field.factor)


def rough_scale_of(words: str, column: Column) -> float | None:
    """As `scale_of`, also for words whose measure differs, and beside a stray unit.

    Such are a month in days, a working day, and a period that is not the one asked for.
    """
    exact = scale_of(words, column)
    if exact is not None:
        return exact
    if column.field.unit == "days" and column.factor == 1:
        return _matching_scale(words.rstrip("."), _ROUGH_DAYS)
    what, per = _halves(words)
    stray = stray_unit(words, column)
    scale = 1.0 if stray else _scale_of_part(what, column)
    if scale is None or not per:
        return scale if stray else None
    times = _times_a_year(per, column)
    return scale * times / column.factor if times else None


def stray_unit(words: str, column: Column) -> str:
    """Unit among the words that belongs into a column of its own: «т» of «500 т»; "" if none."""
    if not column.field.unit.startswith("unit/") or counted_in(column):
        return ""
    unit = _halves(words)[0]
    counted = _matching_scale(unit.rstrip("."), _WORDS["unit"]) is not None
    return unit if find_unit(unit) and not counted else ""


def period_beside(words: str, column: Column) -> str:
    """Period behind a stray unit, as the cell has it: «/год» of «т/год».

    Empty where it is the period asked for, or there is none.
    """
    per = _halves(words)[1]
    return "" if _times_a_year(per, column) == column.factor else per


def has_other_period(words: str, column: Column) -> bool:
    """Whether words are a quantity in a period that a column cannot take as it stands."""
    what, per = _halves(words)
    return (
        _times_a_year(per, column) is not None
        and (stray_unit(words, column) or _scale_of_part(what, column)) is not None
    )


def _halves(words: str) -> tuple[str, str]:
    """What is counted, and behind its separator the period: «т» and «/год», if any."""
    found = _PERIOD.search(words)
    place = found.start() if found else len(words)
    return words[:place].strip(), words[place:].rstrip(".")


def _scale_of_part(what: str, column: Column) -> float | None:
    """Scale of the words before a period; None if the heading counts in a unit of its own."""
    if counted_in(column) or column.field.unit[-3:] != "/yr":
        return None
    return _read(what, column.field.unit.partition("/")[0], 1.0)


def _times_a_year(per: str, column: Column) -> float | None:
    """How often a period is in a year, 0 where it is unsaid on how many days; None if none."""
    word = _PERIOD.sub("", per, count=1)
    known = {**_WORDS["yr"], **_ROUGH_PERIODS, **_PERIODS_OF_NO_LENGTH}
    return _matching_scale(word, known) if column.field.unit.endswith("/yr") else None


def vat_share(words: str) -> float | None:
    """Rate of the value added tax that a price includes, 0 where unsaid; None if it has none.

    >>> vat_share("руб. с ндс 20%"), vat_share("руб. без ндс")
    (0.2, None)
    """
    found = _WITH_VAT.search(words)
    return None if found is None else int(found[1] or 0) / 100


def _read(words: str, unit: str, factor: float) -> float | None:
    found = _pattern(unit, factor != 1).fullmatch(words)
    if found is None:
        return None
    what, _, per = unit.partition("/")
    scale = _matching_scale(found["multiple"], _MULTIPLES) or 1.0
    scale *= _matching_scale(found["what"], _WORDS.get(what, {})) or 1.0
    periods = _matching_scale(found["per"], _WORDS.get(per, {}))
    return scale if periods is None or per != "yr" else scale * periods / factor


def _matching_scale(word: str | None, scales: Mapping[str, float]) -> float | None:
    """Scale of the first pattern that a word is."""
    if not word:
        return None
    return next((s for pattern, s in scales.items() if re.fullmatch(f"(?:{pattern})", word)), None)


@cache
def _pattern(unit: str, periodic: bool) -> re.Pattern[str]:
    """Match what may stand behind a number of a unit: «шт./мес.», «тыс. руб.», «недели».

    Of what is asked per year as a whole no other period is read: it may mean a part of it.
    """
    what, _, per = unit.partition("/")
    multiple = "|".join(_MULTIPLES) if what in _COUNTED else "(?!)"
    periods = _WORDS.get(per, {})
    if per == "yr" and not periodic:
        periods = {word: scale for word, scale in periods.items() if scale == 1}
    return re.compile(
        rf"(?:(?P<multiple>{multiple})\b\.?\s*)?(?:(?P<what>{_any(_WORDS.get(what, {}))})\.?)?"
        rf"(?:{_SEPARATOR}(?P<per>{_any(periods)})\.?)?{_VAT_FREE}"
    )


def _any(patterns: Mapping[str, float]) -> str:
    return "|".join(patterns) or "(?!)"
