"""Vectors: what was encoded once is kept, and the encoder starts only for what is new.

Beside `meaning`. Starting the encoder and encoding take most of the time of matching a small
catalogue, and texts seldom change. Whoever keeps the vectors (the store, in practice) is known
here only as a `Keeper`, so that matching sees no database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matchmaker.matching.meaning import Encoder, Floats, encoder_name, shipped_encoder


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
            rows = self.start().encode(list(new.values())).astype(_TYPE)
            fresh = {key: row.tobytes() for key, row in zip(new, rows, strict=True)}
            self.keeper.keep_vectors(self.name, fresh)
            vectors |= fresh
        joined = b"".join(vectors[_key(text)] for text in texts)
        return np.frombuffer(joined, dtype=_TYPE).reshape(len(texts), -1).astype(np.float32)


def kept_encoder(keeper: Keeper | None) -> Encoder:
    """The shipped encoder, in front of it what was encoded before, if anything keeps it.

    The latent encoder, which stands in without the package, is quick: nothing of it is kept.
    """
    name = encoder_name()
    if keeper is None or name is None:
        return shipped_encoder()
    return KeptEncoder(name, shipped_encoder, keeper)


_TYPE = np.dtype("<f4")


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
