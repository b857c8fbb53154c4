"""What a grid is: which table a sheet holds and which field a column.

Names are matched evened out, in Russian, in English or by field name, and a near miss is
forgiven. Units in a heading are read, not skipped: under «Мощность, ед./год» a number is
taken per year although the survey asks per month, and a price with VAT is no price. What a
heading counts in, such as «руб. за тонну», has to be the unit of every row, or to convert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from rapidfuzz import process
from rapidfuzz.distance import Indel

from matchmaker.codebook import Field, Table, conversion, find_unit, fold, read_rows, tables, units
from matchmaker.model import Issue
from matchmaker.survey.raw_grid import Grid, RawCell, flag, is_blank, letter
from matchmaker.survey.sheet import (
    FINDINGS,
    HEADER_ROWS,
    INSTRUCTIONS,
    LISTS,
    LONGEST_NAME,
    Column,
    Sheet,
)

NEAR = 0.85
"""Likeness (Indel) from which a misspelled name counts as the name."""

NOTES = frozenset(
    {"о файле", "about"}
    | {name.casefold() for names in (INSTRUCTIONS, LISTS, FINDINGS) for name in names.values()}
)
"""Sheets that are no table and are skipped silently."""

T = TypeVar("T")

_SLASH = re.compile(r"\s*[/\\]\s*")
_TAIL = re.compile(r"[,(:\[]")
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN = re.compile(
    r"(?:/|за|per) ?(?:тыс|млн|thousand|\d)|[$€£¥%]|\b(?:квт|kw)\b"
    r"|\b(?:с|вкл\w*|в т\.? ?ч\.?) ндс|\b(?:with|incl\w*\.?) vat"
    r"|\b(?:usd|eur|cny|долл\w*|евро|юан\w*|dollars?|euros?)\b"
)
_SCALES = {
    "yr": {
        **dict.fromkeys(("год", "г", "году", "year", "yr", "annual"), 1.0),
        **dict.fromkeys(("мес", "месяц", "month", "mo"), 12.0),
        **dict.fromkeys(("кв", "квартал", "quarter"), 4.0),
    },
    "days": {
        **dict.fromkeys(("дней", "дн", "дни", "день", "days"), 1.0),
        **dict.fromkeys(("недель", "нед", "weeks"), 7.0),
    },
    "kg": {
        **dict.fromkeys(("кг", "kg"), 1.0),
        **dict.fromkeys(("г", "гр", "g"), 0.001),
        **dict.fromkeys(("т", "t"), 1000.0),
    },
    "h": dict.fromkeys(("ч", "час", "часов", "h", "hours"), 1.0),
    "RUB": {
        **dict.fromkeys(("тыс", "thousand"), 1e3),
        **dict.fromkeys(("млн", "million"), 1e6),
    },
}
_UNREAD = (
    *("неделю", "сутки", "сут", "мин", "минут", "раб", "рабочих"),
    *("week", "day", "min", "working"),
)
_DECISIVE = frozenset(word for scale in _SCALES.values() for word in scale) | {*_UNREAD}
_ANY_UNIT = frozenset({"ед", "единица", "единицу", "единиц", "unit", "units"})
_NEUTRAL = _ANY_UNIT | {"за", "в", "per", "a", "руб", "р", "rub", "без", "ндс", "without", "vat"}
_SAID = re.compile(r"\s(?:за|в|с|со|вкл\w*\.?|per|with|incl\w*\.?)\s")
_PARTS = re.compile(r"[/\\,;:()\[\]]|\b(?:за|в|на|без|per|without)\b")


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading of a known field: stored = cell × factor, in `counted`, "" where it says none.

    The factor is None where its units, as `units` has them, are no units of the field.
    """

    field: Field
    factor: float | None
    counted: str
    units: str


def find_table(name: str) -> Table | None:
    """Table whose name or label, Russian or English, a sheet or file bears."""
    spellings = {
        fold(spelling): table
        for table in tables().values()
        for spelling in (table.name, table.label_ru, table.label_en)
    }
    folded = _SLASH.sub("/", fold(name.replace("_", " ")))
    return _other_sheets().get(folded) or _nearest(folded, spellings)


@cache
def _other_sheets() -> Mapping[str, Table]:
    """Tables by the names that people give their sheets."""
    return {
        fold(name): tables()[row["table"]]
        for row in read_rows("headings.csv")
        if not row["field"]
        for name in row["headings"].split("|")
    }


