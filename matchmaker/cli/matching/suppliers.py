"""Verb of requirements: `suppliers`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import (
    above_zero,
    as_of,
    database,
    language,
    output_formats,
    taken_from,
)
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
    from matchmaker.matching import Fit, Match, Matches, Wish

KEYS = ("kind", "enterprise", "maker", "meets", "lacks", "not-stated", "probability")


@click.command()
@database
@click.argument("item", metavar="ITEM")
@click.option(
    "--quantity",
    type=float,
    callback=above_zero,
    help="Free capacity that a firm should have alone, units per year.",
)
@click.option("--within", type=float, callback=above_zero, help="Kilometres from --from.")
@click.option("--from", "region", default="", metavar="REGION", help="Region to deliver to.")
@click.option("--certificate", "certificates", multiple=True, help="Also ask for this one.")
@click.option(
    "--require",
    "told",
    multiple=True,
    metavar="TEXT",
    help="What the firm's own words should tell, a quantity with its unit or a way of making: "
    "«грузоподъёмность не менее 130 кг», «порошковая окраска».",
)
@taken_from
@click.option("--exact", is_flag=True, help="Show only who meets all; the rest is counted.")
@as_of
@output_formats
@language
def suppliers(
    database: str,
    item: str,
    quantity: float | None,
    within: float | None,
    region: str,
    certificates: tuple[str, ...],
    told: tuple[str, ...],
    threshold: float,
    exact: bool,
    as_of: date,
    form: str | None,
    lang: str,
) -> None:
    """Say who could supply ITEM, what of its requirements each meets, and what each lacks.

    Required are the certificates that the catalogue demands, and what the options ask. Who meets
    all comes first; not stated is not "no". Who makes ITEM, makes something close and could make
    it are listed apart.
    """
    from matchmaker.matching import check_conditions
    from matchmaker.matching.pairs.match import is_likely

    wish = _wish(quantity, within, region, certificates, told, as_of)
    matches = _matches(database, lang)
    code = item.removeprefix("item:")
    judged = check_conditions(matches, code, wish)
    sure = [(one, fit) for one, fit in judged if is_likely(one, threshold)]
    shown = [(one, fit) for one, fit in sure if fit.exact or not exact]
    firms = matches.data.table("enterprises")
    names = dict(zip(firms["enterprise"], firms["name"], strict=True))
    rows = [_row(one, fit, names[one.enterprise]) for one, fit in shown]
    spelled = [_row_in_words(row, lang) for row in rows]
    answer = Answer("suppliers", rows, told=spelled, nothing="cli.no-matches")
    print_answer(answer, form, headings_of(KEYS, lang), lang)
    if len(sure) > len(shown):
        tell("cli.lacking", lang, count=len(sure) - len(shown))
    if len(judged) > len(sure):
        tell("cli.doubtful", lang, count=len(judged) - len(sure))
    if not shown:
        raise SystemExit(NO_ANSWER)


def _wish(
    quantity: float | None,
    within: float | None,
    region: str,
    certificates: tuple[str, ...],
    told: tuple[str, ...],
    as_of: date,
) -> Wish:
    """Wish that the options spell, refused where one of them asks for nothing."""
    from matchmaker.matching import Wish

    iso = _delivered_to(region, within)
    try:
        return Wish(quantity, within, iso, certificates, told, as_of)
    except ValueError as refused:
        raise click.UsageError(str(refused)) from None


def _delivered_to(region: str, within: float | None) -> str:
    """ISO code of a region named; empty where none is and no distance counts from it."""
    from matchmaker.codebook import find_region

    iso = find_region(region) or "" if region else ""
    if region and not iso:
        raise click.UsageError(
            f"{region}: no region of Russia; name it or give its ISO 3166-2 code."
        )
    if within is not None and not iso:
        raise click.UsageError("--within counts from a region: add --from REGION.")
    return iso


def _matches(database: str, lang: str) -> Matches:
    """Sure makers, what is close, and who could make; each of these kinds by its own rule."""
    from matchmaker.kept_matches import match_anew
    from matchmaker.matching import with_near_matches
    from matchmaker.store import Store

    with Store(database) as store:
        found = match_anew(store)
    print_renewed(found, lang)
    return with_near_matches(found.matches)


def _row(one: Match, fit: Fit, name: str) -> dict[str, Any]:
    return {
        "item": one.item,
        "kind": one.kind.value,
        "enterprise": one.enterprise,
        "name": name,
        "met": fit.met,
        "of": len(fit.verdicts),
        "lacks": fit.lacking(),
        "not_stated": fit.unknown(),
        "verdicts": fit.verdicts,
        "probability": one.probability,
        "id": one.id,
    }


def _row_in_words(row: dict[str, Any], lang: str) -> Row:
    from matchmaker.codebook import format_share, say

    def names(requirements: tuple[str, ...]) -> str:
        spelled = {
            "capacity": say("cli.asked.capacity", lang),
            "distance": say("cli.asked.distance", lang),
        }
        return "; ".join(spelled.get(name, name) for name in requirements)

    return {
        "kind": say(f"cli.kind.{row['kind']}", lang),
        "enterprise": row["enterprise"],
        "maker": row["name"],
        "meets": say("cli.met-of", lang, met=str(row["met"]), of=str(row["of"])),
        "lacks": names(row["lacks"]),
        "not-stated": names(row["not_stated"]),
        "probability": Figure(format_share(row["probability"], lang)),
    }
