"""What is asked of the cluster: demands, and limits on the chains that may meet them.

First step of the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real

from matchmaker.codebook import regions
from matchmaker.errors import BadValueError, UnknownRegionError
from matchmaker.model import Role


@dataclass(frozen=True, slots=True)
class Demand:
    """A quantity of an item that somebody wants per year.

    Attributes
    ----------
    item
        Code of the item, with or without the prefix `item:`.
    quantity
        Units of the item per year.
    region
        ISO 3166-2 code of the place of delivery; empty means collected from the maker.
    """

    item: str
    quantity: float
    region: str = ""

    def __post_init__(self) -> None:
        if not (is_number(self.quantity) and isfinite(self.quantity) and self.quantity > 0):
            raise BadValueError(
                f"Expected a quantity above 0 units per year of {self.item!r}, "
                f"found {self.quantity!r}."
            )
        if self.region and self.region not in regions():
            raise UnknownRegionError(self.region, regions())
        object.__setattr__(self, "quantity", float(self.quantity))
        object.__setattr__(self, "item", _typed(self.item, "item"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a chain may not do; the default forbids nothing.

    Attributes
    ----------
    roles
        Roles of the enterprises that may take part.
    require, exclude
        Enterprises that have to, or must not, take part; with or without `firm:`.
    exclude_pairs
        (enterprise, item) that must not be used, such as those rejected by a person.
    max_enterprises, max_interested
        Most enterprises at all, and most interested ones.
    demand_certificates
        Whether an enterprise must hold every certificate its item demands; otherwise the
        missing ones are only listed.
    min_confidence
        Least probability of an operation, in [0, 1].
    require_pairs
        (enterprise, item) that have to be used.
    single_sourcing
        Whether every item comes from one source only: one operation of an enterprise or one
        purchase.
    dual_sourcing
        Items of which no maker may be indispensable: at least two are used, and what is made
        could be made without any one of them.
    buy_products
        Whether the demanded products themselves may be bought. A chain is there to make
        them; buying is what happens today, and what firms are measured against.
    certain
        Whether only what enterprises stated outright or people confirmed may be used: no likely
        match, no recipe that lost a line, no unstated capacity, no certificate that is not known.
    """

    roles: frozenset[Role] = frozenset(Role)
    require: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    exclude_pairs: frozenset[tuple[str, str]] = frozenset()
    max_enterprises: int | None = None
    max_interested: int | None = None
    demand_certificates: bool = False
    min_confidence: float = 0.0
    require_pairs: frozenset[tuple[str, str]] = frozenset()
    single_sourcing: bool = False
    dual_sourcing: frozenset[str] = frozenset()
    buy_products: bool = False
    certain: bool = False

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_sets()
        for name, prefix in (("require", "firm"), ("exclude", "firm"), ("dual_sourcing", "item")):
            ids = frozenset(_typed(id, prefix) for id in getattr(self, name))
            object.__setattr__(self, name, ids)
        for name in ("exclude_pairs", "require_pairs"):
            given = getattr(self, name)
            pairs = frozenset((_typed(e, "firm"), _typed(i, "item")) for e, i in given)
            object.__setattr__(self, name, pairs)
        self._check_contradictions()

    def _check_numbers(self) -> None:
        for name in ("max_enterprises", "max_interested"):
            number = getattr(self, name)
            if number is not None and not (is_whole(number) and number >= 0):
                raise BadValueError(f"Expected {name} of at least 0, found {number!r}.")
        least = self.min_confidence
        if not (is_number(least) and 0 <= least <= 1):
            raise BadValueError(f"Expected min_confidence in [0, 1], found {least!r}.")

    def _check_sets(self) -> None:
        for name in ("roles", "require", "exclude", "dual_sourcing"):
            # A text is an iterable of texts too: each letter would be taken for an id.
            if isinstance(given := getattr(self, name), str):
                raise BadValueError(f"Expected a set for {name}, found the text {given!r}.")
        for name in ("exclude_pairs", "require_pairs"):
            for pair in getattr(self, name):
                if isinstance(pair, str) or len(pair) != 2:
                    raise BadValueError(
                        f"Expected pairs of enterprise and item for {name}, found {pair!r}."
                    )
        if unknown := sorted(map(str, frozenset(self.roles) - frozenset(Role))):
            raise BadValueError(f"Expected roles of {', '.join(Role)}, found {', '.join(unknown)}.")

    def _check_contradictions(self) -> None:
        required = self.require | {enterprise for enterprise, _ in self.require_pairs}
        if both := required & self.exclude:
            raise BadValueError(f"Required and excluded at once: {', '.join(sorted(both))}.")
        if pairs := self.require_pairs & self.exclude_pairs:
            named = ", ".join(f"{enterprise} for {item}" for enterprise, item in sorted(pairs))
            raise BadValueError(f"Required and excluded at once: {named}.")
        if self.single_sourcing and self.dual_sourcing:
            named = ", ".join(sorted(self.dual_sourcing))
            raise BadValueError(f"Single sourcing leaves no second maker of {named}.")


def is_number(value: object) -> bool:
    """Whether a value is a number and no truth value, which Python counts as one."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """Whether a value is a whole number and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _typed(id: str, prefix: str) -> str:
    return id if id.startswith(f"{prefix}:") else f"{prefix}:{id}"
