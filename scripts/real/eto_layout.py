"""The ETO/CSET layout, read, and told as the tables of a survey and its catalogue.

Used by `eto_chips.py`, whose first lines say how the words are read.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from matchmaker.codebook import find_country
from matchmaker.model import Role

COLUMNS = {
    "inputs": ("input_id", "input_name", "type"),
    "providers": ("provider_id", "provider_name", "provider_type", "country"),
    "provision": ("provider_id", "provided_id", "share_provided"),
    "sequence": ("input_id", "goes_into_id", "is_type_of_id"),
}
KINDS = {"process": "service", "material_resource": "material", "ultimate_output": "product"}
UNKNOWN = "ZZ"
"""Code of a country that is not known, as in the Unicode locale data."""


SKIPS = {
    "inputs-repeated": "rows of inputs.csv that repeat an input",
    "providers-not-organisations": "providers that are countries, not organisations",
    "providers-repeated": "rows of providers.csv that repeat an organisation (aliases)",
    "providers-country-unknown": "organisations of no known country, kept but in no cluster",
    "provision-not-organisations": "provision rows of countries",
    "provision-provider-unknown": "provision rows of a provider that providers.csv lacks",
    "provision-item-unknown": "provision rows of something that inputs.csv lacks (stages)",
    "provision-repeated": "provision rows that repeat an organisation and item",
    "provision-share-unreadable": "shares that are no number, read as not stated",
    "sequence-item-unknown": "links from or to something that inputs.csv lacks",
    "sequence-repeated": "links that repeat another",
}

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """Whose cluster, who may be invited (country codes of two letters), and for how much."""

    cluster: frozenset[str]
    interested: frozenset[str] = frozenset()
    quantity: float = 1.0
    invite: int = 2
    k: int = 3

    def role(self, country: str) -> Role:
        """Standing of the organisations of a country."""
        if country in self.cluster:
            return Role.MEMBER
        return Role.INTERESTED if country in self.interested else Role.EXTERNAL


@dataclass(slots=True)
class Layout:
    """The four files without what cannot be used; `skipped` counts that by reason.

    `inputs` and `organisations` are by id, `shares` by (provider, item): None is not stated.
    `provided` are the items with any provider at all, countries included.
    """

    inputs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    organisations: dict[str, Mapping[str, str]] = field(default_factory=dict)
    shares: dict[tuple[str, str], float | None] = field(default_factory=dict)
    provided: set[str] = field(default_factory=set)
    components: set[tuple[str, str]] = field(default_factory=set)
    types: set[tuple[str, str]] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)

    def finals(self) -> list[str]:
        """Ids of the final products."""
        outputs = [id for id, row in self.inputs.items() if row["type"] == "ultimate_output"]
        inner = {part for links in (self.components, self.types) for part, _ in links}
        return sorted(outputs or set(self.inputs) - inner)

    def kind(self, id: str) -> str:
        """Kind of an item in the catalogue."""
        whole = {parent for links in (self.components, self.types) for _, parent in links}
        if id in whole - self.provided:
            return "phantom"
        return KINDS.get(self.inputs[id]["type"], "component")


def read_layout(folder: Path) -> Layout:
    """Read the four files; what cannot be used is counted by reason.

    Raises
    ------
    OSError, ValueError
        When a file cannot be read or lacks a column.
    """
    rows = {name: read_rows(folder / f"{name}.csv", needed) for name, needed in COLUMNS.items()}
    layout = Layout()
    for row in rows["inputs"]:
        layout.skipped["inputs-repeated"] += row["input_id"] in layout.inputs
        layout.inputs.setdefault(row["input_id"], row)
    read_providers(layout, rows["providers"])
    read_provision(layout, rows["provision"], {row["provider_id"] for row in rows["providers"]})
    for row in rows["sequence"]:
        read_link(layout, layout.components, row["input_id"], row["goes_into_id"])
        read_link(layout, layout.types, row["input_id"], row["is_type_of_id"])
    return layout


def read_rows(path: Path, needed: Iterable[str]) -> Rows:
    """Rows of a file, sorted, so that their order in the file changes nothing."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        lacking = sorted(set(needed) - set(reader.fieldnames or ()))
        if lacking:
            raise ValueError(f"{path.name} has no column {', '.join(lacking)}.")
        rows = [{name: (row[name] or "").strip() for name in needed} for row in reader]
    return sorted(rows, key=lambda row: tuple(row.values()))


