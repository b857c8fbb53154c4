"""Tables and fields: the single source of template, validation, columns and docs."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from math import inf, isnan
from typing import TYPE_CHECKING, Any

from matchmaker.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

TURNKEY = "turnkey"
"""`offers.alternative` of an enterprise that sources every component itself."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
READABLE_KEY = frozenset({"registration", "id", "enum", "enterprise", "item", "process"})
"""Types of the fields that stand in an id as they are; of others it has a digest."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of one table; `stored = asked × factor`, in `unit`.

    A stored number above zero lies between `lowest` and `highest`, in `unit` too.
    """

    table: str
    name: str
    type: str
    unit: str
    factor: float
    lowest: float
    highest: float
    required: bool
    key: bool
    secret: bool
    default: str
    allowed: tuple[str, ...]
    label_ru: str
    label_en: str
    help_ru: str
    help_en: str
    source: str
    example_ru: str
    example_en: str

    @property
    def numeric(self) -> bool:
        """Whether values are numbers."""
        return self.type in {"number", "quantity", "money", "share"}

    def label(self, lang: str) -> str:
        """Column heading in Russian or English."""
        return self.label_ru if lang == "ru" else self.label_en

    def help(self, lang: str) -> str:
        """What to fill in, in Russian or English."""
        return self.help_ru if lang == "ru" else self.help_en

    def example(self, lang: str) -> str:
        """What an answer may look like, in Russian or English; empty where none is needed."""
        return self.example_ru if lang == "ru" else self.example_en


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the survey or of the catalogue."""

    name: str
    part: str
    prefix: str
    label_ru: str
    label_en: str
    help_ru: str
    help_en: str
    fields: tuple[Field, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Fields that together name a row."""
        return tuple(field.name for field in self.fields if field.key)

    def label(self, lang: str) -> str:
        """Sheet name in Russian or English."""
        return self.label_ru if lang == "ru" else self.label_en

    def field(self, name: str) -> Field:
        """Field of that name.

        Raises
        ------
        UnknownNameError
            When the table has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise UnknownNameError(name, (field.name for field in self.fields))


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """Rows of one CSV file shipped in `codebook/data`."""
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def read_spellings(name: str, key: str, *columns: str) -> dict[str, str]:
    """Value of the column `key` by every text in `columns`, evened out; a later one prevails.

    A cell of these columns may hold several texts, parted by `|`.
    """
    return {
        fold(text): row[key]
        for row in read_rows(name)
        for column in columns
        for text in row[column].split("|")
        if text
    }


@cache
def tables() -> Mapping[str, Table]:
    """Every table by name, in the order of the survey workbook."""
    fields: dict[str, list[Field]] = {}
    for row in read_rows("fields.csv"):
        fields.setdefault(row["table"], []).append(_field(row))
    return {row["table"]: _table(row, fields[row["table"]]) for row in read_rows("tables.csv")}


def _field(row: dict[str, str]) -> Field:
    read: dict[str, Any] = {
        "name": row.pop("field"),
        "factor": float(row.pop("factor") or 1),
        "lowest": float(row.pop("lowest") or 0),
        "highest": float(row.pop("highest") or inf),
        "allowed": tuple(filter(None, row.pop("allowed").split("|"))),
    }
    read |= {mark: row.pop(mark) == "yes" for mark in ("required", "key", "secret")}
    return Field(**read | row)


def _table(row: dict[str, str], fields: list[Field]) -> Table:
    name = row.pop("table")
    return Table(name=name, fields=tuple(fields), **row)


def row_id(table: Table, values: Mapping[str, object]) -> str:
    """Stable, readable and typed id of a row, made of its key alone.

    `firm:0274000000`, `item:rear-wheel-24`, `offer:0274000000:1f3a9c02`: free text in the
    key is folded (case, ё, spaces) and hashed.
    """
    return row_ids(table, {name: [values.get(name)] for name in table.key})[0]


def row_ids(table: Table, columns: pd.DataFrame | Mapping[str, Iterable[object]]) -> list[str]:
    """`row_id` of every row of a frame or of equally long columns, in order."""
    texts = {name: _texts(columns[name]) for name in table.key}
    hashed = [name for name in table.key if table.field(name).type not in READABLE_KEY]
    readable = list(zip(*(texts[name] for name in table.key if name not in hashed), strict=True))
    heads = {key: _typed(table.prefix, key) for key in dict.fromkeys(readable)}
    if not hashed:
        return list(map(heads.__getitem__, readable))
    free = zip(*(_folded(texts[name]) for name in hashed), strict=True)
    digests = map(_digest, map(tuple.__add__, readable, free))
    return [f"{heads[key]}:{digest}" for key, digest in zip(readable, digests, strict=True)]


def _texts(values: Iterable[object]) -> list[str]:
    return [value if type(value) is str else plain_text(value) for value in values]


def plain_text(value: object) -> str:
    """Text of a value; empty for None and NaN."""
    missing = value is None or (isinstance(value, float) and isnan(value))
    return "" if missing else str(value)


def _folded(texts: Sequence[str]) -> list[str]:
    """Texts evened out, every distinct one once."""
    spelling = {text: fold(text) for text in dict.fromkeys(texts)}
    return list(map(spelling.__getitem__, texts))


def _typed(prefix: str, parts: Iterable[str]) -> str:
    return ":".join([prefix, *filter(None, parts)])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8]


@lru_cache(maxsize=2**15)
def fold(text: str) -> str:
    """Text with case, ё, dashes and runs of spaces evened out, for comparing."""
    folded = text.casefold().replace("ё", "е").replace("–", "-").replace("—", "-")
    return " ".join(folded.split())


def is_slug(text: str) -> bool:
    """Whether a text may be the code of an item: `rear-wheel-24`."""
    return _SLUG.fullmatch(text) is not None
