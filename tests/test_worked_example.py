"""docs/worked-example.md says what the raw files give by hand, and what the program prints.

The first half compares the page with tests/by_hand.py, which knows nothing of the engine;
the second half compares it with `matchmaker recommend chains`.
"""

import json
import re
from math import asin, cos, pi, sin, sqrt

import pytest
from click.testing import CliRunner

from matchmaker.cli.main import cli
from tests.by_hand import (
    ABROAD,
    EARTH_RADIUS_KM,
    EXPECTED,
    HOME,
    LINER,
    PRODUCT,
    ROOT,
    SHORT,
    best_plan,
    capacity,
    decisions_of,
    in_use,
    liner_hours,
    makers,
    needed,
    offer_rows,
    ranked,
    second_plan,
    typed,
)

PAGE = (ROOT / "docs" / "worked-example.md").read_text(encoding="utf-8")
NUMBER = r"[0-9]+(?: [0-9]{3})*(?:\.[0-9]+)?"


def page_table(name):
    """Rows of cells of the table between `<!-- table: name -->` and `<!-- end -->`."""
    text = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)[1]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`*") for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(text):
    return float(text.replace(" ", "").replace("−", "-").replace("+", ""))


def agrees(text, value):
    """Whether a cell says a value, to the last digit it prints."""
    if not isinstance(value, float):
        return text == str(value)
    decimals = len(text.partition(".")[2])
    return abs(number(text) - value) <= 0.5 * 10**-decimals + 1e-9


# First half: the page and the raw files


@pytest.mark.parametrize("name", EXPECTED)
def test_page_says_what_follows_from_the_raw_files(name):
    stated, computed = page_table(name), EXPECTED[name]()
    assert len(stated) == len(computed)
    for cells, row in zip(stated, computed, strict=True):
        for cell, value in zip(cells, row, strict=True):
            assert agrees(cell, value), (row[0], cell, value)


def test_page_has_no_other_tables():
    assert set(re.findall(r"<!-- table: ([\w-]+) -->", PAGE)) == set(EXPECTED)


def test_sums_on_the_page_are_right_and_of_its_own_numbers():
    known = numbers_of_the_tables()
    sums = re.findall(r"^    (.+) = ([0-9][0-9. ]*)$", PAGE, re.MULTILINE)
    assert len(sums) > 10
    for left, right in sums:
        assert {number(text) for text in re.findall(NUMBER, left)} <= known, left
        assert agrees(right, calculated(left)), left
        known.add(number(right))


def test_numbers_in_sentences_stand_in_the_tables_or_sums():
    results = re.findall(rf"^    .+ = ({NUMBER})$", PAGE, re.MULTILINE)
    known = numbers_of_the_tables() | set(map(number, results)) | {float(len(ranked()))}
    for line in PAGE.partition("## 1.")[2].splitlines():
        if not line.startswith(("|", "#", "    ")):
            told = re.findall(NUMBER, re.sub(r"`[^`]+`", "", line))
            assert {number(text) for text in told if len(text) > 2} <= known, line


def numbers_of_the_tables():
    """Sizes of all numbers of the tables, and constants."""
    cells = {cell for name in EXPECTED for row in page_table(name) for cell in row}
    numbers = {abs(number(cell)) for cell in cells if is_number(cell)}
    return numbers | {2.0, 1000.0, 12.0, EARTH_RADIUS_KM}


def is_number(cell):
    return re.fullmatch(rf"[−+]?{NUMBER}", cell) is not None


def calculated(text):
    """Value of a sum as a pocket calculator with degrees would give it."""
    signs = {"×": "*", "−": "-", "²": "**2", "√": "sqrt", "°": f"*{pi}/180", " ": ""}
    for sign, python in signs.items():
        text = text.replace(sign, python)
    functions = {"sin": sin, "cos": cos, "asin": asin, "sqrt": sqrt}
    return float(eval(text, {"__builtins__": {}}, functions))  # noqa: S307


def test_every_part_has_one_maker_at_most_and_capacity_suffices():
    assert len(makers()) == len(offer_rows()) + 1
    for item, units in needed(best_plan()).items():
        assert item not in makers() or units <= capacity(item)
    assert needed(best_plan())[LINER] * liner_hours() <= in_use(typed("Можем производить!E12")) * 12


def test_no_combination_of_choices_is_better():
    first = decisions_of(best_plan())
    assert ranked()[0] == first
    others = [decisions for decisions in ranked() if not set(decisions) >= set(first)]
    assert others[:2] == [
        decisions_of(second_plan()),
        decisions_of(best_plan() | {"spring": ABROAD}),
    ]


# Second half: the page and the program


@pytest.fixture(scope="module")
def printed(demo_database):
    """What `recommend chains … -k 2 --why --json` prints."""
    asked = ["recommend", "chains", str(demo_database), PRODUCT, "-k", "2", "--why", "--json"]
    asked += ["--as-of", "2026-03-01"]
    ran = CliRunner().invoke(cli, asked)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)["result"]


