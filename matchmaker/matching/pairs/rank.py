"""Rank: how well every document fits every text, told by the text alone; for evaluation.

Beside the flow: the same reader, comparisons and weights as `find_matches`, without
blocking, so that what is measured is what matching uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.block import CELLS
from matchmaker.matching.pairs.compare import Pairs, compare
from matchmaker.matching.pairs.score import add_up, contribute, shipped_weights
from matchmaker.matching.text.features import Reader, Side, learn_reader

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """How documents fit texts: `scores` (texts × documents), log-odds, and what they consist of.

    `contributions` (texts × documents × comparisons) are those of the best spelling.
    """

    scores: Floats
    contributions: Floats


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
    reader, right, starts = read_documents(documents)
    return fit_texts(reader.subjects(queries), right, starts, weights).scores


def read_documents(
    documents: Sequence[Sequence[str]],
) -> tuple[Reader, Side, NDArray[np.intp]]:
    """Reader learnt from the documents, their spellings, and where each document begins."""
    spellings = [name for names in documents for name in names]
    reader = learn_reader(spellings)
    starts = np.cumsum([0, *(len(names) for names in documents[:-1])])
    return reader, reader.names(spellings), starts


def fit_texts(
    left: Side, right: Side, starts: NDArray[np.intp], weights: Weights | None = None
) -> Fits:
    """Compare every text with every spelling and let the best one speak for its document."""
    blocks = [
        _best(left, right, pairs, starts, weights or shipped_weights())
        for pairs in every_pair(len(left), len(right))
    ]
    return Fits(
        np.concatenate([block.scores for block in blocks]),
        np.concatenate([block.contributions for block in blocks]),
    )


def _best(
    left: Side, right: Side, pairs: Pairs, starts: NDArray[np.intp], weights: Weights
) -> Fits:
    parts = contribute(compare(left, right, pairs), "prior", weights)
    shape = (-1, len(right))
    scores = add_up(parts)["score"].to_numpy().reshape(shape)
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(right))))
    order = np.lexsort((-scores, np.broadcast_to(owner, scores.shape)), axis=1)[:, starts]
    chosen = np.take_along_axis(scores, order, axis=1)
    whole = parts.to_numpy(dtype=float).reshape(*scores.shape, -1)
    return Fits(chosen, np.take_along_axis(whole, order[:, :, None], axis=1))


def every_pair(rows: int, columns: int) -> Iterator[Pairs]:
    """All pairs row by row, in bounded blocks of whole rows."""
    step = max(1, CELLS // 20 // max(columns, 1))
    for start in range(0, rows if columns else 0, step):
        count = min(step, rows - start)
        left = np.repeat(np.arange(start, start + count), columns)
        yield Pairs(left, np.tile(np.arange(columns), count))
