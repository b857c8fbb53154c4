"""Shards: the join of files that no store holds, shard by shard, here or on a cluster.

Above `join`. Needs are read from Parquet files in shards of whole rows; each shard becomes one
Parquet file, which is written beside its place and then moved there, so that a file that is
there is whole. A later run leaves alone what is there and still true, and in a shard of which
some texts have changed computes only these.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import __version__ as sklearn_version

from matchmaker.engine import HERE, Engine
from matchmaker.errors import BadValueError, MatchmakerError
from matchmaker.matching.bulk.join import TextIndex, learn_index

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 50_000
"""Needs in a shard."""

MARK = b"matchmaker.join"
"""Key of the metadata by which a shard is known, and tells what it was made from."""

FOUND = ["items", "scores", "key"]
"""Columns of a shard behind `need`: its nearest items, their cosines, and a hash of its text."""


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """How a join is made: at most `top` items a need, of cosines above `least`, by a layer."""

    top: int = 10
    least: float = 0.0
    layer: str = "words"

    def __post_init__(self) -> None:
        if self.top < 1:
            raise BadValueError(f"At least one item is kept for a need: top is {self.top}.")
        if not 0 <= self.least < 1:
            raise BadValueError(f"The least cosine is from 0 to below 1, not {self.least:g}.")


@dataclass(frozen=True, slots=True)
class Shard:
    """Some needs: `count` rows of the file `source` from row `first` on, and where they go."""

    source: str
    first: int
    count: int
    target: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a shard, or of all of them.

    Attributes
    ----------
    needs, matched
        Needs there are, and those with at least one item.
    computed
        Needs that were looked for in this run; the others were known.
    """

    needs: int = 0
    matched: int = 0
    computed: int = 0

    def __add__(self, other: Done) -> Done:
        sums = (self.needs + other.needs, self.matched + other.matched)
        return Done(*sums, self.computed + other.computed)


class ShardOrigin(NamedTuple):
    """What a shard tells of itself: by which job and of which needs it is, how many matched."""

    job: str
    needs: str
    matched: int


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What every shard needs: the index, the ids of its items, the options, and a fingerprint."""

    index: TextIndex
    items: NDArray[np.object_]
    options: JoinOptions
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A join that is ready to run: what every shard needs, and the shards."""

    job: Job
    shards: tuple[Shard, ...]

    def run(self, engine: Engine = HERE) -> Iterator[Done]:
        """Join every shard, and say of each what became of it as soon as it is there.

        Raises
        ------
        MatchmakerError
            When a process or the cluster is lost; shards that are written stay, and another
            run begins with the first that is not.
        """
        yield from engine.stream(join_shard, self.job, self.shards)
        self._clear()

    def _clear(self) -> None:
        """Remove shards of earlier runs that have no needs any more, and what killed ones left."""
        for folder in {Path(shard.target).parent for shard in self.shards}:
            wanted = {shard.target for shard in self.shards}
            for path in folder.glob("*.parquet"):
                if str(path) not in wanted and _read_origin(path) is not None:
                    path.unlink()
            for path in folder.glob(".*.unfinished"):
                path.unlink()


def plan_join(
    needs: Path,
    catalogue: Path,
    out: Path,
    options: JoinOptions = JoinOptions(),
    *,
    rows: int = ROWS,
) -> Plan:
    """Read the catalogue, and divide the needs into shards.

    Parameters
    ----------
    needs
        Parquet file, or folder of them, with the columns `id` and `text`.
    catalogue
        Parquet file or folder with the columns `id` and `text`; an item with several names has
        several rows.
    out
        Folder for the shards of this join alone; made when missing. Every machine of a cluster
        has to see it, and the needs, under the same path.
    rows
        Needs in a shard.

    Raises
    ------
    MatchmakerError
        When a file is missing, is no Parquet file or lacks a column, when the catalogue has no
        name with anything to compare, or when pyarrow is not installed.
    """
    frame = _read_catalogue(catalogue)
    index = learn_index(frame["text"].tolist(), layer=options.layer, owners=frame["id"].tolist())
    job = Job(index, frame["id"].unique(), options, _fingerprint(frame, options))
    folder = out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return Plan(job, tuple(_shards(needs.resolve(), folder, rows)))


