"""What makes one chain better than another: lexicographic stages, all of them minimised.

A goal first delivers the product, then leaves as little missing as possible; last comes
simplicity, so that among equals the chain with the fewest decisions wins. Adding a goal is
adding a function to `GOALS`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from matchmaker.chains.network.longest_path import LongestPath, formulate_longest_path
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.model import Role


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest of several sums, or a longest path: a column of the program.

    Attributes
    ----------
    quantity, use
        Σ weight·x, or Σ weight·z, of each sum, over operations by id.
    path
        Where it is a longest path.
    """

    name: str
    quantity: tuple[Mapping[str, float], ...] = ()
    use: tuple[Mapping[str, float], ...] = ()
    path: LongestPath | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing that is done can raise it."""
        return not any((*self.quantity, *self.use)) and not (self.path and self.path.rows)

    def value(self, quantities: Mapping[str, float], used: Collection[str]) -> float:
        """Value of the peak for given quantities and operations used."""
        ones = dict.fromkeys(used, 1.0)
        sums = [
            *(_dot(weights, quantities) for weights in self.quantity),
            *(_dot(weights, ones) for weights in self.use),
        ]
        if self.path is not None:
            sums.append(self.path.value({*used, *quantities}))
        return max(sums, default=0.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """A measure of a chain to be minimised.

    The value is Σ `quantity`·x + Σ `use`·z + Σ `involvement`·y + Σ weight · peak, over
    operations by id, enterprises, and `peaks` with their weights. No weight is below 0.
    """

    name: str
    unit: str
    quantity: Mapping[str, float] = field(default_factory=dict)
    use: Mapping[str, float] = field(default_factory=dict)
    involvement: Mapping[str, float] = field(default_factory=dict)
    peaks: tuple[tuple[float, Peak], ...] = ()

    @property
    def idle(self) -> bool:
        """Whether it weighs nothing at all."""
        idle = all(peak.idle for _, peak in self.peaks)
        return idle and not any((self.quantity, self.use, self.involvement))

    def value(
        self, quantities: Mapping[str, float], used: Collection[str], involved: Collection[str]
    ) -> float:
        """Value of the stage for given quantities, operations used and enterprises involved."""
        return (
            _dot(self.quantity, quantities)
            + _dot(self.use, dict.fromkeys(used, 1.0))
            + _dot(self.involvement, dict.fromkeys(involved, 1.0))
            + sum(weight * peak.value(quantities, used) for weight, peak in self.peaks)
        )


StageFactory = Callable[[ProcessNetwork], Stage]
Goal = Callable[[ProcessNetwork], tuple[Stage, ...]]


def localisation(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least imported value, then least cost."""
    return *delivery(network), imported_value(network), cost(network), simplicity(network)


