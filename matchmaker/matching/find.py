"""Find: the whole of matching, from a dataset to its matches.

Offers and needs run through block, compare and score against every spelling of every
item; capabilities are combined by `ability`. Pure: equal datasets give equal matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from matchmaker.codebook import row_id, tables
from matchmaker.matching.ability import Abilities, find_abilities
from matchmaker.matching.answers import heed
from matchmaker.matching.block import Blocker, Catalogue
from matchmaker.matching.compare import Pairs, compare
from matchmaker.matching.match import Kind
from matchmaker.matching.matches import COLUMNS, CONTRIBUTIONS, TYPES, Matches
from matchmaker.matching.read import Reader, Side, Stated, learn_reader
from matchmaker.matching.score import Weights, add_up, contribute, shipped_weights
from matchmaker.model import Dataset

SUBJECTS: Mapping[str, Kind] = MappingProxyType({"offers": Kind.MAKES, "needs": Kind.NEEDS})
"""Tables whose rows say which item they speak of, and what a match with it means."""


def find_matches(data: Dataset, *, threshold: float = 0.5, top: int = 5) -> Matches:
    """Match offers, needs and capabilities with the items of the catalogue.

    Parameters
    ----------
    data
        Enterprises, offers, needs, capabilities, items and routing.
    threshold
        Least probability at which a match is taken for true; those below are kept and counted.
    top
        How many items at most are kept for an offer or a need.

    Returns
    -------
    Matches
        Sorted by kind, item, falling probability and id.

    Raises
    ------
    ValueError
        When the threshold is not between 0 and 1 or `top` is below 1.

    References
    ----------
    Fellegi, I. P., Sunter, A. B. (1969), A theory for record linkage, JASA 64(328), 1183-1210.
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"The threshold is a probability between 0 and 1, not {threshold}.")
    if top < 1:
        raise ValueError(f"At least one item is kept for an offer: top is 1 or more, not {top}.")
    weights = shipped_weights()
    told = _told(data, top, weights)
    made = Matches(told, data, threshold).makes.rows
    abilities = find_abilities(data.table("capabilities"), data.table("routing"), made, weights)
    found = pd.concat([_could_make(abilities), told], ignore_index=True)
    heeded = [_widen(part)[COLUMNS] for part in heed(found, data, weights, made)]
    rows = pd.concat([part for part in heeded if len(part)] or heeded, ignore_index=True)
    ordered = rows.sort_values(
        ["kind", "item", "probability", "id"],
        ascending=[True, True, False, True],
        ignore_index=True,
    )
    return Matches(ordered, data, threshold, abilities.steps)


def _told(data: Dataset, top: int, weights: Weights) -> pd.DataFrame:
    """Rows of every subject table, none of them left out for a low probability."""
    answered = {table: data.table(table) for table in SUBJECTS if len(data.table(table))}
    if data.table("items").empty or not answered:
        return pd.DataFrame(columns=COLUMNS).astype(TYPES)
    reader, catalogue = _read_catalogue(data.table("items"))
    blocker = Blocker(catalogue, top)
    parts = []
    for table, frame in answered.items():
        subjects = _read_subjects(frame, reader, catalogue)
        for pairs in blocker.blocks(subjects):
            best = _best(_score(subjects, catalogue.names, pairs, weights), top)
            parts.append(_named(best, frame).assign(table=table, kind=SUBJECTS[table].value))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    """Values as text; empty where not stated."""
    return ["" if pd.isna(value) else str(value) for value in frame[column]]


def _read_catalogue(items: pd.DataFrame) -> tuple[Reader, Catalogue]:
    """Every spelling of every item, in the order of the item codes."""
    ordered = items.sort_values("item", ignore_index=True)
    spellings = _spellings(ordered)
    counts = np.array([len(names) for names in spellings], dtype=np.intp)
    owner = np.repeat(np.arange(len(counts)), counts)
    texts = [name for names in spellings for name in names]
    reader = learn_reader(texts)
    names = reader.names(texts, _stated(ordered.iloc[owner]))
    return reader, Catalogue(names, np.append(0, np.cumsum(counts)[:-1])[: len(counts)])


def _spellings(items: pd.DataFrame) -> list[list[str]]:
    """Distinct names of every item; the code stands in where there is none."""
    columns = [_texts(items, name) for name in ("name_ru", "name_en", "synonyms", "item")]
    return [
        list(dict.fromkeys(filter(None, map(str.strip, (ru, en, *more.split(";")))))) or [code]
        for ru, en, more, code in zip(*columns, strict=True)
    ]


def _stated(frame: pd.DataFrame) -> Stated:
    return Stated(_texts(frame, "item"), _texts(frame, "okpd2"), _texts(frame, "unit"))


def _read_subjects(frame: pd.DataFrame, reader: Reader, catalogue: Catalogue) -> Side:
    """Offers or needs; a declared item that the catalogue does not have counts as not stated."""
    stated = _stated(frame)
    known = set(catalogue.names.items)
    items = [item if item in known else "" for item in stated.items]
    return reader.subjects(_texts(frame, "product"), replace(stated, items=items))


def _score(left: Side, right: Side, pairs: Pairs, weights: Weights) -> pd.DataFrame:
    """Positions, levels, contributions and score of every pair."""
    levels = compare(left, right, pairs)
    contributions = contribute(levels, "prior", weights)
    places = pd.DataFrame({"left": pairs.left, "right": pairs.right})
    shown = pd.DataFrame(levels).add_prefix("level_")
    return pd.concat(
        [places.assign(item=right.items[pairs.right]), add_up(contributions), contributions, shown],
        axis=1,
    )


def _best(scored: pd.DataFrame, top: int) -> pd.DataFrame:
    """Let the spelling that fits best speak for its item, and keep the `top` best items."""
    order = np.lexsort((scored["right"], -scored["score"], scored["left"]))
    spoken = scored.iloc[order].drop_duplicates(["left", "item"])
    return spoken.groupby("left").head(top)


def _named(best: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Ids and enterprises of the rows; contributions that do not apply are 0."""
    rows = frame[["id", "enterprise"]].iloc[best["left"]].reset_index(drop=True)
    named = pd.concat([rows, best.drop(columns=["left", "right"]).reset_index(drop=True)], axis=1)
    return _widen(named)


def _could_make(abilities: Abilities) -> pd.DataFrame:
    """One row an enterprise and item; the subject of the row is the enterprise."""
    enterprises = tables()["enterprises"]
    ids = [row_id(enterprises, {"enterprise": name}) for name in abilities.pairs["enterprise"]]
    rows = abilities.pairs.assign(id=ids, table="enterprises", kind=Kind.COULD_MAKE.value)
    return _widen(rows)[COLUMNS]


def _widen(rows: pd.DataFrame) -> pd.DataFrame:
    """Add what contributes to other kinds only: 0, level not stated."""
    missing = [name for name in CONTRIBUTIONS if name not in rows]
    blank = dict.fromkeys(missing, 0.0)
    levels = {f"level_{name}": np.nan for name in missing}
    return rows.assign(**blank, **levels)
