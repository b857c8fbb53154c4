"""Mapping: somebody's own sheets, columns, values and units said in terms of the codebook.

A TOML file has a `[[table]]` for each table that a sheet fills; several may read one sheet, so
that a form with one row per response becomes enterprises, offers and certificates. Here the
file is read and checked; `mapped` applies it to grids, `drafts` proposes one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from matchmaker.codebook import Field, Table, describe, severity, tables
from matchmaker.errors import MappingError
from matchmaker.model import Issue
from matchmaker.survey.cells.values import parse_cell
from matchmaker.survey.headings.sheet import column_asked
from matchmaker.survey.headings.units import unit_factor

KEYS = ("table", "sheet", "header", "columns", "fixed", "units", "values", "split")
"""Keys of a `[[table]]`."""


@dataclass(frozen=True, slots=True)
class TableMap:
    """How one table is read from a sheet.

    Parameters
    ----------
    table
        Table of the survey that the rows go to.
    sheet
        Name of the sheet; "" is any sheet that has all the columns.
    header
        Row of the headings from 1; 0 looks for it.
    columns
        Heading by field.
    fixed
        Value by field, the same in every row.
    factors
        Stored units per unit of the column, by numeric field.
    values
        By field: word of the survey by word of the sender.
    split
        Separator by field, where one cell holds several answers: one row each.
    """

    table: Table
    sheet: str
    header: int
    columns: Mapping[str, str]
    fixed: Mapping[str, str]
    factors: Mapping[str, float]
    values: Mapping[str, Mapping[str, str]]
    split: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SurveyMap:
    """All tables of a mapping, and the file it came from."""

    name: str
    tables: tuple[TableMap, ...]


def read_mapping(path: str | Path) -> SurveyMap:
    """Read and check a mapping.

    Raises
    ------
    MappingError
        When the file is no TOML, or names a table, field, unit or key that there is not; the
        message has the line, the rule and the nearest name.
    OSError
        When the file cannot be read.
    """
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{file.name}: this is no TOML in UTF-8: {error}.") from error
    return _Checker(file.name, text).survey_map(document)


@dataclass(frozen=True, slots=True)
class _Checker:
    """Turns the document into values, or says where it is wrong."""

    name: str
    text: str

    def survey_map(self, document: Mapping[str, Any]) -> SurveyMap:
        self._known("table", document, ("table",), 0)
        entries = document.get("table")
        if not isinstance(entries, list) or not entries:
            self._fail(0, "table", "a mapping has at least one [[table]]")
        return SurveyMap(self.name, tuple(map(self._table, range(1, len(entries) + 1), entries)))

    def _table(self, place: int, entry: Mapping[str, Any]) -> TableMap:
        self._known("key", entry, KEYS, place)
        table = self._codebook_table(place, entry.get("table"))
        fields = [field.name for field in table.fields]
        parts = {key: self._section(place, entry, key) for key in KEYS[3:]}
        for part in parts.values():
            self._known(f"field of {table.name}", part, fields, place)
        self._all_texts(place, parts)
        if not parts["columns"]:
            self._fail(place, "columns", 'name at least one column: field = "heading"')
        self._required(place, table, {**parts["columns"], **parts["fixed"]})
        for key in ("units", "values", "split"):
            self._known("column for", parts[key], parts["columns"], place)
        for field, text in parts["fixed"].items():
            self._fixed(place, table.field(field), text)
        return TableMap(
            table=table,
            sheet=self._typed(place, entry, "sheet", ""),
            header=self._typed(place, entry, "header", 0),
            columns=parts["columns"],
            fixed=parts["fixed"],
            factors={f: self._factor(place, table, f, u) for f, u in parts["units"].items()},
            values=parts["values"],
            split=parts["split"],
        )

    def _codebook_table(self, place: int, name: object) -> Table:
        if not isinstance(name, str) or name not in tables():
            self._fail(place, "table", f"there is no table {name!r}", str(name), tables())
        return tables()[name]

    def _section(self, place: int, entry: Mapping[str, Any], key: str) -> dict[str, Any]:
        part = entry.get(key, {})
        if not isinstance(part, dict):
            self._fail(place, key, f"{key} is a table of its own: [table.{key}]")
        return part

    def _typed(self, place: int, entry: Mapping[str, Any], key: str, default: Any) -> Any:
        found = entry.get(key, default)
        if type(found) is not type(default):
            kind = "a text in quotes" if default == "" else "the number of a row, such as 1"
            self._fail(place, key, f"{key} is {kind}, not {found!r}")
        return found

    def _all_texts(self, place: int, parts: Mapping[str, Mapping[str, Any]]) -> None:
        for key in ("columns", "fixed", "units", "split"):
            for field, text in parts[key].items():
                if not isinstance(text, str) or not text:
                    rule = f"{key}.{field} is a text in quotes, not {text!r}"
                    self._fail(place, f"{key}.{field}", rule)
        for field, words in parts["values"].items():
            if not (isinstance(words, dict) and all(isinstance(w, str) for w in words.values())):
                rule = f'values.{field} pairs their word with ours: "Хотим вступить" = "interested"'
                self._fail(place, f"values.{field}", rule)

    def _required(self, place: int, table: Table, given: Mapping[str, Any]) -> None:
        lacking = [f.name for f in table.fields if f.required and f.name not in given]
        if lacking:
            rule = f"{table.name} needs {', '.join(lacking)}: give a column, or a value under fixed"
            self._fail(place, "columns", rule)

    def _factor(self, place: int, table: Table, name: str, unit: str) -> float:
        field = table.field(name)
        factor = unit_factor(field, unit) if field.numeric else None
        if factor is None:
            asked = field.label_ru.partition(",")[2].strip() or "none"
            rule = f"units.{name}: {unit!r} is no unit of it; asked: {asked}"
            self._fail(place, f"units.{name}", rule)
        return factor

    def _fixed(self, place: int, field: Field, text: str) -> None:
        _, problem = parse_cell(text, column_asked(field))
        if problem:
            code, details = problem
            issue = Issue(code, severity(code), self.name, value=text, details=details)
            message, remedy = describe(issue, "en")
            self._fail(place, f"fixed.{field.name}", f"fixed.{field.name}: {message}; {remedy}")

    def _known(self, what: str, entry: Iterable[str], names: Iterable[str], place: int) -> None:
        for key in entry:
            if key not in set(names):
                self._fail(place, key, f"there is no {what} {key!r}", key, names)

    def _fail(
        self, place: int, key: str, rule: str, name: str = "", known: Iterable[str] = ()
    ) -> NoReturn:
        names = list(known)
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        remedy = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(names)}."
        where = f"{self.name}, line {self._line(place, key)}"
        table = f", [[table]] {place}" if place else ""
        raise MappingError(f"{where}{table}: {rule}{remedy if names else '.'}")

    def _line(self, place: int, key: str) -> int:
        """Line of a key, or `section.key`, in the n-th `[[table]]`; of that table without it."""
        starts = [m.start(1) for m in re.finditer(r"^\s*(\[\[\s*table\s*\]\])", self.text, re.M)]
        start = starts[place - 1] if 0 < place <= len(starts) else 0
        end = starts[place] if 0 < place < len(starts) else len(self.text)
        for part in key.split("."):
            name = rf"^[ \t]*(\[table\.)?\"?{re.escape(part)}\"?[ \t]*[=\].]"
            found = re.compile(name, re.M).search(self.text, start, end)
            start = found.start() if found else start
        return self.text.count("\n", 0, start) + 1
