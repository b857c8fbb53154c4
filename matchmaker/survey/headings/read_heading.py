"""One heading: the field it names and the units it names it in.

Names are matched evened out, in Russian, in English or by field name, and a near miss is
forgiven; `headings.csv` has the names by which others head their columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from rapidfuzz import process
from rapidfuzz.distance import Indel

from matchmaker.codebook import Field, fold, read_rows, tables
from matchmaker.survey.headings.sheet import LONGEST_NAME, Column
from matchmaker.survey.headings.units import is_all_units, read_units
from matchmaker.survey.raw_grid import RawCell, is_blank

NEAR = 0.85
"""Likeness (Indel) from which a misspelled name counts as the name."""

T = TypeVar("T")

_SLASH = re.compile(r"\s*[/\\]\s*")
_TAIL = re.compile(r"[,(:\[]")
_UNIT_BEHIND = re.compile(r"\s(?:за|в|с|со|вкл\w*\.?|per|with|incl\w*\.?)\s")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a known field: stored = cell × factor, in `counted`, "" where it says none.

    The factor is None where its units, as `units` has them, are no units of the field.
    """

    field: Field
    factor: float | None
    counted: str
    units: str


@cache
def read_heading(table: str, heading: str) -> Heading | None:
    """Field that a heading names, with its units; None when it names none."""
    exact = next((field for field in tables()[table].fields if field.name == heading), None)
    folded = fold(heading)
    name, tail = halves(folded)
    field = exact or known_names(table).get(name) or find_nearest(name, form_names(table))
    if field is None:
        return _read_unit_behind(table, folded)
    return Heading(field, *read_units(field, folded, tail), tail.strip(" ,:()[]"))


def _read_unit_behind(table: str, folded: str) -> Heading | None:
    """Heading that says its unit in the name: «цена за кг»; None where it says more."""
    found = _UNIT_BEHIND.search(folded)
    field = known_names(table).get(folded[: found.start()].strip(" *.,(")) if found else None
    if found is None or field is None or not field.numeric:
        return None
    tail = folded[found.start() :]
    factor, counted = read_units(field, folded, tail)
    if not is_all_units(tail, counted):
        return None
    return Heading(field, factor, counted, tail.strip(" ,:()[]"))


def field_named(table: str, heading: str) -> Field | None:
    """Field of a table that a heading means; None when it means none, or in units that are none."""
    found = read_heading(table, heading)
    return found.field if found and found.factor else None


def count_fields(table: str, row: Sequence[RawCell]) -> int:
    """How many fields of a table the cells of a row name."""
    return len({field.name for cell in row if (field := field_named(table, heading_text(cell)))})


def counted_in(column: Column) -> str:
    """Code of the unit that the heading of a column counts in; "" where it names none."""
    found = read_heading(column.field.table, column.heading)
    return found.counted if found else ""


@cache
def is_other_name(table: str, heading: str) -> bool:
    """Whether a heading names its field by what others call it, not as the form does."""
    name, _ = halves(fold(heading))
    return name in known_names(table) and name not in form_names(table)


def heading_text(cell: RawCell) -> str:
    """Text of a heading on one line; empty for an empty cell."""
    return "" if is_blank(cell) else " ".join(str(cell).split())


def halves(folded: str) -> tuple[str, str]:
    """Name and units of a heading: «цена» and «, руб./ед. без ндс»."""
    found = _TAIL.search(folded)
    name, tail = (folded[: found.start()], folded[found.start() :]) if found else (folded, "")
    return even_slashes(name.strip(" *.")) or folded, tail


@cache
def form_names(table: str) -> Mapping[str, Field]:
    """Fields by their names and by the headings of the form."""
    fields = tables()[table].fields
    names = {text: field for field in fields for text in (field.name, field.name.replace("_", " "))}
    labels = {
        halves(fold(field.label(lang)))[0]: field for field in fields for lang in ("en", "ru")
    }
    return names | labels


@cache
def known_names(table: str) -> Mapping[str, Field]:
    """Fields by every name taken for theirs: as the form has it, and as others head a column."""
    fields = {field.name: field for field in tables()[table].fields}
    others = {
        halves(heading)[0]: fields[field]
        for its_table, field, heading in other_names()
        if its_table in {table, "*"} and field in fields
    }
    return {**others, **form_names(table)}


@cache
def other_names() -> Sequence[tuple[str, str, str]]:
    """Names that people give sheets and columns, evened out, behind the table and field meant.

    The field is empty where a sheet is meant, the table `*` where any is.
    """
    return [
        (row["table"], row["field"], fold(name))
        for row in read_rows("headings.csv")
        for name in row["headings"].split("|")
    ]


def find_nearest(name: str, spellings: Mapping[str, T]) -> T | None:
    """Value of the spelling that is, or is most like, `name`; None when none is near."""
    if name in spellings or not name or len(name) > LONGEST_NAME:
        return spellings.get(name)
    near = process.extractOne(
        name, spellings.keys(), scorer=Indel.normalized_similarity, score_cutoff=NEAR
    )
    return spellings[near[0]] if near else None


def even_slashes(text: str) -> str:
    """Text without spaces around its slashes."""
    return _SLASH.sub("/", text)
