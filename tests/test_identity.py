"""Identity: one firm is found however it is written, different firms stay apart.

All firms here are invented.
"""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.ru import inn

from matchmaker.codebook import read_rows, say
from matchmaker.survey.cells.registrations import has_valid_check
from matchmaker.survey.identity import (
    compare_pairs,
    find_duplicates,
    group,
    link_names,
    read_name,
)
from matchmaker.survey.identity.addresses import read_address
from matchmaker.survey.identity.alike import alike
from matchmaker.survey.identity.compare import COMPARISONS, identity_weights, learn_rarity
from matchmaker.survey.identity.firms import read_domains, read_firm, read_phones
from matchmaker.survey.identity.names import Name
from matchmaker.survey.identity.spelling import pieces, sound
from matchmaker.survey.identity.spelling import to_latin as to_latin_letters
from tests.romanisation import SCHEMES, to_cyrillic, to_latin

DATA = Path(__file__).parents[2] / "shared" / "data"
SYLLABLES = st.tuples(st.sampled_from("бвгджзклмнпрстфхцчшщ"), st.sampled_from("аеиоуыэюя"))
WORDS = st.lists(SYLLABLES.map("".join), min_size=2, max_size=5).map("".join)
"""Words of open syllables: between vowels no two letters run into each other, as «зх» and «ж»."""
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
ANY = st.text(max_size=40)
FIRM, OTHER, THIRD = "7707083893", "7702070139", "7736050003"


def likeness(one: str, other: str) -> float:
    return alike(read_name(one), read_name(other), {})


def core_of(name: Name) -> str:
    """Readable core of a name: no form, quotes, case or accents."""
    numbers = sorted(name.numbers, key=lambda number: (len(number), number))
    return " ".join([*(word.text for word in name.words), *numbers])


def firm(name: str, **told: str) -> dict[str, str]:
    return {"name": name, "country": "RU"} | told


def probability(one: dict[str, str], other: dict[str, str]) -> float:
    return compare_pairs([(one, other)])[0].probability


@pytest.mark.parametrize(
    ("written", "core", "kinds"),
    [
        ("ООО «Ромашка-М»", "ромашка м", ["limited"]),
        ("Общество с ограниченной ответственностью «РОМАШКА»", "ромашка", ["limited"]),
        ("Ромашка, ООО", "ромашка", ["limited"]),
        ("АО «Союз»", "союз", ["stock"]),
        ("ООО «Союз»", "союз", ["limited"]),
        ("Müller Söhne GmbH & Co. KG", "muller sohne", ["partnership"]),
        ("Sun Garment Co., Ltd.", "sun garment", ["limited"]),
        ("Textil del Norte S.A. de C.V.", "textil del norte", ["stock"]),
        ("Ak Tekstil San. ve Tic. Ltd. Şti. Bursa Şubesi", None, ["limited"]),
        ("Kowalski Sp. z o.o.", "kowalski", ["limited"]),
        ("Alfa (Pvt) Ltd. Unit 7", "alfa unit 7", ["limited"]),
        ("ИП Иванов Иван Иванович", "иванов иван иванович", ["sole"]),
        ("ФГУП «НИИ Прогресс»", "нии прогресс", ["state"]),
    ],
)
def test_legal_forms_are_cut_off(written, core, kinds):
    name = read_name(written)
    assert [form.kind for form in name.forms] == kinds
    if core:
        assert core_of(name).replace("и", "й") == core.replace("и", "й")


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("Строительно-монтажное предприятие «Луч»", "СМП Луч"),
        ("Научно-производственное объединение «Вымпел»", "НПО «Вымпел»"),
        ("Северная заготовительная компания", "СЗК"),
        ("Строительное снабжение", "Стройснаб"),
        ("Вымпелстроймонтаж", "ВСМ"),
        ("Завод «Вымпел»", "з-д Вымпел"),
        ("Завод «Вымпел»", "Vympel plant"),
        ("Вымпел Полимеры", "Vympel Polymers LLC"),
        ("Vogue Tex", "voguetex"),
        ("Lotus Lanka (Pvt) Ltd", "L o tu s L an ka ( P r i v ate ) L td"),
        ("Машиностроительный завод «Щёкино»", "Shchekino machine-building plant"),
        ("«Вымпел» завод", "Завод Вымпел"),
    ],
)
def test_spellings_of_one_name_agree(full, short):
    assert likeness(full, short) > 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ООО «Вымпел»", "ООО «Восток»"),
        ("Северная заготовительная компания", "СПК"),
        ("Завод «Вымпел»", "Завод «Луч»"),
        ("Lotus Textile San. Tic. A.S.", "Orchid Textile San. Tic. A.S."),
    ],
)
def test_names_that_share_only_words_of_trade_do_not_agree(one, other):
    assert likeness(one, other) < 0.45


