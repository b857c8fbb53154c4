"""Evaluate: what matching answers for labelled texts, measured.

Behind `labels` and `metrics`. The texts go the way of `find_matches`: blocking, comparisons,
weights. The item that a firm itself declared is kept from it, for it would be the answer. A right
item that blocking lost has no rank and counts as never found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matchmaker.codebook.weights import Weights
from matchmaker.errors import MatchmakerError
from matchmaker.evaluation.labels import Label
from matchmaker.evaluation.metrics import (
    DEPTHS,
    Bin,
    Floats,
    Metric,
    average,
    calibration_error,
    chance_error,
    discounted_gain,
    hit,
    measure,
    reliability,
)
from matchmaker.matching import ComparedPairs, read_labelled_pairs, shipped_weights
from matchmaker.model import Dataset

NEAREST = 10
"""How many items a layer of blocking names: as `find_matches` asked for the ten best of a text."""

BLOCKING = (1, 5, 10)
"""Depths at which blocking alone is measured."""

LAYERS = {
    "codes": ("code", "unit"),
    "words": ("same", "words", "translations"),
    "characters": ("characters",),
    "meaning": ("meaning", "meaning_across"),
    "classes": ("topics", "classes"),
    "facts": ("facts", "denials", "numbers"),
    "roles": ("heads", "kinds", "purposes"),
}
"""Comparisons that stand or fall together when layers are left out."""


@dataclass(frozen=True, slots=True)
class MatchedLabel:
    """What a labelled text was taken for: the best item, its probability, ranks of the right."""

    label: Label
    best: str
    probability: float
    ranks: tuple[float, ...]

    @property
    def rank(self) -> float:
        """Rank of the first right item; infinite where it is not among the candidates."""
        return min(self.ranks, default=np.inf)

    @property
    def right(self) -> bool:
        """Whether the best item is a right one."""
        return self.best in self.label.items


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measures with intervals, reliability of the best item, and what every text was taken for.

    `by_chance` is the calibration error that exact probabilities would show for so many texts.
    """

    measures: tuple[Metric, ...]
    reliability: tuple[Bin, ...]
    by_chance: float
    verdicts: tuple[MatchedLabel, ...]

    def __getitem__(self, name: str) -> Metric:
        """Measure by name, such as `HR@1`."""
        return next(one for one in self.measures if one.name == name)


@dataclass(frozen=True, slots=True)
class Ablation:
    """Quality without one layer and with that layer alone; `layer` is empty for all of them."""

    layer: str
    without: tuple[Metric, ...]
    alone: tuple[Metric, ...]


def evaluate(
    data: Dataset, labels: Iterable[Label], *, weights: Weights | None = None, seed: int = 0
) -> Evaluation:
    """Measure how well matching answers for labelled texts.

    Parameters
    ----------
    data
        Catalogue against which the texts are matched.
    labels
        Texts and the items they mean (`read_labels`).
    weights
        Those of matching when None.
    seed
        Of the resampling behind the intervals.

    Returns
    -------
    Evaluation
        HR@1, HR@5, HR@10, MRR and nDCG@10 over the texts that have a right item; recall of the
        blocking alone at 1, 5 and 10 items a layer; coverage, the share of the catalogue that is
        anybody's best item; calibration error of the best item over all texts.

    Raises
    ------
    MatchmakerError
        When there is no label or no item.
    """
    judged = tuple(labels)
    subjects = _subjects(data, judged)
    trial = read_labelled_pairs(data, subjects)
    verdicts = _verdicts(judged, trial.compare(NEAREST), weights)
    depths = {depth: trial.candidates(depth) for depth in BLOCKING}
    return Evaluation(
        (
            *_quality(verdicts, seed),
            *_blocking(judged, depths, seed),
            _coverage(verdicts, len(data.table("items"))),
            _calibration(verdicts, seed),
        ),
        reliability(*_said(verdicts)),
        chance_error(_said(verdicts)[0], seed),
        verdicts,
    )


