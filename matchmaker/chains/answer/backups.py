"""Who would make a dually sourced item if one of its makers were lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from matchmaker.chains.network.process_network import ProcessNetwork
from matchmaker.chains.result import BackupPlan
from matchmaker.chains.search.k_best import clean


def find_backup_plans(
    network: ProcessNetwork, quantities: Mapping[str, float]
) -> Iterator[BackupPlan]:
    """For each dually sourced item and maker in use: who would take over how much."""
    by_id = {o.id: o for o in network.operations}
    made: dict[tuple[str, str], float] = defaultdict(float)
    able: dict[tuple[str, str | None], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    items = {by_id[o.backs].item for o in network.operations if o.backs in by_id}
    for id, quantity in quantities.items():
        operation = by_id[id]
        if operation.backs:
            backed = by_id[operation.backs]
            able[backed.item, operation.lost][backed.enterprise or ""] += quantity
        elif operation.enterprise and operation.item in items:
            made[operation.item, operation.enterprise] += quantity
    for item, lost in sorted(made):
        others = able[item, lost]
        whole = sum(quantity for (i, _), quantity in made.items() if i == item)
        share = whole / sum(others.values())
        yield BackupPlan(item, lost, tuple((e, clean(others[e] * share)) for e in sorted(others)))
