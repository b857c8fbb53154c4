"""Verbs of delivery: `export`, `report`, and `demo`, the whole main job on the shipped survey."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from matchmaker.cli.shared import (
    NO_ANSWER,
    database,
    demands_of,
    language,
    load_graph,
    write_json,
)

HEADLINE = "manual-wheelchair"
"""Product of the demo whose chain the dossier opens with."""


@click.command()
@database
@click.argument("format", type=click.Choice(["graphml", "gexf", "json", "csv"]))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--item", "items", multiple=True, metavar="ITEM", help="Only what this item depends on."
)
@click.option(
    "--secrets", is_flag=True, help="With prices and suppliers; without, they are left out."
)
def export(database: str, format: str, out: Path, items: tuple[str, ...], secrets: bool) -> None:
    """Write the graph of enterprises, capabilities and items to OUT."""
    from matchmaker.export import write_graph

    _, graph = load_graph(database, items or None)
    write_graph(graph, out, format=format, secrets=secrets)
    click.echo(
        f"Wrote {graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges to {out}.",
        err=True,
    )


@click.command()
@database
@click.argument("products", metavar="PRODUCT…", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="HTML file.",
)
@click.option("--quantity", type=float, help="Units per year; by default the database's demands.")
@click.option(
    "--invite",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many interested enterprises to recommend.",
)
@click.option(
    "-k", type=click.IntRange(1), default=3, show_default=True, help="How many chains to compare."
)
@language
def report(
    database: str,
    products: tuple[str, ...],
    output: Path,
    quantity: float | None,
    invite: int,
    k: int,
    lang: str,
) -> None:
    """Write a dossier on each PRODUCT: chains, proof, gaps, whom to invite.

    It names enterprises and prices: for the cluster's manager and experts, not for all.
    """
    data, graph = load_graph(database, products)
    demands = demands_of(data, products, quantity)
    found = dossier_of(graph, demands, invite=invite, k=k)
    _write_dossier(data, found, output, lang)
    click.echo(f"Wrote {output}.", err=True)
    if not all(result.chains for result in found["results"]):
        raise SystemExit(NO_ANSWER)


@click.command()
@click.argument(
    "directory",
    metavar="[DIR]",
    default="demo-output",
    type=click.Path(path_type=Path, file_okay=False),
)
@language
def demo(directory: Path, lang: str) -> None:
    """Do the whole main job on the shipped survey of invented enterprises.

    DIR (demo-output by default) gets the database, the recommendations as JSON, the graph
    as GraphML and GEXF, and the dossier.
    """
    from matchmaker.export import write_atomically, write_graph
    from matchmaker.graph import build_graph
    from matchmaker.matching import find_matches
    from matchmaker.store import Store
    from matchmaker.survey import read_survey

    source = demo_dataset()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "cluster.db"
    _say(lang, "cli.demo-reading", files="survey.xlsx, catalogue/")
    survey, issues = read_survey(source / "catalogue", source / "survey.xlsx")
    with Store(path, create=not path.exists()) as store:
        store.add(survey, issues)
        data = store.snapshot()
    graph = build_graph(data, find_matches(data))
    _say(lang, "cli.demo-solving")
    demands = demands_of(data, (), None)
    headline = [demand for demand in demands if demand.item == f"item:{HEADLINE}"]
    found = dossier_of(graph, headline, invite=2, k=3)
    document = {"schema_version": 1, "invented": True, **recommendations(graph, demands, invite=2)}
    write_atomically(directory / "recommendations.json", write_json(document).encode())
    for name in ("graph.graphml", "graph.gexf"):
        write_graph(graph, directory / name)
    _write_dossier(data, found, directory / "dossier.html", lang)
    for name in (
        "cluster.db",
        "recommendations.json",
        "graph.graphml",
        "graph.gexf",
        "dossier.html",
    ):
        click.echo(str(directory / name))


def demo_dataset() -> Path:
    """Folder of the shipped demo case, in the installed package or beside it in a checkout."""
    inside = Path(str(files("matchmaker"))) / "datasets" / "rehabilitation"
    return (
        inside
        if inside.exists()
        else Path(str(files("matchmaker"))).parent / "datasets" / "rehabilitation"
    )


def recommendations(graph: Any, demands: Any, *, invite: int) -> dict[str, Any]:
    """Best chain of every demand and of all together, whom to invite, and the gaps."""
    from matchmaker.chains import compose_chains
    from matchmaker.recommend import gaps_of, recommend_members

    portfolio = compose_chains(graph, demands)
    return {
        "chains": {demand.item: compose_chains(graph, demand, k=3) for demand in demands},
        "portfolio": portfolio,
        "members": recommend_members(graph, demands, invite=invite),
        "gaps": gaps_of(portfolio),
    }


def dossier_of(graph: Any, demands: Any, *, invite: int, k: int) -> dict[str, Any]:
    """What a dossier shows: k best chains a demand, runners-up, whom to invite, gaps."""
    from matchmaker.chains import compose_chains, weigh_alternatives
    from matchmaker.recommend import gaps_of, recommend_members

    results = [compose_chains(graph, demand, k=k) for demand in demands]
    return {
        "results": results,
        "chains": [weigh_alternatives(result) for result in results if result.chains],
        "members": recommend_members(graph, demands, invite=invite),
        "gaps": [gap for result in results for gap in gaps_of(result)],
    }


def _write_dossier(data: Any, found: dict[str, Any], path: Path, lang: str) -> None:
    raise NotImplementedError


def _say(lang: str, key: str, **blanks: object) -> None:
    from matchmaker.codebook import say

    click.echo(say(key, lang, **blanks), err=True)
