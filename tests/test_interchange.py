"""Interchange: P-graph files in and out, and programs that another solver proves right."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
from click.testing import CliRunner

from matchmaker.chains import GOALS, Limits, Operation, Problem, ProcessNetwork, write_mps
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import OperationKind
from matchmaker.chains.network.startability import startable
from matchmaker.chains.pgraph import PgraphError, read_pgraph, solve_pgraph, write_pgraph
from matchmaker.cli.main import cli
from tests.random_networks import random_network
from tests.structures import solution_structures

PGRAPH = Path(__file__).parents[2] / "shared" / "data" / "real" / "pgraph"
needs_pgraph = pytest.mark.skipif(not PGRAPH.exists(), reason=f"{PGRAPH.name} data are absent")


@needs_pgraph
@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("seven.in", [1232.75, 1315, 1999]),
        ("seven_me.in", [1315, 1999]),
        (
            "g_60_2.in",
            [18252, 18302, 18306, 18313, 18315, 18353, 18356, 18356, 18363, 18365],
        ),
    ],
)
def test_values_of_the_reference_solver(file, values):
    solutions = solve_pgraph(read_pgraph(PGRAPH / file), 10)
    assert [s.stages[0].value for s in solutions] == pytest.approx(values)
    assert all(s.proven and s.stages[0].gap == 0 for s in solutions)


@needs_pgraph
def test_solve_prints_objectives_units_bounds_and_status():
    result = CliRunner().invoke(cli, ["solve", str(PGRAPH / "seven.in"), "-k", "2", "--json"])
    first, second = json.loads(result.stdout)
    assert first == {
        "objective": 1232.75,
        "units": {"O1": 250, "O2": 50, "O3": 250, "O5": 50, "O6": 125, "O7": 25},
        "bound": 1232.75,
        "status": "OPTIMAL",
    }
    assert second["objective"] == 1315


@needs_pgraph
def test_seven_units_have_19_structures_of_which_11_can_start():
    network = read_pgraph(PGRAPH / "seven.in")
    units = {o.id: o for o in network.operations}
    structures = set(solution_structures(network))
    starting = [s for s in structures if startable([units[id] for id in s]) == s]
    assert (len(structures), len(starting)) == (19, 11)


@pytest.mark.parametrize("seed", range(8))
def test_written_and_read_again_the_optimum_is_the_same(seed, tmp_path):
    network = supplied(random_network(seed, operations=7))
    write_pgraph(network, tmp_path / "network.in")
    ours = solve_pgraph(network)
    theirs = solve_pgraph(read_pgraph(tmp_path / "network.in"))
    assert len(ours) == len(theirs) == 1
    assert theirs[0].stages[0].value == pytest.approx(ours[0].stages[0].value)


@needs_pgraph
def test_exclusions_survive_writing_and_reading(tmp_path):
    network = read_pgraph(PGRAPH / "seven_me.in")
    write_pgraph(network, tmp_path / "again.in")
    again = read_pgraph(tmp_path / "again.in")
    assert set(again.exclusive) == set(network.exclusive)
    assert len(again.exclusive) == 2
    assert [s.stages[0].value for s in solve_pgraph(again, 5)] == pytest.approx([1315, 1999])


def supplied(network: ProcessNetwork) -> ProcessNetwork:
    """The network with a dear purchase for what would be missing: it always has an answer."""
    operations = tuple(
        replace(o, id=f"buy-{o.item}", kind=OperationKind.IMPORT, unit_cost=1000.0, decision=True)
        if o.kind is OperationKind.MISSING
        else replace(o, upper=min(o.upper, 1e6))
        for o in network.operations
    )
    return maximal_structure(replace(network, operations=operations))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("materials:\nA product", "Line 2"),
        ("materials:\nA: product, price=dear", "expected a number"),
        (
            "materials:\nA: product\noperating_units:\nO1: fix_cost=1\n"
            "material_to_operating_unit_flow_rates:\nO1: B => A",
            "add 'B' to the materials",
        ),
        (
            "materials:\nA: product\noperating_units:\nO1: fix_cost=1\n"
            "material_to_operating_unit_flow_rates:\nO1: A",
            "lacks `=>`",
        ),
    ],
)
def test_what_is_not_understood_is_named(text, complaint, tmp_path):
    (tmp_path / "bad.in").write_text(text)
    with pytest.raises(PgraphError, match=re.escape(complaint)):
        read_pgraph(tmp_path / "bad.in")


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("O1: fixed_cost=5", "O1: unknown parameter 'fixed_cost'; did you mean fix_cost?"),
        (
            "P: product, flow_rate_lower_bound=10, price=7",
            "P: price=7 of a material that is product",
        ),
        ("A: raw_material, flow_rate_lower_bound=5", "A: flow_rate_lower_bound=5"),
        ("O9: A => P", "Flows of 'O9': add it to the operating units."),
    ],
)
def test_nothing_of_a_file_is_passed_over(written, complaint, tmp_path):
    name = written.partition(":")[0]
    lines = {
        "A": "A: raw_material",
        "P": "P: product, flow_rate_lower_bound=10",
        "O1": "O1: fix_cost=5",
    }
    flow = written if "=>" in written else ""
    if not flow:
        lines[name] = written
    (tmp_path / "file.in").write_text(
        f"materials:\n{lines['A']}\n{lines['P']}\noperating_units:\n{lines['O1']}\n"
        f"material_to_operating_unit_flow_rates:\nO1: A => P\n{flow}\n"
    )
    with pytest.raises(PgraphError, match=re.escape(complaint)):
        read_pgraph(tmp_path / "file.in")


@pytest.mark.parametrize("seed", range(20))
def test_another_solver_finds_the_same_optimum(seed, tmp_path):
    """SCIP, from the file alone, agrees with the proven bound."""
    network = maximal_structure(random_network(seed))
    goal = list(GOALS)[seed % len(GOALS)]
    problem = Problem(None, (), goal, network, GOALS[goal](network), Limits(), 0)
    bound = write_mps(problem, tmp_path / "program.mps")
    assert scip(tmp_path / "program.mps") == pytest.approx(bound, rel=1e-6, abs=1e-5)


def scip(program: Path) -> float:
    """Optimum of an MPS file by SCIP, in a process of its own."""
    code = (
        "import sys, pyscipopt\n"
        "model = pyscipopt.Model()\n"
        "model.hideOutput()\n"
        "model.readProblem(sys.argv[1])\n"
        "model.optimize()\n"
        "assert model.getStatus() == 'optimal', model.getStatus()\n"
        "print(repr(model.getObjVal()))\n"
    )
    command = [sys.executable, "-c", code, str(program)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_infeasible_program_writes_no_file(tmp_path):
    network = ProcessNetwork(
        operations=(Operation("o", OperationKind.MAKES, (("a", 1.0),), (("p", 1.0),), upper=inf),),
        demand={"p": 1.0},
    )
    problem = Problem(None, (), "cost", network, GOALS["cost"](network), Limits(), 0)
    assert write_mps(problem, tmp_path / "none.mps") is None
    assert not (tmp_path / "none.mps").exists()
