"""P-graph files (`.in`, PNS problem v1): read into a process network, and written from one.

Beside the flow of the room: a second way into `network`, for the users of P-graph tools.
Materials become nodes, raw materials purchases, operating units operations with the cost
fix·used + proportional·size; mutual exclusions become exclusive sets. Surplus is allowed.

References
----------
Friedler, F., Tarján, K., Huang, Y. W., Fan, L. T. (1992). Combinatorial algorithms for
process synthesis. Computers & Chemical Engineering 16, S313-S320.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from math import inf
from pathlib import Path

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import Stage, cost, simplicity
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.search.k_best import KBestSearch, Solution
from matchmaker.errors import MatchmakerError

_SECTION = re.compile(r"([a-z_]+):")
_ENTRY = re.compile(r"([^:=]+)[:=](.*)")
_TERM = re.compile(r"(?:([0-9.eE+-]+)\s+)?(\S+)")
_EXCLUSIONS = "mutually_exlcusive_sets_of_operating_units"
"""Section of the format, misspelt as its programs misspell it."""

_KINDS = ("raw_material", "intermediate", "product")

_UNREAD = {
    "raw_material": ("flow_rate_lower_bound",),
    "intermediate": ("flow_rate_lower_bound", "flow_rate_upper_bound", "price"),
    "product": ("flow_rate_upper_bound", "price"),
}
"""What is not solved for: parameters by kind of material that must have their default."""

_DEFAULTS = {
    "material_flow_rate_lower_bound": 0.0,
    "material_flow_rate_upper_bound": 1e7,
    "material_price": 0.0,
    "operating_unit_capacity_lower_bound": 0.0,
    "operating_unit_capacity_upper_bound": 1e7,
    "operating_unit_fix_cost": 0.0,
    "operating_unit_proportional_cost": 0.0,
}


class PgraphError(MatchmakerError):
    """A P-graph file cannot be understood; the message names line and remedy."""


def read_pgraph(path: str | Path) -> ProcessNetwork:
    """Read a P-graph file.

    Returns
    -------
    ProcessNetwork
        Operating units are decisions under their own names; raw materials are purchases
        named `buy:MATERIAL`. Costs are in the file's money per its unit of time.

    Raises
    ------
    PgraphError
        When a line is not understood, a unit names an unknown material, or a parameter is unknown
        or not solved for: nothing of a file is passed over.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PgraphError(f"{path}: expected a P-graph file, which is UTF-8 text.") from None
    sections = _sections(text)
    defaults = _DEFAULTS | _numbers(sections.get("defaults", {}))
    materials = {
        name: _material(name, text, defaults)
        for name, text in sections.get("materials", {}).items()
    }
    return ProcessNetwork(
        operations=(*_units(sections, materials, defaults), *_purchases(materials)),
        demand={name: float(m["lower"]) for name, m in materials.items() if m["type"] == "product"},
        exclusive=tuple(_exclusions(sections)),
    )


