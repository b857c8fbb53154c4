"""Advice: whom to invite, as rows; what an invitation is worth and what that is made of.

Behind `names`. Values are RUB per year less imported or missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matchmaker.recommend import Evidence, Recommendation
from matchmaker.report.names import Names


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An interested enterprise: worth with the others of the best set, and alone."""

    rank: int
    name: str
    region: str
    invited: bool
    value: float
    alone: float
    cost: float
    parts: tuple[tuple[str, float], ...]
    makes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invitations:
    """All rows; `together` is what the best set is worth, `low` and `high` scale the bars."""

    rows: tuple[InvitationRow, ...]
    together: float
    low: float
    high: float


def invitations(members: Sequence[Recommendation], names: Names) -> Invitations:
    """Rows of `recommend_members`, in its order."""
    rows = tuple(_row(advice, names) for advice in members)
    values = [value for row in rows for _, value in row.parts] or [0.0]
    together = members[0].figures["set"] if members else 0.0
    return Invitations(rows, together, min(values), max(values))


def _row(advice: Recommendation, names: Names) -> InvitationRow:
    return InvitationRow(
        rank=advice.rank,
        name=names.label(advice.subject),
        region=names.region(advice.subject),
        invited=advice.figures["invited"] > 0,
        value=advice.value,
        alone=advice.figures["alone"],
        cost=advice.figures["cost"],
        parts=tuple((names.label(part.subject), part.value) for part in advice.contributions),
        makes=tuple(_makes(evidence, names) for evidence in advice.evidence),
    )


def _makes(evidence: Evidence, names: Names) -> str:
    item = names.label(evidence.item)
    if evidence.quantity is None:
        return item
    quantity = names.quantity(evidence.quantity, evidence.unit)
    return names.say("makes", item=item, quantity=quantity)