def read_providers(layout: Layout, rows: Rows) -> None:
    """Note the organisations, each once; a row that states the country goes first."""
    for row in sorted(rows, key=lambda row: not row["country"]):
        id = row["provider_id"]
        if row["provider_type"] != "organization":
            layout.skipped["providers-not-organisations"] += 1
        elif id in layout.organisations:
            layout.skipped["providers-repeated"] += 1
        else:
            layout.organisations[id] = row
            layout.skipped["providers-country-unknown"] += country_of(row) == UNKNOWN


def country_of(provider: Mapping[str, str]) -> str:
    """Two-letter code of an organisation's country, `UNKNOWN` where it is none."""
    return find_country(provider["country"]) or UNKNOWN


def read_provision(layout: Layout, rows: Rows, providers: set[str]) -> None:
    """Note who provides what, with the largest share stated."""
    for row in rows:
        pair = row["provider_id"], row["provided_id"]
        reason = why_not_provided(layout, pair, providers)
        layout.provided.add(pair[1])
        if reason:
            layout.skipped[reason] += 1
            continue
        share = share_of(row["share_provided"])
        unreadable = share is None and row["share_provided"] != ""
        layout.skipped["provision-share-unreadable"] += unreadable
        layout.skipped["provision-repeated"] += pair in layout.shares
        stated = [s for s in (layout.shares.get(pair), share) if s is not None]
        layout.shares[pair] = max(stated, default=None)


def why_not_provided(layout: Layout, pair: tuple[str, str], providers: set[str]) -> str:
    """Reason why a provision row is no offer; empty when it is one."""
    if pair[0] not in providers:
        return "provision-provider-unknown"
    if pair[1] not in layout.inputs:
        return "provision-item-unknown"
    return "" if pair[0] in layout.organisations else "provision-not-organisations"


def share_of(text: str) -> float | None:
    """Percent of the world; None when it is not stated as a number of at least 0."""
    try:
        share = float(text)
    except ValueError:
        return None
    return share if isfinite(share) and share >= 0 else None


def read_link(layout: Layout, links: set[tuple[str, str]], part: str, whole: str) -> None:
    """Note a link of two known items, once."""
    if not whole:
        return
    if not {part, whole} <= layout.inputs.keys():
        layout.skipped["sequence-item-unknown"] += 1
        return
    layout.skipped["sequence-repeated"] += (part, whole) in links
    links.add((part, whole))


def slug(id: str) -> str:
    """Code of an item in the catalogue: `N26` → `n26`."""
    return "-".join(re.findall(r"[a-z0-9]+", id.lower()))


def survey_frames(layout: Layout, question: Question) -> dict[str, pd.DataFrame]:
    """Tables of the survey and of the catalogue, values as the store holds them."""
    rows: dict[str, list[dict[str, Any]]] = {
        "enterprises": [
            {
                "enterprise": id,
                "name": row["provider_name"] or id,
                "role": question.role(country_of(row)).value,
                "country": country_of(row),
            }
            for id, row in sorted(layout.organisations.items())
        ],
        "offers": [offer(layout, *pair) for pair in sorted(layout.shares)],
        "items": [
            {
                "item": slug(id),
                "name_ru": row["input_name"] or id,
                "name_en": row["input_name"] or id,
                "kind": layout.kind(id),
                "unit": "pcs",
            }
            for id, row in sorted(layout.inputs.items())
        ],
        "bom": [
            {"item": slug(whole), "alternative": "base", "component": slug(part), "quantity": 1.0}
            for part, whole in sorted(layout.components)
        ],
        "substitutes": [
            {"item": slug(whole), "substitute": slug(part), "ratio": 1.0}
            for part, whole in sorted(layout.types)
        ],
        "demands": [{"item": slug(id), "quantity": question.quantity} for id in layout.finals()],
    }
    return {table: pd.DataFrame(found) for table, found in rows.items() if found}


def offer(layout: Layout, provider: str, item: str) -> dict[str, Any]:
    """Offer of one organisation: nominal price, world share as capacity."""
    return {
        "enterprise": provider,
        "product": layout.inputs[item]["input_name"] or item,
        "item": slug(item),
        "unit": "pcs",
        "price": 1.0,
        "capacity": layout.shares[provider, item],
    }
