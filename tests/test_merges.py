"""Merges: several enterprises shown as one, exactly undone, never asked about again.

All firms here are invented.
"""

import pickle

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchmaker.codebook import tables
from matchmaker.errors import StoreError, UnknownEnterpriseError
from matchmaker.store import Conflict, Store
from matchmaker.store.database.schema import MATCH_STEP
from tests.test_blanks import give
from tests.test_store import firm, item, offer, survey

NO_STEPS = pd.DataFrame(columns=list(MATCH_STEP))
A, B, C = "0274000000", "7707083893", "CN-1"


def rows() -> dict[str, list[dict]]:
    """Two firms with one product in common at two prices, a third with its own."""
    return {
        "enterprises": [
            firm(A, city=None),
            firm(B, city="Уфа", role="external"),
            firm(C, country="CN"),
        ],
        "items": [item()],
        "offers": [
            offer(enterprise=A, price=100.0, capacity=None),
            offer(enterprise=B, price=120.0, capacity=50.0),
            offer(enterprise=B, product="Втулка", item=None, price=7.0),
            offer(enterprise=C, product="Ось", item=None, price=9.0),
        ],
    }


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "c.db", create=True) as made:
        made.add(survey(**rows()))
        yield made


def bytes_of(store: Store) -> bytes:
    data = store.snapshot()
    frames = {name: frame.to_csv() for name, frame in data.frames.items()}
    return pickle.dumps((frames, sorted(map(str, data.columns)), dict(data.borrowed)))


def offers_of(store: Store, key: str) -> dict[str, float]:
    frame = store.snapshot().table("offers")
    own = frame[frame["enterprise"] == key]
    return dict(zip(own["product"], own["price"], strict=True))


@pytest.mark.parametrize("merged", [[], [A, B], [A, B, C]])
def test_plain_rows_are_those_of_the_snapshot(store, merged):
    if merged:
        store.firms.merge(merged)
    data, plain = store.snapshot(), store.rows(tables())
    assert {name: plain.records(name) for name in tables()} == {
        name: data.records(name) for name in tables()
    }
    assert plain.columns == data.columns
    assert store.rows(["offers"]).records("offers") == data.records("offers")


def test_a_merged_firm_has_the_rows_of_both(store):
    assert store.firms.merge([A, f"firm:{B}"]) == [B]
    data = store.snapshot()
    assert list(data.table("enterprises")["enterprise"]) == [A, C]
    assert offers_of(store, A) == {"Колесо": 100.0, "Втулка": 7.0}
    assert store.firms.aliases() == {B: A}


def test_what_the_firm_lacks_is_borrowed_with_its_cell(store):
    store.firms.merge([A, B])
    data = store.snapshot()
    shown = data.table("enterprises").set_index("enterprise").loc[A]
    assert (shown["city"], shown["role"]) == ("Уфа", "member")
    assert data.cell("enterprises", f"firm:{A}", "city").row == 3
    assert data.cell("enterprises", f"firm:{A}", "name").row == 2
    wheel = data.table("offers").set_index("product").loc["Колесо"]
    assert (wheel["price"], wheel["capacity"]) == (100.0, 50.0)
    assert data.cell("offers", wheel["id"], "capacity").row == 3


def test_what_both_state_differently_is_listed(store):
    store.firms.merge([A, B])
    found = store.firms.conflicts([A])
    ours, theirs = (f"ООО «{key}» (вымышлено)" for key in (A, B))
    assert Conflict("enterprises", f"firm:{A}", "name", ours, f"firm:{B}", theirs) in found
    assert {(one.table, one.field) for one in found} == {
        ("enterprises", "name"),
        ("enterprises", "role"),
        ("offers", "price"),
    }
    assert store.firms.conflicts([C]) == []


def test_old_ids_lead_to_what_is_shown(store):
    ids = dict(zip(*store.snapshot().table("offers")[["price", "id"]].T.to_numpy(), strict=True))
    store.firms.merge([A, B])
    assert store.find(f"firm:{B}")[1]["id"] == f"firm:{A}"
    table, row = store.find(ids[120.0])
    assert (table, row["id"], row["price"], row["capacity"]) == ("offers", ids[100.0], 100.0, 50.0)
    assert store.find(ids[7.0])[1]["enterprise"] == A


def test_a_split_gives_back_the_very_bytes(store):
    before = bytes_of(store)
    store.firms.merge([A, B, C])
    assert bytes_of(store) != before
    assert store.firms.split(B) == [B]
    assert store.firms.split(f"firm:{A}") == [C]
    assert bytes_of(store) == before
    assert store.firms.distinct() == {frozenset({A, B}), frozenset({A, C})}


