"""A graph without what is open about it: what was stated outright or confirmed by people."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from matchmaker.chains.network.assemble import lacking_certificates, recipes_of
from matchmaker.codebook import TURNKEY
from matchmaker.conditions import ROUTING, Condition
from matchmaker.graph import edges_of

NOT_CERTAIN = "not-certain"
"""What it rests on was not stated outright, nor confirmed by anybody."""


def conditions_of(graph: nx.MultiDiGraph[str]) -> tuple[Condition, ...]:
    """What is open about a graph; nothing about one that was not built from answers."""
    found: tuple[Condition, ...] = graph.graph.get("conditions", ())
    return found


def certain_part(graph: nx.MultiDiGraph[str]) -> nx.MultiDiGraph[str]:
    """Graph without anything uncertain, and without makers who lack a certificate demanded."""
    part = without_conditions(graph, conditions_of(graph))
    for enterprise, item, _, edge in (*edges_of(part, "makes"), *edges_of(part, "could_make")):
        if edge["blocked"] is None and lacking_certificates(part, enterprise, item):
            edge["blocked"] = NOT_CERTAIN
    return part


def without_conditions(
    graph: nx.MultiDiGraph[str], conditions: Iterable[Condition]
) -> nx.MultiDiGraph[str]:
    """Graph in which what conditions are about is blocked, and recipes that lost a line are gone.

    An item whose recipes are all gone is made by nobody but those who deliver it turnkey.
    """
    open_ones = tuple(conditions)
    uncertain = {edge for one in open_ones for edge in one.edges}
    broken = {recipe for one in open_ones for recipe in one.recipes}
    left = {(i, alternative) for i, known in recipes_of(graph).items() for alternative in known}
    bare = {item for item, _ in broken} - {item for item, _ in left - broken}
    part = graph.copy()
    for component, item, key, edge in edges_of(graph, "part_of"):
        if (item, edge["alternative"]) in broken:
            part.remove_edge(component, item, key)
    for _, item, key, edge in (*edges_of(part, "makes"), *edges_of(part, "could_make")):
        lost_line = item in bare and edge.get("alternative") != TURNKEY
        lost_step = edge["edge"] == "could_make" and (item, ROUTING) in broken
        if edge["blocked"] is None and (key in uncertain or lost_line or lost_step):
            edge["blocked"] = NOT_CERTAIN
    return part
