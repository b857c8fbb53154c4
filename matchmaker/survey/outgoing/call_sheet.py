"""Call sheet: what the parts of a product are, in what order and quantity suppliers are asked.

A product is followed by its parts, the parts of a part after it, each item once, where it first
occurs. How many a year may be needed is the most that any choice among alternatives and
substitutes takes, so it is an upper bound. Nothing of any firm and no price is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan
from typing import Any, cast

import pandas as pd

from matchmaker.codebook import tables
from matchmaker.errors import UnknownEnterpriseError, UnknownItemError
from matchmaker.model import Dataset

PHANTOM = "phantom"
"""Kind of an item that nobody assembles separately: nobody is asked for it."""

ANSWERED = ("answer", "price", "capacity", "comment")
"""Fields of a call sheet that a firm fills in."""

Recipes = Mapping[str, Sequence[Mapping[str, float]]]


def make_call_sheet(
    frames: Mapping[str, pd.DataFrame], products: Sequence[str], *, lang: str = "ru"
) -> pd.DataFrame:
    """Rows of the table `answers` that ask about products and all they are made of.

    Parameters
    ----------
    frames
        The catalogue by table: `items`, and `bom`, `substitutes`, `demands` where there are any.
    products
        Codes of the products, with or without `item:`.

    Returns
    -------
    pandas.DataFrame
        The fields of `answers` without an enterprise and without answers, `needed` in the item's
        unit per year, and `level`: how deep in the product the item stands, 0 for the product.

    Raises
    ------
    UnknownItemError
        When the catalogue lacks a product.
    """
    items = frames["items"].set_index("item").to_dict("index")
    asked = list(dict.fromkeys(product.removeprefix("item:") for product in products))
    for product in asked:
        if product not in items:
            raise UnknownItemError(product, map(str, items))
    recipes = _recipes(frames)
    demanded = {row["item"]: row["quantity"] for row in _rows(frames, "demands")}
    needed = _needed(recipes, asked, demanded)
    rows = [
        {
            "item": item,
            "product": items[item].get(f"name_{lang}") or items[item]["name_ru"],
            "unit": items[item]["unit"],
            "needed": needed.get(item),
            "level": level,
        }
        for item, level in _walk(recipes, asked)
        if item in items and items[item]["kind"] != PHANTOM
    ]
    names = [field.name for field in tables()["answers"].fields]
    return pd.DataFrame(rows, columns=[*names, "level"])


def _recipes(frames: Mapping[str, pd.DataFrame]) -> Recipes:
    """Ways to come by an item, each with what it takes: alternatives, and every substitute."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in _rows(frames, "bom"):
        found[row["item"]][row["alternative"]][row["component"]] = row["quantity"]
    for row in _rows(frames, "substitutes"):
        found[row["item"]][f"→ {row['substitute']}"][row["substitute"]] = row["ratio"]
    return {item: list(ways.values()) for item, ways in found.items()}


def _rows(frames: Mapping[str, pd.DataFrame], table: str) -> Iterator[dict[str, Any]]:
    if table in frames:
        yield from cast("list[dict[str, Any]]", frames[table].to_dict("records"))


def _walk(recipes: Recipes, products: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Items with their depth: a product, then its parts, each followed by its own."""
    seen: set[str] = set()
    waiting = [(product, 0) for product in reversed(products)]
    while waiting:
        item, level = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        yield item, level
        parts = dict.fromkeys(part for way in recipes.get(item, ()) for part in way)
        waiting += [(part, level + 1) for part in reversed(parts)]


def _needed(
    recipes: Recipes, products: Sequence[str], demanded: Mapping[str, float]
) -> dict[str, float]:
    """The most of every item that the demands may take in a year, where all of them are known."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(
        (item, part) for item, ways in recipes.items() for way in ways for part in way
    )
    graph.add_nodes_from(products)
    uses: dict[str, dict[str, float]] = {}
    for product in products:
        for item in nx.dfs_postorder_nodes(graph, product):
            uses[item] = _most([_taken(way, uses) for way in recipes.get(item, ())]) | {item: 1.0}
    total: dict[str, float] = defaultdict(float)
    for product in products:
        for item, quantity in uses[product].items():
            total[item] += quantity * demanded.get(product, nan)
    return {item: float(f"{most:.10g}") for item, most in total.items() if not isnan(most)}


def _taken(way: Mapping[str, float], uses: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What one unit takes in all, by one way of coming by it."""
    total: dict[str, float] = defaultdict(float)
    for part, quantity in way.items():
        for item, each in uses.get(part, {}).items():
            total[item] += quantity * each
    return total


def _most(ways: Sequence[Mapping[str, float]]) -> dict[str, float]:
    most: dict[str, float] = {}
    for way in ways:
        for item, quantity in way.items():
            most[item] = max(quantity, most.get(item, 0.0))
    return most


def answers_of(data: Dataset, enterprise: str | None = None) -> dict[str, pd.DataFrame]:
    """What one enterprise has answered, or what all have, by table; empty tables are left out.

    Parameters
    ----------
    enterprise
        Its tax number, with or without `firm:`.

    Raises
    ------
    UnknownEnterpriseError
        When nothing is stored of it.
    """
    asked = [table.name for table in tables().values() if table.part == "survey"]
    frames = {name: data.table(name) for name in asked}
    if enterprise is not None:
        number = enterprise.removeprefix("firm:")
        known = set(frames["enterprises"]["enterprise"])
        if number not in known:
            raise UnknownEnterpriseError(number, known)
        frames = {name: frame[frame["enterprise"] == number] for name, frame in frames.items()}
    return {name: frame.reset_index(drop=True) for name, frame in frames.items() if len(frame)}


def fill_in(sheet: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Call sheet of the one enterprise of `frames`, with its answers and those beyond the sheet."""
    sheet = sheet.assign(enterprise=frames["enterprises"]["enterprise"].iloc[0])
    if "answers" not in frames:
        return sheet
    stored = frames["answers"].set_index("item")
    answered = [name for name in ANSWERED if name in stored]
    filled = sheet.set_index("item")
    filled[answered] = stored[answered].reindex(filled.index)
    beyond = stored[~stored.index.isin(filled.index)].assign(level=0)
    both = [part.reset_index() for part in (filled, beyond) if len(part)]
    return pd.concat(both, ignore_index=True)[list(sheet.columns)]
