"""Labelled pairs: subjects and items compared once, weighed as often as asked.

Behind `find`, by the same steps and with the same weights; `evaluation` measures with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matchmaker.codebook.weights import Weights
from matchmaker.matching.pairs.block import Blocker, Catalogue
from matchmaker.matching.pairs.compare import Levels, Pairs, compare
from matchmaker.matching.pairs.find import read_catalogue, read_subjects, weigh
from matchmaker.matching.pairs.score import shipped_weights
from matchmaker.matching.text.features import Side
from matchmaker.model import Dataset


@dataclass(frozen=True, slots=True, eq=False)
class ComparedPairs:
    """Candidate pairs of subjects and spellings with the level of every comparison."""

    pairs: Pairs
    levels: Mapping[str, Levels]
    items: np.ndarray

    def rank(self, weights: Weights | None = None) -> pd.DataFrame:
        """`left` (position of the subject), `item`, `score`, `probability`; the best first."""
        ranked = weigh(self.levels, self.pairs, self.items, weights or shipped_weights())
        return ranked[["left", "item", "score", "probability"]].reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPairs:
    """Subjects and catalogue, read."""

    subjects: Side
    catalogue: Catalogue

    def candidates(self, nearest: int) -> pd.DataFrame:
        """`left` and `item` of the pairs that blocking lets through, `nearest` items a layer."""
        names = self.catalogue.names.items
        parts = [
            pd.DataFrame({"left": pairs.left, "item": names[pairs.right]})
            for pairs in Blocker(self.catalogue, nearest).blocks(self.subjects)
        ]
        return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)

    def compare(self, nearest: int) -> ComparedPairs:
        """Compare every subject with its candidates, `nearest` items a layer."""
        blocks = list(Blocker(self.catalogue, nearest).blocks(self.subjects))
        parts = [compare(self.subjects, self.catalogue.names, pairs) for pairs in blocks]
        pairs = Pairs(
            np.concatenate([block.left for block in blocks]),
            np.concatenate([block.right for block in blocks]),
        )
        levels = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return ComparedPairs(pairs, levels, self.catalogue.names.items)


def read_labelled_pairs(data: Dataset, subjects: pd.DataFrame) -> LabelledPairs:
    """Read the catalogue of a dataset and subjects with `product`, `item`, `okpd2` and `unit`."""
    reader, catalogue = read_catalogue(data)
    return LabelledPairs(read_subjects(subjects, reader, catalogue), catalogue)
