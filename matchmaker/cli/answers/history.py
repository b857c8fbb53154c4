"""Verbs of history: `history`, `left-out`, `drop`, and what `show --history` adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import database, language, output_formats
from matchmaker.cli.shared.output import Answer, figure, headings_of, print_answer, tell

if TYPE_CHECKING:
    from matchmaker.store import Change, LeftOut

COLUMNS = {
    "since": "since",
    "id": "row",
    "label": "label",
    "change": "change",
    "before": "before",
    "after": "after",
    "cell": "old-cell",
    "source": "source",
}
"""Columns of the table of changes, and the phrases over them."""

LEFT_OUT = {"id": "row", "table": "label", "cell": "cell", "time": "time", "since": "since"}


def now() -> datetime:
    """Time of an import or a deletion."""
    return datetime.now(UTC)


@click.command()
@database
@click.argument("ids", metavar="[ID…]", nargs=-1)
@click.option("--since", default="", metavar="TIME", help="Only changes since then: 2026-11-01.")
@output_formats
@language
def history(database: str, ids: tuple[str, ...], since: str, form: str | None, lang: str) -> None:
    """List answers that newer ones contradict, with where and when both were given.

    An ID of an enterprise (firm:…) stands for all its rows, any other for that row alone.
    The newest change comes last.
    """
    from matchmaker.store import Store

    with Store(database) as store:
        found = [change for change in store.changes(ids) if change.since >= since]
    print_changes(found, form, lang)


def print_changes(changes: Sequence[Change], form: str | None, lang: str) -> None:
    """Print changes as table, JSON, JSON lines or CSV."""
    rows = [change_row(change) for change in changes]
    told = [_change_in_words(change, row, lang) for change, row in zip(changes, rows, strict=True)]
    print_answer(
        Answer("changes", rows, told=told, nothing="cli.no-changes"),
        form,
        _headings(COLUMNS, lang),
        lang,
    )


def _headings(columns: Mapping[str, str], lang: str) -> dict[str, str]:
    words = headings_of(list(columns.values()), lang)
    return {key: words[phrase] for key, phrase in columns.items()}


def change_row(change: Change) -> dict[str, Any]:
    """Fields of a change, with what kind of change it is."""
    return {
        "since": change.since,
        "id": change.id,
        "table": change.table,
        "field": change.field,
        "change": _kind(change),
        "before": change.before,
        "after": change.after,
        "cell": change.cell,
        "source": change.source,
        "time": change.time,
    }


def _kind(change: Change) -> str:
    if change.before is None:
        return "added"
    return "withdrawn" if change.after is None else "changed"


def _change_in_words(change: Change, row: dict[str, Any], lang: str) -> dict[str, Any]:
    """Row in words: values as the survey asks for them."""
    from matchmaker.codebook import say, tables
    from matchmaker.survey import asked_values

    field = tables()[change.table].field(change.field)
    values = asked_values(field, (change.before, change.after), lang)
    before, after = (spell(value, lang) for value in values)
    kind = say(f"cli.change.{row['change']}", lang)
    words = {"label": field.label(lang), "change": kind, "before": before, "after": after}
    return row | words


def spell(value: str | float | None, lang: str) -> str:
    """Value as text, for figures that stand beside texts; empty where there is none."""
    if isinstance(value, float):
        return str(figure(value, lang))
    return "" if value is None else value


@click.command("left-out")
@database
@output_formats
@language
def left_out(database: str, form: str | None, lang: str) -> None:
    """List rows that the newest edition of their file no longer has.

    They are kept until `drop` deletes them. A row whose new wording waits with an error
    (`issues`) is not among them.
    """
    from matchmaker.codebook import tables
    from matchmaker.store import Store

    with Store(database) as store:
        found = store.left_out()
    rows = [_left_out_row(row) for row in found]
    told = [row | {"table": tables()[row["table"]].label(lang)} for row in rows]
    answer = Answer("left_out", rows, told=told, nothing="cli.no-left-out")
    print_answer(answer, form, _headings(LEFT_OUT, lang), lang)


def _left_out_row(row: LeftOut) -> dict[str, Any]:
    return {
        "id": row.id,
        "table": row.table,
        "enterprise": row.enterprise,
        "cell": f"{row.file}!{row.sheet}!{row.row}",
        "time": row.time,
        "since": row.since,
    }


@click.command()
@database
@click.argument("ids", metavar="[ID…]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every row that is left out.")
@language
def drop(database: str, ids: tuple[str, ...], everything: bool, lang: str) -> None:
    """Delete rows that the newest edition of their file leaves out.

    What they said stays in the history. Rows that other rows refer to are not deleted.
    """
    from matchmaker.store import Store

    if bool(ids) == everything:
        raise click.UsageError("Name the IDs that 'matchmaker left-out' lists, or say --all.")
    with Store(database) as store:
        chosen: Iterable[str] = (row.id for row in store.left_out()) if everything else ids
        count = store.drop(list(chosen), time=now())
    tell("cli.dropped", lang, count=count)
