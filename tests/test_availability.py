"""Composition without quantities: hand cases, brute force, and the Web Service Challenge."""

import importlib.util
import json
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.real.services import (
    Service,
    compose_services,
    fewest_stages,
    run_in_stages,
)
from tests.seeds import seeds

ROOT = Path(__file__).parents[1]
WSC = ROOT.parent / "shared" / "data" / "real" / "wsc08"
SCRIPT = ROOT / "scripts" / "real" / "wsc08.py"
FEWEST = {"01": 10, "02": 5, "03": 40, "04": 10, "05": 20}
needs_wsc = pytest.mark.skipif(not WSC.exists(), reason="the challenge's data are absent")


def service(id, takes, gives):
    return Service(id, frozenset(takes), frozenset(gives))


def test_a_cycle_does_not_start_itself():
    cycle = [service("one", "b", "a"), service("two", "a", "b")]
    assert compose_services(cycle, "x", "a") is None
    started = compose_services([*cycle, service("dear", "x", "b")], "x", "a")
    assert started.stages == (("dear",), ("one",))
    assert started.bound == 2


def test_fewer_stages_may_take_more_services():
    services = [
        service("a", "x", "1"),
        service("b", "1", "2"),
        service("all", "2", "3456"),
        *(service(f"direct-{n}", "x", n) for n in "3456"),
    ]
    assert fewest_stages(services, "x", "3456") == 1
    assert compose_services(services, "x", "3456").operations == 3
    assert compose_services(services, "x", "3456", stages=1).operations == 4
    assert compose_services(services, "x", "3456", stages=2).operations == 4


@pytest.mark.parametrize("seed", seeds(60))
def test_fewest_equal_brute_force(seed):
    rng = random.Random(seed)
    services = [
        service(f"s{n}", rng.sample("abcdef", rng.randint(1, 2)), rng.sample("bcdefg", 2))
        for n in range(9)
    ]
    limit = rng.choice([None, 1, 2, 3])
    expected = None
    for size in range(1, len(services) + 1):
        for chosen in combinations(services, size):
            stages = run_in_stages(chosen, "a")
            have = {"a"}.union(*(s.gives for s in chosen))
            if sum(map(len, stages)) == size and "g" in have and len(stages) <= (limit or 99):
                expected = expected or size
    found = compose_services(services, "a", "g", stages=limit)
    assert (found and found.operations) == expected
    assert found is None or found.bound == expected


def simulate(folder, stages):
    """Run stage after stage straight from the files; shares no code with the script."""
    parents, instances = {}, {}
    root = ElementTree.parse(folder / "taxonomy.xml").getroot()
    for parent in root.iter():
        for child in parent:
            table = parents if child.tag == "concept" else instances
            table[child.get("name")] = parent.get("name")

    def line(concept):
        while concept is not None:
            yield concept
            concept = parents.get(concept)

    def names(element):
        return [] if element is None else [instances[i.get("name")] for i in element]

    services = {s.get("name"): s for s in ElementTree.parse(folder / "services.xml").getroot()}
    task = ElementTree.parse(folder / "problem.xml").getroot().find("task")
    have = {c for concept in names(task.find("provided")) for c in line(concept)}
    for stage in stages:
        for name in stage:
            assert set(names(services[name].find("inputs"))) <= have, name
        have |= {
            c
            for name in stage
            for concept in names(services[name].find("outputs"))
            for c in line(concept)
        }
    return set(names(task.find("wanted"))) <= have


@needs_wsc
@pytest.mark.parametrize("stages", ["any", "min"])
@pytest.mark.parametrize("number", FEWEST)
def test_challenge_sets_are_solved_to_the_published_optimum(number, stages):
    command = [sys.executable, SCRIPT, WSC / number, "--stages", stages, "--json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    document = json.loads(output)
    assert document["operations"] == document["bound"] == FEWEST[number]
    assert document["status"] == "OPTIMAL"
    assert simulate(WSC / number, document["services"])
    assert document["stages"] == len(document["services"])


@needs_wsc
def test_front_is_exact():
    spec = importlib.util.spec_from_file_location("wsc08", SCRIPT)
    wsc08 = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(wsc08)
    for number, fewest in FEWEST.items():
        task = wsc08.read_task(WSC / number)
        assert wsc08.front(task) == [(fewest_stages(*task), fewest)]
