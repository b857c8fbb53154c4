"""Survey cells in short: what stands side by side becomes a range, as spreadsheets write it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from matchmaker.errors import BadValueError

_PLACE = re.compile(r"([A-Z]*)(\d+)")


def cell_ranges(cells: Iterable[str]) -> list[str]:
    """Cells by sheet in order, neighbours joined.

    >>> cell_ranges(["s.xlsx!A!B2", "s.xlsx!A!F2", "s.xlsx!A!G2", "s.xlsx!A!F3", "s.xlsx!A!G3"])
    ['s.xlsx!A!B2,F2:G3']
    """
    rows: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for cell in cells:
        sheet, _, place = cell.rpartition("!")
        letters, row = _parts(place)
        rows[sheet][row].add(_number(letters))
    return [f"{sheet}!{','.join(_ranges(rows[sheet]))}" for sheet in sorted(rows)]


def _parts(place: str) -> tuple[str, int]:
    match = _PLACE.fullmatch(place)
    if match is None:
        raise BadValueError(f"Expected a cell such as F46, found {place!r}.")
    return match[1], int(match[2])


def _ranges(rows: dict[int, set[int]]) -> Iterator[str]:
    """Ranges of one sheet: runs of columns, extended over the rows below that have the same."""
    having: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row, columns in rows.items():
        for run in _runs(columns):
            having[run].add(row)
    blocks = [(first, last, run) for run, held in having.items() for first, last in _runs(held)]
    for first, last, (left, right) in sorted(blocks, key=lambda block: (block[0], block[2])):
        start, end = f"{_letters(left)}{first}", f"{_letters(right)}{last}"
        yield start if start == end else f"{start}:{end}"


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of every run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _number(letters: str) -> int:
    """Column number from 1; 0 for a cell that names a row only."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
