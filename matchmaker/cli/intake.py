"""Verbs of intake: `init`, `import`, `issues`, `rows`, `show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matchmaker.cli.shared import Answer, database, emit, language, output_formats

if TYPE_CHECKING:
    from matchmaker.model import Issue


@click.command()
@database
def init(database: str) -> None:
    """Make an empty database.

    DB must not exist yet.
    """
    from matchmaker.store import Store

    if Path(database).exists():
        raise click.UsageError(f"{database} exists already; choose another name or delete it.")
    with Store(database, create=True):
        click.echo(f"Made {database}.", err=True)


@click.command("import")
@database
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--dry-run", is_flag=True, help="Read and check, but store nothing.")
@click.option("--strict", is_flag=True, help="Store nothing when there is an error.")
@language
def import_(database: str, files: tuple[str, ...], dry_run: bool, strict: bool, lang: str) -> None:
    """Read survey workbooks, CSV files or folders into the database.

    Good rows go in, bad rows wait with their raw text; every problem is listed with its
    place and remedy. Importing the same file again changes nothing.
    """
    from matchmaker.codebook import say
    from matchmaker.model import Severity
    from matchmaker.store import Store
    from matchmaker.survey import read_survey

    with Store(database) as store:
        survey, issues = read_survey(*files, known=store.known())
        errors = sum(issue.severity is Severity.ERROR for issue in issues)
        for issue in issues:
            click.echo(_line(issue, lang), err=True)
        stored = not dry_run and not (strict and errors)
        if stored:
            for table, counts in store.add(survey, issues).tables.items():
                click.echo(
                    say(
                        "cli.imported",
                        lang,
                        table=table,
                        new=counts.new,
                        changed=counts.changed,
                        unchanged=counts.unchanged,
                    ),
                    err=True,
                )
    key = "cli.import-done" if stored else "cli.import-not-stored"
    click.echo(say(key, lang, errors=errors, warnings=len(issues) - errors), err=True)
    if errors and (strict or not any(len(frame) for frame in survey.frames.values())):
        raise SystemExit(1)


@click.command()
@database
@output_formats
@language
def issues(database: str, form: str | None, lang: str) -> None:
    """List what is wrong with the imported files, with place and remedy."""
    from matchmaker.codebook import describe, say
    from matchmaker.store import Store

    with Store(database) as store:
        found = store.issues()
    rows = []
    for issue in found:
        message, fix = describe(issue, lang)
        place = {"file": issue.file, "sheet": issue.sheet, "row": issue.row, "column": issue.column}
        rows.append(
            {
                "severity": issue.severity,
                "code": issue.code,
                **place,
                "value": issue.value,
                "place": _place(issue),
                "message": message,
                "fix": fix,
            }
        )
    headings = {key: say(f"cli.{key}", lang) for key in ("severity", "place", "message", "fix")}
    emit(Answer("issues", rows), form, headings, lang)


@click.command()
@database
@click.argument("table")
@output_formats
@language
def rows(database: str, table: str, form: str | None, lang: str) -> None:
    """Print the rows of a TABLE, such as enterprises, offers, items or bom."""
    from matchmaker.codebook import tables
    from matchmaker.errors import UnknownNameError
    from matchmaker.store import Store

    if table not in tables():
        raise UnknownNameError(table, tables())
    with Store(database) as store:
        frame = store.snapshot().table(table)
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    kept = [{str(name): value for name, value in row.items()} for row in records]
    headings = {"id": "id"} | {field.name: field.label(lang) for field in tables()[table].fields}
    emit(Answer(table, kept), form, headings, lang)


@click.command()
@database
@click.argument("id")
@output_formats
@language
def show(database: str, id: str, form: str | None, lang: str) -> None:
    """Show one row by its ID (firm:…, item:…, offer:…) with the cell of every value."""
    from matchmaker.codebook import say, tables
    from matchmaker.store import Store

    with Store(database) as store:
        table, _ = store.find(id)
        data = store.snapshot()
    frame = data.table(table)
    values = frame[frame["id"] == id].iloc[0]
    answered = [
        f
        for f in tables()[table].fields
        if values[f.name] is not None and values[f.name] == values[f.name]
    ]
    found = [
        {
            "field": field.name,
            "label": field.label(lang),
            "found": values[field.name],
            "unit": field.unit,
            "cell": str(data.cell(table, id, field.name)),
        }
        for field in answered
    ]
    headings = {key: say(f"cli.{key}", lang) for key in ("label", "found", "unit", "cell")}
    emit(Answer("row", found, {"id": id, "table": table, "values": found}), form, headings, lang)


def _place(issue: Issue) -> str:
    cell = f"{issue.column}{issue.row or ''}"
    return "!".join(filter(None, (issue.file, issue.sheet, cell)))


def _line(issue: Issue, lang: str) -> str:
    from matchmaker.codebook import describe

    message, fix = describe(issue, lang)
    return f"{issue.severity}: {_place(issue)}: {message}. {fix}. [{issue.code}]"
