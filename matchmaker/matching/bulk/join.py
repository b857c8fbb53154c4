"""Join: the nearest names of a catalogue for very many texts, by words or by characters alone.

Beside the flow: one layer of `block` for sizes at which nothing dense fits, as candidates for
people or for `find_matches`. Names become sparse rows, weighted by rarity; texts are read in
blocks, so that memory does not grow with them; only the `top` products of a block are held.
The answer for a text depends on the text and the index alone: it is the same bits in any block,
on any number of threads, on any machine.

Names that are equally near come in the order of the catalogue: name *j* of *n* counts for
1 - 1e-6·j/n of its nearness while the nearest are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sparse_dot_topn import sp_matmul_topn

from matchmaker.codebook import fold
from matchmaker.errors import BadValueError, MatchmakerError
from matchmaker.matching.text.lexicon import translations
from matchmaker.matching.text.stems import bare_terms, is_english

BLOCK = 20_000
"""Texts that are read at a time."""

HANDICAP = 1e-6
"""Part of its nearness that the last name of the catalogue gives away."""

RARE = 50
"""N-grams of characters in more than one name of so many say little and cost most."""

FEW = 100
"""Names that may share an n-gram in any case, so that a small catalogue keeps them all."""

Positions = NDArray[np.int32]


def _words(size: int) -> CountVectorizer:
    """Snowball stems, Russian and English."""
    return CountVectorizer(analyzer=bare_terms, dtype=np.float64)


def _characters(size: int) -> CountVectorizer:
    """N-grams of three to four letters within words, those in very many names left out."""
    return CountVectorizer(
        analyzer="char_wb",
        preprocessor=fold,
        ngram_range=(3, 4),
        max_df=max(FEW, size // RARE),
        dtype=np.float64,
    )


LAYERS: Mapping[str, Callable[[int], CountVectorizer]] = MappingProxyType(
    {"words": _words, "characters": _characters}
)
"""What texts are compared by: the counter of a layer for so many names."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest items of texts, flat: text `left[i]`, item `right[i]`, cosine `scores[i]`.

    Sorted by text, then by falling score.
    """

    left: Positions
    right: Positions
    scores: NDArray[np.float32]

    def to_frame(self) -> pd.DataFrame:
        """Columns `left`, `right` (positions) and `score` (0 to 1)."""
        return pd.DataFrame({"left": self.left, "right": self.right, "score": self.scores})


@dataclass(frozen=True, slots=True, eq=False)
class TextIndex:
    """Names of a catalogue, ready to be found; travels by pickle.

    Attributes
    ----------
    counter, weights
        Turn texts into rows of length 1.
    names
        Weighted terms of the names (terms × names), each with its handicap.
    owners
        Item of every name: items are numbered in the order in which they first occur.
    translated
        Whether English texts are translated, whether others are; see `_foreign`.
    """

    counter: CountVectorizer
    weights: TfidfTransformer
    names: csr_matrix
    owners: Positions
    translated: tuple[bool, bool]

    def nearest(
        self, texts: Sequence[str], *, top: int = 10, least: float = 0.0, threads: int = 1
    ) -> Nearest:
        """The `top` nearest items of every text, those above `least`.

        An item with several names is as near as the nearest of them.
        """
        spellings = int(np.bincount(self.owners).max(initial=1))
        found = sp_matmul_topn(
            self._read(texts),
            self.names,
            top_n=min(top * spellings, max(self.names.shape[1], 1)),
            threshold=least,
            sort=True,
            n_threads=threads,
        )
        left = np.repeat(np.arange(len(texts), dtype=np.int32), np.diff(found.indptr))
        columns = found.indices[: len(left)]
        scores = np.round(found.data[: len(left)] / _handicaps(len(self.owners))[columns], 6)
        flat = Nearest(left, self.owners[columns], scores.astype(np.float32))
        return flat if spellings == 1 else _once(flat, top)

    def _read(self, texts: Sequence[str]) -> csr_matrix:
        """Rows of length 1 or empty (texts × terms)."""
        if not texts:
            return csr_matrix((0, self.names.shape[0]))
        counts = self.counter.transform(texts)
        if any(self.translated):
            counts = counts + self._translations(texts)
        return csr_matrix(self.weights.transform(counts, copy=False))

    def _translations(self, texts: Sequence[str]) -> csr_matrix:
        """What the terms of foreign texts mean in the language of the catalogue, by likelihood."""
        places, meant = self.counter.vocabulary_, translations()
        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            if self.translated[not is_english(text)]:
                for term in bare_terms(text):
                    told = [pair for pair in meant.get(term, ()) if pair[0] in places]
                    columns += [places[other] for other, _ in told]
                    values += [likely for _, likely in told]
            ends.append(len(columns))
        shape = (len(texts), len(places))
        return csr_matrix((np.array(values), columns, ends), shape=shape)


def learn_index(
    names: Sequence[str], *, layer: str = "words", owners: Sequence[str] | None = None
) -> TextIndex:
    """Learn the index of a catalogue.

    Parameters
    ----------
    names
        Names to be found.
    layer
        What texts are compared by, a key of `LAYERS`.
    owners
        Item that each name belongs to; without it every name is an item.

    Raises
    ------
    BadValueError
        When there is no such layer.
    MatchmakerError
        When no name has anything to compare.
    """
    if layer not in LAYERS:
        raise BadValueError(f"Expected one of the layers {', '.join(LAYERS)}, found {layer!r}.")
    counter = LAYERS[layer](len(names))
    counts = _counted(counter, names)
    weights = TfidfTransformer().fit(counts)
    rows = weights.transform(counts, copy=False).T
    items = np.arange(len(names)) if owners is None else pd.factorize(np.array(owners, object))[0]
    return TextIndex(
        counter,
        weights,
        csr_matrix(rows @ diags(_handicaps(len(names)))),
        items.astype(np.int32),
        _foreign(names) if layer == "words" else (False, False),
    )


def join_texts(
    left: Iterable[str],
    right: Sequence[str],
    *,
    top: int = 10,
    least: float = 0.0,
    layer: str = "words",
    threads: int = 1,
) -> pd.DataFrame:
    """The nearest names of `right` for every text of `left`, in bounded memory.

    Parameters
    ----------
    left
        Texts, Russian or English; a generator is read block by block and never held.
    right
        Names to be found.
    top
        How many names at most are kept for a text.
    least
        Cosine above which a name is kept, 0 to 1.
    layer
        `words` (stems, translated where the catalogue speaks the other language) or
        `characters` (n-grams, for misspelled texts).
    threads
        Threads of the join; the answer is the same for any number.

    Returns
    -------
    DataFrame
        Columns `left`, `right` (positions), `score` (cosine); sorted by text, then by falling
        score, equal ones in the order of `right`.

    Raises
    ------
    BadValueError
        When `top` is below 1 or there is no such layer.
    MatchmakerError
        When no name has anything to compare.
    """
    if top < 1:
        raise BadValueError(f"At least one name is kept for a text: top is 1 or more, not {top}.")
    index = learn_index(right, layer=layer)
    found = [
        index.nearest(texts, top=top, least=least, threads=threads) for texts in blocks(left, BLOCK)
    ]
    starts = np.cumsum([0, *(BLOCK for _ in found)], dtype=np.int32)
    return Nearest(
        np.concatenate([_NONE, *(one.left + at for one, at in zip(found, starts, strict=False))]),
        np.concatenate([_NONE, *(one.right for one in found)]),
        np.concatenate([np.empty(0, np.float32), *(one.scores for one in found)]),
    ).to_frame()


def blocks(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Texts in lists of `size`, the last one shorter."""
    rest = iter(texts)
    while block := list(islice(rest, size)):
        yield block


_NONE: Positions = np.empty(0, dtype=np.int32)


def _counted(counter: CountVectorizer, names: Sequence[str]) -> csr_matrix:
    try:
        return csr_matrix(counter.fit_transform(names))
    except ValueError as error:
        raise MatchmakerError(
            f"None of the {len(names)} names of the catalogue has a word to compare."
        ) from error


def _handicaps(size: int) -> NDArray[np.float64]:
    return 1.0 - HANDICAP * np.arange(size) / max(size, 1)


def _foreign(names: Sequence[str]) -> tuple[bool, bool]:
    """Whether English texts, and whether others, speak the language of fewer names."""
    english = sum(map(is_english, names))
    return english < len(names) - english, english > len(names) - english


def _once(found: Nearest, top: int) -> Nearest:
    """Every item once for a text, by the nearest of its names, and no more than `top` items."""
    frame = found.to_frame().drop_duplicates(["left", "right"])
    kept = frame[frame.groupby("left").cumcount() < top]
    return Nearest(*(kept[name].to_numpy() for name in ("left", "right", "score")))
