"""From the graph to the process network: every way to bring forth what is asked for.

What the limits or missing answers forbid is left out and recorded with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple

import networkx as nx

from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.network.places import Places
from matchmaker.chains.network.process_network import (
    ANYWHERE,
    Dropped,
    Operation,
    OperationKind,
    ProcessNetwork,
)
from matchmaker.chains.network.reference_values import reference_values
from matchmaker.chains.network.sourcing import sourced
from matchmaker.codebook import TURNKEY, fold
from matchmaker.errors import UnknownEnterpriseError, UnknownItemError
from matchmaker.graph import edges_of, nodes_of
from matchmaker.model import Role

Recipes = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Units of each component by item and alternative."""

OUT_OF_ROLE = "role"
EXCLUDED = "excluded"
PAIR_EXCLUDED = "pair-excluded"
REJECTED = "rejected"
"""A person's decision; who and why follow after a colon."""
REFUSED = "answered-no"
UNSURE = "confidence-low"
UNCERTIFIED = "certificate-missing"
EXPIRED = "certificate-expired"
"""A certificate that is not valid any more; its last day and its name follow after colons."""
ALTERNATIVE_UNKNOWN = "alternative-unknown"
MINIMUM_ABOVE_CAPACITY = "minimum-above-capacity"

_NAME = itemgetter(0, 1, 2)
"""Source, target and key of an edge."""


def assemble(
    graph: nx.MultiDiGraph[str], demands: Sequence[Demand], limits: Limits
) -> ProcessNetwork:
    """Process network of everything that could help to meet the demands.

    Raises
    ------
    UnknownItemError
        When the graph has no such item; the message offers the nearest names.
    UnknownEnterpriseError
        When the limits name an enterprise the graph does not have.
    """
    return sourced(gather(graph, demands, limits), limits)


def gather(
    graph: nx.MultiDiGraph[str], demands: Sequence[Demand], limits: Limits
) -> ProcessNetwork:
    """Network of `assemble` before it is settled how many makers an item may have.

    Raises as that does.
    """
    _check_names(graph, demands, limits)
    return _Assembly(graph, demands, limits).network()


def recipes_of(graph: nx.MultiDiGraph[str]) -> Recipes:
    """Bill of materials: units of each component by item and alternative."""
    recipes: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for component, item, _, edge in edges_of(graph, "part_of"):
        recipes[item][edge["alternative"]][component] = edge["quantity"]
    return recipes


def substitutes_of(graph: nx.MultiDiGraph[str]) -> Mapping[str, Mapping[str, float]]:
    """Units of each substitute that stand for one unit, by item."""
    substitutes: dict[str, dict[str, float]] = defaultdict(dict)
    for substitute, item, _, edge in edges_of(graph, "substitutes"):
        substitutes[item][substitute] = edge["ratio"]
    return substitutes


class LackingCertificate(NamedTuple):
    """A certificate that an item demands; `expired` is the last day of one that ran out, or ""."""

    name: str
    expired: str = ""


def lacking_certificates(
    graph: nx.MultiDiGraph[str], enterprise: str, item: str
) -> tuple[LackingCertificate, ...]:
    """Certificates that the item demands and the enterprise is not known to hold on the day.

    A demanded «ISO 13485» is met by a held «ГОСТ ISO 13485-2017».
    """
    demanded = [
        str(graph.nodes[node]["label"])
        for _, node, edge in graph.out_edges(item, data=True)
        if edge["edge"] == "requires" and graph.nodes[node]["node"] == "certificate"
    ]
    own = [
        (edge["edge"], fold(graph.nodes[node]["label"]), edge["valid_until"] or "")
        for _, node, edge in (graph.out_edges(enterprise, data=True) if demanded else ())
        if edge["edge"] in {"holds", "expired"}
    ]
    lacking = []
    for name in demanded:
        alike = [(kind, end) for kind, text, end in own if fold(name) in text]
        if not any(kind == "holds" for kind, _ in alike):
            lacking.append(LackingCertificate(name, max((end for _, end in alike), default="")))
    return tuple(lacking)


def _check_names(graph: nx.MultiDiGraph[str], demands: Sequence[Demand], limits: Limits) -> None:
    items = nodes_of(graph, "item")
    pairs = limits.require_pairs | limits.exclude_pairs
    for item in (
        *(demand.item for demand in demands),
        *sorted(limits.dual_sourcing | {item for _, item in pairs}),
    ):
        if item not in items:
            raise UnknownItemError(item, items)
    enterprises = nodes_of(graph, "enterprise")
    for enterprise in sorted(limits.require | limits.exclude | {e for e, _ in pairs}):
        if enterprise not in enterprises:
            raise UnknownEnterpriseError(enterprise, enterprises)


