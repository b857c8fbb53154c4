"""From a solution to a chain: steps, flows, gaps and totals, nothing decided any more."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx

from matchmaker.chains.answer.backups import find_backup_plans
from matchmaker.chains.answer.gap_reasons import FULL, NOT_CHOSEN, RULED_OUT, Reasons
from matchmaker.chains.answer.start_up import StartUp
from matchmaker.chains.demand import Demand
from matchmaker.chains.goals import DELIVERY
from matchmaker.chains.network.assemble import lacking_certificates
from matchmaker.chains.network.longest_path import longest_path
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.result import Chain, Flow, Gap, Status, Step
from matchmaker.chains.search.k_best import Solution, clean
from matchmaker.codebook import distance
from matchmaker.model import Role


def describe_chain(
    graph: nx.MultiDiGraph[str],
    network: ProcessNetwork,
    demands: Sequence[Demand],
    solution: Solution,
    rank: int,
) -> Chain:
    """Chain of one solution, with every figure that follows from its quantities."""
    operations = {o.id: o for o in network.operations}
    quantities = solution.quantities
    start_up = StartUp(network, solution.decisions | quantities.keys(), quantities.keys())
    once = {start.operation: 0.0 for start in start_up.order() if start.once}
    used = [(operations[id], quantity) for id, quantity in (quantities | once).items()]
    steps = _steps(graph, network, demands, used)
    flows = _flows(graph, network, used)
    gaps = _gaps(graph, network, quantities, steps, start_up)
    enterprises = tuple(sorted({step.enterprise for step in steps if step.enterprise}))
    totals = _totals(network, steps, flows, enterprises)
    goal_stage = next(stage for stage in solution.stages if stage.name not in DELIVERY)
    return Chain(
        id=_chain_id(demands, solution),
        rank=rank,
        status=Status.OPTIMAL if solution.proven else Status.FEASIBLE,
        objective=goal_stage.value,
        bound=goal_stage.bound,
        stages=solution.stages,
        steps=steps,
        flows=flows,
        gaps=gaps,
        enterprises=enterprises,
        backups=tuple(find_backup_plans(network, solution.quantities)),
        missing_value=sum((gap.value for gap in gaps if gap.kind is OperationKind.MISSING), 0.0),
        start_up=start_up.order(),
        **_ways(network, solution),
        **totals,
    )


def _ways(network: ProcessNetwork, solution: Solution) -> dict[str, Any]:
    """How long the chain takes, in steps and days, and whose days are not known."""
    ids = solution.decisions | solution.quantities.keys()
    used = [o for o in network.operations if o.id in ids]
    made = [o for o in used if o.kind.made]
    days = {o.id: o.lead_time or 0.0 for o in made}
    steps = longest_path(used, dict.fromkeys(days, 1.0), network.demand)
    return {
        "critical_path_steps": round(steps),
        "lead_time": longest_path(used, days, network.demand),
        "lead_time_unknown": tuple(sorted(o.id for o in made if o.lead_time is None)),
    }


def gaps_without_chain(
    graph: nx.MultiDiGraph[str], network: ProcessNetwork, demands: Sequence[Demand]
) -> tuple[Gap, ...]:
    """Gaps of demands that nothing can meet: the demanded items themselves, with reasons."""
    reasons = Reasons(graph, network, {})
    return tuple(
        Gap(
            demand.item,
            OperationKind.MISSING,
            demand.quantity,
            graph.nodes[demand.item]["unit"],
            demand.quantity * network.reference.get(demand.item, 1.0),
            tuple(
                (RULED_OUT if code == NOT_CHOSEN else code, subject)
                for code, subject in reasons.of(demand.item)
            ),
        )
        for demand in demands
    )


def _chain_id(demands: Sequence[Demand], solution: Solution) -> str:
    """Digest of what is asked and what is decided, in any order: nothing else counts."""
    asked = sorted(f"{d.item}|{d.quantity!r}|{d.region}" for d in demands)
    text = "\x1f".join([*asked, *sorted(solution.decisions)])
    return "chain:" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _steps(
    graph: nx.MultiDiGraph[str],
    network: ProcessNetwork,
    demands: Sequence[Demand],
    used: Sequence[tuple[Operation, float]],
) -> tuple[Step, ...]:
    merged: dict[str, tuple[Operation, float]] = {}
    for operation, quantity in used:
        if operation.kind in {
            OperationKind.MAKES,
            OperationKind.COULD_MAKE,
            OperationKind.DOMESTIC,
            OperationKind.IMPORT,
        }:
            merged[operation.id] = (operation, quantity)
        elif operation.kind is OperationKind.MISSING:
            key = f"missing:{operation.item}"
            before = merged.get(key, (operation, 0.0))[1]
            merged[key] = (operation, before + quantity)
    surplus = _surplus(network, used)
    depths = _depths(graph, demands)
    steps = [
        _step(graph, id, operation, quantity, surplus.get(operation.item, 0.0))
        for id, (operation, quantity) in merged.items()
    ]
    return tuple(
        sorted(steps, key=lambda s: (depths.get(s.item, 0), s.item, _order(s), s.operation))
    )


def _order(step: Step) -> int:
    return list(OperationKind).index(step.kind)


def _step(
    graph: nx.MultiDiGraph[str], id: str, operation: Operation, quantity: float, surplus: float
) -> Step:
    edge: Mapping[str, Any] = graph.edges[operation.edge] if operation.edge else {}
    node, maker = graph.nodes[operation.item], operation.enterprise
    lacking = lacking_certificates(graph, maker, operation.item) if maker else ()
    unlimited = operation.kind is OperationKind.MAKES and edge.get("capacity") is None
    return Step(
        operation=id,
        kind=operation.kind,
        item=operation.item,
        enterprise=maker,
        alternative=operation.alternative,
        quantity=quantity,
        unit=node["unit"],
        price=operation.unit_cost,
        value=quantity * operation.unit_cost,
        fixed_cost=operation.fixed_cost,
        capacity=edge.get("capacity"),
        minimum_order=operation.lower,
        surplus=surplus if operation.lower and quantity <= operation.lower / FULL else 0.0,
        confidence=operation.confidence,
        certificates_missing=tuple(one.name for one in lacking),
        certificates_expired={one.name: one.expired for one in lacking if one.expired},
        assumptions=("capacity-not-stated",) if unlimited else (),
        cells=_cells(operation.kind, edge, node),
    )


def _cells(
    kind: OperationKind, edge: Mapping[str, Any], node: Mapping[str, Any]
) -> Mapping[str, str]:
    """Survey cells of a step's figures by field; of a purchase, of its price in the catalogue."""
    price = {OperationKind.IMPORT: "import_price", OperationKind.DOMESTIC: "domestic_price"}
    cell = node["cells"].get(price.get(kind, ""))
    return {**edge.get("cells", {}), **({"price": cell} if cell else {})}


