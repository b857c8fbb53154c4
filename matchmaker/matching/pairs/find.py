"""Find: the whole of matching, from a dataset to its matches.

Offers and needs run through block, compare and score against every spelling of every
item; capabilities are combined by `ability`. Pure: equal datasets give equal matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from matchmaker.codebook import jargon_of, row_id, tables
from matchmaker.codebook.weights import Weights
from matchmaker.engine import HERE, Engine
from matchmaker.errors import BadValueError
from matchmaker.matching.pairs.ability import Abilities, find_abilities
from matchmaker.matching.pairs.block import Blocker, Catalogue
from matchmaker.matching.pairs.call_sheet_answers import apply_answers
from matchmaker.matching.pairs.compare import Levels, Pairs, Strings, compare
from matchmaker.matching.pairs.decisions import Rulings, coded, read_rulings, settle, unfound
from matchmaker.matching.pairs.match import TAKEN, MatchKind
from matchmaker.matching.pairs.matches import COLUMNS, CONTRIBUTIONS, TYPES, Matches
from matchmaker.matching.pairs.score import add_up, against_rivals, contribute, weights_of
from matchmaker.matching.text.classes import classification
from matchmaker.matching.text.encoder import Encoder
from matchmaker.matching.text.features import Reader, Side, Stated, learn_reader
from matchmaker.matching.text.lexicon import Lexicon
from matchmaker.matching.text.vector_cache import Carried, Keeper, encode_texts, kept_encoder
from matchmaker.model import Dataset

SUBJECTS: Mapping[str, MatchKind] = MappingProxyType(
    {"offers": MatchKind.MAKES, "needs": MatchKind.NEEDS}
)
"""Tables whose rows say which item they speak of, and what a match with it means."""

NEAREST = 5
"""How many items a layer names at least, so that fewer asked for have the same rivals."""


ROWS = 2_000
"""Subjects that are read and compared at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """What every part of the subjects needs: made once from the catalogue, travels by pickle."""

    lexicon: Lexicon
    blocker: Blocker
    weights: Weights
    top: int


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some rows of a subject table, with the vectors of their texts."""

    number: int
    table: str
    frame: pd.DataFrame
    vectors: Carried


def find_matches(
    data: Dataset,
    *,
    threshold: float = TAKEN,
    top: int = 5,
    vectors: Keeper | None = None,
    engine: Engine = HERE,
) -> Matches:
    """Match offers, needs and capabilities with the items of the catalogue.

    Parameters
    ----------
    data
        Enterprises, offers, needs, capabilities, items and routing.
    threshold
        Least probability at which what a text means is taken for true; those below are kept and
        counted. That a firm could make an item counts from `POSSIBLE` on, or from here if lower.
    top
        How many items at most are kept for an offer or a need.
    vectors
        Where vectors of texts are kept between runs, such as a `Store`; the matches are the
        same without it, only later.
    engine
        Where offers and needs are compared, some rows at a time; the matches are the same
        everywhere.

    Returns
    -------
    Matches
        Sorted by kind, item, falling probability and id.

    Raises
    ------
    BadValueError
        When the threshold is not between 0 and 1 or `top` is below 1.
    MatchmakerError
        When the engine cannot be reached or goes away.

    References
    ----------
    Fellegi, I. P., Sunter, A. B. (1969), A theory for record linkage, JASA 64(328), 1183-1210.
    """
    if not 0 <= threshold <= 1:
        raise BadValueError(f"The threshold is a probability between 0 and 1, not {threshold}.")
    if top < 1:
        raise BadValueError(f"At least one item is kept for an offer: top is 1 or more, not {top}.")
    weights = weights_of(data.learned_weights)
    rulings = read_rulings(data)
    told = _match_subjects(data, top, weights, Carried({}) if vectors is None else vectors, engine)
    told = _decided(told, data, rulings, weights)
    made = Matches(told, data, threshold).makes.rows
    abilities = find_abilities(data, made, weights, rulings)
    found = pd.concat([settle(_could_make(abilities), rulings), told], ignore_index=True)
    weighed, *added = (_widen(part)[COLUMNS] for part in apply_answers(found, data, weights, made))
    heeded = [weighed, *(settle(part, rulings) for part in added)]
    rows = pd.concat([part for part in heeded if len(part)] or heeded, ignore_index=True)
    ordered = rows.sort_values(
        ["kind", "item", "probability", "id"],
        ascending=[True, True, False, True],
        ignore_index=True,
    )
    return Matches(ordered, data, threshold, abilities.steps)


def _match_subjects(
    data: Dataset, top: int, weights: Weights, keeper: Keeper, engine: Engine
) -> pd.DataFrame:
    """Rows of every subject table, none of them left out for a low probability."""
    answered = {
        table: coded(data.table(table), data.decisions)
        for table in SUBJECTS
        if len(data.table(table))
    }
    if data.table("items").empty or not answered:
        return pd.DataFrame(columns=COLUMNS).astype(TYPES)
    reader, catalogue = read_catalogue(data, kept_encoder(keeper))
    matcher = Matcher(reader.lexicon, Blocker(catalogue, max(top, NEAREST)), weights, top)
    parts = _parts(answered, reader.lexicon, keeper, engine)
    found = dict(engine.stream(match_part, matcher, parts))
    return pd.concat([found[part.number] for part in parts], ignore_index=True)[COLUMNS]


def _parts(
    answered: Mapping[str, pd.DataFrame], lexicon: Lexicon, keeper: Keeper, engine: Engine
) -> list[Part]:
    """All subjects, some rows at a time, each text encoded once."""
    pieces = [
        (table, frame.iloc[start : start + ROWS])
        for table, frame in answered.items()
        for start in range(0, len(frame), ROWS)
    ]
    gists = [[*map(lexicon.gist, _texts(frame, "product"))] for _, frame in pieces]
    vectors = encode_texts(chain.from_iterable(gists), keeper, engine)
    return [
        Part(number, table, frame, vectors.of(texts))
        for number, ((table, frame), texts) in enumerate(zip(pieces, gists, strict=True))
    ]


def match_part(matcher: Matcher, part: Part) -> tuple[int, pd.DataFrame]:
    """Number and matches of a part."""
    blocker, weights = matcher.blocker, matcher.weights
    reader = Reader(matcher.lexicon, classification(), kept_encoder(part.vectors))
    subjects = read_subjects(part.frame, reader, blocker.catalogue)
    scored = (
        _score(subjects, blocker.catalogue.names, pairs, weights)
        for pairs in blocker.blocks(subjects)
    )
    best = (some.groupby("left").head(matcher.top) for some in scored)
    rows = pd.concat([_named(some, part.frame) for some in best])
    return part.number, rows.assign(table=part.table, kind=SUBJECTS[part.table].value)


def _decided(told: pd.DataFrame, data: Dataset, rulings: Rulings, weights: Weights) -> pd.DataFrame:
    """Rows with what people decided; a pair that was no candidate rests on that alone."""
    pairs = unfound(told, rulings, data)
    if len(pairs):
        bare = pairs.assign(prior=weights.constant("prior"), kind=pairs["table"].map(SUBJECTS))
        added = _widen(bare.join(add_up(bare[["prior"]])))[COLUMNS]
        told = pd.concat([told, added], ignore_index=True)
    return settle(told, rulings)


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    """Values as text; empty where not stated."""
    return ["" if pd.isna(value) else str(value) for value in frame[column]]


def read_catalogue(data: Dataset, encoder: Encoder | None = None) -> tuple[Reader, Catalogue]:
    """Every spelling of every item, in the order of the item codes; jargon as people decided."""
    ordered = data.table("items").sort_values("item", ignore_index=True)
    spellings = _spellings(ordered)
    counts = np.array([len(names) for names in spellings], dtype=np.intp)
    owner = np.repeat(np.arange(len(counts)), counts)
    texts = [name for names in spellings for name in names]
    reader = learn_reader(texts, encoder, jargon_of(data.decisions))
    stated = replace(_stated(ordered.iloc[owner]), wholes=_wholes(data, ordered, spellings, owner))
    names = reader.names(texts, stated)
    return reader, Catalogue(names, np.append(0, np.cumsum(counts)[:-1])[: len(counts)])


def _wholes(
    data: Dataset, items: pd.DataFrame, spellings: list[list[str]], owner: NDArray[np.intp]
) -> list[list[str]]:
    """Names of all that each spelling's item goes into, by the bill of materials."""
    bom, names = data.table("bom"), dict(zip(items["item"], spellings, strict=True))
    parts = nx.DiGraph(zip(bom["component"], bom["item"], strict=True))
    wholes = {item: nx.descendants(parts, item) - {item} if item in parts else () for item in names}
    told = {
        item: [name for whole in sorted(found) for name in names.get(whole, ())]
        for item, found in wholes.items()
    }
    return [told[item] for item in items["item"].iloc[owner]]


