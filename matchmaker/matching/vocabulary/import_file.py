"""Import of a vocabulary: what people's own words mean, read from a file as decisions on texts.

Before `coding` and `find`, which heed it. A rule says that a text stands for a value of a kind
(`process`, `material`, `item` …), or, as `jargon`, for other words. It becomes an accepted
decision, so that it is kept, listed, taken back and heeded as any other one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from matchmaker.codebook import JARGON, fold, text_id
from matchmaker.errors import MatchmakerError
from matchmaker.matching.text.stems import terms
from matchmaker.matching.vocabulary.vocabulary import VOCABULARIES, Spellings
from matchmaker.model import Dataset, Decision, Judgement, standing
from matchmaker.survey.files.delimited import DELIMITERS, decode

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "вид"),
    "text": ("text", "текст"),
    "means": ("means", "значит"),
}
"""Headings of the file, English and Russian."""

KINDS: Mapping[str, str] = {
    "жаргон": JARGON,
    "позиция": "item",
    "передел": "process",
    "материал": "material",
    "сертификат": "certificate",
    "окпд2": "okpd2",
    "оквэд2": "okved2",
    "единица": "unit",
    "регион": "region",
}
"""Russian names of the kinds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that is no rule: its line and column, what it says, why not, and the nearest values.

    `why` is `empty`, `kind`, `value` or `says-nothing`.
    """

    line: int
    column: str
    value: str
    why: str
    nearest: tuple[str, ...] = ()


def read_wordbook(
    path: str | Path, data: Dataset, *, by: str = "", at: str = ""
) -> tuple[tuple[Decision, ...], tuple[Fault, ...]]:
    """Read rules as decisions, and name the cells that are none.

    Parameters
    ----------
    path
        Comma, semicolon or tab separated file with the columns `kind`, `text` and `means` (вид,
        текст, значит); UTF-8, UTF-16 or Windows-1251. Of equal texts the last line counts.
    data
        Catalogue, and all that values of a kind are taken from.
    by, at
        Who says so, and when.

    Raises
    ------
    MatchmakerError
        When the file is no text or lacks a column.
    """
    known: dict[str, Spellings] = {}
    rules: dict[str, Decision] = {}
    faults: list[Fault] = []
    for line, row in _rows(Path(path)):
        kind = KINDS.get(fold(row["kind"]), fold(row["kind"]))
        if kind in VOCABULARIES and kind not in known:
            known[kind] = VOCABULARIES[kind](data)
        fault = _fault(line, row, kind, known.get(kind, {}))
        if fault:
            faults.append(fault)
            continue
        subject = text_id(kind, row["text"])
        value = _value(kind, row["means"], known.get(kind, {}))
        text = fold(row["text"])
        rules[subject] = Decision(
            subject=subject, value=value, verdict=Judgement.ACCEPT, by=by, at=at, text=text
        )
    return tuple(rules.values()), tuple(faults)


def replaced(rules: Iterable[Decision], decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Decisions that stand and say that a text of the rules means something else."""
    said = {rule.subject: rule.value for rule in rules}
    for one in standing(tuple(decisions)):
        if one.accepted and said.get(one.subject, one.value) != one.value:
            yield one


def _fault(line: int, row: Mapping[str, str], kind: str, known: Spellings) -> Fault | None:
    """The first thing that is wrong with a row."""
    if empty := next((name for name in COLUMNS if not row[name]), None):
        return Fault(line, empty, "", "empty")
    if kind != JARGON and kind not in VOCABULARIES:
        return Fault(line, "kind", row["kind"], "kind", (JARGON, *VOCABULARIES))
    if kind != JARGON:
        if _value(kind, row["means"], known):
            return None
        return Fault(line, "means", row["means"], "value", _nearest(row["means"], known))
    silent = next((name for name in ("text", "means") if not terms(row[name], ())), None)
    return Fault(line, silent, row[silent], "says-nothing") if silent else None


def _value(kind: str, means: str, known: Spellings) -> str:
    """Value of a kind by its code or by one of its names; empty where there is none."""
    if kind == JARGON:
        return means
    code = f"item:{means.removeprefix('item:')}" if kind == "item" else means
    if code in known:
        return code
    named = (value for value, names in known.items() if fold(means) in map(fold, names))
    return next(named, "")


def _nearest(means: str, known: Spellings) -> tuple[str, ...]:
    names = {fold(name): value for value, names in known.items() for name in (*names, value)}
    close = get_close_matches(fold(means), names, n=3, cutoff=0.4)
    return tuple(dict.fromkeys(names[name].removeprefix("item:") for name in close))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of every row that has any."""
    text = decode(path.read_bytes())
    if text is None:
        raise MatchmakerError(f"{path} is no text file; save it as CSV in UTF-8.")
    head = text.splitlines()[0] if text else ""
    lines = csv.reader(StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count))
    places = _places(path, next(lines, []))
    for cells in lines:
        stated = [cell.strip() for cell in cells]
        if any(stated):
            padded = [*stated, *[""] * len(places)]
            row = {name: padded[place] for name, place in places.items()}
            yield lines.line_num, row


def _places(path: Path, headings: Sequence[str]) -> dict[str, int]:
    """Where each column stands."""
    found = [fold(heading) for heading in headings]
    places = {
        name: place
        for name, spellings in COLUMNS.items()
        for place, heading in enumerate(found)
        if heading in spellings
    }
    if lacking := [name for name in COLUMNS if name not in places]:
        raise MatchmakerError(
            f"{path} has no column {', '.join(lacking)}: a vocabulary has the columns kind, text "
            f"and means (вид, текст, значит); found: {', '.join(filter(None, found)) or 'none'}."
        )
    return places
