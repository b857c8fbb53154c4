"""Editions: one file opened, and which file it is an edition of.

A file is known by its name. The copy of it that was marked and sent back says on its sheet of
findings what it was made of, and is read as a newer edition of that, whatever it is called now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from hashlib import file_digest, sha256
from pathlib import Path

from matchmaker.codebook import LANGUAGES, say
from matchmaker.model import Issue, SourceFile
from matchmaker.survey.cells.values import to_text
from matchmaker.survey.files.open import LARGEST_FILE, find_fault
from matchmaker.survey.files.sandbox import Sandbox
from matchmaker.survey.headings.sheet import FINDINGS
from matchmaker.survey.raw_grid import Grid, flag, is_blank

LEADING = 5
"""Rows of the sheet of findings among which the name of the original stands."""

LONGEST_NAME = 255
"""Characters that the name of a file may have."""


def read_edition(
    sandbox: Sandbox, name: str, path: Path, taken: Collection[str]
) -> tuple[SourceFile, list[Grid], list[Issue]]:
    """Open one file: what it is, its sheets, and issues about it.

    A marked copy takes the name of its original, unless that is among the names `taken`.
    """
    file, grids, issues = _open(sandbox, name, path)
    original = find_original(grids)
    if not original or original in taken:
        return file, grids, issues
    return (
        replace(file, name=original),
        [replace(grid, file=original) for grid in grids],
        [replace(issue, file=original) for issue in issues],
    )


def _open(sandbox: Sandbox, name: str, path: Path) -> tuple[SourceFile, list[Grid], list[Issue]]:
    if path.stat().st_size > LARGEST_FILE:
        with path.open("rb") as handle:
            digest = file_digest(handle, "sha256").hexdigest()
        most = f"{LARGEST_FILE // 2**20} MiB"
        return SourceFile(name, digest), [], [flag("file-large", name, most=most)]
    data = path.read_bytes()
    file = SourceFile(name, sha256(data).hexdigest())
    if fault := find_fault(name, path.suffix, data):
        return file, [], fault
    return file, *sandbox.read(name, path.suffix, data)


def find_original(grids: Iterable[Grid]) -> str:
    """Name of the file that a marked copy was made of; empty when it is none."""
    names = {name.casefold() for name in FINDINGS.values()}
    labels = {say("marked.origin", lang) for lang in LANGUAGES}
    for grid in grids:
        if grid.sheet.casefold() in names and not grid.delimited:
            for row in grid.rows[:LEADING]:
                texts = [to_text(cell) for cell in row if not is_blank(cell)]
                if len(texts) == 2 and texts[0] in labels and _may_name_a_file(texts[1]):
                    return texts[1]
    return ""


def _may_name_a_file(text: str) -> bool:
    return text.isprintable() and len(text) <= LONGEST_NAME
