"""All that is open about some items, found in a fixed order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from matchmaker.conditions.answers import Answers
from matchmaker.conditions.condition import Condition
from matchmaker.conditions.open_answers import OpenAnswers
from matchmaker.conditions.waiting_rows import WaitingRows
from matchmaker.model import Dataset

if TYPE_CHECKING:
    from matchmaker.matching import Match


def find_conditions(
    data: Dataset, matches: Sequence[Match], likely: Collection[str], wanted: Collection[str]
) -> list[Condition]:
    """Find what the answers leave open about some items, in a fixed order.

    Parameters
    ----------
    data
        Snapshot of the store, with the rows that wait and the issues that are open.
    matches
        Which offers and enterprises make or could make the items.
    likely
        Keys of the edges of those matches that are not taken for true.
    wanted
        Ids of the items asked for and of all they are made of or replaced by.
    """
    answers = Answers(data, tuple(matches), frozenset(likely), frozenset(wanted))
    stored = OpenAnswers(answers)
    found = [
        *stored.likely(),
        *WaitingRows(answers).find(),
        *stored.not_stated(),
        *stored.implausible(),
        *stored.issues(),
    ]
    return list(dict.fromkeys(found))
