"""One cell by the type of its field: raw cell in, stored value or problem out.

Columns are read as wholes: every distinct text is parsed once. Called by `reader`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from functools import cache
from math import nan

from rapidfuzz import process
from rapidfuzz.distance import Indel

from matchmaker.codebook import (
    LANGUAGES,
    TURNKEY,
    Field,
    choice_labels,
    choice_spellings,
    find_choice,
    find_country,
    find_process,
    find_region,
    find_unit,
    fold,
    is_slug,
    okpd2,
    okved2,
    processes,
    regions,
    units,
)
from matchmaker.survey.cells.dates import WITHOUT_END, read_date
from matchmaker.survey.cells.quantities import Problem, parse_number
from matchmaker.survey.cells.registrations import is_valid_ogrn, restore_kpp, split_registration
from matchmaker.survey.headings.sheet import LONGEST_NAME, Column
from matchmaker.survey.raw_grid import RawCell

Value = str | float | None
ParsedCell = tuple[Value, Problem | None]

LONGEST = 5000
"""Characters that one cell of text may have."""

LONGEST_NUMBER = 15
"""Digits that a registration number may have."""

_LOST = "\N{REPLACEMENT CHARACTER}"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PLAIN = str.maketrans(
    dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")
    | dict.fromkeys("\u00a0\u202f\u2009", " ")
)
"""Signs that nobody can see, as they are read."""
_NOTHING = frozenset({"-", "–", "—", "нет", "н/д", "нд", "n/a", "нет данных", "не указано"})
_NO_NUMBER = _NOTHING | {"na", "no", "none", "?", "не знаю"}
_LONGEST_NOTHING = max(map(len, _NO_NUMBER))
_FORMULA_ERRORS = frozenset(
    f"#{name}"
    for name in (
        *("REF!", "VALUE!", "DIV/0!", "N/A", "NAME?", "NUM!", "NULL!", "SPILL!", "CALC!"),
        *("ССЫЛКА!", "ЗНАЧ!", "ДЕЛ/0!", "Н/Д", "ИМЯ?", "ЧИСЛО!", "ПУСТО!"),
    )
)
_CLASSIFIERS = {"okpd2": okpd2, "okved2": okved2}
_BEGINS_NOTHING = frozenset(
    mark for word in (*_NO_NUMBER, *_FORMULA_ERRORS) for mark in (word[0], word[0].upper())
) | {"", " "}
_TURNKEY_WORDS = frozenset({"под ключ", "turnkey", "turn-key"})
_CODE_FIRST = re.compile(r"(\d{1,2}(?:\.\d+)*)\.?(?:\s+[^\d\s].*)?", re.DOTALL | re.ASCII)


def parse_column(
    cells: Sequence[RawCell], column: Column
) -> tuple[list[Value], dict[int, Problem]]:
    """Parse the cells of a column: stored values, and problems by position."""
    if bool in set(map(type, cells)):
        cells = ["TRUE" if cell is True else "FALSE" if cell is False else cell for cell in cells]
    distinct = dict.fromkeys(cells)
    values = _as_they_stand(distinct, column)
    problems: dict[RawCell, Problem] = {}
    for cell in distinct.keys() - values.keys() if values else distinct:
        values[cell], problem = parse_cell(cell, column)
        if problem:
            problems[cell] = problem
    wrong = enumerate(cells) if problems else ()
    found = {place: problems[cell] for place, cell in wrong if cell in problems}
    return list(map(values.__getitem__, cells)), found


def _as_they_stand(cells: Iterable[RawCell], column: Column) -> dict[RawCell, Value]:
    """Cells that are stored as they are, of which nothing has to be asked: most of a survey."""
    field = column.field
    if field.type == "text" and not _may_be_turnkey(field):
        return {cell: cell for cell in cells if isinstance(cell, str) and _is_plain(cell)}
    if codes := _CLASSIFIERS.get(field.type):
        known = codes()
        return {cell: cell for cell in cells if isinstance(cell, str) and cell in known}
    if field.numeric and column.factor == 1:
        low, high = field.lowest, field.highest
        return {c: c for c in cells if isinstance(c, float) and c > 0 and low <= c <= high}
    return {}


def _is_plain(text: str) -> bool:
    """Whether a text is stored as it stands: neither outer spaces nor signs nobody can see.

    It says something, for it is too long to say "nothing" or does not begin so.
    """
    return (
        text.isprintable()
        and (len(text) > _LONGEST_NOTHING or text[:1] not in _BEGINS_NOTHING)
        and text[0] != " " != text[-1]
        and len(text) <= LONGEST
        and _LOST not in text
    )


def parse_cell(raw: RawCell, column: Column) -> ParsedCell:
    """Parse one cell: its stored value, or the problem that keeps its row out."""
    field = column.field
    if isinstance(raw, float) and field.numeric:
        return parse_number(raw, column)
    text = to_text(raw)
    if len(text) <= _LONGEST_NOTHING and (not text or _says_nothing(text, field)):
        return (empty(field), (_missing(field), {})) if field.required else (default(field), None)
    if text in _FORMULA_ERRORS:
        return empty(field), ("value-formula-error", {})
    if field.numeric:
        return parse_number(raw, column)
    problem = _unfit(text)
    return (None, problem) if problem else PARSERS[field.type](text, field)


def _missing(field: Field) -> str:
    """Code of a required value that is missing; on a call sheet the items stand already."""
    asked = field.type == "item" and field.table == "answers"
    return "answer-item-required" if asked else "value-required"


def is_fit(text: str) -> bool:
    """Whether a text may be kept: it is no formula error, not too long, without hidden signs."""
    return text not in _FORMULA_ERRORS and _unfit(text) is None


def keep(raw: RawCell) -> str | None:
    """Text of a cell that nothing is asked of; None where there is none that may be kept."""
    if isinstance(raw, str) and _is_plain(raw):
        return raw
    text = to_text(raw)
    return text if text and is_fit(text) else None


def _unfit(text: str) -> Problem | None:
    if _LOST in text:
        return "value-control", {}
    if not text.isprintable():
        if _CONTROL.search(text):
            return "value-control", {}
        if _DIRECTION.search(text):
            return "value-direction", {}
    return ("value-long", {"limit": str(LONGEST)}) if len(text) > LONGEST else None


def is_nothing(raw: RawCell, field: Field) -> bool:
    """Whether a cell is empty or stands for no answer, such as a dash."""
    text = to_text(raw)
    return not text or (len(text) <= _LONGEST_NOTHING and _says_nothing(text, field))


def _says_nothing(text: str, field: Field) -> bool:
    """Whether a short text stands for no answer; where one may answer "no", «нет» is an answer."""
    words = _NO_NUMBER if field.numeric else _NOTHING
    return fold(text) in words and find_choice(text, field.allowed) is None


def empty(field: Field) -> Value:
    """Value that stands for a missing one: NaN among numbers, None elsewhere."""
    return nan if field.numeric else None


def default(field: Field) -> Value:
    """Value of an empty optional field."""
    if not field.default:
        return empty(field)
    return float(field.default) if field.numeric else field.default


def to_text(raw: RawCell) -> str:
    """Text of a raw cell as a person reads it: no outer spaces, whole numbers without `.0`.

    >>> to_text(274000000.0), to_text(" ООО\u00a0«Луч» ")
    ('274000000', 'ООО «Луч»')
    """
    if isinstance(raw, str):
        if not raw.isprintable():
            raw = raw.translate(_PLAIN).replace("\r\n", "\n").replace("\r", "\n")
        return raw.strip()
    if isinstance(raw, float):
        return f"{raw:.0f}" if raw.is_integer() and abs(raw) < 1e15 else f"{raw:.15g}"
    if isinstance(raw, (date, time)):
        return raw.isoformat()
    return "" if raw is None else str(raw)


class Spellings:
    """Names that one may have meant, folded once."""

    def __init__(self, names: Iterable[str]) -> None:
        self._folded = {fold(name): name for name in names}

    def offer(self, text: str, least: float = 0.6) -> str:
        """End of a sentence that offers the names most like a text; empty when none is.

        >>> Spellings(["Уфа", "Казань"]).offer("Кзань")
        ' → Казань?'
        """
        found = process.extract(
            fold(text[:LONGEST_NAME]),
            self._folded.keys(),
            scorer=Indel.normalized_similarity,
            score_cutoff=least,
            limit=3,
        )
        return f" → {', '.join(self._folded[name] for name, *_ in found)}?" if found else ""


def _text(text: str, field: Field) -> ParsedCell:
    turnkey = _may_be_turnkey(field) and fold(text) in _TURNKEY_WORDS
    return (TURNKEY if turnkey else text), None


def _may_be_turnkey(field: Field) -> bool:
    return field.name == "alternative" and field.table == "offers"


def _list(text: str, _: Field) -> ParsedCell:
    parts = {fold(part): " ".join(part.split()) for part in reversed(re.split(r"[;\n]", text))}
    return ";".join(part for part in reversed(parts.values()) if part) or None, None


def _registration(text: str, _: Field) -> ParsedCell:
    """Number as it is written, its digits together; what is Russian is read later."""
    bare = re.sub(r"^инн[\s:№]+", "", text, flags=re.IGNORECASE)
    words = bare.split()
    compact = "".join(words)
    one = compact.isdecimal() and len(compact) <= LONGEST_NUMBER
    return (compact if one else " ".join(words)), None


def _code(text: str, field: Field) -> ParsedCell:
    """Code by `_CODES`; a KPP that lost its leading zero to a spreadsheet gets it back."""
    problem, read = _CODES[field.type]
    code = read(text)
    return (code, None) if code else (None, (problem, {}))


def _ogrn(number: str) -> str | None:
    return number if is_valid_ogrn(number) else None


_CODES: Mapping[str, tuple[str, Callable[[str], str | None]]] = {
    "ogrn": ("value-ogrn", lambda text: _ogrn("".join(text.split()))),
    "kpp": ("value-kpp", lambda text: restore_kpp(text) or split_registration(text)[1]),
    "id": ("value-id", lambda text: text.lower() if is_slug(text.lower()) else None),
    "country": ("value-country", find_country),
}
"""Issue of a text that is no such code, and what reads it, by type of field."""


def _item(text: str, _: Field) -> ParsedCell:
    return text.lower(), None


def _listed(text: str, field: Field) -> ParsedCell:
    """Value or unit of a list; a problem has the whole list, a detail for each language."""
    is_unit = field.type == "unit"
    value = find_unit(text) if is_unit else find_choice(text, field.allowed)
    if value:
        return value, None
    labels = {f"allowed_{lang}": ", ".join(choice_labels(field, lang)) for lang in LANGUAGES}
    near = _spellings(field.type, field.allowed).offer(text)
    return None, (f"value-{field.type}", {**labels, "nearest": near})


def _region(text: str, _: Field) -> ParsedCell:
    iso = find_region(text)
    if iso:
        return iso, None
    return None, ("value-region", {"nearest": _spellings("region").offer(text)})


def _process(text: str, _: Field) -> ParsedCell:
    known = processes().get(find_process(text) or "")
    names = (known.code, known.name_ru, known.name_en, *known.synonyms) if known else ()
    if known and fold(text) in map(fold, names):
        return known.code, None
    return None, ("value-process", {"nearest": _spellings("process").offer(text)})


@cache
def _spellings(type: str, allowed: tuple[str, ...] = ()) -> Spellings:
    """Names to offer for a text that is none of the values of a type."""
    if type == "enum":
        return Spellings(choice_spellings(allowed))
    if type == "unit":
        return Spellings([*(unit.label_ru for unit in units().values()), *units()])
    if type == "process":
        return Spellings(processes())
    return Spellings(name for one in regions().values() for name in (one.name_en, one.name_ru))


def _classified(text: str, field: Field) -> ParsedCell:
    """Code at the start of a text; a number that lost its leading zero gets it back."""
    classifier = _CLASSIFIERS[field.type]()
    if text in classifier:
        return text, None
    found = _CODE_FIRST.fullmatch(text)
    code = found[1] if found else ""
    for spelling in (code, f"0{code}"):
        if spelling in classifier:
            return spelling, None
    ancestor = next((code[:end] for end in range(len(code), 1, -1) if code[:end] in classifier), "")
    nearest = f" → {ancestor} ({classifier[ancestor]})?" if ancestor else ""
    return None, (f"value-{field.type}", {"nearest": nearest})


def _date(text: str, field: Field) -> ParsedCell:
    if field.name == "valid_until" and fold(text) in WITHOUT_END:
        return None, None
    day, guesses = read_date(text)
    if day:
        return day, None
    return None, ("value-date", {"nearest": f" → {' / '.join(guesses)}?" if guesses else ""})


PARSERS: Mapping[str, Callable[[str, Field], ParsedCell]] = {
    "text": _text,
    "list": _list,
    **dict.fromkeys(("registration", "enterprise"), _registration),
    **dict.fromkeys(_CODES, _code),
    "item": _item,
    **dict.fromkeys(("enum", "unit"), _listed),
    "region": _region,
    "process": _process,
    **dict.fromkeys(_CLASSIFIERS, _classified),
    "date": _date,
}
"""How a text becomes a value, by type of field; numbers are read by `quantities`."""
