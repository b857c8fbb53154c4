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
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from math import inf
from pathlib import Path

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import cost, simplicity
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.search.k_best import KBestSearch, Solution
from matchmaker.errors import MatchmakerError

_SECTION = re.compile(r"([a-z_]+):")
_ENTRY = re.compile(r"([^:=]+)[:=](.*)")
_TERM = re.compile(r"(?:([0-9.eE+-]+)\s+)?(\S+)")
_MATERIALS = "materials"
_UNITS = "operating_units"
_FLOWS = "material_to_operating_unit_flow_rates"
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
    known = {key: text for key, text in sections["defaults"].items() if key in _DEFAULTS}
    defaults = _DEFAULTS | {key: _number(key, text) for key, text in known.items()}
    materials = {n: _material(n, text, defaults) for n, text in sections[_MATERIALS].items()}
    groups = (text.split(",") for text in sections[_EXCLUSIONS].values())
    return ProcessNetwork(
        operations=(*_units(sections, materials, defaults), *_purchases(materials)),
        demand={
            name: figures["flow_rate_lower_bound"]
            for name, (kind, figures) in materials.items()
            if kind == "product"
        },
        exclusive=tuple(frozenset(unit.strip() for unit in group) for group in groups),
    )


def solve_pgraph(network: ProcessNetwork, k: int = 1) -> list[Solution]:
    """The k cheapest structures of fewest units, each dropping a unit of every earlier one."""
    reduced = maximal_structure(network)
    stages = cost(reduced), simplicity(reduced)
    return list(KBestSearch(reduced, stages, Limits()).k_best(k))


def write_pgraph(network: ProcessNetwork, path: str | Path) -> None:
    """Write a network as a P-graph file that has the same optimum under the goal cost.

    What P-graphs have no word for becomes flows: a purchase a unit fed by a priced raw
    material, hours and shared capacity raw materials that run out, an involvement cost the
    fixed cost of a unit whose permits the enterprise's units consume. Missing items are
    left out: the file asks for everything.
    """
    lines = ["file_type=PNS_problem_v1", "file_name=matchmaker", ""]
    lines += ["measurement_units:", "mass_unit=u", "time_unit=y", "money_unit=RUB", ""]
    lines += ["defaults:", *(f"{key}={value:g}" for key, value in _DEFAULTS.items()), ""]
    sections: dict[str, list[str]] = {_MATERIALS: [], _UNITS: [], _FLOWS: []}
    for section, line in _lines(network):
        sections.setdefault(section, []).append(line)
    for section, written in sections.items():
        lines += [f"{section}:", *written, ""]
    Path(path).write_text("\n".join(lines), encoding="utf-8")


def _lines(network: ProcessNetwork) -> Iterator[tuple[str, str]]:
    """Lines of a network's sections, each with the section that it belongs to."""
    units = [o for o in network.operations if o.kind is not OperationKind.MISSING]
    names = _plain_names([*network.nodes, *(o.id for o in units)])
    resources = {name: f"resource_{number}" for number, name in enumerate(network.resources)}
    paid = sorted(enterprise for enterprise, cost in network.involvement.items() if cost)
    permits = {enterprise: f"permit_{number}" for number, enterprise in enumerate(paid)}
    for node in network.nodes:
        lower = network.demand.get(node)
        kind = "intermediate" if lower is None else f"product, flow_rate_lower_bound={lower!r}"
        yield _MATERIALS, f"{names[node]}: {kind}"
    for unit in units:
        name, price = names[unit.id], unit.unit_cost
        inputs = [(names[node], amount) for node, amount in unit.consumes]
        inputs += [(resources[resource], amount) for resource, amount in unit.uses]
        if unit.kind.source:
            yield _MATERIALS, f"raw_{name}: raw_material, price={price!r}"
            inputs.append((f"raw_{name}", 1.0))
            price = 0.0
        inputs += [(permits[unit.enterprise], 1.0)] if unit.enterprise in permits else []
        costs = f"fix_cost={unit.fixed_cost!r}, proportional_cost={price!r}"
        yield _UNITS, f"{name}: {_bounds(unit)}{costs}"
        outputs = [(names[node], amount) for node, amount in unit.yields]
        yield _FLOWS, f"{name}: {_sum(inputs)} => {_sum(outputs)}"
    for name, amount in network.resources.items():
        most = f"flow_rate_upper_bound={amount!r}"
        yield _MATERIALS, f"{resources[name]}: raw_material, price=0, {most}"
    for number, enterprise in enumerate(paid):
        fee = network.involvement[enterprise]
        yield _MATERIALS, f"permit_{number}: intermediate"
        yield _UNITS, f"involve_{number}: fix_cost={fee!r}, proportional_cost=0"
        yield _FLOWS, f"involve_{number}:  => permit_{number}"
    for group in network.exclusive:
        members = sorted(names[id] for id in group)
        yield _EXCLUSIONS, f"{'_'.join(members)}: {', '.join(members)}"