WHO = {"domestic": HOME, "import": ABROAD} | {f"firm:{firm}": name for firm, name in SHORT.items()}


def units_of(rows, key):
    return rows[key]["quantity"] if key in rows else 0.0


def rows_of(chain):
    """Steps of a printed chain by item and who, as the page names them."""
    return {
        (step["item"].removeprefix("item:"), WHO[step["enterprise"] or step["kind"]]): step
        for step in chain["steps"]
    }


def test_program_prints_the_steps_of_the_page(printed):
    steps = rows_of(printed["chains"][0])
    stated = page_table("steps")
    assert {(item, who) for item, who, *_ in stated} == set(steps)
    for item, who, units, each, value in stated:
        step = steps[item, who]
        assert agrees(units, step["quantity"])
        assert agrees(each, step["price"])
        assert agrees(value, step["value"])


def test_program_read_the_cells_of_the_page(printed):
    steps = rows_of(printed["chains"][0])
    for cell, _, item, who, _, each, _, units in page_table("offers"):
        step = steps[item, who]
        assert step["cells"]["product"] == f"survey.xlsx!{cell}"
        assert agrees(each, step["price"])
        assert agrees(units, step["capacity"])
    liner = steps[LINER, "M3"]
    used = {cell for _, cell, *_ in page_table("capability") if cell.startswith("Можем")}
    assert {f"survey.xlsx!{cell}" for cell in used} <= set(liner["cells"].values())
    assert agrees(dict(page_table_pairs("totals"))["launch"], liner["fixed_cost"])


def page_table_pairs(name):
    return [(row[0], row[1]) for row in page_table(name)]


def test_program_prints_the_freight_of_the_page(printed):
    flows = {flow["item"].removeprefix("item:"): flow for flow in printed["chains"][0]["flows"]}
    roads = {(source, target): road for source, target, _, road in page_table("distances")}
    stated = page_table("freight")
    assert {row[0] for row in stated} == set(flows)
    for item, source, target, units, _, _, value in stated:
        flow = flows[item]
        assert (flow["source"], flow["target"]) == (source, target)
        assert agrees(units, flow["quantity"])
        assert agrees(value, flow["cost"])
        assert agrees(roads[source, target], flow["distance"])


def test_program_prints_the_totals_of_both_chains(printed):
    names = {
        "made": "made_value",
        "imported": "imported_value",
        "launch": "launch_cost",
        "freight": "freight_cost",
        "involvement": "involvement_cost",
        "cost": "cost",
        "localisation share": "localisation",
        "cooperation share": "cooperation",
    }
    first, second = printed["chains"]
    for name, one, other, _ in page_table("comparison"):
        for text, chain in ((one, first), (other, second)):
            bought = chain["domestic_value"] - chain["made_value"]
            assert agrees(text, bought if name == "bought at home" else chain[names[name]])
    assert page_table_pairs("totals") == page_table_pairs("comparison")


def test_program_proves_what_the_page_proves(printed):
    imported = dict(page_table_pairs("totals"))["imported"]
    assert printed["status"] == "OPTIMAL"
    for chain in printed["chains"]:
        assert agrees(imported, chain["objective"])
        assert agrees(imported, chain["bound"])


def test_program_prints_the_second_chain_of_the_page(printed):
    first, second = map(rows_of, printed["chains"])
    stated = {(item, who): number(units) for item, who, units, *_ in page_table("second")}
    changed = {
        key: units_of(second, key) - units_of(first, key) for key in first.keys() | second.keys()
    }
    assert {key: units for key, units in changed.items() if units} == pytest.approx(stated)
    socket = "prosthetic-socket", "M4"
    assert first[socket]["alternative"] == "thermoplastic"
    assert second[socket]["alternative"] == "laminate"


def test_program_finds_the_alternatives_of_the_page_no_better(printed):
    """Each firm's step ruled out and solved anew, against the page's table."""
    chain = printed["chains"][0]
    items = {step["operation"]: step["item"].removeprefix("item:") for step in chain["steps"]}
    weighed = {items[one["operation"]]: dict(one["differences"]) for one in chain["runners_up"]}
    stated = {row[0]: row[3:] for row in page_table("alternatives") if row[0] in makers()}
    assert set(weighed) == {*stated, PRODUCT}
    assert weighed[PRODUCT]["shortfall"] == 1
    for item, (imported, cost) in stated.items():
        assert agrees(imported, weighed[item]["imported_value"])
        assert agrees(cost, weighed[item]["cost"])
