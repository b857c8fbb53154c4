"""Archives: what a zipped workbook holds, once nothing in it can harm whoever opens it.

XLSX and ODS files are zip archives of XML. Sizes, document types and lying counts are
refused before any cell is read. calamine leaves cells with a formula error, and formulas
whose result was never saved, blank; they are found in the XML, so that neither passes for an
empty cell. Called by `workbooks`, in the process that may not do harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from posixpath import join, normpath
from xml.etree.ElementTree import Element
from zipfile import ZipFile, ZipInfo

from defusedxml.ElementTree import fromstring, iterparse

from matchmaker.survey.raw_grid import Place, index_of

LARGEST = 256 * 2**20
"""Bytes that a workbook may unpack to."""

HIGHEST_RATIO = 200
"""How many times larger than packed a part of a workbook may be, once it is over 1 MiB."""

LAST_ROW, LAST_COLUMN = 2**20, 2**14
"""Where a sheet of Excel ends."""

ODS_KIND = b"application/vnd.oasis.opendocument.spreadsheet"

_ERROR_CELL = re.compile(rb"""t\s*=\s*["']e["']""")
_UNSAVED = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)(?<!/)>\s*<(?:\w+:)?f\b[^<>]*(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL_NAME = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3}[1-9]\d*)["']""")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d*)", re.ASCII)
_NOTES = {
    "file-macros": re.compile(r"vbaproject\.bin$|/macrosheets/|^basic/.*\.xml$", re.IGNORECASE),
    "file-links": re.compile(
        r"/externallinks/[^/]*\.xml$|/connections\.xml$|/embeddings/|/activex/", re.IGNORECASE
    ),
}


class UnsafeError(Exception):
    """A workbook that would harm whoever opens it; the text says why."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The XML parts of a workbook and the names of all its parts."""

    parts: Mapping[str, bytes]
    names: Sequence[str]
    is_ods: bool

    def notes(self) -> list[str]:
        """Issue codes of what it brings along that is never run nor followed."""
        return [code for code, name in _NOTES.items() if any(map(name.search, self.names))]


def open_archive(data: bytes) -> Archive:
    """Parts of a workbook, once their sizes and first elements are harmless.

    Reading a part checks its size and checksum against what the archive declares.

    Raises
    ------
    UnsafeError
        When a part is out of all proportion, or declares what it does not have.
    """
    with ZipFile(BytesIO(data)) as archive:
        _refuse_sizes(archive.infolist())
        names = archive.namelist()
        is_ods = "mimetype" in names and archive.read("mimetype").strip() == ODS_KIND
        kept = [name for name in names if name.lower().endswith((".xml", ".rels"))]
        parts = {name: archive.read(name) for name in kept}
    for name, xml in parts.items():
        _refuse_declarations(name, xml)
    return Archive(parts, names, is_ods)


def _refuse_sizes(parts: Sequence[ZipInfo]) -> None:
    if sum(part.file_size for part in parts) > LARGEST:
        raise UnsafeError(f"> {LARGEST // 2**20} MiB")
    for part in parts:
        if part.file_size > max(2**20, HIGHEST_RATIO * part.compress_size):
            ratio = part.file_size // max(1, part.compress_size)
            raise UnsafeError(f"{part.filename}: 1 : {ratio}")


def _refuse_declarations(name: str, xml: bytes) -> None:
    """Read up to the root element: refuse a document type before it, and a lying count on it.

    calamine reserves memory for as many shared strings as the root says there are; a count
    above the part's own size in bytes can only be there to exhaust it.
    """
    _, root = next(iter(iterparse(BytesIO(xml), events=("start",), forbid_dtd=True)), ("", None))
    for key, value in root.items() if root is not None else ():
        if key.lower().endswith("count") and not (value.isdecimal() and int(value) <= len(xml)):
            raise UnsafeError(f'{name}: {key}="{value[:20]}"')


@dataclass(frozen=True, slots=True)
class Oddities:
    """Texts of the formula errors of a sheet, and of its formulas without a result, by place."""

    errors: Mapping[Place, str]
    formulas: Mapping[Place, str]


