"""What the commands share: the way into a store, and the forms in which they answer."""

from __future__ import annotations

import codecs
import csv
import json
import math
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from io import StringIO, TextIOWrapper
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import networkx as nx

    from matchmaker.chains import Demand, Limits, Result
    from matchmaker.kept_matches import StoreMatches
    from matchmaker.model import Dataset

SCHEMA_VERSION = 1
NO_ANSWER = 3

WIDEST = 44
"""Letters in a line of a table's cell before it is broken."""

PLAINER = {
    "\N{NARROW NO-BREAK SPACE}": " ",
    "\N{NO-BREAK SPACE}": " ",
    "\N{MINUS SIGN}": "-",
    "–": "-",
    "…": "...",
    "«": '"',
    "»": '"',
    "₽": "RUB",
}
"""Spelling of the signs that not every terminal has."""

Row = Mapping[str, Any]


class Figure(str):
    """Text of a number in a table: stands at the right edge of its column."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found.

    Attributes
    ----------
    rows
        Records for scripts, one a line of `--nl` and `--csv`.
    document
        What `--json` prints; the rows when None.
    told
        Rows in words for people's table; the rows themselves when None.
    nothing
        Key of the phrase that says that there are no rows.
    """

    name: str
    rows: Sequence[Row]
    document: Any = None
    told: Sequence[Row] | None = None
    nothing: str = "cli.nothing"


def print_answer(answer: Answer, form: str | None, headings: Mapping[str, str], lang: str) -> None:
    """Print an answer as table, JSON, JSON lines or CSV; `headings` name a table's columns."""
    if form is None:
        _emit_table(answer, headings, lang)
        return
    rows = [{key: plain(value) for key, value in row.items()} for row in answer.rows]
    if form == "json":
        body = plain(answer.document) if answer.document is not None else rows
        document = {"schema_version": SCHEMA_VERSION, answer.name: body}
        click.echo(_json(document, indent=2, ascii=not _speaks_unicode()))
    elif form == "nl":
        for row in rows:
            click.echo(_json(row, ascii=not _speaks_unicode()))
    else:
        click.echo(_csv(rows, headings), nl=False)


def _emit_table(answer: Answer, headings: Mapping[str, str], lang: str) -> None:

    rows = answer.rows if answer.told is None else answer.told
    print_table(rows, headings, lang)
    if not rows:
        tell(answer.nothing, lang)


def tell(key: str, lang: str, **blanks: object) -> None:
    """Say a phrase of the codebook on the error stream."""
    from matchmaker.codebook import say

    click.echo(say(key, lang, **blanks), err=True)


def headings_of(keys: Sequence[str], lang: str) -> dict[str, str]:
    """Headings of a table's columns in a language, by column."""
    from matchmaker.codebook import say

    return {key: say(f"cli.{key}", lang) for key in keys}


def warn_cut_short(result: Result, lang: str) -> None:
    """Say on the error stream that a search ended before its time, and with what."""
    proven = sum(chain.status == "OPTIMAL" for chain in result.chains)
    found = len(result.chains)
    tell("cli.cut-short", lang, found=found, proven=proven)


