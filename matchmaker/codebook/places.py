"""Regions of Russia (ISO 3166-2:RU), countries, and distances between regions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt

from matchmaker.codebook.tables import fold, read_rows, read_spellings

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

_KINDS = re.compile(
    r"\b(республика|респ|область|обл|край|автономный округ|ао|автономная область|аобл|город|г|"
    r"republic|oblast|krai|region|autonomous okrug|city of)\b\.?"
)

_FULL = {
    "Респ": "Республика",
    "обл": "область",
    "Аобл": "автономная область",
    "АО": "автономный округ",
    "Автономный": "автономный",
    "/Якутия/": "(Якутия)",
    "-": "–",
}
"""Words of the classifier's Russian names, as they are written in full."""


@dataclass(frozen=True, slots=True)
class Region:
    """A subject of the federation with its population-weighted centroid, degrees WGS 84."""

    iso: str
    name_ru: str
    name_en: str
    okato: str
    centre_ru: str
    latitude: float
    longitude: float

    def name(self, lang: str) -> str:
        """Name in Russian, without abbreviations, or in English.

        >>> regions()["RU-UD"].name("ru")
        'Удмуртская Республика'
        """
        if lang != "ru":
            return self.name_en
        return " ".join(_FULL.get(word, word) for word in self.name_ru.removeprefix("г ").split())


@cache
def regions() -> Mapping[str, Region]:
    """Every region by its ISO 3166-2 code."""
    return {
        row["iso"]: Region(
            row["iso"],
            row["name_ru"],
            row["name_en"],
            row["okato"],
            row["centre_ru"],
            float(row["latitude"]),
            float(row["longitude"]),
        )
        for row in read_rows("regions.csv")
        if row["latitude"]  # Baikonur has no centroid in the source
    }


def _core(name: str) -> str:
    return " ".join(_KINDS.sub(" ", fold(name)).replace("-", " ").split())


@cache
def _region_spellings() -> Mapping[str, str]:
    exact, short = {}, {}
    for iso, region in regions().items():
        for text in (iso, region.name_ru, region.name("ru"), region.name_en, region.okato):
            exact[fold(text)] = iso
        short[_core(region.name_en)] = short[_core(region.name_ru)] = iso
    centres = {
        _core(region.centre_ru): iso for iso, region in regions().items() if region.centre_ru
    }
    synonyms = read_spellings("region_names.csv", "region", "synonyms")
    return centres | short | synonyms | exact


def find_region(text: str) -> str | None:
    """ISO code of the region written as `text` (name, code, OKATO or centre), or None."""
    spellings = _region_spellings()
    return spellings.get(fold(text)) or spellings.get(_core(text))


@cache
def distance(one: str, other: str) -> float:
    """Great-circle distance between the centroids of two regions, km.

    References
    ----------
    Sinnott, R. W. (1984), Virtues of the haversine, Sky and Telescope 68(2), 159.
    """
    if one == other:
        return 0.0
    a, b = regions()[one], regions()[other]
    lat1, lat2 = radians(a.latitude), radians(b.latitude)
    half_chord = (
        sin((lat2 - lat1) / 2) ** 2
        + cos(lat1) * cos(lat2) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half_chord))


@cache
def _countries() -> Mapping[str, str]:
    columns = ("country", "alpha3", "name_ru", "name_en", "synonyms")
    return read_spellings("countries.csv", "country", *columns)


def find_country(text: str) -> str | None:
    """Two-letter code of the country written as `text`, or None: «Китай» → `CN`."""
    return _countries().get(fold(text))


@cache
def country_names(lang: str) -> tuple[str, ...]:
    """Names of the countries in Russian or English, in alphabetical order."""
    return tuple(sorted(row[f"name_{lang}"] for row in read_rows("countries.csv")))