def _bounds(unit: Operation) -> str:
    upper = "" if unit.upper == inf else f"capacity_upper_bound={unit.upper!r}, "
    return upper + (f"capacity_lower_bound={unit.lower!r}, " if unit.lower else "")


def _sum(flows: list[tuple[str, float]]) -> str:
    return " + ".join(f"{amount!r} {name}" for name, amount in flows)


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
    sections: dict[str, dict[str, str]] = defaultdict(dict)
    current: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if header := _SECTION.fullmatch(line):
            current = sections[header[1]]
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            raise PgraphError(f"Line {number}: {line!r} is neither a section nor `name: …`.")
        current[entry[1].strip()] = entry[2].strip()
    return sections


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


def _figures(
    attributes: Mapping[str, str], prefix: str, defaults: Mapping[str, float]
) -> dict[str, float]:
    """Every parameter with a prefix, as stated or by default."""
    return {
        key: _number(key, attributes[key]) if key in attributes else defaults[f"{prefix}{key}"]
        for key in _parameters(prefix)
    }


def _material(name: str, text: str, defaults: Mapping[str, float]) -> tuple[str, dict[str, float]]:
    """Kind of a material, and its parameters."""
    attributes = _attributes(name, text, (*_KINDS, *_parameters("material_")))
    kind = next((key for key, value in attributes.items() if not value), "intermediate")
    figures = _figures(attributes, "material_", defaults)
    for key in _UNREAD[kind]:
        if key in attributes and figures[key] != _DEFAULTS[f"material_{key}"]:
            raise PgraphError(
                f"{name}: {key}={attributes[key]} of a material that is {kind} is not solved for; "
                "take it out, or model it by an operating unit."
            )
    return kind, figures


def _purchases(materials: Mapping[str, tuple[str, dict[str, float]]]) -> Iterator[Operation]:
    for name, (kind, figures) in materials.items():
        if kind == "raw_material":
            yield Operation(
                f"buy:{name}",
                OperationKind.DOMESTIC,
                yields=((name, 1.0),),
                item=name,
                upper=figures["flow_rate_upper_bound"],
                unit_cost=figures["price"],
                decision=False,
            )


def _units(
    sections: Mapping[str, Mapping[str, str]],
    materials: Collection[str],
    defaults: Mapping[str, float],
) -> Iterator[Operation]:
    flows, units = sections[_FLOWS], sections[_UNITS]
    if strays := flows.keys() - units.keys():
        raise PgraphError(f"Flows of {min(strays)!r}: add it to the operating units.")
    for name, text in units.items():
        attributes = _attributes(name, text, _parameters("operating_unit_"))
        figures = _figures(attributes, "operating_unit_", defaults)
        flow = flows.get(name, "=>")
        inputs, arrow, outputs = flow.partition("=>")
        if not arrow:
            raise PgraphError(
                f"Operating unit {name}: {flow!r} lacks `=>` between inputs and outputs."
            )
        consumes, yields = tuple(_terms(inputs)), tuple(_terms(outputs))
        for material, _ in (*consumes, *yields):
            if material not in materials:
                raise PgraphError(f"Operating unit {name}: add {material!r} to the materials.")
        yield Operation(
            id=name,
            kind=OperationKind.MAKES,
            consumes=consumes,
            yields=yields,
            item=yields[0][0] if yields else name,
            lower=figures["capacity_lower_bound"],
            upper=figures["capacity_upper_bound"],
            unit_cost=figures["proportional_cost"],
            fixed_cost=figures["fix_cost"],
        )


def _terms(text: str) -> Iterator[tuple[str, float]]:
    for part in filter(None, (part.strip() for part in text.split("+"))):
        term = _TERM.fullmatch(part)
        if term is None:
            raise PgraphError(f"Flow {part!r}: expected `material` or `2.5 material`.")
        yield term[2], _number(term[2], term[1] or "1")
