"""Verb of matching: `match`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import database, language, output_formats, taken_from
from matchmaker.cli.shared.options import engine as engine_options
from matchmaker.cli.shared.output import (
    NO_ANSWER,
    Answer,
    Figure,
    Row,
    headings_of,
    print_answer,
    print_renewed,
    tell,
)

if TYPE_CHECKING:
    from matchmaker.matching import Match, Matches
    from matchmaker.model import Dataset


@click.command()
@database
@click.argument("items", metavar="[ITEM…]", nargs=-1)
@taken_from
@click.option(
    "--candidates",
    is_flag=True,
    help="Also items that an offer might mean, but less likely; with ids to decide by.",
)
@click.option("--explain", is_flag=True, help="Say what every probability is made of.")
@engine_options
@output_formats
@language
def match(
    database: str,
    items: tuple[str, ...],
    threshold: float,
    candidates: bool,
    explain: bool,
    workers: int,
    scheduler: str,
    form: str | None,
    lang: str,
) -> None:
    """Find who makes, makes something close to, could make or needs each ITEM.

    Without an ITEM all of them are told.

    An offer counts for the one item it fits best; `--candidates` shows the others too.
    What is taken for true is kept in the database, so that chains need not match anew until an
    import changes an answer or the catalogue, or a person decides; not with another --threshold.
    """
    from matchmaker.engine import Engine
    from matchmaker.kept_matches import match_anew
    from matchmaker.store import Store

    with Store(database) as store:
        found = match_anew(store, threshold=threshold, engine=Engine(workers, scheduler))
    print_renewed(found, lang)
    data, matches, _ = found
    asked = list(dict.fromkeys(item.removeprefix("item:") for item in items))
    shown = _shown(_likely(matches, candidates=candidates), asked, threshold)
    names = _names(data, "enterprises", "enterprise", "name", "name")
    rows = [_row(one, names[one.enterprise]) for one in shown]
    told = _rows_in_words(rows, _names(data, "items", "item", f"name_{lang}", "name_ru"), lang)
    keys = ["item", "name", "kind", "enterprise", "maker", "probability", "decision"]
    keys += ["decide"] * candidates
    answer = Answer("matches", rows, told=told, nothing="cli.no-matches")
    print_answer(answer, form, headings_of(keys, lang), lang)
    for one in shown if explain and form is None else ():
        click.echo("\n" + "\n".join(matches.explain(one, lang)))
    _print_hidden(matches, asked, shown, lang)
    if not shown:
        raise SystemExit(NO_ANSWER)


def _likely(matches: Matches, *, candidates: bool) -> list[Matches]:
    """Matches kind by kind; with candidates, all of them whatever else is likelier."""
    from matchmaker.matching import find_near_matches

    close = find_near_matches(matches)
    if candidates:
        return [matches, close]
    return [matches.makes, close, matches.could_make, matches.needs]


def _shown(groups: Sequence[Matches], asked: Sequence[str], threshold: float) -> list[Match]:
    """Matches of the items asked for, or of all, that are probable enough for their kind."""
    from matchmaker.matching.pairs.match import is_likely

    parts = [group.for_item(item) for item in asked for group in groups] if asked else groups
    return [one for part in parts for one in part if is_likely(one, threshold)]


def _print_hidden(
    matches: Matches, asked: Sequence[str], shown: Sequence[Match], lang: str
) -> None:
    """Say how many of the matches found are not among those shown."""
    from matchmaker.matching import MatchKind

    every = sum(len(matches.for_item(item)) for item in asked) if asked else len(matches)
    hidden = every - sum(one.kind is not MatchKind.MAKES_CLOSE for one in shown)
    if hidden:
        tell("cli.hidden", lang, count=hidden)


def _names(data: Dataset, table: str, key: str, name: str, instead: str) -> dict[str, str]:
    """Names by key; of an entry without that name, the name it has instead."""
    frame = data.table(table)
    return dict(zip(frame[key], frame[name].fillna(frame[instead]), strict=True))


def _row(match: Match, name: str) -> dict[str, Any]:
    return {
        "item": match.item,
        "kind": match.kind.value,
        "enterprise": match.enterprise,
        "name": name,
        "probability": match.probability,
        "score": match.score,
        "contributions": {part.name: part.value for part in match.contributions},
        "questions": match.questions,
        "cells": [str(cell) for cell in match.cells],
        "id": match.id,
        "decide": f"{match.id}=item:{match.item}",
        "decision": match.decision.verdict.value if match.decision else None,
    }


def _rows_in_words(rows: list[dict[str, Any]], items: dict[str, str], lang: str) -> list[Row]:
    from matchmaker.codebook import format_share, say

    return [
        row
        | {
            "kind": say(f"cli.kind.{row['kind']}", lang),
            "maker": row["name"],
            "name": items[row["item"]],
            "probability": Figure(format_share(row["probability"], lang)),
            "decision": row["decision"] and say(f"cli.verdict.{row['decision']}", lang),
        }
        for row in rows
    ]
