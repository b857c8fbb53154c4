"""The nouns of the survey: cells, issues, surveys and the frozen dataset.

Every room to the right speaks in these values. They are frozen; the frames inside
are treated as read-only. Money is RUB without VAT, quantities are in the item's own
unit per year, hours are hours per year, shares lie in [0, 1].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PLACE = ("file", "sheet", "row")
"""Columns of every survey frame that say where a row came from."""


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
    """A row kept out by errors, with its raw text by column heading."""

    file: str
    sheet: str
    row: int
    table: str
    raw: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reading brought: good rows by table, bad rows, and their places.

    `frames[table]` has the columns of the codebook's fields plus `file`, `sheet`, `row`.
    """

    files: tuple[SourceFile, ...]
    sheets: tuple[SourceSheet, ...]
    frames: Mapping[str, pd.DataFrame]
    quarantine: tuple[Quarantined, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A frozen view of the store: one frame a table of the codebook.

    Every frame has the columns `id`, the codebook's fields in their order, then `file`,
    `sheet`, `row`; rows are sorted by `id`, so equal stores give equal datasets.
    `columns[(file, sheet)]` maps fields to column letters.
    """

    frames: Mapping[str, pd.DataFrame]
    columns: Mapping[tuple[str, str], Mapping[str, str]]

    def table(self, name: str) -> pd.DataFrame:
        """Frame of one table; treat it as read-only."""
        return self.frames[name]

    def cell(self, table: str, id: str, field: str = "") -> Cell:
        """Place in the survey files that a value was read from.

        Raises
        ------
        KeyError
            When the table has no row of that id.
        """
        frame = self.frames[table]
        position = frame["id"].searchsorted(id)
        if position == len(frame) or frame["id"].iloc[position] != id:
            raise KeyError(id)
        file, sheet, row = frame.iloc[position][list(PLACE)]
        letters = self.columns.get((file, sheet), {})
        return Cell(file, sheet, int(row), letters.get(field, ""))
