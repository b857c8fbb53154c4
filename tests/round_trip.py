"""Surveys written in any of the forms that firms send, in any order of rows and columns."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd

from matchmaker.codebook import Field, Table, tables
from matchmaker.survey import asked
from matchmaker.survey.cells.quantities import may_be_thousands
from tests.hostile import packed

Grid = list[list[object]]
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def shuffled_grids(
    frames: Mapping[str, pd.DataFrame], lang: str, rng: random.Random
) -> dict[Table, Grid]:
    """Headings and values of every table as firms would write them, in an order of their own."""
    found = {}
    for name in rng.sample(sorted(frames), len(frames)):
        table, frame = tables()[name], frames[name]
        fields = rng.sample(table.fields, len(table.fields))
        columns = [[_moment(f, value) for value in asked(f, frame, lang)] for f in fields]
        rows = [list(row) for row in zip(*columns, strict=True)]
        found[table] = [[f.label(lang) for f in fields], *rng.sample(rows, len(rows))]
    return found


def _moment(field: Field, value: object) -> object:
    return date.fromisoformat(value) if field.type == "date" and isinstance(value, str) else value


def write_delimited(
    grids: Mapping[Table, Grid], folder: Path, lang: str, encoding: str, delimiter: str
) -> None:
    """One delimited text a table."""
    for table, grid in grids.items():
        out = StringIO(newline="")
        rows = [[_printed(value, lang) for value in row] for row in grid]
        csv.writer(out, delimiter=delimiter).writerows(rows)
        (folder / f"{table.label(lang)}.csv").write_bytes(out.getvalue().encode(encoding))


def _printed(value: object, lang: str) -> str:
    if isinstance(value, float):
        digits = f"{value:.16g}"
        digits += "0" if may_be_thousands(digits) else ""
        return digits.replace(".", ",") if lang == "ru" else digits
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}" if lang == "ru" else value.isoformat()
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in tuple("=+-@'") else text


def write_xlsx(grids: Mapping[Table, Grid], path: Path, lang: str) -> None:
    """A workbook by other code than the package's own writer."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table, grid in grids.items():
        sheet = book.create_sheet(table.label(lang))
        for number, row in enumerate(grid, start=1):
            for place, value in enumerate(row, start=1):
                cell = sheet.cell(number, place)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"
    book.save(path)


def write_ods(grids: Mapping[Table, Grid], path: Path, lang: str) -> None:
    """An OpenDocument spreadsheet."""
    kinds = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    sheets = "".join(_ods_sheet(table.label(lang), grid) for table, grid in grids.items())
    body = f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
    content = f"<office:document-content {kinds}>{body}</office:document-content>"
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    parts = {"mimetype": kind, "content.xml": content.encode()}
    path.write_bytes(packed(parts | {"META-INF/manifest.xml": b"<manifest/>"}))


def _ods_sheet(name: str, grid: Grid) -> str:
    return f'<table:table table:name="{name}">{"".join(map(_ods_row, grid))}</table:table>'


def _ods_row(row: list[object]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind, more = "string", ""
    if isinstance(value, float):
        kind, more = "float", f' office:value="{value!r}"'
    elif isinstance(value, date):
        kind, more = "date", f' office:date-value="{value.isoformat()}"'
    start = f'<table:table-cell office:value-type="{kind}"{more}>'
    return f"{start}<text:p>{escape(str(value))}</text:p></table:table-cell>"


WRITERS: dict[str, Callable[[Mapping[Table, Grid], Path, str], None]] = {
    **{
        f"{encoding} {mark!r}": lambda grids, folder, lang, e=encoding, m=mark: write_delimited(
            grids, folder, lang, e, m
        )
        for encoding in ("utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-be")
        for mark in (";", ",", "\t")
    },
    "xlsx": lambda grids, folder, lang: write_xlsx(grids, folder / "survey.xlsx", lang),
    "ods": lambda grids, folder, lang: write_ods(grids, folder / "survey.ods", lang),
}
"""Ways to write shuffled grids into a folder, by name."""
