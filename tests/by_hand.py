"""The chain of docs/worked-example.md by hand, from survey.xlsx and the CSV files alone.

Nothing here comes from the engine: cells are read with openpyxl, the rest with csv.
`EXPECTED` has what every table of the page must say.
"""

import csv
import re
from functools import cache
from itertools import product
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parent.parent
CASE = ROOT / "datasets" / "rehabilitation"
REGIONS = ROOT / "matchmaker" / "codebook" / "data" / "regions.csv"
PRODUCT = "leg-prosthesis"
M3, M4, M5 = "0001000035", "0001000042", "0001000050"
REGION = {M3: "RU-TA", M4: "RU-UD", M5: "RU-BA"}
SHORT = {M3: "M3", M4: "M4", M5: "M5"}
LINER = "silicone-liner"
MONTHS = 12
EARTH_RADIUS_KM = 6371.0088
HOME, ABROAD = "home market", "import"

# Raw files


@cache
def catalogue(name):
    with (CASE / "catalogue" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


@cache
def book():
    return openpyxl.load_workbook(CASE / "survey.xlsx")


def typed(cell):
    """What stands in a cell, such as `Производим!F23`."""
    sheet, _, place = cell.partition("!")
    value = book()[sheet][place].value
    return "" if value is None else str(value)


def in_use(text):
    """Number that a typed text means: «14 000», «5,2 тыс. руб.»."""
    number = float(re.match(r"[0-9 ]+(?:,[0-9]+)?", text)[0].replace(" ", "").replace(",", "."))
    return number * 1000 if "тыс" in text else number


@cache
def items():
    return {row["item"]: row for row in catalogue("items")}


@cache
def settings():
    return {row["setting"]: float(row["value"]) for row in catalogue("settings")}


@cache
def centroids():
    with REGIONS.open(encoding="utf-8", newline="") as handle:
        return {r["iso"]: (r["latitude"], r["longitude"]) for r in csv.DictReader(handle)}


@cache
def offer_rows():
    """Row of the sheet Производим by item and firm, for the parts of the product."""
    with (CASE / "truth.csv").open(encoding="utf-8", newline="") as handle:
        truth = {(r["enterprise"], r["product"]): r["item"] for r in csv.DictReader(handle)}
    sheet = book()["Производим"]
    rows = {}
    for row in range(2, sheet.max_row + 1):
        firm, text = sheet.cell(row, 1).value, sheet.cell(row, 2).value
        item = truth[str(firm), text]
        if item in {PRODUCT, *parts_below()}:
            assert (item, firm) not in rows
            rows[item, firm] = row
    return rows


# What follows from them


@cache
def recipes():
    """Units of each component in one unit of an item, by item and recipe."""
    found = {}
    for row in catalogue("bom"):
        own = found.setdefault(row["item"], {}).setdefault(row["alternative"], {})
        own[row["component"]] = float(row["quantity"])
    return found


@cache
def parts_below(item=PRODUCT):
    """Everything an item is made of at any level, whatever the recipe."""
    own = {part for recipe in recipes().get(item, {}).values() for part in recipe}
    return frozenset(own.union(*map(parts_below, own)))


@cache
def makers():
    """Firm by item that it makes, or could make."""
    return dict(offer_rows().keys()) | {LINER: M3}


@cache
def price(item, market):
    text = items()[item][{HOME: "domestic_price", ABROAD: "import_price"}[market]]
    return float(text) if text else None


@cache
def work(item):
    """RUB for making one unit, without its parts."""
    if item == LINER:
        return liner_hours() * in_use(typed("Можем производить!F12"))
    return in_use(typed(f"Производим!F{offer_rows()[item, makers()[item]]}"))


def launch(item):
    return in_use(typed("Можем производить!G12")) if item == LINER else 0.0


def liner_hours():
    return next(float(row["hours"]) for row in catalogue("routing") if row["item"] == LINER)


def capacity(item):
    if item == LINER:
        return in_use(typed("Можем производить!E12")) * MONTHS / liner_hours()
    return in_use(typed(f"Производим!G{offer_rows()[item, makers()[item]]}")) * MONTHS


def road(source, target):
    """Kilometres by road: great circle by the haversine formula, times the road factor."""
    return great_circle(source, target) * settings()["road_factor"]


def great_circle(source, target):
    (lat1, lon1), (lat2, lon2) = (
        map(radians, map(float, centroids()[r])) for r in (source, target)
    )
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(h))


def route(item):
    """Region an item is made in, and the one it is used in."""
    return REGION[makers()[item]], delivery() if item == PRODUCT else REGION[M4]


