"""Generated clusters of any size for the benchmarks: fixed by their size and seed.

Six levels of items; each item has four makers with two recipes each; enterprises are shared
between items and cost something once when they take part. The second recipe of an item replaces
one component of the first, as alternatives of a bill of materials do; with `related=False` the
two have nothing to do with each other, which is harder than anything surveys have shown. Not
data about anybody.
"""

from __future__ import annotations

import random

from matchmaker.chains import Operation, OperationKind, ProcessNetwork
from matchmaker.model import Role

LEVELS = 6
MAKERS = 4
RECIPES = 2
COMPONENTS = (2, 4)
DEMAND = 100.0


Recipe = tuple[tuple[str, float], ...]


def cluster(operations: int, seed: int = 0, *, related: bool = True) -> ProcessNetwork:
    """Process network of about so many operations, with one product in demand."""
    rng = random.Random(seed)
    items = operations // (MAKERS * RECIPES)
    levels = [[f"item:{level}-{n}" for n in range(items // LEVELS)] for level in range(LEVELS)]
    firms = [f"firm:{n:05d}" for n in range(max(8, operations // 20))]
    raw = [f"item:raw-{n}" for n in range(max(10, items // 20))]
    write = _related if related else _unrelated

    def recipes(depth: int) -> list[Recipe]:
        return write(rng, levels[depth + 1] if depth + 1 < LEVELS else raw)

    made = [
        operation
        for depth, level in enumerate(levels)
        for item in level
        for operation in _makers(rng, item, recipes(depth), firms)
    ]
    bought = [
        Operation(
            f"buy:{item}",
            OperationKind.DOMESTIC,
            (),
            ((item, 1.0),),
            item,
            unit_cost=rng.uniform(1, 9),
        )
        for item in raw
    ]
    return ProcessNetwork(
        operations=(*made, *bought),
        demand={levels[0][0]: DEMAND},
        involvement={firm: float(rng.randint(2_000, 20_000)) for firm in firms},
        roles=dict.fromkeys(firms, Role.MEMBER),
    )


def _component(rng: random.Random, item: str) -> tuple[str, float]:
    return item, float(rng.randint(1, 3))


def _related(rng: random.Random, below: list[str]) -> list[Recipe]:
    """A recipe, and the same with one component replaced by another."""
    chosen = rng.sample(below, rng.randint(*COMPONENTS))
    first = [_component(rng, item) for item in chosen]
    second = list(first)
    replacement = rng.choice([item for item in below if item not in chosen])
    second[rng.randrange(len(second))] = _component(rng, replacement)
    return [tuple(first), tuple(second)]


def _unrelated(rng: random.Random, below: list[str]) -> list[Recipe]:
    """Two recipes drawn independently."""
    return [
        tuple(_component(rng, item) for item in rng.sample(below, rng.randint(*COMPONENTS)))
        for _ in range(RECIPES)
    ]


def _makers(
    rng: random.Random, item: str, recipes: list[Recipe], firms: list[str]
) -> list[Operation]:
    return [
        Operation(
            f"{item}|{firm}|{number}",
            OperationKind.MAKES,
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
