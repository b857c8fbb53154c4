"""Kept: answers that a newer edition is silent about, with the place where they were given.

An empty cell says nothing. Where one stands in a newer row, the earlier answer stays; the row
moves to its newer place, and the table `kept` remembers where the answer itself stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlite_utils import Database

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

Place = tuple[int, int]
"""Number of a sheet and line."""


def read_kept(db: Database, ids: Iterable[str] | None = None) -> dict[tuple[str, str], Place]:
    """Where the answers stand that rows have kept, by id and field; of all rows when None."""
    sql = "SELECT id, field, sheet_id, row FROM kept"
    if ids is None:
        rows = db.execute(sql)
    else:
        rows = db.execute(f"{sql} WHERE id IN (SELECT value FROM json_each(?))", [json_list(ids)])
    return {(id, field): (sheet, row) for id, field, sheet, row in rows}


def keep(
    db: Database, table: Table, pairs: Sequence[tuple[Record, Record]], silent: Mapping[str, int]
) -> tuple[list[tuple[Record, Record]], int]:
    """Give newer records the earlier answers that they are silent about; count those.

    Pairs are (stored, newer); `silent` has a bit for each field that is silent, by id.
    """
    if not pairs or not silent:
        return list(pairs), 0
    before = read_kept(db, [old[0] for old, _ in pairs])
    after: dict[tuple[str, str], Place] = {}
    merged = []
    for old, new in pairs:
        filled = list(new)
        for place in _silent(table, old, new, silent[old[0]]):
            key = old[0], table.fields[place - 1].name
            after[key] = before.get(key, old[-2:])
            filled[place] = old[place]
        merged.append((old, tuple(filled)))
    _replace(db, before, after)
    return merged, len(after)


def _silent(table: Table, old: Record, new: Record, mask: int) -> Iterator[int]:
    """Places in a record where the older one answers and the newer one says nothing."""
    if mask:
        for place in range(1, len(table.fields) + 1):
            if mask >> (place - 1) & 1 and old[place] not in {None, new[place]}:
                yield place


def _replace(
    db: Database,
    before: Mapping[tuple[str, str], Place],
    after: Mapping[tuple[str, str], Place],
) -> None:
    gone = before.keys() - after.keys()
    db.conn.executemany("DELETE FROM kept WHERE id = ? AND field = ?", sorted(gone))
    insert = f"INSERT OR REPLACE INTO kept VALUES ({blanks(len(KEPT))})"
    db.conn.executemany(insert, ((*key, *after[key]) for key in sorted(after)))


def forget(db: Database, ids: Collection[str]) -> None:
    """Forget what rows kept that are deleted."""
    db.execute(delete_among("kept"), [json_list(ids)])


def unanswered(db: Database, survey: Survey, issues: Sequence[Issue]) -> Sequence[Issue]:
    """Issues of a survey less those about a lacking price where the row keeps an earlier one.

    They are the same before the survey is written and after.
    """
    if all(one.code != PRICE_MISSING for one in issues):
        return issues
    told = {place for name, field in PRICED for place in _told(db, tables()[name], field, survey)}
    return [
        one
        for one in issues
        if one.code != PRICE_MISSING or (one.file, one.sheet, one.row) not in told
    ]


def _told(db: Database, table: Table, field: str, survey: Survey) -> Iterator[tuple[str, str, int]]:
    """Places of rows that are silent about a field which their stored row answers."""
    if table.name not in survey.silent:
        return
    bit = [one.name for one in table.fields].index(field)
    frame = survey.frames[table.name]
    rows = frame[[bool(mask >> bit & 1) for mask in survey.silent[table.name]]]
    ids = row_ids(table, rows)
    found = db.execute(select_among(table.name, ["id", field], "id"), [json_list(ids)])
    answered = {id for id, value in found if value is not None}
    for id, file, sheet, row in zip(ids, *(rows[name] for name in PLACE), strict=True):
        if id in answered:
            yield file, sheet, row
