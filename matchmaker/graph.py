"""The graph of enterprises, capabilities and items that everything further on reads.

Built from a dataset and its matches, around the items asked for, so that a large store
costs no more than its relevant part.

    nodes  enterprise · item · capability · region · certificate      attribute `node`
    edges  makes        enterprise → item         price, capacity, minimum order …
           could_make   enterprise → item         price and hours of the capabilities it takes
           needs        enterprise → item         quantity, price, country of origin
           masters      enterprise → capability   free hours, rate
           part_of      item → item               quantity per unit, alternative
           substitutes  item → item               units per unit
           requires     item → capability, item → certificate
           located_in   enterprise → region
           holds        enterprise → certificate  valid on the day at which the graph is judged
           expired      enterprise → certificate  not valid any more on that day
           rejected     enterprise → item         what a person rejected, and who, why
           refuses      enterprise → item         it answered no when asked for the item

Money is RUB without VAT, quantities are in the unit of the item and per year. `cells` of
an edge maps each of its figures to the survey cell it was read from. An edge that cannot
enter a chain says why in `blocked`. The graph's own `conditions` are all that is open about it;
`conditions` of an edge or item name the kinds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import networkx as nx

from matchmaker.codebook import conversion, fold, meanings, processes, regions
from matchmaker.conditions import Condition, edge_of, find_conditions
from matchmaker.errors import UnknownItemError
from matchmaker.matching import MatchKind
from matchmaker.model import Dataset, Role, has_expired, records

if TYPE_CHECKING:
    from matchmaker.matching import Match, Matches

PRICE_MISSING = "price-missing"
UNIT_MISMATCH = "unit-mismatch"
RATE_MISSING = "rate-missing"
HOURS_MISSING = "hours-missing"


def build_graph(
    data: Dataset,
    matches: Matches,
    items: Iterable[str] | None = None,
    *,
    as_of: date | None = None,
) -> nx.MultiDiGraph[str]:
    """Build the graph of a dataset, or of the part that the given items depend on.

    Parameters
    ----------
    data
        Snapshot of the store.
    matches
        Which offers, needs and capabilities mean which items.
    items
        Codes of the items asked for, with or without `item:`; None means all.
    as_of
        Day at which certificates are judged; None judges each on the day its firm answered.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes and edges as listed at the top of this module, sorted by name.

    Raises
    ------
    UnknownItemError
        When the catalogue lacks an item asked for.
    """
    wanted = _closure(data, items)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.graph.update(_settings(data), **({"as_of": as_of.isoformat()} if as_of else {}))
    _add_items(graph, data, wanted)
    _add_composition(graph, data, wanted)
    likely = _wanted(matches.likely, wanted)
    makes = [*_wanted(matches.makes, wanted), *_of_kind(likely, MatchKind.MAKES)]
    needs = _wanted(matches.needs, wanted)
    could = [*_wanted(matches.could_make, wanted), *_of_kind(likely, MatchKind.COULD_MAKE)]
    rejected = [one for one in _wanted(matches.rejected, wanted) if one.kind is not MatchKind.NEEDS]
    answered = _answered(data, wanted)
    firms = {_firm(one) for one in (*makes, *needs, *could, *rejected)}
    _add_enterprises(graph, data, firms | {firm for firm, _ in answered}, as_of)
    _add_offers(graph, data, [match for match in makes if match.table == "offers"])
    _add_answers(graph, data, [match for match in makes if match.table == "answers"])
    _add_needs(graph, data, needs)
    _add_capabilities(graph, data, could)
    _add_rejected(graph, rejected)
    _add_quotes(graph, data, answered)
    found = find_conditions(data, [*makes, *could], {edge_of(one) for one in likely}, wanted)
    _add_conditions(graph, found)
    return graph


def _add_conditions(graph: nx.MultiDiGraph[str], conditions: Sequence[Condition]) -> None:
    """Conditions of the graph, and at each edge and item what is open about it."""
    graph.graph["conditions"] = tuple(conditions)
    by_key: dict[str, list[str]] = defaultdict(list)
    for condition in conditions:
        told = ":".join(filter(None, (condition.kind, condition.field)))
        for name in {*condition.edges, *(item for item, _ in condition.recipes)}:
            by_key[name].append(told)
    for _, _, key, edge in graph.edges(keys=True, data=True):
        if key in by_key:
            edge["conditions"] = tuple(dict.fromkeys(by_key[key]))
    for item in by_key.keys() & set(graph):
        graph.nodes[item]["conditions"] = tuple(dict.fromkeys(by_key[item]))


def edges_of(
    graph: nx.MultiDiGraph[str], kind: str
) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Edges of one kind as (source, target, key, attributes), in order."""
    for source, target, key, edge in graph.edges(keys=True, data=True):
        if edge["edge"] == kind:
            yield source, target, key, edge