@dataclass(slots=True)
class _Assembly:
    """A network under construction, from the makers down to the freight between them."""

    graph: nx.MultiDiGraph[str]
    demands: Sequence[Demand]
    limits: Limits

    def network(self) -> ProcessNetwork:
        recipes, substitutes = recipes_of(self.graph), substitutes_of(self.graph)
        items = nodes_of(self.graph, "item").items()
        in_place = {i: recipes.get(i, {}) for i, own in items if own["kind"] == "phantom"}
        composed = _composed(in_place, substitutes)
        places = Places(self.graph, composed)
        demand: dict[str, float] = defaultdict(float)
        for asked in self.demands:
            demand[places.need(asked.item, asked.region)] += asked.quantity
        dropped = list(self._forbidden())
        resources: dict[str, float] = {}
        made = list(self._made(recipes, places, resources, dropped))
        composing = list(_in_place(_consumers_first(composed), in_place, substitutes, places))
        bought = list(self._bought(places))
        enterprises = nodes_of(self.graph, "enterprise")
        return ProcessNetwork(
            operations=(*made, *bought, *composing, *places.freight()),
            demand=dict(demand),
            resources=resources,
            involvement={e: a["involvement_cost"] or 0.0 for e, a in enterprises.items()},
            roles={e: Role(a["role"]) for e, a in enterprises.items()},
            reference=reference_values(self.graph, recipes, substitutes),
            dropped=tuple(dropped),
            places=places.nodes,
        )

    def _forbidden(self) -> Iterator[Dropped]:
        """What people rejected, with who did, and what enterprises said no to on call sheets."""
        for enterprise, item, key, edge in sorted(edges_of(self.graph, "rejected"), key=_NAME):
            yield Dropped(item, enterprise, f"{REJECTED}:{edge['who']}", key)
        for enterprise, item, key, _ in edges_of(self.graph, "refuses"):
            yield Dropped(item, enterprise, REFUSED, key)

    def _made(
        self,
        recipes: Recipes,
        places: Places,
        resources: dict[str, float],
        dropped: list[Dropped],
    ) -> Iterator[Operation]:
        """Operations of enterprises: one an offer, or a capability, and a recipe."""
        hours = {key: edge["free_hours"] for _, _, key, edge in edges_of(self.graph, "masters")}
        for kind in (OperationKind.MAKES, OperationKind.COULD_MAKE):
            for enterprise, item, key, edge in sorted(edges_of(self.graph, kind), key=_NAME):
                reason = self._objection(enterprise, item, edge)
                ways = _ways(edge, recipes.get(item, {}))
                if reason or not ways:
                    dropped.append(Dropped(item, enterprise, reason or ALTERNATIVE_UNKNOWN, key))
                    continue
                uses = dict(edge.get("hours", {}))
                resources.update({id: hours[id] for id in uses})
                if len(ways) > 1 and edge.get("capacity") is not None:
                    resources[key] = edge["capacity"]
                    uses[key] = 1.0
                for alternative, components in ways.items():
                    yield self._operation(
                        kind, (enterprise, item, key), edge, (alternative, components), uses, places
                    )

    def _operation(
        self,
        kind: OperationKind,
        where: tuple[str, str, str],
        edge: Mapping[str, Any],
        way: tuple[str, Mapping[str, float]],
        uses: Mapping[str, float],
        places: Places,
    ) -> Operation:
        enterprise, item, key = where
        alternative, components = way
        region = self.graph.nodes[enterprise].get("region") or ANYWHERE
        capacity = edge.get("capacity")
        return Operation(
            id=_operation_id(kind, key, alternative),
            kind=kind,
            consumes=tuple((places.need(part, region), q) for part, q in components.items()),
            yields=((places.supply(item, region), 1.0),),
            item=item,
            enterprise=enterprise,
            alternative=alternative,
            lower=edge.get("minimum_order") or 0.0,
            upper=inf if capacity is None else capacity,
            unit_cost=edge["price"],
            fixed_cost=edge.get("setup_cost") or 0.0,
            uses=tuple(uses.items()),
            confidence=edge["confidence"],
            edge=where,
            lead_time=edge.get("lead_time"),
        )

    def _objection(self, enterprise: str, item: str, edge: Mapping[str, Any]) -> str | None:
        """Why an enterprise may not bring forth an item here; None when it may."""
        limits, role = self.limits, Role(self.graph.nodes[enterprise]["role"])
        capacity, minimum = edge.get("capacity"), edge.get("minimum_order") or 0.0
        objections = {
            EXCLUDED: enterprise in limits.exclude,
            OUT_OF_ROLE: role not in limits.roles and enterprise not in _required(limits),
            PAIR_EXCLUDED: (enterprise, item) in limits.exclude_pairs,
            edge.get("blocked"): edge.get("blocked") is not None,
            UNSURE: edge["confidence"] < limits.min_confidence,
            MINIMUM_ABOVE_CAPACITY: capacity is not None and minimum > capacity,
        }
        found = next((reason for reason, holds in objections.items() if holds), None)
        return found or self._uncertified(enterprise, item)

    def _uncertified(self, enterprise: str, item: str) -> str | None:
        """Which certificate demanded keeps an enterprise out, one not known before one expired."""
        if not self.limits.demand_certificates:
            return None
        lacking = lacking_certificates(self.graph, enterprise, item)
        ended = sorted((one.expired, one.name) for one in lacking)
        if not ended or not ended[0][0]:
            return UNCERTIFIED if ended else None
        return ":".join((EXPIRED, *ended[0]))

    def _bought(self, places: Places) -> Iterator[Operation]:
        """Purchases at home and abroad, delivered; and what has to stay missing.

        A product in demand is made, not bought, unless another item contains it or the
        limits allow buying.
        """
        edges = (edge for kind in ("part_of", "substitutes") for edge in edges_of(self.graph, kind))
        final = {demand.item for demand in self.demands}.difference(part for part, *_ in edges)
        if self.limits.buy_products:
            final = set()
        for item, attributes in nodes_of(self.graph, "item").items():
            for kind, price in (
                (OperationKind.DOMESTIC, attributes["domestic_price"]),
                (OperationKind.IMPORT, attributes["import_price"]),
            ):
                if price is not None and item not in final:
                    node = places.supply(item, ANYWHERE)
                    yield Operation(
                        f"{kind}:{item}", kind, (), ((node, 1.0),), item, unit_cost=price
                    )
            for region in places.consumers(item):
                node = places.need(item, region)
                yield Operation(
                    f"missing:{node}",
                    OperationKind.MISSING,
                    (),
                    ((node, 1.0),),
                    item,
                    decision=False,
                )


