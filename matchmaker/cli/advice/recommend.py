"""Verbs of advice: `recommend chains`, `recommend members`, `gaps`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.advice.pareto_front import print_front
from matchmaker.cli.shared.options import (
    as_of,
    chain_goal,
    chain_limits,
    chain_number,
    database,
    invitations,
    language,
    limits_of,
    output_formats,
    product_quantity,
    search_time,
)
from matchmaker.cli.shared.output import (
    NO_ANSWER,
    Answer,
    Figure,
    Row,
    demands_of,
    headings_of,
    items_asked,
    load_graph,
    named_in,
    print_answer,
    print_table,
    warn_cut_short,
)

if TYPE_CHECKING:
    import networkx as nx

    from matchmaker.chains import Chain, Repair, Result
    from matchmaker.recommend import Recommendation


@click.group()
def recommend() -> None:
    """Recommend joint production chains, or whom to invite."""


@recommend.command()
@database
@click.argument("product")
@product_quantity
@chain_number
@click.option(
    "--diverse",
    type=click.IntRange(0),
    default=0,
    help="Each chain drops at least so many enterprises of every earlier one.",
)
@click.option(
    "--why",
    is_flag=True,
    help="Explain the best chain by re-solves: runners-up, prices, bounds, drop-outs, repairs.",
)
@search_time
@chain_goal
@chain_limits
@as_of
@output_formats
@language
def chains(
    database: str,
    product: str,
    quantity: float | None,
    as_of: date,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """Compose the best chains for a PRODUCT, each with its proof.

    MEASUREs of weighted sums and fronts: cost, imported_value (or localisation), outside_value
    (cooperation), dependence (resilience), doubt (confidence), stages, lead_time, decisions. A
    WEIGHT says what a unit of its measure counts for: weighted:cost=1,stages=50000 takes a step
    more for RUB 50,000 a year. A front has every chain that none beats in both measures.

    Exit code 3 when nothing can deliver the product; the gaps then say why. An interrupt, or
    --seconds, ends the search: chains found by then are shown with what is proven of them.
    """
    from matchmaker.chains import compose_chains, explain_result, weigh_conditions

    if options["diverse"] and options["goal"].startswith("pareto:"):
        raise click.UsageError("--diverse says nothing about a front: leave one of them out.")
    both = options["basis"] is None
    limits, why = limits_of(options), options.pop("why")
    data, graph = load_graph(database, [product], lang, as_of=as_of, named=named_in(limits))
    demands = demands_of(data, [product], quantity)
    result = compose_chains(graph, demands, limits=limits, **options)
    if why and not result.cut_short:
        result = explain_result(result)
    result = weigh_conditions(result, certain=both)
    if result.cut_short:
        warn_cut_short(result, lang)
    if form:
        steps = [row for chain in result.chains for row in _step_rows(result, chain, lang)]
        print_answer(Answer("result", steps, result), form, {}, lang)
    else:
        _print_chains(result, lang)
    if not result.chains:
        raise SystemExit(NO_ANSWER)


@recommend.command()
@database
@click.argument("products", metavar="[PRODUCT…]", nargs=-1)
@product_quantity
@invitations
@chain_limits
@as_of
@output_formats
@language
def members(
    database: str,
    products: tuple[str, ...],
    quantity: float | None,
    invite: int,
    as_of: date,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """Rank the interested enterprises by what inviting them is worth.

    All demands of the database count together unless PRODUCTs are named.
    """
    from matchmaker.recommend import recommend_members

    limits = limits_of(options)
    data, graph = load_graph(database, items_asked(database, products), lang, as_of=as_of)
    demands = demands_of(data, products, quantity)
    advice = recommend_members(graph, demands, invite=invite, limits=limits)
    rows = [_member_row(graph, one, lang) for one in advice]
    if advice and form is None:
        click.echo(_best_set(graph, advice, lang) + "\n")
    names = ("rank", "subject", "name", "invited", "value", "alone", "cost", "alone_cost")
    headings = headings_of(names, lang)
    headings["value"] = headings_of(("worth",), lang)["worth"]
    print_answer(Answer("members", rows, advice, nothing="cli.no-interested"), form, headings, lang)
    if form is None:
        _explain_each(advice, graph, lang)
    if not advice:
        raise SystemExit(NO_ANSWER)


@click.command()
@database
@click.argument("products", metavar="[PRODUCT…]", nargs=-1)
@product_quantity
@chain_goal
@chain_limits
@as_of
@output_formats
@language
def gaps(
    database: str,
    products: tuple[str, ...],
    quantity: float | None,
    as_of: date,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """List what stays imported or missing in the best chain, and why.

    All demands of the database count together unless PRODUCTs are named.
    """
    from matchmaker.recommend import find_gaps

    goal, limits = options.pop("goal"), limits_of(options)
    asked = items_asked(database, products)
    data, graph = load_graph(database, asked, lang, as_of=as_of, named=named_in(limits))
    advice = find_gaps(graph, demands_of(data, products, quantity), goal=goal, limits=limits)
    rows = [_gap_row(graph, one, lang) for one in advice]
    told = [_gap_in_words(graph, one, row, lang) for one, row in zip(advice, rows, strict=True)]
    headings = headings_of(
        ("rank", "subject", "name", "kind", "quantity", "value", "why", "repair"), lang
    )
    print_answer(Answer("gaps", rows, advice, told, "cli.no-gaps"), form, headings, lang)
    if form is None and advice:
        click.echo("\n" + _gaps_total(advice, lang))
        _explain_each([one for one in advice if one.evidence or one.repairs], graph, lang)


def _advice_row(graph: nx.MultiDiGraph[str], advice: Recommendation, lang: str) -> dict[str, Any]:
    from matchmaker.graph import label_of

    return {
        "rank": advice.rank,
        "subject": advice.subject,
        "name": label_of(graph, advice.subject, lang),
        "value": advice.value,
        "unit": advice.unit,
        **advice.figures,
    }


def _member_row(graph: nx.MultiDiGraph[str], advice: Recommendation, lang: str) -> dict[str, Any]:
    return _advice_row(graph, advice, lang) | {"invited": advice.figures["invited"] > 0}


def _gap_row(graph: nx.MultiDiGraph[str], advice: Recommendation, lang: str) -> dict[str, Any]:
    kind = advice.contributions[0].name
    reasons = [{"code": code, "subject": subject} for code, subject in advice.notes]
    item_unit = graph.nodes[advice.subject]["unit"]
    more = {
        "kind": str(kind),
        "item_unit": item_unit,
        "reasons": reasons,
        "repairs": [_repair_row(repair) for repair in advice.repairs],
        "conditions": [one.kind.value for one in advice.conditions],
    }
    return _advice_row(graph, advice, lang) | more


def _repair_row(repair: Repair) -> dict[str, Any]:
    actions = [
        {
            "constraint": action.constraint.kind,
            "enterprise": action.constraint.enterprise,
            "subject": action.constraint.subject,
            "amount": action.amount,
            "unit": action.constraint.unit,
        }
        for action in repair.actions
    ]
    return {"actions": actions, "after": repair.after, "differences": dict(repair.differences)}


def _gap_in_words(
    graph: nx.MultiDiGraph[str], advice: Recommendation, row: Row, lang: str
) -> dict[str, Any]:
    from matchmaker.codebook import format_quantity, reason, say
    from matchmaker.graph import label_of
    from matchmaker.recommend import Sentences

    why = [reason(code, label_of(graph, id, lang) if id else "", lang) for code, id in advice.notes]
    best = advice.repairs[:1]
    sentences = Sentences(graph, lang)
    return {
        **row,
        "kind": say(f"cli.kind.{row['kind']}", lang),
        "quantity": Figure(format_quantity(row["quantity"], row["item_unit"], lang)),
        "why": "; ".join(why),
        "repair": "; ".join(sentences.action(a) for one in best for a in one.actions),
    }


def _best_set(graph: nx.MultiDiGraph[str], advice: Sequence[Recommendation], lang: str) -> str:
    from matchmaker.codebook import say
    from matchmaker.graph import label_of
    from matchmaker.recommend import Sentences

    best = [label_of(graph, one.subject, lang) for one in advice if one.figures["invited"]]
    if not best:
        return say("cli.best-set-empty", lang)
    words, figures = Sentences(graph, lang), advice[0].figures
    return say(
        "cli.best-set",
        lang,
        names=", ".join(best),
        value=words.money(figures["set"]),
        change=words.cost_change(figures["set_cost"]),
    )


def _gaps_total(advice: Sequence[Recommendation], lang: str) -> str:
    from matchmaker.codebook import format_money, say

    totals = dict.fromkeys(("import", "missing"), 0.0)
    for one in advice:
        totals[one.contributions[0].name] += one.value
    imported, missing = (format_money(total, lang) for total in totals.values())
    return say("cli.gaps-total", lang, imported=imported, missing=missing)


def _explain_each(advice: Sequence[Recommendation], graph: nx.MultiDiGraph[str], lang: str) -> None:
    from matchmaker.recommend import explain

    for one in advice:
        click.echo("\n" + explain(one, graph, lang))


def _step_rows(result: Result, chain: Chain, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "chain": chain.rank,
            "item": step.item,
            "name": result.label(step.item, lang),
            "kind": step.kind.value,
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


def _step_in_words(row: Row, lang: str) -> dict[str, Any]:
    from matchmaker.codebook import TURNKEY, format_quantity, say, tables

    usual = tables()["bom"].field("alternative").default
    words = {usual: "", TURNKEY: say("report.turnkey", lang)}
    return {
        **row,
        "kind": say(f"cli.kind.{row['kind']}", lang),
        "alternative": words.get(row["alternative"], row["alternative"]),
        "quantity": Figure(format_quantity(row["quantity"], row["unit"], lang)),
    }


def _print_chains(result: Result, lang: str) -> None:
    """Print chains for people: what each comes to, its steps, and its explanation."""
    from matchmaker.recommend import explain, tell_certain

    if result.front and result.chains:
        print_front(result, lang)
    headings = headings_of(
        ("name", "kind", "maker", "alternative", "quantity", "price", "value"), lang
    )
    for chain in result.chains:
        click.echo(explain(chain, result.graph, lang) + "\n")
        rows = [_step_in_words(row, lang) for row in _step_rows(result, chain, lang)]
        print_table(rows, headings, lang)
        click.echo()
    if not result.chains:
        click.echo(explain(result, result.graph, lang))
    elif certain := tell_certain(result, lang):
        click.echo(certain)
