"""Generated clusters of any size for the benchmarks: fixed by their size and seed.

Six levels of items; each item has four makers with two recipes each; enterprises are shared
between items and cost something once when they take part. Not data about anybody.
"""

from __future__ import annotations

import random

from matchmaker.chains import Kind, Operation, ProcessNetwork
from matchmaker.model import Role

LEVELS = 6
MAKERS = 4
RECIPES = 2
COMPONENTS = (2, 4)
DEMAND = 100.0


def cluster(operations: int, seed: int = 0) -> ProcessNetwork:
    """Process network of about so many operations, with one product in demand."""
    rng = random.Random(seed)
    items = operations // (MAKERS * RECIPES)
    levels = [[f"item:{level}-{n}" for n in range(items // LEVELS)] for level in range(LEVELS)]
    firms = [f"firm:{n:05d}" for n in range(max(8, operations // 20))]
    raw = [f"item:raw-{n}" for n in range(max(10, items // 20))]
    made = [
        operation
        for depth, level in enumerate(levels)
        for item in level
        for operation in _makers(rng, item, levels[depth + 1] if depth + 1 < LEVELS else raw, firms)
    ]
    bought = [
        Operation(
            f"buy:{item}", Kind.DOMESTIC, (), ((item, 1.0),), item, unit_cost=rng.uniform(1, 9)
        )
        for item in raw
    ]
    return ProcessNetwork(
        operations=(*made, *bought),
        demand={levels[0][0]: DEMAND},
        involvement={firm: float(rng.randint(2_000, 20_000)) for firm in firms},
        roles=dict.fromkeys(firms, Role.MEMBER),
    )


def _makers(rng: random.Random, item: str, below: list[str], firms: list[str]) -> list[Operation]:
    recipes = [
        tuple(
            (part, float(rng.randint(1, 3))) for part in rng.sample(below, rng.randint(*COMPONENTS))
        )
        for _ in range(RECIPES)
    ]
    return [
        Operation(
            f"{item}|{firm}|{number}",
            Kind.MAKES,
            recipe,
            ((item, 1.0),),
            item,
            firm,
            alternative=str(number),
            unit_cost=round(rng.uniform(5, 50), 2),
        )
        for firm in rng.sample(firms, MAKERS)
        for number, recipe in enumerate(recipes)
    ]
