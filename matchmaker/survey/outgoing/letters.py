"""Letters: what is open with a firm, asked for in a text that can be sent as it is.

Every point names its sheet, row and column, what stands there and what to do. A letter holds
what its firm sent and nothing of any other firm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill

from matchmaker.codebook import say, sentence, tables
from matchmaker.model import Issue, Severity
from matchmaker.survey.outgoing.issue_text import describe_to_sender, without_waiting
from matchmaker.survey.outgoing.open_points import OpenPoints, Unanswered, why_asked

WIDTH = 78
"""Letters in a line."""

MOST_ROWS = 12
"""Rows that one point names one by one."""

INDENT = "   "


def write_letter(points: OpenPoints, *, lang: str = "ru", signed: str = "") -> str:
    """Text of the letter that asks a firm for what is open.

    Parameters
    ----------
    points
        What is open with the firm.
    signed
        Who signs; the organiser of the survey when empty.
    """
    issues = without_waiting(points.issues)
    files = sorted({issue.file for issue in points.issues} | {u.file for u in points.unanswered})
    named = [file for file in files if file]
    parts = [
        _head(points, lang),
        say("letter.greeting", lang),
        say("letter.thanks", lang, accepted=points.accepted),
        *_wrong(issues, named, lang),
        *_empty(points.unanswered, named, lang),
        say("letter.reply", lang, files=", ".join(named) or "–"),
        f"{say('letter.regards', lang)}\n{signed or say('letter.organiser', lang)}",
    ]
    return "\n\n".join(map(_wrapped, parts)) + "\n"


def _wrapped(text: str) -> str:
    """Text with long lines broken; a broken line goes on where it began."""
    lines = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        indent = INDENT if line[:1].isdigit() else indent
        lines.append(fill(line, WIDTH, subsequent_indent=indent, break_long_words=False))
    return "\n".join(lines)


def _head(points: OpenPoints, lang: str) -> str:
    to = say("letter.to", lang, name=points.name or "–", number=points.enterprise)
    contact = [say("letter.contact", lang, contact=points.contact)] if points.contact else []
    return "\n".join([to, *contact, say("letter.subject", lang)])


def _wrong(issues: Sequence[Issue], files: Sequence[str], lang: str) -> Iterator[str]:
    for severity in Severity:
        found = [issue for issue in issues if issue.severity is severity]
        if found:
            yield say(f"letter.{severity}", lang, count=len(found))
            for number, issue in enumerate(found, start=1):
                yield f"{number}. {_about(issue, files, lang)}"


def _about(issue: Issue, files: Sequence[str], lang: str) -> str:
    message, fix = describe_to_sender(issue, lang)
    heading = issue.details.get("column_label", "")
    place = _place(issue.file if len(files) > 1 else "", issue.sheet, lang)
    place += [say("letter.row", lang, row=issue.row)] if issue.row else []
    place += [_column(issue.column, heading, lang)] if issue.column else []
    value = " ".join(issue.value.split())
    lines = [
        _capital(", ".join(place)) or issue.file,
        *([f"{INDENT}{say('letter.now', lang, value=value)}"] if value else []),
        f"{INDENT}{say('letter.found', lang, message=message)}",
        f"{INDENT}{say('letter.fix', lang, fix=sentence(fix))}",
    ]
    return "\n".join(lines)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _place(file: str, sheet: str, lang: str) -> list[str]:
    named = [say("letter.file", lang, file=file)] if file else []
    return named + ([say("letter.sheet", lang, sheet=sheet)] if sheet else [])


def _column(letters: str, heading: str, lang: str) -> str:
    lacking = "letter.column-lacking"
    key = lacking if not letters else "letter.column-named" if heading else "letter.column"
    return say(key, lang, column=letters, heading=heading)


def _empty(unanswered: Sequence[Unanswered], files: Sequence[str], lang: str) -> Iterator[str]:
    if unanswered:
        yield say("letter.empty", lang, count=len(unanswered))
        yield say("letter.empty-note", lang)
    for number, point in enumerate(unanswered, start=1):
        yield f"{number}. {_asked(point, files, lang)}"


def _asked(point: Unanswered, files: Sequence[str], lang: str) -> str:
    table = tables()[point.table]
    if not point.field:
        sheet = say("letter.sheet", lang, sheet=table.label(lang))
        return f"{_capital(sheet)}\n{INDENT}{why_asked(point, lang)}"
    place = _place(point.file if len(files) > 1 else "", point.sheet, lang)
    place.append(_column(point.column, table.field(point.field).label(lang), lang))
    why = why_asked(point, lang)
    return f"{_capital(', '.join(place))}\n{INDENT}{_rows(point, lang)}\n{INDENT}{why}"


def _rows(point: Unanswered, lang: str) -> str:
    rows = [say("letter.one-row", lang, row=row, about=about) for row, about in point.rows]
    more = len(rows) - MOST_ROWS
    rest = [say("letter.more", lang, count=more)] if more > 0 else []
    return say("letter.rows", lang, rows="; ".join([*rows[:MOST_ROWS], *rest]))
