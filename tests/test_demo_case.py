"""The demo case end to end: every difficulty that datasets/README.md says is planted is found.

The commands are those of its tables, the figures those of its arithmetic.
"""

import json
import re
from functools import cache

import pytest
from click.testing import CliRunner

import matchmaker as mm
from matchmaker.chains import Demand, Limits
from matchmaker.cli.main import cli
from matchmaker.cli.shared.output import plain
from matchmaker.model import Role
from tests.demo_readme import (
    I1,
    I2,
    I3,
    I4,
    I5,
    M1,
    M2,
    M3,
    M4,
    M5,
    readme_commands,
    readme_table,
    roubles,
)

KOPECK = 0.005


@pytest.fixture(scope="session")
def data(demo):
    return demo[0]


@pytest.fixture(scope="session")
def matches(demo):
    return demo[1]


@pytest.fixture(scope="session")
def demands(data):
    rows = data.table("demands").to_dict("records")
    return {row["item"]: Demand(row["item"], row["quantity"], row["region"]) for row in rows}


@pytest.fixture(scope="session")
def run(demo_database):
    """Document and exit code of a command as the README writes it."""
    verbs = {"chains": ["recommend", "chains"], "members": ["recommend", "members"]}

    @cache
    def told(command):
        verb, *rest = command.split()
        arguments = [*verbs.get(verb, [verb]), str(demo_database), *rest, "--json"]
        arguments += ["--as-of", "2026-03-01"]
        ran = CliRunner().invoke(cli, arguments)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.output
        return json.loads(ran.stdout), ran.exit_code

    return told


@pytest.fixture(scope="session")
def chain(run):
    """Best chain of a `chains` command."""

    def best(command):
        document, code = run(f"chains {command}")
        assert code == 0
        return document["result"]["chains"][0]

    return best


@pytest.fixture(scope="session")
def compose(demo_graph, demands):
    """Best chain of a product of the demo for limits that no command offers."""

    def best(product, goal="localisation", over=None, **limits):
        result = mm.compose_chains(
            over or demo_graph, demands[product], goal=goal, limits=Limits(**limits)
        )
        return plain(result.chains[0])

    return best


def quantities(chain, item):
    """Units of an item by who brings it forth: tax number, or the kind of a purchase."""
    return {
        (step["enterprise"] or step["kind"]).removeprefix("firm:"): step["quantity"]
        for step in chain["steps"]
        if step["item"] == f"item:{item}"
    }


def step_of(chain, item, enterprise):
    return next(
        step
        for step in chain["steps"]
        if (step["item"], step["enterprise"]) == (f"item:{item}", f"firm:{enterprise}")
    )


def unit_value(chain, item, enterprise, quantity_of):
    """RUB of work and parts in one unit of an item, by the prices of the chain's steps."""
    prices = {step["item"].removeprefix("item:"): step["price"] for step in chain["steps"]}
    own = step_of(chain, item, enterprise)["price"]
    return own + sum(amount * prices[part] for part, amount in quantity_of.items())


def freight_each(chain, item, source):
    """RUB of freight in one unit of an item carried from a region."""
    flows = [f for f in chain["flows"] if (f["item"], f["source"]) == (f"item:{item}", source)]
    return sum(flow["cost"] for flow in flows) / sum(flow["quantity"] for flow in flows)


# The README's own statements


@pytest.mark.parametrize("command", sorted(set(readme_commands())))
def test_commands_of_the_readme_run(run, command):
    document, code = run(command)
    assert document["schema_version"] == 1
    assert code == (3 if "tpu-film" in command else 0)


