"""Kept matches: what matching found in a store, kept there until something changes it.

Between `matching`, which sees no database, and `graph`. Matching a large store takes long and
reads all of it; a chain needs the matches of a few hundred items. So what was taken for true is
written down, and who asks about some items reads their excerpt. See
docs/decisions/0005-kept-matches.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from importlib.resources import as_file, files
from typing import NamedTuple

import pandas as pd

from matchmaker.engine import HERE, Engine
from matchmaker.errors import StoreError
from matchmaker.matching import Matches, MatchKind
from matchmaker.matching.pairs.match import TAKEN
from matchmaker.matching.text.encoder import encoder_name
from matchmaker.model import Dataset, Role
from matchmaker.store import Store
from matchmaker.version import VERSION

CLUSTER = (Role.MEMBER, Role.INTERESTED)

_READ_BY_MATCHING = {".py", ".csv", ".npy"}


class StoreMatches(NamedTuple):
    """Answers of a store and their matches; `renewed` when these were found and kept just now."""

    data: Dataset
    matches: Matches
    renewed: bool


def match_store(
    store: Store,
    items: Iterable[str] | None = None,
    *,
    roles: Collection[Role] = CLUSTER,
    enterprises: Iterable[str] = (),
) -> StoreMatches:
    """Match what a store holds: the matches kept while they are valid, else found anew and kept.

    Parameters
    ----------
    store
        An open store; one that cannot be written to is matched in memory.
    items
        Codes of the items that will be asked about, with or without `item:`; None means all.
    roles, enterprises
        Enterprises that are read whatever they make, where matches are kept.

    Returns
    -------
    StoreMatches
        `build_graph(data, matches, items)` is the same whether they were kept or not.

    Raises
    ------
    UnknownItemError
        When matches are kept and the catalogue lacks an item asked for.
    """
    method = matching_method()
    kept = store.excerpt(items, method=method, roles=roles, enterprises=enterprises)
    if kept is not None:
        return StoreMatches(
            kept.data, Matches(kept.matches, kept.data, TAKEN, kept.steps), renewed=False
        )
    return match_anew(store)


def match_anew(store: Store, *, threshold: float = TAKEN, engine: Engine = HERE) -> StoreMatches:
    """Find all matches of a store, and keep those that chains are made from.

    Nothing is kept with another threshold than `TAKEN`, where valid matches are kept
    already, or where the store cannot be written to.
    """
    from matchmaker.matching import find_matches

    data = store.snapshot()
    matches = find_matches(data, threshold=threshold, vectors=store, engine=engine)
    valid = store.excerpt((), method=matching_method()) is not None
    renewed = threshold == TAKEN and not valid and keep_matches(store, matches)
    return StoreMatches(data, matches, renewed)


def keep_matches(store: Store, matches: Matches) -> bool:
    """Keep the matches that the graph is built from, each subject with its best item.

    Returns
    -------
    bool
        Whether they are kept: not where another process writes or has changed the store since
        its snapshot, and not in a file that is read-only.
    """
    chosen = (matches.could_make, matches.makes, matches.needs, matches.likely, matches.rejected)
    rows = pd.concat([one.rows for one in chosen], ignore_index=True)
    able = pd.MultiIndex.from_frame(
        rows.loc[rows["kind"] == MatchKind.COULD_MAKE.value, ["enterprise", "item"]]
    )
    pairs = pd.MultiIndex.from_frame(matches.steps[["enterprise", "item"]])
    try:
        store.keep_matches(matching_method(), rows, matches.steps[pairs.isin(able)])
    except StoreError:
        return False
    return True


def matching_method() -> str:
    """How this very version matches: a digest of its code, and of the data it reads."""
    digest = hashlib.sha256(encoder_name().encode())
    for room in ("codebook", "matching"):
        with as_file(files(f"matchmaker.{room}")) as folder:
            paths = (path for path in folder.rglob("*.*") if path.suffix in _READ_BY_MATCHING)
            for path in sorted(paths):
                digest.update(path.read_bytes())
    return f"{VERSION}:{digest.hexdigest()[:16]}"
