"""Call sheets: what firms say of an item on them is a fact, whatever was compared.

After score, beside `ability`. Yes: the firm makes the item. Could: it could make it, also where
nobody asked for its processes. No: it neither makes nor could make it, and no likeness of words
outweighs that. A question left open says nothing: not asked is not no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from matchmaker.codebook import row_id, tables
from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.match import MatchKind
from matchmaker.matching.pairs.score import add_up, contribute
from matchmaker.model import Dataset

ANSWERED = "answered"
"""Contribution of what the firm says of the item: level 1 that it could, -1 that it does not."""

YES, COULD, NO = "yes", "could", "no"

Pair = tuple[str, str]


def stated_answers(data: Dataset) -> dict[Pair, str]:
    """Answer of an enterprise about an item, where there is one and the catalogue has the item."""
    frame, known = data.table("answers"), set(data.table("items")["item"])
    columns = (frame[name] for name in ("enterprise", "item", "answer"))
    return {
        (firm, item): answer
        for firm, item, answer in zip(*columns, strict=True)
        if isinstance(answer, str) and item in known
    }


def apply_answers(
    rows: pd.DataFrame, data: Dataset, weights: Weights, made: pd.DataFrame
) -> list[pd.DataFrame]:
    """Rows of matches weighed by the answers, and those that the answers alone give.

    Parameters
    ----------
    rows
        One row a match, with `kind`, `enterprise`, `item`, contributions, score.
    made
        Pairs of `enterprise` and `item` that are taken for made by what else was answered.
    """
    stated = stated_answers(data)
    if not stated:
        return [rows]
    told = set(zip(made["enterprise"], made["item"], strict=True))
    able = rows[rows["kind"] == MatchKind.COULD_MAKE.value]
    told_able = set(zip(able["enterprise"], able["item"], strict=True))
    return [
        _weighed(rows, stated, weights),
        _makers(data, [p for p, a in stated.items() if a == YES and p not in told], weights),
        _able([p for p, a in stated.items() if a == COULD and p not in told | told_able], weights),
    ]


def _weighed(rows: pd.DataFrame, stated: Mapping[Pair, str], weights: Weights) -> pd.DataFrame:
    """Rows whose pairs were answered, with what the answer adds; scores stay exact sums."""
    levels = np.fromiter(_levels(rows, stated), dtype=float, count=len(rows))
    added = weights.weigh(ANSWERED, levels)
    score = rows["score"].to_numpy(dtype=float) + added
    told = add_up(pd.DataFrame({"score": score}, index=rows.index))
    kept = {"score": told["score"], "probability": told["probability"]}
    weighed = rows.assign(**{ANSWERED: added, f"level_{ANSWERED}": levels}, **kept)
    yes = [pair for pair, answer in stated.items() if answer == YES]
    pairs = pd.MultiIndex.from_frame(rows[["enterprise", "item"]])
    return weighed[~(pairs.isin(yes) & (rows["kind"] == MatchKind.COULD_MAKE.value))]


def _levels(rows: pd.DataFrame, stated: Mapping[Pair, str]) -> Iterator[float]:
    """What is said of a pair speaks of what the firm makes or could make, not of what it buys."""
    level = {COULD: {MatchKind.COULD_MAKE.value: 1.0}}
    level[NO] = {MatchKind.COULD_MAKE.value: -1.0, MatchKind.MAKES.value: -1.0}
    columns = (rows[name] for name in ("enterprise", "item", "kind"))
    for firm, item, kind in zip(*columns, strict=True):
        yield level.get(stated.get((firm, item), ""), {}).get(kind, np.nan)


def _makers(data: Dataset, pairs: list[Pair], weights: Weights) -> pd.DataFrame:
    """Matches of call-sheet rows that say yes; the subject of a match is that row."""
    frame = data.table("answers")
    mine = frame[pd.MultiIndex.from_frame(frame[["enterprise", "item"]]).isin(pairs)]
    rows = mine[["id", "enterprise", "item"]].reset_index(drop=True)
    levels = {"declared": np.ones(len(rows))}
    return _named(rows, levels, "prior", weights).assign(
        table="answers", kind=MatchKind.MAKES.value
    )


def _able(pairs: list[Pair], weights: Weights) -> pd.DataFrame:
    """Matches of enterprises that say they could; the subject of a match is the enterprise."""
    rows = pd.DataFrame(sorted(pairs), columns=["enterprise", "item"], dtype=object)
    firms = tables()["enterprises"]
    rows["id"] = np.array([row_id(firms, {"enterprise": f}) for f in rows["enterprise"]], object)
    levels = {ANSWERED: np.ones(len(rows))}
    named = _named(rows, levels, "could_make_prior", weights)
    return named.assign(table="enterprises", kind=MatchKind.COULD_MAKE.value)


def _named(
    rows: pd.DataFrame, levels: Mapping[str, np.ndarray], prior: str, weights: Weights
) -> pd.DataFrame:
    contributions = contribute(levels, prior, weights)
    shown = pd.DataFrame(levels).add_prefix("level_")
    return pd.concat([rows, add_up(contributions), contributions, shown], axis=1)