def test_readme_states_what_the_chains_of_every_product_come_to(chain):
    rows = list(readme_table("Computed, goal localisation"))
    assert len(rows) == 7
    for product, members, everyone in rows:
        texts = {
            "--members-only": members,
            "": members if everyone == "same" else everyone,
        }
        for option, text in texts.items():
            best = chain(f"{product} --certified-only {option}".strip())
            imported, cost = re.findall(r"([0-9][0-9 .]*) / ([0-9][0-9 .]*)", text)[0]
            assert best["imported_value"] == pytest.approx(roubles(imported), abs=KOPECK)
            assert best["cost"] == pytest.approx(roubles(cost), abs=KOPECK)
            assert ("incomplete" in text) == any(g["kind"] == "missing" for g in best["gaps"])


# Before and after


@pytest.mark.parametrize(
    ("roles", "imported", "goods", "share"),
    [
        (frozenset({Role.MEMBER}), 61_935_600, 130_029_400, 0.476),
        (frozenset(Role), 36_895_500, 118_528_490, 0.311),
    ],
)
def test_share_after_when_products_may_be_bought(
    demo_graph, demands, roles, imported, goods, share
):
    limits = Limits(demand_certificates=True, roles=roles, buy_products=True)
    best = mm.compose_chains(demo_graph, list(demands.values()), limits=limits).chains[0]
    assert best.complete
    assert best.imported_value == pytest.approx(imported, abs=KOPECK)
    assert best.imported_value + best.domestic_value == pytest.approx(goods, abs=KOPECK)
    assert round(1 - best.localisation, 3) == share


def test_share_after_of_the_headline_product(chain):
    members = chain("manual-wheelchair --certified-only --members-only")
    everyone = chain("manual-wheelchair --certified-only")
    assert round(1 - members["localisation"], 3) == 0.430
    assert round(1 - everyone["localisation"], 3) == 0.112


def test_all_seven_together_share_the_welding_hours(demo_graph, demands, chain):
    limits = Limits(demand_certificates=True)
    together = mm.compose_chains(demo_graph, list(demands.values()), limits=limits).chains[0]
    apart = sum(chain(f"{product} --certified-only")["imported_value"] for product in demands)
    assert together.imported_value - apart == pytest.approx(300 * 1300, abs=KOPECK)


# The planted difficulties, in the order of the README


def test_a_welding_hours_do_not_suffice_for_two_items(chain):
    best = chain("manual-wheelchair --certified-only")
    assert quantities(best, "cross-brace") == {M2: 1200}
    assert quantities(best, "footrest") == {M2: 1400, "import": 1000}
    members = chain("manual-wheelchair --certified-only --members-only")
    assert quantities(members, "cross-brace") == {M2: 1020}
    assert quantities(members, "footrest") == {M2: 1640, "import": 760}


@pytest.mark.parametrize(
    ("firm", "more", "cost"),
    [(M4, 744_000, 27_834_023.33), (M5, 4_080_000, 28_223_773.12)],
)
def test_b_single_sources(chain, firm, more, cost):
    best = chain("manual-wheelchair --certified-only")
    without = chain(f"manual-wheelchair --certified-only --exclude {firm}")
    assert without["imported_value"] - best["imported_value"] == pytest.approx(more, abs=KOPECK)
    assert without["cost"] == pytest.approx(cost, abs=KOPECK)


def test_b_without_the_hub_maker_half_of_the_wheels_turn_to_the_turnkey_maker(chain):
    without = chain(f"manual-wheelchair --certified-only --exclude {M4}")
    assert quantities(without, "rear-wheel-24") == {I1: 1200, I2: 1200}
    assert quantities(without, "rear-hub") == {"import": 1200}
    assert quantities(without, "wheel-brake") == {I2: 2400}


def test_c1_made_by_nobody(run, chain):
    assert quantities(chain("manual-wheelchair"), "quick-release-axle") == {"import": 2400}
    gaps = run("gaps manual-wheelchair")[0]["gaps"]
    assert [(gap["subject"], gap["value"]) for gap in gaps] == [
        ("item:quick-release-axle", 2400 * 680),
        ("item:footrest", 1000 * 1300),
    ]
    assert gaps[0]["notes"] == [["nobody-makes", ""]]


