"""Rank documents with labelled examples beside what the texts themselves say.

Used by `retrieval --fit`. One multinomial logistic regression of three parts, fitted together: the
shipped contributions, each times a factor that starts at 1; a bias for every document; and what
texts like this one are labelled. Likeness is that of words, characters, meaning and shipped scores.
Documents with like names share what is learnt, so that one without an example gains from its
neighbours. Every part is drawn to where it adds nothing: with few examples the shipped
score decides, with many the examples do.

References
----------
Bonilla, E. V., Chai, K. M. A., Williams, C. K. I. (2007), Multi-task Gaussian Process Prediction,
NIPS 20: a covariance of the tasks times one of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from matchmaker.errors import BadValueError
from matchmaker.matching.pairs.compare import Pairs, compare
from matchmaker.matching.pairs.rank import every_pair, score_texts
from matchmaker.matching.pairs.score import add_up, contribute, shipped_weights
from matchmaker.matching.text.features import Reader, Side, learn_reader
from matchmaker.matching.text.stems import terms

FEWEST = 40
"""Examples below which the shipped scores stay: fewer made them worse in trials."""

SPREAD = 0.05
"""Prior variance of what a text adds, for each example: the more there are, the freer they are."""

COMMON = 0.9
"""Part of that variance which documents have in common as far as their names are alike."""

STEPS = 150
"""Most steps of the optimiser."""

CORRECTIONS = 15
"""Steps whose gradients the optimiser remembers."""

SMALLEST = 1e-6
"""Eigenvalue of a kernel below which a direction is noise of the arithmetic."""

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts as the likenesses read them, row by row.

    `contributions` (texts × documents × comparisons) are those of the shipped weights.
    """

    raw: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    meaning: Floats
    contributions: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is fitted: `places` (texts × directions), `shipped` (texts × documents × comparisons).

    `shared` (documents × documents) is the Cholesky factor of how alike documents are.
    """

    places: Floats
    shipped: Floats
    shared: Floats

    @property
    def shapes(self) -> tuple[tuple[int, int], int, int]:
        """Shapes of the parameters: of the directions, the documents and the comparisons."""
        _, documents, comparisons = self.shipped.shape
        return (self.places.shape[1], documents), documents, comparisons

    def start(self) -> Floats:
        """Parameters under which the score is the shipped one."""
        (directions, documents), _, comparisons = self.shapes
        return np.append(np.zeros((directions + 1) * documents), np.ones(comparisons))

    def parts(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Parameters by kind: directions × documents, biases, factors."""
        shape, documents, _ = self.shapes
        ends = np.cumsum([shape[0] * shape[1], documents])
        learnt, biases, factors = np.split(values, ends)
        return learnt.reshape(shape), biases, factors

    def scores(self, values: Floats) -> Floats:
        """Score of every document for every text."""
        learnt, biases, factors = self.parts(values)
        return np.asarray(self.places @ learnt @ self.shared.T + biases + self.shipped @ factors)


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
        Shape (queries, documents), greater is better; those of `score_texts` below `FEWEST`.

    Raises
    ------
    BadValueError
        When there is not one label an example.
    """
    if len(examples) != len(labels):
        raise BadValueError(f"Learning takes a label an example: {len(examples)}, {len(labels)}.")
    if len(examples) < FEWEST or not len(queries):
        return score_texts(queries, documents)
    spellings = [name for names in documents for name in names]
    starts = np.cumsum([0, *(len(names) for names in documents[:-1])])
    reader = learn_reader(spellings)
    right = reader.names(spellings)

    def read(texts: Sequence[str]) -> Texts:
        side = reader.subjects(texts)
        every = every_pair(len(side), len(right))
        parts = np.concatenate([_contributions(side, right, pairs, starts) for pairs in every])
        words = tuple(_words(text, reader) for text in texts)
        return Texts(tuple(texts), words, side.meaning.astype(float), parts)

    taught, asked = read(examples), read(queries)
    places = _directions(_likeness(taught, asked), len(examples))
    shared = _shared([" ".join(names) for names in documents], reader)
    seen = Task(places[: len(examples)], taught.contributions, shared)
    values = _fitted(seen, np.asarray(labels, dtype=np.intp))
    return Task(places[len(examples) :], asked.contributions, shared).scores(values)


def _contributions(left: Side, right: Side, pairs: Pairs, starts: Positions) -> Floats:
    """What the score of each document's best spelling consists of (texts × documents × parts)."""
    parts = contribute(compare(left, right, pairs), "prior", shipped_weights())
    scores = add_up(parts)["score"].to_numpy().reshape(-1, len(right))
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(right))))
    order = np.lexsort((-scores, np.broadcast_to(owner, scores.shape)), axis=1)[:, starts]
    whole = parts.to_numpy(dtype=float).reshape(*scores.shape, -1)
    return np.take_along_axis(whole, order[:, :, None], axis=1)