@cache
def carriage(item):
    """RUB for carrying one unit from its maker to where it is used."""
    source, target = route(item)
    tonnes = float(items()[item]["mass"]) / 1000
    return tonnes * road(source, target) * settings()["freight_tariff"]


def demand_row():
    return next(row for row in catalogue("demands") if row["item"] == PRODUCT)


def delivery():
    return demand_row()["region"]


@cache
def ways(item):
    """Every way to bring forth an item: recipes of its maker, home market, import."""
    made = list(recipes()[item]) if item in makers() else []
    final = item == PRODUCT
    return made + [market for market in (HOME, ABROAD) if price(item, market) and not final]


@cache
def best_plan():
    """Way by item: made rather than bought, at home rather than abroad."""
    return {item: ways(item)[0] for item in (PRODUCT, *sorted(parts_below()))} | {
        "prosthetic-socket": "thermoplastic"
    }


def explosion(plan, item=PRODUCT, units=None):
    """Lines of the bill of materials, level by level: for, units, component, each, needed."""
    units = units or float(demand_row()["quantity"])
    parts = recipes().get(item, {}).get(plan[item], {})
    lines = [(item, units, part, each, units * each) for part, each in parts.items()]
    return lines + [low for _, _, part, _, n in lines for low in explosion(plan, part, n)]


def needed(plan):
    """Units a year of every item of a plan."""
    totals = {PRODUCT: float(demand_row()["quantity"])}
    for *_, part, _, units in explosion(plan):
        totals[part] = totals.get(part, 0.0) + units
    return totals


def steps(plan):
    """Rows of a plan, makers first: item, who, units, RUB a unit, RUB a year."""
    rows = []
    for item, units in needed(plan).items():
        market = plan[item] if plan[item] in (HOME, ABROAD) else None
        each = price(item, market) if market else work(item)
        rows.append((item, market or makers()[item], units, each, units * each))
    return sorted(rows, key=lambda row: row[1] in (HOME, ABROAD))


def freight(plan):
    """Rows of a plan's freight: item, from, to, units, kg, RUB a unit, RUB a year."""
    rows = []
    for item, who, units, *_ in sorted(steps(plan)):
        if who in REGION and len(set(route(item))) == 2:
            kilograms, each = float(items()[item]["mass"]), carriage(item)
            rows.append((item, *route(item), units, kilograms, each, units * each))
    return rows


def totals(plan):
    """What a plan comes to, RUB a year; the shares are of all that is made and bought."""
    rows = steps(plan)
    home = sum((value for _, who, *_, value in rows if who == HOME), 0.0)
    abroad = sum((value for _, who, *_, value in rows if who == ABROAD), 0.0)
    made = sum((value for _, who, *_, value in rows if who in REGION), 0.0)
    launched = sum(launch(item) for item, who, *_ in rows if who in REGION)
    carried = sum(row[-1] for row in freight(plan))
    return {
        "made": made,
        "bought at home": home,
        "imported": abroad,
        "launch": launched,
        "freight": carried,
        "involvement": 0.0,
        "cost": made + home + abroad + launched + carried,
        "localisation share": (made + home) / (made + home + abroad),
        "cooperation share": made / (made + home + abroad),
    }


def second_plan():
    return best_plan() | {"prosthetic-socket": "laminate"}


def plans():
    """Every combination of ways, one way an item."""
    free = [item for item in best_plan() if len(ways(item)) > 1]
    for choice in product(*map(ways, free)):
        yield best_plan() | dict(zip(free, choice, strict=True))


def decisions_of(plan):
    return tuple(sorted((item, plan[item]) for item in needed(plan)))


@cache
def ranked():
    """Decisions of every different pure plan, least imports first, then least cost."""
    found = {decisions_of(plan): totals(plan) for plan in plans()}
    key = {one: (round(t["imported"], 4), round(t["cost"], 4), one) for one, t in found.items()}
    return sorted(found, key=key.__getitem__)


@cache
def alternatives():
    """Rows of every other choice: item, in place of, choice, more imported, more cost."""
    before = totals(best_plan())
    rows = []
    for item in needed(best_plan()):
        for way in ways(item):
            if way != best_plan()[item]:
                after = totals(best_plan() | {item: way})
                more = [after[name] - before[name] for name in ("imported", "cost")]
                rows.append((item, best_plan()[item], way, *more))
    return rows


# The tables of the page


