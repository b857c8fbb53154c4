"""Link: find for every name of one list the firm of another list that bears it.

Beside `duplicates`, for two lists of the same firms: a register with full names, a survey with
short ones. A firm answers one name only, so names compete: what is surely somebody else's no
longer stands in the way of the rest. Names that are written alike cannot be told apart by them:
each of them is answered with all of their bearers unless a place decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matchmaker.survey.identity.candidates import find_candidates
from matchmaker.survey.identity.compare import (
    THRESHOLD,
    compare,
    identity_weights,
    learn_rarity,
)
from matchmaker.survey.identity.firms import Firm, read_firms

EVEN = 0.45
"""Share of the names in common at which it is as likely that the list lacks the firm."""

SHARPNESS = 20.0
"""Log-odds that all of a name in common are worth against none: names of one list differ."""

PLACES = ("country", "region", "city", "unit")
"""Comparisons that count beside the name."""

TIED = 1e-9
"""Log-odds by which two answers differ that are not the same."""


@dataclass(frozen=True, slots=True)
class Link:
    """Positions in the other list that a name leads to, more than one where they are namesakes."""

    position: int
    found: tuple[int, ...]
    probability: float


def link_names(
    asked: Sequence[Mapping[str, object]], known: Sequence[Mapping[str, object]]
) -> list[Link]:
    """Lead every record of one list to its firm in another list, where it has one.

    Parameters
    ----------
    asked, known
        Texts of the firms of both lists by field: see `firms.FIELDS`.

    Returns
    -------
    list of Link
        In the order of `asked`; records without a firm are left out.
    """
    firms = read_firms([*asked, *known])
    size = len(asked)
    scores = _scores(firms, size)
    links: list[Link] = []
    while surest := _surest(scores):
        links += surest
        taken = {position for link in surest for position in link.found}
        done = {link.position for link in surest}
        scores = {
            pair: score
            for pair, score in scores.items()
            if pair[0] not in done and pair[1] not in taken
        }
    return sorted(links, key=lambda link: link.position)


def _scores(firms: Sequence[Firm], size: int) -> dict[tuple[int, int], float]:
    """Log-odds of every candidate pair against having no firm in the other list."""
    left, right = find_candidates(firms)
    across = (left < size) & (right >= size)
    left, right = left[across], right[across]
    levels = compare(firms, left.tolist(), right.tolist(), learn_rarity(firms))
    weights = identity_weights()
    total = SHARPNESS * (np.nan_to_num(levels["name"]) - EVEN)
    total += sum(weights.weigh(name, levels[name]) for name in PLACES)
    pairs = zip(left.tolist(), (right - size).tolist(), total.tolist(), strict=True)
    return {(one, other): score for one, other, score in pairs if score > 0}


def _surest(scores: Mapping[tuple[int, int], float]) -> list[Link]:
    """Links that win on both sides: best for the name asked, and the name best for the firm."""
    by_asked: dict[int, dict[int, float]] = defaultdict(dict)
    by_known: dict[int, dict[int, float]] = defaultdict(dict)
    for (one, other), score in scores.items():
        by_asked[one][other] = by_known[other][one] = score
    links = []
    for one, found in by_asked.items():
        best = max(found.values())
        ties = tuple(sorted(other for other, score in found.items() if score > best - TIED))
        rivals = max(score for other in ties for score in by_known[other].values())
        probability = _probability(best, found, ties)
        if rivals < best + TIED and probability >= THRESHOLD:
            links.append(Link(one, ties, probability))
    return links


def _probability(best: float, found: Mapping[int, float], ties: Sequence[int]) -> float:
    """Probability of the best answer (all namesakes together) against the others and none."""
    others = [score for other, score in found.items() if other not in ties]
    return float(1.0 / (np.exp(-best) + 1.0 + np.sum(np.exp(np.array(others) - best))))