def test_c2_made_by_nobody_and_not_importable(run, chain):
    document, code = run("chains tpu-film --quantity 100")
    assert code == 3
    assert document["result"]["status"] == "INFEASIBLE"
    assert document["result"]["gaps"][0]["reasons"] == [["nobody-makes", ""]]
    mattress = chain("anti-decubitus-mattress")
    assert step_of(mattress, "cell-mat", M3)["alternative"] == "pvc"
    gaps = {gap["subject"] for gap in run("gaps anti-decubitus-mattress")[0]["gaps"]}
    assert "item:tpu-film" not in gaps


def test_c3_not_importable_and_made_by_no_member(chain):
    members = chain("powered-wheelchair --members-only")
    missing = {g["item"]: g["quantity"] for g in members["gaps"] if g["kind"] == "missing"}
    assert missing == {"item:drive-controller": 150, "item:battery-pack": 150}
    everyone = chain("powered-wheelchair")
    assert not [gap for gap in everyone["gaps"] if gap["kind"] == "missing"]
    assert quantities(everyone, "battery-pack") == {I3: 150}
    assert quantities(everyone, "drive-controller") == {I4: 150}


def test_d1_frames_of_members_do_not_suffice(chain):
    best = chain("manual-wheelchair --members-only")
    assert quantities(best, "frame") == {M2: 960, M1: 60, "import": 180}
    frames = next(gap for gap in best["gaps"] if gap["item"] == "item:frame")
    assert frames["value"] == 180 * 7200
    assert {tuple(reason) for reason in frames["reasons"]} >= {
        ("capacity", f"firm:{M1}"),
        ("capacity", f"firm:{M2}"),
    }


def test_what_members_import_for_the_manual_wheelchair(chain):
    gaps = chain("manual-wheelchair --certified-only --members-only")["gaps"]
    assert {gap["item"].removeprefix("item:"): gap["value"] for gap in gaps} == {
        "rear-wheel-24": 7_920_000,
        "castor-fork": 912_000,
        "quick-release-axle": 1_632_000,
        "frame": 1_296_000,
        "footrest": 988_000,
    }


def test_d2_the_converting_line_does_not_suffice(chain):
    best = chain("absorbent-underwear")
    assert quantities(best, "absorbent-underwear") == {M5: 720_000, "missing": 180_000}
    assert best["missing_value"] == pytest.approx(180_000 * 26, abs=KOPECK)


def test_e_a_minimum_order_hurts(chain):
    cheap = chain("manual-wheelchair --goal cost")
    assert quantities(cheap, "castor-wheel-pu") == {I1: 2400}
    assert unit_value(cheap, "castor-wheel-pu", I1, {"pu-system": 0.25}) == 210
    members = chain("manual-wheelchair --goal cost --members-only")
    assert quantities(members, "castor-wheel-pu") == {"import": 2400}
    local = chain("manual-wheelchair --members-only")
    assert quantities(local, "castor-wheel-pu") == {M3: 5000}
    assert step_of(local, "castor-wheel-pu", M3)["surplus"] == 2600
    assert unit_value(local, "castor-wheel-pu", M3, {"pu-system": 0.25}) == 160


def test_f_steel_wins_only_by_an_interested_firm(chain):
    members = chain("manual-wheelchair --certified-only --members-only")
    assert step_of(members, "frame", M2)["alternative"] == "aluminium"
    assert step_of(members, "frame", M1)["alternative"] == "steel"
    everyone = chain("manual-wheelchair --certified-only")
    assert quantities(everyone, "frame") == {I3: 1200}
    assert step_of(everyone, "frame", I3)["alternative"] == "steel"
    paint = {"powder-paint": 0.3}
    assert unit_value(members, "frame", M2, {"aluminium-tube-22": 7, **paint}) == 4786
    assert unit_value(members, "frame", M1, {"steel-tube-22": 7, **paint}) == 7296
    assert unit_value(everyone, "frame", I3, {"steel-tube-22": 7, **paint}) == 3196
    assert round(freight_each(members, "frame", "RU-CHE"), 2) == 15.85
    assert round(freight_each(everyone, "frame", "RU-KGN"), 2) == 30.47


