"""Vectors: what the encoder of matching made of texts, kept so that no text is encoded twice.

A vector depends on its text and on the encoder alone: nothing that is
imported makes it wrong, another encoder makes it useless.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from sqlite3 import Connection

_READ = (
    "SELECT key, vector FROM vectors WHERE encoder = ? AND key IN (SELECT value FROM json_each(?))"
)


def read(db: Connection, encoder: str, keys: Sequence[str]) -> dict[str, bytes]:
    """Vectors of those keys that the encoder is known to give one."""
    return dict(db.execute(_READ, [encoder, json.dumps(list(keys))]).fetchall())


def keep(db: Connection, encoder: str, new: Mapping[str, bytes]) -> None:
    """Add vectors; those of other encoders go."""
    db.execute("DELETE FROM vectors WHERE encoder <> ?", [encoder])
    db.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
        ((encoder, key, vector) for key, vector in new.items()),
    )
