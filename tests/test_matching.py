"""Matching: hand-worked scores, planted matches, exact sums, and quality on labelled names."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from matchmaker.codebook import read_rows
from matchmaker.codebook.weights import Weights
from matchmaker.errors import UnknownItemError, UnknownNameError
from matchmaker.matching import COMPARISONS, Match, Matches, MatchKind, find_matches, score_texts
from matchmaker.matching.pairs import block
from matchmaker.matching.pairs.compare import ROLES
from matchmaker.matching.pairs.score import rivalry
from matchmaker.matching.suppliers.co_production import FEATURES
from matchmaker.matching.text.stems import share_word, tokens
from tests.fixtures import make_dataset

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
LABELLED = DATA / "evaluate" / "tsr_products_dev.csv"

ONE, TWO = "0274000001", "0274000002"

ITEMS = [
    {
        "item": "rear-wheel",
        "name_ru": "Колесо заднее 24 дюйма",
        "name_en": "Rear wheel 24 inch",
        "synonyms": "Колесо приводное; Приводные колёса с ободом",
        "okpd2": "30.92.30.000",
        "unit": "pcs",
        "kind": "component",
    },
    {"item": "frame", "name_ru": "Рама кресла-коляски", "okpd2": "30.92.30.000", "unit": "pcs"},
    {"item": "al-tube", "name_ru": "Труба алюминиевая", "okpd2": "24.42.26.110", "unit": "m"},
    {"item": "cushion", "name_ru": "Подушка сиденья", "okpd2": "22.29.29.190", "unit": "pcs"},
    {"item": "motor", "name_ru": "Мотор-редуктор", "name_en": "Gear motor", "unit": "pcs"},
    {"item": "bolt", "name_ru": "Крепёж", "okpd2": "25.94.11.110", "unit": "set"},
]


def offer(product: str, **fields: object) -> dict[str, object]:
    return {"enterprise": ONE, "product": product, **fields}


def matched(*offers: dict[str, object], **tables: object) -> Matches:
    return find_matches(make_dataset(items=ITEMS, offers=offers, **tables))


def evidence(match: Match) -> float:
    """What speaks for an item whatever else the text might mean."""
    return sum(part.value for part in match.contributions if part.name != "rivals")


def test_hand_worked_score() -> None:
    # The name is exact, so the comparisons of texts of one language stand at level 1; all nine
    # digits of the code are shared; pieces and pieces are one dimension; no item is declared,
    # no number stated. The text speaks of its class 30.92.30 to 0.335105704:
    #   classes -0.098 + 0.335105704 × (3.276 + 0.098) = 1.032647
    #   prior -1.638 + code 3.401 + same 4 + words 1.879 + characters 1.669 + meaning 3.418
    #     + topics 1.220 + classes 1.032647 + heads 0.7 + purposes 0.5 + unit 0.2 = 16.381647
    # The wheel has the same code, but is another thing (-4.5) and not said to be for it (-0.7): its
    # sum is 3.856110 - 5.2, those of the others are below -6. Of what rivals have the share
    # 0.492868 counts:
    #   rivals -0.492868 ln(1 + e^(-1.343890 / 0.492868) + …) = -0.031241
    #   score 16.381647 - 0.031241 = 16.350406; probability = 1 / (1 + e^-16.350406)
    (match,) = matched(offer("Рама кресла-коляски", okpd2="30.92.30.000")).makes
    assert [part.name for part in match.contributions] == [
        "prior",
        *COMPARISONS,
        "rivals",
        "answered",
    ]
    told = {part.name: part.value for part in match.contributions if part.value}
    assert told == pytest.approx(
        {
            "prior": -1.638,
            "code": 3.401,
            "same": 4.0,
            "words": 1.879,
            "characters": 1.669,
            "meaning": 3.418,
            "topics": 1.22,
            "classes": 1.032647,
            "heads": 0.7,
            "purposes": 0.5,
            "unit": 0.2,
            "rivals": -0.031241,
        },
        abs=1e-5,
    )
    assert match.score == pytest.approx(16.350406, abs=1e-5)
    assert match.probability == pytest.approx(0.99999992, abs=1e-8)
    assert (match.item, match.kind, match.table) == ("frame", MatchKind.MAKES, "offers")


def test_weights_are_linear_between_levels_and_flat_beyond() -> None:
    weights = Weights({"words": (np.array([0.25, 0.75]), np.array([-1.0, 3.0]))})
    # Half way from 0.25 to 0.75 lies half way from -1 to 3, which is 1.
    levels = np.array([0.0, 0.25, 0.5, 0.75, 1.0, np.nan])
    assert weights.weigh("words", levels).tolist() == [-1, -1, 1, 3, 3, 0]


def test_every_comparison_has_weights_with_provenance() -> None:
    rows = list(read_rows("weights.csv"))
    related = {f"related_{name}" for name in ("prior", *FEATURES)}
    others = {
        "prior",
        "rivals",
        "substitute",
        "could_make_prior",
        "processes",
        "materials",
        "answered",
    }
    assert {*COMPARISONS, *others, *related} == {row["comparison"] for row in rows}
    assert all(row["provenance"] for row in rows)
    for name in COMPARISONS:
        points = sorted(
            (float(r["level"]), float(r["weight"])) for r in rows if r["comparison"] == name
        )
        assert [weight for _, weight in points] == sorted(weight for _, weight in points)


def test_tokens_fold_and_stem_both_languages() -> None:
    assert tokens("Приводные КОЛЁСА, 12,5 мм") == ["приводн", "колес", "12,5", "мм"]
    assert tokens("Welded frames") == ["weld", "frame"]


def test_materials_share_words_not_connectives() -> None:
    assert share_word("сталь и алюминий", "алюминиевые сплавы")
    assert not share_word("сталь и титан", "алюминий и медь")


WORDS = [
    *("колесо", "заднее", "приводное", "рама", "коляски", "труба", "алюминиевая"),
    *("подушка", "wheel", "motor", "24", "XR"),
]
OFFERS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join),
        st.sampled_from([None, "30.92", "30.92.30.000", "24.42.26", "01"]),
        st.sampled_from([None, "pcs", "kg", "set"]),
        st.sampled_from([None, "motor", "frame"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: (row[0], row[3]),
)


def as_offers(drawn: list[tuple[object, ...]]) -> list[dict[str, object]]:
    return [
        {"enterprise": ONE, **dict(zip(("product", "okpd2", "unit", "item"), row, strict=True))}
        for row in drawn
    ]


@settings(max_examples=25, deadline=None)
@given(OFFERS)
def test_contributions_sum_to_the_score_exactly(drawn: list[tuple[object, ...]]) -> None:
    for match in matched(*as_offers(drawn)):
        values = [part.value for part in match.contributions]
        assert sum(values) == math.fsum(values) == sum(reversed(values)) == match.score
        assert match.probability == pytest.approx(1 / (1 + math.exp(-match.score)))
        assert all(part.value == 0 for part in match.contributions[1:] if part.level is None)


@settings(max_examples=10, deadline=None)
@given(OFFERS, st.randoms(use_true_random=False))
def test_shuffling_rows_changes_nothing(
    drawn: list[tuple[object, ...]], chance: random.Random
) -> None:
    offers, items = as_offers(drawn), list(ITEMS)
    before = matched(*offers).to_frame()
    chance.shuffle(offers)
    chance.shuffle(items)
    after = find_matches(make_dataset(items=items, offers=offers)).to_frame()
    assert_frame_equal(before, after, check_exact=True)


def test_small_blocks_give_the_same_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = [offer(f"{word} {other}") for word in WORDS for other in WORDS]
    whole = matched(*offers).to_frame()
    monkeypatch.setattr(block, "CELLS", 20)
    assert_frame_equal(matched(*offers).to_frame(), whole, check_exact=True)


def test_what_another_firm_answers_changes_no_score() -> None:
    alone = matched(offer("Колёса приводные")).to_frame()
    other = {"enterprise": TWO, "product": "Колёса, рамы, трубы, моторы 24 приводные"}
    both = matched(offer("Колёса приводные"), other).to_frame()
    mine = both[both["enterprise"] == ONE].reset_index(drop=True)
    assert_frame_equal(mine, alone, check_exact=True)


def test_order_is_kind_item_probability_id() -> None:
    offers = [offer(f"{word} {other}") for word in WORDS for other in WORDS]
    frame = matched(*offers, needs=[offer("рама")]).to_frame()
    keys = list(zip(frame["kind"], frame["item"], -frame["probability"], frame["id"], strict=True))
    assert keys == sorted(keys)


def test_missing_code_contributes_nothing_and_is_asked() -> None:
    told = matched(offer("Рама для коляски", okpd2="30.92.30.000"))
    silent = matched(offer("Рама для коляски"))
    (with_code,), (without,) = told.for_item("frame"), silent.for_item("frame")
    code = next(part for part in without.contributions if part.name == "code")
    assert (code.level, code.value) == (None, 0.0)
    assert without.questions == ("offers.item", "offers.okpd2")
    assert with_code.questions == ("offers.item",)
    assert evidence(with_code) - evidence(without) == pytest.approx(3.401, abs=1e-8)


def test_code_missing_in_the_catalogue_is_asked_there() -> None:
    (match,) = matched(offer("мотор-редуктор", okpd2="27.11.10")).makes
    assert match.questions == ("offers.item", "items.okpd2")


def test_words_that_say_nothing_are_not_stated() -> None:
    (match,) = matched(offer("Zorblax QQ", item="frame")).makes
    words = next(part for part in match.contributions if part.name == "words")
    assert words.level is None


def test_exact_name_comes_first_in_both_languages() -> None:
    texts = {
        "Колесо заднее 24 дюйма": "rear-wheel",
        "rear wheel 24 inch": "rear-wheel",
        "КОЛЕСО ПРИВОДНОЕ": "rear-wheel",
        "труба алюминиевая": "al-tube",
        "Gear motor": "motor",
        "крепеж": "bolt",
    }
    matches = matched(*(offer(text) for text in texts))
    products = dict(
        zip(*(matches.data.table("offers")[name] for name in ("id", "product")), strict=True)
    )
    assert {products[match.id]: match.item for match in matches.makes} == texts
    assert all(match.probability > 0.9 for match in matches.makes)


def test_planted_items_are_recovered() -> None:
    planted = {
        "Колёса приводные задние, литой обод, арт. 77-12": ("rear-wheel", "30.92.30"),
        "рамы сварные для кресел-колясок": ("frame", "30.92.30.000"),
        "Алюминиевые трубы АД31 22x1,5": ("al-tube", "24.42.26"),
        "подушки для сидений противопролежневые": ("cushion", "22.29.29.190"),
        "gear motors 24V": ("motor", None),
    }
    matches = matched(*(offer(text, okpd2=code) for text, (_, code) in planted.items()))
    offers = matches.data.table("offers")
    told = zip(offers["id"], offers["product"], offers["okpd2"], strict=True)
    sure = {match.id for match in matches.makes}
    for id, product, code in told:
        assert matches.best(id).item == planted[product][0]
        assert id in sure or code is None


@pytest.mark.parametrize("item", [row["item"] for row in ITEMS])
def test_declared_code_wins(item: str) -> None:
    offers = [offer("Рама кресла-коляски", item=item, okpd2="30.92.30.000", unit="kg")]
    (match,) = matched(*offers).makes
    assert match.item == item
    assert match.probability >= 0.9999


def test_declared_item_that_the_catalogue_lacks_is_a_question() -> None:
    (match,) = matched(offer("Рама кресла-коляски", item="no-such")).makes
    assert match.item == "frame"
    assert "offers.item" in match.questions


def test_an_offer_is_one_item_and_nothing_is_hidden_silently() -> None:
    matches = matched(
        offer("Колесо заднее 24 дюйма", okpd2="30.92.30.000"), offer("Пельмени", okpd2="10.85.19")
    )
    assert [match.item for match in matches.makes] == ["rear-wheel"]
    sure = matches.to_frame()["probability"] >= 0.5
    assert matches.hidden == (~sure).sum() == len(matches) - sure.sum() > 0
    assert len(matches.for_item("frame")) >= 1


def test_what_fits_two_items_alike_is_neither_for_sure() -> None:
    twins = [{"item": code, "name_ru": "Втулка", "unit": "pcs"} for code in ("b-hub", "a-hub")]
    matches = find_matches(make_dataset(items=twins, offers=[offer("Втулка")]))
    assert [match.item for match in matches] == ["a-hub", "b-hub"]
    assert [match.probability for match in matches] == pytest.approx([0.5, 0.5], abs=1e-4)
    assert not len(matches.makes)
    assert matches.hidden == 2


SUMS = st.lists(st.floats(-30, 40), min_size=1, max_size=6)


@given(st.lists(SUMS, min_size=1, max_size=4))
def test_rivals_leave_the_posterior_of_every_candidate(drawn: list[list[float]]) -> None:
    subjects = [sorted(sums, reverse=True) for sums in drawn]
    left = np.repeat(np.arange(len(subjects)), [len(sums) for sums in subjects])
    levels = rivalry(left, np.array([one for sums in subjects for one in sums]), 0.5)
    # Brute force: the odds of all others of the same subject, added one by one.
    expected = [
        math.log1p(math.fsum(math.exp(2 * other) for j, other in enumerate(sums) if j != i))
        for sums in subjects
        for i in range(len(sums))
    ]
    assert levels == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(OFFERS)
@settings(max_examples=20, deadline=None)
def test_a_text_is_likely_to_mean_one_item_at_most(drawn: list[tuple[object, ...]]) -> None:
    frame = matched(*as_offers(drawn)).to_frame()
    assert ((frame["probability"] > 0.5).groupby(frame["id"]).sum() <= 1).all()


def test_needs_are_their_own_kind() -> None:
    matches = matched(needs=[{"enterprise": TWO, "product": "Мотор-редуктор"}])
    assert [(match.kind, match.item) for match in matches.needs] == [(MatchKind.NEEDS, "motor")]
    assert not len(matches.makes)


def test_cells_are_those_of_the_dataset() -> None:
    matches = matched(offer("Рама кресла-коляски", okpd2="30.92.30.000"))
    (match,) = matches.makes
    places = [matches.data.cell("offers", match.id, name) for name in ("product", "okpd2", "unit")]
    assert list(match.cells) == places
    assert [cell.column for cell in places] == ["B", "D", "E"]


ROUTING = [
    {"item": "frame", "process": "welding", "hours": 0.5, "material": "алюминий"},
    {"item": "frame", "process": "tube-bending", "hours": 0.25},
]


def capability(process: str, enterprise: str = ONE, **fields: object) -> dict[str, object]:
    return {"enterprise": enterprise, "process": process, **fields}


def could_make(*capabilities: dict[str, object], **tables: object) -> Matches:
    return find_matches(
        make_dataset(items=ITEMS, routing=ROUTING, capabilities=capabilities, **tables)
    ).could_make


def test_matches_print_what_they_hold_and_how_to_go_on() -> None:
    shown = str(matched(offer("Рама кресла-коляски"), offer("Рама кресла-коляски", item="motor")))
    head, makes, needs, *_, last = shown.splitlines()
    assert head == f"Matches with {len(ITEMS)} items of the catalogue, at or above 0.8:"
    assert (makes, needs) == ("  makes: 2, of 2 items", "  needs: 0, of 0 items")
    assert "build_graph(data, matches)" in last


def test_could_make_needs_every_process() -> None:
    half = could_make(capability("Сварка TIG"), capability("Гибка труб", TWO))
    assert not len(half)


def test_could_make_hand_worked() -> None:
    # Two processes, one material asked and confirmed:
    #   2.2 - 2 · 0.3 + 0.2 = 1.8; probability = 1 / (1 + e^-1.8) = 0.8581
    matches = could_make(
        capability("Сварка TIG", material="сталь, алюминиевые сплавы"), capability("трубогиб Ø 32")
    )
    (match,) = matches
    assert (match.id, match.enterprise, match.item) == (f"firm:{ONE}", ONE, "frame")
    assert match.score == sum(part.value for part in match.contributions)
    assert match.score == pytest.approx(1.8, abs=1e-8)
    assert match.probability == pytest.approx(0.8581, abs=1e-4)
    assert [(step.process, step.hours) for step in match.capabilities] == [
        ("tube-bending", 0.25),
        ("welding", 0.5),
    ]
    ids = [step.capability for step in match.capabilities]
    assert match.cells == tuple(matches.data.cell("capabilities", id, "process") for id in ids)
    assert match.questions == ()


def test_material_not_stated_stays_and_is_asked_another_material_does_not() -> None:
    bending = capability("Гибка труб")
    (match,) = could_make(capability("Сварка"), bending)
    assert match.questions == ("capabilities.material",)
    assert match.contributions[-1].value == 0
    assert not len(could_make(capability("Сварка", material="сталь"), bending))
    two = could_make(capability("Сварка", material="сталь"), capability("Сварка TIG"), bending)
    assert len(two) == 1


def test_the_capability_that_confirms_most_and_costs_least_is_named() -> None:
    rows = [
        capability("Сварка"),
        capability("Сварка TIG", material="алюминий", rate=900.0),
        capability("Сварка MIG", material="алюминий", rate=700.0),
        capability("Сварка рам", material="алюминий"),
        capability("Гибка труб"),
    ]
    (match,) = could_make(*rows)
    data = make_dataset(capabilities=rows).table("capabilities")
    chosen = data.set_index("id").loc[match.capabilities[1].capability]
    assert chosen["process"] == "Сварка MIG"


def test_who_makes_it_already_is_not_told_that_it_could() -> None:
    masters = [capability(text, firm) for text in ("Сварка", "Гибка труб") for firm in (ONE, TWO)]
    matches = could_make(*masters, offers=[offer("Рама кресла-коляски")])
    assert [match.enterprise for match in matches] == [TWO]


@pytest.mark.parametrize(
    ("lang", "claim", "code", "question"),
    [
        (
            "ru",
            "с вероятностью > 99,95 % (сумма +14,27)",
            "+2,49: совпадает вид ОКПД2",
            "Не указано",
        ),
        (
            "en",
            "a probability of > 99.95 % (sum +14.27)",
            "+2.49: the OKPD2 codes share",
            "Not stated",
        ),
    ],
)
def test_explain(lang: str, claim: str, code: str, question: str) -> None:
    # As in the hand-worked score, but six digits (2.485) and other units (-1):
    # 16.382 - 3.401 + 2.485 - 0.2 - 1 = 14.266, less 0.0005 for the wheel, whose code shares as
    # much: -1.344 - 3.401 + 2.485 - 0.2 - 1 = -3.460, 0.492868 ln(1 + e^(-3.460 / 0.492868) + …).
    matches = matched(
        offer("Рама кресла-коляски", okpd2="30.92.30", unit="kg"),
        enterprises=[{"enterprise": ONE, "name": "ООО «Вымысел»", "role": "member"}],
    )
    (match,) = matches.makes
    sentences = matches.explain(match, lang)
    assert matches.explain(match.id, lang) == sentences
    assert "ООО «Вымысел»" in sentences[0]
    assert claim in sentences[0]
    assert any(line.startswith(code) for line in sentences)
    assert sentences[-1].startswith(question)


def test_explain_says_the_steps_of_could_make() -> None:
    matches = could_make(capability("Сварка"), capability("Гибка труб"))
    russian, english = (matches.explain(f"firm:{ONE}", lang) for lang in ("ru", "en"))
    assert any(line.startswith("Сварка: 0,5 ч на единицу") for line in russian)
    assert any(line.startswith("Welding: 0.5 h per unit") for line in english)


def test_every_level_has_its_sentence() -> None:
    keys = {row["key"] for row in read_rows("phrases.csv") if row["ru"] and row["en"]}
    told = [
        row
        for row in read_rows("weights.csv")
        if row["comparison"] in {"code", "declared", "unit", *ROLES}
    ]
    assert {f"match.{row['comparison']}.{row['level']}" for row in told} <= keys
    assert {f"match.{name}" for name in ("words", "characters", "processes", "materials")} <= keys


def test_unknown_names_say_what_is_near() -> None:
    matches = matched(offer("Рама"))
    with pytest.raises(UnknownItemError, match="frame"):
        matches.for_item("frames")
    with pytest.raises(UnknownNameError):
        matches.explain("offer:nobody", "en")


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"threshold": -0.1}, {"top": 0}])
def test_bad_calls_state_the_rule(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not"):
        find_matches(make_dataset(), **wrong)


@pytest.mark.parametrize("tables", [{}, {"items": ITEMS}, {"offers": [offer("Рама")]}])
def test_empty_tables_give_empty_matches(tables: dict[str, object]) -> None:
    matches = find_matches(make_dataset(**tables))
    assert len(matches) == matches.hidden == 0
    assert list(matches.makes) == []
    assert list(matches.to_frame().columns[:7]) == [
        *("table", "id", "enterprise", "item", "kind", "score", "probability")
    ]


def test_score_texts_of_nothing() -> None:
    assert score_texts([], [["a"]]).shape == (0, 1)
    assert score_texts(["a"], []).shape == (1, 0)


def test_the_best_spelling_speaks_for_a_document() -> None:
    documents = [["рама", "frame"], ["колесо"]]
    alone = score_texts(["frame"], [["frame"], ["рама"], ["колесо"]])
    (scores,) = score_texts(["frame"], documents)
    assert scores.tolist() == pytest.approx([alone[0, :2].max(), alone[0, 2]])


@pytest.mark.skipif(not LABELLED.exists(), reason="needs ../shared/data/evaluate")
def test_beats_character_vectors_on_labelled_names() -> None:
    labelled = pd.read_csv(LABELLED)
    categories = pd.read_csv(DATA / "reference" / "tsr_categories.csv")
    scores = score_texts(list(labelled["product_name"]), [[name] for name in categories["name_ru"]])
    place = categories["code"].searchsorted(labelled["tsr_code"])
    ranks = (scores >= scores[np.arange(len(scores)), place][:, None]).sum(axis=1)
    # Nothing is fitted on these labels. Character TF-IDF alone: 0.521, 0.876 and 0.654.
    assert np.mean(ranks <= 1) >= 0.62
    assert np.mean(ranks <= 10) >= 0.92
    assert np.mean(1 / ranks) >= 0.73


@pytest.mark.long
def test_shipped_weights_are_what_the_script_fits() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "fit_weights")]
    done = subprocess.run(script, cwd=ROOT, check=True, capture_output=True, text=True)
    fitted = {tuple(line.split()[:2]): float(line.split()[2]) for line in done.stdout.splitlines()}
    shipped = {
        (row["comparison"], row["level"]): float(row["weight"]) for row in read_rows("weights.csv")
    }
    assert {"prior", "words", "meaning_across", "classes"} <= {name for name, _ in fitted}
    assert fitted == pytest.approx({key: shipped[key] for key in fitted}, abs=0.05)


def test_frame_columns_hold_the_contributions() -> None:
    frame = matched(offer("Рама")).to_frame()
    others = {"prior", "rivals", "processes", "materials", "substitute"}
    parts = [name for name in frame if name in {*COMPARISONS, *others}]
    assert (frame[parts].sum(axis=1) == frame["score"]).all()