def nodes_of(graph: nx.MultiDiGraph[str], kind: str) -> dict[str, dict[str, Any]]:
    """Attributes of the nodes of one kind by id, sorted."""
    attributes: dict[str, dict[str, Any]] = {id: graph.nodes[id] for id in sorted(graph)}
    return {id: own for id, own in attributes.items() if own["node"] == kind}


def label_of(graph: nx.MultiDiGraph[str], id: str, lang: str) -> str:
    """Name of a node, English where it has one and is asked; the id of what is no node."""
    own: Mapping[str, Any] = graph.nodes.get(id, {})
    return str((own.get("label_en") if lang == "en" else None) or own.get("label", id))


def parts_of(graph: nx.MultiDiGraph[str], items: Iterable[str]) -> set[str]:
    """The items, and all that they are made of or replaced by."""
    composition: nx.DiGraph[str] = nx.DiGraph()
    composition.add_nodes_from(found := list(items))
    for kind in ("part_of", "substitutes"):
        composition.add_edges_from((item, part) for part, item, *_ in edges_of(graph, kind))
    return set(found).union(*(nx.descendants(composition, item) for item in found))


def _closure(data: Dataset, items: Iterable[str] | None) -> set[str]:
    """Ids of the items asked for and of all they are made of or replaced by."""
    known = set(data.table("items")["id"])
    if items is None:
        return known
    below: nx.DiGraph[str] = nx.DiGraph()
    below.add_nodes_from(known)
    for table, part in (("bom", "component"), ("substitutes", "substitute")):
        frame = data.table(table)
        below.add_edges_from(zip("item:" + frame["item"], "item:" + frame[part], strict=True))
    asked = {item if item.startswith("item:") else f"item:{item}" for item in items}
    for item in sorted(asked - known):
        raise UnknownItemError(item, known)
    return asked.union(*(nx.descendants(below, item) for item in asked))


def _wanted(matches: Matches, items: set[str]) -> list[Match]:
    """Matches of the items, told only after the others are left out."""
    codes = [item.removeprefix("item:") for item in items]
    rows = matches.rows[matches.rows["item"].isin(codes)].reset_index(drop=True)
    return list(replace(matches, rows=rows))


def _of_kind(matches: Sequence[Match], kind: MatchKind) -> list[Match]:
    return [match for match in matches if match.kind is kind]


def _firm(match: Match) -> str:
    return f"firm:{match.enterprise}"


def _item(match: Match) -> str:
    return f"item:{match.item}"


def _settings(data: Dataset) -> dict[str, float]:
    frame = data.table("settings")
    given = dict(zip(frame["setting"], frame["value"], strict=True))
    return {"freight_tariff": 0.0, "road_factor": 1.0} | {k: float(v) for k, v in given.items()}


