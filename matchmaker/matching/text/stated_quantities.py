"""Stated quantities: sizes, counts and measures that no similarity of words tells.

Beside `text`: «500 т» and «50 т» are near for every vector, and «размер M» is not «размер L».
A fact is a quantity of something as an interval: `("g", 1300, ∞)` for «не менее 1300 г»,
`("опор", 4, 4)` for «на 4-х опорах», `("size", 3, 3)` for M. Two texts agree on what both
state when the intervals overlap and contradict each other when they do not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import inf

from matchmaker.codebook import fold
from matchmaker.matching.text.stems import is_english, one_script, stem

Interval = tuple[float, float]
Facts = Mapping[str, Interval]

SIZES = {
    name: (float(rank), float(rank))
    for rank, names in enumerate(
        (
            ("xxs",),
            ("xs",),
            ("s", "small"),
            ("m", "medium"),
            ("l", "large"),
            ("xl", "extralarge"),
            ("xxl",),
            ("xxxl",),
        )
    )
    for name in names
}
"""Letter sizes in order."""

UNITS = {
    **dict.fromkeys(("кг", "kg", "килограмм", "килограммов", "kilograms"), ("g", 1000.0)),
    **dict.fromkeys(("г", "гр", "g"), ("g", 1.0)),
    **dict.fromkeys(
        ("т", "тонна", "тонны", "тонн", "тн", "t", "ton", "tons", "tonnes"), ("g", 1e6)
    ),
    **dict.fromkeys(("мм", "mm"), ("mm", 1.0)),
    **dict.fromkeys(("см", "cm"), ("mm", 10.0)),
    **dict.fromkeys(("м", "m"), ("mm", 1000.0)),
    **dict.fromkeys(("дюйм", "дюйма", "дюймов", "inch", "inches"), ("mm", 25.4)),
    **dict.fromkeys(("мл", "ml"), ("ml", 1.0)),
    **dict.fromkeys(("л", "l"), ("ml", 1000.0)),
    **dict.fromkeys(("вт", "w"), ("w", 1.0)),
    **dict.fromkeys(("квт", "kw"), ("w", 1000.0)),
    **dict.fromkeys(("в", "v"), ("v", 1.0)),
    **dict.fromkeys(("кв", "kv"), ("v", 1000.0)),
    **dict.fromkeys(("кн", "kn"), ("n", 1000.0)),
    **dict.fromkeys(("мпа", "mpa"), ("mpa", 1.0)),
    **dict.fromkeys(("бар", "bar"), ("mpa", 0.1)),
    **dict.fromkeys(("кпа", "kpa"), ("mpa", 0.001)),
    **dict.fromkeys(("°с", "°c"), ("°c", 1.0)),
    **dict.fromkeys(("а", "a"), ("a", 1.0)),
    **dict.fromkeys(("ма", "ma"), ("a", 0.001)),
    **dict.fromkeys(("ом", "ohm", "ω"), ("ohm", 1.0)),
    **dict.fromkeys(("ком", "kohm", "kω"), ("ohm", 1e3)),
    **dict.fromkeys(("мом", "mohm"), ("ohm", 1e6)),
    **dict.fromkeys(("пф", "pf"), ("f", 1.0)),
    **dict.fromkeys(("нф", "nf"), ("f", 1e3)),
    **dict.fromkeys(("мкф", "uf", "µf", "μf"), ("f", 1e6)),
    **dict.fromkeys(("мкгн", "uh"), ("h", 1.0)),
    **dict.fromkeys(("мгн", "mh"), ("h", 1e3)),
    **dict.fromkeys(("гц", "hz"), ("hz", 1.0)),
    **dict.fromkeys(("кгц", "khz"), ("hz", 1e3)),
    **dict.fromkeys(("мгц", "mhz"), ("hz", 1e6)),
    **dict.fromkeys(("ггц", "ghz"), ("hz", 1e9)),
    **dict.fromkeys(("а·ч", "ач", "ah"), ("ah", 1.0)),
    **dict.fromkeys(("ма·ч", "мач", "mah"), ("ah", 0.001)),
    **dict.fromkeys(("бит", "bit"), ("bit", 1.0)),
    **dict.fromkeys(("мб", "mb"), ("byte", 1.0)),
    **dict.fromkeys(("гб", "gb"), ("byte", 1e3)),
}
"""What a unit measures and how many of the smallest unit it is."""

WORDS = {"двух": 2, "трех": 3, "четырех": 4, "пяти": 5, "шести": 6, "восьми": 8}
"""Numerals that begin a word: «трехопорный» states 3 of «опорный»."""

_LOWER = (
    *("от", "более", "больше", "свыше", "выше", "не менее", "не меньше", "не ниже", "не короче"),
    *("мин.", "минимум", "from", "over", "above", "at least", "no less than", "not less than"),
    *("min", "min.", "minimum", ">", "≥", ">="),
)
_UPPER = (
    *("до", "менее", "меньше", "ниже", "не более", "не больше", "не свыше", "не выше"),
    *("не превышает", "макс.", "максимум", "up to", "under", "below", "at most", "no more than"),
    *("not more than", "not exceeding", "max", "max.", "maximum", "<", "≤", "<="),
)
_REACHES = ("до", "up to")
"""Words that tell of how far something goes: «до -40 °C» is reached from above."""

_NUMBER = r"(?<![\w.,])\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_SIGNED = rf"(?:(?<![^\s(.…])[-−+])?(?:{_NUMBER})"
_BOUND = "|".join(map(re.escape, sorted((*_LOWER, *_UPPER), key=len, reverse=True)))
_UNIT = "|".join(map(re.escape, sorted(UNITS, key=len, reverse=True)))
_MEASURE = re.compile(
    rf"(?:(?<![\w-])({_BOUND})\s*)?({_SIGNED})"
    rf"(?:\s*({_UNIT})?\s*(?:-|до|to|\.\.\.?|…)\s*({_SIGNED}))?"
    rf"\s*({_UNIT})(?![\w/])(?:\s+(?:и|or) (более|more))?"
)
_THOUSANDS = re.compile(r"(?<=\d)['’](?=\d{3}(?!\d))")
_ENGLISH_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_AREA = re.compile(rf"({_NUMBER})\s*[xх*×]\s*({_NUMBER})(?:\s*[xх*×]\s*({_NUMBER}))?")
_COUNT = re.compile(r"\b(\d{1,2})\s*-?\s*(?:х|и|ти|ми)\b[\s-]*([а-я]{4,})")
_NUMERAL = re.compile(rf"\b({'|'.join(WORDS)})([а-я]{{4,}})")
_CLAUSE = re.compile(r"[;\n]|,(?!\d)|(?<!\d),|(?<!\.)\.(?![\d.])|(?<![\d.])\.(?!\.)")


@lru_cache(maxsize=100_000)
def facts(text: str) -> Facts:
    """Everything a text states in numbers, each as an interval; of one kind the first counts.

    >>> facts("Подгузники, размер M, вес до 20 кг")
    {'size': (3.0, 3.0), 'g': (-inf, 20000.0)}
    """
    folded = _evened(text)
    rest = _AREA.sub(" ", folded)
    found: dict[str, Interval] = {}
    for name, interval in (*_sizes(text), *_areas(folded), *_counts(folded), *_measures(rest)):
        found[name] = _joined(found[name], interval) if name in found else interval
    return found


def _evened(text: str) -> str:
    """Folded text with plain numbers: in English a comma before three digits parts thousands."""
    folded = _THOUSANDS.sub("", fold(text))
    return _ENGLISH_THOUSANDS.sub("", folded) if is_english(text) else folded


def _joined(first: Interval, second: Interval) -> Interval:
    """A least and a most are one interval; of other intervals the first counts."""
    (low, high), (lower, higher) = sorted((first, second), reverse=True)
    both_sided = low > -inf and high == inf and lower == -inf and low <= higher
    return (low, higher) if both_sided else first


def clauses(text: str) -> list[str]:
    """Parts of a text between semicolons, commas and full stops; those within numbers stay.

    >>> clauses("Ширина 40,5 см, грузоподъёмность до 130 кг")
    ['Ширина 40,5 см', 'грузоподъёмность до 130 кг']
    """
    return [part.strip() for part in _CLAUSE.split(text) if part.strip()]


def subject(text: str) -> str:
    """What a text states quantities of: the text without them, case and ё evened out.

    >>> subject("Грузоподъёмность не менее 130 кг")
    'грузоподъемность'
    """
    rest = _evened(text)
    for numbers in (_AREA, _MEASURE, _COUNT):
        rest = numbers.sub(" ", rest)
    sizes = {fold(word) for word in _size_words(text)}
    return " ".join(word for word in rest.split() if word not in sizes)


def _sizes(text: str) -> list[tuple[str, Interval]]:
    return [("size", SIZES[_plain(word)]) for word in _size_words(text)]


def _size_words(text: str) -> list[str]:
    """Letter sizes: capitals standing alone, or words."""
    words = re.findall(r"(?<![\w/-])[^\W\d_]+(?![\w/])", text)
    return [w for w in words if _plain(w) in SIZES and (w.isupper() or len(w) > 3)]


def _plain(word: str) -> str:
    return word.casefold().translate(_LOOKALIKE)


_LOOKALIKE = str.maketrans("хмс", "xmc")


def _areas(text: str) -> list[tuple[str, Interval]]:
    """Sides of something flat or cubic, the shortest first."""
    found = _AREA.search(text)
    if not found:
        return []
    sides = sorted(_value(side) for side in found.groups() if side)
    return [(f"side {place}", (side, side)) for place, side in enumerate(sides)]


def _counts(text: str) -> list[tuple[str, Interval]]:
    stated = [(float(number), thing) for number, thing in _COUNT.findall(text)]
    spelled = [(float(WORDS[numeral]), thing) for numeral, thing in _NUMERAL.findall(text)]
    return [(_thing(thing), (count, count)) for count, thing in (*stated, *spelled)]


def _thing(word: str) -> str:
    """Root of a counted thing: «опорах» and «опорный» are one."""
    return stem(stem(one_script(word)).removesuffix("н"))


def _measures(text: str) -> list[tuple[str, Interval]]:
    found = []
    for bound, low, own, high, unit, more in _MEASURE.findall(text):
        (name, factor), (other, own_factor) = UNITS[unit], UNITS[own or unit]
        first, last = _value(low) * own_factor, _value(high or low) * factor
        if name == other:
            kind = _kind(bound, ranges=bool(high), more=bool(more))
            found.append((name, _interval(round(first, 6), round(last, 6), kind)))
    return found


def _kind(bound: str, *, ranges: bool, more: bool) -> str:
    """How a number is meant: a range, a least, a most, how far something goes, or itself."""
    if ranges:
        return "range"
    if more or bound in _LOWER:
        return "least"
    return "reach" if bound in _REACHES else "most" if bound in _UPPER else "exact"


def _interval(first: float, last: float, kind: str) -> Interval:
    if kind == "least":
        return (first, inf)
    if kind == "reach" and first <= 0:
        return (first, 0.0)
    return (-inf, last) if kind in {"most", "reach"} else (first, max(first, last))


def _value(number: str) -> float:
    return float(number.replace(",", ".").replace("−", "-").replace(" ", ""))


def agreement(one: Facts, other: Facts) -> float | None:
    """Facts that agree less those that contradict; None when the texts state nothing in common.

    >>> agreement({"size": (3, 3)}, {"size": (4, 4), "g": (0, 100)})
    -1.0
    """
    shared = one.keys() & other.keys()
    if not shared:
        return None
    return float(sum(1 if _overlap(one[name], other[name]) else -1 for name in shared))


def _overlap(one: Interval, other: Interval) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
