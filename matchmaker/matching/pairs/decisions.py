"""Decisions: what people decided about pairs of subject and item holds, whatever was compared.

After score, before `matches`. An accepted pair gets a contribution that outweighs all others, a
rejected one the opposite, so that the contributions still add up to the score. A person may
speak of one answer, of all answers of one wording, or of an enterprise and an item; where
they disagree, the first of these holds:

    enterprise and item rejected · this answer · this wording · enterprise and item accepted
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from matchmaker.codebook import fold, meanings, text_kind
from matchmaker.matching.pairs.match import MatchKind
from matchmaker.matching.pairs.score import DECIDED
from matchmaker.model import Dataset, Decision

CERTAIN = 64.0
"""Log-odds of what a person decided; all comparisons together reach some 25."""

ANSWERS = ("offers", "needs")
"""Tables of answers that mean an item."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rulings:
    """Decisions by what they speak of: (answer, item), (enterprise, item), (capability, item)."""

    answers: Mapping[Pair, Decision] = field(default_factory=dict)
    firms: Mapping[Pair, Decision] = field(default_factory=dict)
    capabilities: Mapping[Pair, bool] = field(default_factory=dict)

    def of(self, id: str, enterprise: str, item: str, kind: MatchKind) -> Decision | None:
        """Decision that holds for a match, if there is one."""
        firm = None if kind is MatchKind.NEEDS else self.firms.get((enterprise, item))
        own = self.answers.get((id, item))
        return firm if firm and not firm.accepted else own or firm


def read_rulings(data: Dataset) -> Rulings:
    """Decisions of a dataset that speak of items, those on wordings told answer by answer."""
    spoken = [one for one in data.decisions if one.value.startswith("item:")]
    of: dict[str, dict[Pair, Decision]] = {}
    for decision in spoken:
        start, _, rest = decision.subject.partition(":")
        key = rest if start == "firm" else decision.subject
        of.setdefault(start, {})[key, decision.value.removeprefix("item:")] = decision
    return Rulings(
        answers=_by_wording(data, spoken) | of.get("offer", {}) | of.get("need", {}),
        firms=of.get("firm", {}),
        capabilities={pair: one.accepted for pair, one in of.get("capability", {}).items()},
    )


def _by_wording(data: Dataset, decisions: Iterable[Decision]) -> dict[Pair, Decision]:
    """Decisions on wordings, for every offer and need that is worded so."""
    worded: dict[str, list[Decision]] = {}
    for decision in decisions:
        if text_kind(decision.subject) == "item":
            worded.setdefault(decision.text, []).append(decision)
    if not worded:
        return {}
    frames = [data.table(name) for name in ANSWERS]
    return {
        (id, decision.value.removeprefix("item:")): decision
        for frame in frames
        for id, product in zip(frame["id"], frame["product"], strict=True)
        for decision in worded.get(fold(str(product)), ())
    }


def settle(rows: pd.DataFrame, rulings: Rulings) -> pd.DataFrame:
    """Rows of matches with what was decided about them; scores stay the exact sums.

    Parameters
    ----------
    rows
        Columns of `matches.COLUMNS`; the best item of every subject has the greatest score.
    """
    from scipy.special import expit

    firms = {firm for firm, _ in rulings.firms}
    spoken = rows["id"].isin({id for id, _ in rulings.answers}) | rows["enterprise"].isin(firms)
    if not spoken.any():
        return rows
    levels = np.full(len(rows), np.nan)
    levels[spoken.to_numpy()] = list(_levels(rows[spoken], rulings))
    settled = rows.copy(deep=False)
    settled[f"level_{DECIDED}"] = levels
    settled[DECIDED] = CERTAIN * np.nan_to_num(levels)
    settled["score"] = rows["score"] + settled[DECIDED]
    settled["probability"] = expit(settled["score"].to_numpy())
    return settled


def _levels(rows: pd.DataFrame, rulings: Rulings) -> Iterator[float]:
    """1 accepted, -1 rejected, NaN not decided.

    That a firm makes an item says nothing of an offer that fits another item better.
    """
    best = rows.groupby("id")["score"].transform("max") == rows["score"]
    columns = (rows[name] for name in ("id", "enterprise", "item", "kind"))
    for id, enterprise, item, kind, first in zip(*columns, best, strict=True):
        decision = rulings.of(id, enterprise, item, MatchKind(kind))
        if decision is None or not (first or _counts_anywhere(decision)):
            yield np.nan
        else:
            yield 1.0 if decision.accepted else -1.0


def _counts_anywhere(decision: Decision) -> bool:
    """Whether it holds for answers that fit another item better, too."""
    return not (decision.accepted and decision.subject.startswith("firm:"))


def unfound(rows: pd.DataFrame, rulings: Rulings, data: Dataset) -> pd.DataFrame:
    """Accepted pairs that were no candidates: `table`, `id`, `enterprise`, `item`."""
    known = set(data.table("items")["item"])
    have = set(zip(rows["id"], rows["item"], strict=True))
    accepted = sorted(
        pair
        for pair, decision in rulings.answers.items()
        if decision.accepted and pair not in have and pair[1] in known
    )
    pairs = pd.DataFrame(accepted, columns=["id", "item"], dtype=object)
    answered = (data.table(name)[["id", "enterprise"]].assign(table=name) for name in ANSWERS)
    return pd.concat([rows.merge(pairs, on="id") for rows in answered], ignore_index=True)


def coded(frame: pd.DataFrame, decisions: Iterable[Decision]) -> pd.DataFrame:
    """Answers with the OKPD2 codes that people gave to their wordings, where none is stated."""
    codes = meanings(decisions).get("okpd2")
    if not codes:
        return frame
    meant = [codes.get(fold(str(product))) for product in frame["product"]]
    stated = frame["okpd2"]
    return frame.assign(okpd2=stated.where(stated.notna(), pd.Series(meant, frame.index)))
