"""Excel style: colours, widths and number formats of the workbooks that go to firms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import Field

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format

CREATED = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Stands in the properties of a workbook, so that two runs give the same bytes."""

LINE = 12.5
"""Height of a line of small text, points."""

_LETTERS = 1.2
"""Letters of small text for each unit of a column's width."""

_WIDTHS = {
    "text": 30,
    "enum": 18,
    "registration": 16,
    "enterprise": 16,
    "item": 22,
    "okpd2": 15,
    "okved2": 13,
    "region": 28,
    "country": 18,
    "unit": 13,
    "date": 14,
}
_USUAL_WIDTH = 16
_INK, _PALE = "#1F3864", "#DDE6F3"
_NUMBERS = {"money": "#,##0.00", "share": "0.0%", "date": "dd.mm.yyyy"}
_EDGE = {"border": 1, "border_color": "#C9D1DC"}
_WRAPPED = {"text_wrap": True, "valign": "top"}
_HEADING = {**_EDGE, "text_wrap": True, "valign": "vcenter", "bold": True}

STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": _INK, "valign": "vcenter"},
    "subtitle": {"font_size": 11, "font_color": "#44546A", "valign": "vcenter"},
    "section": {"bold": True, "font_size": 12, "font_color": _INK, "bottom": 1},
    "text": {**_WRAPPED},
    "number": {"bold": True, "font_color": _INK, "valign": "top", "align": "center"},
    "link": {"font_color": "#0563C1", "underline": 1, "valign": "top"},
    "help": {**_WRAPPED, **_EDGE, "font_size": 9, "font_color": "#44546A", "bg_color": "#F5F7FA"},
    "example": {**_WRAPPED, **_EDGE, "italic": True, "font_color": "#8C95A1"}
    | {"bg_color": "#F5F7FA", "font_size": 9},
    "required": {**_HEADING, "font_color": "#FFFFFF", "bg_color": _INK},
    "optional": {**_HEADING, "font_color": _INK, "bg_color": _PALE},
    "given": {**_WRAPPED, **_EDGE, "bg_color": "#F5F7FA", "font_color": "#44546A"},
    "answer": {**_EDGE, "valign": "top", "locked": False},
    "free": {"locked": False},
}
"""How the parts of a sheet look, by what they are; only what firms fill in is unlocked."""


class Styles:
    """Formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._add = cache(lambda items: book.add_format(dict(items)))

    def __call__(self, style: str, **more: Any) -> Format:
        """Format of a part, with some properties more."""
        found: Format = self._add(tuple({**STYLES[style], **more}.items()))
        return found


def width(field: Field) -> int:
    """Width of a column, in digits of the usual font."""
    return _WIDTHS.get(field.type, _USUAL_WIDTH)


def number_format(field: Field, value: object = None) -> str:
    """Number format of a field, or of one value of it: texts and codes stay texts."""
    if not field.numeric and field.type != "date":
        return "@"
    whole = isinstance(value, float) and value.is_integer()
    return _NUMBERS.get(field.type, "#,##0" if whole else "General")


def lines(text: str, columns: float) -> int:
    """Lines that a small text takes in a column of that width."""
    return sum(ceil(max(1, len(part)) / (columns * _LETTERS)) for part in text.split("\n"))
