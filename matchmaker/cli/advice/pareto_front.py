"""A front of two measures, for people: its corners, and what lies between them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.output import Figure, headings_of, print_table

if TYPE_CHECKING:
    from matchmaker.chains import Chain, Front, Result

    Point = tuple[float, float]


def print_front(result: Result, lang: str) -> None:
    """Print a table of the corners of a front, and whether there are more."""
    from matchmaker.codebook import say

    front, chains = result.front, result.chains
    if front is None:
        return
    rows = [
        _row(chain, front, lang) | {"between": _between(before, chain, front, lang)}
        for before, chain in pairwise((None, *chains))
        if chain
    ]
    names = {name: _capital(say(f"stage.{name}", lang)) for name in front.measures}
    headings = {**headings_of(("chain",), lang), **names}
    print_table(rows, headings | headings_of(("enterprises", "between"), lang), lang)
    key = "complete" if front.complete else "cut" if result.cut_short else "more"
    click.echo("\n" + say(f"cli.front-{key}", lang, found=len(chains)) + "\n")


def corner(chain: Chain, front: Front) -> Point:
    """What a chain comes to in the two measures of a front."""
    values = {stage.name: stage.value for stage in chain.stages}
    first, second = front.measures
    return values[first], values[second]


def _row(chain: Chain, front: Front, lang: str) -> dict[str, Any]:
    units = {stage.name: stage.unit for stage in chain.stages}
    values = zip(front.measures, corner(chain, front), strict=True)
    told = {name: _figure(value, units[name], lang) for name, value in values}
    return {"chain": chain.rank, **told, "enterprises": len(chain.enterprises)}


def _between(before: Chain | None, chain: Chain, front: Front, lang: str) -> str:
    """How the front runs from one corner to the next."""
    from matchmaker.codebook import say

    if before is None:
        return ""
    start, end = corner(before, front), corner(chain, front)
    middles = ((piece, (piece.start[0] + piece.end[0]) / 2) for piece in front.segments)
    pieces = [piece for piece, middle in middles if start[0] < middle < end[0]]
    if not pieces:
        return say("cli.front-jump", lang)
    if len(pieces) == 1 and pieces[0].holds_start and pieces[0].holds_end:
        return say("cli.front-line", lang)
    units = {stage.name: stage.unit for stage in chain.stages}
    told = (_stretch(piece.start, piece.end, front, units, lang) for piece in pieces)
    return say("cli.front-part", lang, parts="; ".join(told))


def _stretch(start: Point, end: Point, front: Front, units: dict[str, str], lang: str) -> str:
    ends = [
        " / ".join(_figure(v, units[name], lang) for name, v in zip(front.measures, p, strict=True))
        for p in (start, end)
    ]
    return " … ".join(ends)


def _figure(value: float, unit: str, lang: str) -> Figure:
    from matchmaker.codebook import format_number, format_share

    if unit == "share":
        return Figure(format_share(value, lang))
    return Figure(format_number(value, lang, digits=0 if abs(value) >= 10_000 else 2))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
