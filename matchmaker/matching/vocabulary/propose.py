"""Proposals: what free texts of a survey mean in the codebook, for a person to confirm.

Beside `find`, with the same reader, comparisons and weights. Every text that nothing has read
gets the best value of its vocabulary, with its probability and what speaks for it. From `SURE`
on a proposal may be taken as it is, down to `OPEN` it waits for a person, below it is left
alone: the text stays a text. What was decided once is not asked again. It takes the sentence
encoder, so no import does this by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matchmaker.codebook import fold, meanings, text_id
from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.compare import COMPARISONS, ROLES, Pairs, compare
from matchmaker.matching.pairs.decisions import ANSWERS
from matchmaker.matching.pairs.find import find_matches, weigh
from matchmaker.matching.pairs.match import MatchWeight
from matchmaker.matching.pairs.matches import Matches
from matchmaker.matching.pairs.rank import every_pair
from matchmaker.matching.pairs.score import DECIDED, weights_of
from matchmaker.matching.text.classes import classification
from matchmaker.matching.text.features import learn_reader
from matchmaker.matching.text.lexicon import learn_lexicon
from matchmaker.matching.vocabulary.vocabulary import VOCABULARIES, Spellings, free_texts
from matchmaker.model import Dataset, Issue

SURE = 0.97
"""Probability from which a proposal may be taken without asking. Of every second of our own survey
phrases, 80, OKPD2 reaches 0.6 for 19, all with the right class, and 0.97 for one."""

OPEN = 0.05
"""Probability below which a text is left as it is."""

CODES = 8
"""Codes of a classification that are compared with a text: those whose names are nearest."""

EVIDENT = 2.0
"""Log-odds that have to speak for a value beside the prior, before rivals: less is a faint
likeness of meaning, which among two or three values would pass for a proposal."""

CATALOGUE = 108
"""Items of the catalogue that the prior of the shipped weights was fitted on."""

CLASSIFIED = frozenset({"okpd2", "okved2"})
"""Kinds with too many values to compare all of them."""

NAMES = ("prior", *COMPARISONS, "rivals")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text, the value that it probably stands for, and why.

    `name` is the spelling of the value that fits best, `answers` how many answers have the
    text; `score` is the exact sum of the contributions, in log-odds.
    """

    kind: str
    text: str
    value: str
    name: str
    score: float
    probability: float
    contributions: tuple[MatchWeight, ...]
    answers: int

    @property
    def id(self) -> str:
        """What `matchmaker decide` takes."""
        return f"{text_id(self.kind, self.text)}={self.value}"

    @property
    def sure(self) -> bool:
        """Whether it may be taken without asking; an item never, matching takes it itself."""
        return self.probability >= SURE and self.kind != "item"


def propose_values(
    data: Dataset, issues: Iterable[Issue] = (), *, kinds: Collection[str] = tuple(VOCABULARIES)
) -> tuple[Proposal, ...]:
    """Propose a value for every free text that nobody has decided about.

    Parameters
    ----------
    data
        Answers, catalogue and decisions.
    issues
        Of these, cells that are no known unit, region or code.
    kinds
        Kinds of values to propose, of `VOCABULARIES`.

    Returns
    -------
    tuple of Proposal
        By kind, falling probability and text; none below `OPEN`.
    """
    texts = dict(free_texts(data, issues))
    matches = find_matches(data) if {"item", "okpd2"} & set(kinds) else None
    if matches is not None:
        told = _matched_wordings(matches)
        texts["okpd2"] = {text: n for text, n in texts["okpd2"].items() if text not in told}
    decided = meanings(data.decisions)
    refused = {(one.subject, one.value) for one in data.decisions if not one.accepted}
    found: list[Proposal] = []
    for kind in (kind for kind in VOCABULARIES if kind in kinds):
        known = decided.get(kind, {})
        asked = {text: count for text, count in texts[kind].items() if fold(text) not in known}
        if kind == "item" and matches is not None:
            found += _best(_items(matches, asked), refused)
        else:
            found += _best(_values(kind, asked, data), refused)
    return tuple(found)


def _best(
    proposals: Iterable[Proposal], refused: Collection[tuple[str, str]]
) -> Iterable[Proposal]:
    """The first proposal of every wording that nobody refused, the likely ones."""
    best: dict[str, Proposal] = {}
    for one in proposals:
        if (text_id(one.kind, one.text), one.value) not in refused and one.probability >= OPEN:
            best.setdefault(fold(one.text), one)
    return sorted(best.values(), key=lambda one: (-one.probability, one.text))


def _matched_wordings(matches: Matches) -> set[str]:
    """Wordings that matching takes for an item, whose code is known then."""
    wording = _wordings(matches.data)
    return {wording[one] for group in (matches.makes, matches.needs) for one in group.rows["id"]}


def _wordings(data: Dataset) -> dict[str, str]:
    """Product of every offer and need by id."""
    frames = [data.table(name) for name in ANSWERS]
    return {
        id: product
        for frame in frames
        for id, product in zip(frame["id"], frame["product"], strict=True)
    }