@given(ANY, ANY)
def test_any_text_can_be_compared(one, other):
    for told in (
        likeness(one, other),
        *compare_pairs([(firm(one), firm(other))])[0].levels.values(),
    ):
        assert math.isnan(told) or 0 <= told <= 1 + 1e-9


@given(NAMES, st.sampled_from(["ООО «{}»", "АО {}", "{} Ltd.", "«{}», GmbH & Co. KG", "{} №17"]))
def test_evening_out_twice_changes_nothing(name, written):
    once = core_of(read_name(written.format(name)))
    assert core_of(read_name(once)) == once


@given(NAMES, NAMES)
def test_likeness_is_symmetric_and_bounded(one, other):
    there, back = likeness(one, other), likeness(other, one)
    assert there == pytest.approx(back)
    assert 0 <= there <= 1 + 1e-9


@given(NAMES)
def test_a_name_is_itself(name):
    assert likeness(f"ООО «{name}»", f"Общество с ограниченной ответственностью «{name}»") >= 0.999


@given(WORDS, st.sampled_from(sorted(SCHEMES)))
def test_there_and_back_between_alphabets_sounds_the_same(word, scheme):
    latin = to_latin(word, scheme)
    assert latin.isascii()
    assert likeness(word, latin) > 0.99 or sound(word) == sound(latin)
    assert sound(to_cyrillic(latin)) == sound(latin)


def test_letters_lead_to_the_other_alphabet_and_back():
    assert to_latin("щёкино") == to_latin_letters("щёкино") == "shchekino"
    assert to_latin("щёкино", "bgn") == "shchyokino"
    assert [to_cyrillic(word) for word in ("yamalstroy", "shchekino")] == ["ямалстрой", "щекино"]
    assert core_of(read_name("ООО «ВЕКТОР-Н»")) == "вектор н"


def test_the_alphabet_does_not_matter():
    word = "Щукинский прибор"
    for scheme in SCHEMES:
        latin = " ".join(to_latin(piece, scheme) for piece in word.casefold().split())
        assert likeness(word, latin) > 0.9


def test_addresses_keep_what_tells_them_apart():
    one = read_address("450000, Республика Башкортостан, г. Уфа, ул. Ленина, д. 5, офис 12")
    other = read_address("дом 5, улица Ленина, Уфа")
    assert one.postcodes == {"450000"}
    assert {"5", "12"} == one.numbers
    assert set(other.words) <= set(one.words)


def test_contacts_are_read_from_free_text():
    text = "Иванова, 8 (347) 000-12-34, a@firm.example, b@mail.ru, www.firm.example/about"
    assert read_phones(text) == {"3470001234"}
    assert read_domains(text) == {"firm.example"}


@given(st.integers(0, 10**9 - 1))
def test_check_digits_are_those_of_the_standard(number):
    text = f"{number:09}"
    valid = text + inn.calc_company_check_digit(text)
    assert has_valid_check(valid) == (number > 0)


@pytest.mark.parametrize("name", COMPARISONS)
def test_what_was_not_told_shifts_nothing(name):
    bare = read_firm({})
    level = COMPARISONS[name](bare, bare, learn_rarity([bare]))
    assert math.isnan(level)
    assert identity_weights().weigh(name, np.array([level])).tolist() == [0.0]


def test_contributions_add_up_and_have_sentences():
    pair = compare_pairs([(firm("ООО «Луч»", city="Уфа"), firm("Луч", city="Ufa"))])[0]
    assert sum(pair.contributions.values()) == pytest.approx(pair.score)
    for row in read_rows("identity_weights.csv"):
        name = row["comparison"]
        keys = [name] if name in {"prior", "unlike", "crowd"} else [f"{name}.0", f"{name}.1"]
        for key in keys:
            for lang in ("ru", "en"):
                assert say(f"identity.{key}", lang, share="")


def test_valid_tax_numbers_decide():
    same = firm("ООО «Луч»", city="Уфа", contact="+7 347 000 12 34")
    assert probability(same | {"registration": FIRM}, same | {"registration": OTHER}) < 1e-6
    assert probability(firm("Луч", registration=FIRM), firm("Заря", registration=FIRM)) > 0.999
    branch = firm("Филиал", registration=f"{FIRM}/770701001"), firm("Луч", registration=FIRM)
    assert probability(*branch) > 0.999


def test_a_number_with_a_wrong_digit_separates_nobody():
    wrong = FIRM[:-1] + "2"
    same = firm("ООО «Луч»", city="Уфа", contact="+7 347 000 12 34")
    assert probability(same | {"registration": FIRM}, same | {"registration": wrong}) > 0.9


