"""The ETO layout as matching reads it: organisations, items, structure.

Used by `hidden_links` and by `scripts/fit_related`. Items are the rows of inputs.csv in order,
firms the providers of type organization in provision.csv, sorted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching.suppliers.co_production import Structure, learn_likeness, make_structure


@dataclass(frozen=True)
class Links:
    """Who provides what (firms × items, 1 where provided), and what the files tell of the items."""

    firms: tuple[str, ...]
    items: tuple[str, ...]
    made: np.ndarray
    structure: Structure


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def read_links(folder: Path, more: tuple[str, ...] = ()) -> Links:
    """Read inputs.csv, providers.csv, provision.csv and sequence.csv; `more` adds firms."""
    inputs = read(folder / "inputs.csv")
    place = {row["input_id"]: i for i, row in enumerate(inputs)}
    organisations = {
        row["provider_id"]
        for row in read(folder / "providers.csv")
        if row["provider_type"] == "organization"
    }
    pairs = {
        (row["provider_id"], row["provided_id"])
        for row in read(folder / "provision.csv")
        if row["provider_id"] in organisations and row["provided_id"] in place
    }
    firms = tuple(sorted({firm for firm, _ in pairs} | set(more)))
    row_of = {firm: i for i, firm in enumerate(firms)}
    made = np.zeros((len(firms), len(inputs)))
    for firm, item in sorted(pairs):
        made[row_of[firm], place[item]] = 1.0
    return Links(firms, tuple(place), made, read_structure(folder, inputs, place))


def read_structure(folder: Path, inputs: list[dict[str, str]], place: dict[str, int]) -> Structure:
    """Kinds, parts and descriptions of the items."""
    sequence = read(folder / "sequence.csv")
    kind_of, part_of = (
        [
            (place[row["input_id"]], place[row[column]])
            for row in sequence
            if row["input_id"] in place and row[column] in place
        ]
        for column in ("is_type_of_id", "goes_into_id")
    )
    texts = [f"{row['input_name']}. {row.get('description', '')}" for row in inputs]
    return make_structure(
        learn_likeness(texts), kind_of, part_of, [row.get("type", "") for row in inputs]
    )


def without(links: Links, firm: int, item: int) -> tuple[csr_matrix, list[int]]:
    """Who provides what with one link taken away, and what that firm is left with."""
    made = links.made.copy()
    made[firm, item] = 0.0
    return csr_matrix(made), np.nonzero(made[firm])[0].tolist()


def leave_one_out(links: Links) -> list[tuple[int, int]]:
    """Links of the firms that provide at least two items."""
    several = links.made.sum(axis=1) >= 2
    return [
        (firm, item) for firm, item in zip(*np.nonzero(links.made), strict=True) if several[firm]
    ]