def pgraph_goal(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least cost, then fewest operating units."""
    return cost(network), simplicity(network)


def solve_pgraph(network: ProcessNetwork, k: int = 1) -> list[Solution]:
    """The k cheapest structures, each dropping a unit of every earlier one."""
    reduced = maximal_structure(network)
    return list(KBestSearch(reduced, pgraph_goal(reduced), Limits()).k_best(k))


def write_pgraph(network: ProcessNetwork, path: str | Path) -> None:
    """Write a network as a P-graph file that has the same optimum under the goal cost.

    What P-graphs have no word for becomes flows: a purchase a unit fed by a priced raw
    material, hours and shared capacity raw materials that run out, an involvement cost the
    fixed cost of a unit whose permits the enterprise's units consume. Missing items are
    left out: the file asks for everything.
    """
    units = [o for o in network.operations if o.kind is not OperationKind.MISSING]
    names = _plain_names([*network.nodes, *(o.id for o in units)])
    lines = ["file_type=PNS_problem_v1", "file_name=matchmaker", ""]
    lines += ["measurement_units:", "mass_unit=u", "time_unit=y", "money_unit=RUB", ""]
    lines += ["defaults:", *(f"{key}={value:g}" for key, value in _DEFAULTS.items()), ""]
    lines += ["materials:", *_material_lines(network, units, names), ""]
    lines += ["operating_units:", *_unit_lines(network, units, names), ""]
    lines += ["material_to_operating_unit_flow_rates:", *_flow_lines(network, units, names), ""]
    if network.exclusive:
        sets = (sorted(names[id] for id in group) for group in network.exclusive)
        lines += [f"{_EXCLUSIONS}:", *(f"{'_'.join(g)}: {', '.join(g)}" for g in sets), ""]
    Path(path).write_text("\n".join(lines), encoding="utf-8")


def _material_lines(
    network: ProcessNetwork, units: list[Operation], names: Mapping[str, str]
) -> Iterator[str]:
    for node in network.nodes:
        lower = network.demand.get(node)
        kind = "intermediate" if lower is None else f"product, flow_rate_lower_bound={lower!r}"
        yield f"{names[node]}: {kind}"
    for unit in units:
        if unit.kind.source:
            yield f"raw_{names[unit.id]}: raw_material, price={unit.unit_cost!r}"
    for number, amount in enumerate(network.resources.values()):
        yield f"resource_{number}: raw_material, price=0, flow_rate_upper_bound={amount!r}"
    for number in range(len(_paid_enterprises(network))):
        yield f"permit_{number}: intermediate"


def _unit_lines(
    network: ProcessNetwork, units: list[Operation], names: Mapping[str, str]
) -> Iterator[str]:
    for unit in units:
        price = 0.0 if unit.kind.source else unit.unit_cost
        bounds = "" if unit.upper == inf else f"capacity_upper_bound={unit.upper!r}, "
        bounds += f"capacity_lower_bound={unit.lower!r}, " if unit.lower else ""
        yield f"{names[unit.id]}: {bounds}fix_cost={unit.fixed_cost!r}, proportional_cost={price!r}"
    for number, enterprise in enumerate(_paid_enterprises(network)):
        yield f"involve_{number}: fix_cost={network.involvement[enterprise]!r}, proportional_cost=0"


def _flow_lines(
    network: ProcessNetwork, units: list[Operation], names: Mapping[str, str]
) -> Iterator[str]:
    resources = {name: f"resource_{number}" for number, name in enumerate(network.resources)}
    permits = {e: f"permit_{number}" for number, e in enumerate(_paid_enterprises(network))}
    for unit in units:
        inputs = [(names[node], amount) for node, amount in unit.consumes]
        inputs += [(resources[name], amount) for name, amount in unit.uses]
        inputs += [(f"raw_{names[unit.id]}", 1.0)] if unit.kind.source else []
        inputs += [(permits[unit.enterprise], 1.0)] if unit.enterprise in permits else []
        outputs = [(names[node], amount) for node, amount in unit.yields]
        yield f"{names[unit.id]}: {_sum(inputs)} => {_sum(outputs)}"
    for number in range(len(permits)):
        yield f"involve_{number}:  => permit_{number}"


def _sum(flows: list[tuple[str, float]]) -> str:
    return " + ".join(f"{amount!r} {name}" for name, amount in flows)


def _paid_enterprises(network: ProcessNetwork) -> list[str]:
    return sorted(enterprise for enterprise, cost in network.involvement.items() if cost)


def _plain_names(ids: list[str]) -> dict[str, str]:
    """Names of letters, digits and underscores, kept apart by a number where they clash."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for id in dict.fromkeys(ids):
        plain = re.sub(r"\W", "_", id, flags=re.ASCII)
        name = plain if plain not in taken else f"{plain}_{len(taken)}"
        taken.add(name)
        names[id] = name
    return names


def _sections(text: str) -> dict[str, dict[str, str]]:
    """Lines `name: text` (or `name=text`) of each section, by name."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if header := _SECTION.fullmatch(line):
            current = sections.setdefault(header[1], {})
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            raise PgraphError(f"Line {number}: {line!r} is neither a section nor `name: …`.")
        current[entry[1].strip()] = entry[2].strip()
    return sections


def _numbers(section: Mapping[str, str]) -> dict[str, float]:
    return {key: _number(key, value) for key, value in section.items() if key in _DEFAULTS}


def _number(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PgraphError(f"{key}: expected a number, found {text!r}.") from None


def _attributes(name: str, text: str, known: Collection[str]) -> dict[str, str]:
    """Parameters `key=value`, and words that stand alone with an empty value."""
    parts = (part.partition("=") for part in text.split(",") if part.strip())
    attributes = {key.strip(): value.strip() for key, _, value in parts}
    for key in attributes:
        if key not in known:
            near = get_close_matches(key, known, 1)
            remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            raise PgraphError(f"{name}: unknown parameter {key!r}; {remedy}")
    return attributes


def _parameters(prefix: str) -> tuple[str, ...]:
    return tuple(key.removeprefix(prefix) for key in _DEFAULTS if key.startswith(prefix))


def _material(name: str, text: str, defaults: Mapping[str, float]) -> dict[str, str | float]:
    attributes = _attributes(name, text, (*_KINDS, *_parameters("material_")))
    kind = next((key for key, value in attributes.items() if not value), "intermediate")
    for key in _UNREAD[kind]:
        if key in attributes and _number(key, attributes[key]) != _DEFAULTS[f"material_{key}"]:
            raise PgraphError(
                f"{name}: {key}={attributes[key]} of a material that is {kind} is not solved for; "
                "take it out, or model it by an operating unit."
            )
    figures = {
        name: _number(key, attributes[key]) if key in attributes else defaults[f"material_{key}"]
        for name, key in (
            ("lower", "flow_rate_lower_bound"),
            ("upper", "flow_rate_upper_bound"),
            ("price", "price"),
        )
    }
    return {"type": kind, **figures}


def _purchases(materials: Mapping[str, Mapping[str, str | float]]) -> Iterator[Operation]:
    for name, own in materials.items():
        if own["type"] == "raw_material":
            yield Operation(
                f"buy:{name}",
                OperationKind.DOMESTIC,
                (),
                ((name, 1.0),),
                name,
                upper=float(own["upper"]),
                unit_cost=float(own["price"]),
                decision=False,
            )


def _units(
    sections: Mapping[str, Mapping[str, str]],
    materials: Mapping[str, object],
    defaults: Mapping[str, float],
) -> Iterator[Operation]:
    flows = sections.get("material_to_operating_unit_flow_rates", {})
    units = sections.get("operating_units", {})
    if strays := flows.keys() - units.keys():
        raise PgraphError(f"Flows of {min(strays)!r}: add it to the operating units.")
    for name, text in units.items():
        attributes = _attributes(name, text, _parameters("operating_unit_"))
        yield _unit(name, attributes, flows.get(name, "=>"), materials, defaults)


def _unit(
    name: str,
    attributes: Mapping[str, str],
    flow: str,
    materials: Mapping[str, object],
    defaults: Mapping[str, float],
) -> Operation:
    inputs, arrow, outputs = flow.partition("=>")
    if not arrow:
        raise PgraphError(f"Operating unit {name}: {flow!r} lacks `=>` between inputs and outputs.")
    consumes, yields = tuple(_terms(inputs)), tuple(_terms(outputs))
    for material, _ in (*consumes, *yields):
        if material not in materials:
            raise PgraphError(f"Operating unit {name}: add {material!r} to the materials.")

    def number(key: str) -> float:
        stated = attributes.get(key)
        return defaults[f"operating_unit_{key}"] if stated is None else _number(key, stated)

    return Operation(
        id=name,
        kind=OperationKind.MAKES,
        consumes=consumes,
        yields=yields,
        item=yields[0][0] if yields else name,
        lower=number("capacity_lower_bound"),
        upper=number("capacity_upper_bound"),
        unit_cost=number("proportional_cost"),
        fixed_cost=number("fix_cost"),
    )


def _terms(text: str) -> Iterator[tuple[str, float]]:
    for part in filter(None, (part.strip() for part in text.split("+"))):
        term = _TERM.fullmatch(part)
        if term is None:
            raise PgraphError(f"Flow {part!r}: expected `material` or `2.5 material`.")
        yield term[2], _number(term[2], term[1] or "1")


def _exclusions(sections: Mapping[str, Mapping[str, str]]) -> Iterator[frozenset[str]]:
    for text in sections.get(_EXCLUSIONS, {}).values():
        yield frozenset(unit.strip() for unit in text.split(","))
