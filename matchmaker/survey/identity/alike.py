"""Alike: how much of two names says the same, 0 to 1.

After `names`. Words are paired whatever their order: equal ones first, then nearly equal ones;
what is left over may be an abbreviation of what the other name has left over («СМП» of
«строительно-монтажное предприятие», «Стройснаб» of «строительное снабжение»).

References
----------
Cohen, W. W., Ravikumar, P., Fienberg, S. E. (2003), A comparison of string distance metrics for
name-matching tasks, IIWeb (soft TF-IDF).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from matchmaker.survey.identity.forms import legal_forms
from matchmaker.survey.identity.names import WEIGHTS, Name, Word

NEARLY = 78.0
"""Least likeness, of 100, of two words that may be one word misspelt."""

ABBREVIATED = 0.9
"""How much an abbreviation that fits counts, against 1 for the words themselves."""

CLIPPED = 5
"""Letters of a single word that may be another one cut short."""

LETTERS = 6
"""Letters of a usual word."""

FITS = 0.6
"""Least share of the words that an abbreviation has to stand for."""


def alike(one: Name, other: Name, rarity: Mapping[str, float]) -> float:
    """Share of the weight of both names that is in words they have in common.

    Parameters
    ----------
    one, other
        Names; their order does not matter.
    rarity
        Weight of a word by its key, 0 to 1; 1 for those not in it.
    """
    if not one.words or not other.words:
        return float("nan")
    whole = sum(weigh(word, rarity) for word in (*one.words, *other.words))
    shared, left, right = _paired(one.words, other.words, rarity)
    if left and right:
        fit = max(_abbreviation(left, right), _abbreviation(right, left))
        rest = sum(weigh(word, rarity) for word in (*left, *right))
        shared += ABBREVIATED * fit * rest
    loose = [_respaced(a, b, rarity) for a, b in ((one, other), (other, one)) if a.letters]
    return max(shared / whole, _run_together(one, other), *loose)


def weigh(word: Word, rarity: Mapping[str, float]) -> float:
    """How much a word counts: what kind it is of, and how rare."""
    return WEIGHTS[word.kind] * rarity.get(word.key, 1.0)


def _paired(
    one: Sequence[Word], other: Sequence[Word], rarity: Mapping[str, float]
) -> tuple[float, list[Word], list[Word]]:
    """Weight of the words in common, and what is left over on both sides."""
    left, right, shared = list(one), list(other), 0.0
    for word in one:
        same = next((its for its in right if its.key == word.key), None)
        if same is not None:
            left.remove(word)
            right.remove(same)
            shared += weigh(word, rarity) + weigh(same, rarity)
    for likeness, word, its in _nearly_equal(left, right):
        if word in left and its in right:
            left.remove(word)
            right.remove(its)
            shared += likeness * (weigh(word, rarity) + weigh(its, rarity))
    return shared, left, right


def _nearly_equal(one: Sequence[Word], other: Sequence[Word]) -> list[tuple[float, Word, Word]]:
    """Words that may be one misspelt, the most alike first."""
    found = [
        (likeness, word, its)
        for word in one
        for its in other
        if word.kind == its.kind == "plain"
        and (likeness := _nearness(*sorted((word.key, its.key))))
    ]
    return sorted(found, key=lambda pair: (-pair[0], *sorted((pair[1].key, pair[2].key))))


@lru_cache(maxsize=500_000)
def _nearness(one: str, other: str) -> float:
    if min(len(one), len(other)) < 4:
        return 0.0
    return fuzz.ratio(one, other, score_cutoff=NEARLY) / 100


def _respaced(broken: Name, other: Name, rarity: Mapping[str, float]) -> float:
    """Share of the weight of a name whose words stand in letters without true spaces."""
    letters, found, whole = broken.letters, 0.0, 0.0
    for word in sorted(other.words, key=lambda word: (-len(word.text), word.text)):
        whole += weigh(word, rarity)
        if word.text in letters:
            found += weigh(word, rarity)
            letters = letters.replace(word.text, " ", 1)
    rest = [part for part in letters.split() if part not in legal_forms()]
    unsaid = sum(map(len, rest)) / LETTERS
    return 2 * found / (whole + found + unsaid) if found else 0.0


def _run_together(one: Name, other: Name) -> float:
    """Likeness of names that differ by spaces: "vogue tex" and "voguetex"."""
    if len(one.words) == len(other.words):
        return 0.0
    likeness = fuzz.ratio(_core(one), _core(other), score_cutoff=90) / 100
    return likeness if min(len(_core(one)), len(_core(other))) > 3 else 0.0


def _core(name: Name) -> str:
    return "".join(word.text for word in name.words if word.kind != "stop")


def _abbreviation(short: Sequence[Word], full: Sequence[Word]) -> float:
    """How well the words of one side abbreviate those of the other, 0 or `FITS` to 1."""
    letters = "".join(word.text for word in short)
    parts = tuple(_parts(full))
    clipped = len(parts) == 1 and len(letters) >= CLIPPED
    if len(letters) >= sum(len(part) for part, _ in parts) or not (
        clipped or (len(letters) > 1 and len(parts) > 1)
    ):
        return 0.0
    if letters[0] not in {part[0] for part, _ in parts}:
        return 0.0
    fit = _covered(letters, parts) / max(sum(counts for _, counts in parts), 1)
    return fit if fit >= FITS else 0.0


def _parts(words: Sequence[Word]) -> Iterator[tuple[str, bool]]:
    """Parts of words in their order; of every word the first part counts."""
    for word in words:
        for place, part in enumerate(word.parts):
            yield part, place == 0 and word.kind != "stop"


@lru_cache(maxsize=200_000)
def _covered(letters: str, parts: tuple[tuple[str, bool], ...]) -> int:
    """Most parts that count which beginnings, in their order, can spell the letters with."""
    nothing = -len(parts) - 1
    best = [0] + [nothing] * len(letters)
    for part, counts in parts:
        then = list(best)
        for start, count in enumerate(best):
            for size in range(1, min(len(part), len(letters) - start) + 1):
                if count == nothing or letters[start + size - 1] != part[size - 1]:
                    break
                then[start + size] = max(then[start + size], count + counts)
        best = then
    return max(best[-1], 0)
