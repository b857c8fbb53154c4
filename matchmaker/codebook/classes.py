"""Classifications: OKPD2 products, OKVED2 activities, and manufacturing processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import Prefix

from matchmaker.codebook.tables import fold, read_rows


@dataclass(frozen=True, slots=True)
class Process:
    """A manufacturing process (технологический передел) with its synonyms, RU and EN."""

    code: str
    okpd2: str
    name_ru: str
    name_en: str
    synonyms: tuple[str, ...]

    def name(self, lang: str) -> str:
        """Name in Russian or English."""
        return self.name_ru if lang == "ru" else self.name_en


@cache
def okpd2() -> Mapping[str, str]:
    """Russian names of the OKPD2 codes (OK 034-2014)."""
    return {row["code"]: row["name_ru"] for row in read_rows("okpd2.csv")}


@cache
def okved2() -> Mapping[str, str]:
    """Russian names of the OKVED2 codes (OK 029-2014); sections are left out."""
    return {row["code"]: row["name_ru"] for row in read_rows("okved2.csv") if row["code"]}


@cache
def processes() -> Mapping[str, Process]:
    """Every process by its code."""
    return {
        row["process"]: Process(
            row["process"],
            row["okpd2"],
            row["name_ru"],
            row["name_en"],
            tuple(row["synonyms"].split("|")),
        )
        for row in read_rows("processes.csv")
    }


def find_process(text: str) -> str | None:
    """Code of the process whose name or synonym stands in `text`; the longest wins, or None.

    >>> find_process("Литьё под давлением, ТПА 250 т")
    'injection-moulding'
    """
    folded = f" {fold(text)} "
    found = [(len(name), code) for name, code in _process_spellings() if name in folded]
    return max(found)[1] if found else None


@cache
def _process_spellings() -> tuple[tuple[str, str], ...]:
    return tuple(
        (fold(name), code)
        for code, process in processes().items()
        for name in (code, process.name_ru, process.name_en, *process.synonyms)
    )


def common_level(one: str, other: str) -> int:
    """How many digits two OKPD2 codes share from the left, counted in whole groups.

    0 nothing, 2 class, 3 subclass, 4 group, 5 subgroup, 6 category, 9 the whole code;
    a code that is an ancestor of the other shares its own length.

    >>> common_level("30.92.20.000", "30.92.10")
    4
    """
    left, right = one.replace(".", ""), other.replace(".", "")
    same = Prefix.similarity(left, right)
    return max(level for level in (0, 2, 3, 4, 5, 6, 9) if level <= same)
