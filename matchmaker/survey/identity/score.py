"""Score: levels become contributions in log-odds, contributions add up to a probability.

After `compare`. In the reading of Fellegi and Sunter every comparison shifts the log-odds of
"these two are one firm" by the weight of its level; what is not known shifts nothing. What is
fitted and what experts set says `identity_weights.csv` row by row.

References
----------
Fellegi, I. P., Sunter, A. B. (1969), A theory for record linkage, JASA 64(328), 1183-1210.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log10

import numpy as np
from scipy.special import expit

from matchmaker.codebook.weights import Floats, Weights, read_weights

THRESHOLD = 0.5
"""Least probability at which two records are asked about, fixed beforehand."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Contributions by comparison, each an array in the order of the pairs, and their sum."""

    contributions: Mapping[str, Floats]
    total: Floats

    @property
    def probability(self) -> Floats:
        """Probability that the two are one firm, by pair."""
        return np.asarray(expit(self.total))


@cache
def identity_weights() -> Weights:
    """Weights of `codebook/data/identity_weights.csv`."""
    return read_weights("identity_weights.csv")


def score_pairs(levels: Mapping[str, Floats]) -> Scores:
    """Score pairs that were put together by somebody, such as labelled ones."""
    weights = identity_weights()
    size = len(next(iter(levels.values())))
    weighed = {name: weights.weigh(name, values) for name, values in levels.items()}
    contributions = {"prior": np.full(size, weights.constant("prior")), **weighed}
    return Scores(contributions, np.sum(list(contributions.values()), axis=0))


def score_candidates(levels: Mapping[str, Floats], crowd: int) -> Scores:
    """Score pairs found among so many firms, where most of the pairs are chance."""
    scale = np.full(len(levels["name"]), log10(max(crowd, 1)))
    return score_pairs({**levels, "unlike": levels["name"], "crowd": scale})
