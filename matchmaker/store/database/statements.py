"""Statements: survey rows as the database takes them, and the SQL for one table.

Names of tables and columns come from the codebook alone; values are always bound.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import Field, Table, row_ids
from matchmaker.errors import StoreError
from matchmaker.store.database.schema import PARENTS

if TYPE_CHECKING:
    import pandas as pd

Record = tuple[Any, ...]
"""A row as `columns` names it: id, the fields, number of the sheet, line."""


def listed(names: Iterable[str]) -> str:
    """Quoted names with commas between."""
    return ", ".join(f'"{name}"' for name in names)


def blanks(count: int) -> str:
    """As many `?` with commas between."""
    return ", ".join("?" * count)


def columns(table: Table) -> list[str]:
    """Columns of a table in their order."""
    return ["id", *(field.name for field in table.fields), "sheet_id", "row"]


def records(
    table: Table, frame: pd.DataFrame, sheets: Mapping[tuple[str, str], int]
) -> list[tuple[Any, ...]]:
    """Rows of a survey frame as tuples of `columns(table)`, in their order.

    Raises
    ------
    StoreError
        When two rows have the same id, one is from a sheet not in `sheets`, or a figure is
        beyond its field.
    """
    values = {field.name: _values(field, frame[field.name]) for field in table.fields}
    ids = row_ids(table, values)
    check_figures(table, ids, values)
    if len(set(ids)) < len(ids):
        twice = min(name for name, count in Counter(ids).items() if count > 1)
        raise StoreError(f"Rows of one table have distinct ids; {table.name} has {twice} twice.")
    places = list(zip(frame["file"], frame["sheet"], strict=True))
    unknown = set(places) - set(sheets)
    if unknown:
        raise StoreError(f"Rows come from the survey's sheets; it has no {'!'.join(min(unknown))}.")
    numbers = [sheets[place] for place in places]
    return list(zip(ids, *values.values(), numbers, frame["row"].tolist(), strict=True))


def check_figures(
    table: Table,
    ids: Sequence[str],
    columns: pd.DataFrame | Mapping[str, Iterable[float | None]],
) -> None:
    """Refuse figures that no survey can state: above the most their field takes, or infinite.

    Raises
    ------
    StoreError
        When there is one; the message names the row and the field.
    """
    for field in table.fields:
        if field.numeric:
            for id, value in zip(ids, columns[field.name], strict=True):
                if value is not None and abs(value) > field.highest:
                    raise StoreError(
                        f"{id} has {value:g} as its {field.name}, which takes at most "
                        f"{field.highest:g} ({field.unit or 'no unit'}). Correct the figure in its "
                        "survey file and import that file into a new database."
                    )


def _values(field: Field, column: pd.Series[Any]) -> list[Any]:
    """Values as the database takes them, None where missing."""
    values = column.to_numpy(dtype="float64" if field.numeric else object)
    missing = column.isna().to_numpy()
    if missing.any():
        values = values.astype(object)
        values[missing] = None
    found: list[Any] = values.tolist()
    return found


def insert_rows(
    db: Connection, table: str, names: Collection[str], rows: Iterable[Sequence[object]]
) -> int:
    """Insert rows of these columns into a table, and count them."""
    insert = f'INSERT INTO "{table}" ({listed(names)}) VALUES ({blanks(len(names))})'
    return max(db.executemany(insert, rows).rowcount, 0)


def row_of(value: object, names: Iterable[str]) -> tuple[Any, ...]:
    """Attributes of a value as a row; mappings and None become JSON, metrics too."""
    return tuple(_to_column(getattr(value, name)) for name in names)


def _to_column(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if value is None or isinstance(value, Mapping):
        return json.dumps(None if value is None else dict(value), ensure_ascii=False)
    return value


def change(table: Table) -> str:
    """Overwrite the row of a record's id; the first blank is the id, as in `columns`."""
    names = columns(table)
    settings = ", ".join(f'"{name}" = ?{place}' for place, name in enumerate(names[1:], 2))
    return f'UPDATE "{table.name}" SET {settings} WHERE id = ?1'


def delete(table: Table) -> str:
    """Delete the row of an id."""
    return f'DELETE FROM "{table.name}" WHERE id = ?'


def move(table: Table) -> str:
    """Give a row its new place; blanks are sheet number, line and id."""
    return f'UPDATE "{table.name}" SET sheet_id = ?1, row = ?2 WHERE id = ?3'


def select(table: Table) -> str:
    """Read a whole table, sorted by id."""
    return f'SELECT {listed(columns(table))} FROM "{table.name}" ORDER BY id'


def select_among(table: str, names: Iterable[str], column: str, order: str = "id") -> str:
    """Read the rows in which a column has one of the values of a JSON list."""
    among = f'"{column}" IN (SELECT value FROM json_each(?))'
    return f'SELECT {listed(names)} FROM "{table}" WHERE {among} ORDER BY {order}'


def delete_among(table: str) -> str:
    """Delete the rows that have one of the ids of a JSON list."""
    return f'DELETE FROM "{table}" WHERE id IN (SELECT value FROM json_each(?))'


def json_list(values: Iterable[str]) -> str:
    """Different values as a JSON list, for the statements that ask for one."""
    return json.dumps(sorted(set(values)))


CLOSURE = """
    WITH RECURSIVE reached(item) AS (
        SELECT value FROM json_each(?)
        UNION SELECT bom.component FROM reached CROSS JOIN bom ON bom.item = reached.item
        UNION SELECT substitutes.substitute
            FROM reached CROSS JOIN substitutes ON substitutes.item = reached.item
    )
    SELECT item FROM reached
"""
"""Items of a JSON list and all they are made of or replaced by.

`CROSS JOIN` holds SQLite to that order: from an item to its parts, never through a whole table.
"""


def find(table: Table) -> str:
    """Read the row of an id with its fields and its place."""
    fields = ", ".join(f'own."{field.name}"' for field in table.fields)
    return (
        f'SELECT own.id, {fields}, sheets.file, sheets.sheet, own.row FROM "{table.name}" AS own '
        "JOIN sheets ON sheets.id = own.sheet_id WHERE own.id = ?"
    )


def dangling(table: Table, field: Field) -> str:
    """Find the first row whose reference leads nowhere: its id and the reference."""
    return (
        f'SELECT id, "{field.name}" FROM "{table.name}" WHERE "{field.name}" NOT IN '
        f'(SELECT "{field.type}" FROM "{PARENTS[field.type]}") ORDER BY id LIMIT 1'
    )


def read_dicts(db: Connection, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Rows that a statement finds, by column."""
    found = db.execute(sql, values)
    names = [name for name, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def read_column(db: Connection, table: str, name: str) -> list[str]:
    """Values of a column of a whole table."""
    return [value for (value,) in db.execute(f'SELECT "{name}" FROM "{table}"')]
