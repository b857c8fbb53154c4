"""Rows, ranks and files that the benchmarks of matching share.

A row has the keys of every benchmark here: case, value, unit, peer, ratio, bar, holds.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from matchmaker.evaluation.metrics import DEPTHS, hit

__all__ = ["hits", "mid_ranks", "read", "read_bars", "rows", "show"]


def read(path: Path, *columns: str) -> list[tuple[str, ...]]:
    """Columns of a CSV file, row by row; a column that is absent reads as empty text.

    Raises
    ------
    click.UsageError
        When the first of the columns is missing: the file is of another kind.
    """
    with path.open(encoding="utf-8-sig", newline="") as handle:
        lines = csv.DictReader(handle)
        if columns[0] not in (lines.fieldnames or []):
            found = ", ".join(lines.fieldnames or []) or "none"
            raise click.UsageError(f"{path} has no column {columns[0]}; its columns: {found}.")
        return [tuple(line.get(name) or "" for name in columns) for line in lines]


def mid_ranks(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Rank of the right column in every row of scores, from 1; the middle where scores tie.

    >>> mid_ranks(np.array([[3.0, 1.0, 1.0]]), np.array([2]))
    array([2.5])
    """
    rounded = np.round(scores, 9)
    own = np.take_along_axis(rounded, right[:, None], axis=1)
    return np.asarray((rounded > own).sum(axis=1) + ((rounded == own).sum(axis=1) + 1) / 2)


def hits(ranks: np.ndarray) -> dict[str, float]:
    """Shares of right answers among the first 1, 5 and 10, and the mean reciprocal rank."""
    shares = {f"HR@{depth}": float(hit(ranks, depth).mean()) for depth in DEPTHS}
    return {**shares, "MRR": float(np.mean(1 / ranks))}


def rows(
    values: Mapping[str, float],
    peers: Mapping[str, float],
    bars: Mapping[str, float],
    units: Mapping[str, str],
) -> list[dict[str, Any]]:
    """One row a value; a bar is a least value, and `holds` stays empty without one."""
    return [
        {
            "case": case,
            "value": round(value, 4),
            "unit": units.get(case, "share"),
            "peer": round(peers[case], 4) if case in peers else None,
            "ratio": round(value / peers[case], 3) if peers.get(case) else None,
            "bar": bars.get(case),
            "holds": value >= bars[case] if case in bars else None,
        }
        for case, value in values.items()
    ]


def read_bars(stated: Sequence[str]) -> dict[str, float]:
    """Bars of the form `HR@1=0.62`."""
    pairs = [text.partition("=") for text in stated]
    return {case: float(value) for case, _, value in pairs}


def show(lines: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print the rows, as one JSON list or a line each."""
    if as_json:
        click.echo(json.dumps(list(lines), ensure_ascii=False, indent=1))
        return
    for line in lines:
        click.echo("  ".join(f"{key}={value}" for key, value in line.items()))
