"""Checks across cells and rows: a list of functions, each with its rule as docstring.

They run in order, after every cell was read; the rows that one check finds wrong are gone
before the next, so a row is judged against good rows alone. Called by `reader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from math import log
from typing import TYPE_CHECKING

from matchmaker.codebook import Field, Meanings, Table, fold, tables
from matchmaker.codebook.tables import READABLE_KEY
from matchmaker.model import PLACE, Cell, Issue, Role, Severity
from matchmaker.survey.cells.values import Spellings, to_text
from matchmaker.survey.headings.sheet import Sheet
from matchmaker.survey.raw_grid import cell_at, flag

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

PRICED = (("offers", "price"), ("capabilities", "rate"))
"""Tables of which no row is of use without a price, and its field."""

PRICE_MISSING = "price-missing"
"""Code of the issue of such a row."""

ON_CALL_SHEETS = "answer-item-unknown"
"""Code of the issue of an item that a firm added to its call sheet."""

_EDGES = (("bom", "item", "component"), ("substitutes", "item", "substitute"))
_ALIKE = {"enterprise": 0.8, "item": 0.6}
"""How alike a key has to be to be offered; a tax number with one wrong digit is so to 0.9."""
_COMPARISONS = 2_000_000
"""How many keys of a column may be compared; where nearly all are unknown, a list is missing."""
_LONGEST_RING = 12
"""How many items of a ring are named; each row of a longer ring names the same ones."""
_ROUNDING = 1e-9
"""Gain of a way round, as a logarithm of ratios, that their rounding explains."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a database already has: keys that survey rows may refer to, and decided wordings."""

    enterprises: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    meanings: Meanings = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """Rows that are good so far, by table, with the sheets they stand on.

    Frames are sorted by place and indexed from 0; `blank_fields` says of the same rows which
    fields they leave empty. `places` keeps the places of those tables that an issue was found in.
    """

    frames: Mapping[str, pd.DataFrame]
    blank_fields: Mapping[str, pd.DataFrame]
    sheets: Mapping[tuple[str, str], Sheet]
    known: Known
    places: dict[str, Sequence[tuple[str, str, int]]] = attribute(default_factory=dict)

    @property
    def enterprises(self) -> frozenset[str]:
        """Tax numbers that rows may refer to: of the sheet of enterprises and of the database."""
        return _keys(self, "enterprises", "enterprise") | self.known.enterprises

    def where(self, table: str, position: int) -> tuple[str, str, int]:
        """File, sheet and line of the row at a position of a table."""
        if table not in self.places:
            frame = self.frames[table]
            self.places[table] = list(zip(*(frame[name].tolist() for name in PLACE), strict=True))
        return self.places[table][position]

    def issue(self, code: str, table: str, position: int, field: str = "", **details: str) -> Issue:
        """Issue about the row at a position of a table, or about one cell of it."""
        file, sheet_name, row = self.where(table, position)
        sheet = self.sheets[file, sheet_name]
        about = {"value": "", "column_label": ""}
        if column := sheet.columns.get(field):
            value = to_text(cell_at(sheet.grid.rows[row - 1], column.index))
            about = {"value": value, "column_label": column.heading}
        return flag(code, file, sheet_name, row, column=sheet.letter(field), **about, **details)

    def without(self, issues: Iterable[Issue]) -> CheckedRows:
        """Rows less those that errors keep out and those that only repeat."""
        dropped = {
            (issue.file, issue.sheet, issue.row)
            for issue in issues
            if issue.severity == Severity.ERROR or issue.code == "row-repeated"
        }
        touched = {self.sheets[file, sheet].table.name for file, sheet, _ in dropped}
        frames, blank = dict(self.frames), dict(self.blank_fields)
        for name in touched:
            places = zip(*(frames[name][part] for part in PLACE), strict=True)
            stays = [place not in dropped for place in places]
            for by_table in (frames, blank):
                by_table[name] = by_table[name][stays].reset_index(drop=True)
        other = {name: found for name, found in self.places.items() if name not in touched}
        return replace(self, frames=frames, blank_fields=blank, places=other)


def _where(true: pd.Series[bool]) -> list[int]:
    positions: list[int] = true.to_numpy().nonzero()[0].tolist()
    return positions


