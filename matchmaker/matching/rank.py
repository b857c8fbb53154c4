"""Rank: documents for every query by text alone, all pairs compared; for evaluation.

Beside the flow: the same lexicon, comparisons and weights as `find_matches`, without
blocking, so that what is measured is what matching uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.block import CELLS
from matchmaker.matching.compare import Pairs, Side, compare, side
from matchmaker.matching.score import Weights, add_up, contribute, shipped_weights
from matchmaker.matching.text import learn_lexicon


def rank_texts(
    queries: Sequence[str], documents: Sequence[str], weights: Weights | None = None
) -> NDArray[np.intp]:
    """Order of the documents for every query, best first; ties by position.

    Returns
    -------
    ndarray
        Positions of documents, shape (queries, documents).
    """
    orders = [np.empty((0, len(documents)), dtype=np.intp)]
    if not queries or not documents:
        return np.resize(orders[0], (len(queries), len(documents)))
    left, right = text_sides(queries, documents)
    for pairs in every_pair(len(queries), len(documents)):
        levels = compare(left, right, pairs)
        scores = add_up(contribute(levels, "prior", weights or shipped_weights()))["score"]
        by_query = scores.to_numpy().reshape(-1, len(documents))
        orders.append(np.argsort(-by_query, axis=1, kind="stable"))
    return np.concatenate(orders)


def text_sides(queries: Sequence[str], documents: Sequence[str]) -> tuple[Side, Side]:
    """Both sides with nothing but their texts; the lexicon is learnt from the documents."""
    lexicon = learn_lexicon(documents)
    return side(lexicon, queries), side(lexicon, documents)


def every_pair(rows: int, columns: int) -> Iterator[Pairs]:
    """All pairs row by row, in bounded blocks of whole rows."""
    step = max(1, CELLS // 20 // max(columns, 1))
    for start in range(0, rows if columns else 0, step):
        count = min(step, rows - start)
        left = np.repeat(np.arange(start, start + count), columns)
        yield Pairs(left, np.tile(np.arange(columns), count))