def recognise(grid: Grid) -> Table | None:
    """Table of a grid: by the sheet's name, else by its header.

    A delimited file is a table if any fits; a sheet of a workbook only if just one does, in all
    its required columns and one more.
    """
    named = find_table(grid.sheet)
    if named:
        return named
    fits = [(_fit(table, grid.rows), table) for table in tables().values()]
    best, table = max(fits, key=lambda fit: fit[0])
    if grid.delimited:
        return table if best[1] >= 2 else None
    required = sum(field.required for field in table.fields)
    alone = [fit for fit, _ in fits].count(best) == 1
    return table if alone and not grid.hidden and best[0] and best[1] > required else None


def count_known(row: Sequence[RawCell]) -> int:
    """How many cells of a row are well spelled headings of one table, at best."""
    return max(len(_well_spelled(table, row)) for table in tables().values())


def _fit(table: Table, rows: Sequence[Sequence[RawCell]]) -> tuple[bool, int]:
    """Whether the best row names every required column, and how many it names."""
    found = [_well_spelled(table, row) for row in rows[:HEADER_ROWS]]
    required = {field.name for field in table.fields if field.required and not _is_owner(field)}
    return max(((required <= names, len(names)) for names in found), default=(False, 0))


def _well_spelled(table: Table, row: Sequence[RawCell]) -> set[str]:
    names = (_halves(fold(cell))[0] for cell in row if isinstance(cell, str))
    return {field.name for name in names if (field := _known(table.name).get(name))}


def understand(grid: Grid, table: Table) -> tuple[Sheet, list[Issue]]:
    """Find the header and the columns of a sheet that holds `table`.

    A sheet that names no enterprise may be of the only one of its file: it has a column aside.
    """
    header = _find_header(table, grid.rows)
    cells = grid.rows[header] if header >= 0 else []
    columns, issues = _columns(grid, table, header, cells)
    missing = [
        flag(
            "column-missing",
            grid.file,
            grid.sheet,
            header + 1,
            value=f"{field.label_ru} / {field.label_en}",
        )
        for field in table.fields
        if field.required and field.name not in columns and not (columns and _is_owner(field))
    ]
    width = max(map(len, grid.rows), default=0)
    owner = next((field for field in table.fields if _is_owner(field)), None)
    aside = frozenset[int]()
    if owner and columns and owner.name not in columns:
        columns[owner.name], aside = Column(width, owner, 1.0, owner.label_ru), frozenset({width})
    headings = headings_of(cells, width)
    return Sheet(grid, table, header, columns, headings, aside=aside), [*missing, *issues]


def _is_owner(field: Field) -> bool:
    """Whether a field names the enterprise that a row is of."""
    return field.type == "enterprise" and field.required


def _find_header(table: Table, rows: Sequence[Sequence[RawCell]]) -> int:
    """Position of the first of those leading rows that name most fields, two at least; or -1."""
    named = [
        len({found[0].name for cell in row if (found := _meaning(table.name, _text(cell)))})
        for row in rows[:HEADER_ROWS]
    ]
    most = max(named, default=0)
    return named.index(most) if most >= 2 else -1


def _columns(
    grid: Grid, table: Table, header: int, cells: Sequence[RawCell]
) -> tuple[dict[str, Column], list[Issue]]:
    headings = list(map(_text, cells))
    first = _first_of_each(table.name, headings)
    columns: dict[str, Column] = {}
    issues = []
    for index, heading in enumerate(headings):
        code, details = "", {}
        found = _known_heading(table.name, heading)
        if found and found.factor and first[found.field.name] == index:
            ratio = _counting_ratio(grid, header, index, found, first.get("unit"))
            if ratio is not None:
                factor = found.factor * ratio
                columns[found.field.name] = Column(index, found.field, factor, heading)
            else:
                code, details = "column-counted", _in_words(found)
        elif found and found.field.name not in first:
            code, details = "column-unit", _in_words(replace(found, counted=""))
        elif found and found.factor and not _is_other_name(table.name, heading):
            code = "column-repeated"
        elif heading or _filled(grid, header, index):
            code = "column-unknown"
        if code:
            place, shown, row = letter(index), heading or letter(index), header + 1
            issues.append(
                flag(code, grid.file, grid.sheet, row, column=place, value=shown, **details)
            )
    return columns, issues