def row_keys(table: Table, frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """Key of every row, equal exactly where `codebook.row_ids` are equal, and quicker."""
    return list(
        zip(*(_comparable(table.field(name), frame[name]) for name in table.key), strict=True)
    )


def _comparable(field: Field, values: pd.Series[str]) -> list[object]:
    filled = values.astype(object).where(values.notna(), None).tolist()
    exact = field.numeric or field.type in READABLE_KEY
    spelling: dict[object, object] = {
        value: "" if value is None else value if exact else fold(value)
        for value in dict.fromkeys(filled)
    }
    return list(map(spelling.__getitem__, filled))


def repeated_rows(good: CheckedRows) -> Iterator[Issue]:
    """Every key names one row: a second one repeats it, or conflicts with it if it differs."""
    for name, frame in good.frames.items():
        table = tables()[name]
        keys = row_keys(table, frame)
        if len(set(keys)) == len(keys):
            continue
        rows = _rows(table, frame)
        first: dict[tuple[object, ...], int] = {}
        for position, key in enumerate(keys):
            original = first.setdefault(key, position)
            if original != position:
                code = "row-repeated" if rows[position] == rows[original] else "row-conflict"
                other = str(Cell(*good.where(name, original)))
                yield good.issue(code, name, position, other=other)


def _rows(table: Table, frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """Values of every row, None for what is missing."""
    columns = (frame[field.name].astype(object) for field in table.fields)
    return list(zip(*(column.where(column.notna(), None) for column in columns), strict=True))


def unknown_enterprises(good: CheckedRows) -> Iterator[Issue]:
    """Every enterprise that a row names stands on the sheet of enterprises or in the database."""
    yield from _dangling(good, "enterprise", good.enterprises)


def unknown_items(good: CheckedRows) -> Iterator[Issue]:
    """Every item that a row names stands on the sheet of items or in the database."""
    yield from _dangling(good, "item", _keys(good, "items", "item") | good.known.items)


def _keys(good: CheckedRows, table: str, field: str) -> frozenset[str]:
    return frozenset(good.frames[table][field]) if table in good.frames else frozenset()


def _dangling(good: CheckedRows, kind: str, known: frozenset[str]) -> Iterator[Issue]:
    for name, frame in good.frames.items():
        code = ON_CALL_SHEETS if (name, kind) == ("answers", "item") else f"{kind}-unknown"
        for field in tables()[name].fields:
            if field.type == kind:
                values = frame[field.name]
                places = _where(values.notna() & ~values.isin(known))
                keys = values.iloc[places].tolist()
                near = _offers(keys, known, _ALIKE[kind])
                for position, key in zip(places, keys, strict=True):
                    yield good.issue(code, name, position, field.name, nearest=near.get(key, ""))


def _offers(keys: Sequence[str], known: frozenset[str], least: float) -> dict[str, str]:
    """Ends of sentences that offer known keys for the first of some unknown ones."""
    if not keys or not known:
        return {}
    spellings = Spellings(sorted(known))
    most = max(20, _COMPARISONS // len(known))
    return {key: spellings.offer(key, least) for key in list(dict.fromkeys(keys))[:most]}


def own_component(good: CheckedRows) -> Iterator[Issue]:
    """No item is a component of itself or its own substitute."""
    for name, item, component in _EDGES:
        if name in good.frames:
            frame = good.frames[name]
            for position in _where(frame[item] == frame[component]):
                yield good.issue("bom-self", name, position, component)


def circular_components(good: CheckedRows) -> Iterator[Issue]:
    """No item contains itself through its components or their substitutes.

    Items that replace one another are alike: a ring of substitutes alone is none, unless going
    round it takes less than it gives.
    """
    import networkx as nx

    edges = [*_edges(good)]
    graph = nx.DiGraph(sorted({(edge.item, edge.part) for edge in edges}))
    alike = _alike(edges)
    contracted = nx.DiGraph([(alike.get(e.item, e.item), alike.get(e.part, e.part)) for e in edges])
    ring_of = {node: ring for ring in nx.strongly_connected_components(contracted) for node in ring}
    cycle_of: dict[int, str] = {}
    for edge in edges:
        one, other = alike.get(edge.item, edge.item), alike.get(edge.part, edge.part)
        ring = ring_of[one]
        if other in ring and (one != other or edge.ratio is None):
            cycle = cycle_of.get(id(ring)) or _cycle(graph, edge.item, edge.part)
            if len(ring) > _LONGEST_RING:
                cycle_of[id(ring)] = cycle
            yield good.issue("bom-cycle", edge.table, edge.position, edge.field, cycle=cycle)


@dataclass(frozen=True, slots=True)
class _Edge:
    """Row by which an item takes a part, or is replaced by it at a ratio."""

    item: str
    part: str
    table: str
    field: str
    position: int
    ratio: float | None


def _edges(good: CheckedRows) -> Iterator[_Edge]:
    for name, item, part in _EDGES:
        frame = good.frames.get(name)
        if frame is not None:
            ratios = frame["ratio"] if "ratio" in frame else [None] * len(frame)
            rows = zip(frame[item], frame[part], ratios, strict=True)
            for position, (one, other, ratio) in enumerate(rows):
                yield _Edge(one, other, name, part, position, ratio)


def _alike(edges: Iterable[_Edge]) -> dict[str, str]:
    """One item for all that replace one another, directly or not, where no way round gains."""
    import networkx as nx

    replaced: nx.DiGraph[str] = nx.DiGraph()
    for edge in edges:
        if edge.ratio is not None and edge.item != edge.part:
            weight = log(edge.ratio) + _ROUNDING
            known = replaced.get_edge_data(edge.item, edge.part, {"weight": weight})["weight"]
            replaced.add_edge(edge.item, edge.part, weight=min(known, weight))
    rings = (ring for ring in nx.strongly_connected_components(replaced) if len(ring) > 1)
    return {
        node: min(ring)
        for ring in rings
        if not nx.negative_edge_cycle(replaced.subgraph(ring).copy())
        for node in ring
    }


def _cycle(graph: nx.DiGraph[str], one: str, other: str) -> str:
    """The way from an item over its component back to itself, its middle left out if long."""
    from networkx import shortest_path

    path = [one, *shortest_path(graph, other, one)]
    if len(path) > _LONGEST_RING:
        path[_LONGEST_RING // 2 : -_LONGEST_RING // 2] = ["…"]
    return " → ".join(path)


def minimum_above_capacity(good: CheckedRows) -> Iterator[Issue]:
    """Every minimum order is within the yearly capacity of its offer."""
    if "offers" in good.frames:
        offers = good.frames["offers"]
        for position in _where(offers["minimum_order"] > offers["capacity"]):
            place = "offers", position, "minimum_order"
            capacity = f"{offers['capacity'][position]:g}"
            yield good.issue("minimum-above-capacity", *place, capacity=capacity)


def expired_certificates(good: CheckedRows) -> Iterator[Issue]:
    """Every certificate was valid on the day its holder answered, where that day is given."""
    if {"certificates", "enterprises"} <= good.frames.keys():
        certificates = good.frames["certificates"]
        firms = good.frames["enterprises"].set_index("enterprise")["answered_on"]
        answered = certificates["enterprise"].map(firms)
        dated = certificates["valid_until"].notna() & answered.notna()
        for position in _where(dated):
            if certificates["valid_until"][position] < answered[position]:
                place = "certificates", position, "valid_until"
                name = certificates["certificate"][position]
                yield good.issue("certificate-expired", *place, certificate=name)


def missing_prices(good: CheckedRows) -> Iterator[Issue]:
    """Every offer has a price, every capability a rate; without it no chain can use the row."""
    for name, field in PRICED:
        if name in good.frames:
            for position in _where(good.frames[name][field].isna()):
                yield good.issue(PRICE_MISSING, name, position, field)


def missing_member(good: CheckedRows) -> Iterator[Issue]:
    """Someone is a member: a survey of interested firms alone has no cluster to join."""
    firms = good.frames.get("enterprises")
    if firms is None or firms.empty or good.known.enterprises:
        return
    if Role.MEMBER not in set(firms["role"]):
        yield flag("role-missing-member", firms["file"][0], firms["sheet"][0])


CHECKS: tuple[Callable[[CheckedRows], Iterable[Issue]], ...] = (
    repeated_rows,
    unknown_enterprises,
    unknown_items,
    own_component,
    circular_components,
    minimum_above_capacity,
    expired_certificates,
    missing_prices,
    missing_member,
)
"""Every check, in the order in which they run."""
