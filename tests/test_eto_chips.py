"""The chip supply chain of ETO/CSET: the script on invented layouts, and on the real one.

The oracle, `eto_facts`, reads the CSV files itself and knows nothing of the engine.
"""

import importlib.util
import json
import random
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner

from matchmaker.chains import Limits, compose_chains
from matchmaker.graph import edges_of
from matchmaker.recommend import members, recommend_members
from tests.eto_facts import Facts, firm, lamp, more, random_layout, write_layout
from tests.seeds import seeds

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "real" / "eto_chips"
SCRIPT = ROOT / "scripts" / "real" / "eto_chips.py"

real = pytest.mark.skipif(not REAL.is_dir(), reason="the ETO data set is not beside the project")

SMALL = 0.01
"""Percent of the world: less than any stated share above 0 after the explosion of parts."""


def load_script():
    spec = importlib.util.spec_from_file_location("eto_chips", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["eto_chips"] = module
    spec.loader.exec_module(module)
    return module


eto = load_script()


def read(tmp_path, **changes):
    return eto.read_layout(write_layout(tmp_path / "layout", **lamp(**changes)))


def question(layout, cluster, interested="", **numbers):
    return eto.Question(
        eto.countries_of(cluster, layout), eto.countries_of(interested, layout), **numbers
    )


def answer(layout, cluster, interested, out, **numbers):
    document, issues = eto.run(layout, question(layout, cluster, interested, **numbers), out)
    assert issues == []
    return document


def gap_ids(gaps):
    return {gap["input_id"] for gap in gaps}


def test_names_of_the_layout_become_survey_and_catalogue(tmp_path):
    layout = read(tmp_path)
    frames = eto.survey_frames(layout, question(layout, "NLD", "JPN", quantity=2.0))
    items = frames["items"].set_index("item")
    assert items["kind"].to_dict() == {
        "x1": "phantom",  # nobody provides lamps; they are put together of an assembly
        "x2": "phantom",
        "x3": "component",
        "x4": "phantom",  # any of its types is one
        "x5": "component",
        "x6": "component",
        "x7": "component",  # a country provides it: somebody does, nobody known by name
    }
    assert items.loc["x5", "name_ru"] == items.loc["x5", "name_en"] == "LED"
    roles = frames["enterprises"].set_index("enterprise")["role"].to_dict()
    assert roles == {"F1": "member", "F2": "interested", "F3": "external", "F4": "external"}
    assert frames["demands"].to_dict("records") == [{"item": "x1", "quantity": 2.0}]
    assert set(frames["bom"]["quantity"]) == {1.0}
    assert frames["substitutes"][["item", "substitute", "ratio"]].to_numpy().tolist() == [
        ["x4", "x5", 1.0],
        ["x4", "x6", 1.0],
    ]


def test_without_an_ultimate_output_the_roots_are_final(tmp_path):
    inputs = [(id, name, "tool_resource") for id, name, _ in lamp()["inputs"]]
    layout = read(tmp_path, inputs=[*inputs, ("X8", "Torch", "process")])
    assert layout.finals() == ["X1", "X8"]


def test_capacity_is_the_share_in_percent_after_the_way_through_the_files(tmp_path):
    layout = read(tmp_path)
    frames = eto.survey_frames(layout, question(layout, "NLD"))
    data, issues = eto.store_survey(frames, tmp_path)
    stored = data.table("offers").set_index("enterprise")["capacity"]
    assert issues == []
    assert stored.drop("F2").to_dict() == pytest.approx({"F1": 3.0, "F3": 40.0, "F4": 7.0})
    assert stored.isna()["F2"]  # not stated is not zero


def test_repeated_provision_keeps_the_largest_stated_share(tmp_path):
    rows = more("provision", ("F1", "X3", "5"), ("F1", "X3", ""), ("F2", "X5", ""))
    layout = read(tmp_path, **rows)
    assert layout.shares["F1", "X3"] == 5.0
    assert layout.shares["F2", "X5"] is None
    assert layout.skipped["provision-repeated"] == 3


@pytest.mark.parametrize(("text", "share"), [("12.5", 12.5), ("0.0", 0.0), ("", None)])
def test_a_share_is_read_as_stated(tmp_path, text, share):
    layout = read(tmp_path, **more("provision", ("F3", "X3", text)))
    assert layout.shares["F3", "X3"] == share
    assert layout.skipped["provision-share-unreadable"] == 0


@pytest.mark.parametrize("text", ["Various", "-1", "nan", "<1"])
def test_a_share_that_is_no_number_is_not_stated_and_counted(tmp_path, text):
    layout = read(tmp_path, **more("provision", ("F3", "X3", text)))
    assert layout.shares["F3", "X3"] is None
    assert layout.skipped["provision-share-unreadable"] == 1


def test_everything_left_out_is_counted(tmp_path):
    changes = {
        **more("providers", firm("F1", "NLD", alias="Other"), firm("F5", "Various countries")),
        **more("provision", ("F9", "X3", ""), ("F1", "S1", "30")),
        **more("sequence", ("X3", "X2", ""), ("X3", "S1", "")),
        **more("inputs", ("X3", "Body", "tool_resource")),
    }
    layout = read(tmp_path, **changes)
    assert {code: count for code, count in layout.skipped.items() if count} == {
        "inputs-repeated": 1,
        "providers-not-organisations": 1,
        "providers-repeated": 1,
        "providers-country-unknown": 2,
        "provision-not-organisations": 1,
        "provision-provider-unknown": 1,
        "provision-item-unknown": 1,
        "sequence-item-unknown": 1,
        "sequence-repeated": 1,
    }
    assert layout.skipped.keys() <= eto.SKIPS.keys()


def test_gaps_of_the_lamp(tmp_path):
    layout = read(tmp_path)
    document = answer(layout, "NLD", "JPN", tmp_path)
    assert gap_ids(document["gaps"]) == {"X4", "X7"}
    (bulb,) = (gap for gap in document["gaps"] if gap["input_id"] == "X4")
    known = {(reason["code"], reason["enterprise"], reason["role"]) for reason in bulb["reasons"]}
    assert known == {
        ("role", "firm:F2", "interested"),  # an LED is a bulb
        ("role", "firm:F3", "external"),
        ("role", "firm:F4", "external"),
    }
    (design,) = (gap for gap in document["gaps"] if gap["input_id"] == "X7")
    assert design["reasons"] == [{"code": "no-process"}]
    assert gap_ids(document["chains"][0]["gaps"]) == {"X7"}
    (advice,) = document["members"]
    assert (advice["enterprise"], advice["value"], advice["invited"]) == ("firm:F2", 1.0, True)
    assert [part["input_id"] for part in advice["contributions"]] == ["X4"]


def test_shares_bind_as_capacities(tmp_path):
    layout = read(tmp_path)
    document = answer(layout, "NLD,KOR", "", tmp_path, quantity=5.0)
    body, design = sorted(document["gaps"], key=lambda gap: gap["input_id"])
    assert (body["input_id"], body["quantity"]) == ("X3", 2.0)  # 5 % asked, F1 has 3 %
    assert body["reasons"][0]["code"] == "capacity"
    assert design["quantity"] == 5.0


def test_a_provider_consumes_the_components(tmp_path):
    layout = read(tmp_path, **more("sequence", ("X6", "X3", "")))
    document = answer(layout, "NLD", "", tmp_path)
    assert gap_ids(document["gaps"]) == {"X4", "X6", "X7"}


def test_unknown_countries_are_in_no_cluster_unless_asked(tmp_path):
    layout = read(tmp_path)
    with_all = answer(layout, "NLD,JPN,KOR", "", tmp_path)
    assert with_all["cluster"]["organisations"] == 3
    asked = answer(layout, "NLD,unknown", "", tmp_path)
    assert asked["cluster"]["organisations"] == 2
    assert gap_ids(asked["gaps"]) == {"X7"}


def test_countries_are_codes_of_two_or_three_letters_or_names(tmp_path):
    layout = read(tmp_path)
    for spelling in ("NLD", "nl", "Netherlands", " NL ,"):
        assert eto.countries_of(spelling, layout) == {"NL"}


def test_the_order_of_rows_changes_nothing(tmp_path):
    documents = []
    for seed in (None, 1, 2):
        tables = lamp(**more("providers", firm("F1", "", alias="Other")))
        for rows in tables.values():
            if seed is not None:
                random.Random(seed).shuffle(rows)
        layout = eto.read_layout(write_layout(tmp_path / "layout", **tables))
        documents.append(json.dumps(answer(layout, "NLD", "JPN,KOR", tmp_path)))
    assert len(set(documents)) == 1


def test_a_component_that_a_type_lacks_is_the_gap_not_the_category(tmp_path):
    """F2 makes LEDs of a chip that only F3 makes; F4 would make bulbs outright."""
    changes = {
        **more("inputs", ("X9", "Chip", "tool_resource")),
        **more("provision", ("F3", "X9", ""), ("F4", "X4", "")),
        "sequence": [*lamp()["sequence"], ("X9", "X5", ""), ("X9", "X6", "")],
    }
    layout = read(tmp_path, **changes)
    document = answer(layout, "JPN", "", tmp_path)
    assert gap_ids(document["gaps"]) == {"X3", "X7", "X9"}


def test_who_changes_nothing_is_passed_over_together(tmp_path, monkeypatch):
    """Twelve guests: two make bodies, one bulbs, the others what the cluster has."""
    guests = [f"G{number:02}" for number in range(12)]
    makes = {"G03": "X3", "G08": "X3", "G11": "X4"}
    changes = {
        **more("providers", *(firm(id, "DEU") for id in guests)),
        **more("provision", *((id, makes.get(id, "X6"), "50") for id in guests)),
    }
    layout = read(tmp_path, **changes)
    asked = question(layout, "KOR", "DEU")
    data, _ = eto.store_survey(eto.survey_frames(layout, asked), tmp_path)
    found = eto.Answer(layout, asked, data)
    solved = []
    solve = members.solve
    monkeypatch.setattr(members, "solve", lambda problem: solved.append(problem) or solve(problem))
    advice = recommend_members(found.graph, found.demands, invite=2)
    assert len(solved) < len(guests)
    assert {one.subject for one in advice if one.figures["alone"]} == {"firm:G03", "firm:G08"}


@pytest.mark.parametrize("seed", seeds(25))
def test_gaps_of_random_layouts_are_the_lowest_unavailable_items(tmp_path, seed):
    folder = write_layout(tmp_path / "layout", **random_layout(seed))
    facts, layout = Facts(folder), eto.read_layout(folder)
    for country in sorted(set(facts.country.values())):
        found = answer(layout, country, "", tmp_path, k=1)["gaps"]
        expected = facts.open(facts.firms(country), 1)
        assert {gap["input_id"]: gap["quantity"] for gap in found} == expected


def run_script(*arguments):
    return CliRunner().invoke(eto.main, [str(argument) for argument in arguments])


def test_script_prints_json_and_keeps_the_files(tmp_path):
    folder = write_layout(tmp_path / "layout", **lamp())
    command = (folder, "--cluster", "NLD", "--interested", "JPN", "--keep", tmp_path / "kept")
    for _ in range(2):
        done = run_script(*command, "--json")
        assert done.exit_code == 0, done.output
        document = json.loads(done.stdout)
    assert document["schema_version"] == 1
    assert document["status"] == "OPTIMAL"
    assert document["final"] == [
        {"item": "item:x1", "name": "Lamp", "input_id": "X1", "quantity": 1.0}
    ]
    assert document["cluster"] == {
        "countries": ["NLD"],
        "organisations": 1,
        "offers": 1,
        "items": 1,
    }
    assert "1 provision rows of countries" in done.stderr
    assert (tmp_path / "kept" / "cluster.db").exists()
    assert (tmp_path / "kept" / "survey" / "We make.csv").exists()


def test_script_prints_tables(tmp_path):
    folder = write_layout(tmp_path / "layout", **lamp())
    done = run_script(folder, "--cluster", "NLD", "--interested", "JPN,KOR")
    assert done.exit_code == 0
    for text in ("Final product: Lamp (1 % of the world)", "Gaps of the cluster alone: 2", "F2"):
        assert text in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--cluster", "FRA"), 2, "No organisation in FRA; some in: JPN, KOR, NLD."),
        (("--cluster", "NLD", "--interested", "NLD,JPN"), 2, "none of them is invited again"),
        (("--cluster", ""), 2, "A cluster has members"),
        (("--cluster", "NLD", "--quantity", "0"), 2, "--quantity"),
    ],
)
def test_script_refuses(tmp_path, arguments, code, text):
    done = run_script(write_layout(tmp_path / "layout", **lamp()), *arguments)
    assert done.exit_code == code
    assert text in done.stderr


