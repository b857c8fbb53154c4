"""Compare: one function a layer, each gives a level for every candidate pair.

Second step of matching, after `block`. A level is a number on the scale of its
comparison, NaN where either side did not state what is compared; `score` turns levels
into weights. A new layer is a function in `COMPARISONS`, a question in `QUESTIONS` and
rows in `weights.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.codebook import common_level, units
from matchmaker.matching.text import Lexicon, Vectors

Levels = NDArray[np.float64]
Strings = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of the pairs, row by row; an empty string means not stated.

    `items` are the declared items of the subjects, or the catalogue's own codes.
    """

    vectors: Vectors
    items: Strings
    codes: Strings
    dimensions: Strings

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Positions of the pairs: row `left[i]` of the subjects with row `right[i]` of the names."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.left)


Comparison = Callable[[Side, Side, Pairs], Levels]


def compare_declared(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where the subject names this very item of the catalogue, 0 where it names another."""
    mine, other = left.items[pairs.left], right.items[pairs.right]
    return np.where(mine == "", np.nan, (mine == other).astype(float))


def compare_codes(left: Side, right: Side, pairs: Pairs) -> Levels:
    """How many digits the OKPD2 codes share: 0, 2, 3, 4, 5, 6 or 9."""
    return _by_value(left.codes[pairs.left], right.codes[pairs.right], common_level)


def compare_words(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Cosine of the rarity-weighted word stems, 0 to 1."""
    return _cosine(left.vectors.words, right.vectors.words, pairs)


def compare_characters(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Cosine of the rarity-weighted character n-grams, 0 to 1."""
    return _cosine(left.vectors.characters, right.vectors.characters, pairs)


def compare_units(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where both units measure the same dimension (pieces, length, mass …), else 0."""
    return _by_value(left.dimensions[pairs.left], right.dimensions[pairs.right], str.__eq__)


COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "declared": compare_declared,
        "code": compare_codes,
        "words": compare_words,
        "characters": compare_characters,
        "unit": compare_units,
    }
)
"""Every comparison by name, in the order in which contributions are listed."""

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "declared": "item",
        "code": "okpd2",
        "words": "product",
        "characters": "product",
        "unit": "unit",
    }
)
"""The field of the subject that answers a comparison."""


def compare(left: Side, right: Side, pairs: Pairs) -> dict[str, Levels]:
    """Levels of every comparison for the pairs, each an array in the order of the pairs."""
    return {name: function(left, right, pairs) for name, function in COMPARISONS.items()}


def side(
    lexicon: Lexicon,
    texts: Sequence[str],
    *,
    items: Sequence[str] | None = None,
    codes: Sequence[str] | None = None,
    unit_codes: Sequence[str] | None = None,
) -> Side:
    """Rows ready to be compared; what is left out counts as not stated."""
    blank = [""] * len(texts)
    dimensions = [units()[unit].dimension if unit else "" for unit in unit_codes or blank]
    return Side(
        lexicon.vectors(texts),
        np.array(items or blank, dtype=object),
        np.array(codes or blank, dtype=object),
        np.array(dimensions, dtype=object),
    )


def _cosine(left: csr_matrix, right: csr_matrix, pairs: Pairs) -> Levels:
    dots = np.asarray(left[pairs.left].multiply(right[pairs.right]).sum(axis=1)).ravel()
    told = (np.diff(left.indptr) > 0)[pairs.left] & (np.diff(right.indptr) > 0)[pairs.right]
    return np.where(told, np.round(np.minimum(dots, 1.0), 9), np.nan)


def _by_value(one: Strings, other: Strings, level: Callable[[str, str], float]) -> Levels:
    """Apply `level` once to each distinct pair of values."""
    mine, my_values = pd.factorize(one)
    its, its_values = pd.factorize(other)
    distinct, place = np.unique(mine * max(len(its_values), 1) + its, return_inverse=True)
    levels = [
        level(a, b) if a and b else np.nan
        for a, b in (
            (my_values[i // len(its_values)], its_values[i % len(its_values)]) for i in distinct
        )
    ]
    return np.array(levels, dtype=np.float64)[place] if len(place) else np.empty(0)
