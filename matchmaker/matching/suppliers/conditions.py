"""Conditions: what an item asks of who supplies it, and what firms state about it.

Behind `matches` and `requirements`: certificates of the item, free capacity, distance, and what
the firm's own words tell of sizes and ways of making. Beside the score, never inside it: a firm
that lacks a certificate makes the item all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from matchmaker.codebook import distance
from matchmaker.errors import BadValueError
from matchmaker.matching.pairs.match import Match, MatchKind
from matchmaker.matching.pairs.matches import Matches
from matchmaker.matching.suppliers.requirements import (
    Answer,
    Between,
    Fit,
    OneOf,
    Requirement,
    TextRequirement,
    check_requirements,
)
from matchmaker.model import Dataset, has_expired

CAPACITY, DISTANCE = "capacity", "distance"
"""Names of the requirements on numbers; the others are called what they ask for."""

SAYINGS = {
    "offers": ("product", "comment"),
    "answers": ("product", "comment"),
    "capabilities": ("process", "material", "equipment", "limits", "comment"),
}
"""Fields in which a firm tells what it makes and how, by table."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked beside the certificates of the item; what is left out asks nothing.

    `quantity` in units of the item per year, `within` in km from `region` (ISO 3166-2);
    `told` are requirements (`TextRequirement`) on what the firm says about the offer or the
    capability. Certificates are judged at the day `as_of`, else each at the day of the answer.
    """

    quantity: float | None = None
    within: float | None = None
    region: str = ""
    certificates: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    as_of: date | None = None

    def __post_init__(self) -> None:
        if self.within is not None and not self.region:
            raise BadValueError("A distance is counted from a region: name it.")
        for text in self.told:
            TextRequirement(text)
        for name in self.certificates:
            OneOf(name)


def check_conditions(matches: Matches, item: str, wish: Wish) -> tuple[tuple[Match, Fit], ...]:
    """Judge who was matched with an item by what it asks, the best of each kind first.

    Parameters
    ----------
    matches
        Of any kind; those of needs are left out, for they supply nothing.

    Raises
    ------
    UnknownItemError
        When the catalogue has no such item.
    """
    found = [one for one in matches.for_item(item) if one.kind is not MatchKind.NEEDS]
    wanted = item_requirements(matches.data, item, wish)
    judged: list[tuple[Match, Fit]] = []
    for kind in (MatchKind.MAKES, MatchKind.MAKES_CLOSE, MatchKind.COULD_MAKE):
        own = {one.id: one for one in found if one.kind is kind}
        answers = answers_of(own.values(), matches.data, wanted, wish)
        judged += [(own[fit.candidate], fit) for fit in check_requirements(wanted, answers)]
    return tuple(judged)


def item_requirements(data: Dataset, item: str, wish: Wish) -> Mapping[str, Requirement]:
    """Requirements by name: certificates of the item and of the wish, capacity, distance."""
    listed = dict(_stated(data.table("items"), "item", "certificates")).get(item, "")
    own = [name.strip() for name in listed.split(";")]
    wanted: dict[str, Requirement] = {
        name: OneOf(name) for name in dict.fromkeys((*own, *wish.certificates)) if name
    }
    for text in wish.told:
        wanted.setdefault(
            text if text not in {CAPACITY, DISTANCE} else f"«{text}»", TextRequirement(text)
        )
    if wish.quantity is not None:
        wanted[CAPACITY] = Between(least=wish.quantity)
    if wish.within is not None:
        wanted[DISTANCE] = Between(most=wish.within)
    return wanted


def answers_of(
    matches: Iterable[Match], data: Dataset, wanted: Mapping[str, Requirement], wish: Wish
) -> dict[str, Mapping[str, Answer]]:
    """What firms state about each requirement, by the id of the match; silence is no answer."""
    homes = dict(_stated(data.table("enterprises"), "enterprise", "region"))
    held = _certificates(data, wish.as_of)
    hours = dict(_stated(data.table("capabilities"), "id", "free_hours"))
    capacities = {
        id: units
        for table in ("offers", "answers")
        for id, units in _stated(data.table(table), "id", "capacity")
    }
    told = [name for name, one in wanted.items() if isinstance(one, TextRequirement)]
    certificates = [name for name, one in wanted.items() if isinstance(one, OneOf)]
    sayings = _sayings(data) if told else {}

    def own(match: Match) -> Mapping[str, Answer]:
        said = [text for id in _rows_of(match) for text in sayings.get(id, ())]
        return {
            **dict.fromkeys(certificates, held.get(match.enterprise)),
            **dict.fromkeys(told, said),
            CAPACITY: _by_hours(match, hours) if match.capabilities else capacities.get(match.id),
            DISTANCE: _away(wish.region, homes.get(match.enterprise, "")),
        }

    return {match.id: own(match) for match in matches}


def _rows_of(match: Match) -> tuple[str, ...]:
    """Ids of the rows a match rests on: capabilities by step, or the offer or answer itself."""
    return tuple(step.capability for step in match.capabilities) or (match.id,)


def _sayings(data: Dataset) -> dict[str, list[str]]:
    """Texts of every row in which a firm tells what it makes and how, by the id of the row."""
    found: dict[str, list[str]] = defaultdict(list)
    for table, fields in SAYINGS.items():
        for field in fields:
            for id, text in _stated(data.table(table), "id", field):
                found[id].append(text)
    return found


def _stated(frame: pd.DataFrame, key: str, value: str) -> Iterator[tuple[str, Any]]:
    told = frame.dropna(subset=value)
    return zip(told[key], told[value], strict=True)


def _certificates(data: Dataset, as_of: date | None) -> dict[str, list[str]]:
    """Certificates by firm, those left out that had run out on the day they are judged at."""
    answered = dict(_stated(data.table("enterprises"), "enterprise", "answered_on"))
    found: dict[str, list[str]] = {}
    for row in data.table("certificates").fillna("").to_dict("records"):
        own = found.setdefault(row["enterprise"], [])
        if not has_expired(row["valid_until"], answered.get(row["enterprise"]), as_of):
            own.append(row["certificate"])
    return found


def _by_hours(match: Match, hours: Mapping[str, float]) -> float | None:
    """Units per year that the free hours of every step allow; None where any is not stated."""
    steps = [step for step in match.capabilities if step.hours > 0]
    if not steps or any(step.capability not in hours for step in steps):
        return None
    return min(hours[step.capability] / step.hours for step in steps)


def _away(region: str, home: str) -> float | None:
    """Kilometres between two regions; None where one is not known."""
    return distance(region, home) if region and home else None