def _composed(
    in_place: Recipes, substitutes: Mapping[str, Mapping[str, float]]
) -> dict[str, set[str]]:
    """Parts and substitutes of the items that are put together where they are consumed."""
    composed = {item: set(parts) for item, parts in substitutes.items()}
    for item, recipes in in_place.items():
        composed.setdefault(item, set()).update(*recipes.values())
    return composed


def _consumers_first(composed: Mapping[str, set[str]]) -> list[str]:
    """Composed items, a consumer before what it consumes; cycles in any fixed order."""
    flow: nx.DiGraph[str] = nx.DiGraph(
        (i, part) for i in sorted(composed) for part in sorted(composed[i])
    )
    condensed = nx.condensation(flow)
    return [
        item
        for part in nx.topological_sort(condensed)
        for item in sorted(condensed.nodes[part]["members"])
        if item in composed
    ]


def _required(limits: Limits) -> frozenset[str]:
    """Enterprises that have to take part, with an item or in general."""
    return limits.require | {enterprise for enterprise, _ in limits.require_pairs}


def _operation_id(kind: OperationKind, key: str, alternative: str) -> str:
    return f"{kind}:{key}:{alternative}" if alternative else f"{kind}:{key}"


def possible_steps(graph: nx.MultiDiGraph[str]) -> Mapping[str, Operation]:
    """What a step of any chain of a graph may show, by id, without figures.

    Every way of every enterprise, whatever the limits; every item bought or missing.
    """
    recipes = recipes_of(graph)
    steps = [
        Operation(
            _operation_id(kind, key, alternative),
            kind,
            item=item,
            enterprise=enterprise,
            alternative=alternative,
            edge=(enterprise, item, key),
        )
        for kind in (OperationKind.MAKES, OperationKind.COULD_MAKE)
        for enterprise, item, key, edge in edges_of(graph, kind)
        for alternative in _ways(edge, recipes.get(item, {}))
    ]
    steps += [
        Operation(f"{kind}:{item}", kind, item=item)
        for kind in (OperationKind.DOMESTIC, OperationKind.IMPORT, OperationKind.MISSING)
        for item in nodes_of(graph, "item")
    ]
    return {step.id: step for step in steps}


def _ways(
    edge: Mapping[str, Any], alternatives: Mapping[str, Mapping[str, float]]
) -> Mapping[str, Mapping[str, float]]:
    """Recipes an offer may follow: all of the item's, the named one, or none (turnkey)."""
    named = edge.get("alternative") or ""
    if named == TURNKEY or not (alternatives or named):
        return {named: {}}
    if not named:
        return alternatives
    return {named: alternatives[named]} if named in alternatives else {}


def _in_place(
    order: Sequence[str],
    recipes: Recipes,
    substitutes: Mapping[str, Mapping[str, float]],
    places: Places,
) -> Iterator[Operation]:
    """Phantoms and substitutions, once for every region that consumes the item."""
    for item in order:
        for region in places.consumers(item):
            node = places.need(item, region)
            for substitute, ratio in substitutes.get(item, {}).items():
                yield Operation(
                    f"substitute:{substitute}:{node}",
                    OperationKind.SUBSTITUTE,
                    ((places.need(substitute, region), ratio),),
                    ((node, 1.0),),
                    item,
                    decision=False,
                )
            for alternative, parts in recipes.get(item, {}).items():
                yield Operation(
                    f"phantom:{node}:{alternative}",
                    OperationKind.PHANTOM,
                    tuple((places.need(part, region), q) for part, q in parts.items()),
                    ((node, 1.0),),
                    item,
                    alternative=alternative,
                    decision=False,
                )
