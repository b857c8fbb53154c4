"""The verb `questions`: whom to ask what, and which answers are old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import (
    answer_age,
    chain_limits,
    database,
    language,
    limits_of,
    output_formats,
    product_quantity,
)
from matchmaker.cli.shared.output import (
    NO_ANSWER,
    Answer,
    demands_of,
    headings_of,
    items_asked,
    load_graph,
    print_answer,
    tell,
)

if TYPE_CHECKING:
    import networkx as nx

    from matchmaker.recommend import Recommendation


@click.command()
@database
@click.argument("products", metavar="[PRODUCT…]", nargs=-1)
@product_quantity
@click.option(
    "--solves",
    type=click.IntRange(3),
    default=60,
    show_default=True,
    help="Solve at most so many problems.",
)
@answer_age
@chain_limits
@output_formats
@language
def questions(
    database: str,
    products: tuple[str, ...],
    quantity: float | None,
    solves: int,
    months: int,
    as_of: date,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """Rank unanswered questions by what a good answer could change in the best chain.

    Not asked is not no. The value is an upper bound: the problem is solved again as if the
    firm answered yes, as much as is needed, at today's cheapest price. All demands of the
    database count together unless PRODUCTs are named. Answers older than --months are listed
    on standard error. Exit code 3 when no answer would change anything.
    """
    from matchmaker.recommend import recommend_questions

    limits = limits_of(options)
    _warn_old(database, as_of, months, lang)
    data, graph = load_graph(database, items_asked(database, products), lang, as_of=as_of)
    demands = demands_of(data, products, quantity)
    advice = recommend_questions(graph, data, demands, limits=limits, solves=solves)
    rows = [_row(graph, one, lang) for one in advice]
    headings = headings_of(("rank", "subject", "name", "item", "ask", "value", "among"), lang)
    print_answer(
        Answer("questions", rows, advice, nothing="cli.no-questions"), form, headings, lang
    )
    if form is None:
        _explain_all(advice, graph, lang)
    if not advice:
        raise SystemExit(NO_ANSWER)


def _row(graph: nx.MultiDiGraph[str], advice: Recommendation, lang: str) -> dict[str, Any]:
    from matchmaker.codebook import say
    from matchmaker.recommend import Sentences

    names = Sentences(graph, lang)
    (about,) = advice.evidence
    return {
        "rank": advice.rank,
        "subject": advice.subject,
        "name": names.name(advice.subject),
        "item": about.item,
        "ask": ", ".join(say(f"cli.ask.{code}", lang) for code, _ in advice.notes),
        "value": advice.value,
        "unit": advice.unit,
        **advice.figures,
        "cells": sorted(about.cells.values()),
    }


def _warn_old(database: str, today: date, months: int, lang: str) -> None:
    from matchmaker.cli.answers.intake import line
    from matchmaker.store import Store

    with Store(database) as store:
        for issue in store.old_answers(today, months=months):
            click.echo(line(issue, lang), err=True)


def _explain_all(advice: Sequence[Recommendation], graph: nx.MultiDiGraph[str], lang: str) -> None:
    from matchmaker.recommend import explain

    for one in advice:
        click.echo("\n" + explain(one, graph, lang))
    if advice and (missed := advice[0].figures["unweighed"]):
        tell("cli.unweighed", lang, count=f"{missed:g}")
