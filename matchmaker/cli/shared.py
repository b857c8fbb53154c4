"""What the commands share: languages, output formats, and the way into a store."""

from __future__ import annotations

import csv
import json
import locale
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    import networkx as nx

    from matchmaker.chains import Demand
    from matchmaker.model import Dataset

SCHEMA_VERSION = 1
NO_ANSWER = 3

Command = TypeVar("Command", bound=Callable[..., Any])
Row = Mapping[str, Any]

database = click.argument("database", metavar="DB", type=click.Path(dir_okay=False))


def preferred_language() -> str:
    """`MATCHMAKER_LANG`, else Russian when the locale is, else English."""
    chosen = os.environ.get("MATCHMAKER_LANG") or locale.getlocale()[0] or ""
    return "ru" if chosen.lower().startswith("ru") else "en"


language = click.option(
    "--lang",
    type=click.Choice(["ru", "en"]),
    default=preferred_language,
    help="Language of the answer; by default that of the locale.",
)


def output_formats(command: Command) -> Command:
    """Add `--json`, `--nl` and `--csv` to a reading command."""
    for name, text in (
        ("csv", "Print comma-separated values."),
        ("nl", "Print one JSON document a line."),
        ("json", "Print one JSON document."),
    ):
        command = click.option(f"--{name}", "form", flag_value=name, help=text)(command)
    return command


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: a document for scripts, and its rows for tables."""

    name: str
    rows: Sequence[Row]
    document: Any = None


def emit(answer: Answer, form: str | None, headings: Mapping[str, str], lang: str) -> None:
    """Print an answer as table, JSON, JSON lines or CSV; `headings` name a table's columns."""
    if form is None:
        print_table(answer.rows, headings, lang)
        return
    rows = [{key: plain(value) for key, value in row.items()} for row in answer.rows]
    if form == "json":
        body = plain(answer.document) if answer.document is not None else rows
        click.echo(_json({"schema_version": SCHEMA_VERSION, answer.name: body}, indent=2))
    elif form == "nl":
        for row in rows:
            click.echo(_json(row))
    else:
        _print_csv(rows, headings)


def print_table(rows: Iterable[Row], headings: Mapping[str, str], lang: str) -> None:
    """Print rows as a table for people: only the columns that have a heading."""
    from tabulate import tabulate

    kept = list(rows)
    cells = [[_said(row.get(key), lang) for key in headings] for row in kept]
    numeric = [any(isinstance(row.get(key), (int, float)) for row in kept) for key in headings]
    alignment = ["right" if number else "left" for number in numeric]
    click.echo(
        tabulate(
            cells,
            headers=list(headings.values()),
            colalign=alignment if kept else None,
            disable_numparse=True,
        )
    )


def plain(value: Any) -> Any:
    """Value made of dicts, lists, text and numbers alone; numbers lose their noise."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.repr}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(map(plain, value))
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value


def write_json(document: Any) -> str:
    """Text of a document in the one form in which the package writes JSON."""
    return _json(plain(document), indent=2) + "\n"


def load_graph(
    path: str, items: Iterable[str] | None = None
) -> tuple[Dataset, nx.MultiDiGraph[str]]:
    """Snapshot of a store and the graph around the items asked for, or of everything."""
    from matchmaker.graph import build_graph
    from matchmaker.matching import find_matches
    from matchmaker.store import Store

    with Store(path) as store:
        data = store.snapshot()
    return data, build_graph(data, find_matches(data), items)


def demands_of(data: Dataset, products: Sequence[str], quantity: float | None) -> list[Demand]:
    """Demands on the named products, or all the store's; a quantity given overrules the store's.

    Raises
    ------
    click.UsageError
        When a product has no quantity, or there is no demand at all.
    """
    from matchmaker.chains import Demand

    frame = data.table("demands")
    stored = {
        row["item"]: Demand(row["item"], row["quantity"], row["region"] or "")
        for row in frame.to_dict("records")
    }
    if not products:
        if not stored:
            raise click.UsageError("The database has no demands: name a product and --quantity.")
        return list(stored.values())
    asked = [product.removeprefix("item:") for product in products]
    if quantity is not None:
        return [Demand(product, quantity) for product in asked]
    if unknown := [product for product in asked if product not in stored]:
        raise click.UsageError(
            f"The database has no demand for {', '.join(unknown)}: add --quantity N (per year)."
        )
    return [stored[product] for product in asked]


def _json(document: Any, indent: int | None = None) -> str:
    return json.dumps(document, ensure_ascii=False, indent=indent, allow_nan=False)


def _print_csv(rows: Sequence[Row], headings: Mapping[str, str]) -> None:
    keys = list(dict.fromkeys(key for row in rows for key in row)) or list(headings)
    writer = csv.DictWriter(sys.stdout, keys, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _said(value: Any, lang: str) -> str:
    """Text of a table cell for people."""
    from matchmaker.codebook import format_number, say

    if isinstance(value, bool):
        return say("cli.yes" if value else "cli.no", lang)
    if isinstance(value, float):
        return "" if math.isnan(value) else format_number(value, lang, digits=2)
    return _cell(value)


def _cell(value: Any) -> str:
    """Text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, dict)):
        return _json(value)
    return str(value)
