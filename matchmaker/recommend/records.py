"""The shape of every recommendation: a subject, a value, and what the value is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from matchmaker.chains import Repair


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
        "member" or "gap".
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
