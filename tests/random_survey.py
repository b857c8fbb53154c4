"""Small random surveys as files, the way a cluster manager would have them."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from tests.raw_case import FIELDS, SHEETS
from tests.raw_program import Asked

FIRMS = ("0001000010", "0001000028", "0001000035", "0002000013")
ROLES = ("участник", "участник", "участник", "заинтересованное")
REGIONS = ("RU-BA", "RU-TA", "RU-CHE", "")
NAMES = {
    "chair": "Кресло",
    "frame": "Рама",
    "wheel": "Колесо",
    "tube": "Труба",
    "bearing": "Подшипник",
    "fabric": "Ткань",
    "leather": "Кожа",
}
LABELS = {
    "enterprises": "ИНН|Предприятие|Роль|Регион|Город|Основной ОКВЭД|Затраты на вовлечение, "
    "руб./год|Контакт|Дата ответа",
    "offers": "ИНН|Продукция|Код номенклатуры|ОКПД2|Ед. изм.|Цена, руб./ед. без НДС|Мощность, "
    "ед./мес.|Мин. заказ, ед./год|Срок поставки, дней|Исполнение|Примечание",
    "capabilities": "ИНН|Передел|Материалы|Оборудование|Свободно, ч/мес.|Ставка, руб./ч без "
    "НДС|Запуск изделия, руб./год|Примечание",
    "certificates": "ИНН|Сертификат|Номер|Действует до",
}


@dataclass(frozen=True)
class Survey:
    """Where the files are, what is asked of them, and the same as options of the command."""

    catalogue: Path
    answers: Path
    asked: Asked
    options: tuple[str, ...]


def write_random_survey(folder: Path, seed: int) -> Survey:
    """Write a random survey; odd seeds answer in a workbook, even ones in CSV files."""
    rng = random.Random(seed)
    catalogue = folder / "catalogue"
    catalogue.mkdir(parents=True)
    for name, rows in _catalogue(rng).items():
        _write_csv(catalogue / f"{name}.csv", rows)
    answers = _answers(rng)
    if seed % 3 == 2:
        _leave_out(random.Random(seed), answers)
    path = folder / "survey.xlsx" if seed % 2 else folder / "answers"
    if seed % 2:
        _write_workbook(path, answers)
    else:
        path.mkdir()
        for name, rows in answers.items():
            names = FIELDS[name].split()
            _write_csv(path / f"{name}.csv", [dict(zip(names, r, strict=True)) for r in rows])
    goal = ("localisation", "cost", "cooperation")[seed % 3]
    asked, options = _limits(rng, seed, goal)
    return Survey(catalogue, path, asked, ("--goal", goal, *options))


def _catalogue(rng: random.Random) -> dict[str, list[dict[str, object]]]:
    def price(low: int, high: int, chance: float) -> object:
        return f"{rng.uniform(low, high):.2f}" if rng.random() < chance else ""

    def item(code: str, kind: str, low: int, high: int, certificates: str = "") -> dict:
        return {
            "item": code,
            "name_ru": NAMES[code],
            "name_en": code,
            "kind": kind,
            "unit": "pcs",
            "mass": rng.choice(["", "2.5", "12"]),
            "import_price": price(low, high, 0.8),
            "domestic_price": price(low, high, 0.4 if kind == "material" else 0.1),
            "certificates": certificates,
        }

    items = [
        item("chair", "product", 9000, 20000, rng.choice(["", "ISO 13485"])),
        item("frame", "component", 2000, 6000, rng.choice(["", "ISO 13485; ISO 9001"])),
        item("wheel", "component", 400, 1500, rng.choice(["", "ISO 9001"])),
        item("tube", "material", 100, 300),
        item("bearing", "component", 40, 120),
        item("fabric", "material", 100, 400),
        item("leather", "material", 200, 600),
    ]
    links = [
        ("chair", "base", "frame", rng.randint(1, 2)),
        ("chair", "base", "wheel", rng.randint(2, 4)),
        ("chair", "base", "fabric", rng.choice([1, 1.5])),
        ("frame", "steel", "tube", rng.randint(3, 8)),
        ("wheel", "base", "bearing", 2),
    ]
    if rng.random() < 0.5:
        links += [("frame", "light", "tube", 2), ("frame", "light", "bearing", 4)]
    keys = ("item", "alternative", "component", "quantity")
    routing = [("frame", "welding", rng.uniform(0.2, 1.5)), ("wheel", "sewing", 0.3)]
    substitutes = [{"item": "fabric", "substitute": "leather", "ratio": 0.8}]
    return {
        "items": items,
        "bom": [dict(zip(keys, link, strict=True)) for link in links],
        "routing": [
            {"item": i, "process": p, "hours": f"{h:.2f}", "material": ""} for i, p, h in routing
        ],
        "substitutes": substitutes[: rng.randint(0, 1)],
        "demands": [{"item": "chair", "quantity": rng.randint(50, 200), "region": "RU-BA"}],
        "settings": [
            {"setting": "freight_tariff", "value": rng.choice([0, 8])},
            {"setting": "road_factor", "value": 1.25},
        ],
    }


def _answers(rng: random.Random) -> dict[str, list[tuple]]:
    places = rng.sample(REGIONS, len(FIRMS))
    enterprises = [
        (inn, f"Завод {place}", role, places[place], "", "", rng.choice(["", 40000, 90000]), "", "")
        for place, (inn, role) in enumerate(zip(FIRMS, ROLES, strict=True))
    ]
    offers = []
    for code, low, high in (
        ("chair", 1500, 4000),
        ("frame", 800, 3000),
        ("wheel", 200, 900),
        ("bearing", 20, 90),
        ("fabric", 80, 300),
        ("leather", 100, 500),
    ):
        least = 1 if code == "chair" else 0
        makers = rng.sample(FIRMS, rng.randint(least, 2))
        offers += [_offer(rng, inn, code, f"{rng.uniform(low, high):.2f}") for inn in makers]
    capabilities = [
        (
            inn,
            process,
            "",
            "",
            rng.randint(2, 20),
            rng.randint(400, 1500),
            rng.choice(["", 30000]),
            "",
        )
        for inn in rng.sample(FIRMS, 2)
        for process in rng.sample(["Сварка TIG", "Швейный участок"], rng.randint(1, 2))
    ]
    certificates = [
        (inn, name, "", "")
        for inn in FIRMS
        for name in ("ISO 13485", "ISO 9001")
        if rng.random() < 0.4
    ]
    return {
        "enterprises": enterprises,
        "offers": offers,
        "capabilities": capabilities,
        "certificates": certificates,
    }


def _leave_out(rng: random.Random, answers: dict[str, list[tuple]]) -> None:
    """Take the price of an offer out, and the rate and the free hours of a capability each."""
    price, free_hours, rate = 5, 4, 5
    for table, column in (("offers", price), ("capabilities", rate), ("capabilities", free_hours)):
        place = rng.randrange(len(answers[table]))
        row = answers[table][place]
        answers[table][place] = (*row[:column], "", *row[column + 1 :])


def _offer(rng: random.Random, inn: str, code: str, price: str) -> tuple:
    capacity = rng.choice(["", rng.randint(2, 12), rng.randint(10, 60)])
    lot = rng.choice(["", "", rng.randint(5, 24)])
    ways = ["", "", "под ключ"] if code == "frame" else [""]
    if code == "frame":
        ways.append("steel")
    return inn, NAMES[code], code, "", "шт", price, capacity, lot, "", rng.choice(ways), ""


def _limits(rng: random.Random, seed: int, goal: str) -> tuple[Asked, tuple[str, ...]]:
    firm = rng.choice(FIRMS)
    return (
        (Asked("chair", goal), ()),
        (Asked("chair", goal, certified=True), ("--certified-only",)),
        (Asked("chair", goal, roles=frozenset({"member"})), ("--members-only",)),
        (Asked("chair", goal, most=2), ("--max-enterprises", "2")),
        (Asked("chair", goal, exclude=frozenset({firm})), ("--exclude", firm)),
        (Asked("chair", goal, require=frozenset({firm})), ("--require", firm)),
        (
            Asked("chair", goal, most=1, certified=True),
            ("--max-enterprises", "1", "--certified-only"),
        ),
    )[seed % 7]


def _write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    if rows:
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _write_workbook(path: Path, answers: dict[str, list[tuple]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet, table in SHEETS.items():
        page = book.create_sheet(sheet)
        page.append(LABELS[table].split("|"))
        for row in answers[table]:
            page.append([value if value != "" else None for value in row])
    book.save(path)