def _add_items(graph: nx.MultiDiGraph[str], data: Dataset, wanted: set[str]) -> None:
    frame = data.table("items")
    columns = ("kind", "okpd2", "unit", "mass", "import_price", "domestic_price")
    for row in records(frame[frame["id"].isin(wanted)]):
        graph.add_node(
            row["id"],
            node="item",
            label=row["name_ru"],
            label_en=row["name_en"],
            cells=_cells(data, "items", row, ("import_price", "domestic_price", "mass")),
            **{column: row[column] for column in columns},
        )
        for certificate in _split(row["certificates"]):
            graph.add_edge(
                row["id"], _certificate(graph, certificate), key="requires", edge="requires"
            )


def _add_composition(graph: nx.MultiDiGraph[str], data: Dataset, wanted: set[str]) -> None:
    for row in _rows_of(data, "bom", wanted):
        graph.add_edge(
            f"item:{row['component']}",
            f"item:{row['item']}",
            key=row["id"],
            edge="part_of",
            alternative=row["alternative"] or "base",
            quantity=row["quantity"],
            cells=_cells(data, "bom", row, ("quantity",)),
        )
    for row in _rows_of(data, "substitutes", wanted):
        graph.add_edge(
            f"item:{row['substitute']}",
            f"item:{row['item']}",
            key=row["id"],
            edge="substitutes",
            ratio=row["ratio"],
            cells=_cells(data, "substitutes", row, ("ratio",)),
        )
    for row in _rows_of(data, "routing", wanted):
        graph.add_edge(
            f"item:{row['item']}",
            _capability(graph, row["process"]),
            key=row["id"],
            edge="requires",
            hours=row["hours"],
            cells=_cells(data, "routing", row, ("hours",)),
        )


def _rows_of(data: Dataset, table: str, wanted: set[str]) -> list[dict[str, Any]]:
    frame = data.table(table)
    return records(frame[("item:" + frame["item"].astype(str)).isin(wanted)])


def _add_enterprises(
    graph: nx.MultiDiGraph[str], data: Dataset, wanted: set[str], as_of: date | None
) -> None:
    """Enterprises that a match names, and every member and interested one."""
    frame = data.table("enterprises")
    wanted = wanted | set(frame.loc[frame["role"].isin([Role.MEMBER, Role.INTERESTED]), "id"])
    public = ("name", "role", "country", "region", "city", "okved", "involvement_cost")
    for row in records(frame[frame["id"].isin(wanted)]):
        graph.add_node(
            row["id"],
            node="enterprise",
            label=row["name"],
            cells=_cells(data, "enterprises", row, ("role", "region", "involvement_cost")),
            **{field: row[field] for field in public},
        )
        if row["region"]:
            region = f"region:{row['region']}"
            graph.add_node(region, node="region", label=regions()[row["region"]].name("ru"))
            graph.add_edge(row["id"], region, key="located_in", edge="located_in")
    _add_certificates(graph, data, wanted, as_of)


def _add_certificates(
    graph: nx.MultiDiGraph[str], data: Dataset, wanted: set[str], as_of: date | None
) -> None:
    """Edges `holds`, and `expired` for what was not valid any more on the day."""
    answered = dict(
        zip(*(data.table("enterprises")[column] for column in ("id", "answered_on")), strict=True)
    )
    frame = data.table("certificates")
    meant = meanings(data.decisions).get("certificate", {})
    held = frame[("firm:" + frame["enterprise"].astype(str)).isin(wanted)]
    for row in records(held):
        enterprise = f"firm:{row['enterprise']}"
        expired = has_expired(row["valid_until"], answered[enterprise], as_of)
        fields = ("certificate", "valid_until") if expired else ("certificate",)
        graph.add_edge(
            enterprise,
            _certificate(graph, meant.get(fold(row["certificate"]), row["certificate"])),
            key=row["id"],
            edge="expired" if expired else "holds",
            valid_until=row["valid_until"],
            cells=_cells(data, "certificates", row, fields),
        )


