"""Vectors that are kept: the same answers, and the encoder rests while no text is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from matchmaker.matching import find_matches
from matchmaker.matching.text.vector_cache import KeptEncoder
from matchmaker.store import Store
from tests.fixtures import make_dataset

TEXTS = ["Колесо заднее", "rear wheel", "рама", "Колесо заднее", ""]
ITEMS = [
    {"item": "wheel", "name_ru": "Колесо заднее", "name_en": "Rear wheel"},
    {"item": "frame", "name_ru": "Рама сварная"},
]


class Memory:
    """A keeper that lasts as long as the test."""

    def __init__(self) -> None:
        self.vectors: dict[str, bytes] = {}

    def read_vectors(self, encoder: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.vectors[key] for key in keys if key in self.vectors}

    def keep_vectors(self, encoder: str, vectors: Mapping[str, bytes]) -> None:
        self.vectors.update(vectors)


class Letters:
    """An encoder that counts how often it was asked: a vector is how often а, е, о occur."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        rows = [[text.count(letter) / 3 for letter in "аео"] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), 3)


def data(*products: str):
    offers = [{"enterprise": "0274000001", "product": product} for product in products]
    return make_dataset(items=ITEMS, offers=offers)


def refuse():
    raise AssertionError("the encoder was started")


def test_a_text_is_encoded_once_and_read_ever_after():
    encoder, memory = Letters(), Memory()
    kept = KeptEncoder("letters", lambda: encoder, memory)
    first = kept.encode(TEXTS)
    assert encoder.asked == ["Колесо заднее", "rear wheel", "рама", ""]
    np.testing.assert_array_equal(first, Letters().encode(TEXTS))
    again = KeptEncoder("letters", refuse, memory).encode(TEXTS[::-1])
    np.testing.assert_array_equal(again, first[::-1])
    kept.encode([*TEXTS, "новое"])
    assert encoder.asked[4:] == ["новое"]
    assert kept.encode([]).shape == (0, 3)


def test_matches_are_the_same_bits_with_and_without_kept_vectors(tmp_path, monkeypatch):
    case = data("Задние колеса", "welded frame", "Подушка")
    plain = find_matches(case).rows
    with Store(tmp_path / "a.db", create=True) as store:
        assert_frame_equal(find_matches(case, vectors=store).rows, plain, check_exact=True)
    monkeypatch.setattr("matchmaker.matching.text.vector_cache.shipped_encoder", refuse)
    with Store(tmp_path / "a.db") as store:
        assert_frame_equal(find_matches(case, vectors=store).rows, plain, check_exact=True)
        with pytest.raises(AssertionError, match="the encoder was started"):
            find_matches(data("Сиденье"), vectors=store)


def test_vectors_of_another_encoder_are_dropped(tmp_path):
    with Store(tmp_path / "a.db", create=True) as store:
        store.keep_vectors("one", {"k": b"1", "l": b"2"})
        store.keep_vectors("one", {"k": b"3"})
        assert store.read_vectors("one", ["k", "l", "m"]) == {"k": b"3", "l": b"2"}
        assert store.read_vectors("other", ["k"]) == {}
        store.keep_vectors("other", {"n": b"4"})
        assert store.read_vectors("one", ["k", "l"]) == {}


def test_a_store_that_cannot_be_written_keeps_nothing_and_still_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("matchmaker.store.database.file.BUSY_TIMEOUT", 0.0)
    path = tmp_path / "a.db"
    with Store(path, create=True) as store:
        store.keep_vectors("one", {"k": b"1"})
    writer = sqlite3.connect(path)
    with Store(path) as store:
        writer.execute("BEGIN IMMEDIATE")
        store.keep_vectors("one", {"l": b"2"})
        assert store.read_vectors("one", ["k", "l"]) == {"k": b"1"}
    writer.close()


def test_matches_can_be_kept_after_vectors_were(tmp_path):
    """Keeping vectors is no change of what matches are found in."""
    with Store(tmp_path / "a.db", create=True) as store:
        matches = find_matches(store.snapshot())
        store.keep_vectors("one", {"k": b"1"})
        store.keep_matches("any", matches.rows, matches.steps)
