"""What would change a chain: prices, constraints that bind, drop-outs, repairs.

Plain data beside `result`; differences are stage by stage, in the unit of the stage.
"""

from __future__ import annotations

from dataclasses import dataclass

from matchmaker.chains.network.process_network import OperationKind


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """What the chain becomes when one of its operations is ruled out.

    `differences` are stage by stage, in the unit of the stage: what the change costs.
    """

    operation: str
    replaced_by: tuple[str, ...]
    differences: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Prices of a step's offer within which its chain stays best, all else unchanged.

    Attributes
    ----------
    price
        What is stated now, RUB per unit.
    low, high
        The chain is best from `low` to `high`, RUB per unit; None where no price on that
        side, from 0 up, would change it.
    below, above
        Steps that come in beyond `low` and `high`; empty where quantities alone shift.
    """

    operation: str
    price: float
    low: float | None
    high: float | None
    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RivalPrice:
    """Price below which what would replace a step comes into the best chain by itself.

    Attributes
    ----------
    operation, rival
        The step of the chain, and the operation of its runner-up for the same item.
    price, wins_below
        RUB per unit: now, and below which the best chain uses the rival more than this chain
        does. None when no price above 0 would change the chain.
    decided_by
        First stage in which the runner-up falls short; "" when it is equal in all. A price
        that this stage and those before it do not contain is irrelevant.
    """

    operation: str
    rival: str
    price: float
    wins_below: float | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that may hold a chain back.

    Attributes
    ----------
    kind
        "capacity", "hours", "minimum-order", "certificate-missing", "role", "excluded",
        "pair-excluded", "max-enterprises", "max-interested" or "required".
    enterprise
        Whose it is; None for limits on how many there may be.
    subject
        Item, process (`process:…`) or name of a certificate; "" where there is none.
    unit
        Unit of its bound: the item's, "h", "count", or "" for what is there or not.
    """

    id: str
    kind: str
    enterprise: str | None = None
    subject: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A constraint that a chain is at the bound of, and what relaxing it changes.

    `differences` are stage by stage, in the unit of the stage, when the bound is relaxed by
    `relaxed_by` and the goal solved anew; divided by it, what one unit is worth.
    """

    constraint: Constraint
    bound: float
    relaxed_by: float
    differences: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class NewGap:
    """How much more of an item is imported or missing than before; RUB per year."""

    item: str
    kind: OperationKind
    quantity: float
    unit: str
    value: float


@dataclass(frozen=True, slots=True)
class DropOut:
    """The best chain without an enterprise, compared with the chain it drops out of.

    Attributes
    ----------
    items
        What it brings forth in the chain.
    replaced_by
        Steps that the chain without it has and the other has not.
    differences
        Stage by stage, in the unit of the stage; empty when nothing is delivered without it.
    new_gaps
        What becomes missing or imported, missing first.
    """

    enterprise: str
    items: tuple[str, ...]
    replaced_by: tuple[str, ...]
    differences: tuple[tuple[str, float], ...]
    new_gaps: tuple[NewGap, ...]


@dataclass(frozen=True, slots=True)
class RepairAction:
    """A part of a repair: how far a constraint has to give way, in its unit.

    Capacity and free hours are added, a minimum order is lowered; of the others there is 1,
    or so many enterprises more.
    """

    constraint: Constraint
    amount: float


@dataclass(frozen=True, slots=True)
class Repair:
    """Actions that together close a gap as far as it can be, and what comes of them.

    Attributes
    ----------
    item, kind
        The gap: an item that is imported or missing.
    rank
        Place among the repairs of the gap, from 1.
    before, after
        Units per year open in the chain, and in the best chain once the actions are taken.
    differences
        shortfall (share), missing_value, imported_value and cost (RUB per year) of that chain
        less those of this one: the goal solved anew.
    """

    item: str
    kind: OperationKind
    rank: int
    actions: tuple[RepairAction, ...]
    before: float
    after: float
    unit: str
    differences: tuple[tuple[str, float], ...]

    @property
    def closes(self) -> bool:
        """Whether nothing of the gap is left."""
        return self.after <= 0