def _add_offers(graph: nx.MultiDiGraph[str], data: Dataset, matches: Sequence[Match]) -> None:
    rows = _by_id(data, "offers", (match.id for match in matches))
    fields = ("product", "price", "capacity", "minimum_order", "lead_time", "alternative")
    for match in matches:
        row = rows[match.id]
        cells = _cells(data, "offers", row, fields)
        _add_maker(graph, match, row, row["unit"] or "pcs", cells)


def _add_maker(
    graph: nx.MultiDiGraph[str],
    match: Match,
    row: Mapping[str, Any],
    unit: str,
    cells: Mapping[str, str],
) -> None:
    """Edge `makes` of a row that states, per `unit`, what it states."""
    per_unit = conversion(unit, graph.nodes[_item(match)]["unit"])
    factor, price = per_unit or 1.0, row["price"]
    graph.add_edge(
        _firm(match),
        _item(match),
        key=row["id"],
        edge="makes",
        product=row["product"] or "",
        price=None if price is None else price / factor,
        capacity=_times(row["capacity"], factor),
        minimum_order=_times(row.get("minimum_order"), factor) or 0.0,
        lead_time=row.get("lead_time"),
        alternative=row.get("alternative") or "",
        unit_factor=factor,
        confidence=match.probability,
        blocked=UNIT_MISMATCH if per_unit is None else PRICE_MISSING if price is None else None,
        cells=cells,
    )


def _add_needs(graph: nx.MultiDiGraph[str], data: Dataset, matches: Sequence[Match]) -> None:
    rows = _by_id(data, "needs", (match.id for match in matches))
    for match in matches:
        row = rows[match.id]
        per_unit = conversion(row["unit"] or "pcs", graph.nodes[_item(match)]["unit"])
        factor = per_unit or 1.0
        graph.add_edge(
            _firm(match),
            _item(match),
            key=row["id"],
            edge="needs",
            product=row["product"],
            quantity=_times(row["quantity"], factor),
            price=None if row["price"] is None else row["price"] / factor,
            country=row["country"],
            supplier=row["supplier"],
            confidence=match.probability,
            blocked=UNIT_MISMATCH if per_unit is None else None,
            cells=_cells(data, "needs", row, ("product", "quantity", "price", "country")),
        )


def _add_capabilities(graph: nx.MultiDiGraph[str], data: Dataset, matches: Sequence[Match]) -> None:
    used_ids = (id for match in matches for _, id, _ in match.capabilities)
    rows = _by_id(data, "capabilities", used_ids)
    for match in matches:
        used = [(rows[id], hours) for _, id, hours in match.capabilities]
        for process, id, _ in match.capabilities:
            _add_mastery(graph, data, _firm(match), process, rows[id])
        graph.add_edge(
            _firm(match),
            _item(match),
            key=f"ability:{match.enterprise}:{match.item}",
            edge="could_make",
            price=None
            if any(row["rate"] is None for row, _ in used)
            else sum(row["rate"] * hours for row, hours in used),
            setup_cost=sum(row["setup_cost"] or 0.0 for row, _ in used),
            hours={row["id"]: hours for row, hours in used},
            confidence=match.probability,
            blocked=_capability_block([row for row, _ in used]),
            cells={
                f"{field}:{row['id']}": cell
                for row, _ in used
                for field, cell in _cells(
                    data, "capabilities", row, ("process", "rate", "free_hours", "setup_cost")
                ).items()
            },
        )


def _add_rejected(graph: nx.MultiDiGraph[str], matches: Sequence[Match]) -> None:
    """One edge a pair of enterprise and item, told by its most probable match."""
    for match in sorted(matches, key=lambda one: (one.probability, one.id)):
        graph.add_edge(
            _firm(match),
            _item(match),
            key=f"rejected:{match.enterprise}:{match.item}",
            edge="rejected",
            kind=match.kind.value,
            who=match.decision.who if match.decision else "",
        )


