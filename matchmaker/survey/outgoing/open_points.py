"""Open points: what is wrong in a firm's answers and what it did not answer, firm by firm.

An issue belongs to the firm whose row it is about; one about a sheet or a file belongs to a firm
only where the file is about that firm alone. An empty cell is not a "no": it is listed where it
matters, with the reason, and an empty cell that changes nothing is left in peace.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.codebook import Field, Table, phrase_keys, say, tables
from matchmaker.model import Dataset, Issue, Quarantined
from matchmaker.survey.cells.registrations import restore_zero
from matchmaker.survey.quarantine import raw_text

WHY = "letter.why."
"""Start of the phrases that say why an answer matters: `letter.why.offers.capacity`."""

NONE = "letter.none."
"""Start of the phrases that say why answers to a whole sheet matter: `letter.none.offers`."""

Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows by table, and `columns`, as a dataset has them; None where a value is missing."""

    rows: Mapping[str, list[dict[str, Any]]]
    columns: Mapping[tuple[str, str], Mapping[str, str]]

    def records(self, name: str) -> list[dict[str, Any]]:
        """Rows of one table; treat them as read-only."""
        return self.rows[name]


Stored = Dataset | StoredRows


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
    data: Stored, issues: Iterable[Issue], quarantine: Sequence[Quarantined]
) -> list[OpenPoints]:
    """What is open, firm by firm in order of tax numbers; first what belongs to no firm.

    Parameters
    ----------
    data, issues, quarantine
        What the store has: `snapshot()` or `rows()` of all tables, `issues()`, `quarantine()`.
    """
    stored = dict(_stored_owners(data))
    accepted = Counter(stored.values())
    owners = _owners(stored, quarantine, _files_of_the_organiser(data, quarantine))
    found: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        found[_owner(issue, owners)].append(issue)
    known = _known_firms(data, quarantine)
    empty = _unanswered(data, quarantine)
    points = [
        OpenPoints(
            firm,
            *known.get(firm, ("", "")),
            accepted[firm],
            tuple(found.get(firm, ())),
            tuple(empty.get(firm, ())),
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


def _asked() -> list[Table]:
    return [table for table in tables().values() if table.part == "survey"]


def _stored_owners(data: Stored) -> Iterator[tuple[Place, str]]:
    for table in _asked():
        for row in data.records(table.name):
            yield (row["file"], row["sheet"], row["row"]), row["enterprise"]


def _number(row: Quarantined) -> str:
    """Tax number that a row with errors gives; empty when it gives none."""
    return restore_zero(raw_text(row, "enterprise"))


def _files_of_the_organiser(data: Stored, quarantine: Sequence[Quarantined]) -> set[str]:
    """Files that hold rows of the catalogue: no firm has sent them."""
    catalogue = {table.name for table in tables().values()} - {table.name for table in _asked()}
    stored = {row["file"] for name in catalogue for row in data.records(name)}
    return stored | {row.file for row in quarantine if row.table in catalogue}


def _owners(
    stored: Mapping[Place, str], quarantine: Sequence[Quarantined], others: Collection[str]
) -> dict[Place, str]:
    """Firms by row, and by file (sheet "", row 0) where a file is about one firm alone."""
    waiting = {(row.file, row.sheet, row.row): _number(row) for row in quarantine}
    rows = dict(stored) | {place: firm for place, firm in waiting.items() if firm}
    firms: dict[str, set[str]] = defaultdict(set)
    for (file, _, _), firm in rows.items():
        firms[file].add(firm)
    one_firm = {file: found for file, found in firms.items() if len(found) == 1}
    lone = {file: min(found) for file, found in one_firm.items() if file not in others}
    nameless = {place: lone[place[0]] for place in waiting if place[0] in lone}
    return {(file, "", 0): firm for file, firm in lone.items()} | nameless | rows


def _known_firms(data: Stored, quarantine: Sequence[Quarantined]) -> dict[str, tuple[str, str]]:
    """Names and contacts by tax number, of stored firms and of those whose row has errors."""
    waiting = {
        _number(row): (raw_text(row, "name"), raw_text(row, "contact"))
        for row in quarantine
        if row.table == "enterprises"
    }
    return waiting | {
        one["enterprise"]: (one["name"], one["contact"] or "")
        for one in data.records("enterprises")
    }


def _unanswered(data: Stored, quarantine: Sequence[Quarantined]) -> dict[str, list[Unanswered]]:
    """What stored firms left empty, in the order of the survey."""
    found: dict[str, list[Unanswered]] = {
        row["enterprise"]: [] for row in data.records("enterprises")
    }
    reasons = {key.removeprefix(WHY) for key in phrase_keys(WHY)}
    for table in _asked():
        answered = {row["enterprise"] for row in data.records(table.name)}
        if f"{NONE}{table.name}" in phrase_keys(NONE):
            waiting = {_number(row) for row in quarantine if row.table == table.name}
            for firm in found.keys() - waiting - answered:
                found[firm].append(Unanswered(table.name))
        for field in table.fields:
            if f"{table.name}.{field.name}" in reasons:
                for firm, point in _empty_cells(data, table, field):
                    found[firm].append(point)
    return found


def _empty_cells(data: Stored, table: Table, field: Field) -> Iterator[tuple[str, Unanswered]]:
    """Firms with the cells of a column that they left empty, one point a sheet."""
    subject = _subject(table)
    rows: dict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in data.records(table.name):
        if row[field.name] is None:
            place = row["enterprise"], row["file"], row["sheet"]
            rows[place].append((row["row"], row[subject] or ""))
    for (firm, file, sheet), found in sorted(rows.items()):
        column = data.columns.get((file, sheet), {}).get(field.name, "")
        yield firm, Unanswered(table.name, field.name, file, sheet, column, tuple(sorted(found)))


def why_asked(point: Unanswered, lang: str) -> str:
    """Why the answer matters, in a sentence for the firm."""
    key = f"{WHY}{point.table}.{point.field}" if point.field else f"{NONE}{point.table}"
    return say(key, lang)


def _subject(table: Table) -> str:
    """Field that says what a row is about: the product, the process, the name."""
    names = {field.name for field in table.fields}
    first = next(field.name for field in table.fields if field.type == "text")
    return "product" if "product" in names else first
