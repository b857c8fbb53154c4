"""Units of measurement (OKEI) and their conversion within a dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from matchmaker.codebook.tables import fold, read_rows, read_spellings


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: 1 of it is `factor` base units of its dimension."""

    code: str
    okei: str
    dimension: str
    factor: float
    label_ru: str
    label_en: str

    def label(self, lang: str) -> str:
        """Sign of the unit in Russian or English."""
        return self.label_ru if lang == "ru" else self.label_en


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by its code."""
    return {
        row["unit"]: Unit(
            row["unit"],
            row["okei"],
            row["dimension"],
            float(row["factor"]),
            row["label_ru"],
            row["label_en"],
        )
        for row in read_rows("units.csv")
    }


@cache
def _spellings() -> Mapping[str, str]:
    columns = ("unit", "label_ru", "label_en", "synonyms", "okei")
    return read_spellings("units.csv", "unit", *columns)


def find_unit(text: str) -> str | None:
    """Code of the unit written as `text`, or None: «тыс. шт.» → `kpcs`."""
    return _spellings().get(fold(text))


def conversion(source: str, target: str) -> float | None:
    """How many `target` one `source` is; None when the dimensions differ.

    >>> conversion("kpcs", "pcs")
    1000.0
    """
    one, other = units()[source], units()[target]
    return one.factor / other.factor if one.dimension == other.dimension else None
