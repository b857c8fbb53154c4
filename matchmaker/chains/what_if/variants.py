"""Variants: one problem built again and again, each time without some of the enterprises.

Beside the flow of the room, for whoever weighs enterprises against each other. The network
is assembled once; what is left of it without some enterprises is the very network that
`build_problem` makes when the limits exclude them, so every figure is the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import networkx as nx

from matchmaker.chains.combined_goals import goal_named
from matchmaker.chains.compose import Problem
from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.network.assemble import EXCLUDED, REFUSED, REJECTED, gather
from matchmaker.chains.network.certain_part import certain_part
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import (
    Dropped,
    ProcessNetwork,
    without_idle_freight,
)
from matchmaker.chains.network.sourcing import sourced


@dataclass(frozen=True, slots=True)
class Variants:
    """Demands on a network that is assembled and not trimmed yet.

    Parameters
    ----------
    graph, demands, goal, limits
        As `build_problem` takes them.
    network
        Everything that `gather` finds within the limits.
    """

    graph: nx.MultiDiGraph[str]
    demands: tuple[Demand, ...]
    goal: str
    limits: Limits
    network: ProcessNetwork

    def makers(self) -> frozenset[str]:
        """Enterprises that have any operation at all."""
        return frozenset(o.enterprise for o in self.network.operations if o.enterprise)

    def without(self, enterprises: Collection[str]) -> Problem:
        """The problem as if the limits excluded these enterprises too."""
        others = [o for o in self.network.operations if o.enterprise not in enterprises]
        left, gone = without_idle_freight(others), self._dropped(frozenset(enterprises))
        limits = replace(self.limits, exclude=self.limits.exclude | frozenset(enterprises))
        whole = sourced(replace(self.network, operations=left, dropped=gone), limits)
        network = maximal_structure(whole)
        return Problem(
            graph=self.graph,
            demands=self.demands,
            goal=self.goal,
            network=network,
            stages=goal_named(self.goal)(network),
            limits=limits,
            assembled=len(whole.operations),
        )

    def _dropped(self, enterprises: frozenset[str]) -> tuple[Dropped, ...]:
        """What the limits forbid: now also all that these enterprises could do."""
        stays = [
            d
            for d in self.network.dropped
            if d.enterprise not in enterprises or d.reason.startswith((REFUSED, REJECTED))
        ]
        goes = [d for d in self.network.dropped if d not in stays]
        named = [(d.operation, d.item, d.enterprise) for d in goes]
        named += [(o.edge[2], o.item, o.enterprise) for o in self.network.operations if o.edge]
        now = {
            key: Dropped(item, enterprise, EXCLUDED, key)
            for key, item, enterprise in named
            if enterprise in enterprises
        }
        return (*stays, *(now[key] for key in sorted(now)))


def build_variants(
    graph: nx.MultiDiGraph[str],
    demands: Sequence[Demand],
    *,
    goal: str = "localisation",
    limits: Limits,
) -> Variants:
    """Build the problem behind `compose_chains` for many sets of enterprises.

    Raises
    ------
    UnknownItemError, UnknownEnterpriseError
        When a name is not known; the message offers the nearest ones.
    """
    graph = certain_part(graph) if limits.certain else graph
    network = gather(graph, demands, limits)
    return Variants(graph, tuple(demands), goal, limits, network)
