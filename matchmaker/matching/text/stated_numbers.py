"""Stated numbers: sizes and models that tell one thing from another of the same name.

Beside `stated_quantities`, which reads intervals. «М8» is not «М10», «диск 560 мм» not «диск
660 мм», "UCF 208" not "UCP 205". A number belongs to the thing, or, where it is that of a model
(«ПЛН-3-35»), to the word it stands behind: in «лемех плуга ПЛН-3-35» it is that of the plough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from matchmaker.matching.text.stated_quantities import UNITS
from matchmaker.matching.text.stems import one_script


class Number(NamedTuple):
    """Figures as they stand together («160х200», «ПЛН-3-35»), and what they measure."""

    figures: tuple[float, ...]
    measure: str
    """What the unit measures; empty where no unit is stated."""
    is_model: bool


_COUNTED = r"(?:шт|штук\w*|pcs|pc|pieces|компл\w*|пар[аы]?|pairs?|ед)\b"
_UNIT = "|".join(map(re.escape, sorted(UNITS, key=len, reverse=True)))
_BOUND = r"(?:\b(?:от|до|менее|более|свыше|up to|from|over|least|most|max|min)\s*)"
_FIGURE = r"\d+(?:[.,]\d+)*"
_NUMBER = re.compile(
    rf"(?P<bound>{_BOUND})?(?P<model>[A-Z]{{2,5}} ?|[^\W\d_]{{2,}}-?)?"
    rf"(?P<figures>{_FIGURE}(?:\s?[-xх×*/XХ]\s?{_FIGURE})*)"
    rf"\s*(?:(?P<counted>{_COUNTED})|(?P<unit>(?i:{_UNIT}))(?![^\W\d_]))?"
)
_BETWEEN = re.compile(r"[-xх×*/XХ\s]+")


@lru_cache(maxsize=100_000)
def stated_numbers(text: str) -> tuple[Number, ...]:
    """Numbers that a text states of a thing; bounds, ranges and counts of pieces left out.

    >>> [number.figures for number in stated_numbers("Болт М12х40, 5 шт., до 20 кг")]
    [(12.0, 40.0)]
    """
    return tuple(_numbers(text))


def _numbers(text: str) -> Iterator[Number]:
    for found in _NUMBER.finditer(text):
        figures = _BETWEEN.split(found["figures"])
        measure, factor = UNITS.get(one_script((found["unit"] or "").casefold()), ("", 1.0))
        ranges = measure and "-" in found["figures"] and not found["model"]
        if not (found["bound"] or found["counted"] or ranges):
            values = tuple(round(value * factor, 6) for one in figures for value in _values(one))
            yield Number(values, measure, bool(found["model"]))


def _values(figure: str) -> Iterator[float]:
    """A figure; its parts where points stand between several («80.40.250»)."""
    parts = figure.replace(",", ".").split(".")
    yield from map(float, parts if len(parts) > 2 else [".".join(parts)])


def numbers_agree(one: tuple[Number, ...], other: tuple[Number, ...]) -> float | None:
    """1 where numbers are the same, -1 where they contradict, -0.5 where both; else None.

    Numbers contradict where each text has one that the other has not, of the same measure.

    >>> numbers_agree(stated_numbers("Диск 560 мм"), stated_numbers("Диск Ø660"))
    -1.0
    """
    mine = [number for number in one if not any(_same(number, its) for its in other)]
    its = [number for number in other if not any(_same(number, own) for own in one)]
    agree = len(mine) < len(one)
    if any(_comparable(a, b) for a in mine for b in its):
        return -0.5 if agree else -1.0
    return 1.0 if agree else None


def _same(one: Number, other: Number) -> bool:
    """Whether the figures of one are among those of the other."""
    if one.measure and other.measure and one.measure != other.measure:
        return False
    short, long = sorted((one.figures, other.figures), key=len)
    return set(short) <= set(long)


def _comparable(one: Number, other: Number) -> bool:
    alike = one.measure == other.measure or not (one.measure and other.measure)
    return alike and one.is_model == other.is_model