def test_namesakes_in_other_regions_stay_apart():
    one, other = firm("ООО «Луч»", region="RU-BA"), firm("ООО «Луч»", region="RU-TA")
    assert probability(one, other) < 0.5 < probability(one, one)


def test_units_and_places_of_one_owner_stay_apart():
    unit = {"country": "PK", "address": "Plot 12, Sector 7, Noor Road, Karachi"}
    one = {"name": "Alfa Fabrics (Pvt) Ltd Unit 1"} | unit
    other = {"name": "Alfa Fabrics (Pvt) Ltd Unit 2"} | unit
    far = {"name": "Alfa Fabrics Pvt Ltd", "country": "PK", "address": "3 Mill Lane, Lahore 54000"}
    assert probability(one, other) < probability(one, one)
    assert probability(one, far) < 0.5


def invented() -> dict[str, dict[str, str]]:
    return {
        "a": firm("ООО «Луч»", region="RU-BA", city="Уфа", registration=FIRM),
        "b": firm("Общество с ограниченной ответственностью «Луч»", region="RU-BA", city="Уфа"),
        "c": firm("АО «Луч»", region="RU-BA", city="Уфа", registration=OTHER),
        "d": firm("Прибой", region="RU-BA", city="Уфа"),
        "e": firm("Priboy LLC", region="Башкортостан", city="Ufa"),
    }


def test_duplicates_are_found_and_those_said_to_differ_are_not():
    found = {(pair.one, pair.other) for pair in find_duplicates(invented())}
    assert found == {("a", "b"), ("b", "c"), ("d", "e")}
    left = find_duplicates(invented(), distinct={frozenset("ab"), frozenset("de")})
    assert {(pair.one, pair.other) for pair in left} == {("b", "c")}


def test_a_group_never_holds_two_tax_numbers():
    pairs = find_duplicates(invented())
    groups = group(pairs, invented())
    assert ("d", "e") in groups
    assert all(not {"a", "c"} <= set(found) for found in groups)


@settings(max_examples=10)
@given(st.permutations(sorted(invented())))
def test_the_order_of_the_rows_changes_nothing(order):
    assert find_duplicates({id: invented()[id] for id in order}) == find_duplicates(invented())


def test_names_lead_to_their_firms_and_namesakes_to_all_of_them():
    full = [
        {"name": "Общество с ограниченной ответственностью «Северная торговая компания»"},
        {"name": "Общество с ограниченной ответственностью «Луч»"},
        {"name": "Общество с ограниченной ответственностью «Неизвестное»"},
    ]
    short = [{"name": "ООО «Луч»"}, {"name": "ООО «СТК»"}, {"name": "Луч ООО"}]
    links = {link.position: link.found for link in link_names(full, short)}
    assert links == {0: (1,), 1: (0, 2)}
    places = [{"city": "Уфа"}, {"city": "Казань"}, {"city": "Самара"}]
    placed = [row | place for row, place in zip(short, places, strict=True)]
    asked = [row | {"city": "Ufa"} for row in full]
    assert {link.position: link.found for link in link_names(asked, placed)}[1] == (0,)


def test_no_spelling_of_a_form_is_empty_or_told_twice():
    owners: dict[str, set[str]] = {}
    for row in read_rows("legal_forms.csv"):
        for text in row["spellings"].split("|"):
            assert pieces(text), row
            owners.setdefault("".join(pieces(text)), set()).add(row["kind"])
    assert {text: kinds for text, kinds in owners.items() if len(kinds) > 1} == {}


def test_legal_entities_resolve_by_their_names():
    path = DATA / "real" / "fns_entities.csv"
    if not path.exists():
        pytest.skip("needs shared/data/real/fns_entities.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    short = [row for row in rows if row["short_name"]]
    links = link_names(
        [{"name": row["name"]} for row in rows], [{"name": row["short_name"]} for row in short]
    )
    right = sum(
        rows[link.position]["short_name"] in {short[i]["short_name"] for i in link.found}
        for link in links
    )
    assert right / len(links) >= 0.99
    assert right / len(short) >= 0.97


def test_facilities_are_told_apart():
    path = DATA / "evaluate" / "osh_company_pairs.json"
    if not path.exists():
        pytest.skip("needs shared/data/evaluate/osh_company_pairs.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    labelled = [(pair["__value__"], kind == "match") for kind in told for pair in told[kind]]
    scored = compare_pairs([(pair[0], pair[1]) for pair, _ in labelled])
    said = [pair.probability >= 0.5 for pair in scored]
    truth = [same for _, same in labelled]
    hits = sum(a and b for a, b in zip(said, truth, strict=True))
    assert 2 * hits / (sum(said) + sum(truth)) >= 0.9
