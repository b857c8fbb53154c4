"""Verbs of delivery: `export`, `report`, and `demo`, the whole main job on the shipped survey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import (
    as_of,
    chain_goal,
    chain_limits,
    database,
    in_a_folder,
    invitations,
    language,
    limits_of,
    product_quantity,
)
from matchmaker.cli.shared.output import (
    NO_ANSWER,
    SCHEMA_VERSION,
    demands_of,
    load_graph,
    tell,
    write_json,
)

if TYPE_CHECKING:
    import networkx as nx

    from matchmaker.chains import Demand, Result
    from matchmaker.model import Dataset
    from matchmaker.report import Dossier

HEADLINE = "item:manual-wheelchair"
"""Product of the demo that its dossier is about."""

DEMO_DAY = date(2026, 3, 1)
"""Day at which the demo judges certificates, so that it always says the same."""

DEMO_FILES = (
    "cluster.db",
    "dossier.html",
    "graph.gexf",
    "graph.graphml",
    "recommendations.json",
)
"""What the demo leaves behind."""


GRAPHS = ("graphml", "gexf", "json", "csv")
PROGRAMS = ("mps", "pgraph")


@click.command()
@database
@click.argument("format", type=click.Choice([*GRAPHS, *PROGRAMS]))
@click.argument("out", type=click.Path(path_type=Path), callback=in_a_folder)
@click.option(
    "--item", "items", multiple=True, metavar="ITEM", help="Only what this item depends on."
)
@click.option(
    "--secrets",
    is_flag=True,
    help="With every price, rate and cost, suppliers and the ids of rows; without, left out.",
)
@product_quantity
@chain_goal
@as_of
@language
def export(
    database: str,
    format: str,
    out: Path,
    items: tuple[str, ...],
    secrets: bool,
    quantity: float | None,
    goal: str,
    as_of: date,
    lang: str,
) -> None:
    """Write the graph to OUT, or the program behind a chain.

    CSV makes two files of OUT, `-nodes` and `-edges`, or two in it when it is a folder.
    MPS is the mixed-integer program of the goal's first stage, to be checked by any solver;
    PGRAPH is the network for P-graph tools, with the goal cost. Both hold prices, and speak of
    the items' demands, or of all the database's.
    """
    if out.is_dir() and format != "csv":
        example = out / f"graph.{format}"
        raise click.UsageError(f"'{out}' is a folder: name a file to write, such as '{example}'.")
    data, graph = load_graph(database, items or None, lang, as_of=as_of)
    if format in GRAPHS:
        _export_graph(graph, out, format, secrets=secrets, lang=lang)
    else:
        _export_program(graph, demands_of(data, items, quantity), out, format, goal)


def _export_graph(
    graph: nx.MultiDiGraph[str], out: Path, format: str, *, secrets: bool, lang: str
) -> None:
    from matchmaker.export import write_graph

    write_graph(graph, out, format=format, secrets=secrets)
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    tell("cli.wrote-graph", lang, path=out, nodes=nodes, edges=edges)


def _export_program(
    graph: nx.MultiDiGraph[str], demands: Sequence[Demand], out: Path, format: str, goal: str
) -> None:
    from matchmaker.chains import build_problem, write_mps
    from matchmaker.chains.pgraph import write_pgraph

    if format == "pgraph":
        write_pgraph(build_problem(graph, demands, goal="cost").network, out)
        return
    optimum = write_mps(build_problem(graph, demands, goal=goal), out)
    if optimum is None:
        raise SystemExit(NO_ANSWER)
    click.echo(f"{optimum:.6f}")


@click.command()
@database
@click.argument("products", metavar="PRODUCT…", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    callback=in_a_folder,
    help="HTML file.",
)
@product_quantity
@invitations
@click.option(
    "-k", type=click.IntRange(1), default=3, show_default=True, help="How many chains to compare."
)
@click.option(
    "--for",
    "audience",
    type=click.Choice(["cluster", "outsiders"]),
    default="cluster",
    show_default=True,
    help="For outsiders without prices, rates, costs and contacts.",
)
@click.option("--cluster", default="", metavar="NAME", help="Name of the cluster, for its head.")
@click.option("--prepared-by", default="", metavar="NAME", help="Who prepared it, for its head.")
@chain_goal
@chain_limits
@as_of
@language
def report(
    database: str,
    products: tuple[str, ...],
    output: Path,
    quantity: float | None,
    invite: int,
    as_of: date,
    lang: str,
    **options: Any,
) -> None:
    """Write a dossier on each PRODUCT: chains, proof, gaps, whom to invite.

    It names enterprises and prices: for the cluster's manager and experts, not for all. For
    others, `--for outsiders` leaves shares and structure alone.
    """
    from matchmaker.chains import compose_chains
    from matchmaker.report import write_dossier

    head = {name: options.pop(name) for name in ("audience", "cluster", "prepared_by")}
    basis = options["basis"]
    limits = limits_of(options)
    data, graph = load_graph(database, products, lang, as_of=as_of)
    demands = demands_of(data, products, quantity)
    results = [compose_chains(graph, demand, limits=limits, **options) for demand in demands]
    dossier = _dossier(data, results, invite=invite, certain=basis is None, **head)
    write_dossier(dossier, output, lang=lang)
    tell("cli.wrote", lang, path=output)
    if not all(result.chains for result in dossier.results):
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
    from matchmaker.codebook import say
    from matchmaker.export import write_atomically, write_graph
    from matchmaker.report import write_dossier

    directory.mkdir(parents=True, exist_ok=True)
    _say(lang, "cli.demo-reading")
    database = str(directory / "cluster.db")
    _import_demo(database)
    _say(lang, "cli.demo-solving")
    data, graph = load_graph(database, None, lang, as_of=DEMO_DAY)
    demands = demands_of(data, (), None)
    found = {"schema_version": SCHEMA_VERSION, "invented": True, **_recommendations(graph, demands)}
    write_atomically(directory / "recommendations.json", write_json(found).encode())
    for name in ("graph.graphml", "graph.gexf"):
        write_graph(graph, directory / name)
    notes = [say("cli.demo-invented", lang)]
    dossier = _dossier(data, [found["chains"][HEADLINE]], invite=2, notes=notes)
    write_dossier(dossier, directory / "dossier.html", lang=lang)
    _say(lang, "cli.demo-done")
    for name in DEMO_FILES:
        click.echo(str(directory / name))


def demo_dataset() -> Path:
    """Folder of the shipped demo case: inside the installed package, or beside it in a checkout."""
    package = Path(str(files("matchmaker")))
    inside, beside = (
        parent / "datasets" / "rehabilitation" for parent in (package, package.parent)
    )
    return inside if inside.exists() else beside


def _import_demo(database: str) -> None:
    """Store the shipped survey; storing it again changes nothing."""
    from matchmaker.store import Store
    from matchmaker.survey import read_survey

    source = demo_dataset()
    survey, issues = read_survey(source / "catalogue", source / "survey.xlsx")
    with Store(database, create=not Path(database).exists()) as store:
        store.add(survey, issues)


def _recommendations(graph: nx.MultiDiGraph[str], demands: Sequence[Demand]) -> dict[str, Any]:
    """Best chains of every demand, all demands at once against today, whom to invite, gaps."""
    from matchmaker.chains import Limits, compose_chains, weigh_conditions
    from matchmaker.recommend import gaps_of, recommend_members

    together = compose_chains(graph, demands, limits=Limits(buy_products=True))
    best = (compose_chains(graph, demand, k=3) for demand in demands)
    return {
        "chains": {result.demands[0].item: weigh_conditions(result) for result in best},
        "together": together,
        "members": recommend_members(graph, demands, invite=2),
        "gaps": gaps_of(together),
    }


def _dossier(
    data: Dataset,
    results: Sequence[Result],
    *,
    invite: int,
    certain: bool = True,
    **head: Any,
) -> Dossier:
    """Everything a dossier shows: the chains of each demand, runners-up, whom to invite.

    `head` are further attributes of the dossier.
    """
    from matchmaker.chains import explain_result, weigh_conditions
    from matchmaker.recommend import recommend_members
    from matchmaker.report import Dossier

    graph, limits = results[0].graph, results[0].limits
    demands = [demand for result in results for demand in result.demands]
    stated = data.table("demands").dropna(subset=["import_share"])
    return Dossier(
        results=[weigh_conditions(explain_result(one), certain=certain) for one in results],
        members=recommend_members(graph, demands, invite=invite, limits=limits),
        stated_import_share=dict(
            zip(stated["id"].str.replace("demand:", "item:"), stated["import_share"], strict=True)
        ),
        **head,
    )


def _say(lang: str, key: str) -> None:

    tell(key, lang)
