"""Export: files that other programs read, without secrets, and the same bytes every time."""

import csv
import json
import random
import re
from io import StringIO
from math import inf, nan
from types import MappingProxyType

import networkx as nx
import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.codebook import row_id, tables
from matchmaker.export import FORMATS, WRITERS, csv_paths, sanitize, write_atomically, write_graph
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.model import Cell, Role
from tests.fixtures import make_dataset

HOSTILE = "]]> <b>\"'&\x0b\x00 \ud800 🦽 Кресло‑коляска\r\nстрока\u2028конец"
HARMLESS = "]]> <b>\"'&  🦽 Кресло‑коляска\nстрока\u2028конец"


def chair() -> nx.MultiDiGraph:
    """A wheel maker that could also bend frames, two offers of one wheel, one bill of materials."""
    graph = nx.MultiDiGraph(freight_tariff=6.5, road_factor=1)
    graph.add_node("item:wheel", node="item", label="Колесо 24″", import_price=900.0, mass=2)
    graph.add_node("item:chair", node="item", label=HOSTILE, import_price=None, mass=14.5)
    graph.add_node(
        "firm:0274000000",
        node="enterprise",
        label='ООО "Колесо" (вымышлено)',
        role=Role.MEMBER,
        contact="Иванов, +7 900 000-00-00",
        cells={"role": Cell("a.xlsx", "Предприятия", 2, "C")},
    )
    graph.add_edge("item:wheel", "item:chair", key="bom:chair", edge="part_of", quantity=2)
    for key, price in (("offer:1", 100.0), ("offer:2", 90.0)):
        graph.add_edge(
            "firm:0274000000", "item:wheel", key=key, edge="makes", price=price, capacity=1200.0
        )
    graph.add_edge(
        "firm:0274000000",
        "item:chair",
        key="could",
        edge="could_make",
        hours={"capability:0274000000:ab": 1.5},
        contributions={"code": 2.0, "words": np.float64(-0.5)},
        cells={"rate:capability:ab": "a.xlsx!D7", "process:capability:ab": "a.xlsx!B7"},
        blocked=None,
        sure=True,
        steps=("welding", None, "bending"),
        recipes=({"part": "tube", "price": 5.0}, {"part": "axle"}),
    )
    return graph


def shuffled(graph: nx.MultiDiGraph, seed: int) -> nx.MultiDiGraph:
    chance = random.Random(seed)
    nodes, edges = list(graph.nodes(data=True)), list(graph.edges(keys=True, data=True))
    other = nx.MultiDiGraph(**dict(chance.sample(list(graph.graph.items()), len(graph.graph))))
    for node, data in chance.sample(nodes, len(nodes)):
        other.add_node(node, **dict(chance.sample(list(data.items()), len(data))))
    for source, target, key, data in chance.sample(edges, len(edges)):
        other.add_edge(source, target, key)
        other.edges[source, target, key].update(chance.sample(list(data.items()), len(data)))
    return other


def content(graph: nx.MultiDiGraph) -> tuple[dict, dict]:
    return dict(graph.nodes(data=True)), {
        (source, target, key): data
        for source, target, key, data in graph.edges(keys=True, data=True)
    }


def read_gexf(path) -> nx.MultiDiGraph:
    """Read GEXF with the edges' ids as keys; networkx reads a simple graph where it can."""
    found = nx.read_gexf(path)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(found.nodes(data=True))
    for source, target, data in found.edges(data=True):
        key = data.pop("id")
        graph.add_edges_from([(source, target, key, data)])
    return graph


READERS = {
    "graphml": lambda path: nx.read_graphml(path, edge_key_type=str, force_multigraph=True),
    "gexf": read_gexf,
    "json": lambda path: nx.node_link_graph(json.loads(path.read_text("utf-8")), edges="edges"),
}


