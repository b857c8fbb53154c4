"""Suggest: what firms could perhaps make, for those that were never asked.

Behind `find`: reads the matches and the structure of the catalogue, learns what is made together,
and scores for every firm the items it does not make. A suggestion is a guess about a firm, not
an answer of it: it has no process, price or capacity, so it enters no chain; it says whom to ask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.special import expit

from matchmaker.errors import BadValueError
from matchmaker.matching.pairs.decisions import read_rulings
from matchmaker.matching.pairs.match import MatchWeight
from matchmaker.matching.pairs.matches import Matches
from matchmaker.matching.suppliers.co_production import (
    FEATURES,
    Relatedness,
    learn_likeness,
    learn_relatedness,
    make_structure,
    shipped_related_weights,
)
from matchmaker.model import Dataset


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item that a firm could perhaps make, and the items it makes that speak for it.

    `score` is the sum of the contributions in log-odds; `support` has items with their share.
    """

    enterprise: str
    item: str
    score: float
    probability: float
    contributions: tuple[MatchWeight, ...]
    support: tuple[tuple[str, float], ...]


def suggest_items(matches: Matches, *, top: int = 5) -> tuple[Suggestion, ...]:
    """Suggest items to firms by what is made together and by the structure of the catalogue.

    Parameters
    ----------
    matches
        What is made and could be made already; neither is suggested again, nor is what a person
        rejected.
    top
        How many items at most are suggested to a firm.

    Returns
    -------
    tuple of Suggestion
        Sorted by enterprise, falling probability and item.

    Raises
    ------
    BadValueError
        When `top` is below 1.
    """
    if top < 1:
        raise BadValueError(
            f"At least one item is suggested to a firm: top is 1 or more, not {top}."
        )
    items = sorted(matches.data.table("items")["item"])
    place = {item: i for i, item in enumerate(items)}
    made = _by_firm(matches.makes, place)
    if not made:
        return ()
    able = _by_firm(matches.could_make, place)
    for firm, item in _rejected(matches.data):
        able.setdefault(firm, []).extend([place[item]] if item in place else [])
    relatedness = _learn(matches.data, items, made)
    return tuple(
        suggestion
        for firm, own in sorted(made.items())
        for suggestion in _best(firm, own, able.get(firm, []), items, relatedness)[:top]
    )


def _by_firm(matches: Matches, place: dict[str, int]) -> dict[str, list[int]]:
    """Places of the items of every enterprise."""
    found: dict[str, set[int]] = {}
    for firm, item in zip(matches.rows["enterprise"], matches.rows["item"], strict=True):
        found.setdefault(firm, set()).add(place[item])
    return {firm: sorted(own) for firm, own in found.items()}


def _rejected(data: Dataset) -> list[tuple[str, str]]:
    """Pairs of enterprise and item that a person rejected."""
    decided = read_rulings(data).firms.items()
    return [pair for pair, decision in decided if not decision.accepted]


def _learn(data: Dataset, items: list[str], made: dict[str, list[int]]) -> Relatedness:
    place = {item: i for i, item in enumerate(items)}
    frame = data.table("items").set_index("item").loc[items]
    names = frame[["name_ru", "name_en", "synonyms"]].fillna("").astype(str)
    structure = make_structure(
        learn_likeness(names.agg(". ".join, axis=1).tolist()),
        _pairs(data.table("substitutes"), "substitute", "item", place),
        _pairs(data.table("bom"), "component", "item", place),
        frame["kind"].fillna("").tolist(),
    )
    rows = [row for row, firm in enumerate(sorted(made)) for _ in made[firm]]
    columns = [item for firm in sorted(made) for item in made[firm]]
    shape = (len(made), len(items))
    return learn_relatedness(csr_matrix((np.ones(len(rows)), (rows, columns)), shape), structure)


def _pairs(
    table: pd.DataFrame, one: str, other: str, place: dict[str, int]
) -> list[tuple[int, int]]:
    named = zip(table[one], table[other], strict=True)
    return [(place[a], place[b]) for a, b in named if a in place and b in place]


def _best(
    firm: str, own: list[int], able: list[int], items: list[str], relatedness: Relatedness
) -> list[Suggestion]:
    """Everything the firm does not make, the most probable first."""
    weights = shipped_related_weights()
    features = relatedness.features(own)
    parts = weights.contributions(features)
    scores = np.round(weights.prior + parts.sum(axis=1), 9)
    open_ = [place for place in np.argsort(-scores, kind="stable") if place not in {*own, *able}]
    return [
        Suggestion(
            firm,
            items[place],
            float(scores[place]),
            float(expit(scores[place])),
            (
                MatchWeight("prior", None, weights.prior),
                *(
                    MatchWeight(name, float(level), float(value))
                    for name, level, value in zip(
                        FEATURES, features[place], parts[place], strict=True
                    )
                ),
            ),
            tuple((items[other], share) for other, share in relatedness.support(own, place)),
        )
        for place in open_
    ]
