"""What is still imported or missing, why, and who might close it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

import networkx as nx

from matchmaker.chains import Demand, Gap, Limits, Repair, Result, compose_chains, find_repairs
from matchmaker.graph import edges_of
from matchmaker.recommend.records import Contribution, Evidence, Recommendation

NO_LIMITS = Limits()


def find_gaps(
    graph: nx.MultiDiGraph[str],
    demands: Demand | Sequence[Demand],
    *,
    goal: str = "localisation",
    limits: Limits = NO_LIMITS,
) -> list[Recommendation]:
    """List what the best chain leaves open, the most valuable first; missing before imported.

    Returns
    -------
    list of Recommendation
        One an item; `value` is what is imported, or missing at reference prices, in RUB per
        year. `notes` say why no enterprise closes the gap; `evidence` lists the enterprises
        that make or could make the item, in the chain or not, with their capacity.
        `figures` has `quantity`; `repairs` say which constraints would have to give way.

    Raises
    ------
    UnknownItemError, UnknownEnterpriseError, UnknownGoalError
        When a name is not known.
    """
    result = compose_chains(graph, demands, goal=goal, limits=limits)
    gaps = result.chains[0].gaps if result.chains else result.gaps
    return _gaps(result, gaps, find_repairs(result))


def gaps_of(result: Result, rank: int = 1) -> list[Recommendation]:
    """Gaps of a chain already composed, in the same shape as `find_gaps`.

    With repairs where `explain_result` has found them.
    """
    found = result.chains[rank - 1] if result.chains else result
    return _gaps(result, found.gaps, found.repairs)


def _gaps(result: Result, gaps: Sequence[Gap], repairs: Sequence[Repair]) -> list[Recommendation]:
    of_gap: dict[tuple[str, str], list[Repair]] = defaultdict(list)
    for repair in repairs:
        of_gap[repair.item, repair.kind].append(repair)
    return [
        replace(
            _advise(result.graph, gap, place, of_gap[gap.item, gap.kind]),
            conditions=tuple(one for one in result.conditions if one.item == gap.item),
        )
        for place, gap in enumerate(gaps, start=1)
    ]


def _advise(
    graph: nx.MultiDiGraph[str], gap: Gap, rank: int, repairs: Sequence[Repair]
) -> Recommendation:
    return Recommendation(
        rank=rank,
        kind="gap",
        subject=gap.item,
        value=gap.value,
        unit="RUB/yr",
        contributions=(Contribution(gap.kind, gap.item, gap.value),),
        evidence=_makers(graph, gap.item),
        figures={"quantity": gap.quantity},
        notes=gap.reasons,
        repairs=tuple(repairs),
    )


def _makers(graph: nx.MultiDiGraph[str], item: str) -> tuple[Evidence, ...]:
    """Enterprises that make or could make an item, with the most of it that they state."""
    free = {key: edge["free_hours"] for _, _, key, edge in edges_of(graph, "masters")}
    found = [
        Evidence(
            enterprise,
            item,
            kind,
            edge["capacity"] if kind == "makes" else _most(edge["hours"], free),
            graph.nodes[item]["unit"],
            dict(edge["cells"]),
        )
        for kind in ("makes", "could_make")
        for enterprise, made, _, edge in edges_of(graph, kind)
        if made == item
    ]
    return tuple(sorted(found, key=lambda e: (e.kind, e.enterprise)))


def _most(hours: Mapping[str, float], free: Mapping[str, float | None]) -> float | None:
    """Units per year that free hours allow when all go into one item; None if one is unknown."""
    most = inf
    for capability, per_unit in hours.items():
        available = free[capability]
        if available is None:
            return None
        most = min(most, available / per_unit if per_unit else inf)
    return most if most < inf else None
