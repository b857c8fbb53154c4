"""Verb of evaluation: `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import database, in_a_folder, language, output_formats
from matchmaker.cli.shared.output import (
    Answer,
    Figure,
    Row,
    headings_of,
    print_answer,
    print_table,
    tell,
)
from matchmaker.errors import MatchmakerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matchmaker.evaluation import Ablation, Bin, Evaluation, Metric, Unknown

SHOWN = 20
"""How many lines of the labels a warning names at most."""


@click.command()
@database
@click.argument("labels", metavar="LABELS.csv", type=click.Path(exists=True, dir_okay=False))
@click.option("--ablate", "ablated", is_flag=True, help="Also measure what each layer adds.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    help="Draw the reliability of the probabilities into this SVG file.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
@output_formats
@language
def evaluate(
    database: str,
    labels: str,
    ablated: bool,
    picture: Path | None,
    seed: int,
    form: str | None,
    lang: str,
) -> None:
    """Measure matching on LABELS.csv: texts or rows, and the items they mean.

    LABELS.csv has a column `text` (or `id` of an offer or a need) and a column `item` (or `okpd2`:
    any item of that code is right). Several right items are separated by semicolons; none means
    that the catalogue has no such item. Every figure has its 95 % interval in brackets.
    """
    from matchmaker.evaluation import ablate, draw_reliability, read_labels
    from matchmaker.evaluation import evaluate as measure
    from matchmaker.store import Store

    with Store(database) as store:
        data = store.snapshot()
    judged, unknown = read_labels(labels, data)
    _warn(unknown, lang)
    if not judged:
        raise MatchmakerError(f"{labels} has no line that can be judged.")
    found = measure(data, judged, seed=seed)
    layers = ablate(data, judged, seed=seed) if ablated else ()
    rows = [*_rows("all", "whole", found.measures), *_layer_rows(layers)]
    headings = headings_of(("measure", "found", "interval", "texts"), lang)
    told = [_metric_in_words(one, lang) for one in found.measures]
    document = _document(found, layers)
    print_answer(Answer("evaluation", rows, document, told=told), form, headings, lang)
    if picture:
        picture.write_text(draw_reliability(found.reliability), encoding="utf-8")
        tell("cli.wrote", lang, path=str(picture))
    if form is None:
        _print_reliability(found.reliability, lang)
        _print_layers(layers, lang)


def _warn(unknown: Sequence[Unknown], lang: str) -> None:
    """Name the lines that were left out, on the error stream."""
    from matchmaker.codebook import say

    for one in unknown[:SHOWN]:
        told = say("evaluate.unknown", lang, line=str(one.line), column=one.column, value=one.value)
        click.echo(told, err=True)
    if len(unknown) > SHOWN:
        tell("evaluate.more", lang, count=len(unknown) - SHOWN)


def _rows(layer: str, mode: str, measures: Iterable[Metric]) -> list[Row]:
    from matchmaker.cli.shared.output import plain

    return [{"layer": layer, "mode": mode, **plain(one)} for one in measures]


def _layer_rows(layers: Iterable[Ablation]) -> list[Row]:
    return [
        row
        for one in layers
        if one.layer
        for mode, measures in (("without", one.without), ("alone", one.alone))
        for row in _rows(one.layer, mode, measures)
    ]


def _document(found: Evaluation, layers: Sequence[Ablation]) -> dict[str, Any]:
    return {
        "measures": found.measures,
        "reliability": found.reliability,
        "calibration_error_by_chance": found.by_chance,
        "verdicts": [
            {
                "line": one.label.line,
                "text": one.label.text,
                "items": one.label.items,
                "best": one.best,
                "probability": one.probability,
                "rank": None if one.rank == float("inf") else one.rank,
            }
            for one in found.verdicts
        ],
        "ablation": _layer_rows(layers),
    }


def _metric_in_words(one: Metric, lang: str) -> Row:
    from matchmaker.codebook import say

    return {
        "measure": say(f"evaluate.{one.name}", lang),
        "found": _figure(one.value, lang),
        "interval": Figure(f"[{_figure(one.low, lang)}; {_figure(one.high, lang)}]"),
        "texts": one.n,
    }


def _figure(value: float, lang: str) -> Figure:
    return Figure(f"{value:.3f}".replace(".", "," if lang == "ru" else "."))


def _print_reliability(bins: Iterable[Bin], lang: str) -> None:
    from matchmaker.codebook import say

    click.echo("\n" + say("evaluate.reliability", lang))
    rows = [
        {"said": _figure(one.said, lang), "right": _figure(one.right, lang), "texts": one.n}
        for one in bins
    ]
    print_table(rows, headings_of(("said", "right", "texts"), lang), lang)


def _print_layers(layers: Sequence[Ablation], lang: str) -> None:
    """HR@1 and MRR without each layer and by that layer alone, the whole first."""
    from matchmaker.codebook import say

    if not layers:
        return
    click.echo("\n" + say("evaluate.layers", lang))
    rows = [
        {
            "layer": say(f"evaluate.layer.{one.layer or 'all'}", lang),
            **{f"without-{m.name}": _figure(m.value, lang) for m in one.without},
            **{f"alone-{m.name}": _figure(m.value, lang) for m in one.alone if one.layer},
        }
        for one in layers
    ]
    keys = ("layer", "without-HR@1", "without-MRR", "alone-HR@1", "alone-MRR")
    print_table(rows, headings_of(keys, lang), lang)
