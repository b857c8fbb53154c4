"""Outsiders: what a section says to those who may not see prices; shares and structure alone.

Behind `view`. The rows have no field for money, for what gives it away, or for what people
and firms said in confidence, so that no template can show it.
"""

from __future__ import annotations

from dataclasses import dataclass

from matchmaker.report.flow import Diagram
from matchmaker.report.names import Names
from matchmaker.report.view import Section


@dataclass(frozen=True, slots=True)
class PublicStep:
    """Who brings forth how much of what."""

    item: str
    maker: str
    tone: str
    learning: bool
    alternative: str
    quantity: str


@dataclass(frozen=True, slots=True)
class PublicPartner:
    """An enterprise of the chain, with its share of the value made and bought."""

    name: str
    tone: str
    role: str
    region: str
    items: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class PublicGap:
    """What is imported or missing."""

    item: str
    tone: str
    quantity: str


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Shares of a chain, and how many take part; see `view.Figures`."""

    quantity: str
    before: float | None
    after: float | None
    localisation: float | None
    cooperation: float | None
    enterprises: int
    members: int
    interested: int


@dataclass(frozen=True, slots=True)
class PublicSection:
    """One result as outsiders may see it; what speaks of its chain is empty without one."""

    title: str
    asked: tuple[str, ...]
    goal: str
    verdict: str
    proven: bool
    gaps: tuple[PublicGap, ...]
    figures: PublicFigures | None = None
    shares: tuple[tuple[str, float], ...] = ()
    diagram: Diagram | None = None
    steps: tuple[PublicStep, ...] = ()
    partners: tuple[PublicPartner, ...] = ()


def public_section(section: Section, names: Names) -> PublicSection:
    """The part of a section that gives away no price, rate, cost or contact."""
    return PublicSection(
        title=section.title,
        asked=section.asked,
        goal=section.goal,
        verdict=_verdict(section, names),
        proven=section.proven,
        gaps=tuple(PublicGap(row.item, row.tone, row.quantity) for row in section.gaps),
        figures=_figures(section),
        shares=section.shares,
        diagram=section.diagram,
        steps=tuple(
            PublicStep(r.item, r.maker, r.tone, r.learning, r.alternative, r.quantity)
            for r in section.steps
        ),
        partners=tuple(
            PublicPartner(r.name, r.tone, r.role, r.region, r.items, r.share)
            for r in section.partners
        ),
    )


def _verdict(section: Section, names: Names) -> str:
    """What is proven, without the figures of it, and on how many conditions."""
    if section.chain is None:
        return names.say("public.none")
    proven = names.say("public.proven" if section.proven else "public.open")
    count = len(section.conditions)
    return f"{proven} {names.say('public.conditions', count=count)}" if count else proven


def _figures(section: Section) -> PublicFigures | None:
    own = section.figures
    if own is None:
        return None
    return PublicFigures(
        own.quantity,
        own.before,
        own.after,
        own.localisation,
        own.cooperation,
        own.enterprises,
        own.members,
        own.interested,
    )
