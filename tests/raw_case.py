"""A case as its raw files say it: nothing of the engine, for tests that recompute its answers.

Workbooks are read with openpyxl, the rest with csv. Texts that need the codebook to be
understood (processes, regions of the demo) are understood here by tables of their own.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from math import asin, cos, inf, radians, sin, sqrt
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parent.parent
REGIONS = ROOT / "matchmaker" / "codebook" / "data" / "regions.csv"
MONTHS = 12
EARTH_RADIUS_KM = 6371.0088
TURNKEY = "turnkey"

SHEETS = {
    "Предприятия": "enterprises",
    "Производим": "offers",
    "Можем производить": "capabilities",
    "Сертификаты": "certificates",
}
FIELDS = {
    "enterprises": "enterprise name role region city okved involvement_cost contact answered_on",
    "offers": "enterprise product item okpd2 unit price capacity minimum_order lead_time "
    "alternative comment",
    "capabilities": "enterprise process material equipment free_hours rate setup_cost comment",
    "certificates": "enterprise certificate number valid_until",
}
ROLES = {"участник": "member", "заинтересованное": "interested", "внешнее": "external"}
PLACES = {
    "Республика Башкортостан": "RU-BA",
    "Башкирия": "RU-BA",
    "Челябинская область": "RU-CHE",
    "Татарстан": "RU-TA",
    "Удмуртия": "RU-UD",
    "Пермский край": "RU-PER",
    "Самарская обл.": "RU-SAM",
    "Ульяновская область": "RU-ULY",
    "Курганская область": "RU-KGN",
    "Красноярский край": "RU-KYA",
}
PROCESSES = {
    "Слесарная сборка": "assembly",
    "Сборочный участок": "assembly",
    "Сборка изделий": "assembly",
    "Упаковка": "packing",
    "Резка труб": "tube-cutting",
    "Гибка": "tube-bending",
    "Сварка TIG": "welding",
    "Сварка полуавтоматом": "welding",
    "Порошковая окраска": "powder-coating",
    "Литьё под давлением": "injection-moulding",
    "Литьё полиуретана": "pu-casting",
    "Вакуумное формование": "vacuum-forming",
    "Сварка ТВЧ": "hf-welding",
    "Литьё силикона": "silicone-moulding",
    "Токарно-фрезерная": "turning-milling",
    "Ламинирование": "lamination",
    "Гипсовый слепок": "fitting",
    "Швейный участок": "sewing",
    "SMT": "smt",
    "Поверхностный монтаж": "smt",
    "Кабельная сборка": "harness-assembly",
    "Листовая штамповка": "stamping",
    "Аккумуляторные сборки": "battery-assembly",
    "Испытательная лаборатория": "testing",
    "Раскрой": "foam-cutting",
    "3D-печать": "3d-printing",
}


@dataclass(frozen=True)
class Way:
    """One way of a firm to bring forth an item; figures per year, RUB without VAT.

    `uses` is the amount of each resource a unit takes: hours, or the offer's own capacity.
    `origin` names the row it comes from: ways of one origin have one price. `days` are those of
    its lead time, where it is stated.
    """

    kind: str
    firm: str
    item: str
    alternative: str
    parts: dict[str, float]
    price: float
    fixed: float = 0.0
    lower: float = 0.0
    uses: dict[str, float] = field(default_factory=dict)
    origin: str = ""
    days: float | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.kind, self.firm, self.item, self.alternative


@dataclass(frozen=True)
class Case:
    """What the files say, in the program's units; `resources` by the names `Way.uses` has.

    `masters` has the firm and the process behind each resource that is hours; `blocked` says of
    (firm, item) what is not stated, and so keeps a way out of every chain; `elsewhere` has the
    (item, price) of those ways of which the price is stated all the same; `routed` are the items
    whose processes the catalogue names.
    """

    items: dict[str, dict[str, object]]
    recipes: dict[str, dict[str, dict[str, float]]]
    substitutes: dict[str, dict[str, float]]
    demands: dict[str, tuple[float, str]]
    tariff: float
    road: float
    firms: dict[str, dict[str, object]]
    ways: tuple[Way, ...]
    resources: dict[str, float]
    masters: dict[str, tuple[str, str]]
    blocked: dict[tuple[str, str], str]
    elsewhere: tuple[tuple[str, float], ...]
    routed: frozenset[str]

    def certified(self, way: Way) -> bool:
        return not self.lacking(way.firm, way.item)

    def lacking(self, firm: str, item: str) -> list[str]:
        """Certificates the item demands of which the firm holds none that contains them."""
        held = [name.casefold() for name in self.firms[firm]["certificates"]]
        asked = self.items[item]["certificates"]
        return [name for name in asked if not any(name.casefold() in one for one in held)]

    def ended(self, firm: str, item: str) -> list[tuple[str, str]]:
        """Last day and name of the certificates it lacks, "" as the day of one it never stated."""
        expired = self.firms[firm]["expired"]
        return sorted(
            (
                max((end for end, one in expired if name.casefold() in one.casefold()), default=""),
                name,
            )
            for name in self.lacking(firm, item)
        )

    def region(self, firm: str) -> str:
        return str(self.firms[firm]["region"])

    def kilometres(self, source: str, target: str) -> float:
        return great_circle(source, target) * self.road

    def carriage(self, item: str, source: str, target: str) -> float:
        """RUB for carrying one unit; nothing where a place or the mass is unknown."""
        mass = self.items[item]["mass"]
        if not (source and target and mass and self.tariff):
            return 0.0
        return float(mass) / 1000 * self.kilometres(source, target) * self.tariff

    def references(self) -> dict[str, float]:
        """What a missing unit of each item counts for: section 3 of docs/mathematics.md."""
        fees: dict[str, float] = {}
        priced = [(way.item, way.price) for way in self.ways if way.price]
        for item, price in [*priced, *self.elsewhere]:
            fees[item] = min(price, fees.get(item, inf))
        found: dict[str, float] = {}

        def value(item: str) -> float:
            if item not in found:
                own = self.items[item]
                market = own["import_price"] or own["domestic_price"] or 0.0
                made = [
                    sum(q * value(part) for part, q in recipe.items())
                    for recipe in self.recipes.get(item, {}).values()
                ]
                instead = [r * value(sub) for sub, r in self.substitutes.get(item, {}).items()]
                best = market
                if made or item in fees or not instead:
                    best = max(market, min(made, default=0.0) + fees.get(item, 1.0))
                if instead and not market:
                    best = max(best, min(instead))
                found[item] = best
            return found[item]

        return {item: value(item) for item in self.items}


def read_case(catalogue: Path, answers: Path, truth: Path | None = None) -> Case:
    """Case of a folder of catalogue CSVs and answers in a workbook or a folder of CSVs."""
    cat = {path.stem: _rows(path) for path in catalogue.glob("*.csv")}
    given = _workbook(answers) if answers.suffix == ".xlsx" else _folder(answers)
    meant = {(r["enterprise"], r["product"]): r["item"] for r in _rows(truth)} if truth else {}
    items = {row["item"]: _item(row) for row in cat["items"]}
    recipes: dict[str, dict[str, dict[str, float]]] = {}
    for row in cat["bom"]:
        own = recipes.setdefault(row["item"], {}).setdefault(row["alternative"] or "base", {})
        own[row["component"]] = float(row["quantity"])
    substitutes: dict[str, dict[str, float]] = {}
    for row in cat.get("substitutes", []):
        substitutes.setdefault(row["item"], {})[row["substitute"]] = float(row["ratio"] or 1)
    settings = {row["setting"]: float(row["value"]) for row in cat.get("settings", [])}
    ways, resources, blocked, elsewhere = _ways(given, meant, recipes, cat.get("routing", []))
    return Case(
        items=items,
        recipes=recipes,
        substitutes=substitutes,
        demands={r["item"]: (float(r["quantity"]), r["region"] or "") for r in cat["demands"]},
        tariff=settings.get("freight_tariff", 0.0),
        road=settings.get("road_factor", 1.0),
        firms=_firms(given),
        ways=tuple(ways),
        resources=resources,
        masters={key: own[:2] for key, own in _masters(given).items()},
        blocked=blocked,
        elsewhere=tuple(elsewhere),
        routed=frozenset(row["item"] for row in cat.get("routing", [])),
    )


def number(text: object) -> float | None:
    """Number as people type it: «14 000», «5,2 тыс. руб.»."""
    if text is None or str(text).strip() == "":
        return None
    digits = re.match(r"[0-9 \u00a0]+(?:[.,][0-9]+)?", str(text).strip())[0]
    value = float(digits.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    return value * 1000 if "тыс" in str(text) else value


def great_circle(source: str, target: str) -> float:
    """Kilometres between the centroids of two regions: haversine formula."""
    (lat1, lon1), (lat2, lon2) = (map(radians, _centroids()[iso]) for iso in (source, target))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(h))


@cache
def _centroids() -> dict[str, tuple[float, float]]:
    rows = [row for row in _rows(REGIONS) if row["latitude"]]
    return {row["iso"]: (float(row["latitude"]), float(row["longitude"])) for row in rows}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _folder(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {path.stem: list(_rows(path)) for path in folder.glob("*.csv")}


def _workbook(path: Path) -> dict[str, list[dict[str, object]]]:
    book = openpyxl.load_workbook(path)
    found = {}
    for sheet, table in SHEETS.items():
        names = FIELDS[table].split()
        rows = [row[: len(names)] for row in book[sheet].iter_rows(min_row=2, values_only=True)]
        found[table] = [dict(zip(names, row, strict=True)) for row in rows if row[0]]
    return found


def _item(row: dict[str, str]) -> dict[str, object]:
    return {
        "kind": row["kind"],
        "unit": row["unit"],
        "mass": number(row["mass"]),
        "import_price": number(row["import_price"]),
        "domestic_price": number(row["domestic_price"]),
        "certificates": [one.strip() for one in row["certificates"].split(";") if one.strip()],
    }


def _firms(given: dict[str, list[dict[str, object]]]) -> dict[str, dict[str, object]]:
    firms: dict[str, dict[str, object]] = {}
    for row in given["enterprises"]:
        region = str(row["region"] or "")
        firms[str(row["enterprise"])] = {
            "role": ROLES.get(str(row["role"]), str(row["role"])),
            "region": PLACES.get(region, region),
            "involvement": number(row["involvement_cost"]) or 0.0,
            "answered": _day(row.get("answered_on")),
            "certificates": [],
            "expired": [],
        }
    for row in given.get("certificates", []):
        firm, end = firms[str(row["enterprise"])], _day(row["valid_until"])
        if not (end and firm["answered"] and end < firm["answered"]):
            firm["certificates"].append(str(row["certificate"]))
        else:
            firm["expired"].append((str(end), str(row["certificate"])))
    return firms


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    text = str(value or "")
    if "." in text:
        return date(*reversed([int(part) for part in text.split(".")]))
    return date.fromisoformat(text) if text else None


def _ways(given, meant, recipes, routing):
    """Ways of all firms, how much there is of each resource, and what keeps which way out."""
    ways: list[Way] = []
    resources: dict[str, float] = {}
    blocked: dict[tuple[str, str], str] = {}
    made = set()
    for place, row in enumerate(given["offers"]):
        item = row["item"] or meant.get((str(row["enterprise"]), row["product"]))
        if item:
            made.add((str(row["enterprise"]), item))
            offered = list(_offered(row, str(item), recipes.get(item, {}), f"offer {place}"))
            ways += offered
            capacity, thousand = number(row["capacity"]), 1000 if _thousands(row) else 1
            if offered and capacity is not None:
                resources[f"offer {place}"] = capacity * MONTHS * thousand
            if not offered:
                blocked[str(row["enterprise"]), str(item)] = "price-missing"
    masters = _masters(given)
    resources |= {key: hours for key, (_, _, _, hours, _, _) in masters.items()}
    could, unstated, elsewhere = _abilities(masters, made, recipes, routing)
    return ways + could, resources, blocked | unstated, elsewhere


def _abilities(masters, made, recipes, routing):
    """Ways to items that firms master and do not make, and what is not stated of others."""
    ways: list[Way] = []
    blocked: dict[tuple[str, str], str] = {}
    elsewhere: list[tuple[str, float]] = []
    for firm in sorted({own[0] for own in masters.values()}):
        for item in sorted({row["item"] for row in routing}):
            hours = _mastered(firm, item, masters, routing)
            if (firm, item) in made or not hours:
                continue
            if any(masters[key][4] is None for key in hours):
                blocked[firm, item] = "rate-missing"
            elif any(masters[key][3] == inf for key in hours):
                blocked[firm, item] = "hours-missing"
                elsewhere.append((item, _fee(masters, hours)))
            else:
                ways += _could(firm, item, masters, hours, recipes.get(item, {}))
    return ways, blocked, elsewhere


def _thousands(row) -> bool:
    return str(row["unit"] or "").startswith("тыс")


def _offered(row, item, recipes, resource):
    """Ways of one offer: none without a price, else one a recipe."""
    price, thousand = number(row["price"]), 1000 if _thousands(row) else 1
    if price is None:
        return
    named = {"под ключ": TURNKEY}.get(row["alternative"] or "", row["alternative"] or "")
    choices = recipes or {"": {}}
    if named == TURNKEY:
        choices = {TURNKEY: {}}
    elif named:
        choices = {named: recipes[named]}
    uses = {resource: 1.0} if number(row["capacity"]) is not None else {}
    lower = (number(row["minimum_order"]) or 0.0) * thousand
    for alternative, parts in choices.items():
        yield Way(
            "makes",
            str(row["enterprise"]),
            item,
            alternative,
            dict(parts),
            price / thousand,
            lower=lower,
            uses=dict(uses),
            origin=resource,
            days=number(row["lead_time"]),
        )


def _masters(given):
    """(firm, process, material, free hours, rate, launch) of each capability, by resource."""
    found = {}
    for place, row in enumerate(given.get("capabilities", [])):
        text = str(row["process"])
        process = next((p for start, p in PROCESSES.items() if text.startswith(start)), text)
        hours = number(row["free_hours"])
        found[f"hours {place}"] = (
            str(row["enterprise"]),
            process,
            str(row["material"] or ""),
            inf if hours is None else hours * MONTHS,
            number(row["rate"]),
            number(row["setup_cost"]) or 0.0,
        )
    return found


def _mastered(firm, item, masters, routing):
    """Hours a unit of an item takes of each master's time; nothing where a process is lacking."""
    hours: dict[str, float] = {}
    for row in (row for row in routing if row["item"] == item):
        fitting = [
            (rate if rate is not None else inf, key)
            for key, (owner, process, material, _, rate, _) in masters.items()
            if owner == firm and process == row["process"] and _fits(row["material"], material)
        ]
        if not fitting:
            return {}
        hours[min(fitting)[1]] = float(row["hours"])
    return hours


def _could(firm, item, masters, hours, recipes):
    """Ways to make an item that a firm does not make but masters all processes of."""
    price = _fee(masters, hours)
    fixed = sum(masters[key][5] for key in hours)
    for alternative, parts in (recipes or {"": {}}).items():
        origin = f"ability {firm} {item}"
        yield Way(
            "could_make", firm, item, alternative, dict(parts), price, fixed, 0.0, hours, origin
        )


def _fee(masters, hours):
    return sum(masters[key][4] * each for key, each in hours.items())


def _fits(asked: str, stated: str) -> bool:
    return not asked or not stated or asked.casefold() in stated.casefold()
