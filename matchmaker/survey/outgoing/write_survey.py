"""Survey frames written: survey frames to a workbook to send out, or to one CSV a table.

The way back from `reader`: values leave in the units the survey asks for, so that what is
written reads as what was stored, in either language.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import TURNKEY, Field, Table, choice_label, regions, tables, units
from matchmaker.survey.cells.quantities import may_be_thousands
from matchmaker.survey.outgoing.excel_style import CREATED, number_format

if TYPE_CHECKING:
    import pandas as pd
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 20_000
"""Rows of a sheet that offer the values of a list to choose from."""

NOTE_SHEET = {"ru": "О файле", "en": "About"}
_TURNKEY_LABEL = {"ru": "под ключ", "en": TURNKEY}
_WIDTHS = {
    "text": 28,
    "list": 32,
    "registration": 15,
    "enterprise": 15,
    "ogrn": 16,
    "item": 24,
    "id": 24,
    "okpd2": 16,
}
_USUAL_WIDTH = 14
_HEADER = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
_HEADER_COLOURS = {True: "#DCE6F1", False: "#F2F2F2"}

Asked = str | float | None


def write_survey(
    frames: Mapping[str, pd.DataFrame], path: str | Path, *, lang: str = "ru", note: str = ""
) -> None:
    """Write tables as a workbook, or into a folder as one CSV a table.

    Parameters
    ----------
    frames
        Stored values by table; a frame without rows gives an empty sheet to fill in.
    path
        A workbook (.xlsx); a path without suffix is a folder.
    lang
        Language of sheets, headings and listed values: `ru` or `en`.
    note
        Text for a first sheet about the file; the reader skips that sheet.
    """
    target = Path(path)
    given = [table for table in tables().values() if table.name in frames]
    if target.suffix:
        _write_workbook({table: frames[table.name] for table in given}, target, lang, note)
        return
    target.mkdir(parents=True, exist_ok=True)
    if note:
        (target / f"{NOTE_SHEET[lang]}.txt").write_text(f"{note}\n", encoding="utf-8")
    for table in given:
        _write_delimited(table, frames[table.name], target / f"{table.label(lang)}.csv", lang)


def asked(field: Field, frame: pd.DataFrame, lang: str) -> list[Asked]:
    """Values of a column as the survey asks for them, such as per month; None where missing."""
    if field.name not in frame:
        return [None] * len(frame)
    column = frame[field.name].astype(object)
    return asked_values(field, column.where(column.notna(), None), lang)


def asked_values(field: Field, values: Iterable[Any], lang: str) -> list[Asked]:
    """Values of a field as the survey asks for them, such as per month; None where missing."""
    convert = _numbers(field) if field.numeric else _words(field, lang)
    return [None if value is None else convert(value) for value in values]


def _numbers(field: Field) -> Callable[[float], Asked]:
    if field.factor == 1:
        return float
    return lambda value: float(f"{value / field.factor:.16g}")


def _words(field: Field, lang: str) -> Callable[[str], Asked]:
    if field.type == "enum":
        return lambda value: choice_label(value, lang)
    if field.type == "unit":
        return lambda value: units()[value].label(lang)
    if field.type == "region":
        return lambda value: regions()[value].name(lang)
    if field.table == "offers" and field.name == "alternative":
        return lambda value: _TURNKEY_LABEL[lang] if value == TURNKEY else value
    return str


def _write_workbook(frames: Mapping[Table, pd.DataFrame], path: Path, lang: str, note: str) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED})
        if note:
            _write_note(book, note, lang)
        for table, frame in frames.items():
            sheet = book.add_worksheet(table.label(lang))
            sheet.freeze_panes(1, 0)
            for index, field in enumerate(table.fields):
                _write_heading(book, sheet, index, field, lang)
                _write_cells(book, sheet, index, field, asked(field, frame, lang))
            sheet.autofilter(0, 0, max(len(frame), 1), len(table.fields) - 1)


def _write_note(book: xlsxwriter.Workbook, note: str, lang: str) -> None:
    sheet = book.add_worksheet(NOTE_SHEET[lang])
    sheet.set_column(0, 0, 100, book.add_format({"text_wrap": True}))
    for row, line in enumerate(note.splitlines()):
        sheet.write_string(row, 0, line)


def _write_heading(
    book: xlsxwriter.Workbook, sheet: Worksheet, index: int, field: Field, lang: str
) -> None:
    style = book.add_format({**_HEADER, "bg_color": _HEADER_COLOURS[field.required]})
    sheet.write_string(0, index, field.label(lang), style)
    if field.help(lang):
        sheet.write_comment(0, index, field.help(lang), {"author": "", "x_scale": 2})
    if field.type == "enum":
        labels = [choice_label(value, lang) for value in field.allowed]
        choice = {"validate": "list", "source": labels, "error_type": "warning"}
        sheet.data_validation(1, index, MOST_ROWS, index, choice)


def _write_cells(
    book: xlsxwriter.Workbook, sheet: Worksheet, index: int, field: Field, values: Iterable[Asked]
) -> None:
    style = book.add_format({"num_format": number_format(field)})
    sheet.set_column(index, index, _WIDTHS.get(field.type, _USUAL_WIDTH), style)
    for row, value in enumerate(values, 1):
        if value is not None:
            write_cell(sheet, (row, index), value, field, style)


def write_cell(
    sheet: Worksheet, place: tuple[int, int], value: str | float, field: Field, style: Format
) -> None:
    """Write one value as what it is: never a text as a formula, nor a code as a number."""
    if isinstance(value, float):
        sheet.write_number(*place, value, style)
    elif field.type == "date":
        sheet.write_datetime(*place, date.fromisoformat(value), style)
    else:
        sheet.write_string(*place, value, style)


def _write_delimited(table: Table, frame: pd.DataFrame, path: Path, lang: str) -> None:
    columns = [
        [_printed(value, lang) for value in asked(field, frame, lang)] for field in table.fields
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        out = csv.writer(handle, delimiter=";", lineterminator="\r\n")
        out.writerow([field.label(lang) for field in table.fields])
        out.writerows(zip(*columns, strict=True))


def _printed(value: Asked, lang: str) -> str:
    """Text of one CSV cell that reads as the value and is nothing else to anybody.

    An apostrophe keeps a spreadsheet from running a text as a formula; a last zero keeps
    1.234 from passing for a thousand.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        digits = f"{value:.16g}"
        digits = f"{digits}0" if may_be_thousands(digits) else digits
        return digits.replace(".", ",") if lang == "ru" else digits
    return f"'{value}" if value[0] in "=+-@'" else value
