"""Earlier answers that stay where a newer edition is blank, with the place they were given at.

An empty cell says nothing. Where one stands in a newer row, the earlier answer stays; the row
moves to its newer place, and the table `kept` remembers where the answer itself stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING

from matchmaker.codebook import Table, row_ids, tables
from matchmaker.model import PLACE, Issue, Survey
from matchmaker.store.database.schema import KEPT
from matchmaker.store.database.statements import (
    Record,
    blanks,
    delete_among,
    json_list,
    select_among,
)
from matchmaker.survey.checks import PRICE_MISSING, PRICED

if TYPE_CHECKING:
    import pandas as pd

Place = tuple[int, int]
"""Number of a sheet and line."""


def read_kept(db: Connection, ids: Iterable[str] | None = None) -> dict[tuple[str, str], Place]:
    """Where the answers stand that rows have kept, by id and field; of all rows when None."""
    sql = "SELECT id, field, sheet_id, row FROM kept"
    if ids is None:
        rows = db.execute(sql)
    else:
        rows = db.execute(f"{sql} WHERE id IN (SELECT value FROM json_each(?))", [json_list(ids)])
    return {(id, field): (sheet, row) for id, field, sheet, row in rows}


def keep(
    db: Connection,
    table: Table,
    pairs: Sequence[tuple[Record, Record]],
    blank: pd.DataFrame | None,
) -> tuple[list[tuple[Record, Record]], int]:
    """Give newer records the earlier answers where they are blank; count those.

    Pairs are (stored, newer); `blank` has a row for each id and a column for each field.
    """
    if not pairs or blank is None:
        return list(pairs), 0
    ids = [old[0] for old, _ in pairs]
    before = read_kept(db, ids)
    after: dict[tuple[str, str], Place] = {}
    filled = [list(new) for _, new in pairs]
    for row, column in zip(*blank.loc[ids].to_numpy().nonzero(), strict=True):
        old, new = pairs[row]
        if old[column + 1] not in {None, new[column + 1]}:
            key = old[0], table.fields[column].name
            after[key] = before.get(key, old[-2:])
            filled[row][column + 1] = old[column + 1]
    _replace(db, before, after)
    return [(old, tuple(new)) for (old, _), new in zip(pairs, filled, strict=True)], len(after)


def _replace(
    db: Connection,
    before: Mapping[tuple[str, str], Place],
    after: Mapping[tuple[str, str], Place],
) -> None:
    gone = before.keys() - after.keys()
    db.executemany("DELETE FROM kept WHERE id = ? AND field = ?", sorted(gone))
    insert = f"INSERT OR REPLACE INTO kept VALUES ({blanks(len(KEPT))})"
    db.executemany(insert, ((*key, *after[key]) for key in sorted(after)))


def forget(db: Connection, ids: Collection[str]) -> None:
    """Forget what rows kept that are deleted."""
    db.execute(delete_among("kept"), [json_list(ids)])


def unanswered(db: Connection, survey: Survey, issues: Sequence[Issue]) -> Sequence[Issue]:
    """Issues of a survey less those about a lacking price where the row keeps an earlier one.

    They are the same before the survey is written and after.
    """
    if all(one.code != PRICE_MISSING for one in issues):
        return issues
    answered = {
        place
        for name, field in PRICED
        if name in survey.blank_fields
        for place in _answered_earlier(db, tables()[name], field, survey)
    }
    return [
        one
        for one in issues
        if one.code != PRICE_MISSING or (one.file, one.sheet, one.row) not in answered
    ]


def _answered_earlier(
    db: Connection, table: Table, field: str, survey: Survey
) -> Iterator[tuple[str, str, int]]:
    """Places of rows that are blank in a field which their stored row answers."""
    rows = survey.frames[table.name][survey.blank_fields[table.name][field]]
    ids = row_ids(table, rows)
    found = db.execute(select_among(table.name, ["id", field], "id"), [json_list(ids)])
    answered = {id for id, value in found if value is not None}
    for id, file, sheet, row in zip(ids, *(rows[name] for name in PLACE), strict=True):
        if id in answered:
            yield file, sheet, row