def cheapest(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least cost, wherever things come from."""
    return *delivery(network), cost(network), simplicity(network)


def cooperation(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least value from outside the cluster's members, then least cost.

    The largest member value would reward the dearest member; the least outside value
    does not.
    """
    return *delivery(network), outside_value(network), cost(network), simplicity(network)


def resilience(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least imported value, then the least dependence on one enterprise, then least cost."""
    return (
        *delivery(network),
        imported_value(network),
        dependence(network),
        cost(network),
        simplicity(network),
    )


def confidence(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Surest weakest link, then least imported value, then least cost."""
    return (
        *delivery(network),
        doubt(network),
        imported_value(network),
        cost(network),
        simplicity(network),
    )


def fewest_stages(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Fewest productions one after another, then least cost."""
    return *delivery(network), stages(network), cost(network), simplicity(network)


def soonest(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least lead time as stated, then least cost."""
    return *delivery(network), lead_time(network), cost(network), simplicity(network)


GOALS: dict[str, Goal] = {
    "localisation": localisation,
    "cost": cheapest,
    "cooperation": cooperation,
    "resilience": resilience,
    "confidence": confidence,
    "stages": fewest_stages,
    "lead_time": soonest,
}
"""Goals by name."""

OWN_GOALS = frozenset(GOALS)
"""Names of the goals that are the program's own, of which it can speak in words."""

SIMPLICITY = "decisions"
"""Name of the last stage of every goal."""

DELIVERY = ("shortfall", "missing_value")
"""Names of the stages that come before a goal's own."""


def delivery(network: ProcessNetwork) -> tuple[Stage, Stage]:
    """Deliver as much as can be, then leave as little missing in it as can be."""
    return shortfall(network), missing_value(network)


def shortfall(network: ProcessNetwork) -> Stage:
    """Undelivered part of the demands, summed over the demanded items, in [0, n]."""
    shares = {
        o.id: 1 / network.demand[node]
        for o in _of_kind(network, OperationKind.MISSING)
        for node, _ in o.yields
        if node in network.demand
    }
    return Stage("shortfall", "share", shares)


def missing_value(network: ProcessNetwork) -> Stage:
    """Reference value of the components that nobody can supply, RUB per year."""
    values = {
        o.id: network.reference.get(o.item, 1.0)
        for o in _of_kind(network, OperationKind.MISSING)
        if not any(node in network.demand for node, _ in o.yields)
    }
    return Stage("missing_value", "RUB/yr", values)


def imported_value(network: ProcessNetwork) -> Stage:
    """Value bought abroad, RUB per year."""
    return Stage(
        "imported_value",
        "RUB/yr",
        {o.id: o.unit_cost for o in _of_kind(network, OperationKind.IMPORT)},
    )


def outside_value(network: ProcessNetwork) -> Stage:
    """Value bought or made outside the cluster's members, RUB per year."""
    return Stage(
        "outside_value",
        "RUB/yr",
        {
            o.id: o.unit_cost
            for o in network.operations
            if o.kind.source
            or (o.enterprise is not None and network.roles.get(o.enterprise) is not Role.MEMBER)
        },
    )


def cost(network: ProcessNetwork) -> Stage:
    """Price of everything made, bought and carried, launches and involvement, RUB per year."""
    return Stage(
        "cost",
        "RUB/yr",
        {o.id: o.unit_cost for o in network.operations if o.unit_cost},
        {o.id: o.fixed_cost for o in network.operations if o.fixed_cost},
        {enterprise: value for enterprise, value in network.involvement.items() if value},
    )


def dependence(network: ProcessNetwork) -> Stage:
    """Largest part of any item's need that rests on one enterprise, in [0, 1].

    The need is the largest that any chain can have: what one enterprise's drop-out
    leaves undone before anything is planned anew.
    """
    from matchmaker.chains.network.quantity_bounds import explode  # Late: brings NumPy.

    needs: dict[str, float] = defaultdict(float)
    for node, need in explode(network).largest.items():
        item = network.item_of(node)
        needs[item] = max(needs[item], need)
    peaks: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for operation in network.operations:
        if operation.enterprise is not None:
            for node, amount in operation.yields:
                item = network.item_of(node)
                if need := needs[item]:
                    peaks[operation.enterprise, item][operation.id] = amount / need
    parts = Peak("dependence", quantity=tuple(peaks[key] for key in sorted(peaks)))
    return Stage("dependence", "share", peaks=((1.0, parts),))


def doubt(network: ProcessNetwork) -> Stage:
    """One minus the confidence of the least sure operation, in [0, 1]."""
    unsure = tuple({o.id: 1 - o.confidence} for o in network.operations if o.confidence < 1)
    return Stage("doubt", "share", peaks=((1.0, Peak("doubt", use=unsure)),))


def stages(network: ProcessNetwork) -> Stage:
    """Productions one after another, from the first purchase to the delivered product."""
    made = {o.id: 1.0 for o in network.operations if o.kind.made}
    return _longest_path_stage("stages", "count", network, made)


def lead_time(network: ProcessNetwork) -> Stage:
    """Stated lead times of productions one after another, days; one not stated counts 0."""
    days = {o.id: o.lead_time for o in network.operations if o.lead_time}
    return _longest_path_stage("lead_time", "days", network, days)


def simplicity(network: ProcessNetwork) -> Stage:
    """Number of decisions: operations used, purchases included."""
    return Stage(SIMPLICITY, "count", use={o.id: 1.0 for o in network.operations if o.decision})


MEASURES: dict[str, StageFactory] = {
    "cost": cost,
    "imported_value": imported_value,
    "outside_value": outside_value,
    "dependence": dependence,
    "doubt": doubt,
    "stages": stages,
    "lead_time": lead_time,
    "decisions": simplicity,
    "shortfall": shortfall,
    "missing_value": missing_value,
}
"""Measures by the name of their stage; a weighted goal or a front may be made of any."""


def _longest_path_stage(
    name: str, unit: str, network: ProcessNetwork, weights: Mapping[str, float]
) -> Stage:
    path = formulate_longest_path(network, weights)
    return Stage(name, unit, peaks=((1.0, Peak(name, path=path)),))


def _dot(weights: Mapping[str, float], amounts: Mapping[str, float]) -> float:
    return sum(weight * amounts[id] for id, weight in weights.items() if id in amounts)


def _of_kind(network: ProcessNetwork, kind: OperationKind) -> tuple[Operation, ...]:
    return tuple(o for o in network.operations if o.kind is kind)