def written(graph: nx.MultiDiGraph, folder, format: str, **options: bool) -> dict[str, bytes]:
    write_graph(graph, folder / f"out.{format}", **options)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_attributes_become_plain():
    nodes, edges = content(sanitize(chair()))
    assert nodes["firm:0274000000"] == {
        "cells_role": "a.xlsx!Предприятия!C2",
        "label": 'ООО "Колесо" (вымышлено)',
        "node": "enterprise",
        "role": "member",
    }
    assert nodes["item:chair"] == {"label": HARMLESS, "mass": 14.5, "node": "item"}
    assert type(nodes["item:chair"]["label"]) is type(nodes["firm:0274000000"]["role"]) is str
    assert edges["firm:0274000000", "item:chair", "edge:1"] == {
        "cells_each": "process:capability:ab = a.xlsx!B7",
        "contributions_code": 2.0,
        "contributions_words": -0.5,
        "edge": "could_make",
        "hours_each": "capability:0274000000:ab = 1.5",
        "recipes": '[{"part": "tube"}, {"part": "axle"}]',
        "steps": "welding; bending",
        "sure": True,
    }


def test_the_graph_given_stays_as_it_was():
    graph, same = chair(), chair()
    sanitize(graph)
    assert content(graph) == content(same)
    assert graph.graph == same.graph


def test_a_name_has_one_type():
    graph = nx.MultiDiGraph()
    for number, (whole, mixed) in enumerate([(1, 1), (2.5, "two"), (3, True)]):
        graph.add_node(str(number), whole=whole, mixed=mixed)
    nodes, _ = content(sanitize(graph))
    assert [type(data["whole"]) for data in nodes.values()] == [float] * 3
    assert [data["mixed"] for data in nodes.values()] == ["1", "two", "true"]


def test_missing_and_infinite_values_are_dropped():
    graph = nx.MultiDiGraph(nothing=None)
    graph.add_node("a", none=None, unknown=nan, endless=inf, empty=(), bare={}, zero=0, text="")
    clean = sanitize(graph)
    assert clean.nodes["a"] == {"zero": 0, "text": ""}
    assert clean.graph == {}


def test_names_that_formats_reserve_get_an_underscore():
    graph = nx.MultiDiGraph()
    graph.add_node("a", id="x", start=1)
    assert sanitize(graph).nodes["a"] == {"id_": "x", "start_": 1}


def test_edge_keys_become_unique():
    graph = nx.MultiDiGraph()
    graph.add_edges_from([("a", "b", "holds"), ("a", "c", "holds"), ("a", "b", "own")])
    keys = [key for _, _, key in sanitize(graph, secrets=True).edges(keys=True)]
    assert keys == ["a→b:holds", "own", "a→c:holds"]
    assert [key for _, _, key in sanitize(graph).edges(keys=True)] == ["edge:1", "edge:2", "edge:3"]


@pytest.mark.parametrize("value", [object(), b"bytes", 1j])
def test_other_kinds_of_attributes_are_refused(value):
    graph = nx.MultiDiGraph()
    graph.add_node("a", odd=value)
    with pytest.raises(ValueError, match="texts, numbers, booleans"):
        sanitize(graph)


def test_ids_that_would_fall_together_are_refused():
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(["a", "a\x0b"])
    with pytest.raises(ValueError, match="control characters"):
        sanitize(graph)


@pytest.mark.parametrize("format", FORMATS)
def test_secrets_stay_inside_unless_asked_for(tmp_path, format):
    graph = chair()
    graph.add_edge(
        "firm:0274000000",
        "item:chair",
        key="need",
        edge="needs",
        supplier="Секрет-1",
        offer={"price": "Секрет-2", "terms": ({"rate": "Секрет-3"},)},
        setup={"cost": "Секрет-4"},
        setup_costs="Секрет-5",
        Price="Секрет-6",
    )
    graph.graph["contact"] = graph.nodes["item:wheel"]["contacts"] = "Секрет-7"
    hidden = b"".join(written(graph, tmp_path, format).values()).decode()
    assert "Секрет" not in hidden
    assert "Иванов" not in hidden
    assert "900" not in hidden  # the import price of the catalogue
    told = b"".join(written(graph, tmp_path, format, secrets=True).values()).decode()
    assert all(f"Секрет-{number}" in told for number in range(1, 7))


