"""Conditions: what is open travels from a cell to the verdict, and the certain answer beside it.

Every figure is by hand: 10 chairs a year, assembled by Alpha for 500 RUB each, of 2 frames.
Beta makes a frame for 300 RUB, the market sells it for 700 RUB, import for 1 000 RUB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import matchmaker as mm
from matchmaker.conditions import ConditionKind

ALPHA, BETA = "0274000010", "0274000027"
CHAIR = {"item": "chair", "name_ru": "Стул", "kind": "product", "unit": "pcs"}
FRAME = {"item": "frame", "name_ru": "Рама", "kind": "component", "unit": "pcs"}
TABLES = {
    "enterprises": [
        {"enterprise": ALPHA, "name": "ООО «Альфа»", "role": "member"},
        {"enterprise": BETA, "name": "ООО «Бета»", "role": "member"},
    ],
    "items": [CHAIR, FRAME | {"import_price": "1000", "domestic_price": "700"}],
    "bom": [{"item": "chair", "component": "frame", "quantity": "2"}],
    "offers": [
        {"enterprise": ALPHA, "product": "Стул", "item": "chair", "price": "500", "capacity": "9"},
        {"enterprise": BETA, "product": "Рама", "item": "frame", "price": "300", "capacity": "9"},
    ],
    "demands": [{"item": "chair", "quantity": "10"}],
}
BEST, BOUGHT = 10 * (500 + 2 * 300), 10 * (500 + 2 * 700)
"""Cost with the frames of Beta, and with those of the market."""


def ask(folder: Path, goal: str = "cost", **changed: list[Mapping[str, str]]) -> mm.Result:
    """Answer for the chairs, every condition weighed, when some tables are others."""
    for name, rows in (TABLES | changed).items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
    survey, issues = mm.read_survey(folder)
    with mm.Store(folder / "x.db", create=True) as store:
        store.add(survey, issues)
        data, matches, _ = mm.match_store(store, ["chair"])
    graph = mm.build_graph(data, matches, ["chair"])
    return mm.weigh_conditions(mm.compose_chains(graph, mm.Demand("chair", 10), goal=goal))


def changed(table: str, row: int, **cells: str) -> dict[str, list[dict[str, str]]]:
    """A table of which one row has other cells."""
    rows: list[dict[str, str]] = [dict(one) for one in TABLES[table]]
    rows[row] |= cells
    return {table: rows}


def kinds(result: mm.Result) -> list[str]:
    return [f"{one.kind}:{one.table}:{one.field}" for one in result.conditions]


def cost_of(result: mm.Result | None) -> float:
    assert result is not None
    return result.chains[0].cost


def test_all_stated_is_proven_without_conditions(tmp_path):
    result = ask(tmp_path)
    assert (cost_of(result), result.conditions, result.certain) == (BEST, (), None)
    assert "Доказано: " in mm.explain(result)


def test_a_line_that_waits_is_a_condition_and_its_recipe_is_not_certain(tmp_path):
    bolt = FRAME | {"item": "bolt", "name_ru": "Болт", "domestic_price": "5"}
    lines = [*TABLES["bom"], {"item": "chair", "component": "bolt", "quantity": "8-10"}]
    result = ask(tmp_path, items=[*TABLES["items"], bolt], bom=lines)
    assert cost_of(result) == BEST
    (condition,) = result.conditions
    assert (condition.kind, condition.value) == (ConditionKind.ROW_WAITING, "bolt")
    assert condition.recipes == (("item:chair", "base"),)
    assert result.certain is not None
    assert result.certain.status is mm.Status.INFEASIBLE
    told = mm.explain(result)
    assert "Доказано на условиях (1)" in told
    assert "bom.csv!bom!3" in told


def test_the_certain_answer_takes_the_recipe_that_is_whole(tmp_path):
    plastic = FRAME | {"item": "shell", "name_ru": "Корпус", "domestic_price": "900"}
    lines = [
        {"item": "chair", "alternative": "metal", "component": "frame", "quantity": "2"},
        {"item": "chair", "alternative": "metal", "component": "shell", "quantity": "1 шт.*"},
        {"item": "chair", "alternative": "plastic", "component": "shell", "quantity": "1"},
    ]
    result = ask(tmp_path, items=[*TABLES["items"], plastic], bom=lines)
    assert cost_of(result) == BEST
    assert cost_of(result.certain) == 10 * (500 + 900)
    (condition,) = result.conditions
    assert dict(condition.worth)["cost"] == 10 * (900 - 600)


def test_a_whole_alternative_that_waits_may_be_better(tmp_path):
    lines = [
        *TABLES["bom"],
        {"item": "chair", "alternative": "wood", "component": "frame", "quantity": "1-2"},
    ]
    (condition,) = ask(tmp_path, bom=lines).conditions
    assert condition.rival
    assert not condition.certain_without


def test_an_offer_that_waits_may_be_better_at_most_by_what_the_item_costs(tmp_path):
    result = ask(tmp_path, **changed("offers", 1, price="дорого"))
    assert cost_of(result) == BOUGHT
    (condition,) = result.conditions
    assert (condition.table, condition.item, condition.rival) == ("offers", "item:frame", True)
    assert dict(condition.worth)["cost"] == 10 * 2 * 700


def test_an_offer_that_waits_of_another_item_is_no_condition(tmp_path):
    lamp = FRAME | {"item": "lamp", "name_ru": "Светильник"}
    offer = {"enterprise": BETA, "product": "Светильник", "item": "lamp", "price": "1-2"}
    result = ask(tmp_path, items=[*TABLES["items"], lamp], offers=[*TABLES["offers"], offer])
    assert result.conditions == ()


def test_a_capacity_that_is_not_stated_is_a_condition(tmp_path):
    result = ask(tmp_path, **changed("offers", 1, capacity=""))
    assert (cost_of(result), cost_of(result.certain)) == (BEST, BOUGHT)
    assert kinds(result) == ["not-stated:offers:capacity"]
    assert dict(result.conditions[0].worth)["cost"] == BOUGHT - BEST


def test_a_price_that_is_not_stated_is_a_rival_worth_at_most_the_item(tmp_path):
    result = ask(tmp_path, **changed("offers", 1, price=""))
    assert kinds(result) == ["not-stated:offers:price"]
    assert dict(result.conditions[0].worth)["cost"] == 10 * 2 * 700


def test_what_nobody_uses_is_no_condition(tmp_path):
    """Beta's capacity is not stated, but its frames are dearer than those of the market."""
    result = ask(tmp_path, **changed("offers", 1, price="800", capacity=""))
    assert (cost_of(result), result.conditions) == (BOUGHT, ())


