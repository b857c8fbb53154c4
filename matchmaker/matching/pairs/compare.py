"""Compare: one function a layer, each gives a level for every candidate pair.

Second step of matching, after `block`. A level is a number on the scale of its
comparison, NaN where either side did not state what is compared; `score` turns levels
into weights. A new layer is a function in `COMPARISONS`, a question in `QUESTIONS` and
rows in `weights.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchmaker.codebook import common_level
from matchmaker.matching.text.stated_numbers import numbers_agree
from matchmaker.matching.text.stated_quantities import agreement

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from matchmaker.matching.text.features import Side
    from matchmaker.matching.text.word_roles import WordRows

Levels = NDArray[np.float64]
Strings = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Positions of the pairs: row `left[i]` of the subjects with row `right[i]` of the names."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.left)


Comparison = Callable[["Side", "Side", Pairs], Levels]


def compare_declared(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where the subject names this very item of the catalogue, 0 where it names another."""
    mine, other = left.items[pairs.left], right.items[pairs.right]
    return np.where(mine == "", np.nan, (mine == other).astype(float))


def compare_codes(left: Side, right: Side, pairs: Pairs) -> Levels:
    """How many digits the OKPD2 codes share: 0, 2, 3, 4, 5, 6 or 9."""
    return _by_value(left.codes[pairs.left], right.codes[pairs.right], common_level)


