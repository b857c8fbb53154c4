"""Verbs towards firms: `template`, the workbook that they fill in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matchmaker.cli.shared.options import in_a_folder, language
from matchmaker.cli.shared.output import tell

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument(
    "out",
    metavar="FILE.xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=in_a_folder,
)
@click.option(
    "--products",
    multiple=True,
    metavar="ITEM",
    help="Ask about this product and all its parts: yes, could or no. Several with commas.",
)
@click.option("--db", metavar="DB", help="Database with the catalogue and the answers.")
@click.option("--enterprise", metavar="INN", help="Fill in what this enterprise has answered.")
@click.option(
    "--all-answers",
    is_flag=True,
    help="Fill in what all have answered, with prices and contacts: not to be sent to firms.",
)
@click.option("--note", default="", help="Text for the instructions: until when, to whom.")
@language
def template(
    out: Path,
    products: tuple[str, ...],
    db: str | None,
    enterprise: str | None,
    all_answers: bool,
    note: str,
    lang: str,
) -> None:
    """Write the survey workbook that firms fill in.

    It holds nothing of any firm unless --enterprise or --all-answers says so, and never a
    price of the catalogue. What is filled in may be imported again and changes nothing.
    """
    from matchmaker.survey import write_template

    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"'{out}': the template is a workbook, such as survey.xlsx.")
    if db is None and (products or enterprise or all_answers):
        raise click.UsageError("--products, --enterprise and --all-answers need --db DB.")
    if all_answers and (products or enterprise):
        raise click.UsageError("--all-answers goes without --products and --enterprise.")
    frames = _stored(db, products, enterprise, lang, everyone=all_answers) if db else {}
    write_template(out, lang=lang, frames=frames, note=note)
    tell("cli.wrote", lang, path=out)


def _stored(
    db: str, products: Sequence[str], enterprise: str | None, lang: str, *, everyone: bool
) -> dict[str, pd.DataFrame]:
    """Frames to fill in: of one enterprise, of all, or the call sheet alone."""
    from matchmaker.store import Store
    from matchmaker.survey import answers_of, fill_in, make_call_sheet

    with Store(db) as store:
        data = store.snapshot()
    frames = answers_of(data, enterprise) if enterprise or everyone else {}
    if products:
        codes = [code for product in products for code in product.split(",")]
        sheet = make_call_sheet(data.frames, codes, lang=lang)
        frames["answers"] = fill_in(sheet, frames) if enterprise else sheet
    return frames
