"""Workbooks to grids: refuses dangerous ones, then reads cells with calamine.

calamine leaves cells with a formula error blank; they are found in the sheet's XML, so
that an error never passes for an empty cell.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from posixpath import join, normpath
from typing import cast
from xml.etree.ElementTree import Element, ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from matchmaker.model import Issue
from matchmaker.survey.grids import Grid, RawCell, flag

LARGEST = 512 * 2**20
"""Bytes that a workbook may unpack to."""

HIGHEST_RATIO = 200
"""How many times larger than packed a part of a workbook may be, once it is over 1 MiB."""

LAST_ROW, LAST_COLUMN = 2**20, 2**14
"""Where a sheet of Excel ends."""

MOST_CELLS = 20_000_000
"""Cells of the rectangle around everything on one sheet."""

_FAR_CELL = re.compile(rb"""r\s*=\s*["'](?:[A-Z]{3}|[A-Z]{1,2}\d{6})""")
_FILLED_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([1-9]\d*)["'][^<>]*(?<!/)>""")
_ERROR_CELL = re.compile(rb"""t\s*=\s*["']e["']""")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d*)", re.ASCII)
_UNREADABLE = (
    *(BadZipFile, CalamineError, ParseError, zlib.error),
    *(EOFError, LookupError, NotImplementedError, OSError, RuntimeError, ValueError),
)


class _UnsafeError(Exception):
    """A workbook that would harm whoever opens it; the text says why."""


def read_workbook(name: str, data: bytes) -> tuple[list[Grid], list[Issue]]:
    """Worksheets of an XLSX file given its bytes; refuses unsafe and broken ones."""
    try:
        errors = _formula_errors(_safe_parts(data))
        return list(_grids(name, data, errors)), []
    except (_UnsafeError, DefusedXmlException) as found:
        return [], [flag("file-unsafe", name, reason=_reason(found))]
    except _UNREADABLE as found:
        return [], [flag("file-unreadable", name, kind="XLSX", reason=_reason(found))]


def _reason(found: Exception) -> str:
    if isinstance(found, DefusedXmlException):
        return "DTD, <!DOCTYPE>"
    return " ".join(str(found).split()) or type(found).__name__


def _grids(name: str, data: bytes, errors: Mapping[str, list[tuple[str, str]]]) -> Iterator[Grid]:
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                cells = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                rows = cast("list[list[RawCell]]", cells)
                _restore_errors(rows, errors.get(sheet.name, []))
                yield Grid(name, sheet.name, rows, hidden=sheet.visible != SheetVisibleEnum.Visible)


def _restore_errors(rows: list[list[RawCell]], errors: list[tuple[str, str]]) -> None:
    for place, text in errors:
        column, row = _position(place)
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend("" for _ in range(column + 1 - len(rows[row])))
        rows[row][column] = text


def _position(place: str) -> tuple[int, int]:
    letters, row = _PLACE.fullmatch(place).groups()  # type: ignore[union-attr]
    column = 0
    for mark in letters:
        column = 26 * column + ord(mark) - ord("A") + 1
    return column - 1, int(row) - 1


def _safe_parts(data: bytes) -> dict[str, bytes]:
    """XML parts of a workbook by name, once their sizes and first elements are harmless.

    Reading a part checks its size and checksum against what the archive declares.
    """
    with ZipFile(BytesIO(data)) as archive:
        _refuse_sizes(archive.infolist())
        names = [name for name in archive.namelist() if name.lower().endswith((".xml", ".rels"))]
        parts = {name: archive.read(name) for name in names}
    for name, xml in parts.items():
        _refuse_declarations(name, xml)
    return parts


def _refuse_sizes(parts: Sequence[ZipInfo]) -> None:
    if sum(part.file_size for part in parts) > LARGEST:
        raise _UnsafeError(f"> {LARGEST // 2**20} MiB")
    for part in parts:
        if part.file_size > max(2**20, HIGHEST_RATIO * part.compress_size):
            ratio = part.file_size // max(1, part.compress_size)
            raise _UnsafeError(f"{part.filename}: 1 : {ratio}")


def _refuse_declarations(name: str, xml: bytes) -> None:
    """Read up to the root element: refuse a document type before it, and a lying count on it.

    calamine reserves memory for as many shared strings as the root says there are; a count
    above the part's own size in bytes can only be there to exhaust it.
    """
    _, root = next(iter(iterparse(BytesIO(xml), events=("start",), forbid_dtd=True)), ("", None))
    for key, value in root.items() if root is not None else ():
        if key.lower().endswith("count") and not (value.isdecimal() and int(value) <= len(xml)):
            raise _UnsafeError(f'{name}: {key}="{value[:20]}"')


def _formula_errors(parts: Mapping[str, bytes]) -> dict[str, list[tuple[str, str]]]:
    """Places and texts of the cells with a formula error, by sheet name."""
    errors = {}
    for sheet, part in _sheet_parts(parts).items():
        _refuse_far_cells(sheet, parts[part])
        if _ERROR_CELL.search(parts[part]):
            errors[sheet] = list(_error_cells(parts[part]))
    return errors


def _refuse_far_cells(name: str, xml: bytes) -> None:
    """Refuse a sheet whose cells span a rectangle that would not fit into memory."""
    if not _FAR_CELL.search(xml):
        return
    places = [_position((found[1] + found[2]).decode()) for found in _FILLED_CELL.finditer(xml)]
    width = max((column + 1 for column, _ in places), default=0)
    height = max((row + 1 for _, row in places), default=0)
    if height > LAST_ROW or width > LAST_COLUMN or width * height > MOST_CELLS:
        raise _UnsafeError(f"{name}: {height} × {width}")


def _error_cells(xml: bytes) -> Iterator[tuple[str, str]]:
    for _, element in iterparse(BytesIO(xml), forbid_dtd=True):
        if _local(element.tag) == "c":
            if element.get("t") == "e" and _PLACE.fullmatch(element.get("r", "")):
                yield element.get("r"), element.findtext("{*}v") or "#N/A"
            element.clear()


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Part of the archive that holds each sheet, by sheet name."""
    workbook = fromstring(parts["xl/workbook.xml"], forbid_dtd=True)
    links = fromstring(parts["xl/_rels/workbook.xml.rels"], forbid_dtd=True)
    targets = {link.get("Id"): normpath(join("xl", link.get("Target", ""))) for link in links}
    sheets = {
        sheet.get("name"): targets.get(_link(sheet), "").lstrip("/")
        for sheet in workbook.findall("{*}sheets/{*}sheet")
    }
    return {name: part for name, part in sheets.items() if part in parts}


def _link(sheet: Element) -> str:
    return next((value for key, value in sheet.items() if key.endswith("}id")), "")
