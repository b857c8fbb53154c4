"""Template: the workbook that firms fill in, made from the codebook alone.

A sheet of instructions, then one sheet a table: its purpose, what to fill in, an example, the
headings, and rows to fill in. Everything above the rows is locked, and the reader finds the
headings below it. What is stored may be written into it; `reader` then reads what was stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from matchmaker.codebook import Field, Table, choice_labels, fold, say, suggests, tables
from matchmaker.survey.cells.dates import EARLIEST_YEAR, LATEST_YEAR
from matchmaker.survey.headings.sheet import INSTRUCTIONS, LISTS
from matchmaker.survey.outgoing.excel_style import (
    CREATED,
    LINE,
    Styles,
    lines,
    number_format,
    width,
)
from matchmaker.survey.outgoing.write_survey import asked, write_cell
from matchmaker.survey.raw_grid import letter

TITLE, PURPOSE, HELP, EXAMPLE, HEADING, FIRST = range(6)
"""Rows above the answers and the first of these, counted from 0."""

LEAST_ROWS = 25
"""Rows of a sheet that are drawn to be filled in; there may be any number."""

SPARE_ROWS = 3_000
"""Rows below the last answer to which lists to choose from and messages reach."""

WIDEST = 48
"""Width to which a column grows with its texts."""

OWN_COLUMNS = 20
"""Columns beside the table in which a firm may keep what it likes."""

LONGEST_MESSAGE, LONGEST_CAPTION = 255, 32
"""Characters that a spreadsheet shows beside a cell, and in its caption."""

GIVEN = frozenset({"item", "product", "unit", "needed"})
"""Fields of a call sheet that are filled in beforehand and locked."""

STEPS = ("start", "empty", "above", "lists", "rows", "secret", "send")
LEGEND = ("required", "optional", "example", "given")
_ALLOWED = "format_cells format_columns format_rows insert_rows delete_rows sort autofilter"
ALLOWED = dict.fromkeys(_ALLOWED.split(), True)
"""What a protected sheet still lets its reader do."""

STAYING = 2
"""Columns that stay in view: the tax number and what is answered about."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One sheet being written: its table and rows, and what all sheets share."""

    sheet: Worksheet
    table: Table
    frame: pd.DataFrame
    lang: str
    style: Styles
    sources: Mapping[Sequence[str], str]


def write_template(
    path: str | Path,
    *,
    lang: str = "ru",
    frames: Mapping[str, pd.DataFrame] | None = None,
    note: str = "",
) -> None:
    """Write the survey workbook that is sent to firms.

    Parameters
    ----------
    path
        A workbook (.xlsx).
    lang
        Language of everything in it: `ru` or `en`.
    frames
        Stored values by table, to be written into the sheets; `answers`, as `make_call_sheet`
        gives it, adds the call sheet, which is left out otherwise. Nothing but these values is in
        it: whoever gets the workbook should be the one who answered, or who may see it all.
    note
        Text for the sheet of instructions, such as until when to answer and to whom.
    """
    given = frames or {}
    with xlsxwriter.Workbook(Path(path)) as book:
        title = say("template.title", lang)
        book.set_properties({"created": CREATED, "title": title, "author": "matchmaker"})
        style = Styles(book)
        pages = _ordered(given)
        _write_instructions(book, pages, lang, style, note)
        sheets = [book.add_worksheet(table.label(lang)) for table in pages]
        sources = _write_lists(book, pages, lang)
        for table, sheet in zip(pages, sheets, strict=True):
            frame = given.get(table.name, pd.DataFrame())
            _write_page(_Page(sheet, table, frame, lang, style, sources))


def _ordered(given: Mapping[str, pd.DataFrame]) -> list[Table]:
    """Tables that firms fill in; a call sheet comes right after who they are."""
    asked_for = [table for table in tables().values() if table.part == "survey"]
    first = ("enterprises", "answers")
    kept = [table for table in asked_for if table.name != "answers" or "answers" in given]
    return sorted(kept, key=lambda table: table.name not in first)


def _write_instructions(
    book: xlsxwriter.Workbook, pages: Sequence[Table], lang: str, style: Styles, note: str
) -> None:
    sheet = book.add_worksheet(INSTRUCTIONS[lang])
    sheet.hide_gridlines(2)
    for column, size in enumerate((4, 34, 84)):
        sheet.set_column(column, column, size)
    sheet.set_row(0, 30)
    sheet.write_string(0, 1, say("template.title", lang), style("title"))
    sheet.write_string(1, 1, say("template.purpose", lang), style("subtitle"))
    row = 3
    if note:
        row = _write_paragraph(sheet, row, note, style) + 1
    row = _write_steps(sheet, row, lang, style)
    row = _write_contents(sheet, row + 1, pages, lang, style)
    has_call_sheet = any(table.name == "answers" for table in pages)
    _write_legend(sheet, row + 1, LEGEND if has_call_sheet else LEGEND[:-1], lang, style)
    sheet.protect("", ALLOWED)
    _set_up_print(sheet, landscape=False)


