"""Learn: rank documents with labelled examples beside what the texts themselves say.

Beside `rank`. First, two models read the examples: a multinomial logistic regression and the
nearest examples, both on words, word pairs, characters, meanings and the shipped scores. Second,
boosted trees weigh, for the best candidates of every text, what the two say against the shipped
score and its contributions: never falling in any of them, and taught on examples that the
first two models had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from matchmaker.matching.rank import fit_texts, read_documents
from matchmaker.matching.read import Reader
from matchmaker.matching.text import terms

FOLDS = 5
CANDIDATES = 15
"""How many documents of every text the second stage looks at."""

PENALTY = 30.0
"""Inverse strength of the ridge of the logistic regression."""

NEARNESS = 20.0
"""How fast the say of an example fades with its distance."""

TRUST = 0.6
"""Part of the second stage in the final score; the rest is the first."""

SUMMARY = ("regression", "nearest", "examples", "shipped")
"""What the first stage says of a pair; the contributions of the shipped score follow."""

SEED = 0

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts as the models read them, row by row.

    `features` are named blocks; `scores` (texts × documents) and `contributions` (texts ×
    documents × comparisons) are those of the shipped weights.
    """

    raw: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    meaning: Floats
    scores: Floats
    contributions: Floats

    def part(self, rows: Positions) -> Texts:
        """Only some of the texts."""
        return Texts(
            tuple(self.raw[row] for row in rows),
            tuple(self.words[row] for row in rows),
            self.meaning[rows],
            self.scores[rows],
            self.contributions[rows],
        )


def learn_scores(
    queries: Sequence[str],
    documents: Sequence[Sequence[str]],
    examples: Sequence[str],
    labels: Sequence[int],
) -> Floats:
    """Score every document for every query, taught by labelled examples.

    Parameters
    ----------
    queries, examples
        Texts as people write them; nothing is learnt from the queries.
    documents
        Spellings of every document, at least one each.
    labels
        Position of the right document of every example.

    Returns
    -------
    ndarray
        Shape (queries, documents), greater is better.

    Raises
    ------
    ValueError
        When there are fewer examples than folds, or not one label an example.
    """
    if len(examples) != len(labels) or len(examples) < FOLDS:
        raise ValueError(f"Learning takes a label an example and at least {FOLDS} examples.")
    reader, right, starts = read_documents(documents)

    def read(texts: Sequence[str]) -> Texts:
        side = reader.subjects(texts)
        fits = fit_texts(side, right, starts)
        words = tuple(_words(text, reader) for text in texts)
        meaning = side.meaning.astype(float)
        return Texts(tuple(texts), words, meaning, fits.scores, fits.contributions)

    taught, truth = read(examples), np.asarray(labels, dtype=np.intp)
    asked = read(queries)
    seen = _out_of_fold(taught, truth)
    return _second(seen, truth, _first(taught, truth, asked))


def _words(text: str, reader: Reader) -> tuple[str, ...]:
    """Terms, pairs of neighbouring ones, and what they mean."""
    written = terms(text, reader.lexicon.places)
    pairs = [f"{one} {other}" for one, other in pairwise(written)]
    return (*written, *pairs, *(f"~{term}" for term in reader.lexicon.read(text)))


def _first(taught: Texts, truth: Positions, asked: Texts) -> Floats:
    """Evidence for every pair: both models, share of examples, shipped score, contributions."""
    kernels = _kernels(taught, asked)
    size = asked.scores.shape[1]
    counts = np.log(np.bincount(truth, minlength=size) + 0.5)
    together = np.sum(kernels, axis=0)
    own = [
        _regression(together, truth, size, len(taught.raw)),
        _nearest(np.mean(kernels[:-1], axis=0), truth, size, len(taught.raw)),
        np.broadcast_to(counts, asked.scores.shape),
        asked.scores,
    ]
    return np.concatenate([np.stack(own, axis=2), asked.contributions], axis=2)


def _kernels(taught: Texts, asked: Texts) -> list[Floats]:
    """Likeness of all texts to the examples: the examples first, then those asked.

    Words, characters within words, characters at large, meaning and, last, shipped scores.
    """
    characters = {"ngram_range": (1, 5), "analyzer": "char_wb", "min_df": 2}
    at_large = {"ngram_range": (2, 7), "analyzer": "char", "min_df": 2, "lowercase": False}
    sparse = [
        _cosines(taught.words, asked.words, analyzer=list),
        _cosines(taught.raw, asked.raw, **characters),
        _cosines(taught.raw, asked.raw, **at_large),
    ]
    meaning = np.concatenate([taught.meaning, asked.meaning]) @ taught.meaning.T
    scores = np.concatenate([taught.scores, asked.scores])
    shipped = normalize(scores - scores.mean(axis=1, keepdims=True))
    return [*sparse, meaning, shipped @ shipped[: len(taught.raw)].T]


