"""Many products, each by itself: independent tasks, wherever the engine runs them.

Last step of the room, beside `compose_chains`, which meets several demands by one chain. Here
no capacity is shared between the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import networkx as nx

from matchmaker.chains.compose import compose_chains
from matchmaker.chains.demand import Demand
from matchmaker.chains.result import Result
from matchmaker.engine import HERE, Engine


def compose_portfolio(
    graph: nx.MultiDiGraph[str],
    demands: Sequence[Demand],
    *,
    engine: Engine = HERE,
    **options: Any,
) -> tuple[Result, ...]:
    """Compose the best chains of every demand by itself.

    Parameters
    ----------
    graph
        Graph of `build_graph` around all the items.
    demands
        One for each answer; capacities are not shared between them.
    engine
        Where the demands are worked on.
    options
        As `compose_chains` has them: goal, k, limits, diverse, seconds (for each demand).

    Returns
    -------
    tuple of Result
        One for each demand, in their order; the same wherever they were made.

    Raises
    ------
    As `compose_chains` and `Engine.run`.
    """
    work = partial(_compose, graph=graph, options=options)
    return tuple(replace(result, graph=graph) for result in engine.run(work, demands))


def _compose(demand: Demand, graph: nx.MultiDiGraph[str], options: dict[str, Any]) -> Result:
    """A result without its graph, which whoever asked has already."""
    return replace(compose_chains(graph, demand, **options), graph=nx.MultiDiGraph())
