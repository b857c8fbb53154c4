"""Open points: what is wrong in a firm's answers and what it did not answer, firm by firm.

An issue belongs to the firm whose row it is about; one about a sheet or a file belongs to a firm
only where the file is about that firm alone. An empty cell is not a "no": it is listed where it
matters, with the reason, and an empty cell that changes nothing is left in peace.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from matchmaker.codebook import Field, Table, phrase_keys, tables
from matchmaker.model import PLACE, Dataset, Issue, Quarantined
from matchmaker.survey.headers import field_named
from matchmaker.survey.registrations import restore_zero

WHY = "letter.why."
"""Start of the phrases that say why an answer matters: `letter.why.offers.capacity`."""

NONE = "letter.none."
"""Start of the phrases that say why answers to a whole sheet matter: `letter.none.offers`."""

WAITING = "enterprise-waits"
"""Issue that nobody but the firm's own row can settle."""

Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Cells of one column, or a whole sheet, that a firm left empty although it matters.

    `rows` are the rows and what they are about; `field` is empty where nothing of the table was
    answered at all.
    """

    table: str
    field: str = ""
    file: str = ""
    sheet: str = ""
    column: str = ""
    rows: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OpenPoints:
    """What is open with one firm; `enterprise` is empty for what belongs to none.

    Attributes
    ----------
    enterprise, name, contact
        As the firm gave them, be it in a row that was not accepted.
    accepted
        How many of its rows are stored.
    """

    enterprise: str
    name: str
    contact: str
    accepted: int
    issues: tuple[Issue, ...]
    unanswered: tuple[Unanswered, ...]


def find_open_points(
    data: Dataset, issues: Iterable[Issue], quarantine: Sequence[Quarantined]
) -> list[OpenPoints]:
    """What is open, firm by firm in order of tax numbers; first what belongs to no firm.

    Parameters
    ----------
    data, issues, quarantine
        What the store has: `snapshot()`, `issues()` and `quarantine()`.
    """
    waiting = {_place(row): _number(row) for row in quarantine}
    owners = dict(_stored_owners(data)) | {place: firm for place, firm in waiting.items() if firm}
    owners = _of_lone_firms(owners, waiting)
    found: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        found[_owner(issue, owners)].append(issue)
    known = _known_firms(data, quarantine)
    accepted = Counter(firm for _, firm in _stored_owners(data))
    points = [
        OpenPoints(
            firm,
            *known.get(firm, ("", "")),
            accepted[firm],
            tuple(found[firm]),
            tuple(_unanswered(data, firm, quarantine)) if accepted[firm] else (),
        )
        for firm in sorted({*found, *known})
    ]
    return [one for one in points if one.issues or one.unanswered]


def _owner(issue: Issue, owners: Mapping[Place, str]) -> str:
    """Firm that an issue is about; a row that only repeats another one is about the same firm."""
    places = [(issue.file, issue.sheet, issue.row), (issue.file, "", 0)]
    file, _, rest = issue.details.get("other", "").partition("!")
    sheet, _, row = rest.rpartition("!")
    if row.isdecimal():
        places.insert(1, (file, sheet, int(row)))
    return next((owners[place] for place in places if place in owners), "")


def _place(row: Quarantined) -> Place:
    return row.file, row.sheet, row.row


def _asked() -> list[Table]:
    return [table for table in tables().values() if table.part == "survey"]


def _stored_owners(data: Dataset) -> Iterator[tuple[Place, str]]:
    for table in _asked():
        frame = data.table(table.name)
        places = zip(*(frame[name] for name in PLACE), strict=True)
        yield from zip(places, frame["enterprise"], strict=True)


def _number(row: Quarantined) -> str:
    """Tax number that a row with errors gives; empty when it gives none."""
    return restore_zero(_told(row, "enterprise"))


def _told(row: Quarantined, name: str) -> str:
    """Raw text of a field; empty when the row or its table has none."""
    for heading, text in row.raw.items():
        field = field_named(row.table, heading)
        if field is not None and field.name == name:
            return text
    return ""


def _of_lone_firms(owners: Mapping[Place, str], waiting: Iterable[Place]) -> dict[Place, str]:
    """Owners, with whole files and all their rows where they are about one firm alone."""
    firms: dict[str, set[str]] = defaultdict(set)
    for (file, _, _), firm in owners.items():
        firms[file].add(firm)
    lone = {file: next(iter(found)) for file, found in firms.items() if len(found) == 1}
    rows = {place: lone[place[0]] for place in waiting if place[0] in lone}
    return {(file, "", 0): firm for file, firm in lone.items()} | rows | dict(owners)


def _known_firms(data: Dataset, quarantine: Sequence[Quarantined]) -> dict[str, tuple[str, str]]:
    """Names and contacts by tax number, of stored firms and of those whose row has errors."""
    waiting = {
        _number(row): (_told(row, "name"), _told(row, "contact"))
        for row in quarantine
        if row.table == "enterprises"
    }
    stored = data.table("enterprises")
    return waiting | {
        row["enterprise"]: (row["name"], row["contact"] if pd.notna(row["contact"]) else "")
        for row in stored.to_dict("records")
    }


def _unanswered(
    data: Dataset, firm: str, quarantine: Sequence[Quarantined]
) -> Iterator[Unanswered]:
    """What one firm left empty, in the order of the survey."""
    waiting = {row.table for row in quarantine if _number(row) == firm}
    reasons = {key.removeprefix(WHY) for key in phrase_keys(WHY)}
    for table in _asked():
        frame = data.table(table.name)
        own = frame[frame["enterprise"] == firm]
        if own.empty and table.name not in waiting and f"{NONE}{table.name}" in phrase_keys(NONE):
            yield Unanswered(table.name)
        for field in table.fields:
            if f"{table.name}.{field.name}" in reasons:
                yield from _empty_cells(data, table, field, own[own[field.name].isna()])


def _empty_cells(
    data: Dataset, table: Table, field: Field, rows: pd.DataFrame
) -> Iterator[Unanswered]:
    for file, sheet in sorted(set(zip(rows["file"], rows["sheet"], strict=True))):
        part = rows[(rows["file"] == file) & (rows["sheet"] == sheet)]
        column = data.columns.get((file, sheet), {}).get(field.name, "")
        named = zip(part["row"], part[_subject(table)], strict=True)
        about = sorted((int(row), "" if pd.isna(text) else str(text)) for row, text in named)
        yield Unanswered(table.name, field.name, file, sheet, column, tuple(about))


def _subject(table: Table) -> str:
    """Field that says what a row is about: the product, the process, the name."""
    names = {field.name for field in table.fields}
    first = next(field.name for field in table.fields if field.type == "text")
    return "product" if "product" in names else first
