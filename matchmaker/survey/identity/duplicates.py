"""Duplicates: which records of a list are one firm, with the reasons.

The end of the flow of identity: `candidates`, `compare`, then pairs and groups. A
group never holds two firms that somebody said are different, or that have two valid tax
numbers, even where a third record resembles both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy.special import expit

from matchmaker.codebook.weights import Floats
from matchmaker.survey.identity.candidates import find_candidates
from matchmaker.survey.identity.compare import (
    THRESHOLD,
    Rarity,
    compare,
    learn_rarity,
    may_be_one,
    score_candidates,
    score_pairs,
)
from matchmaker.survey.identity.firms import Firm, read_firms

BLOCK = 100_000
"""Pairs compared at a time: memory does not grow with their number."""

LEAST = 0.01
"""Probability under which a pair is not worth remembering."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two records that may be one firm; `score` is the sum of the contributions, log-odds."""

    one: str
    other: str
    probability: float
    score: float
    contributions: Mapping[str, float]
    levels: Mapping[str, float]


def find_duplicates(
    rows: Mapping[str, Mapping[str, object]],
    *,
    threshold: float = THRESHOLD,
    distinct: Collection[frozenset[str]] = (),
) -> list[Duplicate]:
    """Pairs of records that may be one firm, the surest first.

    Parameters
    ----------
    rows
        Texts of every record by field (`firms.FIELDS`), by its id, in any order.
    threshold
        Least probability of a pair.
    distinct
        Pairs of ids that somebody said are different firms: never found.

    Returns
    -------
    list of Duplicate
        `one` sorts before `other`.
    """
    ids = sorted(rows)
    firms = read_firms(rows[id] for id in ids)
    rarity = learn_rarity(firms)
    pairs = zip(*(positions.tolist() for positions in find_candidates(firms)), strict=True)
    found: list[Duplicate] = []
    while block := list(islice(pairs, BLOCK)):
        close = [(i, j) for i, j in block if may_be_one(firms[i], firms[j], rarity)]
        found += _score_block(ids, firms, close, rarity)
    kept = (pair for pair in found if pair.probability >= threshold)
    new = [pair for pair in kept if frozenset({pair.one, pair.other}) not in distinct]
    return sorted(new, key=lambda pair: (-pair.score, pair.one, pair.other))


def _score_block(
    ids: Sequence[str], firms: Sequence[Firm], pairs: Sequence[tuple[int, int]], rarity: Rarity
) -> list[Duplicate]:
    left, right = [one for one, _ in pairs], [other for _, other in pairs]
    levels = compare(firms, left, right, rarity)
    parts = score_candidates(levels, rarity.crowd)
    likely = expit(np.sum(list(parts.values()), axis=0)) >= LEAST
    return [
        _duplicate(ids[one], ids[other], levels, parts, place)
        for place, (one, other) in enumerate(pairs)
        if likely[place]
    ]


def compare_pairs(
    pairs: Sequence[tuple[Mapping[str, object], Mapping[str, object]]],
) -> list[Duplicate]:
    """Score pairs put together by somebody: as many as given, in their order."""
    firms = read_firms(row for pair in pairs for row in pair)
    if not firms:
        return []
    left, right = range(0, len(firms), 2), range(1, len(firms), 2)
    levels = compare(firms, left, right, learn_rarity(firms))
    parts = score_pairs(levels)
    return [_duplicate(str(i), str(i + 1), levels, parts, i // 2) for i in left]


def _duplicate(
    one: str, other: str, levels: Mapping[str, Floats], parts: Mapping[str, Floats], place: int
) -> Duplicate:
    known = {name: float(values[place]) for name, values in levels.items()}
    added = {name: float(values[place]) for name, values in parts.items()}
    score = sum(added.values())
    return Duplicate(
        one,
        other,
        float(expit(score)),
        score,
        {name: value for name, value in added.items() if value},
        {name: level for name, level in known.items() if not np.isnan(level)},
    )


def group(
    pairs: Collection[Duplicate],
    rows: Mapping[str, Mapping[str, object]],
    distinct: Collection[frozenset[str]] = (),
) -> list[tuple[str, ...]]:
    """Groups of records that the pairs join, the surest pairs first, each group sorted.

    Parameters
    ----------
    pairs
        Pairs to join.
    rows
        Texts of every record, by its id.
    distinct
        Pairs of ids that no group may hold both of.
    """
    ids = sorted({id for pair in pairs for id in (pair.one, pair.other)})
    firms = read_firms(rows[id] for id in ids)
    entities = {id: firm.numbers.entity for id, firm in zip(ids, firms, strict=True)}
    groups: dict[str, set[str]] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.one, pair.other)):
        one = groups.setdefault(pair.one, {pair.one})
        other = groups.setdefault(pair.other, {pair.other})
        if one is not other and not _parted(one, other, entities, distinct):
            one |= other
            groups.update(dict.fromkeys(other, one))
    return sorted({tuple(sorted(found)) for found in groups.values() if len(found) > 1})


def _parted(
    one: set[str],
    other: set[str],
    entities: Mapping[str, str],
    distinct: Collection[frozenset[str]],
) -> bool:
    """Whether two groups cannot be one firm: by what somebody said, or by their numbers."""
    numbers = {entities[id] for id in one | other} - {""}
    return len(numbers) > 1 or any(frozenset({a, b}) in distinct for a in one for b in other)
