"""Verb of matching: `match`."""

from __future__ import annotations

import click

from matchmaker.cli.shared import Answer, database, emit, language, output_formats


@click.command()
@database
@click.argument("items", metavar="[ITEM…]", nargs=-1)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Least probability; the rest is counted, not shown.",
)
@click.option("--explain", is_flag=True, help="Say what every probability is made of.")
@output_formats
@language
def match(
    database: str,
    items: tuple[str, ...],
    threshold: float,
    explain: bool,
    form: str | None,
    lang: str,
) -> None:
    """Find who makes, could make or needs each ITEM (all of them when none is named)."""
    from matchmaker.codebook import say
    from matchmaker.matching import find_matches
    from matchmaker.store import Store

    with Store(database) as store:
        data = store.snapshot()
    matches = find_matches(data, threshold=threshold)
    asked = [item.removeprefix("item:") for item in items]
    parts = [matches.for_item(item) for item in asked] or [matches]
    shown = [one for part in parts for one in part if one.probability >= threshold]
    names = dict(
        zip(data.table("enterprises")["enterprise"], data.table("enterprises")["name"], strict=True)
    )
    table = [
        {
            "item": one.item,
            "kind": one.kind,
            "enterprise": one.enterprise,
            "name": names[one.enterprise],
            "probability": one.probability,
            "score": one.score,
            "contributions": {c.name: c.value for c in one.contributions},
            "questions": one.questions,
            "cells": [str(cell) for cell in one.cells],
            "id": one.id,
        }
        for one in shown
    ]
    keys = ("item", "kind", "enterprise", "name", "probability")
    emit(Answer("matches", table), form, {key: say(f"cli.{key}", lang) for key in keys})
    if explain and form is None:
        for one in shown:
            click.echo("\n" + "\n".join(matches.explain(one, lang)))
    hidden = sum(len(part) for part in parts) - len(shown)
    if hidden:
        click.echo(say("cli.hidden", lang, count=hidden, threshold=threshold), err=True)
