"""Candidates: which pairs of firms are worth comparing, without comparing all with all.

After `firms`. A pair is a candidate when one name is among the `TOP` nearest to the other by
pieces of three letters, when one name is made of the initials of the other, or when the firms
share a telephone number, a domain or a registration number. Time and memory grow with the
number of firms, not with its square.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sparse_dot_topn import sp_matmul_topn

from matchmaker.survey.identity.firms import Firm

TOP = 10
"""How many nearest names of every firm are looked at."""

LEAST = 0.35
"""Least likeness, of 1, of names that are looked at."""

INITIALS = range(2, 5)
"""How many first words initials may stand for."""

COMMON = 2_000
"""Firms that may share a piece of a name; one that more share would cost time and tell nothing."""

CROWDED = 30
"""Firms that may share a key; more of them share it by chance, as a call centre's number."""

Positions = NDArray[np.intp]


def find_candidates(firms: Sequence[Firm]) -> tuple[Positions, Positions]:
    """Pairs of positions worth comparing, the smaller position first, sorted."""
    keyed = [pair for keys in _keys(firms) for pair in _sharing(keys)]
    near = _near(firms)
    pairs = np.concatenate([near, np.array(keyed, dtype=np.intp).reshape(-1, 2)])
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    found = np.unique(pairs, axis=0)
    return found[:, 0], found[:, 1]


def _near(firms: Sequence[Firm]) -> Positions:
    """Pairs of firms whose names share pieces of three letters."""
    texts = [_sounds(firm) for firm in firms]
    if not any(len(text) > 2 for text in texts):
        return np.empty((0, 2), dtype=np.intp)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), dtype=np.float32)
    rows = csr_matrix(vectors.fit_transform(texts))
    firms_with = np.diff(csc_matrix(rows).indptr)
    rows = csr_matrix(normalize(rows[:, firms_with <= COMMON]))
    likeness = sp_matmul_topn(
        rows, rows.T.tocsr(), top_n=TOP + 1, threshold=LEAST, sort=True
    ).tocoo()
    return np.stack([likeness.row, likeness.col], axis=1).astype(np.intp)


def _sounds(firm: Firm) -> str:
    return "".join(word.key for word in firm.name.words) or "   "


def _keys(firms: Sequence[Firm]) -> Iterator[dict[str, set[int]]]:
    """Firms by each kind of key that two records of one firm may share."""
    yield _by_key(firm.phones for firm in firms)
    yield _by_key(firm.domains for firm in firms)
    yield _by_key({firm.numbers.entity, firm.numbers.other} for firm in firms)
    yield _by_key({firm.numbers.ogrn} for firm in firms)
    yield _by_key({firm.name.compact, *_initials(firm)} for firm in firms)
    yield _by_key(_own_words(firm) for firm in firms)
    yield _by_key(_short_beginnings(firm) for firm in firms)


def _own_words(firm: Firm) -> Iterator[str]:
    """Words that are not of trade; those that many firms have are passed over by `_sharing`."""
    yield from {word.key for word in firm.name.words if word.kind == "plain" and len(word.key) > 2}


def _initials(firm: Firm) -> Iterator[str]:
    """First letters of the words, and of all that the words are made of."""
    words = [word for word in firm.name.words if word.kind != "stop"]
    yield "".join(word.text[0] for word in words)
    yield "".join(part[0] for word in words for part in word.parts)


def _short_beginnings(firm: Firm) -> Iterator[str]:
    """First words by their initials, with the word behind them: «ТД Луч», «торговый дом Луч»."""
    words = [word.text for word in firm.name.words if word.kind != "stop"]
    if len(words) > 1 and len(words[0]) in INITIALS:
        yield f"{words[0]}+{words[1]}"
    for size in INITIALS:
        if len(words) > size:
            yield "".join(word[0] for word in words[:size]) + f"+{words[size]}"


def _by_key(keys: Iterable[Iterable[str]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for position, own in enumerate(keys):
        for key in own:
            if len(key) > 1:
                found.setdefault(key, set()).add(position)
    return found


def _sharing(firms: dict[str, set[int]]) -> Iterator[tuple[int, int]]:
    """Pairs of firms that share a key, unless too many do."""
    for _, positions in sorted(firms.items()):
        if len(positions) <= CROWDED:
            yield from combinations(sorted(positions), 2)
