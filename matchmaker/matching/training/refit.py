"""Refit: weights of the comparisons learnt from what people decided about answers.

Beside `find`. A query is a wording that a person judged; its pairs are the candidates of the
wording, right or wrong by the decisions. What is fitted stays a sum over comparisons, so it
becomes weights of `score` and every contribution still adds up:

    below 30 queries    the shipped weights: they beat every learner
    from 30 queries     logistic regression, the shipped score one of its features, drawn
                        towards the shipped weights, no weight below zero
    from 100 queries    half of that and half of boosted trees, never falling and one comparison
                        a tree

Of these the one that grouped cross-validation prefers, the simpler where it does not. Nothing is
random but the folds, whose seed is fixed.

References
----------
Chelba, C., Acero, A. (2006), Adaptation of maximum entropy capitalizer, Computer Speech and
Language 20(4), 382-399: a prior around the weights fitted elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from matchmaker.codebook import fold
from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.compare import COMPARISONS
from matchmaker.matching.pairs.decisions import ANSWERS, Rulings, read_rulings
from matchmaker.matching.pairs.find import find_matches
from matchmaker.matching.pairs.score import against_rivals, shipped_weights
from matchmaker.model import Dataset, LearnedWeights, Metrics

LEAST = MappingProxyType({"logistic": 30, "boosted": 100})
"""Judged queries from which a method is tried."""

FOLDS = 5
SEED = 0

PULL = 10.0
"""How strongly a weight is drawn to the common factor, and that to 1; about 10 plain pairs."""

PULL_PRIOR = 0.1
"""How strongly the shift of the prior is drawn to 0."""

TRUST = 0.5
"""Part of the trees in the boosted weights."""

KNOTS = 24
"""Levels at most at which boosted weights are held for one comparison."""

NAMES = tuple(COMPARISONS)

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Judged pairs: `levels` (pairs × comparisons, NaN not stated), whether right, and query."""

    levels: Floats
    right: NDArray[np.bool_]
    query: Positions

    def __len__(self) -> int:
        return len(self.right)

    @property
    def queries(self) -> int:
        """How many wordings were judged."""
        return len(np.unique(self.query))

    def part(self, rows: NDArray[np.bool_]) -> Examples:
        """Only some of the pairs."""
        return Examples(self.levels[rows], self.right[rows], self.query[rows])


@dataclass(frozen=True, slots=True)
class Refit:
    """What came of learning: metrics by method, out of fold, and the weights if they are better."""

    queries: int
    pairs: int
    metrics: Mapping[str, Metrics]
    learned: LearnedWeights | None


def refit_weights(data: Dataset, *, by: str = "", at: str = "") -> Refit:
    """Learn weights from the decisions of a dataset; the shipped ones where these are better.

    Parameters
    ----------
    data
        Answers, catalogue and decisions; the learned weights that it may have play no part.
    by, at
        Who learns and when, noted with the weights.
    """
    examples = read_examples(data)
    methods = _methods(examples.queries)
    metrics = {name: measure(out_of_fold(examples, fit), examples) for name, fit in methods.items()}
    best = best_method(metrics)
    learned = None
    if best != "shipped":
        learned = LearnedWeights(
            method=best,
            weights=_points(methods[best](examples)),
            queries=examples.queries,
            pairs=len(examples),
            before=metrics["shipped"],
            after=metrics[best],
            by=by,
            at=at,
        )
    return Refit(examples.queries, len(examples), MappingProxyType(metrics), learned)


# Examples


def read_examples(data: Dataset) -> Examples:
    """Pairs of the judged answers: the candidates that the shipped weights leave.

    An accepted item makes the other candidates wrong; where all is rejected that was judged,
    the others stay open and are left out. One answer speaks for all of its wording.
    """
    rulings = read_rulings(data)
    frames = {name: _judged(data.table(name), rulings) for name in ANSWERS}
    others = {"capabilities": data.table("capabilities").iloc[:0]}
    words = tuple(one for one in data.decisions if not one.value.startswith("item:"))
    asked = replace(
        data, frames={**data.frames, **others, **frames}, decisions=words, learned_weights=None
    )
    rows = find_matches(asked).rows
    wording = pd.concat([frame.set_index("id")["product"] for frame in frames.values()]).map(fold)
    right = np.array(_truth(rows, rulings), dtype=float)
    told = ~np.isnan(right)
    levels = rows[[f"level_{name}" for name in NAMES]].to_numpy(dtype=float)
    query = pd.factorize(rows["id"].map(wording), sort=True)[0]
    return Examples(levels[told], right[told] == 1, query[told])


