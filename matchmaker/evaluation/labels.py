"""Labels: which item a text or an answer of the survey means, as people judged it.

Read from a delimited file with a header: `text` (free text) or `id` (row of offers or needs), and
what is right: `item` (one or several codes, separated by semicolons) or `okpd2` (every item with
that code or below it). Nothing in both means that no item of the catalogue is right.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from matchmaker.errors import MatchmakerError
from matchmaker.matching import SUBJECTS
from matchmaker.model import Dataset
from matchmaker.survey.files.delimited import DELIMITERS, decode

TEXTS = ("text", "product", "query")
"""Names under which the column of texts is found."""

ANSWERS = ("item", "code", "okpd2")
"""Names under which what is right is found; `code` is an item code."""

ABOUT = ("product", "okpd2", "unit")
"""What a row of the survey tells about itself beside the item it names."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text and the items it means, none where `items` is empty.

    `line` is that of the file, header included; `okpd2` and `unit` are what the row of the
    survey stated, empty for a free text.
    """

    line: int
    text: str
    items: frozenset[str]
    id: str = ""
    okpd2: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that cannot be judged: the value of this column is not in the data."""

    line: int
    column: str
    value: str


def read_labels(path: str | Path, data: Dataset) -> tuple[tuple[Label, ...], tuple[Unknown, ...]]:
    """Read labels, and name the lines that speak of what the data do not have.

    Parameters
    ----------
    path
        Comma, semicolon or tab separated file; UTF-8, UTF-16 or Windows-1251.
    data
        Catalogue, and the offers and needs that ids stand for.

    Raises
    ------
    MatchmakerError
        When the file is no text or lacks a column; the message names those it needs.
    """
    rows = _rows(Path(path))
    known = _Known(data)
    found = [known.judge(line, row) for line, row in rows]
    labels = tuple(one for one in found if isinstance(one, Label))
    return labels, tuple(one for one in found if isinstance(one, Unknown))


def _rows(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """Line and cells of every row that has any; texts under `text`, item codes under `item`."""
    text = decode(path.read_bytes())
    if text is None:
        raise MatchmakerError(f"{path} is no text file; save it as CSV in UTF-8.")
    rows = list(_filled(path, text))
    names = [_column(name) for name in rows[0][1]] if rows else []
    _check(path, names)
    return [(line, dict(zip(names, row, strict=False))) for line, row in rows[1:]]


def _filled(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of every row that has any, heading first."""
    head = next(filter(str.strip, text.splitlines()), "")
    delimiter = max(DELIMITERS, key=head.count)
    lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in lines:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield lines.line_num, cells
    except csv.Error as error:
        raise MatchmakerError(
            f"{path}, line {lines.line_num}: {error}. Close every quotation mark, "
            "and double those inside a text."
        ) from error


def _column(heading: str) -> str:
    name = heading.strip().lower()
    return "text" if name in TEXTS else "item" if name == "code" else name


def _check(path: Path, names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise MatchmakerError(f"{path} has several columns {', '.join(twice)}; leave one of each.")
    if not {"text", "id"} & set(names) or not set(ANSWERS) & set(names):
        found = ", ".join(filter(None, names)) or "none"
        raise MatchmakerError(
            f"{path} needs a column text or id, and a column item or okpd2; its columns: {found}."
        )


class _Known:
    """What a label may speak of."""

    def __init__(self, data: Dataset) -> None:
        items = data.table("items")
        self._codes = dict(zip(items["item"], items["okpd2"].fillna(""), strict=True))
        self._rows = dict(_texts_by_id(data))

    def judge(self, line: int, row: Mapping[str, str]) -> Label | Unknown:
        """Label of a row of the file, or what it names that nobody knows."""
        id, text = row.get("id", ""), row.get("text", "")
        if id and id not in self._rows:
            return Unknown(line, "id", id)
        if not (id or text):
            return Unknown(line, "text", "")
        if not set(ANSWERS) & row.keys():
            return Unknown(line, "item", "")
        items = [code.strip().removeprefix("item:") for code in row.get("item", "").split(";")]
        right = frozenset(filter(None, items))
        if unknown := sorted(right - self._codes.keys()):
            return Unknown(line, "item", "; ".join(unknown))
        code = row.get("okpd2", "")
        below = frozenset(
            item for item, own in self._codes.items() if code and own and own.startswith(code)
        )
        if code and not right and not below:
            return Unknown(line, "okpd2", code)
        told = self._rows.get(id, {"product": text})
        about = {name: told.get(name, "") for name in ("okpd2", "unit")}
        return Label(line, told["product"], right or below, id, **about)


def _texts_by_id(data: Dataset) -> Iterator[tuple[str, dict[str, str]]]:
    """Texts of every offer and need by id."""
    for table in SUBJECTS:
        frame = data.table(table)
        for row in frame[["id", *ABOUT]].to_dict("records"):
            yield row["id"], {name: "" if pd.isna(row[name]) else row[name] for name in ABOUT}