def test_importing_again_keeps_merges_and_finds_the_firm(store):
    store.firms.merge([A, B])
    merged = bytes_of(store)
    store.add(survey(**rows()))
    assert bytes_of(store) == merged
    later = offer(enterprise=B, product="Спица", item=None, price=1.0)
    store.add(survey("b.xlsx", offers=[later]))
    assert offers_of(store, A) == {"Колесо": 100.0, "Втулка": 7.0, "Спица": 1.0}


def test_firms_said_to_differ_stay_so_until_it_is_taken_back(store):
    store.firms.split(A, [B])
    store.add(survey(**rows()))
    assert store.firms.distinct() == {frozenset({A, B})}
    store.firms.merge([B, C])
    assert store.firms.distinct() == {frozenset({A, B})}
    store.firms.reopen(A)
    assert store.firms.distinct() == frozenset()
    store.firms.split(A, [C])
    store.firms.merge([A, B])
    assert (store.firms.distinct(), store.firms.aliases()) == (frozenset(), {B: A, C: A})


def test_saying_that_members_of_a_firm_differ_takes_them_apart(store):
    store.firms.merge([A, B, C])
    store.firms.split(A, [B])
    assert store.firms.aliases() == {C: A}
    store.firms.split(B, [A])
    assert store.firms.distinct() == {frozenset({A, B})}


def test_merges_of_merges_come_apart_in_the_order_they_were_made(store):
    store.firms.merge([B, C])
    inner = bytes_of(store)
    store.firms.merge([A, C])
    assert store.firms.aliases() == {B: A, C: A}
    assert store.firms.split(B) == [B]
    assert bytes_of(store) == inner
    assert store.firms.merge([B, C]) == []


def test_what_cannot_be_said_is_refused(store):
    with pytest.raises(UnknownEnterpriseError, match="0274000001"):
        store.firms.merge([A, "0274000001"])
    with pytest.raises(StoreError, match="not merged with any"):
        store.firms.split(C)
    with pytest.raises(StoreError, match="cannot differ from itself"):
        store.firms.split(A, [A])
    assert (store.firms.aliases(), store.firms.distinct()) == ({}, frozenset())


def keep(store: Store) -> None:
    """Keep that every offer of a wheel means the wheel."""
    offers = store.snapshot().table("offers").query("item == 'wheel'")
    told = {"table": "offers", "kind": "makes", "score": 1.0, "probability": 0.7}
    matches = (
        offers[["id", "enterprise", "item"]].assign(**told).astype(dict.fromkeys(told, object))
    )
    store.keep_matches("m", matches.astype({"score": float, "probability": float}), NO_STEPS)


def test_matches_kept_are_dropped_and_an_excerpt_knows_the_firm(store):
    keep(store)
    assert store.excerpt(["wheel"], method="m") is not None
    store.firms.merge([A, B])
    assert store.excerpt(["wheel"], method="m") is None
    keep(store)
    part = store.excerpt(["wheel"], method="m", enterprises=[B])
    whole = store.snapshot()
    assert list(part.data.table("enterprises")["enterprise"]) == [A]
    expected = whole.table("enterprises").query("enterprise == @A").reset_index(drop=True)
    pd.testing.assert_frame_equal(part.data.table("enterprises"), expected)
    assert part.data.cell("enterprises", f"firm:{A}", "city").row == 3


KEYS = st.sampled_from([A, B, C])
ACTS = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "differ", "reopen"]), KEYS, KEYS), max_size=6
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_whatever_was_decided_all_of_it_can_be_undone(acts, store):
    """The store is one for all examples: each gives it back as it was."""
    before = bytes_of(store)
    for act, one, other in acts:
        act_on(store, act, one, other)
        assert all(not set(pair) & store.firms.aliases().keys() for pair in store.firms.distinct())
    shown = set(store.snapshot().table("enterprises")["enterprise"])
    assert shown == {A, B, C} - store.firms.aliases().keys()
    while aliases := store.firms.aliases():
        store.firms.split(min(aliases))
    for key in (A, B, C):
        store.firms.reopen(key)
    assert bytes_of(store) == before
    assert store.firms.distinct() == frozenset()


def act_on(store: Store, act: str, one: str, other: str) -> None:
    """Decide, where it can be said at all."""
    if act == "merge":
        store.firms.merge([one, other])
    elif act == "reopen":
        store.firms.reopen(one)
    elif act == "differ" and one != other:
        store.firms.split(one, [other])
    elif act == "split" and one in store.firms.aliases():
        store.firms.split(one)


ONE, OTHER = "0299000011", "0299000029"
FIRMS = "ИНН;Предприятие;Роль;Страна;Стоимость вовлечения\n"
OFFERS = "ИНН;Продукция;Ед. изм.;Мин. заказ;Цена\n"


