"""Metrics: how good a ranking and its probabilities are, each figure with its interval.

First file of evaluation. A query is one row: ranks of its right answers, or what its best answer
was given as probability and whether it was right. Equal scores stand at the middle of their
ranks, so that no order of the input helps; an answer that was never looked at has rank infinity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEPTHS = (1, 5, 10)
"""Depths of HR@k; the last is that of nDCG."""

BINS = 10
"""Into how many groups of equal size the reliability is divided at most."""

LEAST = 15
"""How many probabilities a group of the reliability has at least, where there are as many."""

RESAMPLES = 1000
CONFIDENCE = 0.95

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]
Statistic = Callable[[Positions], float]
"""A figure of the chosen queries."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure, the bounds of its 95 % interval, and from how many queries it comes."""

    name: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers given about the same probability: what was said, how many were right."""

    low: float
    high: float
    said: float
    right: float
    n: int


def hit(ranks: Floats, depth: int) -> Floats:
    """1 where the rank is among the first `depth`, else 0."""
    return (ranks <= depth).astype(float)


def discounted_gain(ranks: Sequence[float], depth: int = DEPTHS[-1]) -> float:
    """Normalised discounted cumulative gain of one query with right answers at these ranks.

    >>> discounted_gain([1.0, 2.0])
    1.0

    References
    ----------
    Järvelin, K., Kekäläinen, J. (2002), Cumulated gain-based evaluation of IR techniques,
    ACM TOIS 20(4), 422-446.
    """
    found = sum(1 / np.log2(1 + rank) for rank in ranks if rank <= depth)
    best = sum(1 / np.log2(1 + rank) for rank in range(1, min(len(ranks), depth) + 1))
    return float(found / best)


def reliability(said: Floats, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """What probabilities said and how often they were right, in groups of equal size."""
    count = max(1, min(BINS, len(said) // LEAST))
    groups = np.array_split(np.argsort(said, kind="stable"), count) if len(said) else []
    return tuple(_bin(said[group], right[group]) for group in groups)


def _bin(said: Floats, right: NDArray[np.bool_]) -> Bin:
    return Bin(float(said[0]), float(said[-1]), float(said.mean()), float(right.mean()), len(said))


def calibration_error(said: Floats, right: NDArray[np.bool_]) -> float:
    """Mean distance between said and right over groups of equal size (adaptive ECE).

    References
    ----------
    Naeini, M. P., Cooper, G. F., Hauskrecht, M. (2015), Obtaining well calibrated probabilities
    using Bayesian binning, AAAI. Nixon, J. et al. (2019), Measuring calibration in deep learning.
    """
    bins = reliability(said, right)
    return sum(one.n * abs(one.said - one.right) for one in bins) / max(len(said), 1)


def chance_error(said: Floats, seed: int) -> float:
    """Calibration error that probabilities which are exactly right show by chance alone."""
    chance = np.random.default_rng(seed)
    draws = (chance.random(len(said)) < said for _ in range(100))
    return float(np.mean([calibration_error(said, right) for right in draws]))


def measure(name: str, statistic: Statistic, n: int, seed: int) -> Metric:
    """A figure of `n` queries and its interval by the percentiles of resampled ones.

    References
    ----------
    Efron, B., Tibshirani, R. (1993), An introduction to the bootstrap, chapter 13.
    """
    chance = np.random.default_rng(seed)
    resampled = [statistic(chance.integers(0, n, n)) for _ in range(RESAMPLES)]
    return _measure(name, statistic(np.arange(n)), resampled, n)


def average(name: str, values: Floats, seed: int) -> Metric:
    """The mean of what every query has, and its interval as in `measure`."""
    chance, n = np.random.default_rng(seed), len(values)
    resampled = [values[chance.integers(0, n, n)].mean() for _ in range(RESAMPLES)]
    return _measure(name, values.mean(), resampled, n)


def _measure(name: str, value: float, resampled: Sequence[float], n: int) -> Metric:
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(resampled, [tail, 100 - tail])
    return Metric(name, float(value), float(low), float(high), n)