def advice(run, command):
    """Advice of a `members` command by tax number."""
    members = run(f"members {command}")[0]["members"]
    return {one["subject"].removeprefix("firm:"): one for one in members}


def invited(found):
    return {firm for firm, one in found.items() if one["figures"]["invited"]}


def closed(advice):
    """RUB a year by item that an enterprise leaves less open."""
    parts = {p["subject"].removeprefix("item:"): p["value"] for p in advice["contributions"]}
    return {item: round(value, 2) for item, value in parts.items()}


def test_g1_one_firm_closes_by_far_most_gaps(run):
    found = advice(run, "--invite 1")
    assert invited(found) == {I1}
    alone = {firm: round(one["figures"]["alone"], 2) for firm, one in found.items()}
    assert alone == {I1: 8_832_000, I2: 3_960_000, I3: 984_000, I4: 0, I5: 0}
    assert closed(found[I1]) == {"rear-wheel-24": 7_920_000, "castor-fork": 912_000}
    assert closed(found[I3]) == {"frame": 1_296_000, "footrest": -312_000}


def test_g2_two_good_singles_overlap(run):
    found = advice(run, "manual-wheelchair --invite 2")
    assert invited(found) == {I1, I3}
    assert found[I1]["figures"]["set"] == pytest.approx(9_816_000, abs=KOPECK)
    assert found[I2]["figures"]["alone"] > found[I3]["figures"]["alone"]
    assert found[I2]["value"] == 0


def test_g3_two_firms_only_together_open_a_product(run):
    found = advice(run, "--invite 2")
    assert invited(found) == {I3, I4}
    assert found[I3]["figures"]["set"] == pytest.approx(15_314_100, abs=KOPECK)
    assert found[I4]["figures"]["alone"] == 0
    assert found[I4]["value"] == pytest.approx(24_000_000 - 9_669_900, abs=KOPECK)


def test_g3_with_the_best_single_as_well(run):
    found = advice(run, "--invite 3")
    assert invited(found) == {I1, I3, I4}
    assert found[I1]["figures"]["set"] == pytest.approx(25_040_100, abs=KOPECK)


def test_g4_a_firm_adds_nothing(run):
    found = advice(run, "--invite 5")[I5]
    assert not found["figures"]["invited"]
    assert found["value"] == found["figures"]["alone"] == 0


def test_h_freight_turns_a_choice(chain, compose, demo_graph):
    best = chain("powered-wheelchair --certified-only")
    assert quantities(best, "powered-frame") == {M2: 150}
    assert step_of(best, "powered-frame", M2)["price"] == 6400
    assert round(freight_each(best, "powered-frame", "RU-CHE"), 2) == 101.81
    other = frozenset({(M2, "powered-frame")})
    far = compose("powered-wheelchair", demand_certificates=True, exclude_pairs=other)
    assert round(freight_each(far, "powered-frame", "RU-KYA"), 2) == 473.71
    free = demo_graph.copy()
    free.graph["freight_tariff"] = 0
    there = compose("powered-wheelchair", over=free, demand_certificates=True)
    assert quantities(there, "powered-frame") == {I5: 150}
    assert step_of(there, "powered-frame", I5)["price"] == 6150
    assert there["freight_cost"] == 0


def test_i_the_cheapest_assembler_lacks_the_certificates(chain):
    free = chain("manual-wheelchair")
    assert quantities(free, "manual-wheelchair") == {M2: 1200}
    assert step_of(free, "manual-wheelchair", M2)["certificates_missing"] == [
        "ISO 13485",
        "РУ Росздравнадзора",
    ]
    certified = chain("manual-wheelchair --certified-only")
    assert quantities(certified, "manual-wheelchair") == {M1: 1200}
    difference = certified["cost"] - free["cost"]
    assert difference == pytest.approx(480_000 - 66_892.86, abs=KOPECK)


