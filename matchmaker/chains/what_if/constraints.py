"""What may hold a chain back, by name: what `bindings` weighs and `repair` gives way on.

Behind `assemble` and `result`.
"""

from __future__ import annotations

import networkx as nx

from matchmaker.chains.changes import Constraint
from matchmaker.chains.demand import Limits
from matchmaker.chains.network.assemble import (
    EXCLUDED,
    OUT_OF_ROLE,
    PAIR_EXCLUDED,
    UNCERTIFIED,
    lacking_certificates,
)
from matchmaker.chains.network.process_network import Operation
from matchmaker.graph import edges_of
from matchmaker.model import Role

CAPACITY = "capacity"
HOURS = "hours"
MINIMUM_ORDER = "minimum-order"
MAX_ENTERPRISES = "max-enterprises"
MAX_INTERESTED = "max-interested"
REQUIRED = "required"

HOUR = "h"
COUNT = "count"


def capacity(graph: nx.MultiDiGraph[str], operation: Operation) -> Constraint:
    """Capacity of the offer that an operation follows; all its recipes share it."""
    id, unit = f"{CAPACITY}:{offer_of(operation)}", _unit(graph, operation)
    return Constraint(id, CAPACITY, operation.enterprise, operation.item, unit)


def minimum_order(graph: nx.MultiDiGraph[str], operation: Operation) -> Constraint:
    """Minimum order of an operation; it binds each recipe on its own."""
    id, unit = f"{MINIMUM_ORDER}:{operation.id}", _unit(graph, operation)
    return Constraint(id, MINIMUM_ORDER, operation.enterprise, operation.item, unit)


def hours(graph: nx.MultiDiGraph[str]) -> dict[str, Constraint]:
    """Free hours of the enterprises' processes, by resource."""
    return {
        key: Constraint(f"{HOURS}:{key}", HOURS, enterprise, process, HOUR)
        for enterprise, process, key, _ in edges_of(graph, "masters")
    }


def required(enterprise: str, item: str = "") -> Constraint:
    """That an enterprise has to take part, with a certain item if one is named."""
    id = f"{REQUIRED}:{enterprise}:{item}" if item else f"{REQUIRED}:{enterprise}"
    return Constraint(id, REQUIRED, enterprise, item)


def most(kind: str) -> Constraint:
    """Largest number of enterprises, or of interested ones."""
    return Constraint(kind, kind, unit=COUNT)


def admissions(
    graph: nx.MultiDiGraph[str], limits: Limits, operation: Operation
) -> tuple[Constraint, ...]:
    """What would have to be admitted for the limits to let an operation in; none when nothing."""
    enterprise, item = operation.enterprise, operation.item
    if enterprise is None:
        return ()
    role = Role(graph.nodes[enterprise]["role"])
    asked = []
    if enterprise in limits.exclude:
        asked.append(Constraint(f"{EXCLUDED}:{enterprise}", EXCLUDED, enterprise))
    named = limits.require | {enterprise for enterprise, _ in limits.require_pairs}
    if role not in limits.roles and enterprise not in named:
        asked.append(Constraint(f"{OUT_OF_ROLE}:{enterprise}", OUT_OF_ROLE, enterprise, role))
    if (enterprise, item) in limits.exclude_pairs:
        id = f"{PAIR_EXCLUDED}:{enterprise}:{item}"
        asked.append(Constraint(id, PAIR_EXCLUDED, enterprise, item))
    if limits.demand_certificates:
        asked += [
            Constraint(f"{UNCERTIFIED}:{enterprise}:{one.name}", UNCERTIFIED, enterprise, one.name)
            for one in lacking_certificates(graph, enterprise, item)
        ]
    return tuple(asked)


def offer_of(operation: Operation) -> str:
    """Key of the edge that an operation came from; its own id when there is none."""
    return operation.edge[2] if operation.edge else operation.id


def _unit(graph: nx.MultiDiGraph[str], operation: Operation) -> str:
    return str(graph.nodes[operation.item]["unit"])