def print_table(rows: Iterable[Row], headings: Mapping[str, str], lang: str) -> None:
    """Print rows as a table for people: the columns that have a heading and any value."""
    from tabulate import tabulate

    kept = list(rows)
    cells = [[_said(row.get(key), lang) for row in kept] for key in headings]
    shown = [(h, c) for h, c in zip(headings.values(), cells, strict=True) if any(c)]
    if shown:
        table = tabulate(
            {place: [_wrapped(cell) for cell in column] for place, (_, column) in enumerate(shown)},
            headers=[_wrapped(heading, WIDEST // 2) for heading, _ in shown],
            colalign=["right" if _is_figures(column) else "left" for _, column in shown],
            disable_numparse=True,
        )
        click.echo(table)


def _wrapped(text: str, width: int = WIDEST) -> str:
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def _is_figures(column: Iterable[str]) -> bool:
    return all(isinstance(cell, Figure) for cell in column if cell)


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


def speak_anywhere() -> None:
    """Let terminals of any encoding take any text: what they lack is spelled out."""
    codecs.register_error("matchmaker", _spell_out)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="matchmaker")


def _spell_out(error: UnicodeError) -> tuple[str, int]:
    """Replacement of what an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(PLAINER.get(sign) or ascii(sign)[1:-1] for sign in signs), error.end


def _speaks_unicode() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")


def load_graph(
    path: str,
    items: Sequence[str] | None,
    lang: str,
    *,
    as_of: date,
    named: Collection[str] | None = None,
) -> tuple[Dataset, nx.MultiDiGraph[str]]:
    """Answers of a store and the graph around the items asked for, or of everything.

    Certificates are judged at a day. Where valid matches are kept, only what matters for the
    items is read: with all members and interested enterprises, or with those `named` when they
    are enough.
    """
    from matchmaker.graph import build_graph
    from matchmaker.kept_matches import CLUSTER, match_store
    from matchmaker.store import Store

    roles = CLUSTER if named is None else ()
    with Store(path) as store:
        found = match_store(store, items, roles=roles, enterprises=named or ())
    print_renewed(found, lang)
    return found.data, build_graph(found.data, found.matches, items, as_of=as_of)


def print_renewed(found: StoreMatches, lang: str) -> None:
    """Say on the error stream that matches were found anew and kept, where they were."""
    if found.renewed:
        tell("cli.matches-renewed", lang)


def named_in(limits: Limits) -> frozenset[str]:
    """Enterprises that limits speak of."""
    pairs = limits.require_pairs | limits.exclude_pairs
    return limits.require | limits.exclude | {enterprise for enterprise, _ in pairs}


def items_asked(path: str, products: Sequence[str]) -> Sequence[str]:
    """The products named, or the items of all the demands stored."""
    from matchmaker.store import Store

    if products:
        return products
    with Store(path) as store:
        return store.demanded()


def demands_of(data: Dataset, products: Sequence[str], quantity: float | None) -> list[Demand]:
    """Demands on the named products, or all the store's; a quantity given overrules the store's.

    Raises
    ------
    click.UsageError
        When a product has no quantity, or a quantity no product, or there is no demand at all.
    """
    stored = {row["item"]: row for row in data.table("demands").to_dict("records")}
    if not products and quantity is not None:
        raise click.UsageError("--quantity needs a PRODUCT that it counts.")
    if not products and not stored:
        raise click.UsageError("The database has no demands: name a PRODUCT and --quantity N.")
    asked = dict.fromkeys(product.removeprefix("item:") for product in products) or stored
    if unknown := [product for product in asked if product not in stored and quantity is None]:
        raise click.UsageError(
            f"The database has no demand for {', '.join(unknown)}: add --quantity N (per year)."
        )
    return [_demand(product, stored.get(product, {}), quantity) for product in asked]


def _demand(product: str, stored: Mapping[Any, Any], quantity: float | None) -> Demand:
    from matchmaker.chains import Demand

    return Demand(product, quantity or stored["quantity"], stored.get("region") or "")


def _json(document: Any, indent: int | None = None, *, ascii: bool = False) -> str:
    return json.dumps(document, ensure_ascii=ascii, indent=indent, allow_nan=False)


def _csv(rows: Sequence[Row], headings: Mapping[str, str]) -> str:
    keys = list(dict.fromkeys(key for row in rows for key in row)) or list(headings)
    buffer = StringIO()
    writer = csv.DictWriter(buffer, keys, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return buffer.getvalue()


def _said(value: Any, lang: str) -> str:
    """Text of a table cell for people."""
    from matchmaker.codebook import say

    if isinstance(value, bool):
        return say("cli.yes" if value else "cli.no", lang)
    if isinstance(value, (int, float)):
        return "" if math.isnan(value) else figure(value, lang)
    return value if isinstance(value, str) else _cell(value)


def figure(value: float, lang: str) -> Figure:
    """Number for a table: whole when large, at most two decimals otherwise."""
    from matchmaker.codebook import format_number

    return Figure(format_number(value, lang, digits=0 if abs(value) >= 10_000 else 2))


def _cell(value: Any) -> str:
    """Text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, dict)):
        return _json(value)
    return str(value)
