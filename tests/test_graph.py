"""The graph: every node and edge of a small survey, its units, its cells and its blocks."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import networkx as nx
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchmaker.codebook import tables
from matchmaker.errors import UnknownItemError
from matchmaker.graph import (
    HOURS_MISSING,
    PRICE_MISSING,
    RATE_MISSING,
    UNIT_MISMATCH,
    build_graph,
    edges_of,
    nodes_of,
)
from matchmaker.matching import find_matches
from matchmaker.model import Dataset
from tests.fixtures import make_dataset

MAKER, BUYER, STRANGER = "0001000010", "0001000028", "0002000013"
TABLES: dict[str, list[dict[str, Any]]] = {
    "enterprises": [
        {
            "enterprise": MAKER,
            "name": "Мастер",
            "role": "member",
            "region": "RU-BA",
            "city": "Уфа",
            "contact": "секретный телефон",
            "answered_on": "2026-02-01",
            "involvement_cost": 5000,
        },
        {"enterprise": BUYER, "name": "Покупатель", "role": "interested"},
        {"enterprise": STRANGER, "name": "Посторонний", "role": "external", "region": "RU-TA"},
    ],
    "items": [
        {
            "item": "chair",
            "name_ru": "Кресло",
            "name_en": "Chair",
            "kind": "product",
            "unit": "pcs",
            "certificates": "ISO 13485; РУ Росздравнадзора",
        },
        {"item": "wheel", "name_ru": "Колесо", "kind": "component", "unit": "pcs"}
        | {"import_price": 900, "mass": 2},
        {"item": "tyre", "name_ru": "Шина", "kind": "component", "unit": "pcs"},
        {"item": "band", "name_ru": "Лента", "kind": "material", "unit": "m"},
        {"item": "sail", "name_ru": "Парус", "kind": "product", "unit": "m2"},
    ],
    "bom": [
        {"item": "chair", "component": "wheel", "quantity": 4},
        {"item": "wheel", "component": "tyre", "quantity": 1, "alternative": "soft"},
    ],
    "routing": [{"item": "tyre", "process": "rubber-moulding", "hours": 0.2}],
    "substitutes": [{"item": "tyre", "substitute": "band", "ratio": 1.9}],
    "offers": [
        {"enterprise": MAKER, "product": "Кресло", "item": "chair", "price": 3000}
        | {"capacity": 2400, "minimum_order": 12, "lead_time": 20},
        {"enterprise": MAKER, "product": "Колесо", "item": "wheel", "unit": "kpcs"}
        | {"price": 500_000, "capacity": 10, "minimum_order": 0.5},
    ],
    "capabilities": [
        {"enterprise": MAKER, "process": "вулканизация", "free_hours": 600, "rate": 1500}
        | {"setup_cost": 40_000, "material": "резина"},
    ],
    "needs": [
        {"enterprise": BUYER, "product": "Колесо", "item": "wheel", "unit": "kpcs"}
        | {"quantity": 2, "price": 850_000, "country": "CN", "supplier": "Wheel Ltd"},
    ],
    "certificates": [
        {"enterprise": MAKER, "certificate": "ISO 13485", "valid_until": "2027-01-01"},
        {"enterprise": MAKER, "certificate": "ISO 9001", "valid_until": "2025-12-31"},
    ],
    "settings": [{"setting": "freight_tariff", "value": 8}],
}


def dataset(**changes: list[dict[str, Any]]) -> Dataset:
    return make_dataset(**TABLES | changes)


def graph_of(data: Dataset, *items: str) -> nx.MultiDiGraph:
    return build_graph(data, find_matches(data), items or None)


def only_edge(graph: nx.MultiDiGraph, kind: str, target: str = "") -> tuple[str, str, Any]:
    found = [(source, end, edge) for source, end, _, edge in edges_of(graph, kind) if target in end]
    assert len(found) == 1, found
    return found[0]


def offer(**changes: Any) -> list[dict[str, Any]]:
    return [{"enterprise": MAKER, "product": "Колесо", "item": "wheel", "price": 500} | changes]


def capability(**changes: Any) -> list[dict[str, Any]]:
    return [TABLES["capabilities"][0] | changes]


def test_nodes_are_typed_and_sorted_by_kind():
    graph = graph_of(dataset())
    kinds = {kind: [*nodes_of(graph, kind)] for kind in dict(graph.nodes(data="node")).values()}
    assert kinds == {
        "item": ["item:band", "item:chair", "item:sail", "item:tyre", "item:wheel"],
        "enterprise": [f"firm:{MAKER}", f"firm:{BUYER}"],
        "certificate": [
            "certificate:iso 13485",
            "certificate:iso 9001",
            "certificate:ру росздравнадзора",
        ],
        "capability": ["process:rubber-moulding"],
        "region": ["region:RU-BA"],
    }


def test_edges_of_every_kind():
    graph = graph_of(dataset())
    found = {(edge["edge"], source, end) for source, end, edge in graph.edges(data=True)}
    maker = f"firm:{MAKER}"
    assert found == {
        ("makes", maker, "item:chair"),
        ("makes", maker, "item:wheel"),
        ("could_make", maker, "item:tyre"),
        ("needs", f"firm:{BUYER}", "item:wheel"),
        ("masters", maker, "process:rubber-moulding"),
        ("part_of", "item:wheel", "item:chair"),
        ("part_of", "item:tyre", "item:wheel"),
        ("substitutes", "item:band", "item:tyre"),
        ("requires", "item:tyre", "process:rubber-moulding"),
        ("requires", "item:chair", "certificate:iso 13485"),
        ("requires", "item:chair", "certificate:ру росздравнадзора"),
        ("located_in", maker, "region:RU-BA"),
        ("holds", maker, "certificate:iso 13485"),
        ("expired", maker, "certificate:iso 9001"),
    }


def test_items_and_enterprises_carry_what_chains_read():
    graph = graph_of(dataset())
    wheel, maker = graph.nodes["item:wheel"], graph.nodes[f"firm:{MAKER}"]
    assert (wheel["label"], wheel["kind"], wheel["unit"]) == ("Колесо", "component", "pcs")
    assert (wheel["import_price"], wheel["domestic_price"], wheel["mass"]) == (900, None, 2)
    assert graph.nodes["item:chair"]["label_en"] == "Chair"
    assert (maker["label"], maker["role"], maker["region"]) == ("Мастер", "member", "RU-BA")
    assert maker["involvement_cost"] == 5000


def test_composition_carries_quantities_and_alternatives():
    graph = graph_of(dataset())
    chair, tyre = only_edge(graph, "part_of", "chair")[2], only_edge(graph, "part_of", "wheel")[2]
    assert (chair["quantity"], chair["alternative"]) == (4, "base")
    assert (tyre["quantity"], tyre["alternative"]) == (1, "soft")
    assert only_edge(graph, "substitutes")[2]["ratio"] == 1.9


def test_settings_have_defaults():
    names = "freight_tariff", "road_factor"
    assert [graph_of(dataset()).graph[name] for name in names] == [8, 1]
    assert [graph_of(dataset(settings=[])).graph[name] for name in names] == [0, 1]


def test_offers_are_told_in_the_unit_of_the_item():
    """Thousands against pieces: 500 000 per thousand = 500 apiece, 10 thousand = 10 000."""
    offer = only_edge(graph_of(dataset()), "makes", "wheel")[2]
    assert (offer["price"], offer["capacity"], offer["minimum_order"]) == (500, 10_000, 500)
    assert (offer["unit_factor"], offer["blocked"]) == (1000, None)


def test_needs_are_told_in_the_unit_of_the_item():
    """2 thousand at 850 000 per thousand = 2 000 at 850 apiece."""
    need = only_edge(graph_of(dataset()), "needs")[2]
    assert (need["quantity"], need["price"]) == (2000, 850)
    assert (need["country"], need["supplier"]) == ("CN", "Wheel Ltd")


def test_a_capability_costs_hours_times_rate():
    """0.2 h × 1 500 = 300 apiece, and 40 000 to launch."""
    graph = graph_of(dataset())
    could, mastery = only_edge(graph, "could_make")[2], only_edge(graph, "masters")[2]
    assert (could["price"], could["setup_cost"], could["blocked"]) == (300, 40_000, None)
    assert [*could["hours"].values()] == [0.2]
    assert (mastery["free_hours"], mastery["rate"]) == (600, 1500)
    assert [key for *_, key, _ in edges_of(graph, "masters")] == [*could["hours"]]


@pytest.mark.parametrize(
    ("changes", "kind", "blocked"),
    [
        ({"offers": offer()}, "makes", None),
        ({"offers": offer(price=None)}, "makes", PRICE_MISSING),
        ({"offers": offer(unit="kg")}, "makes", UNIT_MISMATCH),
        ({"offers": offer(unit="kg", price=None)}, "makes", UNIT_MISMATCH),
        ({"capabilities": capability(rate=None)}, "could_make", RATE_MISSING),
        ({"capabilities": capability(free_hours=None)}, "could_make", HOURS_MISSING),
        (
            {"capabilities": capability(rate=None, free_hours=None)},
            "could_make",
            RATE_MISSING,
        ),
        (
            {"needs": [{"enterprise": BUYER, "product": "Колесо", "item": "wheel", "unit": "kg"}]},
            "needs",
            UNIT_MISMATCH,
        ),
    ],
)
def test_an_edge_that_cannot_enter_a_chain_says_why(changes, kind, blocked):
    assert only_edge(graph_of(dataset(**changes)), kind)[2]["blocked"] == blocked


def test_what_is_not_stated_stays_unknown():
    edge = only_edge(graph_of(dataset(offers=offer())), "makes")[2]
    assert (edge["capacity"], edge["lead_time"], edge["minimum_order"]) == (None, None, 0)


def holders(as_of: date | None = None, **firm: Any) -> list[str]:
    enterprises = [TABLES["enterprises"][0] | firm]
    own = [row for row in TABLES["offers"] if row["enterprise"] == MAKER]
    data = dataset(enterprises=enterprises, offers=own, needs=[])
    graph = build_graph(data, find_matches(data), as_of=as_of)
    held, expired = (
        {end for _, end, _, _ in edges_of(graph, kind)} for kind in ("holds", "expired")
    )
    assert held | expired == {"certificate:iso 13485", "certificate:iso 9001"}
    assert not held & expired
    return sorted(held)


def test_a_certificate_that_ran_out_before_the_answer_is_not_held():
    held = "certificate:iso 13485"
    assert holders() == [held]
    assert holders(answered_on="2025-12-31") == [held, "certificate:iso 9001"]
    assert holders(answered_on="2027-01-02") == []
    assert holders(answered_on=None) == [held, "certificate:iso 9001"]


@pytest.mark.parametrize("answered", ["2024-01-01", "2026-06-01", "2030-01-01", None])
def test_a_certificate_is_judged_at_the_day_stated(answered):
    """ISO 9001 is valid through 2025-12-31, ISO 13485 through 2027-01-01, whenever answered."""
    first, second = "certificate:iso 13485", "certificate:iso 9001"
    for day, held in (
        (date(2025, 12, 31), [first, second]),
        (date(2026, 1, 1), [first]),
        (date(2027, 1, 1), [first]),
        (date(2027, 1, 2), []),
    ):
        assert holders(day, answered_on=answered) == held


def test_only_what_the_items_asked_for_depend_on():
    data = dataset()
    graph = graph_of(data, "wheel")
    assert [*nodes_of(graph, "item")] == ["item:band", "item:tyre", "item:wheel"]
    assert [end for _, end, _, _ in edges_of(graph, "makes")] == ["item:wheel"]
    assert nx.utils.graphs_equal(graph, graph_of(data, "item:wheel"))
    assert [*nodes_of(graph_of(data, "sail"), "item")] == ["item:sail"]
    whole = graph_of(data, "chair", "sail")
    assert nx.utils.graphs_equal(whole, graph_of(data))


def test_members_and_interested_are_there_whatever_they_make():
    assert [*nodes_of(graph_of(dataset(), "sail"), "enterprise")] == [
        f"firm:{MAKER}",
        f"firm:{BUYER}",
    ]


def test_a_stranger_is_there_only_when_it_matters():
    offers = [{"enterprise": STRANGER, "product": "Шина", "item": "tyre", "price": 90}]
    data = dataset(offers=offers)
    assert f"firm:{STRANGER}" in graph_of(data, "wheel")
    assert f"firm:{STRANGER}" not in graph_of(data, "sail")


@pytest.mark.parametrize("asked", ["whel", "item:whel"])
def test_an_unknown_item_brings_the_nearest_names(asked):
    with pytest.raises(UnknownItemError, match="Did you mean: item:wheel") as caught:
        graph_of(dataset(), asked)
    assert caught.value.nearest[0] == "item:wheel"


def values(graph: nx.MultiDiGraph) -> str:
    return repr([*graph.nodes(data=True)]) + repr([*graph.edges(keys=True, data=True)])


def test_nobody_s_contact_is_in_the_graph():
    assert "секретный" not in values(graph_of(dataset()))


CELLED = {
    "makes": ("offers", ("product", "price", "capacity", "minimum_order", "lead_time")),
    "needs": ("needs", ("product", "quantity", "price", "country")),
    "part_of": ("bom", ("quantity",)),
    "substitutes": ("substitutes", ("ratio",)),
    "masters": ("capabilities", ("process", "free_hours", "rate")),
    "holds": ("certificates", ("certificate",)),
}


@pytest.mark.parametrize("kind", CELLED)
def test_every_figure_names_its_survey_cell(kind):
    """`make_dataset` puts row n of a table in row n + 2, its fields in columns A, B, …"""
    table, fields = CELLED[kind]
    names = [field.name for field in tables()[table].fields]
    row = TABLES[table][-1 if kind == "makes" else 0]
    line = len(TABLES[table]) + 1 if kind == "makes" else 2
    target = {"makes": "wheel", "part_of": "chair"}.get(kind, "")
    cells = only_edge(graph_of(dataset()), kind, target)[2]["cells"]
    asked = [name for name in fields if name in row or name == "ratio"]
    assert cells == {
        name: f"test.xlsx!{table}!{'ABCDEFGHIJKLM'[names.index(name)]}{line}" for name in asked
    }


def test_the_cells_of_a_capability_name_its_row():
    graph = graph_of(dataset())
    (id,) = only_edge(graph, "could_make")[2]["hours"]
    cells: Mapping[str, str] = only_edge(graph, "could_make")[2]["cells"]
    assert cells == {
        f"process:{id}": "test.xlsx!capabilities!B2",
        f"free_hours:{id}": "test.xlsx!capabilities!F2",
        f"rate:{id}": "test.xlsx!capabilities!G2",
        f"setup_cost:{id}": "test.xlsx!capabilities!H2",
    }
    wheel = graph.nodes["item:wheel"]["cells"]
    assert wheel["import_price"].startswith("test.xlsx!items!")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(random):
    data = dataset()
    shuffled = {}
    for name, frame in data.frames.items():
        rows = frame.to_dict("records")
        random.shuffle(rows)
        shuffled[name] = pd.DataFrame(rows, columns=frame.columns)
    again = make_dataset(**shuffled)
    assert values(graph_of(again)) == values(graph_of(data))


def test_the_dataset_and_the_matches_stay_as_they_were():
    data = dataset()
    matches = find_matches(data)
    before = {name: frame.copy() for name, frame in data.frames.items()}
    rows = matches.to_frame()
    build_graph(data, matches)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(data.table(name), frame)
    pd.testing.assert_frame_equal(matches.to_frame(), rows)
