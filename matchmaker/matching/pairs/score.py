"""Score: levels become contributions in log-odds, contributions add up to a probability.

Third step of matching. In the reading of Fellegi and Sunter every comparison that agrees
or disagrees at level *l* shifts the log-odds of "this subject is this item" by

    w(l) = ln [ P(l | same item) / P(l | another item) ]

so that score = prior + Σ w(l) and probability = 1 / (1 + e^-score). Natural logarithms.
A text means one item or none. With t the sum of prior and weights of every candidate, the score
of candidate i is

    score(i) = t(i) - γ ln (1 + Σ e^(t(j) / γ) over j ≠ i)

which for γ = 1 is the log-odds of the posterior e^t(i) / (1 + Σ e^t(j)). Comparisons repeat each
other and texts leave things open, so that posterior is too sure of itself; γ below 1, fitted,
draws all log-odds towards 0 by the same factor. The last term is the contribution `rivals`. The
weights of words and characters are fitted together, so that their dependence is taken care of;
those of codes and units are set by experts. `weights.csv` says so row by row. What was not stated
contributes exactly 0.

References
----------
Fellegi, I. P., Sunter, A. B. (1969), A theory for record linkage, JASA 64(328), 1183-1210.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchmaker.codebook.weights import Floats, Weights, read_weights
from matchmaker.model import LearnedWeights

DECIDED = "decided"
"""What a person decided about this very pair, a contribution of its own."""


@cache
def shipped_weights() -> Weights:
    """Weights of `codebook/data/weights.csv`."""
    return read_weights("weights.csv")


def weights_of(learned: LearnedWeights | None) -> Weights:
    """Weights learnt from decisions; the shipped ones where nothing was learnt."""
    if learned is None:
        return shipped_weights()
    learnt = {name: np.array(points).T for name, points in learned.weights.items()}
    knots = {name: (array[0], array[1]) for name, array in learnt.items()}
    return Weights({**shipped_weights().knots, **knots})


def contribute(levels: Mapping[str, Floats], prior: str, weights: Weights) -> pd.DataFrame:
    """Contributions by comparison, one row a pair; `prior` names the constant in front."""
    size = len(next(iter(levels.values())))
    columns = {name: weights.weigh(name, values) for name, values in levels.items()}
    return pd.DataFrame({"prior": np.full(size, weights.constant(prior)), **columns})


def add_up(contributions: pd.DataFrame) -> pd.DataFrame:
    """`score` (log-odds, the exact sum) and `probability` of every row of contributions."""
    from scipy.special import expit

    score = contributions.sum(axis=1).to_numpy(dtype=float)
    return pd.DataFrame({"score": score, "probability": expit(score)}, index=contributions.index)


def against_rivals(
    left: NDArray[np.intp], scores: Floats, weights: Weights
) -> tuple[Floats, Floats]:
    """Level of `rivals` and what it takes from the score, of candidates sorted as in `rivalry`.

    Where rivals weigh nothing, both are 0.
    """
    share = -float(weights.weigh("rivals", np.ones(1))[0])
    if not share:
        return np.zeros(len(scores)), np.zeros(len(scores))
    level = rivalry(left, scores, share)
    return level, weights.weigh("rivals", level)


def rivalry(left: NDArray[np.intp], scores: Floats, share: float) -> Floats:
    """Logarithm of 1 + the odds of all other candidates of the same subject.

    Parameters
    ----------
    left, scores
        Subject and log-odds of every candidate, sorted by subject and falling score.
    share
        Part of a log-odds that is left of it among rivals, above 0; they are undone by it.
    """
    if not len(left):
        return np.empty(0)
    scores = scores / share
    first = np.append(True, left[1:] != left[:-1])
    starts = np.flatnonzero(first)
    group = np.cumsum(first) - 1
    # The best apart: next to its odds, those of all the others can round to nothing.
    others = np.logaddexp.reduceat(np.where(first, -np.inf, scores), starts)[group]
    best = scores[starts][group]
    without = np.maximum(np.exp(others - best) - np.exp(scores - best), 0.0)
    return np.asarray(np.logaddexp(0.0, np.where(first, others, np.log1p(without) + best)))
