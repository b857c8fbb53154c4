"""Rank: how well every document fits every text, told by the text alone; for evaluation.

Beside the flow: the same lexicon, comparisons and weights as `find_matches`, without
blocking, so that what is measured is what matching uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.block import CELLS
from matchmaker.matching.compare import Pairs, compare
from matchmaker.matching.read import Side, learn_reader
from matchmaker.matching.score import Weights, add_up, contribute, shipped_weights


def score_texts(
    queries: Sequence[str],
    documents: Sequence[Sequence[str]],
    weights: Weights | None = None,
) -> NDArray[np.float64]:
    """Score of every document for every query; the best of its spellings speaks for a document.

    Parameters
    ----------
    queries
        Texts as people write them.
    documents
        Spellings of every document, at least one each.

    Returns
    -------
    ndarray
        Log-odds, shape (queries, documents).
    """
    if not queries or not documents:
        return np.empty((len(queries), len(documents)))
    spellings = [name for names in documents for name in names]
    starts = np.cumsum([0, *(len(names) for names in documents[:-1])])
    left, right = text_sides(queries, spellings)
    told = []
    for pairs in every_pair(len(queries), len(spellings)):
        levels = compare(left, right, pairs)
        scores = add_up(contribute(levels, "prior", weights or shipped_weights()))["score"]
        by_spelling = scores.to_numpy().reshape(-1, len(spellings))
        told.append(np.maximum.reduceat(by_spelling, starts, axis=1))
    return np.concatenate(told)


def text_sides(queries: Sequence[str], documents: Sequence[str]) -> tuple[Side, Side]:
    """Both sides with nothing but their texts; the reader is learnt from the documents."""
    reader = learn_reader(documents)
    return reader.subjects(queries), reader.names(documents)


def every_pair(rows: int, columns: int) -> Iterator[Pairs]:
    """All pairs row by row, in bounded blocks of whole rows."""
    step = max(1, CELLS // 20 // max(columns, 1))
    for start in range(0, rows if columns else 0, step):
        count = min(step, rows - start)
        left = np.repeat(np.arange(start, start + count), columns)
        yield Pairs(left, np.tile(np.arange(columns), count))