@pytest.mark.parametrize("secrets", [False, True])
@pytest.mark.parametrize("format", READERS)
def test_a_file_reads_back_as_the_sanitized_graph(tmp_path, format, secrets):
    clean = sanitize(chair(), secrets=secrets)
    written(chair(), tmp_path, format, secrets=secrets)
    assert content(READERS[format](tmp_path / f"out.{format}")) == content(clean)


texts = st.text(st.characters(), max_size=8)
values = st.recursive(
    st.none() | texts | st.integers(-(2**53), 2**53) | st.floats() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=5,
)
attributes = st.dictionaries(st.sampled_from(["label", "a", "b", "id", "start", "price"]), values)


@st.composite
def graphs(draw):
    graph = nx.MultiDiGraph()
    for number in range(draw(st.integers(1, 4))):
        graph.add_node(f"item:{number}", node="item", label=draw(texts), extra=draw(attributes))
    for key in range(draw(st.integers(0, 5))):
        ends = [draw(st.sampled_from(sorted(graph))) for _ in range(2)]
        graph.add_edge(*ends, key=f"k{key % 3}", edge="needs", **draw(attributes))
    return graph


@pytest.mark.parametrize("format", READERS)
@settings(deadline=None)
@given(graph=graphs(), secrets=st.booleans())
def test_any_graph_reads_back(tmp_path_factory, format, graph, secrets):
    path = tmp_path_factory.mktemp("any") / f"out.{format}"
    write_graph(graph, path, secrets=secrets)
    assert content(READERS[format](path)) == content(sanitize(graph, secrets=secrets))


@pytest.mark.parametrize("format", FORMATS)
def test_insertion_order_changes_no_byte(tmp_path, format):
    first = written(chair(), tmp_path, format)
    for seed in range(5):
        assert written(shuffled(chair(), seed), tmp_path, format) == first


def test_gexf_keeps_to_its_schema(tmp_path):
    """What Gephi insists on: no date stamp, unique ids, labels, declared attributes in range."""
    path = tmp_path / "out.gexf"
    write_graph(chair(), path)
    assert b"lastmodifieddate" not in path.read_bytes()
    space = {"g": "http://www.gexf.net/1.2draft"}
    graph = ElementTree.parse(path).getroot().find("g:graph", space)
    assert dict(graph.attrib) == {"defaultedgetype": "directed", "mode": "static"}
    for kind in ("node", "edge"):
        parts = graph.findall(f"g:{kind}s/g:{kind}", space)
        assert len({part.get("id") for part in parts}) == len(parts) >= 3
        declared = {
            one.get("id"): one.get("type")
            for one in graph.findall(f"g:attributes[@class='{kind}']/g:attribute", space)
        }
        assert set(declared.values()) <= {"string", "double", "long", "boolean"}
        for part in parts:
            used = [one.get("for") for one in part.findall("g:attvalues/g:attvalue", space)]
            assert set(used) <= set(declared)
            assert "None" not in [one.get("value") for one in part.iter()]
    assert all(node.get("label") for node in graph.findall("g:nodes/g:node", space))


def test_graphml_declares_its_types(tmp_path):
    path = tmp_path / "out.graphml"
    write_graph(chair(), path)
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    keys = ElementTree.parse(path).getroot().findall("g:key", space)
    types = {(key.get("for"), key.get("attr.name")): key.get("attr.type") for key in keys}
    assert types["node", "mass"] == types["edge", "capacity"] == "double"
    assert types["edge", "sure"] == "boolean"
    assert len(types) == len(keys)


