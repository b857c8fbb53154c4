"""Noun phrases: what a text names, and what it only says that to be for."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from matchmaker.matching import find_matches
from matchmaker.matching.text.materials import has_material
from matchmaker.matching.text.noun_phrases import WordRole, read_phrase
from matchmaker.matching.text.stated_numbers import numbers_agree, stated_numbers
from matchmaker.matching.text.word_roles import learn_words
from tests.fixtures import make_dataset

FIRM = "0274000001"
RESOURCES = Path(__file__).parents[2] / "shared/data/real/manusquare/resources.csv"

PUMPS = [
    {"item": "pump", "name_ru": "Насос центробежный ЦНС-60", "unit": "pcs", "kind": "product"},
    {"item": "pump-38", "name_ru": "Насос центробежный ЦНС-38", "unit": "pcs", "kind": "product"},
    {"item": "impeller", "name_ru": "Колесо рабочее насоса", "name_en": "Pump impeller"},
    {"item": "housing", "name_ru": "Корпус насоса литой", "name_en": "Cast pump housing"},
    {"item": "bolt-8", "name_ru": "Болт М8 нержавеющий"},
    {"item": "bolt-10", "name_ru": "Болт М10 нержавеющий"},
    {"item": "sheet", "name_ru": "Лист стальной 3 мм", "unit": "kg", "kind": "material"},
]
BOM = [
    {"item": "pump", "component": part, "quantity": 1} for part in ("impeller", "housing", "bolt-8")
]


def taken(text: str) -> str:
    """Item that a text is taken for; empty for none."""
    items = [{"unit": "pcs", "kind": "component", **item} for item in PUMPS]
    offers = [{"enterprise": FIRM, "product": text, "unit": "pcs"}]
    rows = find_matches(make_dataset(items=items, bom=BOM, offers=offers)).makes.rows
    return "".join(rows["item"])


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("Стойка режущего узла бороны", "стойка"),
        ("Узла режущего стойка", "стойка"),
        ("Офисного кресла крестовина", "крестовина"),
        ("Зеркальная дверь для шкафа", "дверь"),
        ("Комплект ламелей для кровати", "ламелей"),
        ("Изготовление деревянных рам", "рам"),
        ("Комплект крепёжный", "комплект"),
        ("Ремонт сеялок", "ремонт"),
        ("Направляющие шариковые полного выдвижения", "направляющие"),
        ("ЛДСП 16 мм", "лдсп"),
        ("Царга стола", "царга"),
        ("Диван угловой, без механизма", "диван"),
        ("Seat post for harrow", "post"),
        ("Sofa bed frame, wooden", "frame"),
        ("Set of castors for chairs", "castors"),
        ("Plough body assembly", "body"),
    ],
)
def test_the_head_says_what_a_thing_is(text: str, head: str) -> None:
    assert [word.text for word in read_phrase(text) if word.role is WordRole.HEAD] == [head]


def test_roles_of_the_other_words() -> None:
    roles = {word.text: word.role for word in read_phrase("Вал карданный косилки без кожуха")}
    assert roles == {
        "вал": WordRole.HEAD,
        "карданный": WordRole.QUALIFIER,
        "косилки": WordRole.PURPOSE,
        "кожуха": WordRole.DENIED,
    }


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Колесо рабочее к насосу ЦНС-60", "impeller"),
        ("Рабочее колесо насоса центробежного", "impeller"),
        ("Корпус для насоса ЦНС-60", "housing"),
        ("Impeller for centrifugal pump", "impeller"),
        ("Насос центроб. ЦНС-60", "pump"),
        ("Насос центрабежный ЦНС-38", "pump-38"),
        ("Насос центробежный ЦНС-90", ""),
        ("Болты М10 нержавеющие", "bolt-10"),
        ("Болт М12 нержавеющий", ""),
        ("Чехол для насоса центробежного ЦНС-60", ""),
        ("Ремонт насосов центробежных ЦНС-60", ""),
        ("Краска для корпуса насоса", ""),
        ("Фильтр насоса центробежного ЦНС-60", ""),
        ("Насос вакуумный", ""),
        ("Repair of centrifugal pumps", ""),
    ],
)
def test_a_part_is_not_its_product(text: str, item: str) -> None:
    assert taken(text) == item


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Болт М8", "Болт М10", -1),
        ("Труба Ø32", "Труба 40 мм", -1),
        ("Кромка ПВХ 2х19", "Кромка ПВХ 2 мм", 1),
        ("Матрас 160х200", "Матрас 90х200", -1),
        ("Плуг ПЛН-3-35", "Плуг ПЛН-5-35", -1),
        ("Гидроцилиндр ЦГ-80.40.250", "Гидроцилиндр ЦГ-80", 1),
        ("Труба 40 мм, 6 м", "Труба 40 мм, 3 м", -0.5),
        ("Колёсики, 5 шт.", "Колёсико 50 мм", None),
        ("Резистор 10 кОм", "Резистор 100 Ом", -1),
        ("Кабель до 20 м", "Кабель 10 м", None),
        ("Насос 24 В", "Насос 3 А", None),
    ],
)
def test_numbers(one: str, other: str, level: float | None) -> None:
    assert numbers_agree(stated_numbers(one), stated_numbers(other)) == level


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ПЧ 5,5 кВт", "преобразователь частоты 5,5 кВт"),
        ("Преобр. частоты", "преобразователь. частоты"),
        ("Мех-м подъёма", "механизм подъёма"),
        ("Шпогат", "шпагат"),
        ("Стол", "Стол"),
        ("КРН-2,1", "КРН-2,1"),
    ],
)
def test_words_are_spelt_as_the_catalogue_spells_them(written: str, meant: str) -> None:
    names = ["Преобразователь частоты", "Механизм подъёма", "Шпагат", "Стул"]
    assert learn_words(names, ()).spelled(written) == meant


@pytest.mark.parametrize(
    ("asked", "stated", "level"),
    [
        ("stainless steel", "Stainless steel", 1),
        ("stainless steel", "AusteniticStainlessSteel", 1),
        ("stainless steel", "StainlessSteel_316", 1),
        ("stainless steel", "Steel", -1),
        ("stainless steel", "MediumCarbonSteel", -1),
        ("steel", "MediumCarbonSteel", 1),
        ("нержавеющая сталь", "сталь углеродистая", -1),
        ("нержавеющая сталь", "сталь углеродистая, нержавеющая", 1),
        ("нержавеющая сталь", "нержавейка", 1),
        ("нержавеющая сталь", "сталь, кроме нержавеющей", -1),
        ("алюминий", "сталь, алюминиевые сплавы", 1),
        ("алюминиевый сплав", "алюминий", 1),
        ("дуб", "сосна", -1),
        ("сталь 20", "сталь 45", -1),
        ("сталь 20", "сталь", math.nan),
        ("сталь или чугун", "чугун", 1),
    ],
)
def test_a_material_is_its_kind_and_grade(asked: str, stated: str, level: float) -> None:
    assert has_material(asked, stated) == pytest.approx(level, nan_ok=True)


@pytest.mark.skipif(not RESOURCES.exists(), reason="needs ../shared/data/real/manusquare")
def test_exactly_the_firms_that_state_stainless_could_make_of_stainless_steel() -> None:
    with RESOURCES.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle, delimiter=";"))
    turned = [row for row in rows if "Milling" in row[8] or "Turning" in row[8]]
    firms = {row[1]: f"{int(row[0]):010d}" for row in turned}
    able = [
        {"enterprise": firms[row[1]], "process": "CNC milling", "material": row[7]}
        for row in turned
    ]
    routing = [{"item": "part", "process": "turning-milling", "hours": 1}]
    routing[0]["material"] = "stainless steel"
    items = [{"item": "part", "name_ru": "Деталь", "unit": "pcs", "kind": "product"}]
    data = make_dataset(items=items, routing=routing, capabilities=able)
    found = set(find_matches(data).could_make.rows["enterprise"])
    assert found == {firms[row[1]] for row in turned if "Stainless" in row[7]}
    assert len(found) == 136