def test_j_capabilities_for_what_nobody_makes(chain, compose):
    brace = step_of(chain("manual-wheelchair"), "cross-brace", M2)
    assert (brace["kind"], brace["price"], brace["fixed_cost"]) == ("could_make", 1010, 120_000)
    best = chain("leg-prosthesis")
    liner = step_of(best, "silicone-liner", M3)
    assert (liner["kind"], liner["price"], liner["fixed_cost"]) == ("could_make", 2640, 400_000)
    without = compose("leg-prosthesis", exclude_pairs=frozenset({(M3, "silicone-liner")}))
    more = without["imported_value"] - best["imported_value"]
    assert more == pytest.approx(260 * (21_000 - 660), abs=KOPECK)


def test_k_turnkey_wheels_reach_only_half_way(compose):
    built = frozenset({(I1, "rear-wheel-24")})
    best = compose("manual-wheelchair", demand_certificates=True, exclude_pairs=built)
    assert quantities(best, "rear-wheel-24") == {I2: 1200, "import": 1200}
    assert step_of(best, "rear-wheel-24", I2)["price"] == 3150
    assert round(freight_each(best, "rear-wheel-24", "RU-ULY"), 2) == 9.34
    assert best["imported_value"] == pytest.approx(6_892_000, abs=KOPECK)
    assert best["cost"] == pytest.approx(27_729_098.64, abs=KOPECK)


def test_k_turnkey_against_chain_supplied(chain):
    best = chain("manual-wheelchair --certified-only")
    assert quantities(best, "rear-wheel-24") == {I1: 2400}
    rim = unit_value(best, "rim-24", I1, {"rim-profile": 1.9})
    hub = unit_value(best, "rear-hub", M4, {"aluminium-bar": 0.4})
    tyre = unit_value(best, "tyre-24", M3, {"pu-system": 0.6})
    ring = unit_value(best, "hand-rim", I1, {"aluminium-tube-22": 1.7})
    small = unit_value(best, "rear-wheel-24", I1, {"spoke": 36, "bearing-6001": 2})
    assert small + rim + hub + tyre + ring == 2959


def test_l_a_substitute_removes_an_import(chain):
    local = chain("absorbent-underwear")
    assert quantities(local, "latex-thread") == {"domestic": pytest.approx(3_024_000)}
    assert quantities(local, "elastane-thread") == {}
    cheap = chain("absorbent-underwear --goal cost")
    assert quantities(cheap, "elastane-thread") == {"import": pytest.approx(2_160_000)}
    assert cheap["imported_value"] - local["imported_value"] == pytest.approx(1_296_000)
    assert local["cost"] - cheap["cost"] == pytest.approx(1_663_200 - 1_296_000)


def test_m_goals_disagree(chain):
    bearings = {"bearing-6001": 4800, "bearing-608": 4800}
    local, cheap = chain("manual-wheelchair"), chain("manual-wheelchair --goal cost")
    for bearing, quantity in bearings.items():
        assert quantities(local, bearing) == {"domestic": quantity}
        assert quantities(cheap, bearing) == {"import": quantity}
    assert cheap["imported_value"] - local["imported_value"] == pytest.approx(528_000)
    assert local["cost"] - cheap["cost"] == pytest.approx(744_000 - 528_000)


def test_second_and_third_best(run):
    document, _ = run("chains manual-wheelchair --certified-only -k 3")
    first, second, third = document["result"]["chains"]
    assert quantities(second, "tube-cap") == {I5: 9600}
    assert second["cost"] - first["cost"] == pytest.approx(12_208.81, abs=KOPECK)
    assert quantities(third, "polyester-fabric") == {"domestic": pytest.approx(2016)}
    assert third["cost"] - first["cost"] == pytest.approx(70_080, abs=KOPECK)
    for one in (first, second, third):
        assert one["status"] == "OPTIMAL"
        assert one["objective"] == one["bound"] == 2_932_000