def _items(matches: Matches, texts: Mapping[str, int]) -> Iterator[Proposal]:
    """Items that answers without an item code could mean, the best first; sure ones are taken."""
    data = matches.data
    rows = matches.rows.assign(text=matches.rows["id"].map(_wordings(data)))
    settled = set(rows.loc[(rows[DECIDED] > 0) | (rows["probability"] >= SURE), "id"])
    asked = rows["text"].isin(texts) & ~rows["id"].isin(settled) & (rows[DECIDED] == 0)
    names = dict(zip(*(data.table("items")[name] for name in ("item", "name_ru")), strict=True))
    best = rows[asked].sort_values(["score", "id", "item"], ascending=[False, True, True])
    for match, text in zip(
        Matches(best, data, matches.threshold, matches.steps), best["text"], strict=True
    ):
        yield Proposal(
            "item",
            text,
            f"item:{match.item}",
            names[match.item],
            match.score,
            match.probability,
            match.contributions,
            texts[text],
        )


def _values(kind: str, texts: Mapping[str, int], data: Dataset) -> Iterator[Proposal]:
    """Values for texts, the best first."""
    spellings, wordings, near = VOCABULARIES[kind](data), list(texts), None
    weights = _weights(len(spellings))
    if wordings and kind in CLASSIFIED:
        near = _nearest(wordings, spellings)
        spellings = {value: spellings[value] for value in sorted(set().union(*near))}
    if not (wordings and spellings):
        return
    values = [value for value, names in spellings.items() for _ in names]
    names = [name for value in spellings.values() for name in value]
    scored = _score(wordings, (names, values), _pairs(near, values), weights)
    for row in scored.to_dict("records"):
        text, place = wordings[row["left"]], row["right"]
        if kind != "certificate" or _same_number(text, names[place]):
            yield Proposal(
                kind,
                text,
                values[place],
                names[place],
                row["score"],
                row["probability"],
                tuple(_contribution(row, name) for name in NAMES),
                texts[text],
            )


def _weights(values: int) -> Weights:
    """Shipped weights, the prior lower where there are more wrong values than in a catalogue.

    Values are classes, processes and materials: what the head of a text is tells little of them.
    """
    shipped = weights_of(None)
    prior = shipped.constant("prior") - np.log(max(1.0, values / CATALOGUE))
    wide = Weights({**shipped.knots, "prior": (np.zeros(1), np.array([prior]))})
    return wide.without(ROLES)


def _nearest(texts: Sequence[str], spellings: Spellings) -> list[list[str]]:
    """Codes of which the names resemble each text most."""
    lexicon, classes = learn_lexicon(list(texts)), classification()
    codes = list(classes.codes)
    known = np.array([code in spellings for code in codes])
    profiles = classes.profiles([lexicon.read(text) for text in texts])
    found = []
    for row in range(len(texts)):
        start, end = profiles.indptr[row : row + 2]
        columns, weights = profiles.indices[start:end], profiles.data[start:end]
        order = np.lexsort((columns, -np.round(weights, 9)))
        found.append([codes[place] for place in columns[order] if known[place]][:CODES])
    return found


def _pairs(near: Sequence[Sequence[str]] | None, values: Sequence[str]) -> Pairs | None:
    """Texts with the spellings of the values near them; None means all with all."""
    if near is None:
        return None
    places: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        places.setdefault(value, []).append(place)
    cells = [
        (row, place) for row, own in enumerate(near) for value in own for place in places[value]
    ]
    left, right = np.array(cells, dtype=np.intp).reshape(-1, 2).T
    return Pairs(left, right)


def _score(
    texts: Sequence[str],
    spelled: tuple[Sequence[str], Sequence[str]],
    pairs: Pairs | None,
    weights: Weights,
) -> pd.DataFrame:
    """Texts and values by their best spelling, weighed against their rivals, the best first.

    `spelled` are the spellings and the value of each.
    """
    names, values = spelled
    reader = learn_reader(names)
    left, right = reader.subjects(texts), reader.names(names)
    blocks = every_pair(len(texts), len(names)) if pairs is None else [pairs]
    owners = np.array(values, dtype=object)
    parts = [weigh(compare(left, right, block), block, owners, weights) for block in blocks]
    scored = pd.concat(parts, ignore_index=True)
    evidence = scored["score"] - scored["rivals"] - scored["prior"]
    likely = scored[(scored["probability"] >= OPEN) & (evidence >= EVIDENT)]
    return likely.sort_values(["score", "left", "right"], ascending=[False, True, True])


def _contribution(row: Mapping[Any, Any], name: str) -> MatchWeight:
    level = row.get(f"level_{name}", np.nan)
    return MatchWeight(name, None if np.isnan(level) else level, row[name])


def _same_number(one: str, other: str) -> bool:
    """Whether no number of three digits or more tells two standards apart."""
    mine, its = ({part for part in _numbers(text) if len(part) > 2} for text in (one, other))
    return not (mine and its) or bool(mine & its)


def _numbers(text: str) -> list[str]:
    return "".join(sign if sign.isdigit() else " " for sign in text).split()
