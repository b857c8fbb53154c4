"""Frames: rows of the database as the dataset has them, whole tables or a part.

A snapshot is made of whole tables, an excerpt of parts. Commands that only list rows read them
as records: loading pandas takes longer than most of these.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from sqlite3 import Connection
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import Table, tables
from matchmaker.model import Dataset, standing
from matchmaker.store.answers.earlier_answers import read_kept
from matchmaker.store.database import statements
from matchmaker.store.records.decisions import read_decisions, weights_that_count
from matchmaker.store.records.findings import read_issues, read_quarantine
from matchmaker.store.records.merges import fold_tables, read_aliases
from matchmaker.survey.outgoing.open_points import StoredRows

if TYPE_CHECKING:
    import pandas as pd

SHEET = ("id", "file", "sheet", "columns")


def read_dataset(db: Connection, parts: Mapping[str, pd.DataFrame] | None = None) -> Dataset:
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
        sheets = _all_sheets(db)
    else:
        raw = parts
        kept = read_kept(db, (id for frame in raw.values() for id in frame["id"]))
        numbers = {n for frame in raw.values() for n in frame["sheet_id"]}
        sheets = _read_sheets(db, numbers | {sheet for sheet, _ in kept.values()})
    folded = fold_tables(db, raw, read_aliases(db))
    frames = {name: _placed(table, folded[name].rows, sheets) for name, table in tables().items()}
    lent = {value: place for part in folded.values() for value, place in part.borrowed.items()}
    return Dataset(
        MappingProxyType(frames),
        _letters_of(sheets),
        borrowed=_places_of({**kept, **lent}, sheets),
        decisions=standing(read_decisions(db)),
        learned_weights=weights_that_count(db),
        waiting=tuple(read_quarantine(db)),
        issues=tuple(read_issues(db)),
    )


def read_stored_rows(db: Connection, names: Iterable[str]) -> StoredRows:
    """Rows of some tables as a dataset has them; without frames where nothing is merged."""
    found: dict[str, list[dict[Any, Any]]]
    wanted = [tables()[name] for name in names]
    sheets = _all_sheets(db)
    if aliases := read_aliases(db):
        folded = fold_tables(db, {table.name: read_rows(db, table) for table in wanted}, aliases)
        found = {name: part.rows.to_dict("records") for name, part in folded.items()}
    else:
        selects = {table.name: statements.select(table) for table in wanted}
        found = {name: statements.read_dicts(db, sql) for name, sql in selects.items()}
    places = {row["id"]: {"file": row["file"], "sheet": row["sheet"]} for row in sheets}
    for table in wanted:
        rows = found[table.name]
        figures = {field.name: [row[field.name] for row in rows] for field in table.fields}
        statements.check_figures(table, [row["id"] for row in rows], figures)
    for row in chain.from_iterable(found.values()):
        row |= places[row.pop("sheet_id")] | {"row": row.pop("row")}
    return StoredRows(MappingProxyType(found), _letters_of(sheets))


def _all_sheets(db: Connection) -> list[dict[str, Any]]:
    return statements.read_dicts(db, "SELECT * FROM sheets ORDER BY id")


def _letters_of(sheets: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Letters of the columns by field, by file and sheet."""
    letters = (MappingProxyType(json.loads(row["columns"])) for row in sheets)
    places = ((row["file"], row["sheet"]) for row in sheets)
    return MappingProxyType(dict(zip(places, letters, strict=True)))


def _places_of(
    values: Mapping[tuple[str, str], tuple[int, int]], sheets: Sequence[Mapping[str, Any]]
) -> Mapping[tuple[str, str], tuple[str, str, int]]:
    """File, sheet and row of every value that another row lent, or that its own row has kept."""
    places = {row["id"]: (row["file"], row["sheet"]) for row in sheets}
    return MappingProxyType(
        {value: (*places[sheet], row) for value, (sheet, row) in values.items()}
    )


def read_rows(
    db: Connection, table: Table, among: tuple[str, Iterable[str]] | None = None
) -> pd.DataFrame:
    """Rows of a table sorted by id, with the number of their sheet.

    `among` names a column and the values that it has in the rows asked for.
    """
    import pandas as pd

    names = statements.columns(table)
    if among is None:
        rows = db.execute(statements.select(table))
    else:
        rows = db.execute(
            statements.select_among(table.name, names, among[0]), [statements.json_list(among[1])]
        )
    return pd.DataFrame(rows.fetchall(), columns=names, dtype=object)


def read_records(db: Connection, table: Table, ids: Sequence[str]) -> dict[str, statements.Record]:
    """Records of those rows that are stored, by id."""
    if not db.execute(f'SELECT EXISTS (SELECT 1 FROM "{table.name}")').fetchone()[0]:
        return {}
    select = statements.select_among(table.name, statements.columns(table), "id")
    return {row[0]: row for row in db.execute(select, [json.dumps(ids)])}


def _read_sheets(db: Connection, numbers: Collection[int]) -> list[dict[str, Any]]:
    sql = statements.select_among("sheets", SHEET, "id")
    return statements.read_dicts(db, sql, [json.dumps(sorted(numbers))])


def _placed(table: Table, frame: pd.DataFrame, sheets: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Frame with file and sheet of every row instead of the sheet's number."""
    import numpy as np
    import pandas as pd

    statements.check_figures(table, frame["id"].tolist(), frame)
    position = np.searchsorted([row["id"] for row in sheets], frame["sheet_id"].astype("int64"))
    for place in ("file", "sheet"):
        texts = np.array([row[place] for row in sheets], dtype=object)
        frame[place] = pd.Series(texts[position], dtype=object)
    types = {field.name: "float64" for field in table.fields if field.numeric}
    order = [*statements.columns(table)[:-2], "file", "sheet", "row"]
    return frame[order].astype(types | {"row": "int64"})