def _answered(data: Dataset, wanted: set[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of call sheets that have an answer, by enterprise and item."""
    rows = _rows_of(data, "answers", wanted)
    return {(f"firm:{r['enterprise']}", f"item:{r['item']}"): r for r in rows if r["answer"]}


def _add_answers(graph: nx.MultiDiGraph[str], data: Dataset, matches: Sequence[Match]) -> None:
    """Edges `makes` of the items to which call sheets say yes and no offer speaks of."""
    rows = _by_id(data, "answers", (match.id for match in matches))
    for match in matches:
        row = rows[match.id]
        unit = row.get("unit") or graph.nodes[_item(match)]["unit"]
        cells = _cells(data, "answers", row, ("product", "answer", "price", "capacity"))
        _add_maker(graph, match, row, unit, cells)


def _add_quotes(
    graph: nx.MultiDiGraph[str],
    data: Dataset,
    answered: Mapping[tuple[str, str], dict[str, Any]],
) -> None:
    """What call sheets add to edges `could_make`: a price, a capacity; and edges `refuses`."""
    free = {key: edge["free_hours"] for _, _, key, edge in edges_of(graph, "masters")}
    for (firm, item), row in answered.items():
        cells = _cells(data, "answers", row, ("answer", "price", "capacity"))
        if row["answer"] == "no":
            graph.add_edge(firm, item, key=row["id"], edge="refuses", cells=cells)
        edge = graph.get_edge_data(firm, item, f"ability:{firm[5:]}:{item[5:]}")
        if row["answer"] == "could" and edge is not None:
            edge["cells"] |= cells
            edge["capacity"] = row["capacity"]
            _quote(edge, row["price"], free)


def _quote(edge: dict[str, Any], price: float | None, free: Mapping[str, float | None]) -> None:
    """Let the price of a call sheet stand for the rates of the processes.

    Who names a price knows that there is time; hours that were not stated then limit nothing.
    """
    if price is not None:
        known = {id: hours for id, hours in edge["hours"].items() if free[id] is not None}
        edge |= {"price": price, "blocked": None, "hours": known}
    elif not edge["hours"]:
        edge |= {"price": None, "blocked": PRICE_MISSING}


def _add_mastery(
    graph: nx.MultiDiGraph[str], data: Dataset, enterprise: str, process: str, row: dict[str, Any]
) -> None:
    graph.add_edge(
        enterprise,
        _capability(graph, process),
        key=row["id"],
        edge="masters",
        material=row["material"],
        equipment=row["equipment"],
        free_hours=row["free_hours"],
        rate=row["rate"],
        cells=_cells(data, "capabilities", row, ("process", "free_hours", "rate")),
    )


def _capability_block(rows: list[dict[str, Any]]) -> str | None:
    if any(row["rate"] is None for row in rows):
        return RATE_MISSING
    return HOURS_MISSING if any(row["free_hours"] is None for row in rows) else None


def _certificate(graph: nx.MultiDiGraph[str], text: str) -> str:
    name = f"certificate:{fold(text)}"
    graph.add_node(name, node="certificate", label=text)
    return name


def _capability(graph: nx.MultiDiGraph[str], process: str) -> str:
    name = f"process:{process}"
    graph.add_node(name, node="capability", label=processes()[process].name_ru)
    return name


def _by_id(data: Dataset, table: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    frame = data.table(table)
    return {row["id"]: row for row in records(frame[frame["id"].isin(set(ids))])}


def _cells(
    data: Dataset, table: str, row: Mapping[str, Any], fields: Iterable[str]
) -> dict[str, str]:
    """Survey cell of every answered field, by field."""
    letters = data.columns.get((row["file"], row["sheet"]), {})
    place = f"{row['file']}!{row['sheet']}!"
    return {
        field: f"{place}{letters.get(field, '')}{row['row']}"
        for field in fields
        if row[field] is not None
    }


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