def _cosines(taught: Sequence[object], asked: Sequence[object], **how: object) -> Floats:
    vectoriser = TfidfVectorizer(sublinear_tf=True, **how)
    examples = csr_matrix(vectoriser.fit_transform(taught))
    others = csr_matrix(vectoriser.transform(asked))
    return np.concatenate([(rows @ examples.T).toarray() for rows in (examples, others)])


def _regression(kernel: Floats, truth: Positions, size: int, count: int) -> Floats:
    """Log-probability of every document by logistic regression in the space of a kernel."""
    values, vectors = np.linalg.eigh(kernel[:count])
    used = values > 1e-6
    rows = kernel @ (vectors[:, used] / np.sqrt(values[used]))
    floor = np.log(0.3 / count)
    told = np.full((len(kernel) - count, size), floor)
    if len(set(truth.tolist())) > 1:
        model = LogisticRegression(C=PENALTY, max_iter=300, tol=1e-3).fit(rows[:count], truth)
        told[:, model.classes_] = np.maximum(model.predict_log_proba(rows[count:]), floor)
    return told


def _nearest(kernel: Floats, truth: Positions, size: int, count: int) -> Floats:
    """Logarithm of the share that the examples near a text give to every document."""
    near = kernel[count:]
    weights = np.exp(NEARNESS * (near - near.max(axis=1, keepdims=True)))
    shares = weights @ np.eye(size)[truth]
    return np.asarray(np.log(shares / shares.sum(axis=1, keepdims=True) + 1e-3))


def _out_of_fold(taught: Texts, truth: Positions) -> Floats:
    """Evidence for the examples, each from models that had not seen it."""
    fold = np.random.default_rng(SEED).permutation(len(truth)) % FOLDS
    blocks: dict[int, Floats] = {}
    for number in range(FOLDS):
        held, rest = np.nonzero(fold == number)[0], np.nonzero(fold != number)[0]
        found = _first(taught.part(rest), truth[rest], taught.part(held))
        blocks.update(zip(held.tolist(), found, strict=True))
    return np.stack([blocks[row] for row in range(len(truth))])


def _mixture(seen: Floats, truth: Positions) -> Floats:
    """Weights of the evidence under which the right documents come first: conditional logit.

    The contributions, which the shipped score adds up already, have weight 0.
    """
    count = len(SUMMARY)
    own = np.arange(len(truth))

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = seen[:, :, :count] @ weights
        spread = logsumexp(scores, axis=1, keepdims=True)
        expected = np.einsum("qd,qdf->f", np.exp(scores - spread), seen[:, :, :count])
        value = (spread[:, 0] - scores[own, truth]).sum() + weights @ weights / 2
        return value, expected - seen[own, truth, :count].sum(axis=0) + weights

    bounds = [(0.0, None)] * count
    found = minimize(loss, np.full(count, 0.5), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.append(found.x, np.zeros(seen.shape[2] - count))


def _candidates(evidence: Floats, first: Floats) -> tuple[Positions, Floats]:
    """Best documents of every text, and for each its evidence, score and distance behind."""
    places = np.argsort(-first, axis=1, kind="stable")[:, :CANDIDATES]
    own = np.take_along_axis(first, places, axis=1)
    rows = np.take_along_axis(evidence, places[:, :, None], axis=1)
    behind = own - own[:, :1]
    return places, np.concatenate([rows, own[:, :, None], behind[:, :, None]], axis=2)


def _second(seen: Floats, truth: Positions, asked: Floats) -> Floats:
    """Scores of the documents asked for: those of the candidates decided by boosted trees."""
    mix = _mixture(seen, truth)
    first = asked @ mix
    places, rows = _candidates(asked, first)
    examples, taught = _candidates(seen, seen @ mix)
    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=120,
        max_leaf_nodes=15,
        min_samples_leaf=30,
        l2_regularization=5.0,
        monotonic_cst=[1] * rows.shape[2],
        early_stopping=False,
        random_state=SEED,
    )
    right = (examples == truth[:, None]).ravel()
    if right.all() or not right.any():
        return first
    model.fit(taught.reshape(-1, taught.shape[2]), right)
    decided = model.decision_function(rows.reshape(-1, rows.shape[2])).reshape(places.shape)
    scores = first - 3 * (np.abs(first).max() + np.abs(decided).max())
    np.put_along_axis(
        scores,
        places,
        TRUST * decided + (1 - TRUST) * np.take_along_axis(first, places, axis=1),
        axis=1,
    )
    return np.asarray(scores)