def test_json_is_standard(tmp_path):
    path = tmp_path / "out.json"
    write_graph(chair(), path)
    document = json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)
    assert document["directed"] is document["multigraph"] is True
    assert {"nodes", "edges", "graph"} <= set(document)


def rows(path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text("utf-8-sig"), newline="")))


def test_csv_is_a_pair_of_tables(tmp_path):
    write_graph(chair(), tmp_path / "out.csv")
    assert csv_paths(tmp_path / "out.csv") == (
        tmp_path / "out-nodes.csv",
        tmp_path / "out-edges.csv",
    )
    nodes, edges = rows(tmp_path / "out-nodes.csv"), rows(tmp_path / "out-edges.csv")
    assert list(nodes[0])[:3] == ["id", "node", "label"]
    assert list(edges[0])[:4] == ["source", "target", "key", "edge"]
    assert [row["id"] for row in nodes] == ["firm:0274000000", "item:chair", "item:wheel"]
    assert nodes[1]["label"] == HARMLESS
    assert nodes[2]["mass"] == "2.0"
    assert [row["key"] for row in edges] == ["edge:1", "edge:2", "edge:3", "edge:4"]


def test_csv_goes_into_a_folder_under_plain_names(tmp_path):
    write_graph(chair(), tmp_path, format="csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edges.csv", "nodes.csv"]


def test_csv_texts_are_no_formulas(tmp_path):
    graph = nx.MultiDiGraph()
    for number, text in enumerate(["=1+1", "+7 900", "-5 °C", "@SUM(A1)", "\t=1", "a=1"]):
        graph.add_node(f"item:{number}", node="item", label=text, balance=-5.0)
    write_graph(graph, tmp_path / "out.csv")
    nodes = rows(tmp_path / "out-nodes.csv")
    labels = ["'=1+1", "'+7 900", "'-5 °C", "'@SUM(A1)", "'\t=1", "a=1"]
    assert [row["label"] for row in nodes] == labels
    assert {row["balance"] for row in nodes} == {"-5.0"}


def test_the_format_follows_the_suffix_or_the_argument(tmp_path):
    write_graph(chair(), str(tmp_path / "A.GEXF"))
    write_graph(chair(), tmp_path / "b.xml", format="gexf")
    assert (tmp_path / "A.GEXF").read_bytes() == (tmp_path / "b.xml").read_bytes()
    assert tuple(WRITERS) == FORMATS


@pytest.mark.parametrize("name", ["out.xyz", "out"])
def test_an_unknown_format_names_the_known_ones(tmp_path, name):
    with pytest.raises(ValueError, match=re.escape("graphml, gexf, json, csv")):
        write_graph(chair(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_graph_can_be_written(tmp_path):
    for name in FORMATS:
        write_graph(nx.MultiDiGraph(), tmp_path / f"empty.{name}")
    assert len(list(tmp_path.iterdir())) == len(FORMATS) + 1


def test_read_only_mappings_are_mappings():
    graph = nx.MultiDiGraph()
    graph.add_node("a", details=MappingProxyType({"b": 1}))
    assert sanitize(graph).nodes["a"] == {"details_b": 1}


def test_a_failed_write_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "out.json"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "text")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("out.json", b"old")]