def _surplus(network: ProcessNetwork, used: Sequence[tuple[Operation, float]]) -> dict[str, float]:
    """Units per year of each item that nothing takes up."""
    balance: dict[str, float] = defaultdict(float)
    items = {node: o.item for o in network.operations for node, _ in o.yields}
    for node, quantity in network.demand.items():
        balance[items.get(node, node)] -= quantity
    for operation, quantity in used:
        for node, amount in operation.yields:
            balance[items[node]] += amount * quantity
        for node, amount in operation.consumes:
            balance[items.get(node, node)] -= amount * quantity
    return {item: clean(rest) for item, rest in balance.items() if rest > 1e-4}


def _depths(graph: nx.MultiDiGraph[str], demands: Sequence[Demand]) -> dict[str, int]:
    """Fewest levels of the bill of materials between a demanded item and each item."""
    depths = {demand.item: 0 for demand in demands}
    level = sorted(depths)
    while level:
        below = sorted(
            {
                part
                for item in level
                for part, _, edge in graph.in_edges(item, data=True)
                if edge["edge"] in {"part_of", "substitutes"} and part not in depths
            }
        )
        depths |= dict.fromkeys(below, depths[level[0]] + 1)
        level = below
    return depths


def _flows(
    graph: nx.MultiDiGraph[str],
    network: ProcessNetwork,
    used: Sequence[tuple[Operation, float]],
) -> tuple[Flow, ...]:
    flows = []
    for operation, quantity in used:
        if operation.kind is OperationKind.FREIGHT and operation.unit_cost and quantity > 0:
            source = network.places[operation.consumes[0][0]].region
            target = network.places[operation.yields[0][0]].region
            kilometres = distance(source, target) * graph.graph["road_factor"]
            cost = quantity * operation.unit_cost
            flows.append(Flow(operation.item, source, target, quantity, kilometres, cost))
    return tuple(sorted(flows, key=lambda f: (f.item, f.source, f.target)))


def _gaps(
    graph: nx.MultiDiGraph[str],
    network: ProcessNetwork,
    quantities: Mapping[str, float],
    steps: Sequence[Step],
    start_up: StartUp,
) -> tuple[Gap, ...]:
    reasons = Reasons(graph, network, quantities)
    gaps = [
        Gap(
            step.item,
            step.kind,
            step.quantity,
            step.unit,
            step.value
            if step.kind is OperationKind.IMPORT
            else step.quantity * network.reference.get(step.item, 1.0),
            start_up.reasons(step, reasons.of(step.item)),
        )
        for step in steps
        if step.kind is OperationKind.MISSING
        or (step.kind is OperationKind.IMPORT and step.quantity)
    ]
    return tuple(
        sorted(gaps, key=lambda gap: (gap.kind is not OperationKind.MISSING, -gap.value, gap.item))
    )


def _totals(
    network: ProcessNetwork,
    steps: Sequence[Step],
    flows: Sequence[Flow],
    enterprises: Sequence[str],
) -> dict[str, Any]:
    made = sum(s.value for s in steps if s.kind.made)
    member = sum(
        s.value for s in steps if s.enterprise and network.roles[s.enterprise] is Role.MEMBER
    )
    domestic = made + sum(s.value for s in steps if s.kind is OperationKind.DOMESTIC)
    imported = sum(s.value for s in steps if s.kind is OperationKind.IMPORT)
    launch = sum(s.fixed_cost for s in steps)
    freight = sum(flow.cost for flow in flows)
    involvement = sum(network.involvement.get(e, 0.0) for e in enterprises)
    total = domestic + imported
    return {
        "made_value": made,
        "member_value": member,
        "domestic_value": domestic,
        "imported_value": imported,
        "launch_cost": launch,
        "freight_cost": freight,
        "involvement_cost": involvement,
        "cost": domestic + imported + launch + freight + involvement,
        "localisation": domestic / total if total else None,
        "cooperation": member / total if total else None,
    }
