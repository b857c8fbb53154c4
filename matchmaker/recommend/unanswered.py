"""Unanswered: what was asked, or never asked, and would let a firm into chains if answered.

Before `questions`, which weighs it. A question is one way of one enterprise to bring forth one
item that lacks answers: all cells that it lacks together, for one of them alone opens nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from matchmaker.codebook import find_process
from matchmaker.graph import HOURS_MISSING, PRICE_MISSING, RATE_MISSING, edges_of, nodes_of
from matchmaker.model import Dataset

PRICE, RATE, HOURS, ANSWER, PROCESS = "price", "rate", "hours", "answer", "process"
"""What is asked for: the code of a note, and of the sentence that asks it."""

_LACKED = {PRICE_MISSING: (PRICE,), RATE_MISSING: (RATE,), HOURS_MISSING: (HOURS,)}

Pair = tuple[str, str]
Asks = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask an enterprise about an item, and the edge that a good answer would make.

    `asks` are (code, subject): what is lacking, and of which item, capability or process;
    `cells` are the empty cells by what they lack, where there is a row for them.
    """

    enterprise: str
    item: str
    asks: Asks
    cells: Mapping[str, str]
    key: str
    edge: Mapping[str, Any]

    @property
    def pair(self) -> Pair:
        """Enterprise and item."""
        return self.enterprise, self.item

    def answered(self, graph: nx.MultiDiGraph[str]) -> None:
        """Put the edge of a good answer into a graph."""
        graph.add_edge(self.enterprise, self.item, key=self.key, **self.edge)


def find_questions(graph: nx.MultiDiGraph[str], data: Dataset) -> list[Question]:
    """Every question whose answer could add a maker to an item, one a pair, sorted.

    A pair that can enter chains already is not asked again, nor is one that answered no.
    """
    barred = {
        (firm, item)
        for kind in ("makes", "could_make", "refuses")
        for firm, item, _, edge in edges_of(graph, kind)
        if edge.get("blocked") is None
    }
    found: dict[Pair, Question] = {}
    for question in (*_blocked(graph, data), *_call_sheets(graph, data), *_processes(graph, data)):
        if question.pair not in barred:
            found.setdefault(question.pair, question)
    return [found[pair] for pair in sorted(found)]


def _blocked(graph: nx.MultiDiGraph[str], data: Dataset) -> Iterator[Question]:
    """Ways that lack a price, a rate or free hours."""
    for kind in ("makes", "could_make"):
        for firm, item, key, edge in edges_of(graph, kind):
            if edge["blocked"] not in _LACKED:
                continue
            asks, cells = _lacking(data, edge.get("hours", ()))
            if not asks:
                asks, cells = ((PRICE, item),), _price_cell(data, key)
            price = edge["price"] if edge["price"] is not None else favourable_price(graph, item)
            good = {**edge, "blocked": None, "price": price, "hours": {}}
            yield Question(firm, item, asks, cells, key, good)


def _price_cell(data: Dataset, key: str) -> dict[str, str]:
    """Cell of the price of an offer or of a call-sheet row; none where no row has one."""
    prefixes = {"offer": "offers", "answer": "answers"}
    table = prefixes.get(key.partition(":")[0])
    return {PRICE: str(data.cell(table, key, "price"))} if table else {}


def _lacking(data: Dataset, capabilities: Iterable[str]) -> tuple[Asks, dict[str, str]]:
    """Rates and free hours that capabilities do not state, with the cells for them."""
    rows = data.table("capabilities").set_index("id")
    lacked = [
        (code, field, id)
        for id in capabilities
        for code, field in ((RATE, "rate"), (HOURS, "free_hours"))
        if rows[field].isna()[id]
    ]
    cells = {
        f"{code}:{id}": str(data.cell("capabilities", id, field)) for code, field, id in lacked
    }
    return tuple((code, id) for code, _, id in lacked), cells


def _call_sheets(graph: nx.MultiDiGraph[str], data: Dataset) -> Iterator[Question]:
    """Rows of call sheets that were sent out and have no answer."""
    frame = data.table("answers")
    for row in frame[frame["answer"].isna()].to_dict("records"):
        firm, item = f"firm:{row['enterprise']}", f"item:{row['item']}"
        if firm in graph and item in graph:
            cells = {ANSWER: str(data.cell("answers", row["id"], "answer"))}
            yield _unknown(graph, firm, item, ((ANSWER, item),), cells)


def _processes(graph: nx.MultiDiGraph[str], data: Dataset) -> Iterator[Question]:
    """Firms that master all the processes of an item but one, which nobody asked them for."""
    mastered: dict[str, set[str]] = defaultdict(set)
    frame = data.table("capabilities")
    for firm, text in zip(frame["enterprise"], frame["process"], strict=True):
        if process := find_process(text):
            mastered[f"firm:{firm}"].add(process)
    routing = data.table("routing")
    steps = routing.groupby("item")["process"].agg(set)
    firms = [firm for firm in nodes_of(graph, "enterprise") if firm in mastered]
    for item, asked in steps.items():
        node = f"item:{item}"
        if node not in graph or len(asked) < 2:
            continue
        for firm in firms:
            lacking = asked - mastered[firm]
            if len(lacking) == 1:
                yield _unknown(graph, firm, node, ((PROCESS, min(lacking)),), {})


def _unknown(
    graph: nx.MultiDiGraph[str],
    firm: str,
    item: str,
    asks: Asks,
    cells: Mapping[str, str],
) -> Question:
    """Question whose good answer is: we make it, as much as is needed, no dearer than today."""
    edge = {
        "edge": "could_make",
        "price": favourable_price(graph, item),
        "hours": {},
        "confidence": 1.0,
        "blocked": None,
        "cells": {},
    }
    return Question(firm, item, asks, cells, f"asked:{firm}:{item}", edge)


def favourable_price(graph: nx.MultiDiGraph[str], item: str) -> float:
    """What the item costs today at its cheapest, RUB per unit; 0 where nobody knows."""
    known = (graph.nodes[item][name] for name in ("import_price", "domestic_price"))
    return min((price for price in known if price is not None), default=0.0)