def _words(text: str, reader: Reader) -> tuple[str, ...]:
    """Terms, pairs of neighbouring ones, and what they mean."""
    written = terms(text, reader.lexicon.places)
    pairs = [f"{one} {other}" for one, other in pairwise(written)]
    return (*written, *pairs, *(f"~{term}" for term in reader.lexicon.read(text)))


def _fitted(task: Task, truth: Positions) -> Floats:
    """Parameters of greatest posterior probability; a factor is never below zero."""
    shape, documents, comparisons = task.shapes
    start = task.start()
    tight = np.ones(len(start))
    tight[: shape[0] * documents] = 1 / (SPREAD * len(truth))
    right = np.eye(documents)[truth]

    def loss(values: Floats) -> tuple[float | np.floating[Any], Floats]:
        scores = task.scores(values)
        wrong = softmax(scores, axis=1) - right
        slopes = (
            task.places.T @ wrong @ task.shared,
            wrong.sum(axis=0),
            np.tensordot(wrong, task.shipped, 2),
        )
        drawn = tight * (values - start)
        value = -log_softmax(scores, axis=1)[right > 0].sum() + drawn @ (values - start) / 2
        return value, np.concatenate([slope.ravel() for slope in slopes]) + drawn

    least = np.append(np.full(len(start) - comparisons, -np.inf), np.zeros(comparisons))
    how: dict[str, Any] = {"options": {"maxiter": STEPS, "maxcor": CORRECTIONS}}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=Bounds(least), **how)
    return np.asarray(found.x, dtype=float)


def _likeness(taught: Texts, asked: Texts) -> Floats:
    """How alike all texts are to the examples: the examples first, then those asked.

    1 for a text and itself: a weighted mean of cosines.
    """
    total = sum(weight for weight, _ in LIKENESSES.values())
    parts = [weight / total * alike(taught, asked) for weight, alike in LIKENESSES.values()]
    return np.asarray(np.sum(parts, axis=0))


def _by_words(taught: Texts, asked: Texts) -> Floats:
    return _cosines(taught.words, asked.words, analyzer=list)


def _by_characters(taught: Texts, asked: Texts) -> Floats:
    return _cosines(taught.raw, asked.raw, analyzer="char_wb", ngram_range=(1, 5))


def _by_passages(taught: Texts, asked: Texts) -> Floats:
    how = {"analyzer": "char", "ngram_range": (2, 7), "lowercase": False}
    return _cosines(taught.raw, asked.raw, **how)


def _by_meaning(taught: Texts, asked: Texts) -> Floats:
    return np.concatenate([taught.meaning, asked.meaning]) @ taught.meaning.T


def _by_scores(taught: Texts, asked: Texts) -> Floats:
    scores = np.concatenate([taught.contributions, asked.contributions]).sum(axis=2)
    rows = normalize(scores - scores.mean(axis=1, keepdims=True))
    return np.asarray(rows @ rows[: len(taught.raw)].T)


LIKENESSES: Mapping[str, tuple[float, Callable[[Texts, Texts], Floats]]] = MappingProxyType(
    {
        "words": (4.0, _by_words),
        "characters": (0.7, _by_characters),
        "passages": (0.7, _by_passages),
        "meaning": (1.0, _by_meaning),
        "scores": (0.5, _by_scores),
    }
)
"""What makes texts alike: how much it counts, and its cosines."""


def _cosines(taught: Sequence[object], asked: Sequence[object], **how: object) -> Floats:
    """Cosines of all texts with those taught, by terms that these have; 0 without any."""
    vectoriser = TfidfVectorizer(sublinear_tf=True, **how)
    if not any(map(vectoriser.build_analyzer(), taught)):
        return np.zeros((len(taught) + len(asked), len(taught)))
    known = csr_matrix(vectoriser.fit_transform(taught))
    return np.asarray((vectoriser.transform([*taught, *asked]) @ known.T).toarray())


def _directions(kernel: Floats, count: int) -> Floats:
    """Coordinates of texts, whose scalar products are their likeness to the examples."""
    values, vectors = np.linalg.eigh(kernel[:count])
    used = values > SMALLEST
    return np.asarray(kernel @ (vectors[:, used] / np.sqrt(values[used])))


def _shared(documents: Sequence[str], reader: Reader) -> Floats:
    """Cholesky factor of how much documents learn from each other."""
    words = _cosines([_words(text, reader) for text in documents], [], analyzer=list)
    letters = _cosines(documents, [], analyzer="char_wb", ngram_range=(3, 5))
    alike = COMMON * (words + letters) / 2 + (1 - COMMON) * np.eye(len(documents))
    return np.asarray(np.linalg.cholesky(alike), dtype=float)