def _spellings(items: pd.DataFrame) -> list[list[str]]:
    """Distinct names of every item; the code stands in where there is none."""
    columns = [_texts(items, name) for name in ("name_ru", "name_en", "synonyms", "item")]
    return [
        list(dict.fromkeys(filter(None, map(str.strip, (ru, en, *more.split(";")))))) or [code]
        for ru, en, more, code in zip(*columns, strict=True)
    ]


def _stated(frame: pd.DataFrame) -> Stated:
    return Stated(_texts(frame, "item"), _texts(frame, "okpd2"), _texts(frame, "unit"))


def read_subjects(frame: pd.DataFrame, reader: Reader, catalogue: Catalogue) -> Side:
    """Offers or needs; a declared item that the catalogue does not have counts as not stated."""
    stated = _stated(frame)
    known = set(catalogue.names.items)
    items = [item if item in known else "" for item in stated.items]
    return reader.subjects(_texts(frame, "product"), replace(stated, items=items))


def _score(left: Side, right: Side, pairs: Pairs, weights: Weights) -> pd.DataFrame:
    """Score of every subject and item, sorted by subject and falling score."""
    return weigh(compare(left, right, pairs), pairs, right.items, weights)


def weigh(
    levels: Mapping[str, Levels], pairs: Pairs, items: Strings, weights: Weights
) -> pd.DataFrame:
    """Positions, levels, contributions and score by subject and item, told by its best spelling.

    `items` has the item of every spelling. Sorted by subject and falling score.
    """
    contributions = contribute(levels, "prior", weights)
    places = pd.DataFrame({"left": pairs.left, "right": pairs.right, "item": items[pairs.right]})
    shown = pd.DataFrame(levels).add_prefix("level_")
    scored = pd.concat([places, add_up(contributions), contributions, shown], axis=1)
    order = np.lexsort((scored["right"], -scored["score"], scored["left"]))
    return _against_rivals(scored.iloc[order].drop_duplicates(["left", "item"]), weights)


