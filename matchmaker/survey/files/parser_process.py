"""The process that parses files of strangers, with little memory and no way to write.

Started by `sandbox`. Requests come on standard input, a line of JSON with the size of the file
and then its bytes; answers leave on standard output, a line with their size and then JSON of
raw cells and issues, nothing that could be run. It opens no file of its own and no connection.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from datetime import date, time
from typing import Any, BinaryIO

from matchmaker.model import Issue
from matchmaker.survey.files.open import read_grids
from matchmaker.survey.raw_grid import Grid, flag

MEMORY = 2**30
"""Bytes of address space that parsing may take."""

SECONDS = 10
"""Time that parsing one file may take."""

MARKED = 2**28
"""Bytes of a file that marking a copy may write."""

MARKING_SECONDS = 180
"""Time that marking a copy of one file may take."""

DATE = "date"
"""Key of the object that stands for a date or a time in an answer."""


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer requests to parse until they end."""
    _give_up_rights()
    gc.disable()
    for request, data in _requests(source):
        _send(target, _answer(request["name"], request["suffix"], data))


def serve_marked(source: BinaryIO, target: BinaryIO) -> None:
    """Answer requests for marked copies; writing one takes files in the folder given for them."""
    from matchmaker.survey.files.mark_workbook import mark_workbook

    _give_up_rights(written=MARKED)
    for request, data in _requests(source):
        _send(target, mark_workbook(request["name"], request["suffix"], data, request["plan"]))


def _give_up_rights(*, written: int = 0) -> None:
    if sys.platform == "linux":
        import resource

        for what, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, written),
        ):
            resource.setrlimit(what, (most, most))


def _requests(source: BinaryIO) -> Iterator[tuple[dict[str, Any], bytes]]:
    for line in source:
        request = json.loads(line)
        yield request, source.read(request["size"])


def _send(target: BinaryIO, answer: bytes) -> None:
    target.write(b"%d\n" % len(answer))
    target.write(answer)
    target.flush()


def _answer(name: str, suffix: str, data: bytes) -> bytes:
    """JSON of the grids and issues of a file; of one that does not fit, the issue that says so."""
    try:
        return _packed(*read_grids(name, suffix, data))
    except (MemoryError, RecursionError):
        return _packed([], [flag("file-unsafe", name, reason=f"> {MEMORY // 2**30} GiB")])


def _packed(grids: list[Grid], issues: list[Issue]) -> bytes:
    document = {"grids": list(map(_plain_grid, grids)), "issues": list(map(_plain_issue, issues))}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain_cell)
    return text.encode("utf-8", errors="surrogatepass")


def _plain_grid(grid: Grid) -> dict[str, Any]:
    formulas = [[*place, text] for place, text in grid.formulas.items()]
    marks = {"delimited": grid.delimited, "hidden": grid.hidden, "torn": sorted(grid.torn)}
    return {"sheet": grid.sheet, "rows": grid.rows, **marks, "formulas": formulas}


def _plain_issue(issue: Issue) -> dict[str, Any]:
    about = {"code": issue.code, "sheet": issue.sheet, "row": issue.row, "value": issue.value}
    return {**about, "details": dict(issue.details)}


def _plain_cell(cell: object) -> Any:
    return {DATE: cell.isoformat()} if isinstance(cell, (date, time)) else str(cell)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