def test_a_rival_that_would_change_nothing_even_for_nothing_is_left_out(tmp_path):
    """With the ingot for nothing, the other recipe still takes nine frames instead of two."""
    ingot = FRAME | {"item": "ingot", "name_ru": "Слиток", "domestic_price": "9000"}
    lines = [
        {"item": "chair", "alternative": "usual", "component": "frame", "quantity": "2"},
        {"item": "chair", "alternative": "other", "component": "frame", "quantity": "9"},
        {"item": "chair", "alternative": "other", "component": "ingot", "quantity": "1"},
    ]
    offer = {"enterprise": BETA, "product": "Слиток", "item": "ingot", "price": ""}
    parts = {"items": [*TABLES["items"], ingot], "bom": lines}
    result = ask(tmp_path, **parts, offers=[*TABLES["offers"], offer])
    assert (cost_of(result), result.conditions) == (BEST, ())


@pytest.mark.parametrize(("price", "used"), [("9", True), ("90000", False)])
def test_a_price_out_of_proportion_is_a_condition(price, used, tmp_path):
    """Known of the frame: 700 and 1 000 RUB, in the middle 850."""
    result = ask(tmp_path, **changed("offers", 1, price=price))
    (condition,) = result.conditions
    assert (condition.kind, condition.value) == (ConditionKind.IMPLAUSIBLE, price)
    assert condition.rival is not used
    assert cost_of(result.certain if used else result) == BOUGHT


