"""Evaluation: figures by hand, planted qualities recovered, labels read, layers left out."""

from __future__ import annotations

import math
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matchmaker as mm
from matchmaker.codebook import read_rows
from matchmaker.errors import MatchmakerError
from matchmaker.evaluation import Label, Unknown, ablate, evaluate, read_labels
from matchmaker.evaluation.metrics import (
    average,
    calibration_error,
    chance_error,
    discounted_gain,
    reliability,
)
from matchmaker.matching import COMPARISONS, find_matches, shipped_weights
from scripts.bench.measure import mid_ranks
from tests.fixtures import make_dataset
from tests.test_matching import ITEMS, offer

DATA = make_dataset(items=ITEMS, offers=[offer("Рама коляски", item="motor", okpd2="30.92.30")])
OFFER = DATA.table("offers")["id"].iloc[0]


def label(text: str, *items: str) -> Label:
    return Label(2, text, frozenset(items))


# Figures by hand


def test_ties_stand_at_the_middle_of_their_ranks() -> None:
    scores = np.array([[5.0, 1, 1, 1], [0, 2, 1, 0], [1, 1, 1, 1]])
    # One above and three alike: 1 + (3 + 1) / 2. Two above and two alike: 2 + 1.5. Four: 2.5.
    assert mid_ranks(scores, np.array([2, 0, 3])).tolist() == [3.0, 3.5, 2.5]


def test_gain_by_hand() -> None:
    # Right answers at 1 and 3 of the two possible: (1 + 1/2) / (1 + 1/log2 3).
    assert discounted_gain([1.0, 3.0]) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert discounted_gain([math.inf]) == discounted_gain([11.0]) == 0
    # First and second is the best; two that tie for it have 2 / log2(2.5) of 1 + 1 / log2(3).
    assert discounted_gain([1.0, 2.0]) == 1
    assert discounted_gain([1.5, 1.5]) == pytest.approx(1.5129 / 1.6309, abs=1e-4)


def test_calibration_error_by_hand() -> None:
    # 15 answers at 0.2 of which 6 are right, 15 at 0.9 all right: (0.2 + 0.1) / 2.
    said = np.repeat([0.9, 0.2], 15)
    right = np.array([True] * 15 + [True] * 6 + [False] * 9)
    assert [(b.said, b.right, b.n) for b in reliability(said, right)] == [
        (pytest.approx(0.2), pytest.approx(0.4), 15),
        (pytest.approx(0.9), 1.0, 15),
    ]
    assert calibration_error(said, right) == pytest.approx(0.15)


def test_exact_probabilities_err_by_chance_alone() -> None:
    chance = np.random.default_rng(1)
    said = chance.random(4000)
    right = chance.random(4000) < said
    assert calibration_error(said, right) == pytest.approx(chance_error(said, 0), abs=0.01)
    assert calibration_error(said**3, right) > 10 * chance_error(said**3, 0)


def test_intervals_hold_a_planted_share() -> None:
    chance = np.random.default_rng(2)
    inside = 0
    for seed in range(40):
        drawn = (chance.random(200) < 0.3).astype(float)
        found = average("share", drawn, seed)
        assert found.low <= found.value <= found.high
        inside += found.low <= 0.3 <= found.high
    # 38 of 40 expected; fewer than 33 has a chance of 1 in 200.
    assert inside >= 33


# What matching answers


def test_planted_labels_give_their_figures() -> None:
    # The rear wheel and the tube are found; the third label is wrong on purpose; the fourth has
    # no right item, so it counts for the probability only.
    labels = [
        label("Колесо заднее 24 дюйма", "rear-wheel"),
        label("Труба алюминиевая", "al-tube"),
        label("Подушка сиденья", "motor"),
        label("Пельмени"),
    ]
    found = evaluate(DATA, labels)
    assert found["HR@1"].value == pytest.approx(2 / 3)
    assert found["HR@1"].n == 3
    assert found["calibration error"].n == 4
    assert [one.right for one in found.verdicts] == [True, True, False, False]
    assert [one.best for one in found.verdicts[:3]] == ["rear-wheel", "al-tube", "cushion"]
    assert found.verdicts[3].probability < 0.5
    third = found.verdicts[2].rank
    assert found["MRR"].value == pytest.approx((1 + 1 + 1 / third) / 3)
    assert found["coverage"].value == len({one.best for one in found.verdicts}) / len(ITEMS)


