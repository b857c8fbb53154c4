"""Rank: how well every document fits every text, told by the text alone; for evaluation.

Beside the flow: the same reader, comparisons and weights as `find_matches`, without
blocking, so that what is measured is what matching uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.block import CELLS
from matchmaker.matching.pairs.compare import Pairs, compare
from matchmaker.matching.pairs.score import add_up, contribute, shipped_weights
from matchmaker.matching.text.features import learn_reader

Floats = NDArray[np.float64]


def score_texts(
    queries: Sequence[str],
    documents: Sequence[Sequence[str]],
    weights: Weights | None = None,
) -> Floats:
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
    reader = learn_reader(spellings)
    left, right = reader.subjects(queries), reader.names(spellings)
    blocks = []
    for pairs in every_pair(len(left), len(right)):
        parts = contribute(compare(left, right, pairs), "prior", weights or shipped_weights())
        scores = add_up(parts)["score"].to_numpy().reshape(-1, len(right))
        blocks.append(np.maximum.reduceat(scores, starts, axis=1))
    return np.concatenate(blocks)


def every_pair(rows: int, columns: int) -> Iterator[Pairs]:
    """All pairs row by row, in bounded blocks of whole rows."""
    step = max(1, CELLS // 20 // max(columns, 1))
    for start in range(0, rows if columns else 0, step):
        count = min(step, rows - start)
        left = np.repeat(np.arange(start, start + count), columns)
        yield Pairs(left, np.tile(np.arange(columns), count))
