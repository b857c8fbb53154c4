"""The nouns of the survey: cells, issues, surveys, decisions and the frozen dataset.

Every room to the right speaks in these values. They are frozen; the frames inside
are treated as read-only. Money is RUB without VAT, quantities are in the item's own
unit per year, hours are hours per year, shares lie in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from textwrap import shorten
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from matchmaker.errors import BadValueError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

PLACE = ("file", "sheet", "row")
"""Columns of every survey frame that say where a row came from."""

DECIDED = ("offer:", "need:", "capability:", "firm:", "text:")
"""What a person may decide about, by the start of its id."""

MANIFOLD = ("firm:", "capability:")
"""Of these, several values may be accepted at once."""


class Severity(StrEnum):
    """How bad an issue is: an error keeps the row out, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Role(StrEnum):
    """Standing of an enterprise towards the cluster."""

    MEMBER = "member"
    INTERESTED = "interested"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A place in a survey file; `row` counts from 1 as spreadsheets do."""

    file: str
    sheet: str
    row: int
    column: str = ""

    def __str__(self) -> str:
        return f"{self.file}!{self.sheet}!{self.column}{self.row}"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong with a survey: what, where, and what the remedy needs to know.

    The sentences, Russian and English, come from `codebook.describe(issue, lang)`;
    `details` fills their blanks. `row` 0 speaks of the sheet, `sheet` "" of the file.
    """

    code: str
    severity: Severity
    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its name and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column that the survey does not ask for, kept as it stands.

    `texts[0]` stands in row `first`; None where there is no text that can be kept.
    """

    letter: str
    heading: str
    first: int
    texts: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class SourceSheet:
    """A sheet that was read as a table; `columns` maps fields to column letters.

    `own` are the columns that are the sender's own.
    """

    file: str
    sheet: str
    table: str
    columns: Mapping[str, str]
    own: tuple[OwnColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row kept out by errors, with its raw text by column heading.

    `key` has the values of its table's key; None where a cell of the key is wrong.
    """

    file: str
    sheet: str
    row: int
    table: str
    raw: Mapping[str, str]
    key: Mapping[str, str | float | None] | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reading brought: good rows by table, bad rows, and their places.

    `frames[table]` has the columns of the codebook's fields plus `file`, `sheet`, `row`.
    `blank_fields[table]` is a boolean frame of the same rows, a column for each field: whether
    its cell is empty or its column lacking; of a table without one every cell was filled.
    """

    files: tuple[SourceFile, ...]
    sheets: tuple[SourceSheet, ...]
    frames: Mapping[str, pd.DataFrame]
    quarantine: tuple[Quarantined, ...] = ()
    blank_fields: Mapping[str, pd.DataFrame] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """What was read, a line for each table, and how to go on."""
        names = ", ".join(file.name for file in self.files) or "no file"
        return "\n".join(
            [
                f"Survey of {shorten(names, 80, placeholder=' …')}",
                *(f"  {table}: {len(frame)} rows" for table, frame in self.frames.items()),
                f"  waiting in quarantine: {len(self.quarantine)} rows",
                "The issues returned beside it say what is wrong, where, and what to do.",
                "Keep both: Store(path, create=True).add(survey, issues)",
            ]
        )


class Judgement(StrEnum):
    """What a person says of a proposal."""

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided: whether a subject is, or has, a value.

    Attributes
    ----------
    subject
        Typed id: an answer (`offer:…`, `need:…`, `capability:…`), an enterprise (`firm:…`), or
        a text with the kind of value that it stands for (`text:process:…`).
    value
        `item:…`; of a text, a value of its kind.
    by, reason
        Who decided, and why.
    at
        When, as ISO 8601; told by the caller.
    text
        What was written, evened out; of a text only.
    undone_by, undone_at
        Who took it back, and when; empty while it is not taken back.
    number
        Place in the history, from 1; 0 before it is stored.
    """

    subject: str
    value: str
    verdict: Judgement
    by: str = ""
    reason: str = ""
    at: str = ""
    text: str = ""
    undone_by: str = ""
    undone_at: str = ""
    number: int = 0

    def __post_init__(self) -> None:
        if not self.subject.startswith(DECIDED):
            rule = f"it starts with {', '.join(DECIDED)}"
            raise BadValueError(f"{self.subject!r} is nothing to decide about: {rule}.")
        if not self.subject.startswith("text:") and not self.value.startswith("item:"):
            raise BadValueError(
                f"Expected the item that {self.subject} means, found {self.value!r}."
            )

    @property
    def id(self) -> str:
        """Subject and value, as a person types them: `firm:0274000000=item:rear-wheel-24`."""
        return f"{self.subject}={self.value}"

    @property
    def who(self) -> str:
        """Who decided and why, as far as told; else when: «Анна: нет станка»."""
        return ": ".join(filter(None, (self.by, self.reason))) or self.at

    @property
    def accepted(self) -> bool:
        """Whether it says yes."""
        return self.verdict is Judgement.ACCEPT


