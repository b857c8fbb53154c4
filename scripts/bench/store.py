#!/usr/bin/env python3
"""Time the store against bare sqlite3: one import, the same again, one snapshot.

Usage: scripts/bench/store.py [ROWS]

The peer writes the same tuples with one `executemany` into a table of the same columns that
has a primary key and nothing else, and reads them back with `fetchall`. Prints seconds and
ratios; the rows are invented.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pandas as pd

from matchmaker.codebook import tables
from matchmaker.model import SourceFile, SourceSheet, Survey
from matchmaker.store import Store
from matchmaker.store.statements import blanks, columns, listed, records

TABLE = tables()["enterprises"]


def invented(rows: int) -> Survey:
    """Enterprises with every text filled in."""
    frame = pd.DataFrame(
        index=range(rows), columns=[field.name for field in TABLE.fields], dtype=object
    )
    keys = [f"{number:010d}" for number in range(rows)]
    frame["enterprise"] = keys
    frame["name"] = [f"ООО «Предприятие {key}» (вымышлено)" for key in keys]
    frame["role"], frame["country"], frame["region"] = "external", "RU", "RU-BA"
    frame["city"], frame["okved"], frame["involvement_cost"] = "Уфа", "30.92", 0.0
    frame = frame.where(frame.notna(), None).astype({"involvement_cost": "float64"})
    frame["file"], frame["sheet"], frame["row"] = "a.xlsx", TABLE.name, range(2, rows + 2)
    sheet = SourceSheet("a.xlsx", TABLE.name, TABLE.name, {})
    return Survey((SourceFile("a.xlsx", "00"),), (sheet,), {TABLE.name: frame})


def seconds(action: Callable[[], object]) -> float:
    """Time one call."""
    start = perf_counter()
    action()
    return perf_counter() - start


def bare(survey: Survey, path: Path) -> tuple[float, float]:
    """Seconds that sqlite3 alone takes to write and to read the same tuples."""
    rows = records(TABLE, survey.frames[TABLE.name], {("a.xlsx", TABLE.name): 1})
    names = columns(TABLE)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"CREATE TABLE peer ({listed(names)}, PRIMARY KEY (id))")
        sql = f"INSERT INTO peer VALUES ({blanks(len(names))})"  # noqa: S608

        def write() -> None:
            db.executemany(sql, rows)
            db.commit()

        return seconds(write), seconds(
            lambda: db.execute("SELECT * FROM peer ORDER BY id").fetchall()
        )


def main(rows: int) -> None:
    """Print one line a measurement."""
    survey = invented(rows)
    with tempfile.TemporaryDirectory() as folder:
        write, read = bare(survey, Path(folder) / "peer.db")
        with Store(Path(folder) / "store.db", create=True) as store:
            measured = {
                "import": (seconds(lambda: store.add(survey)), write),
                "same import again": (seconds(lambda: store.add(survey)), write),
                "snapshot": (seconds(store.snapshot), read),
            }
    for what, (own, peer) in measured.items():
        print(f"{what}: {rows} rows in {own:.2f} s, sqlite3 {peer:.2f} s, ratio {own / peer:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