def _judged(frame: pd.DataFrame, rulings: Rulings) -> pd.DataFrame:
    """Answers that a person judged, the first of every wording."""
    judged = frame[frame["id"].isin({id for id, _ in rulings.answers})]
    return judged[~judged["product"].map(fold).duplicated()].reset_index(drop=True)


def _truth(rows: pd.DataFrame, rulings: Rulings) -> list[float]:
    """1 right, 0 wrong, NaN open."""
    settled = {id for (id, _), decision in rulings.answers.items() if decision.accepted}
    found = []
    for id, item in zip(rows["id"], rows["item"], strict=True):
        decision = rulings.answers.get((id, item))
        unsaid = 0.0 if id in settled else np.nan
        found.append(unsaid if decision is None else float(decision.accepted))
    return found


# Methods: examples in, weights out


def keep_shipped(_: Examples) -> Weights:
    """The weights as shipped."""
    return shipped_weights()


def fit_logistic(examples: Examples) -> Weights:
    """Shipped contributions times factors: those that explain best what was judged.

    logit = b + a · prior + Σ u · contribution, with u, a ≥ 0, u drawn to a, a to 1, b to 0.
    """
    shift, common, factors = _factors(_contributions(examples), examples.right)
    shipped = shipped_weights()
    knots = {
        name: (shipped.knots[name][0], factor * shipped.knots[name][1])
        for name, factor in zip(NAMES, factors, strict=True)
    }
    return _with_prior(knots, shift + common * shipped.constant("prior"))


def _factors(parts: Floats, right: NDArray[np.bool_]) -> tuple[float, float, Floats]:
    prior = shipped_weights().constant("prior")
    signs = np.where(right, 1.0, -1.0)
    rows = np.concatenate(
        [np.ones((len(parts), 1)), np.full((len(parts), 1), prior), parts], axis=1
    )

    def loss(values: Floats) -> tuple[float, Floats]:
        margins = signs * (rows @ values)
        aside = values[2:] - values[1]
        pulled = PULL * np.concatenate([[0.0, values[1] - 1 - aside.sum()], aside])
        pulled[0] = PULL_PRIOR * values[0]
        penalty = PULL * (aside @ aside + (values[1] - 1) ** 2) + PULL_PRIOR * values[0] ** 2
        slope = -(rows.T @ (signs * expit(-margins))) + pulled
        return float(penalty / 2 - log_expit(margins).sum()), slope

    start = np.concatenate([[0.0], np.ones(rows.shape[1] - 1)])
    bounds = [(None, None), *[(0.0, None)] * (rows.shape[1] - 1)]
    with threadpool_limits(1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(found[0]), float(found[1]), found[2:]


def fit_boosted(examples: Examples) -> Weights:
    """Half of the logistic weights, and half of trees that look at one comparison each."""
    logistic = fit_logistic(examples)
    if examples.right.all() or not examples.right.any():
        return logistic
    trees = _grow(examples)
    nothing = trees(np.zeros((1, len(NAMES))))[0]
    knots = {}
    for place, name in enumerate(NAMES):
        levels = _levels(name, examples.levels[:, place])
        asked = np.zeros((len(levels), len(NAMES)))
        asked[:, place] = shipped_weights().weigh(name, levels)
        steps = trees(asked) - nothing
        knots[name] = levels, TRUST * steps + (1 - TRUST) * logistic.weigh(name, levels)
    return _with_prior(knots, TRUST * nothing + (1 - TRUST) * logistic.constant("prior"))


def _grow(examples: Examples) -> Callable[[Floats], Floats]:
    """Log-odds of contributions, by trees that never fall and do not join comparisons.

    Threads that wait for each other cost more than so few pairs are worth: one is enough.
    """
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150,
        max_leaf_nodes=4,
        min_samples_leaf=15,
        l2_regularization=5.0,
        monotonic_cst=[1] * len(NAMES),
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=SEED,
    )
    with threadpool_limits(1):
        model.fit(_contributions(examples), examples.right)

    def log_odds(contributions: Floats) -> Floats:
        with threadpool_limits(1):
            return np.asarray(model.decision_function(contributions))

    return log_odds


