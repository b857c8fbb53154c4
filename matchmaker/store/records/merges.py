"""Merges: enterprises that are one firm, and those that are said to be different.

Only the decision is stored: the rows stay as they were imported, under their
own enterprises, and are put together when they are read. So a merge outlives every import, a
split gives back exactly what was there, and nothing is lost. Merges form trees: an enterprise
leads to the one that it was merged into, at the root stands the firm that is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import Table, row_ids, tables
from matchmaker.store.records.default_values import read_defaulted

if TYPE_CHECKING:
    import pandas as pd

KEY = "enterprise"
"""Column that names the enterprise of a row, in the table of enterprises too."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that a merged firm states twice and differently: the one kept, and the other."""

    table: str
    id: str
    field: str
    kept: str | float
    other_id: str
    other: str | float


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows of a table put together.

    Attributes
    ----------
    rows
        As `frames.read_rows` has them, under the firms that are shown.
    moved
        Id of the row that stands for a row that is not shown, by the latter's id.
    borrowed
        Sheet and row of a value that another row lent, by id of the row shown and field.
    conflicts
        Values that differ.
    """

    rows: pd.DataFrame
    moved: Mapping[str, str] = field(default_factory=dict)
    borrowed: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()


def read_aliases(db: Connection) -> dict[str, str]:
    """The firm that is shown, by every enterprise that was merged into it."""
    known = 'SELECT 1 FROM enterprises WHERE enterprises.enterprise = merges."into"'
    rows = db.execute(f'SELECT enterprise, "into" FROM merges WHERE EXISTS ({known})')
    parents = dict(rows.fetchall())
    return {key: _root(key, parents) for key in parents}


def read_distinct(db: Connection) -> frozenset[frozenset[str]]:
    """Pairs of firms, as they are shown, that somebody said are different."""
    aliases = read_aliases(db)
    rows = db.execute('SELECT "one", "other" FROM distinct_firms').fetchall()
    pairs = (frozenset({aliases.get(key, key) for key in row}) for row in rows)
    return frozenset(pair for pair in pairs if len(pair) == 2)


def _root(key: str, parents: Mapping[str, str]) -> str:
    while key in parents:
        key = parents[key]
    return key


def members(aliases: Mapping[str, str], keys: Iterable[str]) -> set[str]:
    """Enterprises of the firms that the keys belong to, those merged into them too."""
    roots = {aliases.get(key, key) for key in keys}
    return roots | {key for key, root in aliases.items() if root in roots}


def fold_tables(
    db: Connection, parts: Mapping[str, pd.DataFrame], aliases: Mapping[str, str]
) -> dict[str, Folded]:
    """Put the rows of merged enterprises together, table by table; parts are by table."""
    ids = (id for rows in parts.values() for id in _touched(rows, aliases)["id"])
    usual = read_defaulted(db, ids) if aliases else {}
    return {name: fold(tables()[name], rows, aliases, usual) for name, rows in parts.items()}


def _touched(rows: pd.DataFrame, aliases: Mapping[str, str]) -> pd.DataFrame:
    """Rows of the enterprises that are merged; none where nothing is."""
    if not aliases or KEY not in rows or not rows[KEY].isin(aliases.keys()).any():
        return rows.iloc[:0]
    return rows[rows[KEY].isin(aliases.keys() | set(aliases.values()))]


def fold(
    table: Table,
    rows: pd.DataFrame,
    aliases: Mapping[str, str],
    defaulted: Mapping[str, Collection[str]],
) -> Folded:
    """Put the rows of merged enterprises together under the firms that are shown.

    Of rows with one key the firm's own is shown, then that of the smallest id; what it does not
    state it borrows from the others. A default, by id in `defaulted`, is not stated. Rows keep
    their ids: what points to them still does.
    """
    import pandas as pd

    touched = _touched(rows, aliases)
    if touched.empty:
        return Folded(rows)
    shown = touched.assign(**{KEY: [aliases.get(key, key) for key in touched[KEY]]})
    order = pd.DataFrame(
        {
            "key": row_ids(table, shown),
            "own": touched[KEY].isin(aliases.keys()),
            "id": touched["id"],
        }
    ).sort_values(["key", "own", "id"])
    groups = (shown.loc[group.index] for _, group in order.groupby("key"))
    parts = [_fold_row(table, group, defaulted) for group in groups]
    kept = pd.concat([part.rows for part in parts])
    rest = rows.drop(index=touched.index)
    return Folded(
        pd.concat([rest, kept]).sort_values("id", ignore_index=True),
        {old: new for part in parts for old, new in part.moved.items()},
        {place: cell for part in parts for place, cell in part.borrowed.items()},
        tuple(conflict for part in parts for conflict in part.conflicts),
    )


def _fold_row(table: Table, rows: pd.DataFrame, defaulted: Mapping[str, Collection[str]]) -> Folded:
    """One row of several with one key: the first, with what it lacks from the others."""
    import pandas as pd

    first, *others = rows.to_dict("records")
    lacking = {one.name for one in table.fields} - set(_stated_fields(table, first, defaulted))
    borrowed: dict[tuple[str, str], tuple[int, int]] = {}
    conflicts: list[Conflict] = []
    for other in others:
        for name in _stated_fields(table, other, defaulted):
            if name in lacking:
                lacking.remove(name)
                first[name] = other[name]
                borrowed[first["id"], name] = (other["sheet_id"], other["row"])
            elif first[name] != other[name]:
                values = (first[name], other["id"], other[name])
                conflicts.append(Conflict(table.name, first["id"], name, *values))
    row = pd.DataFrame([first], columns=list(rows.columns), index=rows.index[:1], dtype=object)
    moved = {str(other["id"]): str(first["id"]) for other in others}
    return Folded(row, moved, borrowed, tuple(conflicts))


def _stated_fields(
    table: Table, row: Mapping[Any, Any], defaulted: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """Fields beside the key that a row states."""
    unstated = {*table.key, *defaulted.get(row["id"], ())}
    for one in table.fields:
        if one.name not in unstated and row[one.name] is not None:
            yield one.name
