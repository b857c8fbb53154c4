"""Files to grids: finds the files, tells their kind, decodes delimited text.

First step of the reader; workbooks are opened by `workbooks`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from matchmaker.model import Issue
from matchmaker.survey.grids import Grid, RawCell, flag
from matchmaker.survey.headers import HEADER_ROWS, count_known
from matchmaker.survey.workbooks import read_workbook

WORKBOOKS = frozenset({".xlsx", ".xlsm"})
DELIMITED = frozenset({".csv", ".tsv"})
DELIMITERS = (";", "\t", ",")

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LOST = "\N{REPLACEMENT CHARACTER}"
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")


def find_files(paths: Sequence[str | Path]) -> list[tuple[str, Path]]:
    """Every survey file under `paths`, with the name that issues call it by.

    A directory stands for the workbooks and delimited files in it; a name that occurs
    twice gets its folder in front.

    Raises
    ------
    FileNotFoundError
        When a path does not exist.
    """
    found = sorted({file for path in paths for file in _expand(Path(path))})
    names = [file.name for file in found]
    return [
        (file.name if names.count(file.name) == 1 else f"{file.parent.name}/{file.name}", file)
        for file in found
    ]


def _expand(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise FileNotFoundError(path)
    if not path.is_dir():
        yield path
        return
    for file in path.iterdir():
        if file.suffix.lower() in WORKBOOKS | DELIMITED and not file.name.startswith((".", "~$")):
            yield file


def read_grids(name: str, suffix: str, data: bytes) -> tuple[list[Grid], list[Issue]]:
    """Sheets of one file given its bytes; what cannot be opened becomes an issue."""
    kind = suffix.lower()
    if kind not in WORKBOOKS | DELIMITED:
        return [], [flag("file-kind", name, value=kind or name)]
    if not data.strip():
        return [], [flag("file-empty", name)]
    if kind in WORKBOOKS:
        return read_workbook(name, data)
    text = decode(data)
    if text is None:
        return [], [flag("file-encoding", name)]
    if not text.strip():
        return [], [flag("file-empty", name)]
    return [_read_delimited(name, text)], []


def decode(data: bytes) -> str | None:
    """Text of a delimited file: by its byte order mark, as UTF-8, or as Windows-1251.

    A few broken bytes in UTF-8 become replacement characters, so that they cost their
    own row and not the file. None when the encoding is none of these.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, errors="replace")
    if b"\0" in data:
        return None
    text = data.decode("utf-8", errors="replace")
    lost = text.count(_LOST)
    if not lost or 10 * lost < sum(mark > "\x7f" for mark in text):
        return text
    try:
        return data.decode("cp1251")
    except UnicodeDecodeError:
        return None


def _read_delimited(name: str, text: str) -> Grid:
    stem = name.rpartition("/")[2].rpartition(".")[0]
    declared = _SEPARATOR_LINE.match(text)
    if declared:
        rows, torn = _split(text[declared.end() :], declared[1])
    else:
        rows, torn = max((_split(text, mark) for mark in DELIMITERS), key=_score)
    return Grid(name, stem, rows, delimited=True, torn=torn)


def _score(split: tuple[list[list[RawCell]], frozenset[int]]) -> int:
    return max((count_known(row) for row in split[0][:HEADER_ROWS]), default=0)


def _split(text: str, delimiter: str) -> tuple[list[list[RawCell]], frozenset[int]]:
    """Rows of cells, and the positions of the rows whose quotes never close."""
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return _split_by_line(text, delimiter)
    return [list(map(_unescape, row)) for row in rows], frozenset()


def _split_by_line(text: str, delimiter: str) -> tuple[list[list[RawCell]], frozenset[int]]:
    rows: list[list[RawCell]] = []
    torn = set()
    for position, line in enumerate(re.split(r"\r\n|\r|\n", text)):
        if line.count('"') % 2:
            torn.add(position)
        if line.count('"') % 2 or len(line) >= csv.field_size_limit():
            rows.append(list(line.split(delimiter)))
        else:
            rows.extend(
                list(map(_unescape, row)) for row in csv.reader([line], delimiter=delimiter)
            )
            rows.extend([] for _ in range(position + 1 - len(rows)))
    return rows, frozenset(torn)


def _unescape(text: str) -> RawCell:
    """Text without the apostrophe that keeps a spreadsheet from running it as a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@'") else text