def expected_demand():
    place = catalogue("demands").index(demand_row()) + 2
    rows = [
        ("quantity, pcs a year", f"demands.csv!B{place}", float(demand_row()["quantity"])),
        ("place of delivery", f"demands.csv!C{place}", delivery()),
    ]
    names = {
        "freight_tariff": "freight tariff, RUB per tonne and km",
        "road_factor": "road factor, road km per straight km",
    }
    for place, row in enumerate(catalogue("settings"), start=2):
        rows.append((names[row["setting"]], f"settings.csv!B{place}", float(row["value"])))
    return rows


def expected_firms():
    sheet = book()["Предприятия"]
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    return [
        (
            SHORT[firm],
            typed(f"Предприятия!B{rows[firm]}"),
            f"Предприятия!D{rows[firm]}",
            typed(f"Предприятия!D{rows[firm]}"),
            region,
            *map(float, centroids()[region]),
        )
        for firm, region in REGION.items()
    ]


def expected_certificates():
    sheet = book()["Сертификаты"]
    return [
        (f"Сертификаты!B{row}", sheet.cell(row, 2).value, str(sheet.cell(row, 4).value or "–")[:10])
        for row in range(2, sheet.max_row + 1)
        if sheet.cell(row, 1).value == M4
    ]


def expected_offers():
    return [
        (
            f"Производим!B{row}",
            typed(f"Производим!B{row}"),
            item,
            SHORT[firm],
            typed(f"Производим!F{row}"),
            work(item),
            typed(f"Производим!G{row}"),
            capacity(item),
        )
        for (item, firm), row in offer_rows().items()
    ]


def expected_capability():
    row = next(place for place, r in enumerate(catalogue("routing"), start=2) if r["item"] == LINER)
    cells = [f"Можем производить!{column}12" for column in "EFG"]
    hours, rate, launched = map(typed, cells)
    return [
        ("free hours a year", cells[0], hours, in_use(hours) * MONTHS),
        ("RUB an hour", cells[1], rate, in_use(rate)),
        ("launch, RUB a year", cells[2], launched, in_use(launched)),
        ("hours a liner", f"routing.csv!C{row}", str(liner_hours()), liner_hours()),
        ("work, RUB a liner", "", "", work(LINER)),
        ("hours needed a year", "", "", needed(best_plan())[LINER] * liner_hours()),
        ("liners possible a year", "", "", capacity(LINER)),
    ]


def expected_prices():
    return [
        (
            place,
            row["item"],
            row["unit"],
            float(row["mass"]),
            price(row["item"], ABROAD) or "–",
            price(row["item"], HOME) or "–",
        )
        for place, row in enumerate(catalogue("items"), start=2)
        if row["item"] in {PRODUCT, *parts_below()}
    ]


def expected_choices():
    """What each part costs when it is made, beside its price abroad, RUB a unit."""
    rows = []
    for item, units in needed(best_plan()).items():
        if item in makers() and item != PRODUCT:
            parts = recipes()[item][best_plan()[item]]
            bought = sum(n * price(part, best_plan()[part]) for part, n in parts.items())
            spread = launch(item) / units
            each = [work(item), bought, carriage(item), spread]
            each += [sum(each), price(item, ABROAD) or "–"]
            rows.append((item, SHORT[makers()[item]], units, capacity(item), *each))
    return rows


def expected_distances():
    pairs = sorted({(source, target) for _, source, target, *_ in freight(best_plan())})
    return [(*pair, great_circle(*pair), road(*pair)) for pair in pairs]


def expected_second():
    """Steps that the second chain drops and adds."""
    old, new = set(steps(best_plan())), set(steps(second_plan()))
    gone = [(item, SHORT.get(who, who), -n, each, -v) for item, who, n, each, v in old - new]
    return sorted(gone) + sorted(
        (item, SHORT.get(who, who), *rest) for item, who, *rest in new - old
    )


def expected_comparison():
    first, second = totals(best_plan()), totals(second_plan())
    return [(name, first[name], second[name], second[name] - first[name]) for name in first]


EXPECTED = {
    "demand": expected_demand,
    "firms": expected_firms,
    "certificates": expected_certificates,
    "offers": expected_offers,
    "capability": expected_capability,
    "prices": expected_prices,
    "explosion": lambda: [(*row, items()[row[2]]["unit"]) for row in explosion(best_plan())],
    "choices": expected_choices,
    "steps": lambda: [(i, SHORT.get(who, who), *rest) for i, who, *rest in steps(best_plan())],
    "distances": expected_distances,
    "freight": lambda: freight(best_plan()),
    "totals": lambda: list(totals(best_plan()).items()),
    "alternatives": alternatives,
    "second": expected_second,
    "comparison": expected_comparison,
}
