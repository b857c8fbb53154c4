"""Reading of texts: denials, look-alike letters, jargon, facts, classes, meaning and learning."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from math import inf
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from matchmaker.errors import EncoderError
from matchmaker.matching import score_texts
from matchmaker.matching.text import encoder as meaning
from matchmaker.matching.text.classes import classification
from matchmaker.matching.text.encoder import LatentEncoder, UniversalEncoder
from matchmaker.matching.text.lexicon import learn_lexicon
from matchmaker.matching.text.stated_quantities import agreement, facts
from matchmaker.matching.text.stems import bare_terms, is_english, one_script, terms

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "scripts" / "bench"
learn_scores = run_path(str(BENCH / "label_regression.py"))["learn_scores"]
LABELS = ROOT.parent / "shared" / "data"
needs_labels = pytest.mark.skipif(
    not LABELS.exists(), reason="needs ../shared/data/evaluate and reference"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("трость без устройства, складная", ["трост", "¬устройств", "складн"]),
        ("не регулируемая с ручкой", ["¬регулируем", "ручк"]),
        ("не менее 40 г", ["40", "г"]),
        ("cane without a seat", ["cane", "¬seat"]),
        ("недренируемый и нержавеющий", ["¬дренируем", "нержавеющ"]),
    ],
)
def test_denials_are_kept_apart(text: str, expected: list[str]) -> None:
    assert terms(text, {"дренируем"}) == expected


def test_a_denial_outweighs_the_likeness_of_the_same_words() -> None:
    documents = [["Насос без двигателя"], ["Насос с двигателем"], ["Корпус пластмассовый"]]
    asked = ["насосы с двигателем", "pump without motor", "Не производим пластмассовые корпуса"]
    scores = score_texts(asked, documents)
    assert scores[0, 1] - scores[0, 0] > 4
    assert scores[1, 0] > scores[1, 1]
    assert scores[2, 2] < 0
    assert score_texts(["корпуса пластмассовые"], documents)[0, 2] > 0


def test_translations_deny_nothing() -> None:
    """«не включённые в другие группировки» denies no "other" of an English name."""
    documents = [["Торговля прочими товарами, не включёнными в другие группировки"]]
    assert score_texts(["Sale of other goods n.e.c."], documents)[0, 0] > 0


def test_letters_of_two_scripts_become_one() -> None:
    assert one_script("мотoр") == "мотор"
    assert one_script("ортеz") == "ортеz"
    assert is_english("ball bearing 608ZZ")
    assert not is_english("подшипник 608ZZ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("размер M", {"size": (3, 3)}),
        ("р-р Large", {"size": (4, 4)}),
        ("пелёнки 90х60 см", {"side 0": (60, 60), "side 1": (90, 90)}),
        ("вес до 6 кг", {"g": (-inf, 6000)}),
        ("не менее 1,3 л", {"ml": (1300, inf)}),
        ("талия 80-110 см", {"mm": (800, 1100)}),
        ("на 4-х опорах", {"опор": (4, 4)}),
        ("четырехопорная", {"опор": (4, 4)}),
        ("не менее 1 300 кг", {"g": (1_300_000, inf)}),
        ("130 кг и более", {"g": (130_000, inf)}),
        ("at most 15 kg", {"g": (-inf, 15_000)}),
        ("от -20 до 60 °C", {"°c": (-20, 60)}),
        ("до -40 °С", {"°c": (-40, 0)}),
        ("не выше -40 °С", {"°c": (-inf, -40)}),
        ("-40...+50 °C", {"°c": (-40, 50)}),
        ("от 5 мм до 3 м", {"mm": (5, 3000)}),
        ("at least 5 kg and at most 10 kg", {"g": (5000, 10_000)}),
        ("load capacity 1,500 kg", {"g": (1_500_000, 1_500_000)}),
        ("масса 1,500 кг", {"g": (1500, 1500)}),
        ("1’000 кг", {"g": (1_000_000, 1_000_000)}),
        ("подача 5 м/с", {}),
        ("давление до 40 бар", {"mpa": (-inf, 4)}),
        ("колесо 24 дюйма", {"mm": (609.6, 609.6)}),
        ("труба стальная", {}),
    ],
)
def test_facts(text: str, expected: dict[str, tuple[float, float]]) -> None:
    assert facts(text) == expected


def test_facts_contradict_where_similarity_does_not() -> None:
    assert agreement(facts("пресс 500 т"), facts("пресс 50 т")) == -1
    assert agreement(facts("размер L"), facts("размер L, вес до 90 кг")) == 1
    assert agreement(facts("пресс"), facts("пресс 50 т")) is None
    (scores,) = score_texts(
        ["подгузники, размер M"], [["Подгузники, размер L"], ["Подгузники, размер M"]]
    )
    assert scores[1] > scores[0] + 2


def test_jargon_finds_its_item() -> None:
    documents = [["Трость опорная"], ["Подгузники для взрослых"], ["Обувь ортопедическая"]]
    scores = score_texts(["памперсы", "ботиночки зимние, ботинки"], documents)
    assert scores.argmax(axis=1).tolist() == [1, 2]


def test_gist_leaves_brands_out_and_says_what_jargon_means() -> None:
    lexicon = learn_lexicon(["Ходунки-роллаторы"])
    # One letter off a word of the catalogue and in no dictionary: read as the catalogue has it.
    assert lexicon.gist("Роллятор Zorblax QX") == "роллаторы (ходунки роллаторы)"
    assert lexicon.gist("Ролятор Zorblax") == "Ролятор (ходунки роллаторы)"
    assert lexicon.gist("Zorblax walker") == "Zorblax walker"


def test_a_deep_name_speaks_of_the_codes_above() -> None:
    codes = classification()
    (profile,) = codes.profiles([dict.fromkeys(bare_terms("Кресла-коляски инвалидные"), 1.0)])
    (place,) = codes.places(["30.92"])
    (elsewhere,) = codes.places(["10.71"])
    assert (profile @ place.T).toarray().item() > 0.2
    assert (profile @ elsewhere.T).toarray().item() == pytest.approx(0, abs=0.01)
    assert codes.code_of("МАТРАСЫ") == "31.03"
    assert codes.code_of("нет такого") == ""


def test_a_code_the_classification_lacks_stands_where_the_one_above_does() -> None:
    places = classification().places(["30.92.30.999", "30.92.30", ""])
    assert (places[0] != places[1]).nnz == 0
    assert places[2].nnz == 0


def test_meaning_ignores_its_neighbours_and_crosses_languages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(UniversalEncoder, "_one", UniversalEncoder._one.__wrapped__)
    encoder = UniversalEncoder()
    texts = ["подшипники качения", "rolling bearings", "хлеб и булочки"]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert (together == alone).all()
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-3)
    assert together[0] @ together[1] > together[0] @ together[2] + 0.2


def test_without_the_encoder_another_takes_over_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(meaning, "MODULE", "no_such_package")
    encoder = meaning.shipped_encoder.__wrapped__()
    assert isinstance(encoder, LatentEncoder)
    assert "not installed" in caplog.text
    bread, loaf, gear = encoder.encode(["хлеб свежий", "fresh bread", "редуктор"])
    assert bread @ loaf > bread @ gear
    assert encoder.encode([]).shape == (0, meaning.LATENT)


def test_a_changed_encoder_is_refused(tmp_path: Path) -> None:
    for name in meaning.FINGERPRINTS:
        (tmp_path / name).write_bytes(b"changed")
    with pytest.raises(EncoderError, match=r"sp\.model of the sentence encoder has changed"):
        meaning._check(tmp_path)


def test_examples_teach_what_texts_do_not_say() -> None:
    documents = [["Трость опорная"], ["Костыли подмышечные"]]
    examples = [f"Zorblax {n}" for n in range(20)] + [f"Quux {n}" for n in range(20)]
    labels = [0] * 20 + [1] * 20
    asked = ["Zorblax 77", "Quux 78", "трость", "костыль подмышечный"]
    scores = learn_scores(asked, documents, examples, labels)
    assert scores.argmax(axis=1).tolist() == [0, 1, 0, 1]
    with pytest.raises(ValueError, match="a label an example"):
        learn_scores(["a"], documents, ["b"], [])


def test_few_examples_leave_the_scores_as_they_are() -> None:
    documents = [["Трость опорная"], ["Костыли подмышечные"], ["Ходунки-роллаторы"]]
    asked = ["тросточка", "роллатор Zorblax"]
    few = [f"Zorblax {n}" for n in range(39)]
    kept = learn_scores(asked, documents, few, [0] * 39)
    np.testing.assert_array_equal(kept, score_texts(asked, documents))
    taught = learn_scores(asked, documents, [*few, "Zorblax"], [0] * 40)
    assert taught[1, 0] - taught[1, 1] > kept[1, 0] - kept[1, 1]
    assert learn_scores([], documents, few, [0] * 39).shape == (0, 3)


def test_a_document_without_examples_learns_from_its_likes() -> None:
    documents = [["Трость складная"], ["Трость складная детская"], ["Клапан обратный"]]
    examples = [f"Zorblax {n}" for n in range(20)] + [f"Quux {n}" for n in range(20)]
    scores = learn_scores(["Zorblax 99"], documents, examples, [0] * 20 + [2] * 20)
    shipped = score_texts(["Zorblax 99"], documents)
    gained = scores[0] - shipped[0]
    assert gained[0] > gained[1] > gained[2]


@needs_labels
def test_learning_from_forty_examples_is_not_worse_than_from_none() -> None:
    with (LABELS / "evaluate" / "tsr_products_dev.csv").open(encoding="utf-8") as file:
        labelled = random.Random(3).sample(list(csv.DictReader(file)), 340)
    with (LABELS / "reference" / "tsr_categories.csv").open(encoding="utf-8") as file:
        names = {row["code"]: row["name_ru"] for row in csv.DictReader(file)}
    place = {code: number for number, code in enumerate(names)}
    texts = [row["product_name"] for row in labelled]
    right = np.array([place[row["tsr_code"]] for row in labelled])
    documents = [[name] for name in names.values()]
    shipped = score_texts(texts[:300], documents)
    taught = learn_scores(texts[:300], documents, texts[300:], right[300:].tolist())
    hits = [np.mean(scores.argmax(axis=1) == right[:300]) for scores in (shipped, taught)]
    assert hits[1] >= hits[0]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(BENCH / "retrieval"), *arguments]
    return subprocess.run(script, check=False, capture_output=True, text=True)


def test_bench_prints_a_row_a_measure(tmp_path: Path) -> None:
    queries, documents = tmp_path / "q.csv", tmp_path / "d.csv"
    queries.write_text("text,code\nпамперсы,b\nwalking stick,a\n", encoding="utf-8")
    documents.write_text(
        "code,name,name_en\na,Трость опорная,Cane\nb,Подгузники,\n", encoding="utf-8"
    )
    done = bench(str(queries), str(documents), "--bar", "HR@1=0.9", "--json")
    rows = {row["case"]: row for row in json.loads(done.stdout)}
    assert list(rows) == ["HR@1", "HR@5", "HR@10", "MRR", "n", "seconds"]
    assert rows["HR@1"]["value"] == 1
    assert rows["HR@1"]["holds"] is True
    assert rows["MRR"]["bar"] is None
    queries.write_text("text,code\nx,nowhere\n", encoding="utf-8")
    assert "no document has: nowhere" in bench(str(queries), str(documents)).stderr
