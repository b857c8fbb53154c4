"""Workbooks to grids: XLSX, XLSM, ODS and XLS, refused when dangerous, read with calamine.

What a file is says its content, not its name. Runs in the process that may not do harm.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import cast
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from defusedxml.common import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from matchmaker.model import Issue
from matchmaker.survey.files.archives import (
    Oddities,
    UnsafeError,
    find_oddities,
    most_rows,
    open_archive,
)
from matchmaker.survey.raw_grid import (
    MOST_ROWS,
    Grid,
    Place,
    RawCell,
    cell_at,
    flag,
    is_blank,
    too_large,
)

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED, _VBA = "EncryptedPackage".encode("utf-16-le"), "_VBA_PROJECT".encode("utf-16-le")
_UNREADABLE = (
    *(BadZipFile, CalamineError, ParseError, zlib.error),
    *(EOFError, LookupError, NotImplementedError, OSError, RuntimeError, ValueError),
)
_NO_ODDITIES = Oddities({}, {})

Read = tuple[list[Grid], list[Issue]]


def read_workbook(name: str, kind: str, data: bytes) -> Read:
    """Worksheets of a workbook given its bytes; refuses unsafe, locked and broken ones."""
    try:
        if data.startswith(_COMPOUND):
            return _read_compound(name, data)
        return _read_archive(name, data)
    except (UnsafeError, DefusedXmlException) as found:
        return [], [flag("file-unsafe", name, reason=_reason(found))]
    except _UNREADABLE as found:
        return [], [flag("file-unreadable", name, kind=kind[1:].upper(), reason=_reason(found))]


def _reason(found: Exception) -> str:
    if isinstance(found, DefusedXmlException):
        return "DTD, <!DOCTYPE>"
    return " ".join(str(found).split())[:200] or type(found).__name__


def _read_archive(name: str, data: bytes) -> Read:
    archive = open_archive(data)
    if (rows := most_rows(archive)) > MOST_ROWS:
        return [], too_large(name, "", rows)
    grids, issues = _grids(name, data, find_oddities(archive))
    return grids, [*(flag(code, name) for code in archive.notes()), *issues]


def _read_compound(name: str, data: bytes) -> Read:
    """Worksheets of a workbook of the old format; a new one in this guise has a password."""
    if _ENCRYPTED in data:
        return [], [flag("file-password", name)]
    grids, issues = _grids(name, data, {})
    return grids, [*([flag("file-macros", name)] if _VBA in data else []), *issues]


def _grids(name: str, data: bytes, oddities: Mapping[str, Oddities]) -> Read:
    grids, issues = [], []
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            content = book.get_sheet_by_name(sheet.name)
            if found := too_large(name, sheet.name, content.total_height, content.total_width):
                issues += found
                continue
            rows = cast("list[list[RawCell]]", content.to_python(skip_empty_area=False))
            odd = oddities.get(sheet.name, _NO_ODDITIES)
            _restore(rows, odd.errors)
            _restore(rows, odd.formulas)
            _spread(rows, content.merged_cell_ranges or ())
            hidden = sheet.visible != SheetVisibleEnum.Visible
            grids.append(Grid(name, sheet.name, rows, hidden=hidden, formulas=odd.formulas))
    return grids, issues


def _restore(rows: list[list[RawCell]], errors: Mapping[Place, str]) -> None:
    """Put texts where calamine left blanks."""
    for (row, column), text in errors.items():
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
        rows[row][column] = text


def _spread(rows: list[list[RawCell]], ranges: Iterable[tuple[Place, Place]]) -> None:
    """Put a text that is merged down into every row that holds something else too.

    A number is not: what several rows have together, such as a capacity, none has alone.
    """
    for (top, column), (bottom, _) in ranges:
        cell = cell_at(rows[top], column) if top < len(rows) else None
        if not isinstance(cell, str) or is_blank(cell):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if column < len(row) and not all(map(is_blank, row)):
                row[column] = cell