def test_measures_are_those_counted_from_matches_of_imported_offers() -> None:
    """The other way round: the texts come as answers of firms, and every figure by its words."""
    chance = random.Random(3)
    rows = [row for row in read_rows("okpd2.csv") if len(row["code"]) == 8]
    chosen = [row for row in rows if row["code"].startswith(("25.", "30."))]
    items = [{"item": f"item-{n}", "name_ru": row["name_ru"]} for n, row in enumerate(chosen)]
    labels = [label(garbled(row["name_ru"], chance), f"item-{n}") for n, row in enumerate(chosen)]
    labels += [label(garbled(rows[n]["name_ru"], chance)) for n in range(10)]
    labels += [label(items[n]["name_ru"], f"item-{n}", f"item-{n + 1}") for n in range(5)]
    offers = [{"enterprise": f"02740{n:05d}", "product": one.text} for n, one in enumerate(labels)]
    data = make_dataset(items=items, offers=offers)
    frame = find_matches(data, top=10).to_frame()
    ranked = [
        sorted(zip(-own["score"].round(9), own["item"], own["probability"], strict=True))
        for own in (frame[frame["enterprise"] == row["enterprise"]] for row in offers)
    ]
    found = evaluate(make_dataset(items=items), labels)
    asked = [n for n, one in enumerate(labels) if one.items]
    places = [[middle(ranked[n], item) for item in labels[n].items] for n in asked]
    for depth in (1, 5, 10):
        hits = [any(place <= depth for place in own) for own in places]
        assert found[f"HR@{depth}"].value == pytest.approx(sum(hits) / len(asked))
    assert 0.3 < found["HR@1"].value < found["HR@10"].value <= 1
    ranks = [one.rank for one in found.verdicts if one.label.items]
    for rank, own in zip(ranks, places, strict=True):
        assert rank == min(own) or (rank > 10 and min(own) == math.inf)
    assert found["MRR"].value == pytest.approx(sum(1 / rank for rank in ranks) / len(ranks))
    gains = [
        sum(1 / math.log2(1 + place) for place in own if place <= 10)
        / sum(1 / math.log2(2 + n) for n in range(len(labels[asked[row]].items)))
        for row, own in enumerate(places)
    ]
    assert found["nDCG@10"].value == pytest.approx(sum(gains) / len(gains))
    best = {own[0][1] for own in ranked if own}
    assert found["coverage"].value == pytest.approx(len(best) / len(items))
    sure = [
        (own[0][2], own[0][1] in one.items) if own else (0.0, False)
        for own, one in zip(ranked, labels, strict=True)
    ]
    said, right = (np.array(column) for column in zip(*sure, strict=True))
    assert found["calibration error"].value == pytest.approx(calibration_error(said, right))


def middle(ranked: list[tuple[float, str, float]], item: str) -> float:
    """Place of an item, the middle one of those with the same score."""
    own = [score for score, name, _ in ranked if name == item]
    if not own:
        return math.inf
    scores = [score for score, _, _ in ranked]
    return scores.index(own[0]) + (scores.count(own[0]) + 1) / 2