def test_a_certificate_nobody_showed_is_a_condition(tmp_path):
    result = ask(tmp_path, **changed("items", 1, certificates="ISO 9001"))
    assert kinds(result) == ["certificate-unknown:certificates:certificate"]
    assert (cost_of(result), cost_of(result.certain)) == (BEST, BOUGHT)
    shown = [{"enterprise": BETA, "certificate": "ISO 9001"}]
    held = tmp_path / "held"
    held.mkdir()
    assert (
        ask(held, certificates=shown, **changed("items", 1, certificates="ISO 9001")).conditions
        == ()
    )


def test_a_likely_match_is_a_condition_until_a_person_decides(tmp_path):
    for name, rows in TABLES.items():
        pd.DataFrame(rows).to_csv(tmp_path / f"{name}.csv", index=False)
    survey, issues = mm.read_survey(tmp_path)
    with mm.Store(tmp_path / "x.db", create=True) as store:
        store.add(survey, issues)
        data = store.snapshot()
    matches = mm.find_matches(data)
    rows = matches.rows.assign(
        probability=matches.rows["probability"].where(matches.rows["item"] != "frame", 0.8)
    )
    doubtful = replace(matches, rows=rows, threshold=0.9)
    graph = mm.build_graph(data, doubtful)
    result = mm.weigh_conditions(mm.compose_chains(graph, mm.Demand("chair", 10), goal="cost"))
    assert (cost_of(result), cost_of(result.certain)) == (BEST, BOUGHT)
    (condition,) = result.conditions
    assert (condition.kind, condition.probability) == (ConditionKind.MATCH_LIKELY, 0.8)


def test_the_certain_answer_says_whom_it_does_without(tmp_path):
    items = changed("items", 1, domestic_price="")
    result = ask(tmp_path, goal="localisation", **items, **changed("offers", 1, capacity=""))
    assert result.certain is not None
    (gap,) = result.certain.chains[0].gaps
    assert gap.reasons == (("not-certain", f"firm:{BETA}"),)


def test_gaps_and_members_say_what_is_still_open(tmp_path):
    rows = [TABLES["enterprises"][0], TABLES["enterprises"][1] | {"role": "interested"}]
    imported = changed("items", 1, domestic_price="")
    result = ask(tmp_path, enterprises=rows, **imported, **changed("offers", 1, price=""))
    (gap,) = mm.find_gaps(result.graph, mm.Demand("chair", 10))
    assert [(one.kind, one.field) for one in gap.conditions] == [("not-stated", "price")]
    assert "цена «Рама» не указана" in mm.explain(gap, result.graph)
    folder = tmp_path / "capacity"
    folder.mkdir()
    result = ask(folder, enterprises=rows, **imported, **changed("offers", 1, capacity=""))
    (advice,) = mm.recommend_members(result.graph, mm.Demand("chair", 10))
    assert advice.value == 10 * 2 * 1000
    assert [(one.kind, one.field) for one in advice.conditions] == [("not-stated", "capacity")]


def test_certain_alone_asks_for_what_was_stated(tmp_path):
    result = ask(tmp_path, **changed("offers", 1, capacity=""))
    limits = mm.Limits(certain=True)
    certain = mm.compose_chains(result.graph, mm.Demand("chair", 10), goal="cost", limits=limits)
    assert cost_of(certain) == BOUGHT
    assert certain.conditions == ()


def test_the_graph_that_is_exported_says_what_is_open(tmp_path):
    result = ask(tmp_path, **changed("offers", 1, capacity=""))
    mm.write_graph(result.graph, tmp_path / "graph.graphml")
    text = (tmp_path / "graph.graphml").read_text("utf-8")
    assert "not-stated:capacity" in text
