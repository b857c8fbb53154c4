"""Vector cache: what was encoded once is kept, and the encoder starts only for what is new.

Beside `meaning`. Starting the encoder and encoding take most of the time of matching a small
catalogue, and texts seldom change. Whoever keeps the vectors (the store, in practice) is known
here only as a `Keeper`, so that matching sees no database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matchmaker.engine import Engine
from matchmaker.matching.text.encoder import Encoder, Floats, encoder_name, shipped_encoder

CHUNK = 500
"""Texts that are encoded, and then kept, at a time."""


class Keeper(Protocol):
    """Keeps vectors from one run to the next, each by the SHA-256 of its text."""

    def read_vectors(self, encoder: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Vectors of those keys that are known for this encoder."""
        ...

    def keep_vectors(self, encoder: str, vectors: Mapping[str, bytes]) -> None:
        """Keep vectors by key; those of other encoders are of no use any more."""
        ...


@dataclass(frozen=True, slots=True)
class KeptEncoder:
    """An encoder that encodes only texts whose vectors are not kept.

    Attributes
    ----------
    name
        What tells the encoder from others: vectors of one name are equal bit for bit.
    start
        Gives the encoder; called only when there is something to encode.
    keeper
        Where vectors are kept.
    """

    name: str
    start: Callable[[], Encoder]
    keeper: Keeper

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of the texts, the same bits whether kept or encoded now."""
        if not texts:
            return self.start().encode(texts)
        by_key = {_key(text): text for text in texts}
        vectors = dict(self.keeper.read_vectors(self.name, list(by_key)))
        new = {key: text for key, text in by_key.items() if key not in vectors}
        if new:
            fresh = _encoded(self.start, list(new.values()))
            self.keeper.keep_vectors(self.name, fresh)
            vectors |= fresh
        joined = b"".join(vectors[_key(text)] for text in texts)
        return np.frombuffer(joined, dtype=_TYPE).reshape(len(texts), -1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Carried:
    """Vectors that travel with the rows that need them; a keeper that learns nothing new."""

    vectors: Mapping[str, bytes]

    def read_vectors(self, encoder: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Vectors of the keys, those that are there."""
        return {key: self.vectors[key] for key in keys if key in self.vectors}

    def keep_vectors(self, encoder: str, vectors: Mapping[str, bytes]) -> None:
        """Keep nothing."""

    def of(self, texts: Iterable[str]) -> Carried:
        """The part that some texts need."""
        return Carried(self.read_vectors("", [*{_key(text): None for text in texts}]))


def kept_encoder(keeper: Keeper) -> Encoder:
    """The shipped encoder, in front of it what was encoded before."""
    return KeptEncoder(encoder_name(), shipped_encoder, keeper)


def encode_texts(texts: Iterable[str], keeper: Keeper, engine: Engine) -> Carried:
    """Vectors of all texts: those that are kept, and the others encoded and kept now."""
    by_key = {_key(text): text for text in texts}
    vectors = dict(keeper.read_vectors(encoder_name(), list(by_key)))
    new = [text for key, text in by_key.items() if key not in vectors]
    chunks = [new[start : start + CHUNK] for start in range(0, len(new), CHUNK)]
    for fresh in engine.stream(_encoded, shipped_encoder, chunks):
        keeper.keep_vectors(encoder_name(), fresh)
        vectors |= fresh
    return Carried(vectors)


def _encoded(start: Callable[[], Encoder], texts: Sequence[str]) -> dict[str, bytes]:
    """Vectors of texts by key."""
    rows = start().encode(texts).astype(_TYPE)
    return {_key(text): row.tobytes() for text, row in zip(texts, rows, strict=True)}


_TYPE = np.dtype("<f4")


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
