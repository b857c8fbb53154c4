"""Marked copies: what was found in a file, told in the file itself.

The sender gets the workbook back with the wrong cells coloured and commented and a first sheet
that lists them with links. Corrected there and imported again, it is a newer edition of the file
it was made of (`editions`), and comments and the sheet of findings are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matchmaker.codebook import LANGUAGES, say
from matchmaker.errors import MatchmakerError
from matchmaker.model import Issue
from matchmaker.survey.editions import read_edition
from matchmaker.survey.files.open import LARGEST_FILE, find_files
from matchmaker.survey.files.sandbox import Sandbox, mark
from matchmaker.survey.headings.columns import understand
from matchmaker.survey.headings.find_table import recognise
from matchmaker.survey.headings.sheet import FINDINGS
from matchmaker.survey.outgoing.issue_text import describe_to_sender, without_waiting
from matchmaker.survey.raw_grid import Grid, index_of

HEADS = ("number", "severity", "sheet", "cell", "label", "found", "message", "fix")
"""Headings of the sheet of findings."""


def write_marked(
    paths: Sequence[str | Path], issues: Sequence[Issue], out: str | Path, *, lang: str = "ru"
) -> list[Path]:
    """Write a marked copy of every file that has issues.

    Parameters
    ----------
    paths
        What was given to `read_survey`.
    issues
        What it found.
    out
        A workbook (.xlsx) when there is one file; otherwise a folder, which gets one workbook
        a file, named as the file.
    lang
        Language of comments and findings: `ru` or `en`.

    Returns
    -------
    list of Path
        The workbooks written; none where nothing was found.

    Raises
    ------
    MatchmakerError
        When there are several files and `out` is a workbook, or when a copy would take the
        place of a file that was read.
    """
    target, files = Path(out), find_files(paths)
    check_target(files, target)
    written, taken = [], {name for name, _ in files}
    with Sandbox() as sandbox:
        for name, path in files:
            file, grids, _ = read_edition(sandbox, name, path, taken)
            taken.add(file.name)
            found = without_waiting(issue for issue in issues if issue.file == file.name)
            if found:
                place = _copy_of(name, target)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(_marked(path, grids, found, lang))
                written.append(place)
    return written


def check_target(files: Sequence[tuple[str, Path]], target: Path) -> None:
    """Raise when marked copies cannot be written there."""
    if target.suffix and target.suffix.lower() != ".xlsx":
        raise MatchmakerError(f"A marked copy is a workbook (.xlsx); '{target}' is not.")
    if target.suffix and len(files) > 1:
        rule = f"name a folder for their marked copies, not '{target}'"
        raise MatchmakerError(f"{len(files)} files are read: {rule}.")
    copies = {_copy_of(name, target).resolve() for name, _ in files}
    if lost := copies & {path.resolve() for _, path in files}:
        where = min(lost).name
        raise MatchmakerError(f"A marked copy would overwrite {where}: name another place.")


def _copy_of(name: str, target: Path) -> Path:
    """Where the marked copy of a file goes: named so that it is known again by its name alone."""
    plain = name.replace("/", "_")
    book = plain if plain.lower().endswith(".xlsx") else f"{plain}.xlsx"
    return target if target.suffix else target / book


def _marked(path: Path, grids: Sequence[Grid], issues: Sequence[Issue], lang: str) -> bytes:
    """Bytes of the marked copy; without the sender's cells where these cannot be opened."""
    plan = _plan(grids, issues, lang)
    alone = plan | {"about": say("marked.alone", lang)}
    data = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else b""
    copy = mark(path.name, path.suffix, data, plan) if grids else None
    copy = copy or mark(path.name, path.suffix, b"", alone)
    if copy is None:
        raise MatchmakerError(f"No marked copy of {path} could be written.")
    return copy


def _plan(grids: Sequence[Grid], issues: Sequence[Issue], lang: str) -> dict[str, Any]:
    """What to write into the copy, in values that another process can be told."""
    file = issues[0].file
    known = [(grid, table) for grid in grids if (table := recognise(grid))]
    headings = {grid.sheet: understand(grid, table)[0].headings for grid, table in known}
    return {
        "name": FINDINGS[lang],
        "names": list(FINDINGS.values()),
        "title": say("marked.title", lang),
        "titles": [say("marked.title", one) for one in LANGUAGES],
        "about": say("marked.about", lang),
        "origin": [say("marked.origin", lang), file],
        "heads": [say(f"marked.{head}", lang) for head in HEADS],
        # the table of a delimited text was told by its headings alone
        "tables": {grid.sheet: table.label(lang) for grid, table in known if grid.delimited},
        "findings": [_finding(issue, headings, lang) for issue in issues],
    }


def _finding(issue: Issue, headings: Mapping[str, Sequence[str]], lang: str) -> dict[str, Any]:
    message, fix = describe_to_sender(issue, lang)
    names = headings.get(issue.sheet, ())
    place = index_of(issue.column) if issue.column else -1
    return {
        "severity": issue.severity.value,
        "level": say(f"marked.{issue.severity}", lang),
        "sheet": issue.sheet,
        "row": issue.row,
        "column": issue.column,
        "label": names[place] if 0 <= place < len(names) else "",
        "value": issue.value,
        "message": message,
        "fix": fix,
    }
