"""Classes: which codes of OKPD2 a text speaks of, as a profile over the classification.

Behind `lexicon`, beside `meaning`. A text is described by the codes whose names it resembles,
Russian or English or the name of the activity of the same number (OKVED2); part of every
resemblance goes to the codes above, so that «инвалидная коляска», named nine digits deep, also
speaks of group 30.92. Two texts without a common word meet where they speak of one class,
whatever their languages: explicit semantic analysis.

References
----------
Gabrilovich, E., Markovitch, S. (2007), Computing semantic relatedness using Wikipedia-based
explicit semantic analysis, IJCAI, 1606-1611.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, vstack

from matchmaker.codebook import fold, read_rows
from matchmaker.matching.text.stems import bare_terms

SHARPNESS = 4
"""Power of the resemblance: near names count far more than distant ones."""

CODES = 100
"""How many codes at most describe a text, those above them not counted."""

SHARE_ABOVE = 0.5
"""Part of a resemblance that the next code above receives."""

SHORTEST = 3
"""Digits of the highest codes that receive anything: classes of two digits are too wide."""

Terms = Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """Names of the codes as weighted terms, one matrix (terms × codes) for each kind of name.

    `above` (codes × codes) spreads a code to those above it; `named` finds a code by its name.
    """

    terms: Mapping[str, int]
    rarity: NDArray[np.float64]
    names: tuple[csr_matrix, ...]
    above: csr_matrix
    codes: Mapping[str, int]
    named: Mapping[str, str]

    def profiles(self, texts: Sequence[Terms]) -> csr_matrix:
        """Profiles of length 1 (or empty), one row a text, one column a code."""
        rows = _weigh(_counts(texts, self.terms), self.rarity)
        likeness = rows @ self.names[0]
        for names in self.names[1:]:
            likeness = likeness.maximum(rows @ names)
        likeness.data **= SHARPNESS
        return _unit(_strongest(csr_matrix(likeness)) @ self.above)

    def places(self, codes: Sequence[str]) -> csr_matrix:
        """Profiles of stated codes, or of the nearest known ones above; empty where not stated."""
        lines = [next(_line(code, self.codes), "") for code in codes]
        cells = [(row, self.codes[code]) for row, code in enumerate(lines) if code]
        rows, columns = zip(*cells, strict=True) if cells else ((), ())
        shape = (len(codes), len(self.codes))
        return _unit(csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape) @ self.above)

    def code_of(self, name: str) -> str:
        """Code whose name this is, letter case aside; empty when it is none."""
        return self.named.get(fold(name), "")


@cache
def classification() -> Classification:
    """OKPD2 with the names that the codebook has for its codes."""
    rows = list(read_rows("okpd2.csv"))
    activities = {row["code"]: row["name_ru"] for row in read_rows("okved2.csv")}
    codes = [row["code"] for row in rows]
    kinds = (
        [row["name_ru"] for row in rows],
        [row["name_en"] for row in rows],
        [activities.get(code, "") for code in codes],
    )
    read = [*terms_of_names(), [dict.fromkeys(bare_terms(name), 1.0) for name in kinds[2]]]
    words = sorted({term for kind in read for name in kind for term in name})
    terms = {term: place for place, term in enumerate(words)}
    counts = [_counts(kind, terms) for kind in read]
    stated = np.bincount(vstack(counts).indices, minlength=len(terms))
    rarity = np.log((1 + len(rows)) / (1 + stated)) + 1
    names = tuple(csr_matrix(_weigh(kind, rarity).T) for kind in counts)
    places = {code: place for place, code in enumerate(codes)}
    return Classification(terms, rarity, names, _above(places), places, _named(kinds, codes))


@cache
def terms_of_names() -> tuple[Sequence[Terms], Sequence[Terms]]:
    """Terms of the Russian and of the English name of every code, each with weight 1."""
    rows = list(read_rows("okpd2.csv"))
    russian, english = (
        [dict.fromkeys(bare_terms(row[name]), 1.0) for row in rows]
        for name in ("name_ru", "name_en")
    )
    return russian, english


def _named(kinds: Sequence[Sequence[str]], codes: Sequence[str]) -> dict[str, str]:
    """Code by name; where several codes share a name, the highest of them."""
    pairs = [
        (fold(name), code)
        for names in kinds
        for name, code in zip(names, codes, strict=True)
        if name
    ]
    return dict(sorted(pairs, key=lambda pair: (-len(pair[1]), pair)))


def _above(places: Mapping[str, int]) -> csr_matrix:
    """What every code gives to itself and to those above it (codes × codes)."""
    lines: dict[str, list[str]] = {}
    for code in sorted(places, key=len):
        higher = next(_line(code[:-1], places), "")
        lines[code] = [code, *lines.get(higher, [])]
    counts = [len(lines[code]) for code in places]
    ends = np.append(0, np.cumsum(counts))
    steps = np.arange(ends[-1]) - np.repeat(ends[:-1], counts)
    columns = [places[higher] for code in places for higher in lines[code]]
    return csr_matrix((SHARE_ABOVE**steps, columns, ends), shape=(len(places), len(places)))


def _line(code: str, known: Mapping[str, int]) -> Iterator[str]:
    """The code and those above it, the known ones that are not too wide, the nearest first."""
    shorter = (code[:end].rstrip(".") for end in range(len(code), 0, -1))
    return (
        higher for higher in shorter if higher in known and len(higher.replace(".", "")) >= SHORTEST
    )


def _counts(rows: Sequence[Terms], places: Mapping[str, int]) -> csr_matrix:
    """Terms that are not denied (texts × terms); a denied one is in no vocabulary."""
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for text in rows:
        for term, weight in text.items():
            if term in places:
                values.append(weight)
                columns.append(places[term])
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(rows), len(places)), dtype=float)


def _weigh(counts: csr_matrix, rarity: NDArray[np.float64]) -> csr_matrix:
    return _unit(csr_matrix(counts @ diags(rarity)))


def _unit(rows: csr_matrix) -> csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return csr_matrix(diags(1.0 / np.where(lengths > 0, lengths, 1.0)) @ rows)


def _strongest(rows: csr_matrix) -> csr_matrix:
    """The greatest `CODES` values of every row; of equal ones the first code."""
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((rows.indices, -np.round(rows.data, 12), owner))
    place = np.arange(len(order)) - np.repeat(rows.indptr[:-1], np.diff(rows.indptr))
    kept = np.sort(order[place < CODES])
    return csr_matrix((rows.data[kept], (owner[kept], rows.indices[kept])), shape=rows.shape)