def _write_paragraph(sheet: Worksheet, row: int, text: str, style: Styles) -> int:
    """Write a text over both columns; return the next free row."""
    sheet.merge_range(row, 1, row, 2, "", style("text"))
    sheet.write_string(row, 1, text, style("text"))
    sheet.set_row(row, 15 * lines(text, 100))
    return row + 1


def _write_steps(sheet: Worksheet, row: int, lang: str, style: Styles) -> int:
    sheet.write_string(row, 1, say("template.how", lang), style("section"))
    for number, step in enumerate(STEPS, start=1):
        sheet.write_number(row + number, 0, number, style("number"))
        _write_paragraph(sheet, row + number, say(f"template.step.{step}", lang), style)
    return row + len(STEPS) + 1


def _write_contents(
    sheet: Worksheet, row: int, pages: Sequence[Table], lang: str, style: Styles
) -> int:
    sheet.write_string(row, 1, say("template.contents", lang), style("section"))
    for number, table in enumerate(pages, start=1):
        name = table.label(lang)
        link = f"internal:'{name}'!A{FIRST + 1}"
        sheet.write_url(row + number, 1, link, style("link"), string=name)
        sheet.write_string(row + number, 2, _help(table, lang), style("text"))
    return row + len(pages) + 1


def _help(table: Table, lang: str) -> str:
    return table.help_ru if lang == "ru" else table.help_en


def _write_legend(
    sheet: Worksheet, row: int, kinds: Sequence[str], lang: str, style: Styles
) -> None:
    sheet.write_string(row, 1, say("template.legend", lang), style("section"))
    for number, kind in enumerate(kinds, start=1):
        sheet.write_string(row + number, 1, say(f"template.legend.{kind}", lang), style(kind))
        sheet.write_string(row + number, 2, say(f"template.about.{kind}", lang), style("text"))


def _write_lists(
    book: xlsxwriter.Workbook, pages: Sequence[Table], lang: str
) -> dict[Sequence[str], str]:
    """Write every list to choose from into a hidden sheet; return where each stands."""
    sheet = book.add_worksheet(LISTS[lang])
    sheet.very_hidden()
    lists = dict.fromkeys(tuple(choice_labels(f, lang)) for table in pages for f in table.fields)
    found: dict[Sequence[str], str] = {}
    for column, words in enumerate(filter(None, lists)):
        sheet.write_column(0, column, words)
        place = f"${letter(column)}$1:${letter(column)}${len(words)}"
        found[words] = f"='{LISTS[lang]}'!{place}"
    return found


