"""Verb of advice: `recommend portfolio`, many products, each by itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import (
    as_of,
    chain_goal,
    chain_limits,
    chain_number,
    database,
    engine,
    language,
    limits_of,
    output_formats,
    search_time,
)
from matchmaker.cli.shared.output import (
    NO_ANSWER,
    Answer,
    Row,
    demands_of,
    headings_of,
    load_graph,
    print_answer,
    warn_cut_short,
)

if TYPE_CHECKING:
    from matchmaker.chains import Chain, Result


@click.command()
@database
@click.argument("products", metavar="[PRODUCT…]", nargs=-1)
@chain_number
@engine
@search_time
@chain_goal
@chain_limits
@as_of
@output_formats
@language
def portfolio(
    database: str,
    products: tuple[str, ...],
    workers: int,
    scheduler: str,
    as_of: date,
    form: str | None,
    lang: str,
    **options: Any,
) -> None:
    """Compose the best chains of many PRODUCTs, each by itself.

    All demands of the database count unless PRODUCTs are named. Capacities are not shared
    between the products. Exit code 3 when none of them can be delivered.
    """
    from matchmaker.chains import compose_portfolio
    from matchmaker.engine import Engine

    limits = limits_of(options)
    data, graph = load_graph(database, products or None, lang, as_of=as_of)
    demands = demands_of(data, products, None)
    where = Engine(workers, scheduler)
    results = compose_portfolio(graph, demands, engine=where, limits=limits, **options)
    for result in results:
        if result.cut_short:
            warn_cut_short(result, lang)
    rows = [row for result in results for row in _rows(result, lang)]
    told = [_row_in_words(row, lang) for row in rows]
    names = ("product", "chain", "localisation", "imports", "outlay", "enterprises", "proof")
    print_answer(Answer("portfolio", rows, results, told), form, headings_of(names, lang), lang)
    if not any(result.chains for result in results):
        raise SystemExit(NO_ANSWER)


def _rows(result: Result, lang: str) -> list[dict[str, Any]]:
    """A row for each chain of a product, or one that says that there is none."""
    item = result.demands[0].item
    product = {"item": item, "product": result.label(item, lang)}
    return [product | _figures(chain) for chain in result.chains] or [
        product | {"chain": None, "status": result.status.value}
    ]


def _figures(chain: Chain) -> dict[str, Any]:
    return {
        "chain": chain.rank,
        "status": chain.status.value,
        "localisation": chain.localisation,
        "imports": chain.imported_value,
        "missing": chain.missing_value,
        "outlay": chain.cost,
        "enterprises": len(chain.enterprises),
        "conditions": len(chain.conditions),
        "objective": chain.objective,
        "bound": chain.bound,
    }


def _row_in_words(row: Row, lang: str) -> dict[str, Any]:
    from matchmaker.codebook import format_share, say

    proof = {"OPTIMAL": "yes", "FEASIBLE": "no"}.get(row["status"], "none")
    share = format_share(row["localisation"], lang) if row["chain"] else ""
    told = say(f"report.proof.{proof}", lang)
    if row.get("conditions"):
        told += say("report.proof.on", lang, count=row["conditions"])
    return {**row, "localisation": share, "proof": told}
