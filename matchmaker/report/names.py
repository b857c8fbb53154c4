"""Ids in words: items, enterprises, operations and survey cells of one result.

First file of the room; every other asks it for the names it shows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from matchmaker.chains import Chain, Result, Step
from matchmaker.codebook import TURNKEY, format_quantity, regions, say
from matchmaker.graph import edges_of
from matchmaker.recommend import Sentences

_QUOTED = re.compile(r"[«\"“]([^«»\"“”]+)[»\"”]")
_ONLY_RECIPE = "base"

Edge = tuple[str, str, str]
"""(enterprise, item, key) of an edge of the graph."""


class Names:
    """Words for the ids of a result, in one language."""

    def __init__(self, result: Result, lang: str) -> None:
        self.result = result
        self.lang = lang
        self.sentences = Sentences(result.graph, lang)
        self.steps = self.sentences.steps
        self._crowded = self._short_names_of_several()

    def say(self, key: str, **blanks: object) -> str:
        """Phrase of the report in the language of the page."""
        return say(f"report.{key}", self.lang, **blanks)

    def label(self, id: str) -> str:
        """Name of an item or enterprise."""
        return self.result.label(id, self.lang)

    def short(self, enterprise: str) -> str:
        """Name of an enterprise without its legal form, for drawings; in full when ambiguous."""
        brief = _brief(self.label(enterprise))
        return self.label(enterprise) if brief in self._crowded else brief

    def role(self, enterprise: str) -> str:
        """Standing of an enterprise towards the cluster: a value of `Role`."""
        return str(self.result.graph.nodes[enterprise]["role"])

    def role_word(self, role: str) -> str:
        """Word for a value of `Role`."""
        return self.say(f"role.{role}")

    def region(self, enterprise: str) -> str:
        """Region of an enterprise; empty when it is not stated."""
        return self.place(self.result.graph.nodes.get(enterprise, {}).get("region") or "")

    def place(self, iso: str) -> str:
        """Name of a region; the code itself when it is not in the codebook."""
        return regions()[iso].name(self.lang) if iso in regions() else iso

    def tone(self, step: Step) -> str:
        """What a step is coloured by: role of its enterprise, or the kind of purchase."""
        return self.role(step.enterprise) if step.enterprise else str(step.kind)

    def maker(self, step: Step) -> str:
        """Who brings the item forth: an enterprise, the market, import or nobody."""
        return self.label(step.enterprise) if step.enterprise else self.say(f"kind.{step.kind}")

    def alternative(self, text: str) -> str:
        """Words for a recipe; empty when the item has just one."""
        if text == TURNKEY:
            return self.say("turnkey")
        return "" if text == _ONLY_RECIPE else text

    def quantity(self, amount: float, unit: str) -> str:
        """Amount with the sign of its unit."""
        return format_quantity(amount, unit, self.lang)

    def edge(self, operation: str) -> Edge | None:
        """Edge of the graph that an operation came from; None for purchases."""
        return self.steps[operation].edge

    def operation(self, operation: str, known: str = "") -> str:
        """An operation in words: «Рама – ООО "Каркас" (steel)»; of a known item the maker alone."""
        step = self.steps[operation]
        recipe = self.alternative(step.alternative)
        maker = self.label(step.enterprise) if step.enterprise else self.say(f"kind.{step.kind}")
        if recipe:
            maker += f" ({recipe})"
        if step.item == known:
            return maker
        return self.say("operation", item=self.label(step.item), maker=maker)

    def loads(self, chain: Chain) -> Mapping[str, float]:
        """Used part of the capacity, or of the scarcest hours, of each step that has any."""
        free = {k: e["free_hours"] for _, _, k, e in edges_of(self.result.graph, "masters")}
        taken: dict[str, float] = defaultdict(float)
        known = [(step, edge) for step in chain.steps if (edge := self.edge(step.operation))]
        for step, edge in known:
            for resource, amount in self._resources(edge).items():
                taken[resource] += amount * step.quantity
        loads: dict[str, float] = {}
        for step, edge in known:
            limits = {edge[2]: step.capacity, **free}
            shares = [taken[r] / limit for r in self._resources(edge) if (limit := limits.get(r))]
            if shares:
                loads[step.operation] = max(shares)
        return loads

    def _resources(self, edge: Edge) -> Mapping[str, float]:
        """Amount per unit of what an operation uses up: its offer, or hours of capabilities."""
        attributes: Mapping[str, Any] = self.result.graph.edges[edge]
        return {edge[2]: 1.0, **attributes.get("hours", {})}

    def _short_names_of_several(self) -> set[str]:
        nodes = self.result.graph.nodes(data=True)
        briefs = [_brief(self.label(n)) for n, own in nodes if own["node"] == "enterprise"]
        return {brief for brief in briefs if briefs.count(brief) > 1}


def cell_groups(cells: Iterable[str]) -> tuple[str, ...]:
    """Survey cells by sheet: «survey.xlsx, Производим: F5, G5»."""
    groups: dict[str, list[str]] = defaultdict(list)
    for cell in cells:
        file, sheet, place = cell.rsplit("!", 2)
        alike = PurePath(file).stem == sheet
        groups[file if alike else f"{file}, {sheet}"].append(place)
    return tuple(
        f"{source}: {', '.join(sorted(set(places), key=_cell_order))}"
        for source, places in groups.items()
    )


def _cell_order(place: str) -> tuple[int, int, str]:
    digits = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits or 0), len(place), place


def _brief(name: str) -> str:
    quoted = _QUOTED.search(name)
    return quoted.group(1).strip() if quoted else name
