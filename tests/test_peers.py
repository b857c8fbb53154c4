"""The peers of the benches are right themselves."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from matchmaker.chains.demand import Limits
from matchmaker.chains.goals import cost
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.program.model import SolverModel
from matchmaker.chains.search.stage_solver import StageSolver

BENCH = Path(__file__).resolve().parents[1] / "scripts" / "bench"


def load(name):
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def network():
    return maximal_structure(load("clusters").cluster(400))


def test_additive_best_is_the_optimum_where_nobody_costs_anything_once(network):
    free = replace(network, involvement=dict.fromkeys(network.involvement, 0.0))
    [stage] = [cost(free)]
    optimum = StageSolver(SolverModel(free, [stage], Limits())).solve(stage).value
    assert load("additive").k_best_additive(free, 1) == pytest.approx([optimum])


def test_additive_k_best_are_in_order_and_never_below_the_optimum(network):
    additive = load("additive")
    stage = cost(network)
    optimum = StageSolver(SolverModel(network, [stage], Limits())).solve(stage).value
    [(product, _)] = network.demand.items()
    derivations = additive.Derivations(network)
    per_unit = [derivations.get(product, rank)[0] for rank in range(10)]
    assert per_unit == sorted(per_unit)
    assert min(additive.k_best_additive(network, 10)) >= optimum * (1 - 1e-9)
