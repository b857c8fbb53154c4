"""Materials: whether one that is stated is the one that is asked, its kind and grade included.

Beside `noun_phrases`. "Carbon steel" is no stainless steel, and "steel" says too little; what is
narrower does: "StainlessSteel_316" is stainless steel. «Алюминиевые сплавы» are aluminium: what
only says that it is metal or in what form it comes is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, product
from math import isnan, nan

from matchmaker.codebook import read_rows
from matchmaker.matching.text.noun_phrases import listed_words
from matchmaker.matching.text.stems import NOT, stem, terms

_JOINED = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[A-ZА-ЯЁ])(?=[A-ZА-ЯЁ][a-zа-яё])|_")
_PARTS = re.compile(r"[,;/()]|\s(?:и|или|and|or)\s")
_ROOT = 4
_COMMON = 7
"""Letters that stems share at least where neither begins the other: «нержавейка»."""

_METALS = frozenset({"metals", "plastics"})

Material = tuple[frozenset[str], frozenset[str]]
"""Stems of words, and grades: what has a figure in it."""


def taken_apart(text: str) -> str:
    """Text in which words written together stand apart.

    >>> taken_apart("StainlessSteel_316")
    'Stainless Steel 316'
    """
    return _JOINED.sub(" ", text)


@lru_cache(maxsize=100_000)
def has_material(asked: str, stated: str) -> float:
    """1 where a stated material is the asked one, NaN where the grade alone is not stated, else -1.

    Parameters
    ----------
    asked, stated
        Materials, several of them between commas or "and": any of the asked is enough.

    >>> [has_material("stainless steel", stated) for stated in ("StainlessSteel_316", "Steel")]
    [1.0, -1.0]
    """
    found = [_covers(*pair) for pair in product(_materials(asked), _materials(stated))]
    return max(found, key=lambda level: 0.0 if isnan(level) else level, default=-1.0)


def _materials(text: str) -> list[Material]:
    """Materials of a text; one that has a single word is also read behind the one before it."""
    read = [_read(part) for part in _PARTS.split(taken_apart(text))]
    stated = [part for part in read if part[0] or part[1]]
    elided = [
        (before[0] | words, grades)
        for before, (words, grades) in pairwise(stated)
        if len(words) == 1
    ]
    return stated + elided


def _read(part: str) -> Material:
    said = [term for term in terms(part, ()) if not term.startswith(NOT)]
    grades = {word.casefold() for word in part.split() if any(map(str.isdigit, word))}
    parts_of_grades = {term for grade in grades for term in terms(grade, ())}
    words = {term for term in said if term not in parts_of_grades}
    for word in tuple(words):
        words |= _meanings().get(word, frozenset())
    return frozenset(words), frozenset(grades)


def _covers(asked: Material, stated: Material) -> float:
    words = asked[0] - _forms() or asked[0]
    if not all(any(_is_alike(word, its) for its in stated[0]) for word in words):
        return -1.0
    if not asked[1] or asked[1] & stated[1]:
        return 1.0
    return -1.0 if stated[1] else nan


def _is_alike(one: str, other: str) -> bool:
    """Whether stems are of one root: «алюмин», «алюминиев»."""
    short, long = sorted((one, other), key=len)
    begins = len(short) >= _ROOT and long.startswith(short)
    return one == other or begins or one[:_COMMON] == other[:_COMMON]


@lru_cache(maxsize=1)
def _forms() -> frozenset[str]:
    return frozenset(
        stem(word) for word in (*listed_words("form", "ru"), *listed_words("form", "en"))
    )


@lru_cache(maxsize=1)
def _meanings() -> dict[str, frozenset[str]]:
    """What single words for materials mean by the thesaurus."""
    return dict(_single_words())


def _single_words() -> Iterator[tuple[str, frozenset[str]]]:
    for row in read_rows("thesaurus.csv"):
        for spelling in row["terms"].split("|") if row["field"] in _METALS else ():
            written = terms(spelling, ())
            if len(written) == 1:
                yield written[0], frozenset(terms(row["means"], ()))
