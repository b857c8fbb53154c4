"""Values of the fields that are chosen from a list, as people write them.

Lists that have to be kept to (roles, units, regions) and lists that only suggest (processes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from matchmaker.codebook.classes import processes
from matchmaker.codebook.places import country_names, regions
from matchmaker.codebook.tables import Field, fold, read_rows, read_spellings
from matchmaker.codebook.units import units


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["value"]: row for row in read_rows("choices.csv")}


@cache
def _spellings() -> Mapping[str, str]:
    return read_spellings("choices.csv", "value", "synonyms", "label_en", "label_ru", "value")


def choice_label(value: str, lang: str) -> str:
    """Word for a value of a list in Russian or English: `member` → «участник»."""
    return _rows()[value][f"label_{lang}"]


def find_choice(text: str, allowed: Sequence[str]) -> str | None:
    """Value of the list `allowed` written as `text`, or None: «Участник» → `member`."""
    value = _spellings().get(fold(text))
    return value if value in allowed else None


def choice_spellings(allowed: Sequence[str]) -> tuple[str, ...]:
    """Every accepted spelling of the values in `allowed`, evened out."""
    return tuple(text for text, value in _spellings().items() if value in allowed)


def choice_labels(field: Field, lang: str) -> Sequence[str]:
    """Words to choose from for a field; empty where the firm answers in its own."""
    if field.allowed:
        return [choice_label(value, lang) for value in field.allowed]
    if field.type == "unit":
        return [unit.label(lang) for unit in units().values()]
    if field.type == "region":
        return sorted(region.name(lang) for region in regions().values())
    if field.type == "country":
        return country_names(lang)
    if suggests(field):
        return sorted(process.name(lang) for process in processes().values())
    return ()


def suggests(field: Field) -> bool:
    """Whether the words to choose from are offered and others are as good."""
    return field.type == "text" and field.name == "process"
