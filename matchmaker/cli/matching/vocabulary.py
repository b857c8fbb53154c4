"""Verb of people's own words: `vocabulary`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import database, language, output_formats
from matchmaker.cli.shared.output import Answer, headings_of, print_answer

if TYPE_CHECKING:
    from matchmaker.matching.vocabulary.import_file import Fault
    from matchmaker.model import Decision

KEYS = ("kind", "text", "means", "by", "id")
FAILED = 1


@click.command()
@database
@click.argument(
    "file",
    metavar="[FILE.csv]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--by", default="", metavar="NAME", help="Who says so.")
@click.option("--at", default="", metavar="TIME", help="When, as ISO 8601; by default now.")
@output_formats
@language
def vocabulary(
    database: str, file: Path | None, by: str, at: str, form: str | None, lang: str
) -> None:
    """Say what your own words mean: read rules from FILE.csv, then list those that stand.

    \b
    FILE.csv has the columns kind, text and means (or вид, текст, значит), a row a rule:
      jargon    гнутик             труба гнутая        these words stand for those words
      process   гнём на станке     tube-bending        these words are this process
      material  люминь             алюминий            and so for item, certificate, okpd2,
      unit      погонаж            m                   okved2, unit and region

    Good rows are kept in the database and heeded by every later command, whoever writes the
    words; rows that are no rule are named with their remedy. A text that a file says
    differently about gets the new meaning. `matchmaker decide DB ID --undo` takes a rule back.
    """
    from matchmaker.cli.matching.decisions import now
    from matchmaker.matching.vocabulary.import_file import read_wordbook, replaced
    from matchmaker.store import Store

    faults: tuple[Fault, ...] = ()
    with Store(database) as store:
        if file:
            when = at or now()
            rules, faults = read_wordbook(file, store.snapshot(), by=by, at=when)
            for old in replaced(rules, store.decisions.history()):
                store.decisions.undo(old.subject, old.value, by=by, at=when)
            store.decisions.add(rules)
        stands = store.snapshot().decisions
    _show([one for one in stands if one.accepted and one.text], form, lang)
    for fault in faults:
        click.echo(_fault_in_words(fault, lang), err=True)
    if faults:
        raise SystemExit(FAILED)


def _show(rules: list[Decision], form: str | None, lang: str) -> None:
    from matchmaker.codebook import text_kind

    rows: list[dict[str, Any]] = [
        {
            "kind": text_kind(one.subject),
            "text": one.text,
            "means": one.value,
            "by": one.by,
            "id": one.id,
        }
        for one in rules
    ]
    print_answer(
        Answer("vocabulary", rows, nothing="cli.no-rules"), form, headings_of(KEYS, lang), lang
    )


def _fault_in_words(fault: Fault, lang: str) -> str:
    from matchmaker.codebook import say

    return say(
        f"vocabulary.{fault.why}",
        lang,
        line=str(fault.line),
        column=fault.column,
        value=fault.value,
        nearest=", ".join(fault.nearest) or "–",
    )
