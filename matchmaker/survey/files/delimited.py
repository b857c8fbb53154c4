"""Delimited text to a grid: the encoding, the delimiter, the quotes, and formulas disarmed.

Runs in the process that may not do harm; called by `files`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from io import StringIO

from matchmaker.model import Issue
from matchmaker.survey.headings.find_table import count_known
from matchmaker.survey.headings.sheet import HEADER_ROWS
from matchmaker.survey.raw_grid import (
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    Place,
    RawCell,
    flag,
    too_large,
)

DELIMITERS = (";", "\t", ",")

LONGEST_HEAD = 1_000_000
"""Characters among which the header stands."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LOST = "\N{REPLACEMENT CHARACTER}"
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")
_SIGNS = frozenset("=+-@'")
_ESCAPED = re.compile(r"'[=+\-@']")
_QUOTED_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"=|[+\-@].*\|.*!|@\w+\(", re.DOTALL)


def read_delimited(name: str, data: bytes) -> tuple[list[Grid], list[Issue]]:
    """Grid of a delimited text given its bytes; what cannot be read becomes an issue."""
    text = decode(data)
    if text is None:
        return [], [flag("file-encoding", name)]
    if not text.strip():
        return [], [flag("file-empty", name)]
    stem = name.rpartition("/")[2].rpartition(".")[0]
    rows, columns = text.count("\n") + 1, _widest(text)
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        return [], too_large(name, stem, rows, columns)
    split = _split(text)
    torn = frozenset(split.torn)
    return [Grid(name, stem, split.rows, delimited=True, torn=torn, formulas=split.formulas)], []


def _widest(text: str) -> int:
    """Most columns that any of the leading lines has, by whatever delimiter."""
    lines = text[:LONGEST_HEAD].splitlines()[:HEADER_ROWS]
    return 1 + max((line.count(mark) for line in lines for mark in DELIMITERS), default=0)


def decode(data: bytes) -> str | None:
    """Text of a delimited file: by its byte order mark, as UTF-8, UTF-16 or Windows-1251.

    A few broken bytes in UTF-8 become replacement characters, so that they cost their
    own row and not the file. None when the encoding is none of these.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, errors="replace")
    if b"\0" in data:
        return _decode_unmarked(data)
    text = data.decode("utf-8", errors="replace")
    lost = text.count(_LOST)
    if not lost or 10 * lost < sum(mark > "\x7f" for mark in text):
        return text
    try:
        return data.decode("cp1251")
    except UnicodeDecodeError:
        return None


def _decode_unmarked(data: bytes) -> str | None:
    """UTF-16 without its mark, where a header then reads as one."""
    for codec in ("utf-16-le", "utf-16-be"):
        head = data[: 2 * LONGEST_HEAD].decode(codec, errors="replace")
        if _split(head).score()[0] >= 2:
            return data.decode(codec, errors="replace")
    return None


@dataclass(slots=True)
class _Split:
    """Rows of cells, the rows whose quotes never close, and formulas by place."""

    rows: list[list[RawCell]] = field(default_factory=list)
    torn: set[int] = field(default_factory=set)
    formulas: dict[Place, str] = field(default_factory=dict)

    def add(self, cells: list[str]) -> None:
        """Append a row, its texts as the spreadsheet means them."""
        row: list[RawCell] = [*cells]
        for place, text in enumerate(cells):
            if text[:1] in _SIGNS:
                row[place] = self._disarm(text, (len(self.rows), place))
        self.rows.append(row)

    def _disarm(self, text: str, place: Place) -> str:
        """Text without what keeps a spreadsheet from running it; what it would run is noted."""
        if quoted := _QUOTED_TEXT.fullmatch(text):
            return quoted[1]
        if _ESCAPED.match(text):
            return text[1:]
        if _FORMULA.match(text):
            self.formulas[place] = text
        return text

    def score(self) -> tuple[int, int]:
        """How many headings of one table the best of the leading rows has; cells of the shortest.

        Where no heading is known, the delimiter that parts every row is the better one.
        """
        head = [row for row in self.rows[:HEADER_ROWS] if row]
        known = max((count_known(row) for row in head), default=0)
        return known, min(map(len, head), default=0)


def _split(text: str) -> _Split:
    declared = _SEPARATOR_LINE.match(text)
    if declared:
        return _split_by(text[declared.end() :], declared[1])
    head = "\n".join(text[:LONGEST_HEAD].splitlines()[:HEADER_ROWS])
    scores = {mark: _split_by(head, mark).score() for mark in DELIMITERS}
    return _split_by(text, max(scores, key=scores.__getitem__))


def _split_by(text: str, delimiter: str) -> _Split:
    split = _Split()
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            split.add(row)
    except csv.Error:
        return _split_by_line(text, delimiter)
    return split


def _split_by_line(text: str, delimiter: str) -> _Split:
    split = _Split()
    for position, line in enumerate(re.split(r"\r\n|\r|\n", text)):
        if line.count('"') % 2:
            split.torn.add(position)
        if line.count('"') % 2 or len(line) >= csv.field_size_limit():
            split.rows.append([*line.split(delimiter)])
        else:
            for row in csv.reader([line], delimiter=delimiter):
                split.add(row)
            split.rows.extend([] for _ in range(position + 1 - len(split.rows)))
    return split