def _against_rivals(spoken: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Take from every score what the other items that the text might mean have of it."""
    level, taken = against_rivals(spoken["left"].to_numpy(), spoken["score"].to_numpy(), weights)
    score = spoken["score"].to_numpy() + taken
    return spoken.assign(level_rivals=level, rivals=taken, score=score, probability=expit(score))


def _named(best: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Ids and enterprises of the rows; contributions that do not apply are 0."""
    rows = frame[["id", "enterprise"]].iloc[best["left"]].reset_index(drop=True)
    named = pd.concat([rows, best.drop(columns=["left", "right"]).reset_index(drop=True)], axis=1)
    return _widen(named)


def _could_make(abilities: Abilities) -> pd.DataFrame:
    """One row an enterprise and item; the subject of the row is the enterprise."""
    enterprises = tables()["enterprises"]
    ids = [row_id(enterprises, {"enterprise": name}) for name in abilities.pairs["enterprise"]]
    rows = abilities.pairs.assign(id=ids, table="enterprises", kind=MatchKind.COULD_MAKE.value)
    return _widen(rows)[COLUMNS]


def _widen(rows: pd.DataFrame) -> pd.DataFrame:
    """Add what contributes to other kinds only: 0, level not stated."""
    missing = [name for name in CONTRIBUTIONS if name not in rows]
    blank = dict.fromkeys(missing, 0.0)
    levels = {f"level_{name}": np.nan for name in missing}
    return rows.assign(**blank, **levels)