def _in_words(heading: _Heading) -> dict[str, str]:
    """Units of a heading, and how the form asks for its field, in both languages."""
    field, unit = heading.field, units().get(heading.counted)
    return {
        "label_ru": field.label_ru,
        "label_en": field.label_en,
        "unit_ru": unit.label_ru if unit else heading.units,
        "unit_en": unit.label_en if unit else heading.units,
    }


def _counting_ratio(
    grid: Grid, header: int, index: int, heading: _Heading, unit: int | None
) -> float | None:
    """How much one unit that a heading counts in is in the units of the rows, for its field.

    None where it cannot be told, or is not the same for all rows with a number.
    """
    if not heading.counted:
        return 1.0
    own = next((f for f in tables()[heading.field.table].fields if f.type == "unit"), None)
    rows = [row for row in grid.rows[header + 1 :] if _has_number(row, index)]
    told = {_unit_of(row, unit, own.default if own else "") for row in rows}
    ratios = {_ratio(heading, code) for code in told}
    return ratios.pop() if len(ratios) == 1 else None if ratios else 1.0


def _has_number(row: Sequence[RawCell], index: int) -> bool:
    cell = row[index] if index < len(row) else None
    return not is_blank(cell) and any(map(str.isdigit, str(cell)))


def _unit_of(row: Sequence[RawCell], index: int | None, otherwise: str) -> str | None:
    """Code of the unit in a cell of a row; None where the cell has another word."""
    cell = row[index] if index is not None and index < len(row) else None
    return otherwise if is_blank(cell) else find_unit(str(cell))


def _ratio(heading: _Heading, unit: str | None) -> float | None:
    if unit == "" and heading.counted == "pcs":
        return 1.0
    if not unit or not (ratio := conversion(heading.counted, unit)):
        return None
    return ratio if heading.field.unit.startswith("unit/") else 1 / ratio


def _first_of_each(table: str, headings: Sequence[str]) -> dict[str, int]:
    """Position of the heading of every field; the name of the form goes before any other."""
    first: dict[str, int] = {}
    order = sorted(range(len(headings)), key=lambda n: _is_other_name(table, headings[n]))
    for index in order:
        if found := _meaning(table, headings[index]):
            first.setdefault(found[0].name, index)
    return first


def _filled(grid: Grid, header: int, index: int) -> bool:
    return any(index < len(row) and not is_blank(row[index]) for row in grid.rows[header + 1 :])


def headings_of(cells: Sequence[RawCell], width: int) -> tuple[str, ...]:
    """Give every column a distinct name: its heading, or its letter, or both where repeated."""
    headings: list[str] = []
    for index in range(width):
        text = _text(cells[index]) if index < len(cells) else ""
        headings.append(
            text if text and text not in headings else f"{text} {letter(index)}".strip()
        )
    return tuple(headings)


def _text(cell: RawCell) -> str:
    return "" if is_blank(cell) else " ".join(str(cell).split())


def _meaning(table: str, heading: str) -> tuple[Field, float] | None:
    """Field that a heading names and its factor, unless the units make it another thing."""
    found = _known_heading(table, heading)
    return (found.field, found.factor) if found and found.factor else None


@cache
def _known_heading(table: str, heading: str) -> _Heading | None:
    """Field that a heading names, with its units; None when it names none."""
    exact = next((field for field in tables()[table].fields if field.name == heading), None)
    folded = fold(heading)
    name, tail = _halves(folded)
    field = exact or _known(table).get(name) or _nearest(name, _spellings(table))
    if field is None:
        return _spoken(table, folded)
    return _Heading(field, *_units_of(field, folded, tail), tail.strip(" ,:()[]"))


def _spoken(table: str, folded: str) -> _Heading | None:
    """Heading that says its unit in the name: «цена за кг»; None where it says more."""
    found = _SAID.search(folded)
    field = _known(table).get(folded[: found.start()].strip(" *.,(")) if found else None
    if found is None or field is None or not field.numeric:
        return None
    tail = folded[found.start() :]
    factor, counted = _units_of(field, folded, tail)
    rest = set(_WORD.findall(_without(tail, counted))) - _NEUTRAL - _DECISIVE
    plain = not rest or _FOREIGN.search(tail)
    return _Heading(field, factor, counted, tail.strip(" ,:()[]")) if plain else None


