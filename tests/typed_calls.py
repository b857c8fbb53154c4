"""Calls through the front door as a type checker sees them: `scripts/check` runs mypy on this.

mypy reports an ignore that nothing needs, so every one of these mistakes has to be found.
"""

from __future__ import annotations

import networkx as nx

import matchmaker as mm


def compose(graph: nx.MultiDiGraph[str]) -> mm.Result:
    """A good call, and bad ones of it."""
    demand = mm.Demand("crutches", 8000)
    mm.compose_chians(graph, demand)  # type: ignore[attr-defined]
    mm.compose_chains(graph, demand, k="three")  # type: ignore[arg-type]
    mm.compose_chains(graph, 8000)  # type: ignore[arg-type]
    mm.Demand("crutches", quantty=8000)  # type: ignore[call-arg]
    return mm.compose_chains(graph, demand, k=3)