def find_oddities(archive: Archive) -> dict[str, Oddities]:
    """What calamine would leave blank, by sheet name."""
    if archive.is_ods:
        xml = archive.parts.get("content.xml", b"")
        places = _open_document_formulas(xml) if b":formula" in xml else {}
        return {sheet: Oddities({}, own) for sheet, own in places.items()}
    found = {}
    for sheet, part in _sheet_parts(archive.parts).items():
        xml = archive.parts[part]
        errors = dict(_error_cells(xml)) if _has_errors(xml) else {}
        formulas = dict(_unsaved_formulas(xml)) if b"f>" in xml or b"<f" in xml else {}
        found[sheet] = Oddities(errors, formulas)
    return found


def _has_errors(xml: bytes) -> bool:
    """Whether any cell holds a formula error; finding two quoted letters is quick."""
    return any(mark in xml for mark in (b'"e"', b"'e'")) and _ERROR_CELL.search(xml) is not None


def most_rows(archive: Archive) -> int:
    """How many rows the largest part writes out, counted without reading them."""
    mark = b"<table:table-row" if archive.is_ods else b"<row"
    return max((xml.count(mark) for xml in archive.parts.values()), default=0)


def _open_document_formulas(xml: bytes) -> dict[str, dict[Place, str]]:
    """Formulas without a result in an OpenDocument workbook, by sheet and place."""
    found: dict[str, dict[Place, str]] = {}
    sheet, row = "", 0
    for event, element in iterparse(BytesIO(xml), events=("start", "end"), forbid_dtd=True):
        name = _local(element.tag)
        if event == "start" and name == "table":
            sheet, row = _attribute(element, "name"), 0
        elif event == "end" and name == "table-row":
            places = {(row, column): text for column, text in _row_formulas(element)}
            found.setdefault(sheet, {}).update(places)
            row += _times(element, "number-rows-repeated")
            element.clear()
    return found


def _row_formulas(row: Element) -> Iterator[tuple[int, str]]:
    """Column and text of the formulas of a row that have no result."""
    column = 0
    for cell in row:
        formula = _attribute(cell, "formula")
        if formula and not _attribute(cell, "value-type") and len(cell) == 0:
            yield column, formula
        column += _times(cell, "number-columns-repeated")


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if _local(key) == name), "")


def _times(element: Element, name: str) -> int:
    text = _attribute(element, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _error_cells(xml: bytes) -> Iterator[tuple[Place, str]]:
    for _, element in iterparse(BytesIO(xml), forbid_dtd=True):
        if _local(element.tag) == "c":
            place = _position(element.get("r", ""))
            if element.get("t") == "e" and place:
                yield place, element.findtext("{*}v") or "#N/A"
            element.clear()


def _unsaved_formulas(xml: bytes) -> Iterator[tuple[Place, str]]:
    for found in _UNSAVED.finditer(xml):
        name = _CELL_NAME.search(found[1])
        place = _position(name[1].decode()) if name else None
        if place:
            yield place, f"={unescape((found[2] or b'').decode(errors='replace'))}"


def _position(name: str) -> Place | None:
    """Positions from 0 of the row and the column of a cell, if it can be one."""
    found = _PLACE.fullmatch(name)
    if not found:
        return None
    row, column = int(found[2]) - 1, index_of(found[1])
    return (row, column) if row < LAST_ROW and column < LAST_COLUMN else None


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Part of the archive that holds each sheet, by sheet name."""
    workbook = fromstring(parts["xl/workbook.xml"], forbid_dtd=True)
    links = fromstring(parts["xl/_rels/workbook.xml.rels"], forbid_dtd=True)
    targets = {link.get("Id"): normpath(join("xl", link.get("Target", ""))) for link in links}
    sheets = {
        sheet.get("name"): targets.get(_attribute(sheet, "id"), "").lstrip("/")
        for sheet in workbook.findall("{*}sheets/{*}sheet")
    }
    return {name: part for name, part in sheets.items() if part in parts}
