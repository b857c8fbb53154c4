"""Verbs of intake: `init`, `import`, `issues`, `rows`, `show`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.options import database, in_a_folder, language, output_formats
from matchmaker.cli.shared import Answer, emit, figure

if TYPE_CHECKING:
    from matchmaker.model import Issue
    from matchmaker.store import Counts
    from matchmaker.survey import OpenPoints, Unanswered


@click.command()
@click.argument(
    "database",
    metavar="DB",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
)
@language
def init(database: Path, lang: str) -> None:
    """Make an empty database.

    DB must not exist yet.
    """
    from matchmaker.codebook import say
    from matchmaker.store import Store

    if database.exists():
        raise click.UsageError(f"{database} exists already; choose another name or delete it.")
    with Store(database, create=True):
        click.echo(say("cli.made", lang, path=database), err=True)


@click.command("import")
@database
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--dry-run", is_flag=True, help="Read and check, but store nothing.")
@click.option("--strict", is_flag=True, help="Store nothing when there is an error.")
@click.option(
    "--marked",
    type=click.Path(path_type=Path),
    metavar="OUT.xlsx",
    callback=in_a_folder,
    help="Write the file back with its wrong cells marked; of several files, into this folder.",
)
@language
def import_(
    database: str,
    files: tuple[str, ...],
    dry_run: bool,
    strict: bool,
    marked: Path | None,
    lang: str,
) -> None:
    """Read survey workbooks, CSV files or folders into the database.

    Good rows go in, bad rows wait with their raw text; every problem is listed with its
    place and remedy. Importing the same file again changes nothing. A marked copy that comes
    back corrected is a newer edition of the file it was made of, whatever its name.
    """
    from matchmaker.codebook import say
    from matchmaker.model import Severity
    from matchmaker.store import Store
    from matchmaker.survey import check_target, find_files, read_survey

    named = find_files(files)
    if marked:
        check_target(named, marked)
    with Store(database) as store:
        survey, issues = read_survey(*files, known=store.known())
        errors = sum(issue.severity is Severity.ERROR for issue in issues)
        for issue in issues:
            click.echo(_line(issue, lang), err=True)
        for name in sorted({file.name for file in survey.files} - {name for name, _ in named}):
            click.echo(say("cli.edition", lang, file=name), err=True)
        stored = not dry_run and not (strict and errors)
        if stored:
            _tell_counts(store.add(survey, issues).tables, lang)
    if marked:
        _write_marked(files, issues, marked, lang)
    key = "cli.import-done" if stored else "cli.import-not-stored"
    click.echo(say(key, lang, errors=errors, warnings=len(issues) - errors), err=True)
    if errors and (strict or not any(len(frame) for frame in survey.frames.values())):
        raise SystemExit(1)


def _write_marked(files: Sequence[str], issues: Sequence[Issue], out: Path, lang: str) -> None:
    from matchmaker.codebook import say
    from matchmaker.survey import write_marked

    written = write_marked(files, issues, out, lang=lang)
    for path in written:
        click.echo(say("cli.wrote", lang, path=path), err=True)
    if not written:
        click.echo(say("cli.nothing-marked", lang), err=True)


def _tell_counts(counts: Mapping[str, Counts], lang: str) -> None:
    from matchmaker.codebook import say, tables

    for name, rows in counts.items():
        line = say(
            "cli.imported",
            lang,
            table=tables()[name].label(lang),
            new=rows.new,
            changed=rows.changed,
            unchanged=rows.unchanged,
        )
        click.echo(line, err=True)


@click.command()
@database
@click.option(
    "--letters",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a letter to every firm into this folder, asking for what is open.",
)
@click.option("--signed", default="", help="Who signs the letters.")
@click.option(
    "--unanswered", is_flag=True, help="List also what was not answered although it matters."
)
@output_formats
@language
def issues(
    database: str,
    letters: Path | None,
    signed: str,
    unanswered: bool,
    form: str | None,
    lang: str,
) -> None:
    """List what is wrong with the imported files, firm by firm, with place and remedy.

    A letter also asks for what was not answered where it matters. It holds what its firm sent
    and nothing of any other.
    """
    from matchmaker.codebook import say
    from matchmaker.store import Store
    from matchmaker.survey import find_open_points

    with Store(database) as store:
        points = find_open_points(store.snapshot(), store.issues(), store.quarantine())
    if letters:
        _write_letters(points, letters, lang, signed)
    found = [
        {"enterprise": one.enterprise, "name": one.name} | row
        for one in points
        for row in _open_rows(one, lang, unanswered=unanswered)
    ]
    told = [row | {"severity": say(f"cli.severity.{row['severity']}", lang)} for row in found]
    keys = ("name", "severity", "place", "message", "fix")
    headings = {key: say(f"cli.{key}", lang) for key in keys}
    answer = Answer("issues", found, told=told, nothing="cli.no-issues")
    emit(answer, form, headings, lang)


def _write_letters(points: Sequence[OpenPoints], folder: Path, lang: str, signed: str) -> None:
    """Write a text file a firm; what belongs to no firm is for the organiser and in no letter."""
    from matchmaker.codebook import say
    from matchmaker.survey import write_letter

    folder.mkdir(parents=True, exist_ok=True)
    for one in points:
        if one.enterprise:
            path = folder / f"{re.sub(r'[^0-9A-Za-zА-Яа-яЁё-]+', '_', one.enterprise)}.txt"
            path.write_text(write_letter(one, lang=lang, signed=signed), encoding="utf-8")
            click.echo(say("cli.wrote", lang, path=path), err=True)


def _open_rows(points: OpenPoints, lang: str, *, unanswered: bool) -> list[dict[str, Any]]:
    """Issues of a firm, and one row for each of its empty cells that matter."""
    rows = [_issue_row(issue, lang) for issue in points.issues]
    if unanswered:
        rows += [row for one in points.unanswered for row in _empty_rows(one, lang)]
    return rows


def _empty_rows(point: Unanswered, lang: str) -> Iterator[dict[str, Any]]:
    """Rows for the empty cells of a column, or one for a whole empty sheet."""
    from matchmaker.codebook import say, tables
    from matchmaker.model import Issue, Severity
    from matchmaker.survey import why_asked

    table = tables()[point.table]
    label = table.field(point.field).label(lang) if point.field else table.label(lang)
    for row, about in point.rows or ((0, ""),):
        place = Issue("", Severity.WARNING, point.file, point.sheet or label, row, point.column)
        yield _row_of(place) | {
            "severity": "unanswered",
            "code": "unanswered",
            "value": about,
            "message": say("cli.not-answered", lang, field=label),
            "fix": why_asked(point, lang),
        }


def _issue_row(issue: Issue, lang: str) -> dict[str, Any]:
    from matchmaker.codebook import describe

    message, fix = describe(issue, lang)
    return _row_of(issue) | {"message": message, "fix": fix}


def _row_of(issue: Issue) -> dict[str, Any]:
    """Where an issue stands and what it is, without its words."""
    return {
        "severity": issue.severity.value,
        "code": issue.code,
        "file": issue.file,
        "sheet": issue.sheet,
        "row": issue.row,
        "column": issue.column,
        "value": issue.value,
        "place": _place(issue),
    }


@click.command()
@database
@click.argument("table")
@output_formats
@language
def rows(database: str, table: str, form: str | None, lang: str) -> None:
    """Print the rows of a TABLE, such as enterprises, offers, items or bom.

    The table for people shows answers as the survey asks for them: quantities per month.
    `--json`, `--nl` and `--csv` have them as the program counts: per year.
    """
    from matchmaker.codebook import tables
    from matchmaker.errors import UnknownNameError
    from matchmaker.store import Store
    from matchmaker.survey import asked

    if table not in tables():
        raise UnknownNameError(table, tables())
    with Store(database) as store:
        frame = store.snapshot().table(table)
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    fields = tables()[table].fields
    words = [frame["id"], *(asked(field, frame, lang) for field in fields)]
    headings = {"id": "id"} | {field.name: field.label(lang) for field in fields}
    told = [dict(zip(headings, row, strict=True)) for row in zip(*words, strict=True)]
    kept = [{str(name): value for name, value in row.items()} for row in records]
    emit(Answer(table, kept, told=told), form, headings, lang)


@click.command()
@database
@click.argument("id")
@output_formats
@language
def show(database: str, id: str, form: str | None, lang: str) -> None:
    """Show one row by its ID (firm:…, item:…, offer:…) with the cell of every value.

    The table for people shows values as the survey asks for them, `--json` as the program
    counts: quantities per year.
    """
    from matchmaker.codebook import say, tables
    from matchmaker.store import Store
    from matchmaker.survey import asked

    with Store(database) as store:
        table, row = store.find(id)
        data = store.snapshot()
    if row["id"] != id:
        click.echo(say("cli.merged-instead", lang, asked=id, id=row["id"]), err=True)
    id, frame = row["id"], data.table(table)
    frame = frame[frame["id"] == id]
    answered = [field for field in tables()[table].fields if frame[field.name].notna().all()]
    found = [
        {
            "field": field.name,
            "value": frame[field.name].iloc[0],
            "unit": field.unit,
            "cell": str(data.cell(table, id, field.name)),
        }
        for field in answered
    ]
    told = [
        row | {"label": field.label(lang), "found": _text(asked(field, frame, lang)[0], lang)}
        for field, row in zip(answered, found, strict=True)
    ]
    headings = {key: say(f"cli.{key}", lang) for key in ("label", "found", "cell")}
    document = {"id": id, "table": table, "values": found}
    emit(Answer("row", found, document, told), form, headings, lang)


def _text(value: str | float | None, lang: str) -> str:
    """Figures beside texts: all of them as text, at the left edge."""
    return str(figure(value, lang)) if isinstance(value, float) else str(value)


def _place(issue: Issue) -> str:
    cell = f"{issue.column}{issue.row or ''}"
    return "!".join(filter(None, (issue.file, issue.sheet, cell)))


def _line(issue: Issue, lang: str) -> str:
    from matchmaker.codebook import describe, say

    message, fix = describe(issue, lang)
    severity = say(f"cli.severity.{issue.severity}", lang)
    return f"{severity}: {_place(issue)}: {message}. {fix}. [{issue.code}]"
