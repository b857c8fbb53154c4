"""Verb of matching beyond the store: `join`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from matchmaker.cli.shared.options import NumberRange, engine, language, output_formats
from matchmaker.cli.shared.output import NO_ANSWER, Answer, headings_of, print_answer

Part = TypeVar("Part")

LAYER_NAMES = ("words", "characters")


@click.command()
@click.argument("needs", type=click.Path(path_type=Path))
@click.argument("catalogue", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--top", type=click.IntRange(1), default=10, show_default=True, help="At most so many items."
)
@click.option(
    "--least",
    type=NumberRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="Only items of a greater cosine.",
)
@click.option(
    "--layer",
    type=click.Choice(LAYER_NAMES),
    default="words",
    show_default=True,
    help="What texts are compared by; characters find misspelt words, several times slower.",
)
@click.option(
    "--rows",
    type=click.IntRange(1),
    default=50_000,
    show_default=True,
    help="Needs in a file that is written.",
)
@engine
@output_formats
@language
def join(
    needs: Path,
    catalogue: Path,
    out: Path,
    top: int,
    least: float,
    layer: str,
    rows: int,
    workers: int,
    scheduler: str,
    form: str | None,
    lang: str,
) -> None:
    """Find the nearest items of CATALOGUE for millions of NEEDS, without a database.

    NEEDS and CATALOGUE are Parquet files, or folders of them, with the columns id and text,
    Russian or English; an item with several names has several rows. OUT becomes a folder of
    Parquet files: a row a need, with its items and their cosines.

    A file that is there is whole. What stops on the way loses only unfinished files, and when
    run again only needs that are new or changed are looked for.
    """
    from matchmaker.engine import Engine
    from matchmaker.matching.bulk.shards import Done, JoinOptions, plan_join

    plan = plan_join(needs, catalogue, out, JoinOptions(top, least, layer), rows=rows)
    parts = watched(plan.run(Engine(workers, scheduler)), len(plan.shards))
    done = sum(parts, Done())
    row = {
        "out": str(out),
        "files": len(plan.shards),
        "needs": done.needs,
        "matched": done.matched,
        "computed": done.computed,
    }
    print_answer(Answer("join", [row], row), form, headings_of(tuple(row), lang), lang)
    if not done.matched:
        raise SystemExit(NO_ANSWER)


def watched(parts: Iterable[Part], total: int) -> Iterator[Part]:
    """Parts as they come, with a progress bar on the error stream where that is a terminal."""
    if not sys.stderr.isatty():
        yield from parts
        return
    with click.progressbar(parts, length=total, file=sys.stderr) as shown:
        yield from shown
