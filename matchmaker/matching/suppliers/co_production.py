"""Co-production: which items are made by those who make others, learnt from who makes what.

Beside the flow of texts: for firms that never answered whether they could make an item. Items are
related when the same firms make both (a random walk item → firm → item), when they belong to one
family of the catalogue (a kind and what it is a kind of), when they stand near to each other in
its structure, and when they are named and described alike. The families walk along as firms
that make everything in them, so that items nobody makes yet are reached. `RELATED` holds
the weights with their provenance.

References
----------
Paudel, B., Christoffel, F., Newell, C., Bernstein, A. (2017), Updatable, accurate, diverse, and
scalable recommendations for interactive applications, ACM TiiS 7(1): the walk RP3 beta.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, identity, vstack
from scipy.sparse.csgraph import shortest_path

from matchmaker.codebook import read_rows
from matchmaker.errors import BadValueError
from matchmaker.matching.text.lexicon import learn_lexicon

Floats = NDArray[np.float64]

FAMILY = 1.0
"""How much a family counts beside a firm."""

DAMPING = 0.4
"""Power of an item's makers by which the walk to it is divided: 0 favours what all make."""

FLOOR = 0.01
"""Strength of a walk at which its logarithm begins."""

FEATURES = ("walk", "text", "structure", "makers", "kind")
"""What relates an item to those that a firm makes, in the order of the weights."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """What a catalogue tells of its items beside who makes them; n items in a fixed order.

    Attributes
    ----------
    likeness
        How alike names and descriptions are, 0 to 1 (n × n).
    parents
        1 where the row's item is a kind of the column's (n × n).
    steps
        Steps between items over kinds and parts, ∞ where there is no way (n × n).
    kinds
        Kind of every item, such as material or product; empty when not stated.
    """

    likeness: Floats
    parents: csr_matrix
    steps: Floats
    kinds: Sequence[str]

    def __post_init__(self) -> None:
        size = len(self.kinds)
        shapes = {self.likeness.shape, self.parents.shape, self.steps.shape}
        if shapes != {(size, size)}:
            raise BadValueError(
                f"Likeness, parents and steps are {size} × {size}, as the kinds are."
            )


def make_structure(
    likeness: Floats,
    kind_of: Sequence[tuple[int, int]],
    part_of: Sequence[tuple[int, int]],
    kinds: Sequence[str],
) -> Structure:
    """Structure from pairs of places: an item and what it is a kind, or a part, of."""
    size = len(kinds)
    parents = _links(kind_of, size)
    ways = ((parents + _links(part_of, size)) > 0).astype(float)
    steps = shortest_path(ways, directed=False, unweighted=True)
    return Structure(likeness, parents, steps, kinds)


def learn_likeness(texts: Sequence[str]) -> Floats:
    """How alike texts are by their words, 0 to 1, and 0 of each with itself (n × n)."""
    words = learn_lexicon(texts).names(texts)
    likeness = np.asarray((words @ words.T).toarray())
    np.fill_diagonal(likeness, 0.0)
    return np.round(likeness, 9)


def _links(pairs: Sequence[tuple[int, int]], size: int) -> csr_matrix:
    rows, columns = zip(*sorted(set(pairs)), strict=True) if pairs else ((), ())
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(size, size))


@dataclass(frozen=True, slots=True, eq=False)
class Relatedness:
    """What is learnt from who makes what: ready to score any firm.

    `walk` (n × n) leads from an item made to others, `makers` (n) counts who makes an item.
    """

    structure: Structure
    walk: csr_matrix
    makers: Floats

    def features(self, made: Sequence[int]) -> Floats:
        """Evidence for every item from the items a firm makes (n × FEATURES)."""
        known = np.array(sorted(set(made)), dtype=np.intp)
        if not len(known):
            return self._unknown()
        near = 1.0 / (1.0 + self.structure.steps[known])
        kinds = np.array(self.structure.kinds, dtype=object)
        same = [(kinds == kind) & (kind != "") for kind in kinds[known]]
        strength = np.asarray(self.walk[known].sum(axis=0)).ravel()
        return np.stack(
            [
                np.log(strength + FLOOR),
                self.structure.likeness[known].mean(axis=0),
                near.mean(axis=0),
                np.log1p(self.makers),
                np.mean(same, axis=0),
            ],
            axis=1,
        )

    def _unknown(self) -> Floats:
        """Evidence for a firm of which nothing is known: how many make the item, no more."""
        features = np.zeros((len(self.makers), len(FEATURES)))
        features[:, FEATURES.index("walk")] = np.log(FLOOR)
        features[:, FEATURES.index("makers")] = np.log1p(self.makers)
        return features

    def support(self, made: Sequence[int], item: int) -> list[tuple[int, float]]:
        """Items of a firm that speak for another one, the strongest first, as places and shares."""
        known = sorted(set(made))
        strengths = [
            float(self.walk[place, item]) + FLOOR * float(self.structure.likeness[place, item])
            for place in known
        ]
        total = sum(strengths) or 1.0
        ranked = sorted(zip(known, strengths, strict=True), key=lambda pair: (-pair[1], pair[0]))
        return [(place, strength / total) for place, strength in ranked if strength > 0]


def learn_relatedness(made: csr_matrix, structure: Structure) -> Relatedness:
    """Learn from who makes what (firms × items, 1 where made)."""
    made = csr_matrix(made, dtype=float)
    groups = vstack([made, FAMILY * _families(structure.parents)]).tocsr()
    breadth = np.asarray(groups.sum(axis=1), dtype=np.float64).ravel()
    depth = np.asarray(groups.sum(axis=0), dtype=np.float64).ravel()
    there = diags(_inverse(depth)) @ groups.T
    back = diags(_inverse(breadth)) @ groups
    walk = csr_matrix(there @ back @ diags((depth + 1.0) ** -DAMPING))
    walk.setdiag(0.0)
    walk.eliminate_zeros()
    return Relatedness(structure, walk, np.asarray(made.sum(axis=0), dtype=np.float64).ravel())


def _families(parents: csr_matrix) -> csr_matrix:
    """Every item that others are kinds of, with those (families × items)."""
    whole = csr_matrix(parents.T + identity(parents.shape[0]))
    return whole[np.diff(parents.tocsc().indptr) > 0]


def _inverse(sums: Floats) -> Floats:
    return np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)


@dataclass(frozen=True, slots=True, eq=False)
class RelatedWeights:
    """Log-odds a unit of every feature, and before any of them."""

    prior: float
    weights: Floats

    def contributions(self, features: Floats) -> Floats:
        """What every feature adds to the score (n × FEATURES)."""
        return features * self.weights


@cache
def shipped_related_weights() -> RelatedWeights:
    """Weights of `codebook/data/weights.csv`, in the rows `related_…`."""
    told = {
        row["comparison"]: float(row["weight"])
        for row in read_rows("weights.csv")
        if row["comparison"].startswith("related_")
    }
    weights = np.array([told[f"related_{name}"] for name in FEATURES])
    return RelatedWeights(told["related_prior"], weights)


def score_related(
    relatedness: Relatedness, made: Sequence[int], weights: RelatedWeights | None = None
) -> Floats:
    """Log-odds for every item that a firm which makes `made` could make it too (n)."""
    model = weights or shipped_related_weights()
    contributions = model.contributions(relatedness.features(made))
    return np.asarray(model.prior + contributions.sum(axis=1))
