"""Numbers and reasons in words, Russian and English, for every page and table.

Russian figures have narrow spaces between thousands and a decimal comma, English ones
commas and a point; neither breaks across lines.
"""

from __future__ import annotations

import re
from math import floor, log10

from matchmaker.codebook.messages import say
from matchmaker.codebook.units import units

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"

_KOPECKS = 2
_NEARLY_ALL, _HARDLY_ANY = 0.9995, 0.0005
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}:")
_SCALES = ((1e9, "wording.billion"), (1e6, "wording.million"), (1e3, "wording.thousand"))


def format_number(value: float, lang: str, *, digits: int = 0) -> str:
    """Number rounded to so many decimals, without the zeros at their end.

    >>> format_number(-1234567.5, "en", digits=2)
    '−1,234,567.5'
    """
    text = f"{abs(value):,.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    negative = value < 0 and text.strip("0.,") != ""
    return (MINUS if negative else "") + _local(text, lang)


def format_rounded(value: float, lang: str, *, digits: int = 3) -> str:
    """Number rounded to so many significant digits if it is below their scale, never as a power.

    >>> format_rounded(1e9 / 12, "en"), format_rounded(1e-6 / 12, "en")
    ('83,333,333', '0.0000000833')
    """
    decimals = digits - 1 - floor(log10(abs(value))) if value else 0
    return format_number(value, lang, digits=max(0, decimals))


def format_money(value: float, lang: str) -> str:
    r"""RUB, rounded to the rouble.

    >>> format_money(2932000, "en")
    'RUB\xa02,932,000'
    """
    return _roubles(format_number(value, lang), lang)


def format_price(value: float, lang: str) -> str:
    """RUB per unit, with kopecks where there are any."""
    text = f"{abs(value):,.{_KOPECKS}f}".removesuffix(".00")
    return _roubles((MINUS if value < 0 else "") + _local(text, lang), lang)


def format_money_short(value: float, lang: str) -> str:
    r"""RUB to three digits or so, in thousands, millions or billions.

    >>> format_money_short(2932000, "en")
    'RUB\xa02.93\xa0mn'
    """
    for scale, key in _SCALES:
        if abs(value) >= scale:
            scaled = value / scale
            digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
            number = format_number(scaled, lang, digits=digits)
            return _roubles(f"{number}{SPACE}{say(key, lang)}", lang)
    return format_money(value, lang)


def format_quantity(value: float, unit: str, lang: str) -> str:
    """Quantity with the sign of its unit: «1 200 шт»."""
    number = format_number(value, lang, digits=0 if abs(value) >= 10_000 else 2)
    return f"{number}{SPACE}{units()[unit].label(lang)}"


def format_share(value: float | None, lang: str) -> str:
    r"""Share in per cent; what is not quite all or nothing never looks so.

    >>> format_share(0.99999, "en")
    '>\xa099.9%'
    """
    if value is None:
        return NOTHING
    if _NEARLY_ALL <= value < 1:
        return f">{SPACE}{_percent(0.999, lang)}"
    if 0 < value < _HARDLY_ANY:
        return f"<{SPACE}{_percent(0.001, lang)}"
    return _percent(value, lang)


def reason(code: str, subject_label: str, lang: str) -> str:
    """Sentence for a reason code such as "capacity", of the enterprise it speaks of.

    After a colon a code may say more, such as "rejected:Anna: no machine", or a day and what
    it is of, such as "certificate-expired:2020-12-31:ISO 9001".
    """
    name, _, detail = code.partition(":")
    day = ""
    if _DATED.match(detail):
        day, _, detail = detail.partition(":")
    shown = format_day(day, lang)
    return say(f"reason.{name}", lang, subject=subject_label, detail=detail, day=shown)


def format_day(day: str, lang: str) -> str:
    """Day of a calendar: 31.12.2020 in Russian, as it is stored in English.

    >>> format_day("2020-12-31", "ru"), format_day("2020-12-31", "en")
    ('31.12.2020', '2020-12-31')
    """
    return ".".join(reversed(day.split("-"))) if lang == "ru" else day


def _percent(value: float, lang: str) -> str:
    number = format_number(100 * value, lang, digits=1)
    return f"{number}{SPACE}%" if lang == "ru" else f"{number}%"


def _roubles(number: str, lang: str) -> str:
    if lang == "ru":
        return f"{number}{SPACE}₽"
    sign = MINUS if number.startswith(MINUS) else ""
    return f"{sign}RUB{SPACE}{number.removeprefix(MINUS)}"


def _local(text: str, lang: str) -> str:
    return text.replace(",", NARROW_SPACE).replace(".", ",") if lang == "ru" else text