def ablate(data: Dataset, labels: Iterable[Label], *, seed: int = 0) -> tuple[Ablation, ...]:
    """Measure what each layer adds: without it, and alone.

    The candidates are those that all layers together let through. The first row is the whole.
    """
    judged = tuple(labels)
    compared = read_labelled_pairs(data, _subjects(data, judged)).compare(NEAREST)
    every = [name for group in LAYERS.values() for name in group]

    def quality(off: Sequence[str]) -> tuple[Metric, ...]:
        return _quality(_verdicts(judged, compared, shipped_weights().without(off)), seed)

    whole = quality(())
    return (
        Ablation("", whole, whole),
        *(
            Ablation(layer, quality(own), quality([name for name in every if name not in own]))
            for layer, own in LAYERS.items()
        ),
    )


def _subjects(data: Dataset, labels: Sequence[Label]) -> pd.DataFrame:
    if not labels:
        raise MatchmakerError("There is no label to measure with.")
    if data.table("items").empty:
        raise MatchmakerError("The catalogue has no items; import it first.")
    return pd.DataFrame(
        {
            "product": [label.text for label in labels],
            "item": None,
            "okpd2": [label.okpd2 or None for label in labels],
            "unit": [label.unit or None for label in labels],
        }
    )


def _verdicts(
    labels: Sequence[Label], compared: ComparedPairs, weights: Weights | None
) -> tuple[MatchedLabel, ...]:
    ranked = compared.rank(weights)
    scores = ranked["score"].round(9)
    ranked["rank"] = scores.groupby(ranked["left"]).rank(ascending=False, method="average")
    groups = dict(iter(ranked.groupby("left")))
    return tuple(_verdict(label, groups.get(place)) for place, label in enumerate(labels))


def _verdict(label: Label, found: pd.DataFrame | None) -> MatchedLabel:
    if found is None:
        return MatchedLabel(label, "", 0.0, (np.inf,) * len(label.items))
    ranks = dict(zip(found["item"], found["rank"], strict=True))
    own = tuple(sorted(float(ranks.get(item, np.inf)) for item in label.items))
    best = found.iloc[0]
    return MatchedLabel(label, best["item"], float(best["probability"]), own)


def _quality(verdicts: Sequence[MatchedLabel], seed: int) -> tuple[Metric, ...]:
    """Measures of the ranking, over the texts that have a right item."""
    asked = [one for one in verdicts if one.label.items]
    if not asked:
        return ()
    ranks = np.array([one.rank for one in asked])
    gains = np.array([discounted_gain(one.ranks) for one in asked])
    columns = {f"HR@{depth}": hit(ranks, depth) for depth in DEPTHS}
    columns |= {"MRR": 1 / ranks, f"nDCG@{DEPTHS[-1]}": gains}
    return _means(columns, seed)


def _means(columns: dict[str, Floats], seed: int) -> tuple[Metric, ...]:
    return tuple(average(name, values, seed) for name, values in columns.items())


def _blocking(
    labels: Sequence[Label], depths: dict[int, pd.DataFrame], seed: int
) -> tuple[Metric, ...]:
    """Share of texts with a right item among the candidates, by how many a layer names."""
    asked = [place for place, label in enumerate(labels) if label.items]
    columns = {}
    for depth, candidates in depths.items():
        let = candidates.groupby("left")["item"].agg(frozenset)
        found = [bool(labels[place].items & let.get(place, frozenset())) for place in asked]
        columns[f"blocking recall@{depth}"] = np.array(found, dtype=float)
    return _means(columns, seed) if asked else ()


def _coverage(verdicts: Sequence[MatchedLabel], items: int) -> Metric:
    """Share of the catalogue that is the best item of any text.

    A count of what was answered, hence exact: resampled texts would name fewer items.
    """
    share = len({one.best for one in verdicts if one.best}) / items
    return Metric("coverage", share, share, share, len(verdicts))


def _said(verdicts: Sequence[MatchedLabel]) -> tuple[Floats, np.ndarray]:
    said = np.array([one.probability for one in verdicts])
    return said, np.array([one.right for one in verdicts], dtype=bool)


def _calibration(verdicts: Sequence[MatchedLabel], seed: int) -> Metric:
    said, right = _said(verdicts)
    return measure(
        "calibration error",
        lambda chosen: calibration_error(said[chosen], right[chosen]),
        len(said),
        seed,
    )
