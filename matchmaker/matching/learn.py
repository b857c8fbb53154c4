"""Learn: rank documents with labelled examples beside what the texts themselves say.

Beside `rank`. Two readings of an example are added: a linear model (multinomial logistic regression
on words, word pairs, characters, the meaning and the scores of all documents) and the
shipped score. How much each of them counts is decided by cross-validation on the
examples; with few of them the shipped score keeps its say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from matchmaker.matching.rank import score_texts
from matchmaker.matching.text import bare_terms, terms

FOLDS = 5
PENALTY = 30.0
"""Inverse strength of the ridge of the linear model."""

SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0)
"""Weights of the shipped score that cross-validation chooses among; the linear model counts 1."""

SEED = 0

Floats = NDArray[np.float64]
