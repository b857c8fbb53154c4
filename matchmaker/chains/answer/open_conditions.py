"""Conditions that an answer rests on, and those behind which something better may stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from matchmaker.chains.demand import Demand
from matchmaker.chains.network.certain_part import conditions_of
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.result import Chain
from matchmaker.conditions import ROUTING, Condition, ConditionKind, Recipe
from matchmaker.graph import parts_of


@dataclass(frozen=True)
class _Used:
    """What chains use: ids and keys, looked up by a condition."""

    edges: frozenset[str]
    recipes: frozenset[Recipe]
    names: frozenset[str]

    def rests_on(self, condition: Condition) -> bool:
        """Whether the answer could change if the condition were not met."""
        if condition.edges or condition.recipes:
            return not (
                self.edges.isdisjoint(condition.edges)
                and self.recipes.isdisjoint(condition.recipes)
            )
        about = {condition.item, condition.enterprise} - {""}
        return not about or about <= self.names


class OpenConditions:
    """What is open about the answers behind a network, looked up by chain.

    Parameters
    ----------
    graph, network, demands
        What chains are composed of, and for what.
    """

    def __init__(
        self, graph: nx.MultiDiGraph[str], network: ProcessNetwork, demands: Sequence[Demand]
    ) -> None:
        wanted = parts_of(graph, (demand.item for demand in demands))
        known = conditions_of(graph)
        self._rivals = {one for one in known if one.rival and (not one.item or one.item in wanted)}
        self._known = known
        self._operations = {operation.id: operation for operation in network.operations}
        self._demanded = {demand.item for demand in demands}

    def of(self, chains: Collection[Chain]) -> tuple[Condition, ...]:
        """What is open that the chains rest on, or that could make them better, in fixed order.

        What is open about a way that no chain takes does not count: without it, the best is the
        same. A rival that is not in the network counts, whatever is known of it.
        """
        used = self._used(chains)
        found = [one for one in self._known if one in self._rivals or used.rests_on(one)]
        return tuple(dict.fromkeys([*found, *self._certificates(chains)]))

    def _used(self, chains: Collection[Chain]) -> _Used:
        steps = [step for chain in chains for step in chain.steps]
        known = self._operations
        taken = [known[step.operation] for step in steps if step.operation in known]
        # What is put together in place has no step of its own: any such recipe may be in use.
        taken += [o for o in known.values() if o.kind is OperationKind.PHANTOM]
        names = {name for step in steps for name in (step.item, step.enterprise) if name}
        return _Used(
            frozenset(o.edge[2] for o in taken if o.edge),
            frozenset(recipe for o in taken for recipe in _recipes(o)),
            frozenset(names | self._demanded),
        )

    def _certificates(self, chains: Collection[Chain]) -> Iterator[Condition]:
        """Certificates that items of steps demand and their makers are not known to hold."""
        for step in (step for chain in chains for step in chain.steps):
            edge = self._operations[step.operation].edge if step.certificates_missing else None
            for certificate in step.certificates_missing if edge else ():
                yield Condition(
                    ConditionKind.CERTIFICATE_UNKNOWN,
                    "certificates",
                    item=step.item,
                    enterprise=step.enterprise or "",
                    field="certificate",
                    value=step.certificates_expired.get(certificate, ""),
                    code=certificate,
                    edges=(edge[2],) if edge else (),
                )


def _recipes(operation: Operation) -> Iterator[Recipe]:
    """Recipes that an operation follows; an offer that names none follows the usual one."""
    yield operation.item, operation.alternative or "base"
    if operation.kind is OperationKind.COULD_MAKE:
        yield operation.item, ROUTING