def join_shard(job: Job, shard: Shard) -> Done:
    """Write the nearest items of one shard, unless they are there; compute what is new in it."""
    needs, target = _read_needs(shard), Path(shard.target)
    digest = _digest_of(needs)
    there = _read_origin(target) or ShardOrigin("", "", 0)
    if there[:2] == (job.fingerprint, digest):
        return Done(len(needs), there.matched)
    keys = _keys(needs["text"])
    old = _read_found(target) if there.job == job.fingerprint else None
    found, computed = _joined(job, needs["text"], keys, old)
    told = ShardOrigin(job.fingerprint, digest, _matched(found))
    table = found.add_column(0, "need", needs["id"])
    _write(table.replace_schema_metadata({MARK: json.dumps(told).encode()}), target)
    return Done(len(needs), told.matched, computed)


def _read_found(target: Path) -> pa.Table:
    return _parquet().read_table(target, columns=FOUND, use_threads=False)


def _joined(
    job: Job, texts: pa.ChunkedArray, keys: NDArray[np.uint64], old: pa.Table | None
) -> tuple[pa.Table, int]:
    """What is found for texts, taken over where the key is known, and how many were looked for."""
    from pyarrow import concat_tables

    if old is None or not len(old):
        return _fresh(job, texts, keys), len(keys)
    known, places = np.unique(old["key"].to_numpy(), return_index=True)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    new = np.nonzero(known[at] != keys)[0]
    rows = places[at]
    rows[new] = len(old) + np.arange(len(new))
    found = concat_tables([old, _fresh(job, texts.take(new), keys[new])])
    return found.take(rows).combine_chunks(), len(new)


def _fresh(job: Job, texts: pa.ChunkedArray, keys: NDArray[np.uint64]) -> pa.Table:
    """What is found for texts that are all looked for."""
    import pyarrow as pa

    top, least = job.options.top, job.options.least
    found = job.index.nearest(texts.to_pylist(), top=top, least=least)
    ends = np.append(0, np.cumsum(np.bincount(found.left, minlength=len(keys)))).astype(np.int32)
    names = pa.array(job.items, pa.string()).take(pa.array(found.right))
    lists = [pa.ListArray.from_arrays(ends, values) for values in (names, pa.array(found.scores))]
    return pa.table(dict(zip(FOUND, (*lists, pa.array(keys)), strict=True)))


def _matched(table: pa.Table) -> int:
    """How many needs have an item."""
    from pyarrow import compute

    return int(np.count_nonzero(compute.list_value_length(table["items"]).to_numpy()))


def _read_catalogue(path: Path) -> pd.DataFrame:
    """Names by id and then by text, so that the order of the rows does not matter."""
    parts = [_columns(one).to_pandas() for one in _sources(path)]
    frame: pd.DataFrame = pd.concat(parts, ignore_index=True).drop_duplicates()
    if (frame["id"] == "").any():
        raise MatchmakerError(f"{path} has a name without an id: every item needs one.")
    return frame.sort_values(["id", "text"], ignore_index=True)


def _read_needs(shard: Shard) -> pa.Table:
    """Rows of a shard, read by the row groups that have them."""
    file = _parquet().ParquetFile(shard.source)
    ends = np.cumsum([file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)])
    first = int(np.searchsorted(ends, shard.first, side="right"))
    last = int(np.searchsorted(ends, shard.first + shard.count, side="left"))
    groups = range(first, last + 1)
    table = _texts(file.read_row_groups(groups, columns=["id", "text"], use_threads=False))
    return table.slice(shard.first - (int(ends[first - 1]) if first else 0), shard.count)


def _columns(path: Path) -> pa.Table:
    return _texts(_parquet().read_table(path, columns=["id", "text"]))


def _texts(table: pa.Table) -> pa.Table:
    """Ids and texts as text; empty where not stated."""
    import pyarrow as pa
    from pyarrow import compute

    columns = {name: table[name].cast(pa.string()) for name in ("id", "text")}
    filled = {
        name: compute.fill_null(column, "") if column.null_count else column
        for name, column in columns.items()
    }
    return pa.table(filled)


