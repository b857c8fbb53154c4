"""Verbs of intake: `init`, `import`, `issues`, `rows`, `show`; `history` has those of what was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.answers.history import change_row, now, print_changes, spell
from matchmaker.cli.shared.options import (
    answer_age,
    database,
    in_a_folder,
    in_utc,
    language,
    output_formats,
)
from matchmaker.cli.shared.output import Answer, headings_of, print_answer, tell

if TYPE_CHECKING:
    from matchmaker.model import Dataset, Issue, Survey
    from matchmaker.store import Added, Change, Store
    from matchmaker.survey import OpenPoints, Unanswered

SHOWN = ("label", "found", "cell")
"""Columns of the table that `show` prints."""


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
    from matchmaker.store import Store

    if database.exists():
        raise click.UsageError(f"{database} exists already; choose another name or delete it.")
    with Store(database, create=True):
        tell("cli.made", lang, path=database)


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
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False),
    metavar="M.toml",
    help="How columns, sheets, words and units of the files' own are to be read.",
)
@click.option(
    "--suggest-map", is_flag=True, help="Print a draft of such a mapping, and import nothing."
)
@click.option(
    "--at",
    type=click.DateTime(),
    callback=in_utc,
    help="When the files came, in UTC; by default now.",
)
@language
def import_(
    database: str,
    files: tuple[str, ...],
    dry_run: bool,
    strict: bool,
    marked: Path | None,
    map_file: str | None,
    suggest_map: bool,
    at: datetime | None,
    lang: str,
) -> None:
    """Read survey workbooks, CSV files or folders into the database.

    Good rows go in, bad rows wait with their raw text; every problem is listed with its
    place and remedy. Importing the same file again changes nothing; a corrected one changes
    what it says otherwise, and the earlier answers go into the history. A marked copy that comes
    back corrected is a newer edition of the file it was made of, whatever its name.
    """
    from matchmaker.store import Store
    from matchmaker.survey import check_target, draft_mapping, find_files

    if suggest_map:
        click.echo(draft_mapping(*files), nl=False)
        return
    if marked:
        check_target(find_files(files), marked)
    with Store(database) as store:
        survey, issues = _read(store, files, map_file, lang)
        errors = _count_errors(issues)
        stored = not dry_run and not (strict and errors)
        if stored:
            _print_added(store.add(survey, issues, time=at or now()), lang)
    if marked:
        _write_marked(files, issues, marked, lang)
    _print_end(issues, lang, stored=stored)
    if errors and (strict or not any(len(frame) for frame in survey.frames.values())):
        raise SystemExit(1)


def _read(
    store: Store, files: Sequence[str], map_file: str | None, lang: str
) -> tuple[Survey, Sequence[Issue]]:
    """Read files as a mapping says, and say what is wrong with them and what they are."""
    from matchmaker.survey import find_files, read_mapping, read_survey

    mapping = read_mapping(map_file) if map_file else None
    survey, found = read_survey(*files, known=store.known(), mapping=mapping)
    issues = store.still_open(survey, found)
    for issue in issues:
        click.echo(line(issue, lang), err=True)
    named = {name for name, _ in find_files(files)}
    for name in sorted({file.name for file in survey.files} - named):
        tell("cli.edition", lang, file=name)
    return survey, issues


def _count_errors(issues: Sequence[Issue]) -> int:
    from matchmaker.model import Severity

    return sum(issue.severity is Severity.ERROR for issue in issues)


def _print_end(issues: Sequence[Issue], lang: str, *, stored: bool) -> None:

    key = "cli.import-done" if stored else "cli.import-not-stored"
    errors = _count_errors(issues)
    tell(key, lang, errors=errors, warnings=len(issues) - errors)


def _write_marked(files: Sequence[str], issues: Sequence[Issue], out: Path, lang: str) -> None:
    from matchmaker.survey import write_marked

    written = write_marked(files, issues, out, lang=lang)
    for path in written:
        tell("cli.wrote", lang, path=path)
    if not written:
        tell("cli.nothing-marked", lang)


def _print_added(added: Added, lang: str) -> None:
    from matchmaker.codebook import say, tables

    for name, rows in added.tables.items():
        told = say(
            "cli.imported",
            lang,
            table=tables()[name].label(lang),
            new=rows.new,
            changed=rows.changed,
            unchanged=rows.unchanged,
        )
        click.echo(told, err=True)
    if added.changed_values:
        tell("cli.import-changed", lang, values=added.changed_values)
    if added.kept_values:
        tell("cli.import-kept", lang, values=added.kept_values)
    if added.left_out:
        tell("cli.import-left-out", lang, count=added.left_out)


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
@answer_age
@output_formats
@language
def issues(
    database: str,
    letters: Path | None,
    signed: str,
    unanswered: bool,
    months: int,
    as_of: date,
    form: str | None,
    lang: str,
) -> None:
    """List what is wrong with the imported files, firm by firm, with place and remedy.

    Answers older than --months are among them. A letter also asks for what was not answered
    where it matters. It holds what its firm sent and nothing of any other.
    """
    from matchmaker.codebook import say, tables
    from matchmaker.store import Store
    from matchmaker.survey import find_open_points

    with Store(database) as store:
        found_issues = [*store.issues(), *store.old_answers(as_of, months=months)]
        points = find_open_points(store.rows(tables()), found_issues, store.quarantine())
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
    print_answer(answer, form, headings, lang)


def _write_letters(points: Sequence[OpenPoints], folder: Path, lang: str, signed: str) -> None:
    """Write a text file a firm; what belongs to no firm is for the organiser and in no letter."""
    from matchmaker.survey import write_letter

    folder.mkdir(parents=True, exist_ok=True)
    for one in points:
        if one.enterprise:
            path = folder / f"{re.sub(r'[^0-9A-Za-zА-Яа-яЁё-]+', '_', one.enterprise)}.txt"
            path.write_text(write_letter(one, lang=lang, signed=signed), encoding="utf-8")
            tell("cli.wrote", lang, path=path)


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
    from matchmaker.survey import asked_values

    if table not in tables():
        raise UnknownNameError(table, tables())
    with Store(database) as store:
        found = store.rows([table]).records(table)
    fields = tables()[table].fields
    headings = {"id": "id"} | {field.name: field.label(lang) for field in fields}
    columns = {name: [row[name] for row in found] for name in headings}
    asked = (asked_values(field, columns[field.name], lang) for field in fields)
    words = zip(columns["id"], *asked, strict=True)
    told = [dict(zip(headings, row, strict=True)) for row in words]
    print_answer(Answer(table, found, told=told), form, headings, lang)


@click.command()
@database
@click.argument("id")
@click.option("--history", "earlier", is_flag=True, help="Add earlier answers, when and where.")
@output_formats
@language
def show(database: str, id: str, earlier: bool, form: str | None, lang: str) -> None:
    """Show one row by its ID (firm:…, item:…, offer:…) with the cell of every value.

    With --history, of an enterprise all its rows count; `--nl` and `--csv` then have the
    earlier answers alone.

    The table for people shows values as the survey asks for them, `--json` as the program
    counts: quantities per year.
    """
    from matchmaker.store import Store

    with Store(database) as store:
        table, row = store.find(id)
        data = store.snapshot()
        if row["id"] != id:
            tell("cli.merged-instead", lang, asked=id, id=row["id"])
        id = row["id"]
        time, own = store.place(id)
        changes = store.changes([id]) if earlier else []
    if earlier and form in {"nl", "csv"}:
        print_changes(changes, form, lang)
        return
    found, told = _values(data, table, id, lang)
    beside = [dict(zip(("heading", "cell", "text"), one, strict=True)) for one in own]
    document = {"id": id, "table": table, "time": time, "values": found, "own": beside}
    if earlier:
        document["history"] = [change_row(change) for change in changes]
    told += [_own_row(one, lang) for one in beside]
    print_answer(Answer("row", found, document, told), form, headings_of(SHOWN, lang), lang)
    if form is None:
        _print_when(time, lang)
    if earlier and form is None:
        _print_history(changes, lang)


def _values(
    data: Dataset, table: str, id: str, lang: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Answered fields of a row with their cells, as counted and in words."""
    from matchmaker.codebook import tables
    from matchmaker.survey import asked

    frame = data.table(table)
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
        row | {"label": field.label(lang), "found": spell(asked(field, frame, lang)[0], lang)}
        for field, row in zip(answered, found, strict=True)
    ]
    return found, told


def _own_row(own: Mapping[str, str], lang: str) -> dict[str, Any]:
    """Row in words of a column that is the sender's own."""
    from matchmaker.codebook import say

    label = say("cli.own", lang, heading=own["heading"])
    return {"label": label, "found": own["text"], "cell": own["cell"]}


def _print_history(changes: Sequence[Change], lang: str) -> None:
    from matchmaker.codebook import say

    click.echo("\n" + say("cli.history", lang))
    print_changes(changes, None, lang)


def _print_when(time: str, lang: str) -> None:
    from matchmaker.codebook import say

    if time:
        click.echo("\n" + say("cli.stated", lang, time=time))


def _place(issue: Issue) -> str:
    cell = f"{issue.column}{issue.row or ''}"
    return "!".join(filter(None, (issue.file, issue.sheet, cell)))


def line(issue: Issue, lang: str) -> str:
    """Issue in one line: severity, place, what was found, what to do, code."""
    from matchmaker.codebook import describe, say, sentence

    message, fix = map(sentence, describe(issue, lang))
    severity = say(f"cli.severity.{issue.severity}", lang)
    return f"{severity}: {_place(issue)}: {message} {fix} [{issue.code}]"
