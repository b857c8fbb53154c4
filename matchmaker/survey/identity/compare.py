"""Compare: one function for each thing known, a level for every pair of firms, and its weight.

After `firms`. A level is a number on the scale of its comparison, NaN where one of the two did
not say what is compared. In the reading of Fellegi and Sunter every comparison shifts the
log-odds of "these two are one firm" by the weight of its level; what is not known shifts
nothing. What is fitted and what experts set says `identity_weights.csv` row by row. A new
comparison is a function in `COMPARISONS`, rows in that table and a sentence in `phrases.csv`.

References
----------
Fellegi, I. P., Sunter, A. B. (1969), A theory for record linkage, JASA 64(328), 1183-1210.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from matchmaker.codebook.weights import Floats, Weights, read_weights
from matchmaker.survey.identity.alike import alike
from matchmaker.survey.identity.firms import Firm, rarities

SHORTAGE = 3.0
"""Weight that an address must have before all of it found again says it is the same."""

ALIKE = 0.5
"""Least share of names in common at which two firms of a list are looked at closer."""

ONE_FIRMS = ("phone", "domain", "registration")
"""Comparisons of what belongs to one firm alone."""

THRESHOLD = 0.5
"""Least probability at which two records are asked about, fixed beforehand."""

UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Rarity:
    """How rare words of names and pieces of addresses are among the firms at hand."""

    words: Mapping[str, float]
    grams: Mapping[str, float]
    crowd: int


def learn_rarity(firms: Sequence[Firm]) -> Rarity:
    """Rarity of what the firms tell; `crowd` is their number."""
    return Rarity(
        rarities([[word.key for word in firm.name.words] for firm in firms]),
        rarities([firm.address.grams() for firm in firms]),
        len(firms),
    )


def compare_names(one: Firm, other: Firm, rarity: Rarity) -> float:
    """Share of the weight of both names in words they have in common, 0 to 1."""
    return alike(one.name, other.name, rarity.words)


def compare_units(one: Firm, other: Firm, _: Rarity) -> float:
    """Numbers in the names: 1 the same, 0.5 only one has any, 0 different ones."""
    mine, its = one.name.numbers, other.name.numbers
    if not mine and not its:
        return UNKNOWN
    if mine == its:
        return 1.0
    return 0.0 if mine and its and not mine & its else 0.5


def compare_forms(one: Firm, other: Firm, _: Rarity) -> float:
    """1 where both names have a legal form of one kind, else 0."""
    return _shared(*({form.kind for form in firm.name.forms} for firm in (one, other)))


def compare_addresses(one: Firm, other: Firm, rarity: Rarity) -> float:
    """Share of the shorter address that the other has too, pieces weighted by rarity, 0 to 1."""
    mine, its = one.address.grams(), other.address.grams()
    if not mine or not its:
        return UNKNOWN
    least = min(_weight(mine, rarity), _weight(its, rarity))
    return _weight(mine & its, rarity) / (least + SHORTAGE)


def _weight(grams: Iterable[str], rarity: Rarity) -> float:
    return sum(rarity.grams.get(gram, 1.0) for gram in sorted(grams))


def compare_houses(one: Firm, other: Firm, _: Rarity) -> float:
    """Share of the numbers of the shorter address that the other has too, 0 to 1."""
    mine, its = one.address.numbers, other.address.numbers
    return len(mine & its) / min(len(mine), len(its)) if mine and its else UNKNOWN


def compare_registrations(one: Firm, other: Firm, _: Rarity) -> float:
    """1 where a valid number of a legal entity is the same, 0 where two differ."""
    same = _same(one.numbers.entity, other.numbers.entity)
    return _same(one.numbers.ogrn, other.numbers.ogrn) if math.isnan(same) else same


def compare_branches(one: Firm, other: Firm, _: Rarity) -> float:
    """Of one INN: 1 for the same KPP, 0 for another, which is a branch of the same firm."""
    mine, its = one.numbers, other.numbers
    if not mine.inn or mine.inn != its.inn:
        return UNKNOWN
    return _same(mine.kpp, its.kpp)


def _same(mine: str, its: str) -> float:
    """1 for the same text, 0 for different ones."""
    return float(mine == its) if mine and its else UNKNOWN


def _shared(mine: Set[str], its: Set[str]) -> float:
    """1 where both have a text in common, else 0."""
    return float(bool(mine & its)) if mine and its else UNKNOWN


COMPARISONS: Mapping[str, Callable[[Firm, Firm, Rarity], float]] = MappingProxyType(
    {
        "name": compare_names,
        "unit": compare_units,
        "form": compare_forms,
        "address": compare_addresses,
        "house": compare_houses,
        "postcode": lambda one, other, _: _shared(one.address.postcodes, other.address.postcodes),
        "country": lambda one, other, _: _same(one.country, other.country),
        "region": lambda one, other, _: _same(one.region, other.region),
        "city": lambda one, other, _: _same(one.city, other.city),
        "phone": lambda one, other, _: _shared(one.phones, other.phones),
        "domain": lambda one, other, _: _shared(one.domains, other.domains),
        "registration": compare_registrations,
        "number": lambda one, other, _: _same(one.numbers.other, other.numbers.other),
        "branch": compare_branches,
    }
)
"""Every comparison by name, in the order in which contributions are listed.

A `number` is a registration number of which no check digit says whether it is right.
"""


def compare(
    firms: Sequence[Firm], left: Sequence[int], right: Sequence[int], rarity: Rarity
) -> dict[str, Floats]:
    """Levels of every comparison for the pairs of firms at the positions `left`, `right`."""
    pairs = [(firms[i], firms[j]) for i, j in zip(left, right, strict=True)]
    return {
        name: np.array([function(*pair, rarity) for pair in pairs], dtype=np.float64)
        for name, function in COMPARISONS.items()
    }


def may_be_one(one: Firm, other: Firm, rarity: Rarity) -> bool:
    """Whether enough agrees for a closer look: the names, or what belongs to one firm alone."""
    return compare_names(one, other, rarity) >= ALIKE or any(
        COMPARISONS[name](one, other, rarity) == 1 for name in ONE_FIRMS
    )


@cache
def identity_weights() -> Weights:
    """Weights of `codebook/data/identity_weights.csv`."""
    return read_weights("identity_weights.csv")


def score_pairs(levels: Mapping[str, Floats]) -> dict[str, Floats]:
    """Contributions, by comparison, to the log-odds of pairs that were put together by somebody."""
    weights = identity_weights()
    prior = np.full(len(levels["name"]), weights.constant("prior"))
    return {"prior": prior} | {name: weights.weigh(name, own) for name, own in levels.items()}


def score_candidates(levels: Mapping[str, Floats], crowd: int) -> dict[str, Floats]:
    """Contributions to pairs found among so many firms, where most of the pairs are chance."""
    scale = np.full(len(levels["name"]), math.log10(max(crowd, 1)))
    return score_pairs({**levels, "unlike": levels["name"], "crowd": scale})
