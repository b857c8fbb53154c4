"""One date as people write it: «20.02.2026», «20 февраля 2026 г.», `2026-02-20T10:00`.

A text that may be two dates, or no more than a month, is a problem with the dates it
suggests. Called by `values`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from matchmaker.codebook import fold

EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
"""Years that a date of a survey may lie in."""

WITHOUT_END = frozenset(
    {"бессрочно", "бессрочный", "бессрочная", "бессрочное", "без срока", "без ограничения срока"}
    | {"без срока действия", "без ограничения", "не ограничен", "unlimited", "indefinite"}
    | {"indefinitely", "permanent", "no expiry", "without end", "open-ended"}
)
"""Evened out, what people write of a document that does not expire."""

_MONTHS = (
    ("январь", "января", "january"),
    ("февраль", "февраля", "february"),
    ("март", "марта", "march"),
    ("апрель", "апреля", "april"),
    ("май", "мая", "may"),
    ("июнь", "июня", "june"),
    ("июль", "июля", "july"),
    ("август", "августа", "august"),
    ("сентябрь", "сентября", "september"),
    ("октябрь", "октября", "october"),
    ("ноябрь", "ноября", "november"),
    ("декабрь", "декабря", "december"),
)
_TIME = (
    r"(?:[t ,]+\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?: ?[ap]m)?"
    r"(?: ?(?:z|gmt|utc|msk|мск))?(?: ?[+-]\d[\d:]*)?)?"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-./])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([-./])(\d{{1,2}})\2(\d{{4}}){_TIME} ?(?:г\.?)?", re.ASCII)
_IN_WORDS = re.compile(r"«?(\d{1,2})»?\.? ?([a-zа-я]{3,})\.?,? (\d{4}) ?(?:г\.?|года)?")
_WORD_FIRST = re.compile(r"([a-z]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_SHORT_YEAR = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d\d) ?(?:г\.?)?", re.ASCII)
_MONTH_ALONE = re.compile(r"(?:([a-zа-я]{3,})|(\d{1,2})[-./])\.? ?(\d{4}) ?(?:г\.?|года)?")
_SERIAL = re.compile(r"[2-6]\d{4}", re.ASCII)
_SERIAL_ZERO = date(1899, 12, 30)
_LONGEST = 60


def read_date(text: str) -> tuple[str | None, list[str]]:
    """Date that a text plainly states, as 2026-02-20; or None and what it may mean.

    >>> read_date("20 февраля 2026 г."), read_date("3/4/2026")
    (('2026-02-20', []), (None, ['2026-04-03', '2026-03-04']))
    """
    folded = fold(text) if len(text) <= _LONGEST else ""
    if found := _YEAR_FIRST.fullmatch(folded):
        return _only(_iso(found[1], found[3], found[4]))
    if found := _DAY_FIRST.fullmatch(folded):
        return _day_first(found[2], found[1], found[3], found[4])
    if found := _IN_WORDS.fullmatch(folded):
        return _only(_iso(found[3], _month(found[2]), found[1]))
    if found := _WORD_FIRST.fullmatch(folded):
        return _only(_iso(found[3], _month(found[1]), found[2]))
    return None, _guesses(folded)


def _only(day: str | None) -> tuple[str | None, list[str]]:
    return day, []


def _day_first(mark: str, first: str, second: str, year: str) -> tuple[str | None, list[str]]:
    """Points and hyphens part day, month, year; slashes part them in either order."""
    russian, american = _iso(year, second, first), _iso(year, first, second)
    if mark != "/" or russian == american:
        return _only(russian)
    found = [day for day in (russian, american) if day]
    return _only(found[0]) if len(found) == 1 else (None, found)


def _guesses(text: str) -> list[str]:
    """Dates that a text may mean: a year of two digits, the first of a month, a serial number."""
    day: str | None = None
    if found := _SHORT_YEAR.fullmatch(text):
        day = _iso(f"20{found[3]}", found[2], found[1])
    elif found := _MONTH_ALONE.fullmatch(text):
        day = _iso(found[3], found[2] or _month(found[1]), 1)
    elif _SERIAL.fullmatch(text):
        day = (_SERIAL_ZERO + timedelta(days=int(text))).isoformat()
    return [day] if day else []


def _month(word: str) -> int:
    """Number of a month, also cut short: «фев», «сент»; 0 for any other word."""
    places = (at for at, names in enumerate(_MONTHS, 1) if any(n.startswith(word) for n in names))
    return next(places, 0)


def _iso(year: str | int, month: str | int, day: str | int) -> str | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None