def standing(history: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions that count, oldest first: not taken back, and not overruled by a newer one.

    A newer decision on the same subject and value overrules. So does a newer acceptance of
    another value, except for enterprises and capabilities, which may have several.
    """
    newest: dict[tuple[str, str], Decision] = {}
    for decision in history:
        if not decision.undone_at:
            key = decision.subject, decision.value
            newest.pop(key, None)
            newest[key] = decision
    last = {one.subject: one for one in newest.values() if one.accepted}
    return tuple(
        one
        for one in newest.values()
        if not one.accepted or one.subject.startswith(MANIFOLD) or last[one.subject] is one
    )


@dataclass(frozen=True, slots=True)
class Metrics:
    """How well scores tell right pairs from wrong ones.

    `log_loss` is the mean over the pairs (natural logarithm), `hit_rate` the share of queries
    whose right candidate comes first, `reciprocal_rank` its mean reciprocal rank.
    """

    log_loss: float
    hit_rate: float
    reciprocal_rank: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedWeights:
    """Weights of comparisons learnt from decisions, and what they rest on.

    Attributes
    ----------
    method
        How they were fitted: `logistic` or `boosted`.
    weights
        Points (level, log-odds) by comparison, as `matching.score.Weights` has them.
    queries, pairs
        Wordings that people judged, and their candidates.
    before, after
        Metrics of the shipped weights and of these, by grouped cross-validation.
    by, at, undone_by, undone_at, number
        As of a `Decision`.
    """

    method: str
    weights: Mapping[str, Sequence[tuple[float, float]]]
    queries: int
    pairs: int
    before: Metrics
    after: Metrics
    by: str = ""
    at: str = ""
    undone_by: str = ""
    undone_at: str = ""
    number: int = 0


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame, None where a value is missing."""
    columns = {str(name): frame[name].astype(object).to_numpy(copy=True) for name in frame}
    for name, values in columns.items():
        values[frame[name].isna().to_numpy()] = None
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def has_expired(valid_until: str | None, answered_on: str | None, as_of: date | None) -> bool:
    """Whether what is valid until a day had run out on another: the day it is judged at.

    Without that, the day of the answer; what names no end is valid for ever.

    >>> has_expired("2025-12-31", "2026-02-03", None), has_expired("2025-12-31", None, None)
    (True, False)
    """
    day = as_of.isoformat() if as_of else answered_on
    return bool(day and valid_until and valid_until < day)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A frozen view of the store: one frame a table of the codebook.

    Every frame has the columns `id`, the codebook's fields in their order, then `file`,
    `sheet`, `row`; rows are sorted by `id`, so equal stores give equal datasets.
    `columns[(file, sheet)]` maps fields to column letters; `borrowed[(id, field)]` is the file,
    sheet and row of a value that a merged firm states in another row than its own, or that a
    newer row of its own leaves blank; `decisions` are those that stand,
    `learned_weights` what was learnt from them; `waiting` are the rows that errors keep out,
    `issues` what is open about the files.
    """

    frames: Mapping[str, pd.DataFrame]
    columns: Mapping[tuple[str, str], Mapping[str, str]]
    borrowed: Mapping[tuple[str, str], tuple[str, str, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    decisions: tuple[Decision, ...] = ()
    learned_weights: LearnedWeights | None = None
    waiting: tuple[Quarantined, ...] = ()
    issues: tuple[Issue, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Frame of one table; treat it as read-only."""
        return self.frames[name]

    def records(self, name: str) -> list[dict[str, Any]]:
        """Rows of one table, None where a value is missing."""
        return records(self.frames[name])

    def cell(self, table: str, id: str, field: str = "") -> Cell:
        """Place in the survey files that a value was read from.

        Raises
        ------
        UnknownNameError
            When the table has no row of that id.
        """
        frame = self.frames[table]
        position = frame["id"].searchsorted(id)
        if position == len(frame) or frame["id"].iloc[position] != id:
            raise UnknownNameError(id, frame["id"])
        own = frame.iloc[position][list(PLACE)]
        file, sheet, row = self.borrowed.get((id, field), own)
        letters = self.columns.get((file, sheet), {})
        return Cell(file, sheet, int(row), letters.get(field, ""))
