"""Excerpt: what matters for some items, read through indexes and never by a whole table.

Which offers, needs and capabilities matter is what matching found: so an
excerpt rests on the matches that the store keeps, and there is none without them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import tables
from matchmaker.errors import StoreError, UnknownItemError
from matchmaker.model import Dataset
from matchmaker.store.answers.frames import read_dataset, read_rows
from matchmaker.store.database import statements
from matchmaker.store.database.schema import MATCH, MATCH_STEP
from matchmaker.store.records.merges import members, read_aliases

if TYPE_CHECKING:
    import pandas as pd

_BY_ITEM = ("bom", "demands", "items", "routing", "substitutes")
_BY_ENTERPRISE = ("answers", "certificates", "contracts", "enterprises", "plans", "trade")
_BY_MATCH = ("needs", "offers")
_BATCH = 50_000
_DOUBLE = "<f8"

HEAD = [name for name in MATCH if name != "figures"]


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """The part of a store that matters for some items, with its matches.

    `matches` and `steps` have the columns that `Store.keep_matches` was given, in its order.
    """

    data: Dataset
    matches: pd.DataFrame
    steps: pd.DataFrame


def keep_matches(db: Connection, method: str, matches: pd.DataFrame, steps: pd.DataFrame) -> None:
    """Replace the matches kept; `method` says how they were found."""
    forget_matches(db)
    further = [str(name) for name in matches if name not in HEAD]
    db.execute("INSERT INTO matching VALUES (?, ?)", [method, json.dumps(further)])
    statements.insert_rows(db, "matches", MATCH, _records(matches, further))
    confirmed = steps["confirmed"].astype(object).where(steps["confirmed"].notna(), None)
    rows = steps.assign(confirmed=confirmed)[list(MATCH_STEP)]
    statements.insert_rows(db, "match_steps", MATCH_STEP, rows.itertuples(index=False, name=None))


def forget_matches(db: Connection) -> None:
    """Drop the matches kept: what they were found in has changed."""
    for table in ("matching", "matches", "match_steps"):
        db.execute(f'DELETE FROM "{table}"')


def read_excerpt(
    db: Connection, items: Iterable[str] | None, roles: Collection[str], enterprises: Iterable[str]
) -> Excerpt:
    """Read what matters for the items, from their composition down to the makers of each part.

    Without items, everything.

    Raises
    ------
    UnknownItemError
        When the catalogue lacks an item asked for.
    """
    if items is None:
        known = [item for (item,) in db.execute("SELECT item FROM items")]
        steps = _read(db, "match_steps", list(MATCH_STEP), known)
        return Excerpt(read_dataset(db), _read_matches(db, known), steps)
    wanted = _closure(db, [item.removeprefix("item:") for item in items])
    matches = _read_matches(db, wanted)
    steps = _read(db, "match_steps", list(MATCH_STEP), wanted)
    firms = {
        *matches["enterprise"],
        *_enterprises(db, "enterprises", "role", roles),
        *_enterprises(db, "answers", "item", wanted),
    }
    firms |= {enterprise.removeprefix("firm:") for enterprise in enterprises}
    firms = members(read_aliases(db), firms)
    among = dict.fromkeys(_BY_ITEM, ("item", wanted))
    among |= dict.fromkeys(_BY_ENTERPRISE, ("enterprise", firms))
    among |= {name: ("id", set(matches.loc[matches["table"] == name, "id"])) for name in _BY_MATCH}
    among["capabilities"] = ("id", set(steps["capability"]))
    parts = {name: read_rows(db, table, among.get(name)) for name, table in tables().items()}
    return Excerpt(read_dataset(db, parts), matches, steps)


def _closure(db: Connection, items: list[str]) -> set[str]:
    """Items asked for and all they are made of or replaced by."""
    found = db.execute(statements.select_among("items", ["item"], "item"), [json.dumps(items)])
    unknown = set(items) - {item for (item,) in found}
    if unknown:
        known = statements.read_column(db, "items", "id")
        raise UnknownItemError(f"item:{min(unknown)}", known)
    return {item for (item,) in db.execute(statements.CLOSURE, [json.dumps(items)])}


def _enterprises(db: Connection, table: str, column: str, values: Collection[str]) -> list[str]:
    sql = statements.select_among(table, ["enterprise"], column)
    return [key for (key,) in db.execute(sql, [json.dumps(sorted(values))])]


def _read(db: Connection, table: str, names: list[str], items: Collection[str]) -> pd.DataFrame:
    import pandas as pd

    sql = statements.select_among(table, names, "item", order="rowid")
    rows = db.execute(sql, [json.dumps(sorted(items))]).fetchall()
    types = MATCH | MATCH_STEP
    if not all(isfinite(value) for row in rows for value in row if isinstance(value, float)):
        raise StoreError(
            f"The table {table} holds a number that is not finite, which matching never finds; "
            "make a new database and import the survey files into it."
        )
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    return frame.astype({name: "float64" for name in names if types[name] is float})


def _read_matches(db: Connection, items: Collection[str]) -> pd.DataFrame:
    """Matches of the items in the order kept, each figure in its column."""
    import numpy as np
    import pandas as pd

    frame = _read(db, "matches", list(MATCH), items)
    names = json.loads(db.execute("SELECT figures FROM matching").fetchone()[0])
    figures = np.frombuffer(b"".join(frame.pop("figures")), dtype=_DOUBLE)
    return frame.join(pd.DataFrame(figures.reshape(len(frame), len(names)), columns=names))


def _records(matches: pd.DataFrame, further: list[str]) -> Iterator[tuple[Any, ...]]:
    """Tuples of `MATCH`; whatever else is known of a match goes into its figures."""
    for start in range(0, len(matches), _BATCH):
        part = matches.iloc[start : start + _BATCH]
        figures = part[further].to_numpy(dtype=_DOUBLE)
        heads = part[HEAD].itertuples(index=False, name=None)
        for head, row in zip(heads, figures, strict=True):
            yield (*head, row.tobytes())
