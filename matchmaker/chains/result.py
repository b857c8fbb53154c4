"""What a chain search found: chains step by step, with totals, gaps and the proof.

Last but one step of the room. Everything here is plain data in a fixed order; money in
RUB per year without VAT, quantities in the item's unit per year, shares in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import networkx as nx

from matchmaker.chains.changes import Binding, DropOut, PriceRange, Repair, RivalPrice, RunnerUp
from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.goals import DELIVERY
from matchmaker.chains.network.process_network import Dropped, OperationKind
from matchmaker.conditions import Condition
from matchmaker.graph import label_of

if TYPE_CHECKING:
    import pandas as pd

TEXT, NUMBER, COUNT = "string", "float64", "int64"
STEP_COLUMNS = {
    "operation": TEXT,
    "kind": TEXT,
    "item": TEXT,
    "enterprise": TEXT,
    "alternative": TEXT,
    "quantity": NUMBER,
    "unit": TEXT,
    "price": NUMBER,
    "value": NUMBER,
    "fixed_cost": NUMBER,
    "capacity": NUMBER,
    "minimum_order": NUMBER,
    "surplus": NUMBER,
    "confidence": NUMBER,
}
"""Columns of a step and their types."""

CHAIN_COLUMNS = {
    "rank": COUNT,
    "id": TEXT,
    "status": TEXT,
    "objective": NUMBER,
    "bound": NUMBER,
    "cost": NUMBER,
    "imported_value": NUMBER,
    "missing_value": NUMBER,
    "localisation": NUMBER,
    "cooperation": NUMBER,
    "lead_time": NUMBER,
}
"""Columns of a chain and their types."""


class Status(StrEnum):
    """How a search ended."""

    OPTIMAL = "OPTIMAL"
    """Every chain is proven best under what came before it."""
    FEASIBLE = "FEASIBLE"
    """Chains were found, but the proof was cut short; see `gap`."""
    INFEASIBLE = "INFEASIBLE"
    """No chain delivers anything of the demand; `gaps` say why."""
    UNKNOWN = "UNKNOWN"
    """Time ran out before any chain was found; nothing is proven."""


@dataclass(frozen=True, slots=True)
class StageValue:
    """What a stage came to: `bound` is the proven least value, `value` the one reached."""

    name: str
    unit: str
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the value may be from the best possible, in the stage's unit."""
        return max(0.0, self.value - self.bound)