def _shards(needs: Path, out: Path, rows: int) -> Iterator[Shard]:
    for source in _sources(needs):
        name = source.name if needs.is_file() else str(source.relative_to(needs))
        stem = name.removesuffix(".parquet").replace("%", "%25").replace(os.sep, "%2F")
        count = _parquet().ParquetFile(source).metadata.num_rows
        for first in range(0, count, rows):
            target = out / f"{stem}-{first:09d}.parquet"
            yield Shard(str(source), first, min(rows, count - first), str(target))


def _sources(path: Path) -> Sequence[Path]:
    """The Parquet files of a path, in the order of their names, each with `id` and `text`."""
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not found:
        raise MatchmakerError(f"The folder {path} has no Parquet files (*.parquet).")
    for one in found:
        _check(one)
    return found


def _check(path: Path) -> None:
    parquet = _parquet()
    from pyarrow import ArrowInvalid

    if not path.exists():
        raise MatchmakerError(f"There is no file {path}.")
    try:
        names = parquet.ParquetFile(path).schema_arrow.names
    except ArrowInvalid as error:
        raise MatchmakerError(f"{path} is not a Parquet file: {error}.") from error
    if lacking := [name for name in ("id", "text") if name not in names]:
        raise MatchmakerError(
            f"{path} has no column {' and no column '.join(lacking)}; its columns are: "
            f"{', '.join(names)}. Name them id and text."
        )


def _keys(texts: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Hash of every text, taken of its bytes: making strings of them would cost most of it."""
    import pyarrow as pa

    values = texts.cast(pa.binary()).to_numpy()
    return np.asarray(pd.util.hash_array(values, categorize=False), dtype=np.uint64)


def _read_origin(path: Path) -> ShardOrigin | None:
    """What a shard was made from; None when there is none, or a file of another kind."""
    if not path.exists():
        return None
    told = (_parquet().read_schema(path).metadata or {}).get(MARK)
    return ShardOrigin(*json.loads(told)) if told else None


def _write(table: pa.Table, target: Path) -> None:
    """Write the file whole or not at all, also where two processes write the same one."""
    draft = target.with_name(f".{target.name}.{uuid4().hex}.unfinished")
    compact = {"compression": "lz4", "use_dictionary": False, "write_statistics": ["need"]}
    _parquet().write_table(table, draft, **compact)
    draft.replace(target)


def _fingerprint(catalogue: pd.DataFrame, options: JoinOptions) -> str:
    """Digest of all that decides the answer for a need, beside the need itself."""
    names = (pd.util.hash_array(catalogue[name].to_numpy(object)) for name in ("id", "text"))
    return _digest([*(part.tobytes() for part in names), repr(options).encode(), _code()])


_CODE = (("bulk", "join.py"), ("text", "stems.py"), ("text", "lexicon.py"))
"""Files on which answers depend."""


@cache
def _code() -> bytes:
    """What the answers depend on beside the data: reading, joining, translations, libraries."""
    rooms = files("matchmaker.matching")
    sources = [rooms.joinpath(*path) for path in _CODE]
    sources.append(files("matchmaker.codebook").joinpath("data", "translations.csv"))
    return b"".join([sklearn_version.encode(), *(source.read_bytes() for source in sources)])


def _digest(parts: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:32]


class _Digest(io.RawIOBase):
    """A file that keeps nothing but the digest of what is written to it."""

    def __init__(self) -> None:
        self.sum = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sum.update(data)
        return memoryview(data).nbytes


def _digest_of(table: pa.Table) -> str:
    """Digest of a table, however its rows are divided into chunks, without a copy of it."""
    import pyarrow as pa

    file = _Digest()
    with pa.ipc.new_stream(pa.PythonFile(file, "w"), table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return file.sum.hexdigest()[:32]


def _parquet() -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MatchmakerError(
            "Parquet files need pyarrow: install it with  pip install 'matchmaker[bulk]'"
        ) from error
    return parquet