def garbled(name: str, chance: random.Random) -> str:
    """A third of the words of a name, behind another one."""
    words = name.split()
    return " ".join(["изделие", *chance.sample(words, -(-len(words) // 3))])


def test_any_of_several_items_is_right() -> None:
    found = evaluate(DATA, [label("Рама кресла-коляски", "frame", "bolt")])
    assert found["HR@1"].value == 1
    assert found["nDCG@10"].value < 1


def test_what_blocking_lost_is_never_found() -> None:
    # Thirty nuts are nearer to a nut than a motor is, and a layer names ten.
    nuts = [{"item": f"nut-{i}", "name_ru": f"Гайка М{i}", "unit": "pcs"} for i in range(30)]
    found = evaluate(make_dataset(items=[*nuts, ITEMS[4]]), [label("Гайка", "motor")])
    assert found["MRR"].value == found["blocking recall@10"].value == 0
    assert found.verdicts[0].best.startswith("nut")


def test_the_declared_item_is_kept_from_matching() -> None:
    labels, _ = read_text("id,item\n" + f"{OFFER},frame\n")
    found = evaluate(DATA, labels)
    assert found.verdicts[0].best == "frame"
    assert labels[0].okpd2 == "30.92.30"


def test_other_weights_give_other_figures() -> None:
    labels = [label("Колесо заднее 24 дюйма", "rear-wheel")]
    silent = shipped_weights().without(COMPARISONS)
    assert evaluate(DATA, labels, weights=silent)["MRR"].value < 1


@settings(max_examples=4, deadline=None)
@given(st.permutations(["rear-wheel", "frame", "cushion", "motor"]))
def test_the_order_of_the_labels_changes_no_figure(order: list[str]) -> None:
    names = {row["item"]: str(row["name_ru"]) for row in ITEMS}
    whole = evaluate(DATA, [label(names[item], item) for item in sorted(order)])
    other = evaluate(DATA, [label(names[item], item) for item in order])
    assert [one.value for one in whole.measures] == pytest.approx(
        [one.value for one in other.measures]
    )


def test_layers_left_out_and_alone() -> None:
    labels = [
        label("Колесо заднее 24 дюйма", "rear-wheel"),
        label("Gear motor 24 V", "motor"),
        label("рамы кресел-колясок", "frame"),
    ]
    rows = {one.layer: one for one in ablate(DATA, labels)}
    assert set(rows) == {"", "codes", "words", "characters", "meaning", "classes", "facts", "roles"}
    whole = rows[""].without
    assert whole == evaluate(DATA, labels).measures[: len(whole)]
    # Nothing states a code, so codes alone rank nothing: all candidates tie.
    assert rows["codes"].without == whole
    assert rows["codes"].alone[0].value == 0
    assert rows["characters"].alone[0].value == 1


# Reading labels


def read_text(text: str, codec: str = "utf-8") -> tuple[tuple[Label, ...], tuple[Unknown, ...]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.csv"
        path.write_bytes(text.encode(codec))
        return read_labels(path, DATA)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_labels_of_any_spreadsheet_are_read(codec: str, mark: str) -> None:
    labels, unknown = read_text(f"text{mark}item\nРама{mark}item:frame\n", codec=codec)
    assert labels == (Label(2, "Рама", frozenset({"frame"})),)
    assert unknown == ()


def test_labels_by_code_none_and_several() -> None:
    text = "text,item,okpd2\nколесо,,30.92\nпельмени,,\nрама,frame;rear-wheel,\n\n"
    labels, _ = read_text(text)
    assert [sorted(one.items) for one in labels] == [
        ["frame", "rear-wheel"],
        [],
        ["frame", "rear-wheel"],
    ]


def test_what_the_data_do_not_have_is_named() -> None:
    text = f"id,text,item,okpd2\noffer:no,,frame,\n,рама,fram,\n,,frame,\n,вал,,99\n{OFFER},,,\n"
    labels, unknown = read_text(text)
    assert unknown == (
        Unknown(2, "id", "offer:no"),
        Unknown(3, "item", "fram"),
        Unknown(4, "text", ""),
        Unknown(5, "okpd2", "99"),
    )
    assert [one.id for one in labels] == [OFFER]


def test_a_file_of_another_kind_says_what_it_needs() -> None:
    with pytest.raises(MatchmakerError, match=r"needs a column text or id, .* its columns: a, b"):
        read_text("a,b\n1,2\n")
    with pytest.raises(MatchmakerError, match="its columns: none"):
        read_text("")


def test_labels_that_cannot_be_told_apart_are_named() -> None:
    with pytest.raises(MatchmakerError, match=r"line 4: .* Close every quotation mark"):
        read_text('text,item\nрама,frame\n"болт,bolt\nколесо,rear-wheel\n')
    with pytest.raises(MatchmakerError, match="several columns item"):
        read_text("text,item,item\nрама,frame,\n")
    labels, unknown = read_text("\n\ntext,item\nтележка\nрама,frame\n")
    assert [one.text for one in labels] == ["рама"]
    assert [(one.line, one.column) for one in unknown] == [(4, "item")]


def test_nothing_to_measure_with() -> None:
    with pytest.raises(MatchmakerError, match="no label"):
        evaluate(DATA, [])
    with pytest.raises(MatchmakerError, match="no items"):
        mm.evaluate(make_dataset(), [label("рама", "frame")])


def test_a_text_of_another_enterprise_changes_nothing() -> None:
    alone = evaluate(DATA, [label("Рама", "frame")]).verdicts[0]
    crowd = evaluate(DATA, [label("Рама", "frame"), label("Труба", "al-tube")]).verdicts[0]
    assert (alone.best, alone.probability) == (crowd.best, crowd.probability)
