"""Kept matches: the bridge between matching, which finds them, and the store, which keeps them.

Matching a large store takes long and reads all of it; a chain needs the matches of a few
hundred items. So `match --keep` writes down what was taken for true, and the verbs that
answer about some items read their excerpt. See docs/decisions/0005-kept-matches.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from importlib.resources import as_file, files

import pandas as pd

from matchmaker.matching import Matches, MatchKind
from matchmaker.model import Dataset, Role
from matchmaker.store import Store
from matchmaker.version import VERSION

THRESHOLD = 0.5
"""Least probability of the matches that chains are made from."""

CLUSTER = (Role.MEMBER, Role.INTERESTED)


def keep(store: Store, matches: Matches) -> None:
    """Keep the matches that the graph is built from, each subject with its best item."""
    chosen = (matches.could_make, matches.makes, matches.needs, matches.rejected)
    rows = pd.concat([one.rows for one in chosen], ignore_index=True)
    able = pd.MultiIndex.from_frame(
        rows.loc[rows["kind"] == MatchKind.COULD_MAKE.value, ["enterprise", "item"]]
    )
    pairs = pd.MultiIndex.from_frame(matches.steps[["enterprise", "item"]])
    store.keep_matches(method(), rows, matches.steps[pairs.isin(able)])


def read_excerpt(
    store: Store, items: Iterable[str], roles: Collection[Role], enterprises: Iterable[str]
) -> tuple[Dataset, Matches] | None:
    """What matters for some items, with its matches; None when none that are valid are kept."""
    found = store.excerpt(items, method=method(), roles=roles, enterprises=enterprises)
    if found is None:
        return None
    return found.data, Matches(found.matches, found.data, THRESHOLD, found.steps)


def method() -> str:
    """How this very version matches: a digest of the code of matching and of its weights."""
    with as_file(files("matchmaker.matching")) as folder:
        code = [path.read_bytes() for path in sorted(folder.rglob("*.py"))]
    weights = files("matchmaker.codebook").joinpath("data", "weights.csv").read_bytes()
    digest = hashlib.sha256(b"".join([*code, weights]))
    return f"{VERSION}:{digest.hexdigest()[:16]}"