def _write_page(page: _Page) -> None:
    fields, sheet = page.table.fields, page.sheet
    sheet.set_column(len(fields), len(fields) + OWN_COLUMNS, None, page.style("free"))
    for index, field in enumerate(fields):
        _write_column(page, index, field)
    _write_top(page)
    _set_heights(page)
    last = FIRST + max(len(page.frame), LEAST_ROWS) - 1
    sheet.freeze_panes(FIRST, STAYING)
    sheet.autofilter(HEADING, 0, last, len(fields) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{letter(len(fields))}{last + SPARE_ROWS}"})
    sheet.protect("", ALLOWED)
    sheet.set_selection(FIRST, 0, FIRST, 0)
    sheet.repeat_rows(HEADING)
    sheet.print_area(0, 0, last, len(fields) - 1)
    _set_up_print(sheet, landscape=True)


def _set_up_print(sheet: Worksheet, *, landscape: bool) -> None:
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&R&P / &N")


def _write_top(page: _Page) -> None:
    """Write what stands above the headings, and set the heights of its rows."""
    sheet, lang, fields = page.sheet, page.lang, page.table.fields
    sheet.set_row(TITLE, 26)
    sheet.write_string(TITLE, 0, page.table.label(lang), page.style("title"))
    sheet.set_row(PURPOSE, 20)
    sheet.write_string(PURPOSE, 0, _help(page.table, lang), page.style("subtitle"))
    tallest = {
        HELP: max(lines(field.help(lang), width(field)) for field in fields),
        EXAMPLE: max(lines(_example(page, field), width(field)) for field in fields),
        HEADING: max(lines(_heading(field, lang), width(field) - 4) for field in fields),
    }
    for row, most in tallest.items():
        sheet.set_row(row, LINE * most + 4)


def _set_heights(page: _Page) -> None:
    """Make rows with long texts high enough; not every program does so by itself."""
    wrapped = [field for field in page.table.fields if _wrap(field) and field.name in page.frame]
    for position, row in enumerate(page.frame.to_dict("records")):
        texts = ((row[field.name], _width(page, field) - 6) for field in wrapped)
        most = max((lines(text, size) for text, size in texts if isinstance(text, str)), default=1)
        if most > 1:
            page.sheet.set_row(FIRST + position, 15 * most)


def _width(page: _Page, field: Field) -> int:
    """Width of a column: of its kind, or of the longest text in it up to a limit."""
    if not _wrap(field) or field.name not in page.frame:
        return width(field)
    texts = (text for text in page.frame[field.name] if isinstance(text, str))
    return max(width(field), min(max(map(len, texts), default=0), WIDEST))


def _heading(field: Field, lang: str) -> str:
    """Heading of a column; a star marks what a row cannot do without."""
    return f"{field.label(lang)} *" if _is_required(field) else field.label(lang)


def _is_required(field: Field) -> bool:
    """Whether a row needs the field; which enterprise it is of, goes without saying for one."""
    return field.required and field.type != "enterprise"


def _example(page: _Page, field: Field) -> str:
    """What an answer may look like; the first cell says that it is one."""
    example = field.example(page.lang)
    if field is not page.table.fields[0]:
        return example
    return f"{say('template.example', page.lang)} {example}".strip()


def _write_column(page: _Page, index: int, field: Field) -> None:
    sheet, lang, style = page.sheet, page.lang, page.style
    number = number_format(field)
    form = style("answer", num_format=number, **_wrap(field))
    sheet.set_column(index, index, _width(page, field), style("free", num_format=number))
    sheet.write_string(HELP, index, field.help(lang), style("help"))
    sheet.write_string(EXAMPLE, index, _example(page, field), style("example"))
    kind = "required" if _is_required(field) else "optional"
    sheet.write_string(HEADING, index, _heading(field, lang), style(kind))
    for row in range(FIRST, FIRST + LEAST_ROWS):
        sheet.write_blank(row, index, None, form)
    last = FIRST + len(page.frame) + SPARE_ROWS
    sheet.data_validation(FIRST, index, last, index, _validation(page, field))
    levels = page.frame.get("level", pd.Series(0, page.frame.index))
    values = zip(asked(field, page.frame, lang), levels, strict=True)
    for row, (value, level) in enumerate(values, start=FIRST):
        _write_answer(page, (row, index), field, value, int(level))


def _wrap(field: Field) -> dict[str, Any]:
    return {"text_wrap": True} if field.type in {"text", "list"} else {}


def _write_answer(
    page: _Page, place: tuple[int, int], field: Field, value: str | float | None, level: int
) -> None:
    """Write one stored value; what a call sheet asks about is locked."""
    given = "level" in page.frame and field.name in GIVEN
    indent = {"indent": level, "align": "left"} if given and field.name == "product" else {}
    look = {"num_format": number_format(field, value)} | indent | _wrap(field)
    form = page.style("given" if given else "answer", **look)
    if value is None:
        page.sheet.write_blank(*place, None, form)
    else:
        write_cell(page.sheet, place, value, field, form)


def _validation(page: _Page, field: Field) -> dict[str, Any]:
    """Rule of a column with its list, and the message that a chosen cell shows."""
    lang = page.lang
    words = tuple(choice_labels(field, lang))
    rule = {"validate": "list", "source": page.sources[words]} if words else _limits(field)
    remark = {
        "input_title": field.label(lang)[:LONGEST_CAPTION],
        "input_message": _message(field, lang)[:LONGEST_MESSAGE],
        "show_input": bool(_message(field, lang)),
    }
    wrong = {
        "error_type": "warning",
        "error_title": field.label(lang)[:LONGEST_CAPTION],
        "error_message": say(f"template.wrong.{_kind(field, words)}", lang),
        "show_error": not suggests(field),
    }
    return {**rule, **remark, **wrong}


def _kind(field: Field, words: Sequence[str]) -> str:
    if words:
        return "list"
    return "number" if field.numeric else "date" if field.type == "date" else "text"


def _limits(field: Field) -> dict[str, Any]:
    """What a number, a date or a tax number looks like; a firm may insist on another."""
    if field.numeric:
        most = field.highest / field.factor
        return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": most}
    if field.type == "date":
        ends = {"minimum": date(EARLIEST_YEAR, 1, 1), "maximum": date(LATEST_YEAR, 12, 31)}
        return {"validate": "date", "criteria": "between", **ends}
    if field.type in {"registration", "enterprise"}:
        return {"validate": "length", "criteria": "between", "minimum": 10, "maximum": 12}
    return {"validate": "any"}


def _message(field: Field, lang: str) -> str:
    """Help and example of a field, for the cell that is being filled in."""
    parts = [field.help(lang)]
    if field.example(lang) and fold(field.example(lang)) not in fold(field.help(lang)):
        parts.append(say("template.for-example", lang, example=field.example(lang)))
    return ". ".join(filter(None, parts))