SURVEY = {
    "enterprises": [
        {"enterprise": "0001000010", "name": "ООО «Один»", "role": "member", "region": "RU-BA"}
        | {"involvement_cost": 777_001, "contact": "Секретов"},
        {"enterprise": "0001000028", "name": "ООО «Два»", "role": "member", "region": "RU-BA"}
        | {"involvement_cost": 777_003, "contact": "Секретов"},
    ],
    "items": [
        {"item": "wheel", "name_ru": "Колесо", "kind": "component", "unit": "pcs"}
        | {"import_price": 77_011, "domestic_price": 77_017},
        {"item": "tyre", "name_ru": "Шина", "kind": "component", "unit": "pcs"},
    ],
    "bom": [{"item": "wheel", "component": "tyre", "quantity": 1}],
    "routing": [{"item": "tyre", "process": "rubber-moulding", "hours": 0.25}],
    "offers": [
        {"enterprise": firm, "product": "Колесо", "item": "wheel", "price": price, "capacity": 9}
        for firm, price in (("0001000010", 77_023), ("0001000028", 77_029))
    ],
    "capabilities": [
        {"enterprise": "0001000010", "process": "вулканизация", "material": "резина"}
        | {"free_hours": 600, "rate": 77_041, "setup_cost": 77_047},
    ],
    "needs": [
        {"enterprise": firm, "product": "Колесо", "item": "wheel", "quantity": 24}
        | {"price": price, "country": "CN", "supplier": supplier}
        for firm, price, supplier in (
            ("0001000010", 77_069, "Wheel Trading Co"),
            ("0001000010", 77_081, "Колёсный дом"),
            ("0001000028", 77_093, "Wheel Trading Co"),
        )
    ],
}
SECRETS = {f.name for table in tables().values() for f in table.fields if f.secret}


def survey_graph(**changes):
    data = make_dataset(**SURVEY | changes)
    return build_graph(data, find_matches(data))


def changed_secrets(seed: int):
    """The survey with other prices, costs, suppliers and contacts."""
    chance = random.Random(seed)
    other = {float: lambda _: float(chance.randrange(70_000, 80_000)), int: None, str: None}
    other[int], other[str] = other[float], lambda _: f"Секрет {chance.random()}"
    return {
        name: [
            {k: other[type(v)](v) if k in SECRETS and v else v for k, v in row.items()}
            for row in rows
        ]
        for name, rows in SURVEY.items()
    }


@pytest.mark.parametrize("format", FORMATS)
def test_no_price_rate_or_cost_is_in_an_export(tmp_path, format):
    hidden = b"".join(written(survey_graph(), tmp_path, format).values()).decode()
    stated = {
        f"{value:g}"
        for rows in SURVEY.values()
        for row in rows
        for key, value in row.items()
        if key in SECRETS and not isinstance(value, str)
    }
    assert len(stated) == 11
    assert not [figure for figure in stated if figure in hidden.replace(".0", "")]


def test_an_export_is_the_same_whatever_the_secrets_are(tmp_path):
    """So that nobody can find out anything about them, by guessing and checking either."""
    public = [
        (folder := tmp_path / str(seed)).mkdir() or written(graph, folder, "json")
        for seed, graph in enumerate(
            [survey_graph(), *(survey_graph(**changed_secrets(seed)) for seed in range(5))]
        )
    ]
    assert all(content == public[0] for content in public[1:])


@pytest.mark.parametrize("format", FORMATS)
def test_a_guessed_supplier_cannot_be_checked(tmp_path, format):
    """Who knows all but the supplier, and tries every name, finds no digest to compare with."""
    hidden = b"".join(written(survey_graph(), tmp_path, format).values()).decode()
    guesses = [row_id(tables()["needs"], row) for row in SURVEY["needs"]]
    graph = survey_graph()
    assert {key for *_, key in edges_of_kind(graph, "needs")} == set(guesses)
    for id in guesses:
        assert id not in hidden
        assert id.rpartition(":")[2] not in hidden
    assert not re.search(r"(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{8}(?![0-9a-z])", hidden)


def test_what_speaks_of_an_edge_does_so_by_its_number():
    """The hours of what could be made name the mastery they are taken from."""
    clean = sanitize(survey_graph())
    (mastered,) = [k for _, _, k, e in clean.edges(keys=True, data="edge") if e == "masters"]
    (could,) = [e for _, _, e in clean.edges(data=True) if e["edge"] == "could_make"]
    assert could["hours_each"] == f"{mastered} = 0.25"
    assert f"free_hours:{mastered} = " in could["cells_each"]


def edges_of_kind(graph, kind):
    return [(s, t, k) for s, t, k, edge in graph.edges(keys=True, data="edge") if edge == kind]
