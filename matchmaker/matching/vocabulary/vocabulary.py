"""Vocabulary: which free texts a survey has, and the values that they may stand for.

Before `coding`, which brings the two together. A kind of value has texts, taken from answers
or from cells that could not be read, and a vocabulary with every spelling of every value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType

import pandas as pd

from matchmaker.codebook import (
    fold,
    okved2,
    processes,
    read_rows,
    regions,
    text_id,
    units,
)
from matchmaker.matching.pairs.ability import read_processes
from matchmaker.matching.text.materials import has_material
from matchmaker.model import Dataset, Issue

Spellings = Mapping[str, tuple[str, ...]]
"""Every spelling of every value."""

Texts = Mapping[str, int]
"""How many answers have a text, by the text as first written."""

UNREAD = MappingProxyType(
    {
        "value-unit": "unit",
        "value-region": "region",
        "value-okpd2": "okpd2",
        "value-okved2": "okved2",
    }
)
"""Kind of value that a cell should have had, by the code of the issue that kept it out."""

_LETTERS = re.compile(r"[^\W\d_]{2}")


def _processes(_: Dataset) -> Spellings:
    return {one.code: (one.name_ru, one.name_en, *one.synonyms) for one in processes().values()}


def _okpd2(_: Dataset) -> Spellings:
    return {
        row["code"]: tuple(filter(None, (row["name_ru"], row["name_en"])))
        for row in read_rows("okpd2.csv")
    }


def _okved2(_: Dataset) -> Spellings:
    return {code: (name,) for code, name in okved2().items()}


def _units(_: Dataset) -> Spellings:
    synonyms = {row["unit"]: row["synonyms"].split("|") for row in read_rows("units.csv")}
    return {
        one.code: tuple(filter(None, (one.label_ru, one.label_en, *synonyms[one.code])))
        for one in units().values()
    }


def _regions(_: Dataset) -> Spellings:
    names = {row["region"]: row["synonyms"].split("|") for row in read_rows("region_names.csv")}
    return {
        one.iso: tuple(
            filter(None, (one.name("ru"), one.name_en, one.centre_ru, *names.get(one.iso, ())))
        )
        for one in regions().values()
    }


def _materials(data: Dataset) -> Spellings:
    """Materials that the routing asks for."""
    return {text: (text,) for text in _distinct(data.table("routing")["material"])}


def _certificates(data: Dataset) -> Spellings:
    """Certificates that items demand."""
    lists = data.table("items")["certificates"].dropna()
    return {text: (text,) for text in _distinct(chain(*(part.split(";") for part in lists)))}


def _items(data: Dataset) -> Spellings:
    items = data.table("items")
    return {
        f"item:{item}": (name,) for item, name in zip(items["item"], items["name_ru"], strict=True)
    }


VOCABULARIES: Mapping[str, Callable[[Dataset], Spellings]] = MappingProxyType(
    {
        "item": _items,
        "process": _processes,
        "material": _materials,
        "certificate": _certificates,
        "okpd2": _okpd2,
        "okved2": _okved2,
        "unit": _units,
        "region": _regions,
    }
)
"""Values by kind, in the order in which proposals are listed."""


def free_texts(data: Dataset, issues: Iterable[Issue] = ()) -> Mapping[str, Texts]:
    """Texts by kind that nobody and nothing has read as a value yet.

    Parameters
    ----------
    data
        Answers: what is made, bought or traded without a code, words for processes, materials
        and certificates.
    issues
        Of these, cells that are no known unit, region or code.
    """
    found: dict[str, dict[str, int]] = {kind: {} for kind in VOCABULARIES}
    for kind, text in chain(_answered(data), _unread(issues)):
        if _LETTERS.search(text):
            texts = found[kind]
            texts[text] = texts.get(text, 0) + 1
    return found


def find_text(data: Dataset, issues: Iterable[Issue], subject: str) -> str | None:
    """Text that an id of `text_id` speaks of, evened out; None where no answer has it."""
    for kind, texts in free_texts(data, issues).items():
        for text in texts:
            if text_id(kind, text) == subject:
                return fold(text)
    return None


def _answered(data: Dataset) -> Iterator[tuple[str, str]]:
    for table in ("offers", "needs"):
        frame = data.table(table)[data.table(table)["item"].isna()]
        yield from (("item", text) for text in _stated(frame["product"]))
        yield from _uncoded(frame)
    yield from _uncoded(data.table("trade"))
    process_of = read_processes(data.decisions)
    for table in ("capabilities", "plans"):
        words = _stated(data.table(table)["process"])
        yield from (("process", text) for text in words if not process_of(text))
    asked = list(_materials(data))
    for text in _stated(data.table("capabilities")["material"]):
        if all(has_material(name, text) == -1 for name in asked):
            yield "material", text
    demanded = [fold(name) for name in _certificates(data)]
    for text in _stated(data.table("certificates")["certificate"]):
        if not any(name in fold(text) for name in demanded):
            yield "certificate", text


def _uncoded(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    return (("okpd2", text) for text in _stated(frame.loc[frame["okpd2"].isna(), "product"]))


def _unread(issues: Iterable[Issue]) -> Iterator[tuple[str, str]]:
    return ((UNREAD[one.code], one.value) for one in issues if one.code in UNREAD)


def _stated(column: pd.Series[str]) -> list[str]:
    return [text for text in column if isinstance(text, str) and text]


def _distinct(texts: Iterable[object]) -> list[str]:
    named = (text.strip() for text in texts if isinstance(text, str))
    return list(dict.fromkeys(filter(None, named)))
