"""A draft: a mapping proposed from the headings of somebody's own file, to be edited.

Each heading is compared with the words by which a field is asked for; repeated groups of
columns («Продукция 1», «Продукция 2») and answers joined by commas are recognised. What was
not sure says so in a comment, with the share of words that speak for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from matchmaker.codebook import Field, fold, read_rows, tables
from matchmaker.survey.files.open import find_fault, find_files
from matchmaker.survey.files.sandbox import Sandbox
from matchmaker.survey.headings.read_heading import heading_text
from matchmaker.survey.headings.sheet import HEADER_ROWS
from matchmaker.survey.headings.units import unit_factor
from matchmaker.survey.raw_grid import Grid, RawCell, is_blank

SURE, LEAST = 0.9, 0.6
"""Confidence from which a column is taken without a remark, and at all."""

_GROUP = re.compile(r"^(.*?)[\s№#.(\[]*(\d{1,2})[)\].:]?(.*)$")
_UNITS = re.compile(r"[,(\[]\s*([^,()\[\]]{1,30})\s*[)\]]?\s*$")
_SPLIT_TYPES = frozenset({"process", "certificate", "product", "material"})
_LISTED = frozenset({"process", "certificate"})
"""Fields whose answers hardly ever have a comma inside."""
_DEFAULTS = {("enterprises", "role"): "interested"}


@dataclass(frozen=True, slots=True)
class Guess:
    """Field that a column seems to hold, how sure that is, and in which repeated group."""

    heading: str
    index: int
    group: int
    field: Field
    confidence: float


def draft_mapping(*paths: str | Path) -> str:
    """TOML of a mapping for the sheets of some files, with remarks where to look.

    Raises
    ------
    FileNotFoundError
        When a path does not exist.
    """
    lines = ["# Draft of a mapping: check every line, then import with --map THIS_FILE.", ""]
    with Sandbox() as sandbox:
        for name, path in find_files(paths):
            data = path.read_bytes()
            grids = [] if find_fault(name, path.suffix, data) else _grids(sandbox, name, path, data)
            for grid in grids:
                lines += _draft(grid)
    return "\n".join(lines) + "\n"


def _grids(sandbox: Sandbox, name: str, path: Path, data: bytes) -> list[Grid]:
    return [grid for grid in sandbox.read(name, path.suffix, data)[0] if not grid.hidden]


def _draft(grid: Grid) -> Iterator[str]:
    header = _header(grid)
    if header < 0:
        return
    guesses, unsure = _guesses(list(map(heading_text, grid.rows[header])))
    firm = next((g for g in guesses if g.field.name == "enterprise"), None)
    body = grid.rows[header + 1 :]
    yield f"# {grid.file}, {len(body)} rows below the headings in row {header + 1}"
    order = list(tables())
    ordered = sorted(guesses, key=lambda guess: (order.index(guess.field.table), guess.group))
    for (table, _), own in groupby(ordered, key=lambda guess: (guess.field.table, guess.group)):
        yield from _table(grid, header, table, list(own), firm, body)
    for heading, near in unsure:
        yield f"# not used: {_text(heading)}{near}"
    yield ""


def _header(grid: Grid) -> int:
    """Position of the row with most texts among the first ones; -1 without any."""
    counts = [
        sum(isinstance(cell, str) and not is_blank(cell) for cell in row)
        for row in grid.rows[:HEADER_ROWS]
    ]
    return counts.index(max(counts)) if any(counts) else -1


def _guesses(headings: Sequence[str]) -> tuple[list[Guess], list[tuple[str, str]]]:
    """Fields of the columns from left to right, and the columns that stay unused.

    A heading that fits fields of several tables is of the table that the columns before it
    are of; the first column of a kind is taken.
    """
    found: list[Guess] = []
    unsure = []
    current = "enterprises"
    for index, heading in enumerate(headings):
        ranked = _rank(heading, current) if heading else []
        if not ranked or ranked[0][0] < LEAST:
            near = f"  ({ranked[0][1].table}.{ranked[0][1].name}?)" if ranked else ""
            unsure += [(heading, near)] if heading else []
            continue
        confidence, field = ranked[0]
        group = _group(heading)
        taken = {(g.group, g.field) for g in found}
        if (group, field) in taken or headings.index(heading) != index:
            unsure.append((heading, f"  ({field.table}.{field.name} is taken)"))
            continue
        current = field.table
        found.append(Guess(heading, index, group, field, confidence))
    return found, unsure


def _group(heading: str) -> int:
    found = _GROUP.match(heading)
    return int(found[2]) if found else 1


def _rank(heading: str, current: str) -> list[tuple[float, Field]]:
    """Fields by how much speaks for them, those of the current table first among equals."""
    folded = fold(_GROUP.sub(r"\1 \3", heading))
    scored = [
        (max((_likeness(folded, phrase) for phrase in phrases), default=0.0), field)
        for field, phrases in _vocabulary()
    ]
    order = list(tables())
    return sorted(
        ((score, field) for score, field in scored if score > 0.3),
        key=lambda one: (-one[0], one[1].table != current, order.index(one[1].table)),
    )


@cache
def _vocabulary() -> tuple[tuple[Field, tuple[str, ...]], ...]:
    """Phrases by which each field of the survey is asked for."""
    rows = read_rows("question_words.csv")
    words = {(row["table"], row["field"]): row["stems"].split("|") for row in rows}
    fields = (field for table in tables().values() for field in table.fields)
    asked = ((field, words.get((field.table, field.name), ())) for field in fields)
    return tuple((field, tuple(map(fold, stems))) for field, stems in asked if stems)


def _likeness(heading: str, phrase: str) -> float:
    """Share of the words of a phrase that begin words of a heading, less where it says more."""
    have = re.findall(r"[\w-]+", heading)
    wanted = re.findall(r"[\w-]+", phrase)
    met = sum(any(word.startswith(stem) for word in have) for stem in wanted) / len(wanted)
    brevity = min(1.0, len(phrase) / max(len(heading), 1))
    return 0.85 + 0.15 * brevity if met == 1 else met * 0.6


def _table(
    grid: Grid,
    header: int,
    table: str,
    own: Sequence[Guess],
    firm: Guess | None,
    body: Sequence[Sequence[RawCell]],
) -> Iterator[str]:
    """Lines of one `[[table]]`."""
    columns = {guess.field.name: guess for guess in own}
    if firm and table != "enterprises":
        columns = {"enterprise": firm, **columns}
    fixed = {f: value for (t, f), value in _DEFAULTS.items() if t == table and f not in columns}
    required = [f.name for f in tables()[table].fields if f.required]
    lacking = [name for name in required if name not in columns and name not in fixed]
    split = [n for n, g in columns.items() if n in _SPLIT_TYPES and _is_joined(g, body)]
    sections = {
        "columns": {name: _with_confidence(guess) for name, guess in columns.items()},
        "fixed": {name: _text(value) for name, value in fixed.items()},
        "units": {name: _text(unit) for name, g in columns.items() if (unit := _units(g))},
        "split": dict.fromkeys(split[:1], '","  # check'),
    }
    mark = "# " if lacking else ""
    if lacking:
        yield f"# {table}: no column for {', '.join(lacking)}; fill them in and uncomment"
    yield f"{mark}[[table]]"
    yield f'{mark}table = "{table}"'
    yield f"{mark}sheet = {_text(grid.sheet)}"
    yield f"{mark}header = {header + 1}"
    for key, lines in sections.items():
        if lines:
            yield f"{mark}[table.{key}]"
        yield from (f"{mark}{name} = {value}" for name, value in lines.items())
    yield ""


def _with_confidence(guess: Guess) -> str:
    sure = "" if guess.confidence >= SURE else "  # check"
    return f"{_text(guess.heading)}  # {guess.confidence:.0%}{sure}"


def _units(guess: Guess) -> str:
    """Units at the end of a heading, where the field is a number and they can be read."""
    found = _UNITS.search(guess.heading) if guess.field.numeric else None
    return found[1] if found and unit_factor(guess.field, found[1]) else ""


def _is_joined(guess: Guess, body: Iterable[Sequence[RawCell]]) -> bool:
    """Whether some cell of a column joins answers of which another cell has one, too.

    Where answers have no commas of their own, any comma joins two.
    """
    cells = [row[guess.index] for row in body if guess.index < len(row)]
    answers = [cell.split(",") for cell in cells if isinstance(cell, str) and cell.strip()]
    if guess.field.name in _LISTED:
        return any(len(cell) > 1 for cell in answers)
    parts = Counter(part.strip() for cell in answers for part in cell)
    return any(len(cell) > 1 and any(parts[p.strip()] > 1 for p in cell) for cell in answers)


def _text(text: str) -> str:
    """Basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
