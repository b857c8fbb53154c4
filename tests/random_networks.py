"""Small random process networks for the comparison with `tests.oracle`."""

import random
from dataclasses import replace

from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.model import Role

FIRMS = ("firm:1", "firm:2", "firm:3")


def random_network(seed, *, operations=8, loops=False):
    """Two to four levels of items, shared hours, minimum orders, imports, gaps."""
    rng = random.Random(seed)
    items = [f"item:{letter}" for letter in "abcdef"[: rng.randint(3, 5)]]
    made = []
    for number in range(rng.randint(3, operations)):
        place = rng.randrange(len(items))
        below = items if loops else items[place + 1 :]
        parts = rng.sample(below, min(len(below), rng.randint(0, 2)))
        parts = [part for part in parts if part != items[place]]
        make = rng.random() < 0.7
        kind = (
            OperationKind.MAKES
            if make
            else rng.choice([OperationKind.IMPORT, OperationKind.DOMESTIC])
        )
        made.append(
            Operation(
                id=f"o{number}",
                kind=kind,
                consumes=tuple((part, float(rng.randint(1, 3))) for part in parts) if make else (),
                yields=((items[place], 1.0),),
                item=items[place],
                enterprise=rng.choice(FIRMS) if make else None,
                lower=float(rng.choice([0, 0, 5, 7])) if make else 0.0,
                upper=float(rng.choice([8, 15, 60, 500])) if make else 1e4,
                unit_cost=float(rng.randint(1, 30)),
                fixed_cost=float(rng.choice([0, 0, 50, 120])) if make else 0.0,
                uses=(("hours", float(rng.randint(1, 3))),) if make and rng.random() < 0.3 else (),
                confidence=rng.choice([1.0, 1.0, 0.9, 0.7]) if make else 1.0,
            )
        )
    demand = {items[0]: float(rng.randint(5, 20))}
    made = timed(made, seed)
    return _network(made, items, items, demand, hours=float(rng.randint(10, 60)))


def varied_network(seed):
    """At most ten operations, without a thought for levels.

    Cycles, some of which gain; operations that take their own product; several outputs;
    substitutions; capacities that are not stated; items that must not be missing; exclusive
    sets; one to three demands.
    """
    rng = random.Random(f"varied {seed}")
    items = [f"item:{letter}" for letter in "abcde"[: rng.randint(2, 5)]]
    kinds = [OperationKind.MAKES] * 6 + [
        OperationKind.IMPORT,
        OperationKind.DOMESTIC,
        OperationKind.SUBSTITUTE,
        OperationKind.PHANTOM,
    ]
    made = [
        _varied(f"o{number}", rng.choice(kinds), items, rng) for number in range(rng.randint(3, 10))
    ]
    demand = {item: float(rng.randint(5, 20)) for item in rng.sample(items, rng.randint(1, 2))}
    may_miss = items if rng.random() < 0.7 else rng.sample(items, len(items) - 1)
    deciding = [o.id for o in made if o.decision]
    exclusive = ()
    if len(deciding) > 2 and rng.random() < 0.4:
        exclusive = (frozenset(rng.sample(deciding, 2)),)
    hours = float(rng.randint(10, 60))
    made = timed(made, seed)
    return _network(made, items, may_miss, demand, hours=hours, exclusive=exclusive)


def timed(operations, seed):
    """The operations with lead times, some of them not stated."""
    rng = random.Random(f"days {seed}")
    days = [rng.choice([None, 0.0, 5.0, 10.0, 30.0]) for _ in operations]
    return [
        replace(o, lead_time=d if o.kind.made else None)
        for o, d in zip(operations, days, strict=True)
    ]


def varied_requirements(seed, network):
    """Enterprises, or enterprises for an item, that have to take part; mostly none."""
    rng = random.Random(f"requirements {seed}")
    made = [o for o in network.operations if o.enterprise]
    asked = {"require": frozenset(), "require_pairs": frozenset()}
    if made and rng.random() < 0.3:
        asked["require"] = frozenset({rng.choice(made).enterprise})
    if made and rng.random() < 0.3:
        one = rng.choice(made)
        asked["require_pairs"] = frozenset({(one.enterprise, one.item)})
    return asked


def varied_limits(seed):
    """Most enterprises, and most interested ones; mostly none."""
    rng = random.Random(f"limits {seed}")
    return {
        "max_enterprises": rng.choice([None, None, None, 1, 2]),
        "max_interested": rng.choice([None, None, None, 0, 1]),
    }


def _varied(id, kind, items, rng):
    outputs = rng.sample(items, 2 if kind is OperationKind.MAKES and rng.random() < 0.2 else 1)
    own = kind is OperationKind.MAKES and rng.random() < 0.15
    parts = rng.sample(items, min(len(items), rng.randint(0, 2)))
    parts = [part for part in parts if part not in outputs] + outputs[:own]
    if kind in {OperationKind.SUBSTITUTE, OperationKind.PHANTOM}:
        parts = [part for part in items if part not in outputs][-1:]
    if kind.source:
        parts = []
    makes = kind.made
    return Operation(
        id=id,
        kind=kind,
        consumes=tuple((part, rng.choice([0.25, 0.5, 1.0, 1.0, 2.0, 3.0])) for part in parts),
        yields=tuple((item, rng.choice([1.0, 1.0, 2.0])) for item in outputs),
        item=outputs[0],
        enterprise=rng.choice(FIRMS) if makes else None,
        lower=float(rng.choice([0, 0, 5, 7])) if makes else 0.0,
        upper=float(rng.choice([8, 15, 60, 500, "inf"])) if makes or kind.source else float("inf"),
        unit_cost=float(rng.randint(0, 30)) if makes or kind.source else 0.0,
        fixed_cost=float(rng.choice([0, 0, 50, 120])) if makes else 0.0,
        uses=(("hours", float(rng.randint(1, 3))),) if makes and rng.random() < 0.2 else (),
        confidence=rng.choice([1.0, 1.0, 0.9, 0.7]) if makes else 1.0,
        decision=makes or kind.source,
    )


def _network(made, items, may_miss, demand, *, hours, exclusive=()):
    missing = [
        Operation(
            f"missing:{item}", OperationKind.MISSING, (), ((item, 1.0),), item, decision=False
        )
        for item in may_miss
    ]
    return ProcessNetwork(
        operations=(*made, *missing),
        demand=demand,
        resources={"hours": hours},
        involvement={"firm:1": 0.0, "firm:2": 70.0, "firm:3": 25.0},
        roles={"firm:1": Role.MEMBER, "firm:2": Role.MEMBER, "firm:3": Role.INTERESTED},
        reference={
            item: float(100 * 5 ** (len(items) - place)) for place, item in enumerate(items)
        },
        exclusive=exclusive,
    )