@cache
def _is_other_name(table: str, heading: str) -> bool:
    """Whether a heading names its field by what others call it, not as the form does."""
    name, _ = _halves(fold(heading))
    return name in _known(table) and name not in _spellings(table)


def counted_in(column: Column) -> str:
    """Code of the unit that the heading of a column counts in; "" where it names none."""
    found = _known_heading(column.field.table, column.heading)
    return found.counted if found else ""


def field_named(table: str, heading: str) -> Field | None:
    """Field of a table that a heading means; None when it means none."""
    found = _meaning(table, heading)
    return found[0] if found else None


def _halves(folded: str) -> tuple[str, str]:
    """Name and units of a heading: «цена» and «, руб./ед. без ндс»."""
    found = _TAIL.search(folded)
    name, tail = (folded[: found.start()], folded[found.start() :]) if found else (folded, "")
    return _SLASH.sub("/", name.strip(" *.")) or folded, tail


@cache
def _spellings(table: str) -> Mapping[str, Field]:
    fields = tables()[table].fields
    names = {text: field for field in fields for text in (field.name, field.name.replace("_", " "))}
    labels = {
        _halves(fold(field.label(lang)))[0]: field for field in fields for lang in ("en", "ru")
    }
    return names | labels


@cache
def _known(table: str) -> Mapping[str, Field]:
    """Fields by every name taken for theirs: as the form has it, and as others head a column."""
    fields = {field.name: field for field in tables()[table].fields}
    others = {
        _halves(fold(heading))[0]: fields[row["field"]]
        for row in read_rows("headings.csv")
        if row["table"] in {table, "*"} and row["field"] in fields
        for heading in row["headings"].split("|")
    }
    return {**others, **_spellings(table)}


def unit_factor(field: Field, units: str) -> float | None:
    """How much one of the units named is as stored, such as 12 for «шт./мес.»; None if unfit."""
    return _factor(field, f", {fold(units)}")


def _units_of(field: Field, folded: str, tail: str) -> tuple[float | None, str]:
    """Factor of a heading by the units in its tail, and the code of the unit it counts in."""
    if not field.numeric:
        return field.factor, ""
    counted = {code for part in _PARTS.split(folded) if (code := _counted(field, part))}
    if len(counted) > 1 or (counted and "unit" not in field.unit.split("/")):
        return None, ""
    unit = "".join(counted)
    return _factor(field, _without(tail, unit)), unit


def _counted(field: Field, part: str) -> str:
    """Code of the counting unit that a part of a heading is, unless its field asks in it."""
    word, own = part.strip(" .*"), set(field.unit.split("/"))
    if word in _ANY_UNIT or ("yr" in own and word in _SCALES["yr"]):
        return ""
    code = _code(word)
    dimension = units()[code].dimension if code else ""
    asked = ("kg" in own and dimension == "mass") or ("h" in own and dimension == "time")
    return "" if code is None or asked else code


def _code(part: str) -> str | None:
    """Code of the unit that a part of a heading is, also in the accusative: «за 1 тонну»."""
    word = part.strip(" .*").removeprefix("1 ")
    return find_unit(word) or find_unit(f"{word[:-1]}а" if word.endswith("у") else f"{word}.")


def _without(tail: str, unit: str) -> str:
    """Units of a heading less the part that is the counting unit, if any."""
    if not unit:
        return tail
    return ", ".join(part for part in _PARTS.split(tail) if _code(part) != unit)


def _factor(field: Field, tail: str) -> float | None:
    """How much one asked unit is as stored, by the units in a heading; None if they clash."""
    words = set(_WORD.findall(tail))
    if _FOREIGN.search(tail):
        return None
    factor = 1.0 if "yr" in field.unit else field.factor
    for part in field.unit.split("/"):
        told = {scale for word, scale in _SCALES.get(part, {}).items() if word in words}
        if len(told) > 1:
            return None
        factor *= told.pop() if told else field.factor if part == "yr" else 1.0
        words -= _SCALES.get(part, {}).keys()
    return None if words & _DECISIVE else factor


def _nearest(name: str, spellings: Mapping[str, T]) -> T | None:
    """Value of the spelling that is, or is most like, `name`; None when none is near."""
    if name in spellings or not name or len(name) > LONGEST_NAME:
        return spellings.get(name)
    near = process.extractOne(
        name, spellings.keys(), scorer=Indel.normalized_similarity, score_cutoff=NEAR
    )
    return spellings[near[0]] if near else None
