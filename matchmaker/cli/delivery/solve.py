"""Verb of interchange: `solve`, for the files of P-graph tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from matchmaker.cli.shared.options import language
from matchmaker.cli.shared.output import NO_ANSWER, Answer, print_answer, write_json


@click.command()
@click.argument("file", metavar="FILE.in", type=click.Path(exists=True, dir_okay=False))
@click.option("-k", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@language
def solve(file: str, k: int, as_json: bool, lang: str) -> None:
    """Find the cheapest structures of a P-graph FILE.in, each with its proof.

    Each next structure drops at least one operating unit of every earlier one.
    """
    from matchmaker.chains.pgraph import read_pgraph, solve_pgraph

    network = read_pgraph(Path(file))
    solutions = solve_pgraph(network, k)
    found: list[dict[str, Any]] = [
        {
            "objective": solution.stages[0].value,
            "units": {id: solution.quantities.get(id, 0.0) for id in sorted(solution.decisions)},
            "bound": solution.stages[0].bound,
            "status": "OPTIMAL" if solution.proven else "FEASIBLE",
        }
        for solution in solutions
    ]
    if as_json:
        click.echo(write_json(found), nl=False)
    else:
        headings = {
            "objective": "Objective",
            "bound": "Bound",
            "status": "Status",
            "units": "Units",
        }
        rows = [
            row | {"units": ", ".join(f"{id} {amount:g}" for id, amount in row["units"].items())}
            for row in found
        ]
        print_answer(Answer("structures", rows), None, headings, lang)
    if not found:
        raise SystemExit(NO_ANSWER)
