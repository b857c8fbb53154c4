"""Every figure that `recommend chains --why --json` prints, recomputed by foreign code.

`raw_case` reads the raw files, `raw_figures` does the arithmetic, `raw_program` and
`raw_weighing` solve anew what was solved: none of them knows the engine.
"""

import copy
import json
from math import exp, inf

import pytest
from click.testing import CliRunner

from matchmaker.cli.main import cli
from tests.random_survey import write_random_survey
from tests.raw_case import ROOT, read_case
from tests.raw_figures import check_chain
from tests.raw_program import STAGES, Asked, best
from tests.raw_weighing import (
    check_binding,
    check_differences,
    check_dropout,
    check_price,
    check_repair,
    check_rival,
    check_runner_up,
    check_weighing,
)
from tests.seeds import seeds, spread

DEMO = ROOT / "datasets" / "rehabilitation"
GOALS = ("localisation", "cost", "cooperation", "resilience", "confidence")
SMALL = (
    "absorbent-underwear",
    "anti-decubitus-mattress",
    "crutches",
    "leg-prosthesis",
    "orthosis",
)
PRODUCTS = (*SMALL, "manual-wheelchair", "powered-wheelchair")


def run(*arguments):
    done = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert done.exit_code in (0, 3), done.output
    return done


def store(folder, *files):
    """Database of files that are all in order."""
    database = folder / "cluster.db"
    run("init", database)
    assert "0 errors" in run("import", database, *files, "--lang", "en").output
    return database


def chains(database, product, *options):
    return json.loads(run("recommend", "chains", database, product, *options, "--json").stdout)[
        "result"
    ]


@pytest.fixture(scope="module")
def raw_demo():
    return read_case(DEMO / "catalogue", DEMO / "survey.xlsx", DEMO / "truth.csv")


@pytest.mark.parametrize(
    ("product", "goal"),
    spread([(product, goal) for product in PRODUCTS for goal in GOALS], step=3),
)
def test_figures_of_the_demo(raw_demo, demo_database, product, goal):
    found = chains(demo_database, product, "--goal", goal, "-k", 2)["chains"]
    assert len(found) == 2
    for chain in found:
        check_chain(raw_demo, Asked(product, goal), chain)


@pytest.mark.parametrize(
    ("product", "goal"),
    spread(
        [
            *((product, "localisation") for product in PRODUCTS),
            *((product, goal) for product in SMALL for goal in ("cost", "cooperation")),
        ],
        step=3,
    ),
)
def test_advice_of_the_demo(raw_demo, demo_database, product, goal):
    (chain,) = chains(demo_database, product, "--goal", goal, "--why")["chains"]
    asked = Asked(product, goal)
    check_optimum(raw_demo, asked, chain)
    check_weighing(raw_demo, asked, chain)
    for repair in chain["repairs"]:
        check_repair(raw_demo, asked, chain, repair)


def test_repairs_of_the_demo_for_members_alone(raw_demo, demo_database):
    (chain,) = chains(demo_database, "powered-wheelchair", "--members-only", "--why")["chains"]
    asked = Asked("powered-wheelchair", roles=frozenset({"member"}))
    for repair in chain["repairs"]:
        check_repair(raw_demo, asked, chain, repair)
    invited = {
        (repair["item"], action["constraint"]["enterprise"])
        for repair in chain["repairs"]
        for action in repair["actions"]
        if repair["kind"] == "missing"
    }
    assert invited == {
        ("item:battery-pack", "firm:0002000038"),
        ("item:drive-controller", "firm:0002000045"),
    }


@pytest.mark.parametrize("seed", seeds(28))
def test_random_surveys(tmp_path, seed):
    survey = write_random_survey(tmp_path, seed)
    result = chains(
        store(tmp_path, survey.catalogue, survey.answers), "chair", *survey.options, "--why"
    )
    case = read_case(survey.catalogue, survey.answers)
    chain = next(iter(result["chains"]), None)
    if chain is None:
        outcome = best(case, survey.asked)
        assert outcome is None or outcome.values["shortfall"] > 1 - 1e-9
    else:
        check_chain(case, survey.asked, chain)
        check_optimum(case, survey.asked, chain)
        check_weighing(case, survey.asked, chain)
    for repair in (chain or result)["repairs"]:
        check_repair(case, survey.asked, chain, repair)


def test_confidences_of_the_demo(demo_database):
    """What is bought is sure; the rest is as sure as the parts of its match add up to."""
    answer = json.loads(run("match", demo_database, "--explain", "--threshold", 0, "--json").stdout)
    matches = {
        (m["kind"], f"item:{m['item']}", f"firm:{m['enterprise']}"): m for m in answer["matches"]
    }
    for product in SMALL:
        (chain,) = chains(demo_database, product)["chains"]
        for step in chain["steps"]:
            match = matches.get((step["kind"], step["item"], step["enterprise"]))
            log_odds = sum(match["contributions"].values()) if match else inf
            assert step["confidence"] == pytest.approx(1 / (1 + exp(-log_odds)), abs=1e-5), step
            assert bool(match) == bool(step["enterprise"]), step


def check_optimum(case, asked, chain):
    """No other chain is better."""
    nothing = [(name, 0.0) for name in STAGES[asked.goal]]
    check_differences(asked, chain, nothing, best(case, asked))


@pytest.fixture(scope="module")
def explained(demo_database):
    (chain,) = chains(demo_database, "manual-wheelchair", "--why")["chains"]
    return chain


def figures(value, path=()):
    """Path of every figure of a document."""
    if isinstance(value, (dict, list)):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            yield from figures(inner, (*path, key))
    elif isinstance(value, float) and value:
        yield path


def altered(chain, path):
    """The chain with one figure a thousandth too high."""
    copied = copy.deepcopy(chain)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] *= 1.001
    return copied


BARE = ("runners_up", "prices", "rival_prices", "bindings", "dropouts", "repairs", "conditions")


def test_a_wrong_figure_of_a_chain_is_caught(raw_demo, explained):
    """All figures but the probabilities, which come from the match and not from the files."""
    asked = Asked("manual-wheelchair")
    bare = {key: value for key, value in explained.items() if key not in BARE}
    paths = [path for path in figures(bare) if path[-1] != "confidence"]
    assert len(paths) > 150
    unnoticed = [
        path for path in paths if not is_caught(check_chain, raw_demo, asked, altered(bare, path))
    ]
    assert unnoticed == []


@pytest.mark.parametrize(
    ("part", "check"),
    [
        ("runners_up", check_runner_up),
        ("prices", check_price),
        ("rival_prices", check_rival),
        ("bindings", check_binding),
        ("dropouts", check_dropout),
        ("repairs", check_repair),
    ],
)
def test_a_wrong_figure_of_advice_is_caught(raw_demo, explained, part, check):
    asked = Asked("manual-wheelchair")
    paths = list(figures(explained[part]))[:12]
    assert paths
    for path in paths:
        wrong = altered(explained[part], path)[path[0]]
        assert is_caught(check, raw_demo, asked, explained, wrong), path


def is_caught(check, *arguments):
    """Whether a check fails."""
    try:
        check(*arguments)
    except AssertionError:
        return True
    return False
