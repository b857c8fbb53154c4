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
from collections.abc import Iterator, Mapping
from pathlib import Path

from matchmaker.chains.goals import Stage, cost, simplicity
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.errors import MatchmakerError

_SECTION = re.compile(r"([a-z_]+):")
_TERM = re.compile(r"(?:([0-9.eE+-]+)\s+)?(\S+)")
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
        When a line is not understood or a unit names an unknown material.
    """
    sections = _sections(Path(path).read_text(encoding="utf-8-sig"))
    defaults = _DEFAULTS | _numbers(sections.get("defaults", {}))
    materials = {
        name: _material(text, defaults) for name, text in sections.get("materials", {}).items()
    }
    flows = sections.get("material_to_operating_unit_flow_rates", {})
    units = tuple(
        _unit(name, _attributes(text), flows.get(name, "=>"), materials, defaults)
        for name, text in sections.get("operating_units", {}).items()
    )
    purchases = tuple(
        Operation(
            f"buy:{name}",
            Kind.DOMESTIC,
            (),
            ((name, 1.0),),
            name,
            upper=float(own["upper"]),
            unit_cost=float(own["price"]),
            decision=False,
        )
        for name, own in materials.items()
        if own["type"] == "raw_material"
    )
    return ProcessNetwork(
        operations=(*units, *purchases),
        demand={name: float(m["lower"]) for name, m in materials.items() if m["type"] == "product"},
        exclusive=tuple(_exclusions(sections)),
    )


def pgraph_goal(network: ProcessNetwork) -> tuple[Stage, ...]:
    """Least cost, then fewest operating units."""
    return cost(network), simplicity(network)


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
        name, separator, rest = re.match(r"([^:=]+)([:=]?)(.*)", line).groups()  # type: ignore[union-attr]
        if not separator:
            raise PgraphError(f"Line {number}: {line!r} is neither a section nor `name: …`.")
        current[name.strip()] = rest.strip()
    return sections


def _numbers(section: Mapping[str, str]) -> dict[str, float]:
    return {key: float(value) for key, value in section.items() if key in _DEFAULTS}


def _attributes(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(",") if part.strip())
    return {key.strip(): value.strip() for key, _, value in parts}


def _material(text: str, defaults: Mapping[str, float]) -> dict[str, str | float]:
    attributes = _attributes(text)
    kind = next((key for key, value in attributes.items() if not value), "intermediate")
    lower = attributes.get("flow_rate_lower_bound", defaults["material_flow_rate_lower_bound"])
    upper = attributes.get("flow_rate_upper_bound", defaults["material_flow_rate_upper_bound"])
    price = attributes.get("price", defaults["material_price"])
    return {"type": kind, "lower": float(lower), "upper": float(upper), "price": float(price)}


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
        return float(attributes.get(key, defaults[f"operating_unit_{key}"]))

    return Operation(
        id=name,
        kind=Kind.MAKES,
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
        amount, material = _TERM.fullmatch(part).groups()  # type: ignore[union-attr]
        yield material, float(amount or 1)


def _exclusions(sections: Mapping[str, Mapping[str, str]]) -> Iterator[frozenset[str]]:
    for text in sections.get("mutually_exlcusive_sets_of_operating_units", {}).values():
        yield frozenset(unit.strip() for unit in text.split(","))