def test_script_names_the_column_that_a_file_lacks(tmp_path):
    folder = write_layout(tmp_path / "layout", **lamp())
    (folder / "inputs.csv").write_text("input_id,input_name\n", encoding="utf-8")
    done = run_script(folder, "--cluster", "NLD")
    assert (done.exit_code, "inputs.csv has no column type." in done.stderr) == (1, True)


def test_a_product_that_nobody_can_deliver_ends_with_code_3(tmp_path):
    tables = lamp(**more("provision", ("C1", "X1", "100")))
    done = run_script(write_layout(tmp_path / "layout", **tables), "--cluster", "NLD", "--json")
    assert done.exit_code == 3
    assert gap_ids(json.loads(done.stdout)["gaps"]) == {"X1"}


def test_help_says_how_the_words_are_read():
    text = run_script("--help").stdout
    assert "\n  - Items are all rows of inputs.csv" in text
    for word in ("goes_into", "is_type_of", "phantom", "world share", "no prices", "Exit codes"):
        assert word in text


@pytest.fixture(scope="module")
def facts():
    return Facts(REAL)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The real layout with every organisation a member, through files and store."""
    layout = eto.read_layout(REAL)
    everywhere = frozenset(map(eto.country_of, layout.organisations.values()))
    asked = eto.Question(everywhere, quantity=SMALL)
    frames = eto.survey_frames(layout, asked)
    data, issues = eto.store_survey(frames, tmp_path_factory.mktemp("world"))
    assert issues == []
    return eto.Answer(layout, asked, data)


def engine_gaps(world, firms, quantity=SMALL):
    """Gaps that the engine finds for a set of firms, percent of the world."""
    graph_firms = {node for node in world.graph if node.startswith("firm:")}
    limits = Limits(exclude=graph_firms - {f"firm:{id}" for id in firms})
    (final,) = world.demands
    result = compose_chains(world.graph, replace(final, quantity=quantity), limits=limits)
    gaps = result.chains[0].gaps if result.chains else result.gaps
    return {world.items[gap.item]: pytest.approx(gap.quantity) for gap in gaps}


@real
def test_every_provision_of_an_organisation_is_an_offer_of_that_very_item(world, facts):
    made = {
        (enterprise.removeprefix("firm:"), world.items[item], edge["capacity"])
        for enterprise, item, _, edge in edges_of(world.graph, "makes")
    }
    expected = {pair: float(share) if share else None for pair, share in facts.shares.items()}
    assert {(firm, item): share for firm, item, share in made} == pytest.approx(expected)


@real
def test_types_have_no_components_of_their_own(facts):
    """What makes the gaps of a set of firms unambiguous: no choice between ways to lack."""
    children = set().union(*facts.types.values())
    assert not any(facts.parts[child] for child in children)


@real
@pytest.mark.parametrize("quantity", [SMALL, 1, 30])
def test_gaps_of_every_country_are_those_of_the_files(world, facts, quantity, pytestconfig):
    """At 1 % and 30 % of the world shares bind too, and the gap is what they leave."""
    countries = sorted(set(facts.country.values()))
    assert len(countries) >= 15
    for country in countries[:: 1 if pytestconfig.getoption("long") else 3]:
        firms = facts.firms(country)
        assert engine_gaps(world, firms, quantity) == facts.open(firms, quantity), country


@real
@pytest.mark.parametrize(
    "countries", [("TWN", "NLD"), ("NLD", "JPN"), ("USA", "KOR", "TWN"), ("DEU", "FRA", "NLD")]
)
def test_gaps_of_several_countries_are_those_of_the_files(world, facts, countries):
    firms = facts.firms(*countries)
    assert engine_gaps(world, firms) == facts.open(firms, SMALL)


@real
@pytest.mark.parametrize("seed", seeds(15))
def test_gaps_of_any_set_of_firms_are_those_of_the_files(world, facts, seed):
    rng = random.Random(seed)
    firms = set(rng.sample(sorted(facts.country), rng.choice([0, 3, 30, 150, 300])))
    gaps = facts.open(firms, SMALL)
    assert engine_gaps(world, firms) == gaps
    assert facts.final in facts.available(firms, stock=gaps)
    assert not gaps.keys() & (facts.doable(firms) | facts.available(firms))


@real
def test_facts_about_the_netherlands_and_japan_that_anyone_can_look_up(facts):
    dutch, japanese = (facts.open(facts.firms(country), SMALL) for country in ("NLD", "JPN"))
    names = {
        country: {facts.names[id] for id in gaps}
        for country, gaps in (("NLD", dutch), ("JPN", japanese))
    }
    assert "Lithography tools" not in names["NLD"] | names["JPN"]  # ASML; Nikon, Canon
    assert {"Wafer", "Photoresists"} <= names["NLD"]
    assert not {"Wafer", "Photoresists"} & names["JPN"]  # Shin-Etsu, SUMCO; JSR, TOK
    for gaps in names.values():
        assert "Electronic design automation software" in gaps
        assert "Logic chip design" in gaps


@real
def test_script_tells_the_same_as_the_files_for_japan_alone(facts):
    done = run_script(REAL, "--cluster", "JPN", "--quantity", SMALL, "-k", 1, "--json")
    document = json.loads(done.stdout)
    assert gap_ids(document["gaps"]) == set(facts.open(facts.firms("JPN"), SMALL))
    assert document["cluster"]["organisations"] == len(facts.firms("JPN"))
    assert document["members"] == []
    assert document["skipped"]["provision-not-organisations"] > 0


@pytest.fixture(scope="module")
def invitation(tmp_path_factory):
    """Whom the Netherlands should invite from Korea and Taiwan, graph included."""
    layout = eto.read_layout(REAL)
    asked = question(layout, "NLD", "KOR,TWN", quantity=1.0)
    data, _ = eto.store_survey(eto.survey_frames(layout, asked), tmp_path_factory.mktemp("nld"))
    found = eto.Answer(layout, asked, data)
    return found, {n: recommend_members(found.graph, found.demands, invite=n) for n in (1, 2)}


@real
@pytest.mark.parametrize("invite", [1, 2])
def test_best_invitations_are_those_of_brute_force(invitation, facts, invite):
    advice = invitation[1][invite]
    home, guests = facts.firms("NLD"), sorted(facts.firms("KOR", "TWN"))
    closed = {
        chosen: facts.loss(home) - facts.loss(home | set(chosen))
        for chosen in combinations(guests, invite)
    }
    best = {one.subject.removeprefix("firm:") for one in advice if one.figures["invited"]}
    assert len(best) == invite
    assert closed[tuple(sorted(best))] == max(closed.values())
    assert advice[0].figures["set"] == pytest.approx(max(closed.values()))
    for one in advice:
        id = one.subject.removeprefix("firm:")
        alone = facts.loss(home) - facts.loss(home | {id})
        given = facts.loss(home | best - {id}) - facts.loss(home | best | {id})
        assert (one.figures["alone"], one.value) == pytest.approx((alone, given)), one.subject


@real
def test_inviting_the_recommended_closes_the_gaps_it_says(invitation, facts):
    found, advice = invitation
    first = advice[1][0]
    home = facts.firms("NLD")
    before = facts.open(home, 1)
    after = facts.open(home | {first.subject.removeprefix("firm:")}, 1)
    closed = {
        item: (before.get(item, 0) - after.get(item, 0)) * facts.worth(item)
        for item in before.keys() | after.keys()
    }
    said = {found.items[part.subject]: part.value for part in first.contributions}
    assert said == pytest.approx({item: value for item, value in closed.items() if value})
    assert first.value == pytest.approx(sum(closed.values()))
