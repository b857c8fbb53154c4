"""Close: offers of something near to an item but not the item itself.

Behind `matches`: reads what was matched and adds nothing to it. An offer is close to an item when it
means another one, or none for sure, and yet would have been taken for this one had the catalogue
nothing better: the evidence without the competition is at or above the threshold, and no stated
code of OKPD2 contradicts. Or when the catalogue says that what the firm makes stands in
for the item. What is close is not the item: it enters no chain as "makes" and its probability is of
its own kind.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from matchmaker.codebook import common_level
from matchmaker.matching.match import Kind
from matchmaker.matching.matches import APPLIES, COLUMNS, Matches
from matchmaker.matching.score import add_up, contribute, shipped_weights

SHARED = 6
"""Digits of OKPD2, the category, that what is close has in common where both state a code."""

PAIR = ["enterprise", "item"]


def find_close(matches: Matches) -> Matches:
    """Find who makes something close to an item.

    Returns
    -------
    Matches
        Of the kind `makes_close`; the subject is the offer. Nobody is close to an item that it makes.
    """
    found = pd.concat([_alike(matches), _standing_in(matches)], ignore_index=True)
    made = pd.MultiIndex.from_frame(matches.makes.rows[PAIR])
    new = found[~pd.MultiIndex.from_frame(found[PAIR]).isin(made)]
    ordered = new.sort_values(
        ["item", "probability", "id"], ascending=[True, False, True], ignore_index=True
    )
    once = ordered.drop_duplicates(["id", "item"], ignore_index=True)
    return Matches(once, matches.data, matches.threshold, matches.steps)


def _alike(matches: Matches) -> pd.DataFrame:
    """Candidates of offers that were outdone by another item, weighed without the competition."""
    rows = matches.rows[matches.rows["kind"] == Kind.MAKES.value]
    applied = [name for name in APPLIES[Kind.MAKES_CLOSE] if name in rows]
    told = add_up(rows[applied])
    near = rows.assign(**told, rivals=0.0, level_rivals=np.nan, declared=0.0, level_declared=np.nan)
    chosen = (told["score"] >= 0) & (told["probability"] >= matches.threshold)
    return _close(near[chosen & ~_contradicted(near, matches)])
