"""Near matches: offers of something like an item that is not the item itself.

Behind `matches`: reads what was matched and adds nothing to it. An offer is close to an item when
it is not taken for it, its class of OKPD2 is the same, and its text alone, whatever else it might
mean, would make it this item. The class is that of the code the firm states, else of the item that
the offer is; where neither is known nothing is said. Or the catalogue says that what the firm makes
stands in for the item. What is close is a kind of its own, and enters no chain.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from matchmaker.codebook import common_level
from matchmaker.matching.pairs.match import MatchKind, least_probability
from matchmaker.matching.pairs.matches import APPLIES, CONTRIBUTIONS, Matches
from matchmaker.matching.pairs.score import add_up, shipped_weights

SHARED = 6
"""Digits that a class of OKPD2 has at least: the category."""

LIKENESS = 0.8
"""Least probability of a likeness; below it the demo case shares the class and nothing else."""

PAIR = ["enterprise", "item"]


def find_near_matches(matches: Matches) -> Matches:
    """Find who makes something close to an item, told by text and class or by the catalogue.

    Returns
    -------
    Matches
        Of the kind `makes_close`, at or above the threshold; the subject is the offer. A firm is
        never close to what it makes, nor to what a person said it does not.
    """
    found = pd.concat([_alike(matches), _standing_in(matches)], ignore_index=True)
    refused = matches.rows[matches.rows["decided"] < 0]
    known = pd.MultiIndex.from_frame(pd.concat([matches.makes.rows, refused])[PAIR])
    new = found[~pd.MultiIndex.from_frame(found[PAIR]).isin(known)]
    ordered = new.sort_values(["item", "probability", "id"], ascending=[True, False, True])
    once = ordered.drop_duplicates(["id", "item"], ignore_index=True)
    return Matches(once, matches.data, matches.threshold, matches.steps)


def with_near_matches(matches: Matches) -> Matches:
    """These matches and, beside them, those of `find_near_matches`."""
    rows = pd.concat([matches.rows, find_near_matches(matches).rows], ignore_index=True)
    return Matches(rows, matches.data, matches.threshold, matches.steps)


def _alike(matches: Matches) -> pd.DataFrame:
    """Candidates of offers that share the class, weighed by their text alone."""
    rows = _only(matches.rows[matches.rows["kind"] == MatchKind.MAKES.value], MatchKind.MAKES_CLOSE)
    alike = rows[rows["probability"] >= max(matches.threshold, LIKENESS)]
    codes = _codes(matches)
    own = _classes(matches, codes)
    pairs = zip(alike["id"], alike["item"], strict=True)
    shared = [_is_shared(own.get(id, ""), codes.get(item, "")) for id, item in pairs]
    return alike[np.array(shared, dtype=bool)]


def _standing_in(matches: Matches) -> pd.DataFrame:
    """Offers of an item that the catalogue lets stand in for another one."""
    named = matches.data.table("substitutes")[["item", "substitute"]]
    pairs = named.set_axis(["instead_of", "item"], axis="columns")
    made = matches.makes.rows.merge(pairs, on="item")
    rows = made.assign(item=made["instead_of"]).drop(columns="instead_of")
    said = shipped_weights().constant("substitute")
    rows = _only(rows, MatchKind.MAKES_CLOSE, but={"substitute": said})
    least = least_probability(MatchKind.MAKES_CLOSE, matches.threshold)
    return rows[rows["probability"] >= least]


def _only(
    rows: pd.DataFrame, kind: MatchKind, but: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Rows of a kind: contributions that do not apply to it are 0, their levels not stated."""
    applied = set(but or APPLIES[kind])
    off = [name for name in CONTRIBUTIONS if name not in applied]
    levels = {f"level_{name}": np.nan for name in off if name != "prior"}
    changed = rows.assign(**dict.fromkeys(off, 0.0), **levels, **(but or {}), kind=kind.value)
    return changed.assign(**add_up(changed[list(CONTRIBUTIONS)]))


def _codes(matches: Matches) -> dict[str, str]:
    """Codes of OKPD2 by item, where stated."""
    items = matches.data.table("items").dropna(subset="okpd2")
    return dict(zip(items["item"], items["okpd2"], strict=True))


def _classes(matches: Matches, codes: Mapping[str, str]) -> dict[str, str]:
    """Class of every offer: that of the item it is, overruled by the code that it states."""
    sure = matches.makes.rows
    offers = matches.data.table("offers").dropna(subset="okpd2")
    told = {id: codes.get(item, "") for id, item in zip(sure["id"], sure["item"], strict=True)}
    return told | dict(zip(offers["id"], offers["okpd2"], strict=True))


def _is_shared(one: str, other: str) -> bool:
    """Whether one code is the other or stands above it, and both are categories at least."""
    digits = min(len(code.replace(".", "")) for code in (one, other))
    return digits >= SHARED and common_level(one, other) == digits
