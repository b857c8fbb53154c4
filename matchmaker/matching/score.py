"""Score: levels become contributions in log-odds, contributions add up to a probability.

Third step of matching. In the reading of Fellegi and Sunter every comparison that agrees
or disagrees at level *l* shifts the log-odds of "this subject is this item" by

    w(l) = ln [ P(l | same item) / P(l | another item) ]

so that score = prior + Σ w(l) and probability = 1 / (1 + e^-score). Natural logarithms.
The weights of words and characters are fitted together, so that their dependence is
taken care of; those of codes and units are set by experts. `weights.csv` says so row by
row. What was not stated contributes exactly 0.

References
----------
Fellegi, I. P., Sunter, A. B. (1969), A theory for record linkage, JASA 64(328), 1183-1210.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from matchmaker.codebook.weights import Floats, Weights, read_weights
from matchmaker.model import Lesson

DECIDED = "decided"
"""What a person decided about this very pair, a contribution of its own."""


@cache
def shipped_weights() -> Weights:
    """Weights of `codebook/data/weights.csv`."""
    return read_weights("weights.csv")


def weights_of(lesson: Lesson | None) -> Weights:
    """Weights of a lesson; the shipped ones without it, and for what it does not speak of."""
    if lesson is None:
        return shipped_weights()
    learnt = {name: np.array(points).T for name, points in lesson.weights.items()}
    knots = {name: (array[0], array[1]) for name, array in learnt.items()}
    return Weights({**shipped_weights().knots, **knots})


def contribute(levels: Mapping[str, Floats], prior: str, weights: Weights) -> pd.DataFrame:
    """Contributions by comparison, one row a pair; `prior` names the constant in front."""
    size = len(next(iter(levels.values())))
    columns = {name: weights.weigh(name, values) for name, values in levels.items()}
    return pd.DataFrame({"prior": np.full(size, weights.constant(prior)), **columns})


def add_up(contributions: pd.DataFrame) -> pd.DataFrame:
    """`score` (log-odds, the exact sum) and `probability` of every row of contributions."""
    score = contributions.sum(axis=1).to_numpy(dtype=float)
    return pd.DataFrame({"score": score, "probability": expit(score)}, index=contributions.index)
