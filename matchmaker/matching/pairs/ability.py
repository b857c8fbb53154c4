"""Ability: who could make an item it does not make, told by processes and materials.

Beside block, compare and score: an enterprise could make an item when its capabilities
cover every process of the item's routing. Where the routing names a material and the
capability names others or a wider one only, the capability does not count; where it names none,
it counts and stays a question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from matchmaker.codebook import find_process, fold, meanings
from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.decisions import Rulings
from matchmaker.matching.pairs.score import add_up, contribute
from matchmaker.matching.text.materials import has_material
from matchmaker.model import Dataset, Decision

ABILITY = ("processes", "materials")
"""What contributes to "could make", beside the prior."""

PAIR = ["enterprise", "item"]
STEP_COLUMNS = [*PAIR, "process", "capability", "hours", "confirmed"]


@dataclass(frozen=True, slots=True, eq=False)
class Abilities:
    """Pairs of enterprise and item with levels, contributions and score; and their steps.

    `steps` has one row a process: which capability stands for it, hours per unit of the
    item, and whether its material is confirmed (1), not stated (NaN) or not asked (0).
    """

    pairs: pd.DataFrame
    steps: pd.DataFrame


def find_abilities(
    data: Dataset, made: pd.DataFrame, weights: Weights, rulings: Rulings
) -> Abilities:
    """Find every enterprise that masters all the processes of an item and does not make it.

    Parameters
    ----------
    data
        Capabilities, routing, and what people decided about words for processes.
    made
        Pairs of `enterprise` and `item` that are left out.
    rulings
        Decisions on capabilities for items: one rejected does not count, of one accepted the
        material is confirmed.
    """
    routing = data.table("routing")
    steps = _without(_complete(_steps(data, rulings), routing), made)
    levels = steps.groupby(PAIR, as_index=False).agg(
        processes=("process", "size"),
        materials=("confirmed", _confirmed),
    )
    values = {name: levels[name].to_numpy(dtype=float) for name in ABILITY}
    contributions = contribute(values, "could_make_prior", weights)
    pairs = pd.concat(
        [
            levels[PAIR],
            add_up(contributions),
            contributions,
            levels[list(ABILITY)].add_prefix("level_"),
        ],
        axis=1,
    )
    return Abilities(pairs, steps)


def _steps(data: Dataset, rulings: Rulings) -> pd.DataFrame:
    """Best capability of every enterprise for every process of every item."""
    capabilities, routing = data.table("capabilities"), data.table("routing")
    mine = capabilities[["id", "enterprise", "material", "rate"]].rename(
        columns={"id": "capability"}
    )
    process_of = read_processes(data.decisions)
    found = [process_of(text) for text in capabilities["process"]]
    material_of = meanings(data.decisions).get("material", {})
    if material_of:
        texts = mine["material"].fillna("")
        mine["material"] = [material_of.get(fold(text)) or text for text in texts]
    mine["process"] = np.array(found, dtype=object)
    steps = routing[["item", "process", "hours", "material"]].merge(
        mine.dropna(subset="process"), on="process", suffixes=("_asked", "_stated")
    )
    materials = zip(steps["material_asked"], steps["material_stated"], strict=True)
    steps["confirmed"] = np.array([_material(*both) for both in materials], dtype=np.float64)
    for (capability, item), accepted in rulings.capabilities.items():
        spoken = (steps["capability"] == capability) & (steps["item"] == item)
        steps.loc[spoken, "confirmed"] = 1.0 if accepted else -1.0
    best = steps[steps["confirmed"] != -1].sort_values(
        [*PAIR, "process", "confirmed", "rate", "capability"],
        ascending=[True, True, True, False, True, True],
    )
    return best.drop_duplicates([*PAIR, "process"])[STEP_COLUMNS].reset_index(drop=True)


def read_processes(decisions: Iterable[Decision]) -> Callable[[str], str | None]:
    """How a text is read as a process: as a person decided, or by the words it has."""
    decided = list(decisions)
    meant = meanings(decided).get("process", {})
    refused = {(one.text, one.value) for one in decided if not one.accepted}

    @cache
    def read(text: str) -> str | None:
        found = meant.get(fold(text)) or find_process(text)
        return None if (fold(text), found) in refused else found

    return read


def _material(asked: Any, stated: Any) -> float:
    """1 confirmed, 0 not asked, NaN asked but it or its grade not stated, -1 another material."""
    if pd.isna(asked) or not asked:
        return 0.0
    if pd.isna(stated) or not stated:
        return np.nan
    return has_material(str(asked), str(stated))


def _complete(steps: pd.DataFrame, routing: pd.DataFrame) -> pd.DataFrame:
    """Only the pairs of enterprise and item that have every process."""
    asked = steps["item"].map(routing.groupby("item")["process"].nunique())
    have = steps.groupby(PAIR)["process"].transform("size")
    return steps[have == asked]


def _without(steps: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    known = pd.MultiIndex.from_frame(made[PAIR])
    return steps[~pd.MultiIndex.from_frame(steps[PAIR]).isin(known)].reset_index(drop=True)


def _confirmed(materials: pd.Series[float]) -> float:
    """How many materials are confirmed; NaN when some were asked and none was stated."""
    total = materials.sum(min_count=0)
    return np.nan if total == 0 and materials.isna().any() else float(total)