@pytest.fixture
def filled(tmp_path):
    """Two firms, of which one leaves to the codebook what the other states."""
    with Store(tmp_path / "d.db", create=True) as made:
        firms = f"{FIRMS}{ONE};Вымысел;участник;;\n{OTHER};Вымысел;участник;Беларусь;\n"
        offers = f"{OFFERS}{ONE};Втулка;;;10\n{OTHER};Втулка;кг;500;10\n"
        give(made, tmp_path, enterprises=firms, offers=offers)
        yield made


def bush(store: Store) -> tuple[str, float]:
    (row,) = store.snapshot().table("offers").to_dict("records")
    return row["unit"], row["minimum_order"]


@pytest.mark.parametrize("keys", [[ONE, OTHER], [OTHER, ONE]])
def test_a_stated_value_beats_a_default_of_either(filled, keys):
    filled.firms.merge(keys)
    assert bush(filled) == ("kg", 500)
    data = filled.snapshot()
    (firm_id,) = data.table("enterprises")["id"]
    assert list(data.table("enterprises")["country"]) == ["BY"]
    assert str(data.cell("enterprises", firm_id, "country")) == "enterprises.csv!enterprises!D3"
    (id,) = data.table("offers")["id"]
    assert str(data.cell("offers", id, "unit")) == "offers.csv!offers!C3"
    assert filled.firms.conflicts(keys) == []


def test_a_default_that_is_stated_is_an_answer(filled, tmp_path):
    give(filled, tmp_path, offers_2=f"{OFFERS}{ONE};Втулка;шт;;\n")
    filled.firms.merge([ONE, OTHER])
    assert bush(filled) == ("pcs", 500)
    assert [(one.field, one.kept, one.other) for one in filled.firms.conflicts([ONE])] == [
        ("unit", "pcs", "kg")
    ]
    give(filled, tmp_path, offers_3=f"{OFFERS}{ONE};Втулка;;;11\n")
    assert bush(filled) == ("pcs", 500)


def test_a_default_stays_one_when_the_file_comes_again(filled, tmp_path):
    give(filled, tmp_path, offers_2=f"ИНН;Продукция;Цена\n{ONE};Втулка;12\n")
    filled.firms.merge([ONE, OTHER])
    assert bush(filled) == ("kg", 500)
    filled.firms.split(OTHER)
    units = filled.snapshot().table("offers").set_index("enterprise")["unit"]
    assert units.to_dict() == {ONE: "pcs", OTHER: "kg"}


def test_a_third_that_states_otherwise_than_what_was_lent_is_a_conflict(filled, tmp_path):
    third = "0299000036"
    firms, offers = f"{FIRMS}{third};Вымысел;участник;;\n", f"{OFFERS}{third};Втулка;;300;10\n"
    give(filled, tmp_path, enterprises_2=firms, offers_2=offers)
    filled.firms.merge([ONE, OTHER, third])
    assert bush(filled) == ("kg", 500)
    assert [(one.field, one.kept, one.other) for one in filled.firms.conflicts([ONE])] == [
        ("minimum_order", 500, 300)
    ]


def test_the_history_of_a_merged_firm_is_that_of_all_its_rows(filled, tmp_path):
    give(filled, tmp_path, offers_2=f"{OFFERS}{OTHER};Втулка;кг;500;12\n{OTHER};Обод;шт;1;3\n")
    give(filled, tmp_path, offers_2=f"{OFFERS}{OTHER};Втулка;кг;500;12\n{OTHER};Обод;шт;1;4\n")
    ids = {
        row["enterprise"]: row["id"]
        for row in filled.snapshot().table("offers").query("product == 'Втулка'").to_dict("records")
    }
    assert filled.changes([f"firm:{ONE}"]) == filled.changes([ids[ONE]]) == []
    filled.firms.merge([ONE, OTHER])
    for asked in (ONE, OTHER):
        changes = filled.changes([f"firm:{asked}"])
        assert [(one.before, one.after) for one in changes] == [(10, 12), (3, 4)]
        assert [one.after for one in filled.changes([ids[asked]])] == [12]
    filled.firms.split(OTHER)
    assert filled.changes([f"firm:{ONE}"]) == []


def test_what_no_firm_stated_is_told_until_a_merge_lends_it(filled):
    assert filled.unstated("enterprises") == {
        f"firm:{ONE}": {"country", "involvement_cost"},
        f"firm:{OTHER}": {"involvement_cost"},
    }
    filled.firms.merge([ONE, OTHER])
    assert filled.unstated("enterprises") == {f"firm:{ONE}": {"involvement_cost"}}
