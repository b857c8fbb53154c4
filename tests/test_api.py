"""The front door: its names, its first example, and values that cannot be changed."""

import dataclasses
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import matchmaker as mm
from matchmaker.chains import Chain, Flow, Gap, Result, RunnerUp, Step
from matchmaker.cli.delivery.delivery import demo_dataset
from matchmaker.matching import Match
from matchmaker.model import Cell, Dataset, Decision, Issue, LearnedWeights, Metrics, Survey
from matchmaker.recommend import Contribution, Evidence, Recommendation

ROOT = Path(__file__).parents[1]
ROOMS = [
    "chains",
    "errors",
    "evaluation",
    "export",
    "kept_matches",
    "matching",
    "model",
    "recommend",
    "report",
    "store",
    "survey",
]
FUNCTIONS = [
    "advice_to_frame",
    "build_graph",
    "check_requirements",
    "compose_chains",
    "compose_portfolio",
    "evaluate",
    "explain",
    "explain_alternatives",
    "explain_result",
    "find_gaps",
    "find_matches",
    "find_open_points",
    "find_repairs",
    "join_texts",
    "make_call_sheet",
    "match_store",
    "plan_join",
    "read_labels",
    "read_mapping",
    "read_survey",
    "recommend_members",
    "recommend_questions",
    "suggest_items",
    "weigh_conditions",
    "write_dossier",
    "write_graph",
    "write_letter",
    "write_marked",
    "write_survey",
    "write_template",
]


def public_classes(room: str) -> set[str]:
    """Classes that a room shows, or a room that is one module defines."""
    module = import_module(f"matchmaker.{room}")
    own = [name for name, thing in vars(module).items() if is_own(thing, module.__name__)]
    names = getattr(module, "__all__", own)
    return {name for name in names if isinstance(getattr(module, name), type)}


def is_own(thing: object, module: str) -> bool:
    return isinstance(thing, type) and thing.__module__ == module


def test_the_public_names():
    functions = {name for name in mm.__all__ if not isinstance(getattr(mm, name), type)}
    assert functions == {*FUNCTIONS, "GOALS", "__version__"}
    assert {*dir(mm), "__version__"} == {*mm.__all__}


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_type_and_error_is_at_the_front_door(room):
    assert public_classes(room) - set(mm.__all__) == set()


@pytest.mark.parametrize("name", mm.__all__)
def test_every_public_name_is_there_and_documented(name):
    thing = getattr(mm, name)
    if callable(thing):
        assert thing.__doc__
        assert thing.__name__ == name


def test_other_names_are_not_there():
    with pytest.raises(AttributeError, match="No matchmaker attribute compose"):
        mm.compose  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, matchmaker; print({'pandas', 'networkx', 'highspy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.split() == [b"set()"]


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> dict[str, Any]:
    """Names that the example of the package's docstring leaves, run on the demo."""
    folder = tmp_path_factory.mktemp("example")
    lines = re.findall(r"^    (.*)$", mm.__doc__ or "", re.MULTILINE)
    code = "\n".join(lines)
    for name, path in (
        ("survey.xlsx", demo_dataset() / "survey.xlsx"),
        ("catalogue/", demo_dataset() / "catalogue"),
        ("cluster.db", folder / "cluster.db"),
    ):
        assert f'"{name}"' in code
        code = code.replace(f'"{name}"', repr(str(path)))
    names: dict[str, Any] = {}
    exec(compile(code, "docstring", "exec"), names)  # noqa: S102
    return names


def test_the_example_of_the_docstring_runs(example):
    assert [issue.severity for issue in example["issues"]] == ["warning"] * 3
    result = example["result"]
    assert result.status == "OPTIMAL"
    assert len(result.chains) == 3
    assert result.chains[0].objective == result.chains[0].bound


def test_the_rest_of_the_job_follows_from_the_example(example, tmp_path):
    graph, demand = example["graph"], mm.Demand("manual-wheelchair", 1200)
    assert isinstance(graph, nx.MultiDiGraph)
    advice = mm.recommend_members(graph, [demand], invite=2)
    assert [one.rank for one in advice] == [1, 2, 3, 4, 5]
    assert all(one.subject in mm.explain(one) for one in advice)
    assert "Самарское колесо" in mm.explain(advice[0], graph)
    assert all(gap.subject in mm.explain(gap) for gap in mm.find_gaps(graph, demand))
    mm.write_graph(graph, tmp_path / "cluster.gexf")
    mm.write_dossier(example["result"], tmp_path / "dossier.html")
    mm.write_survey(example["data"].frames, tmp_path / "again.xlsx")
    assert all(path.stat().st_size > 1000 for path in tmp_path.iterdir())
    assert len([*tmp_path.iterdir()]) == 3


def test_matches_by_frame_item_and_sentence(example):
    matches = mm.find_matches(example["data"])
    assert re.fullmatch(
        r"<Matches: \d+ makes, \d+ needs, \d+ could_make; \d+ below probability 0\.8>",
        repr(matches),
    )
    frame = matches.to_frame()
    assert len(frame) == len(matches)
    wheel = matches.makes.for_item("rear-wheel-24")
    assert {match.item for match in wheel} == {"rear-wheel-24"}
    assert "Колесо заднее приводное" in matches.explain(next(iter(wheel)), "ru")[0]


FROZEN = (
    mm.Demand,
    mm.Limits,
    Cell,
    Chain,
    Contribution,
    Dataset,
    Decision,
    Evidence,
    Flow,
    Gap,
    Issue,
    LearnedWeights,
    Match,
    Metrics,
    Recommendation,
    Result,
    RunnerUp,
    Step,
    Survey,
)


@pytest.mark.parametrize("kind", FROZEN)
def test_values_cannot_be_changed(kind):
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert hasattr(kind, "__slots__")


def test_a_demand_checks_itself_and_shows_itself():
    demand = mm.Demand("chair", 1200)
    assert repr(demand) == "Demand(item='item:chair', quantity=1200.0, region='')"
    assert demand == mm.Demand("item:chair", 1200.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        demand.quantity = 5
    for quantity in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="above 0 units per year of 'chair'"):
            mm.Demand("chair", quantity)


def test_limits_check_themselves():
    assert mm.Limits(require={"1"}).require == {"firm:1"}
    for wrong, message in (
        ({"max_enterprises": -1}, "max_enterprises of at least 0"),
        ({"min_confidence": 1.5}, r"min_confidence in \[0, 1\], found 1.5"),
        ({"require": {"1"}, "exclude": {"firm:1"}}, "Required and excluded at once: firm:1"),
    ):
        with pytest.raises(ValueError, match=message):
            mm.Limits(**wrong)


def test_what_a_search_prints_stays_readable(example):
    assert "MultiDiGraph" not in repr(example["result"])
    assert str(Cell("a.xlsx", "S", 3, "F")) == "a.xlsx!S!F3"