def compare_same(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where the text is the name itself, word endings and case aside; NaN where it is not.

    A text that differs says nothing here: the other comparisons say how much.
    """
    mine, its = left.folded[pairs.left], right.folded[pairs.right]
    return np.where((mine == its) & (mine != ""), 1.0, np.nan)


def compare_words(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Cosine of the rarity-weighted terms, 0 to 1, where both texts are of one language."""
    return np.where(_across(left, right, pairs), np.nan, _cosine(left.words, right.words, pairs))


def compare_translations(left: Side, right: Side, pairs: Pairs) -> Levels:
    """As `compare_words` with terms translated, where the texts differ in language."""
    return np.where(_across(left, right, pairs), _cosine(left.words, right.words, pairs), np.nan)


def compare_characters(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Cosine of the rarity-weighted character n-grams, 0 to 1, within one language."""
    cosine = _cosine(left.characters, right.characters, pairs)
    return np.where(_across(left, right, pairs), np.nan, cosine)


def compare_meaning(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Cosine of the encoder's vectors, 0 to 1, within one language."""
    return np.where(_across(left, right, pairs), np.nan, _nearness(left, right, pairs))


def compare_meaning_across(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Cosine of the encoder's vectors, 0 to 1, between two languages."""
    return np.where(_across(left, right, pairs), _nearness(left, right, pairs), np.nan)


def compare_topics(left: Side, right: Side, pairs: Pairs) -> Levels:
    """How alike the classes are that both texts speak of, 0 to 1."""
    return np.sqrt(_cosine(left.topics, right.topics, pairs))


def compare_classes(left: Side, right: Side, pairs: Pairs) -> Levels:
    """How much the left text speaks of the stated class of the right one, 0 to 1."""
    return np.sqrt(_cosine(left.topics, right.classes, pairs))


def compare_facts(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Sizes, counts and measures that agree less those that contradict, -2 to 2."""
    mine = np.array([bool(facts) for facts in left.facts], dtype=bool)
    its = np.array([bool(facts) for facts in right.facts], dtype=bool)
    levels = np.full(len(pairs), np.nan)
    for place in np.nonzero(mine[pairs.left] & its[pairs.right])[0]:
        found = agreement(left.facts[pairs.left[place]], right.facts[pairs.right[place]])
        levels[place] = np.nan if found is None else np.clip(found, -2.0, 2.0)
    return levels


def compare_denials(left: Side, right: Side, pairs: Pairs) -> Levels:
    """-1 where one text has what the other denies («с двигателем», «без двигателя»), else NaN.

    What both say, and what both deny, the words tell. Within one language: translations deny
    what nobody said («не включённые в другие группировки», "other … n.e.c.").
    """
    conflicts = _conflicts(left.words, right.words, pairs) + _conflicts(
        right.words, left.words, Pairs(pairs.right, pairs.left)
    )
    return np.where((conflicts > 0) & ~_across(left, right, pairs), -1.0, np.nan)


def compare_heads(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Whether both texts name one thing: 1 by their heads, 0.7 by a second name of either.

    -1 where the left text names another thing, and the right one only as what that is for, of or
    with; -0.2 where a thesaurus says that the one is of a kind with the other; -0.5 where it names
    another thing. Told by the spellings in the language of the text; where an item has none, by
    translations, which tell of no other thing.
    """
    mine, its = left.roles, right.roles
    same = _shares(mine.heads, its.heads, pairs)
    aside = _shares(mine.heads, its.sides, pairs) | _shares(mine.sides, its.heads, pairs)
    whole = _shares(mine.others, its.heads, pairs)
    across = _across(left, right, pairs)
    other = np.where(across | ~its.named[pairs.right], np.nan, -0.5)
    near = _shares(mine.near_heads, its.heads, pairs)
    levels = np.select([same, aside, whole, near], [1.0, 0.7, -1.0, -0.2], other)
    return _by_item(np.where(mine.named[pairs.left], levels, np.nan), right, pairs, across)


def compare_kinds(left: Side, right: Side, pairs: Pairs) -> Levels:
    """Whether what qualifies the things goes together: 1 it agrees, -1 each has its own.

    -0.3 where the left text alone says more. «Стол журнальный» and «стол обеденный» are two
    tables, and «стол» may be either.
    """
    mine, its = (
        _unspoken(left, right, pairs),
        _unspoken(right, left, Pairs(pairs.right, pairs.left)),
    )
    all_mine, all_its = left.roles.kinds.counts[pairs.left], right.roles.kinds.counts[pairs.right]
    agree = (all_mine > mine) | (all_its > its)
    levels = np.select([(mine > 0) & (its > 0), mine > 0, agree], [-1.0, -0.3, 1.0], np.nan)
    across = _across(left, right, pairs)
    return _by_item(np.where(across, np.nan, levels), right, pairs, across)


def compare_purposes(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where both are for or of the same thing, -1 where for different ones.

    By the bill of materials where the right name does not say what it is for: -0.5 where the item
    goes into other things only, -0.2 where it goes into nothing known.
    """
    asked = left.roles.purposes
    met = _met(asked, right.roles.spoken, pairs) | _met(asked, right.wholes, pairs)
    has = asked.counts[pairs.left] > 0
    own = right.roles.purposes.counts[pairs.right] > 0
    known = np.diff(right.wholes.indptr)[pairs.right] > 0
    levels = np.select([met, own, known], [1.0, -1.0, -0.5], -0.2)
    across = _across(left, right, pairs)
    levels = np.where(has & ~across, levels, np.nan)
    return _by_item(levels, right, pairs, across)


def compare_numbers(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where sizes and models are the same, -1 where they contradict, -0.5 where both."""
    mine = np.array([bool(numbers) for numbers in left.numbers], dtype=bool)
    its = np.array([bool(numbers) for numbers in right.numbers], dtype=bool)
    levels = np.full(len(pairs), np.nan)
    for place in np.nonzero(mine[pairs.left] & its[pairs.right])[0]:
        found = numbers_agree(left.numbers[pairs.left[place]], right.numbers[pairs.right[place]])
        levels[place] = np.nan if found is None else found
    return levels


def compare_units(left: Side, right: Side, pairs: Pairs) -> Levels:
    """1 where both units measure the same dimension (pieces, length, mass …), else 0."""
    return _by_value(left.dimensions[pairs.left], right.dimensions[pairs.right], str.__eq__)


COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "declared": compare_declared,
        "code": compare_codes,
        "same": compare_same,
        "words": compare_words,
        "translations": compare_translations,
        "characters": compare_characters,
        "meaning": compare_meaning,
        "meaning_across": compare_meaning_across,
        "topics": compare_topics,
        "classes": compare_classes,
        "facts": compare_facts,
        "denials": compare_denials,
        "heads": compare_heads,
        "kinds": compare_kinds,
        "purposes": compare_purposes,
        "numbers": compare_numbers,
        "unit": compare_units,
    }
)
"""Every comparison by name, in the order in which contributions are listed."""

ROLES = ("heads", "kinds", "purposes", "numbers")
"""Comparisons that tell a thing from what it is for, and one size or kind of it from another."""

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {"declared": "item", "code": "okpd2", "meaning": "product", "unit": "unit"}
)
"""The field of the subject that answers a comparison; the others need no answer of their own."""


def compare(left: Side, right: Side, pairs: Pairs) -> dict[str, Levels]:
    """Levels of every comparison for the pairs, each an array in the order of the pairs."""
    return {name: function(left, right, pairs) for name, function in COMPARISONS.items()}


def _across(left: Side, right: Side, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether the two texts of every pair are of different languages."""
    return np.asarray(left.english[pairs.left] != right.english[pairs.right])


def _nearness(left: Side, right: Side, pairs: Pairs) -> Levels:
    dots = np.einsum("ij,ij->i", left.meaning[pairs.left], right.meaning[pairs.right])
    told = left.told[pairs.left] & right.told[pairs.right]
    return np.where(told, np.round(np.clip(dots, 0.0, 1.0), 6), np.nan)


def _cosine(left: csr_matrix, right: csr_matrix, pairs: Pairs) -> Levels:
    dots = np.asarray(left[pairs.left].multiply(right[pairs.right]).sum(axis=1)).ravel()
    told = (np.diff(left.indptr) > 0)[pairs.left] & (np.diff(right.indptr) > 0)[pairs.right]
    return np.where(told, np.round(np.minimum(dots, 1.0), 9), np.nan)


def _conflicts(one: csr_matrix, other: csr_matrix, pairs: Pairs) -> Levels:
    """Weight of the terms that one text of a pair says and the other denies, in each pair."""
    width = one.shape[1] // 2
    denied = other[:, width:]
    if not denied.nnz:
        return np.zeros(len(pairs))
    said = one[:, :width][pairs.left].multiply(denied[pairs.right])
    return np.asarray(said.sum(axis=1)).ravel()


def _shares(one: csr_matrix, other: csr_matrix, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether the rows of every pair have a word in common."""
    return np.asarray(one[pairs.left].multiply(other[pairs.right]).sum(axis=1)).ravel() > 0


def _met(asked: WordRows, told: csr_matrix, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether any asked word of the left text is told by the right one."""
    return _told(asked, told, pairs) > 0


def _told(asked: WordRows, told: csr_matrix, pairs: Pairs) -> NDArray[np.intp]:
    """How many asked words of the left text the right one tells."""
    counts = asked.counts[pairs.left]
    owner = np.repeat(np.arange(len(pairs)), counts)
    first = np.cumsum(counts) - counts
    places = asked.starts[pairs.left][owner] + np.arange(len(owner)) - first[owner]
    found = _shares(asked.words, told, Pairs(places, pairs.right[owner]))
    return np.bincount(owner, weights=found, minlength=len(pairs)).astype(np.intp)


def _unspoken(left: Side, right: Side, pairs: Pairs) -> NDArray[np.intp]:
    """How many words that qualify the left thing the right text does not have."""
    kinds = left.roles.kinds
    return np.asarray(kinds.counts[pairs.left] - _told(kinds, right.roles.spoken, pairs))


def _by_item(levels: Levels, right: Side, pairs: Pairs, across: NDArray[np.bool_]) -> Levels:
    """Best level of the spellings of an item for each of them; those across count if alone.

    A spelling that says nothing is better than one that contradicts.
    """
    group = np.unique(
        pairs.left * (right.owners.max(initial=0) + 1) + right.owners[pairs.right],
        return_inverse=True,
    )[1]
    size = group.max(initial=-1) + 1
    within = np.zeros(size, dtype=bool)
    within[group[~across]] = True
    counted = ~across | ~within[group]
    best = np.full(size, -np.inf)
    np.maximum.at(best, group[counted], np.nan_to_num(levels[counted]))
    return np.where(best == 0, np.nan, best)[group]


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
