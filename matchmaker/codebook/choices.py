"""Values of the fields that are chosen from a list, as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from matchmaker.codebook.tables import fold, read_rows


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["value"]: row for row in read_rows("choices.csv")}


@cache
def _spellings() -> Mapping[str, str]:
    return {
        fold(text): value
        for value, row in _rows().items()
        for text in (*row["synonyms"].split("|"), row["label_en"], row["label_ru"], value)
        if text
    }


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
