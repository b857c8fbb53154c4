"""Goals that are put together from measures: a weighted sum of some, or a front of two.

Both are written as text, `weighted:cost=1,stages=50000` and
`pareto:cost,stages`, so that they can stand wherever the name of a goal can. A weighted sum
comes after delivery, and before cost and simplicity, which choose among its equals. A front is,
where one chain is asked for, its first measure and then its second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

from matchmaker.chains.goals import GOALS, MEASURES, Goal, Stage, cost, delivery, simplicity
from matchmaker.chains.network.process_network import ProcessNetwork
from matchmaker.errors import MalformedGoalError, UnknownGoalError, UnknownMeasureError

WEIGHTED = "weighted"
PARETO = "pareto"
MONEY = "RUB/yr"
POINTS = "points"
"""Unit of a weighted sum of measures of different units, none of them money."""

MEANT = {
    "localisation": "imported_value",
    "cooperation": "outside_value",
    "resilience": "dependence",
    "confidence": "doubt",
}
"""Measure of which a goal speaks, where that has another name."""


def goal_named(text: str) -> Goal:
    """Goal of a name in `GOALS`, a weighted sum or a front.

    Raises
    ------
    UnknownGoalError, UnknownMeasureError
        When a name is not known; the message offers the nearest ones.
    MalformedGoalError
        When what a sum or a front is made of cannot be read.
    """
    if text.startswith(f"{WEIGHTED}:"):
        weights = weights_of(text)
        return lambda network: _weighted(network, weights)
    if text.startswith(f"{PARETO}:"):
        names = front_of(text)
        return lambda network: _in_turn(network, names)
    if text not in GOALS:
        raise UnknownGoalError(text, [*GOALS, f"{WEIGHTED}:…", f"{PARETO}:…"])
    return GOALS[text]


def weights_of(text: str) -> Mapping[str, float]:
    """Weights of a weighted goal by measure: `weighted:cost=1,stages=50000`; empty for others.

    Raises as `goal_named` does.
    """
    kind, _, rest = text.partition(":")
    if kind != WEIGHTED:
        return {}
    pairs = [part.partition("=") for part in rest.split(",")]
    names = _measures((name for name, _, _ in pairs), text)
    return dict(zip(names, (_weight(weight, text) for _, _, weight in pairs), strict=True))


def front_of(text: str) -> tuple[str, ...]:
    """The two measures of a front: `pareto:cost,stages`; empty for other goals.

    Raises as `goal_named` does.
    """
    kind, _, rest = text.partition(":")
    if kind != PARETO:
        return ()
    names = _measures(rest.split(","), text)
    if len(names) != 2:
        raise MalformedGoalError(text, "a front of two measures, such as pareto:cost,stages")
    return names


def weighted_sum(name: str, unit: str, parts: Iterable[tuple[float, Stage]]) -> Stage:
    """Stage that is the sum of others, each times its weight."""
    sums: dict[str, dict[str, float]] = {"quantity": {}, "use": {}, "involvement": {}}
    peaks = []
    for weight, stage in parts:
        for kind, terms in sums.items():
            for id, value in getattr(stage, kind).items():
                terms[id] = terms.get(id, 0.0) + weight * value
        peaks += [(weight * inner, peak) for inner, peak in stage.peaks]
    return Stage(name, unit, peaks=tuple(peaks), **sums)


def _weighted(network: ProcessNetwork, weights: Mapping[str, float]) -> tuple[Stage, ...]:
    stages = [(weight, MEASURES[name](network)) for name, weight in weights.items()]
    total = weighted_sum(WEIGHTED, _unit([stage for _, stage in stages]), stages)
    return *delivery(network), total, cost(network), simplicity(network)


def _in_turn(network: ProcessNetwork, names: Sequence[str]) -> tuple[Stage, ...]:
    own = dict.fromkeys([*names, "cost"])
    measures = (MEASURES[name](network) for name in own)
    return *delivery(network), *measures, simplicity(network)


def _unit(stages: Sequence[Stage]) -> str:
    """Unit of a sum: money as soon as there is money in it, for weights can be prices."""
    units = {stage.unit for stage in stages}
    if MONEY in units:
        return MONEY
    return units.pop() if len(units) == 1 else POINTS


def _measures(names: Iterable[str], text: str) -> tuple[str, ...]:
    found = [MEANT.get(name, name) for name in map(str.strip, names)]
    for name in found:
        if not name:
            raise MalformedGoalError(text, "measures with commas between them")
        if name not in MEASURES:
            raise UnknownMeasureError(name, [*MEASURES, *MEANT])
    if len(set(found)) < len(found):
        raise MalformedGoalError(text, "each measure once")
    return tuple(found)


def _weight(text: str, whole: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not (isfinite(weight) and weight > 0):
        rule = "a weight above 0 for each measure, such as weighted:cost=1,imported_value=0.5"
        raise MalformedGoalError(whole, rule)
    return weight
