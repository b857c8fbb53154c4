"""Verbs of advice: `recommend chains`, `recommend members`, `gaps`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared import (
    NO_ANSWER,
    Answer,
    Command,
    database,
    demands_of,
    emit,
    language,
    load_graph,
    output_formats,
    print_table,
)

if TYPE_CHECKING:
    import networkx as nx

    from matchmaker.chains import Chain, Limits, Result
    from matchmaker.recommend import Recommendation

GOAL_NAMES = ("localisation", "cost", "cooperation", "resilience", "confidence")


chain_goal = click.option(
    "--goal",
    type=click.Choice(GOAL_NAMES),
    default="localisation",
    show_default=True,
    help="What makes one chain better than another.",
)


def chain_limits(command: Command) -> Command:
    """Add the options that limit chains."""
    for option in (
        click.option(
            "--certified-only",
            is_flag=True,
            help="Only makers known to hold the certificates demanded.",
        ),
        click.option("--members-only", is_flag=True, help="Only members of the cluster."),
        click.option(
            "--max-enterprises", type=click.IntRange(0), help="At most so many enterprises."
        ),
        click.option(
            "--exclude", multiple=True, metavar="INN", help="Enterprise that must not take part."
        ),
        click.option(
            "--require", multiple=True, metavar="INN", help="Enterprise that has to take part."
        ),
    ):
        command = option(command)
    return command


def limits_of(options: dict[str, Any]) -> Limits:
    """Limits from the options of `chain_limits`, which are taken out."""
    from matchmaker.chains import Limits
    from matchmaker.model import Role

    members_only = options.pop("members_only")
    return Limits(
        roles=frozenset({Role.MEMBER}) if members_only else frozenset(Role),
        require=frozenset(options.pop("require")),
        exclude=frozenset(options.pop("exclude")),
        max_enterprises=options.pop("max_enterprises"),
        demand_certificates=options.pop("certified_only"),
    )


@click.group()
def recommend() -> None:
    """Recommend joint production chains, or whom to invite."""


@recommend.command()
@database
@click.argument("product")
@click.option("--quantity", type=float, help="Units per year; by default the database's demand.")
@click.option("-k", type=click.IntRange(1), default=1, show_default=True, help="How many chains.")
@click.option(
    "--diverse",
    type=click.IntRange(0),
    default=0,
    help="Each chain drops at least so many enterprises of every earlier one.",
)
@click.option(
    "--why", is_flag=True, help="Re-solve without each enterprise's step of the best chain."
)
@chain_goal
@chain_limits
@output_formats
@language
def chains(
    database: str, product: str, quantity: float | None, form: str | None, lang: str, **options: Any
) -> None:
    """Compose the best chains for a PRODUCT, each with its proof.

    Exit code 3 when nothing can deliver the product; the gaps then say why.
    """
    from dataclasses import replace

    from matchmaker.chains import compose_chains, weigh_alternatives

    limits, why = limits_of(options), options.pop("why")
    data, graph = load_graph(database, [product])
    demands = demands_of(data, [product], quantity)
    result = compose_chains(graph, demands, limits=limits, **options)
    if why and result.chains:
        result = replace(result, chains=(weigh_alternatives(result), *result.chains[1:]))
    steps = [row for chain in result.chains for row in _step_rows(result, chain, lang)]
    if form:
        emit(Answer("result", steps, result), form, {}, lang)
    else:
        _tell_chains(result, lang)
    if not result.chains:
        raise SystemExit(NO_ANSWER)


@recommend.command()
@database
@click.argument("products", metavar="[PRODUCT…]", nargs=-1)
@click.option("--quantity", type=float, help="Units per year; by default the database's demands.")
@click.option(
    "--invite",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many enterprises may be invited.",
)
@chain_limits
@output_formats
@language
def members(
    database: str,
    products: tuple[str, ...],
    quantity: float | None,
    invite: int,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """Rank the interested enterprises by what inviting them is worth.

    All demands of the database count together unless PRODUCTs are named.
    """
    from matchmaker.recommend import recommend_members

    data, graph = load_graph(database, products or None)
    demands = demands_of(data, products, quantity)
    advice = recommend_members(graph, demands, invite=invite, limits=limits_of(options))
    rows = [_advice_row(graph, one, lang) for one in advice]
    keys = ("rank", "subject", "name", "invited", "value", "alone", "cost")
    _tell_advice(Answer("members", rows, advice), keys, graph, form, lang)
    if not advice:
        raise SystemExit(NO_ANSWER)


@click.command()
@database
@click.argument("products", metavar="[PRODUCT…]", nargs=-1)
@click.option("--quantity", type=float, help="Units per year; by default the database's demands.")
@chain_goal
@chain_limits
@output_formats
@language
def gaps(
    database: str,
    products: tuple[str, ...],
    quantity: float | None,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """List what stays imported or missing in the best chain, and why."""
    from matchmaker.recommend import find_gaps

    goal = options.pop("goal")
    data, graph = load_graph(database, products or None)
    demands = demands_of(data, products, quantity)
    advice = find_gaps(graph, demands, goal=goal, limits=limits_of(options))
    rows = [_advice_row(graph, one, lang) for one in advice]
    keys = ("rank", "subject", "name", "gap", "quantity", "value")
    _tell_advice(Answer("gaps", rows, advice), keys, graph, form, lang)


def _advice_row(graph: nx.MultiDiGraph[str], advice: Recommendation, lang: str) -> dict[str, Any]:
    from matchmaker.codebook import say

    subject = graph.nodes[advice.subject]
    english = subject.get("label_en") if lang == "en" else None
    row = {
        "rank": advice.rank,
        "subject": advice.subject,
        "name": english or subject["label"],
        "value": advice.value,
        "unit": advice.unit,
        **advice.measures,
    }
    if advice.kind == "gap":
        return row | {"gap": say(f"cli.kind.{advice.contributions[0].name}", lang)}
    return row | {"invited": advice.measures["invited"] > 0}


def _tell_advice(
    answer: Answer, keys: Sequence[str], graph: nx.MultiDiGraph[str], form: str | None, lang: str
) -> None:
    """Print recommendations: a table and, for people, each in sentences."""
    from matchmaker.codebook import say
    from matchmaker.recommend import explain

    emit(answer, form, {key: say(f"cli.{key}", lang) for key in keys}, lang)
    if form is None:
        for advice in answer.document:
            click.echo("\n" + explain(advice, graph, lang))


def _step_rows(result: Result, chain: Chain, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "chain": chain.rank,
            "item": step.item,
            "name": result.label(step.item, lang),
            "kind": step.kind,
            "enterprise": step.enterprise,
            "maker": result.label(step.enterprise, lang) if step.enterprise else "",
            "alternative": step.alternative,
            "quantity": step.quantity,
            "unit": step.unit,
            "price": step.price,
            "value": step.value,
            "confidence": step.confidence,
        }
        for step in chain.steps
    ]


def _tell_chains(result: Result, lang: str) -> None:
    """Print chains for people: what each comes to, its steps, and its explanation."""
    from matchmaker.codebook import say
    from matchmaker.recommend import explain

    keys = ("name", "kind", "maker", "alternative", "quantity", "unit", "price", "value")
    headings = {key: say(f"cli.{key}", lang) for key in keys}
    for chain in result.chains:
        click.echo(explain(chain, result.graph, lang) + "\n")
        rows = [
            row | {"kind": say(f"cli.kind.{row['kind']}", lang)}
            for row in _step_rows(result, chain, lang)
        ]
        print_table(rows, headings, lang)
        click.echo()
    if not result.chains:
        click.echo(explain(result, result.graph, lang))
