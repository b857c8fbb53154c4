"""How many makers an item has: one only, or enough to lose any one of them.

The last step of `assemble`: from a network to one with more conditions. Losing a maker is
played through with *standbys*: operations that make no item but show who would take over.
For an item and an enterprise that may be lost there is a node, the *cover*: every unit made of
the item takes one of it, and the standby of every other maker yields it, within the same
capacity and hours, as far as that maker is used at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matchmaker.chains.demand import Limits
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork

ONLY_MAKER = "only-maker"
"""Nobody could take over from it."""

LEAST = 1.0
"""Units per year that each maker of a dually sourced item makes at least."""


def sourced(network: ProcessNetwork, limits: Limits) -> ProcessNetwork:
    """Network with the conditions that the limits put on the number of makers."""
    network = dual_sourced(network, limits.dual_sourcing)
    return single_sourced(network) if limits.single_sourcing else network


def single_sourced(network: ProcessNetwork) -> ProcessNetwork:
    """Network in which every item comes from one operation: one maker or one purchase."""
    sources: dict[str, set[str]] = defaultdict(set)
    for operation in network.operations:
        if operation.decision:
            sources[operation.item].add(operation.id)
    groups = tuple(frozenset(sources[i]) for i in sorted(sources) if len(sources[i]) > 1)
    return replace(network, exclusive=network.exclusive + groups)


def dual_sourced(network: ProcessNetwork, items: Collection[str]) -> ProcessNetwork:
    """Network in which what is made of these items could be made without any one maker.

    The other makers that are used have to be able to make all of it, in their capacity and
    in what hours their other items leave; components are taken to arrive as planned. What
    is bought neither needs a cover nor is one.
    """
    for item in sorted(items):
        network = _covered(network, item)
    return network


@dataclass(frozen=True, slots=True)
class Loss:
    """An item, and the enterprise that no longer makes it."""

    item: str
    enterprise: str

    def of(self, thing: str) -> str:
        """Name of a node, an operation or a resource as it is under this loss."""
        return f"without:{self.enterprise}:{thing}"


def _covered(network: ProcessNetwork, item: str) -> ProcessNetwork:
    made = [o for o in network.operations if o.item == item and o.kind.made]
    losses = [Loss(item, e) for e in sorted({o.enterprise for o in made if o.enterprise})]
    if len(losses) == 1:
        kept = {o.id for o in network.operations} - {o.id for o in made}
        return network.keep(kept, {o.id: ONLY_MAKER for o in made})
    standbys = [s for loss in losses for s in _standbys(made, loss)]
    shared = _shared_resources(made, losses)
    copies = {copy: resource for resource, under in shared.items() for copy in under}
    resources = {copy: network.resources[resource] for copy, resource in copies.items()}
    stated = {copy: network.stated(resource) for copy, resource in copies.items()}
    taking = tuple((loss.of(item), 1.0) for loss in losses)
    here = {o.id for o in made}
    operations = (
        _taking(o, taking) if o.id in here else _sharing(o, shared) for o in network.operations
    )
    return replace(
        network,
        operations=(*operations, *standbys),
        resources={**network.resources, **resources},
        stated_resources={**network.stated_resources, **stated},
    )


def _taking(operation: Operation, covers: Sequence[tuple[str, float]]) -> Operation:
    """A maker of the item: a unit of it takes a unit of every cover."""
    yielded = sum(amount for _, amount in operation.yields)
    taken = tuple((cover, amount * yielded) for cover, amount in covers)
    least = max(operation.lower, min(LEAST, operation.upper))
    return replace(operation, consumes=(*operation.consumes, *taken), lower=least)


def _sharing(operation: Operation, shared: Mapping[str, Sequence[str]]) -> Operation:
    """Another user of the makers' resources: it goes on under every loss."""
    more = tuple((copy, h) for resource, h in operation.uses for copy in shared.get(resource, ()))
    return replace(operation, uses=(*operation.uses, *more)) if more else operation


def _standbys(made: Sequence[Operation], loss: Loss) -> Iterator[Operation]:
    for operation in made:
        if operation.enterprise != loss.enterprise:
            yielded = sum(amount for _, amount in operation.yields)
            yield Operation(
                id=loss.of(operation.id),
                kind=OperationKind.STANDBY,
                yields=((loss.of(loss.item), yielded),),
                item=loss.of(loss.item),
                upper=operation.upper,
                uses=tuple((loss.of(resource), hours) for resource, hours in operation.uses),
                decision=False,
                backs=operation.id,
                lost=loss.enterprise,
            )


def _shared_resources(
    made: Sequence[Operation], losses: Sequence[Loss]
) -> dict[str, tuple[str, ...]]:
    """Each resource of a maker, as it is under the loss of each other maker."""
    owners = {resource: o.enterprise for o in made for resource, _ in o.uses}
    return {
        resource: tuple(loss.of(resource) for loss in losses if loss.enterprise != owner)
        for resource, owner in owners.items()
    }
