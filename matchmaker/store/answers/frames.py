"""Frames: rows of the database as the dataset has them, whole tables or a part.

A snapshot is made of whole tables, an excerpt of parts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from sqlite_utils import Database

from matchmaker.codebook import Table, tables
from matchmaker.model import Dataset, standing
from matchmaker.store.answers.earlier_answers import read_kept
from matchmaker.store.database import statements
from matchmaker.store.records.decisions import read_decisions, weights_that_count
from matchmaker.store.records.merges import fold_tables, read_aliases

SHEET = ("id", "file", "sheet", "columns")


def read_dataset(db: Database, parts: Mapping[str, pd.DataFrame] | None = None) -> Dataset:
    """Everything stored, or the dataset of the rows given, with the places they come from.

    Parameters
    ----------
    db
        The database.
    parts
        Rows by table as `read_rows` gives them; all rows of all tables when None.
    """
    raw: Mapping[str, pd.DataFrame]
    if parts is None:
        raw = {name: read_rows(db, table) for name, table in tables().items()}
        kept = read_kept(db)
        sheets = list(db.table("sheets").rows_where(order_by="id"))
    else:
        raw = parts
        kept = read_kept(db, (id for frame in raw.values() for id in frame["id"]))
        numbers = {n for frame in raw.values() for n in frame["sheet_id"]}
        sheets = _read_sheets(db, numbers | {sheet for sheet, _ in kept.values()})
    folded = fold_tables(db, raw, read_aliases(db))
    frames = {name: _placed(table, folded[name].rows, sheets) for name, table in tables().items()}
    letters = {
        (row["file"], row["sheet"]): MappingProxyType(json.loads(row["columns"])) for row in sheets
    }
    lent = {value: place for part in folded.values() for value, place in part.borrowed.items()}
    return Dataset(
        MappingProxyType(frames),
        MappingProxyType(letters),
        borrowed=_places_of({**kept, **lent}, sheets),
        decisions=standing(read_decisions(db)),
        learned_weights=weights_that_count(db),
    )


def _places_of(
    values: Mapping[tuple[str, str], tuple[int, int]], sheets: Sequence[Mapping[str, Any]]
) -> Mapping[tuple[str, str], tuple[str, str, int]]:
    """File, sheet and row of every value that another row lent, or that its own row has kept."""
    places = {row["id"]: (row["file"], row["sheet"]) for row in sheets}
    return MappingProxyType(
        {value: (*places[sheet], row) for value, (sheet, row) in values.items()}
    )


def read_rows(
    db: Database, table: Table, among: tuple[str, Iterable[str]] | None = None
) -> pd.DataFrame:
    """Rows of a table sorted by id, with the number of their sheet.

    `among` names a column and the values that it has in the rows asked for.
    """
    names = statements.columns(table)
    if among is None:
        rows = db.execute(statements.select(table))
    else:
        rows = db.execute(
            statements.select_among(table.name, names, among[0]), [statements.json_list(among[1])]
        )
    return pd.DataFrame(rows.fetchall(), columns=names, dtype=object)


def read_records(db: Database, table: Table, ids: Sequence[str]) -> dict[str, statements.Record]:
    """Records of those rows that are stored, by id."""
    if not db.table(table.name).count:
        return {}
    select = statements.select_among(table.name, statements.columns(table), "id")
    return {row[0]: row for row in db.execute(select, [json.dumps(ids)])}


def _read_sheets(db: Database, numbers: Collection[int]) -> list[dict[str, Any]]:
    sql = statements.select_among("sheets", SHEET, "id")
    rows = db.execute(sql, [json.dumps(sorted(numbers))])
    return [dict(zip(SHEET, row, strict=True)) for row in rows]


def _placed(table: Table, frame: pd.DataFrame, sheets: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Frame with file and sheet of every row instead of the sheet's number."""
    position = np.searchsorted([row["id"] for row in sheets], frame["sheet_id"].astype("int64"))
    for place in ("file", "sheet"):
        texts = np.array([row[place] for row in sheets], dtype=object)
        frame[place] = pd.Series(texts[position], dtype=object)
    types = {field.name: "float64" for field in table.fields if field.numeric}
    order = [*statements.columns(table)[:-2], "file", "sheet", "row"]
    return frame[order].astype(types | {"row": "int64"})
