"""Small datasets for tests: `make_dataset(offers=[{…}], items=[{…}])`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import ascii_uppercase
from typing import Any

import pandas as pd

from matchmaker.codebook import Table, row_ids, tables
from matchmaker.model import PLACE, Dataset

FILE = "test.xlsx"

Rows = pd.DataFrame | Iterable[Mapping[str, Any]]


def make_dataset(**rows: Rows) -> Dataset:
    """Dataset of the given rows by table; missing columns get their default or None.

    Row n of a table stands in row n + 2 of its sheet, its fields in columns A, B, …
    """
    unknown = set(rows) - set(tables())
    if unknown:
        raise ValueError(f"No such tables: {sorted(unknown)}")
    frames = {name: _frame(table, rows.get(name, ())) for name, table in tables().items()}
    letters = {
        (FILE, name): {
            field.name: letter for field, letter in zip(table.fields, ascii_uppercase, strict=False)
        }
        for name, table in tables().items()
    }
    return Dataset(frames, letters)


def _frame(table: Table, rows: Rows) -> pd.DataFrame:
    given = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    unknown = set(given.columns) - {field.name for field in table.fields} - {"id", *PLACE}
    if unknown:
        raise ValueError(f"{table.name} has no fields {sorted(unknown)}")
    frame = pd.DataFrame(index=range(len(given)))
    for field in table.fields:
        column = given[field.name].tolist() if field.name in given else [None] * len(given)
        blank = float(field.default) if field.numeric and field.default else field.default or None
        values = [blank if value is None or pd.isna(value) else value for value in column]
        frame[field.name] = pd.Series(values, dtype="float64" if field.numeric else object)
    frame.insert(0, "id", pd.Series(row_ids(table, frame), dtype=object))
    frame["file"] = pd.Series([FILE] * len(frame), dtype=object)
    frame["sheet"] = pd.Series([table.name] * len(frame), dtype=object)
    frame["row"] = pd.Series(range(2, len(frame) + 2), dtype="int64")
    for place in {"id", *PLACE} & set(given.columns):
        frame[place] = given[place].tolist()
    return frame.sort_values("id", ignore_index=True)
