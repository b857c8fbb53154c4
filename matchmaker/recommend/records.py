"""The shape of every recommendation: a subject, a value, and what the value is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING

from matchmaker.chains import Repair
from matchmaker.chains.result import COUNT, NUMBER, TEXT, frame_of
from matchmaker.conditions import Condition

if TYPE_CHECKING:
    import pandas as pd

ADVICE_COLUMNS = {"rank": COUNT, "kind": TEXT, "subject": TEXT, "value": NUMBER, "unit": TEXT}
"""Columns of a recommendation and their types, before its further figures."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part of a value: `name` says of what kind, `subject` of what."""

    name: str
    subject: str
    value: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a recommendation rests on: who, which item, how much, and the survey cells.

    `quantity` is in the unit per year; None where the enterprise did not say.
    """

    enterprise: str
    item: str
    kind: str
    quantity: float | None
    unit: str
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A piece of advice.

    Attributes
    ----------
    rank
        Place among its kind, from 1.
    kind
        "member", "gap" or "question".
    subject
        Typed id of what it speaks of, such as `firm:0274000000`.
    value, unit
        What heeding it is worth, in the unit; the contributions sum to it.
    figures
        Further figures by name, such as what the subject is worth alone.
    notes
        (code, subject) of facts that need no figure, such as ("nobody-makes", "").
    repairs
        Of a gap: what would close it, best first.
    conditions
        What is open about the answers that it rests on; of a gap, what may close it.
    """

    rank: int
    kind: str
    subject: str
    value: float
    unit: str
    contributions: tuple[Contribution, ...]
    evidence: tuple[Evidence, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    repairs: tuple[Repair, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def __str__(self) -> str:
        parts = [f"  {part.name} {part.subject}: {part.value:,.0f}" for part in self.contributions]
        figures = [f"{name} {value:,.0f}" for name, value in self.figures.items()]
        return "\n".join(
            [
                f"{self.rank}. {self.kind} {self.subject}: {self.value:,.0f} {self.unit}",
                *parts,
                *([f"  {', '.join(figures)}"] if figures else []),
                *(f"  {code} {subject}".rstrip() for code, subject in self.notes),
                "In sentences: explain(recommendation, graph). Several: advice_to_frame(advice).",
            ]
        )


def advice_to_frame(advice: Sequence[Recommendation]) -> pd.DataFrame:
    """A row a recommendation, in their order, with a column for each of its further figures.

    Returns
    -------
    pandas.DataFrame
        `rank`, `kind`, `subject`, `value` (in the `unit`, RUB per year) and `unit`; then
        `figures` by name, missing where a recommendation has no such figure.
    """
    frame = frame_of(advice, ADVICE_COLUMNS)
    names = dict.fromkeys(name for one in advice for name in one.figures)
    figures = {name: [one.figures.get(name, nan) for one in advice] for name in names}
    return frame.assign(**figures)