Point = tuple[float, float]
"""Values of the first and the second measure."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight piece of a front: one set of decisions, its quantities shifting.

    Attributes
    ----------
    start, end
        Values of the two measures; the first rises, the second falls from one to the other.
    holds_start, holds_end
        Whether the end itself is on the front. Where it is not, another chain beats it, and
        the front comes as near to it as anybody likes.
    decisions
        Ids of the decisions used all along it.
    """

    start: Point
    end: Point
    holds_start: bool
    holds_end: bool
    decisions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Front:
    """What a front is made of beside its corners, which are chains.

    Attributes
    ----------
    measures
        Names of the two measures, which the chains have as stages.
    segments
        Straight pieces between corners, in order; where there is none between two corners, the
        front jumps.
    complete
        Whether this is all of the front; otherwise its beginning.
    """

    measures: tuple[str, str]
    segments: tuple[Segment, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Who brings forth how much of an item.

    Attributes
    ----------
    price
        RUB per unit, of the work and what the maker sources itself.
    value
        quantity × price, RUB per year.
    fixed_cost
        Launch cost, RUB per year.
    surplus
        Units per year beyond what the chain uses, forced by a minimum order.
    certificates_missing
        Certificates the item demands and the enterprise is not known to hold on the day at
        which the graph is judged.
    certificates_expired
        Of these, the last day of what it held, as 2020-12-31, by name.
    assumptions
        What was not answered and how it was read.
    cells
        Survey cell of every figure used, by field.
    """

    operation: str
    kind: OperationKind
    item: str
    enterprise: str | None
    alternative: str
    quantity: float
    unit: str
    price: float
    value: float
    fixed_cost: float = 0.0
    capacity: float | None = None
    minimum_order: float = 0.0
    surplus: float = 0.0
    confidence: float = 1.0
    certificates_missing: tuple[str, ...] = ()
    certificates_expired: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """Carriage of an item between two regions; distance in road km, cost in RUB per year."""

    item: str
    source: str
    target: str
    quantity: float
    distance: float
    cost: float


@dataclass(frozen=True, slots=True)
class Gap:
    """An item the chain imports or lacks, and why nobody at home supplies it.

    `reasons` are codes with the enterprise they speak of, such as
    ("capacity", "firm:0274000000"); ("nobody-makes", "") when there is none.
    """

    item: str
    kind: OperationKind
    quantity: float
    unit: str
    value: float
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Who would make a dually sourced item if one of its makers were lost.

    Attributes
    ----------
    lost
        Enterprise that no longer makes it.
    makers
        (enterprise, units per year) that the other makers of the chain would make then;
        together they make what all make now.
    """

    item: str
    lost: str
    makers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Start:
    """Who brings forth the first units of an item of a cycle.

    `once` when it does only that: the steady state needs none of it, so it is bought or
    borrowed once, and the survey does not know how much.
    """

    item: str
    operation: str
    kind: OperationKind
    enterprise: str | None
    once: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """One joint production chain with its proof.

    Attributes
    ----------
    id
        The same for the same demands (items, units per year, regions) met by the same
        decisions, whoever asks and in whatever order.
    objective, bound
        Value of the goal's first own stage and its proven least value.
    stages
        Value and bound of every stage, in the order they were minimised.
    localisation, cooperation
        Domestic value, and value supplied by members, over all value made and bought.
    start_up
        First makers of the items of its cycles, in an order in which they can begin; empty for
        a chain without cycles. `steps` are the steady state, with a quantity of 0 for what is
        used to start only.
    second_measure
        Of a corner of a front, the measure beside that of `objective`: neither can be lower
        unless the other is higher. Otherwise "".
    critical_path_steps
        Productions one after another, from the first purchase to the delivered product.
    lead_time
        Days that they take one after another, by the lead times stated; purchases and freight
        count 0, for nobody is asked about them.
    lead_time_unknown
        Steps of enterprises that did not state a lead time, which counts 0: `lead_time` is
        then the least it can be.
    runners_up, prices, rival_prices, bindings, dropouts, repairs
        What `explain_result` adds: why each step, what would change the chain, and what would
        close its gaps.
    conditions
        What is open about the answers that the chain rests on, or behind which a better one may
        stand. `weigh_conditions` adds what each is worth to the best chain.
    """

    id: str
    rank: int
    status: Status
    objective: float
    bound: float
    stages: tuple[StageValue, ...]
    steps: tuple[Step, ...]
    flows: tuple[Flow, ...]
    gaps: tuple[Gap, ...]
    enterprises: tuple[str, ...]
    made_value: float
    member_value: float
    domestic_value: float
    imported_value: float
    missing_value: float
    launch_cost: float
    freight_cost: float
    involvement_cost: float
    cost: float
    localisation: float | None
    cooperation: float | None
    runners_up: tuple[RunnerUp, ...] = ()
    backups: tuple[BackupPlan, ...] = ()
    start_up: tuple[Start, ...] = ()
    prices: tuple[PriceRange, ...] = ()
    rival_prices: tuple[RivalPrice, ...] = ()
    bindings: tuple[Binding, ...] = ()
    dropouts: tuple[DropOut, ...] = ()
    repairs: tuple[Repair, ...] = ()
    second_measure: str = ""
    critical_path_steps: int = 0
    lead_time: float = 0.0
    lead_time_unknown: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing: every item is made or bought."""
        return not any(gap.kind is OperationKind.MISSING for gap in self.gaps)

    @property
    def gap(self) -> float:
        """How far the objective may be from the best possible, in its unit."""
        return max(0.0, self.objective - self.bound)

    def __str__(self) -> str:
        goal = next(stage for stage in self.stages if stage.name not in DELIVERY)
        missing = sum(gap.kind is OperationKind.MISSING for gap in self.gaps)
        return (
            f"Chain {self.rank} ({self.id}), {self.status}: {goal.name} {self.objective:,.2f} "
            f"{goal.unit}, bound {self.bound:,.2f}\n"
            f"  cost {self.cost:,.0f} RUB/yr, localisation {_share(self.localisation)}, "
            f"cooperation {_share(self.cooperation)}\n"
            f"  steps: {len(self.steps)}, enterprises: {len(self.enterprises)}, "
            f"items imported: {len(self.gaps) - missing}, items missing: {missing}, "
            f"conditions: {len(self.conditions)}\n"
            "Steps: to_frame(). In sentences: explain(chain, graph)."
        )

    def to_frame(self) -> pd.DataFrame:
        """A row a step, in their order: `STEP_COLUMNS`.

        `quantity`, `capacity`, `minimum_order` and `surplus` are in the step's `unit` per year,
        `price` in RUB per unit, `value` and `fixed_cost` in RUB per year.
        """
        return frame_of(self.steps, STEP_COLUMNS)


@dataclass(frozen=True, slots=True)
class Result:
    """Answer of `compose_chains`: chains in order of the goal.

    Attributes
    ----------
    gaps, repairs
        What keeps the demand unmet when there is no chain at all, and what would help.
    dropped
        Ways that were left out before solving, with reasons.
    operations
        Operations before and after trimming to the maximal structure.
    graph
        The graph that was asked.
    cut_short
        Whether time ran out, or somebody interrupted, before all that was asked was found
        and proven.
    front
        What lies between the chains, where a front was asked for.
    conditions
        Those of all its chains; without any chain, what may stand behind its gaps.
    certain
        The answer without anything open, where `weigh_conditions` found that it differs.
    as_of
        Day at which certificates were judged, as 2026-12-31; "" where each was judged on the
        day its firm answered.
    """

    status: Status
    goal: str
    demands: tuple[Demand, ...]
    limits: Limits
    chains: tuple[Chain, ...]
    gaps: tuple[Gap, ...]
    dropped: tuple[Dropped, ...]
    operations: tuple[int, int]
    graph: nx.MultiDiGraph[str] = field(repr=False, compare=False)
    cut_short: bool = False
    repairs: tuple[Repair, ...] = ()
    front: Front | None = None
    conditions: tuple[Condition, ...] = ()
    certain: Result | None = None
    as_of: str = ""

    def __str__(self) -> str:
        asked = ", ".join(f"{d.item} {d.quantity:,g} a year" for d in self.demands)
        lines = [f"Result {self.status}, goal {self.goal}: {asked}"]
        if self.cut_short:
            lines.append("  The search was cut short: more time may find and prove more.")
        for chain in self.chains:
            lines += [f"  {line}" for line in str(chain).splitlines()[:2]]
        lines += [f"  {gap.kind}: {gap.item}, {gap.value:,.0f} RUB/yr" for gap in self.gaps]
        lines.append(
            "A row a chain: to_frame(). In sentences: explain(result). "
            "Why, and what if: explain_result(result)."
        )
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """A row a chain, in their order: `CHAIN_COLUMNS`, and how many enterprises and steps.

        `objective` and `bound` are in the unit of the goal's first own stage, costs and values
        in RUB per year, `localisation` and `cooperation` shares, `lead_time` in days.
        """
        counts = {
            "enterprises": [len(chain.enterprises) for chain in self.chains],
            "steps": [len(chain.steps) for chain in self.chains],
        }
        return (
            frame_of(self.chains, CHAIN_COLUMNS)
            .assign(**counts)
            .astype(dict.fromkeys(counts, COUNT))
        )

    def label(self, id: str, lang: str = "ru") -> str:
        """Name of an item or enterprise in Russian, or in English where it has one."""
        return label_of(self.graph, id, lang)


def frame_of(records: Iterable[object], columns: Mapping[str, str]) -> pd.DataFrame:
    """A row a record: the attributes that the columns name, in their types; None as missing."""
    import pandas as pd

    rows = [[getattr(record, name) for name in columns] for record in records]
    return pd.DataFrame(rows, columns=[*columns], dtype=object).astype(columns)


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
