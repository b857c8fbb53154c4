"""A search that has to end early: what it found, what of it is proven, and how it says so."""

import importlib.util
import os
import signal
import threading
from pathlib import Path

import pytest

from matchmaker.chains import Demand, Status, compose_chains
from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import GOALS
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.program.highs import TimeLimit
from matchmaker.chains.search.k_best import KBestSearch
from matchmaker.recommend import explain

ROOT = Path(__file__).resolve().parents[1]
MORE_THAN_THERE_IS_TIME_FOR = 10**6


@pytest.fixture(autouse=True)
def hears_interrupts():
    """Interrupts are heard also where the tests were started in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def hard():
    """A network whose best chain takes minutes to prove."""
    path = ROOT / "scripts" / "bench" / "clusters.py"
    spec = importlib.util.spec_from_file_location("clusters", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return maximal_structure(module.cluster(20_000, related=False))


@pytest.fixture(scope="module")
def wheelchair(demo_graph):
    return demo_graph, Demand("manual-wheelchair", 1200)


def test_out_of_time_the_best_so_far_has_a_bound_below_it(hard):
    search = KBestSearch(hard, GOALS["cost"](hard), Limits(), TimeLimit(3))
    [solution] = search.k_best(5)
    cost = next(stage for stage in solution.stages if stage.name == "cost")
    assert not solution.proven
    assert search.cut_short
    assert 0 <= cost.bound < cost.value
    delivered = [
        o.yields[0][1] * solution.quantities[o.id]
        for o in hard.operations
        if o.id in solution.quantities and o.yields[0][0] in hard.demand
    ]
    assert sum(delivered) >= sum(hard.demand.values()) * (1 - 1e-9)


def test_no_time_at_all_finds_nothing_and_claims_nothing(wheelchair):
    graph, demand = wheelchair
    result = compose_chains(graph, demand, seconds=1e-9)
    assert (result.status, result.chains, result.gaps) == (Status.UNKNOWN, (), ())
    assert result.cut_short
    assert "nothing is proven" in explain(result, lang="en")


def test_out_of_time_between_chains_keeps_those_found(wheelchair):
    graph, demand = wheelchair
    result = compose_chains(graph, demand, k=MORE_THAN_THERE_IS_TIME_FOR, seconds=4)
    assert result.cut_short
    assert result.chains[0] == compose_chains(graph, demand).chains[0]


def test_an_interrupt_keeps_the_chains_found(wheelchair):
    graph, demand = wheelchair
    press = threading.Timer(4, os.kill, (os.getpid(), signal.SIGINT))
    press.start()
    result = compose_chains(graph, demand, k=MORE_THAN_THERE_IS_TIME_FOR)
    assert result.cut_short
    assert result.chains


def test_an_interrupt_before_the_first_chain_interrupts(hard):
    search = KBestSearch(hard, GOALS["cost"](hard), Limits())
    press = threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT))
    press.start()
    with pytest.raises(KeyboardInterrupt):
        next(search.k_best(1))


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_seconds_are_above_zero(wheelchair, seconds):
    graph, demand = wheelchair
    with pytest.raises(ValueError, match="seconds above 0"):
        compose_chains(graph, demand, seconds=seconds)