def _levels(name: str, judged: Floats) -> Floats:
    """Levels at which boosted weights are held: those shipped, and those judged thinned out."""
    stated = np.unique(judged[~np.isnan(judged)])
    kept = (
        stated[np.linspace(0, len(stated) - 1, KNOTS).round().astype(int)]
        if len(stated)
        else stated
    )
    return np.unique(np.concatenate([shipped_weights().knots[name][0], kept]))


def _with_prior(knots: Mapping[str, tuple[Floats, Floats]], prior: float) -> Weights:
    """Weights with their prior. Rivals take nothing: they stood beside what was judged already."""
    point, nothing = (np.zeros(1), np.array([prior])), (np.zeros(1), np.zeros(1))
    return Weights({**shipped_weights().knots, **knots, "prior": point, "rivals": nothing})


def _contributions(examples: Examples) -> Floats:
    return _weighed(examples, shipped_weights())


def _weighed(examples: Examples, weights: Weights) -> Floats:
    """Contributions of every comparison (pairs × comparisons)."""
    return np.column_stack(
        [weights.weigh(name, examples.levels[:, place]) for place, name in enumerate(NAMES)]
    )


Fit = Callable[[Examples], Weights]
FITS: Mapping[str, Fit] = MappingProxyType(
    {"shipped": keep_shipped, "logistic": fit_logistic, "boosted": fit_boosted}
)
"""Methods by name, the simpler first."""


def _methods(queries: int) -> Mapping[str, Fit]:
    """Methods that so many queries are enough for."""
    return dict(takewhile(lambda named: queries >= LEAST.get(named[0], 1), FITS.items()))


# Cross-validation


def out_of_fold(examples: Examples, fit: Fit) -> Floats:
    """Score of every pair by weights that had not seen its query."""
    order = np.random.default_rng(SEED).permutation(examples.query.max(initial=-1) + 1)
    fold_of = order[examples.query] % FOLDS
    scores = np.empty(len(examples))
    for number in np.unique(fold_of):
        held = fold_of == number
        scores[held] = score_examples(examples.part(held), fit(examples.part(~held)))
    return scores


def score_examples(examples: Examples, weights: Weights) -> Floats:
    """Score of every pair, log-odds, less what the judged rivals of its query take of it."""
    plain = np.asarray(weights.constant("prior") + _weighed(examples, weights).sum(axis=1))
    order = np.lexsort((-plain, examples.query))
    scores = np.empty(len(plain))
    scores[order] = plain[order] + against_rivals(examples.query[order], plain[order], weights)[1]
    return scores


def measure(scores: Floats, examples: Examples) -> Metrics:
    """How well scores tell what is right: of pairs, and of the queries that have a right pair."""
    frame = pd.DataFrame({"score": scores, "right": examples.right, "query": examples.query})
    signs = np.where(examples.right, 1.0, -1.0)
    frame["rank"] = frame.groupby("query")["score"].rank(ascending=False, method="average")
    ranks = frame.loc[frame["right"], "rank"].to_numpy(dtype=float)
    return Metrics(
        log_loss=float(-log_expit(signs * scores).mean()) if len(scores) else 0.0,
        hit_rate=float((ranks == 1).mean()) if len(ranks) else 0.0,
        reciprocal_rank=float((1 / ranks).mean()) if len(ranks) else 0.0,
    )


def best_method(metrics: Mapping[str, Metrics]) -> str:
    """The simplest method that no other outdoes: by log-loss, at no lower hit rate."""
    best = "shipped"
    for name, found in metrics.items():
        held = metrics[best]
        if found.log_loss < held.log_loss and found.hit_rate >= held.hit_rate:
            best = name
    return best


def _points(weights: Weights) -> Mapping[str, Sequence[tuple[float, float]]]:
    return MappingProxyType(
        {
            name: tuple(zip(*(array.tolist() for array in weights.knots[name]), strict=True))
            for name in ("prior", "rivals", *NAMES)
        }
    )
