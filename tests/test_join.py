"""Join: nearest names by hand, against brute force, in any blocks, in both languages."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from matchmaker.codebook import read_rows
from matchmaker.matching.bulk import join
from matchmaker.matching.bulk.join import join_texts, learn_index

WORDS = ["колесо", "рама", "труба", "шина", "wheel", "frame", "24", "сварная", "rear"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), max_size=12)
names = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=12
)


def pairs(found: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(found["left"], found["right"], strict=True))


def test_cosines_worked_by_hand():
    # «труба» is in both names, «стальной» and «медн» in one each: of n = 2 names,
    #   труба ln(3/3)+1 = 1, стальн and медн ln(3/2)+1 = 1.405465; the text «труба» is труба alone:
    #   cosine = 1 / sqrt(1 + 1.405465²) = 0.579739 with both; «медная труба» is the second name.
    found = join_texts(["труба", "Медные трубы"], ["Труба стальная", "Труба медная"])
    assert pairs(found) == [(0, 0), (0, 1), (1, 1), (1, 0)]
    # 1 · 1 / (1 + 1.405465²) = 0.336097 is what «труба» alone gives the other name
    assert found["score"].tolist() == pytest.approx([0.579739, 0.579739, 1.0, 0.336097], abs=1e-6)


def brute(left: list[str], right: list[str], top: int) -> pd.DataFrame:
    """All cosines in one dense matrix, the first `top` of every row by score and then position."""
    index = learn_index(right)
    cosines = (index._read(left) @ index.names).toarray() / join._handicaps(len(right))
    rows = [
        (i, j, cosines[i, j])
        for i in range(len(left))
        for j in sorted(range(len(right)), key=lambda j: (-round(cosines[i, j], 9), j))[:top]
        if cosines[i, j] > 0
    ]
    return pd.DataFrame(rows, columns=["left", "right", "score"]).astype({"score": float})


@given(texts, names, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_the_nearest_are_those_of_brute_force(left, right, top):
    found, expected = join_texts(left, right, top=top), brute(left, right, top)
    assert pairs(found) == pairs(expected)
    np.testing.assert_allclose(found["score"], expected["score"], atol=1e-6)


@pytest.fixture(scope="module")
def many() -> tuple[list[str], list[str]]:
    rng = random.Random(0)
    rows = [row for row in read_rows("okpd2.csv") if row["name_en"]]
    right = [row[name] for row in rng.sample(rows, 150) for name in ("name_ru", "name_en")]
    left = [" ".join(rng.sample(name.split(), k=len(name.split()) // 2 + 1)) for name in right]
    return left, right


@pytest.mark.parametrize("layer", join.LAYERS)
def test_blocks_and_threads_change_no_bit(many, layer, monkeypatch):
    left, right = many
    whole = join_texts(left, right, layer=layer)
    monkeypatch.setattr("matchmaker.matching.bulk.join.BLOCK", 77)
    assert_frame_equal(join_texts(iter(left), right, layer=layer), whole, check_exact=True)
    assert_frame_equal(join_texts(left, right, layer=layer, threads=2), whole, check_exact=True)
    best = whole.drop_duplicates("left")
    assert np.mean([left[i].split()[0] in right[j] for i, j in pairs(best)]) > 0.9


def test_equal_names_come_in_the_order_of_the_catalogue_and_the_first_are_kept():
    right = ["Рама"] + ["Колесо"] * 30 + ["Колесо заднее"]
    found = join_texts(["колёса"], right, top=20)
    assert pairs(found) == [(0, j) for j in range(1, 21)]


def test_english_needs_find_russian_names_and_the_other_way_round():
    russian = ["Колесо заднее", "Подшипник шариковый", "Труба алюминиевая"]
    english = ["Rear wheel", "Ball bearing", "Aluminium tube"]
    for left, right in ((english, russian), (russian, english)):
        best = join_texts(left, right).drop_duplicates("left")
        assert pairs(best) == [(0, 0), (1, 1), (2, 2)]


def test_an_item_is_found_once_by_the_nearest_of_its_names():
    index = learn_index(
        ["Колесо", "Колесо заднее", "Шина", "Обод колеса"],
        owners=["wheel", "wheel", "tyre", "rim"],
    )
    found = index.nearest(["колесо заднее", "шина"], top=2)
    assert pairs(found.to_frame()) == [(0, 0), (0, 2), (1, 1)]
    assert found.scores[[0, 2]].tolist() == [1.0, 1.0]


def test_characters_find_what_is_misspelt():
    right = ["Подшипник шариковый", "Редуктор червячный"]
    assert join_texts(["падшипнек"], right).empty
    assert pairs(join_texts(["падшипнек"], right, layer="characters"))[0] == (0, 0)


def test_what_says_nothing_finds_nothing():
    assert join_texts([], ["Рама"]).empty
    found = join_texts(["", "и", "неведомое"], ["Рама"])
    assert found.empty
    assert list(found.columns) == ["left", "right", "score"]
    assert join_texts(["рама"], ["Рама"], least=0.99)["score"].tolist() == [1.0]
    assert join_texts(["рама, труба"], ["Рама", "Труба"], least=0.9).empty


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"top": 0}, "top is 1 or more, not 0"),
        ({"layer": "sounds"}, "layers words, characters, found 'sounds'"),
        ({"right": ["и", ""]}, "None of the 2 names"),
    ],
)
def test_bad_calls_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        join_texts(**({"left": ["рама"], "right": ["Рама"]} | wrong))
