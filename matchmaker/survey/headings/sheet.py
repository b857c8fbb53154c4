"""A sheet understood: its table, its header, and the column of each field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matchmaker.codebook import Field, Table
from matchmaker.survey.raw_grid import Grid, RawCell, is_blank, letter

HEADER_ROWS = 10
"""Among how many leading rows the header is looked for."""

LONGEST_NAME = 80
"""Characters from which a text is no misspelled name any more."""

INSTRUCTIONS = {"ru": "Инструкция", "en": "Instructions"}
LISTS = {"ru": "Списки", "en": "Lists"}
FINDINGS = {"ru": "Замечания", "en": "Findings"}
"""Sheets of the template, and of the marked copy of a sender's workbook."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it stands, its field, and stored = cell × factor."""

    index: int
    field: Field
    factor: float
    heading: str

    @property
    def letter(self) -> str:
        """Name of the column in a spreadsheet."""
        return letter(self.index)


def column_asked(field: Field, index: int = 0) -> Column:
    """Column that asks for a field as the form does."""
    return Column(index, field, field.factor, field.label_ru)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A grid understood: its table, the position of its header, its columns by field.

    `header` is -1 when no row could be taken for one; `headings` name every column. `mapped`
    are the numbered rows where a mapping says what they are; else all below the header are.
    `aside` are the columns that another sheet of the mapping reads, or that no sheet has.
    """

    grid: Grid
    table: Table
    header: int
    columns: Mapping[str, Column]
    headings: tuple[str, ...]
    mapped: tuple[tuple[int, list[RawCell]], ...] | None = None
    aside: frozenset[int] = frozenset()

    @property
    def is_of_one_firm(self) -> bool:
        """Whether no column of it names an enterprise, though its rows are of one."""
        owners = (one for one in self.columns.values() if one.field.type == "enterprise")
        return self.mapped is None and any(one.index in self.aside for one in owners)

    def letter(self, field: str) -> str:
        """Column letter of a field; empty when the sheet lacks it."""
        column = self.columns.get(field)
        return column.letter if column and column.index not in self.aside else ""

    def rows(self) -> Iterator[tuple[int, list[RawCell]]]:
        """Rows below the header that are not blank, with their numbers from 1."""
        if self.mapped is not None:
            yield from self.mapped
            return
        for position, cells in enumerate(self.grid.rows[self.header + 1 :], self.header + 2):
            if not all(map(is_blank, cells)):
                yield position, cells
