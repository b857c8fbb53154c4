"""Bulk: shards are the join, are taken over by later runs, and survive what is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from time import monotonic

import pandas as pd
import pyarrow as pa
import pytest
from distributed import Client
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from matchmaker.cli.main import main
from matchmaker.cli.matching.join import watched
from matchmaker.codebook import read_rows
from matchmaker.engine import HERE, Engine
from matchmaker.errors import MatchmakerError
from matchmaker.matching.bulk.join import join_texts
from matchmaker.matching.bulk.shards import Done, JoinOptions, plan_join

ROWS = 100
NEEDS = 1150


def write(path: Path, rows: dict[str, str] | list[tuple[str, str | None]]) -> Path:
    pairs = list(rows.items()) if isinstance(rows, dict) else rows
    ids, texts = zip(*pairs, strict=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"id": pa.array(ids, pa.string()), "text": pa.array(texts, pa.string())})
    parquet.write_table(table, path, row_group_size=130)
    return path


def read(out: Path) -> pd.DataFrame:
    """All shards in the order of their names."""
    return pd.concat(
        [parquet.read_table(path).to_pandas() for path in sorted(out.glob("*.parquet"))],
        ignore_index=True,
    )


def run(case: Case, engine: Engine = HERE, needs: Path | None = None, **options: object) -> Done:
    plan = plan_join(needs or case.needs, case.items, case.out, JoinOptions(**options), rows=ROWS)
    return sum(plan.run(engine), Done())


class Case:
    """Needs and items from names of OKPD2 in both languages, and a folder for the shards."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(0)
        rows = rng.sample([row for row in read_rows("okpd2.csv") if row["name_en"]], 400)
        self.names = [row[name] for row in rows for name in ("name_ru", "name_en")]
        self.texts = {
            f"need-{n:04d}": " ".join(rng.sample(words, k=len(words) // 2 + 1))
            for n in range(NEEDS)
            for words in [rng.choice(self.names).split()]
        }
        self.items = write(
            folder / "items.parquet", {f"item-{n:03d}": name for n, name in enumerate(self.names)}
        )
        self.needs = write(folder / "needs.parquet", self.texts)
        self.out = folder / "out"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the local run gives."""
    case = Case(tmp_path_factory.mktemp("whole"))
    assert run(case) == Done(NEEDS, NEEDS, NEEDS)
    return read(case.out)


def test_shards_are_the_join(case, whole):
    found = join_texts(case.texts.values(), case.names)
    listed = found.groupby("left")
    assert whole["need"].tolist() == list(case.texts)
    expected = listed["right"].apply(lambda right: [f"item-{j:03d}" for j in right])
    assert list(map(list, whole["items"])) == expected.tolist()
    assert list(map(list, whole["scores"])) == listed["score"].apply(list).tolist()


def test_a_second_run_computes_nothing_and_leaves_the_files(case):
    run(case)
    before = {path.name: path.stat().st_mtime_ns for path in case.out.iterdir()}
    assert len(before) == 12
    assert run(case) == Done(NEEDS, NEEDS, 0)
    assert {path.name: path.stat().st_mtime_ns for path in case.out.iterdir()} == before


def test_only_changed_texts_are_computed_and_the_answer_is_that_of_a_whole_run(case, tmp_path):
    run(case)
    texts = case.texts | {"need-0007": case.names[5], "need-0911": "ничего такого нет в перечне"}
    del texts["need-0100"]
    texts |= {"need-new": case.names[0]}
    write(case.needs, texts)
    # one that is new, and one that moved into each of ten shards for the one that is gone; what
    # changed into a text that its shard has already is known, and so is a text twice in a shard
    assert run(case).computed in range(1 + 10, 2 + 1 + 10 + 1)
    again, case.out = read(case.out), tmp_path / "anew"
    run(case)
    assert_frame_equal(again, read(case.out), check_exact=True)


@pytest.mark.parametrize("options", [{"top": 3}, {"least": 0.5}, {"layer": "characters"}])
def test_other_options_are_another_join(case, options):
    run(case)
    assert run(case, **options).computed == NEEDS
    assert run(case, **options).computed == 0


def test_another_catalogue_is_another_join_but_its_order_is_not(case):
    run(case)
    items = [(f"item-{n:03d}", name) for n, name in enumerate(case.names)]
    write(case.items, items[::-1])
    assert run(case).computed == 0
    write(case.items, items[:-1])
    assert run(case).computed == NEEDS


def test_folders_of_files_and_shards_that_have_no_needs_any_more(case, tmp_path):
    folder = tmp_path / "needs"
    texts = list(case.texts.items())
    write(folder / "a.parquet", texts[:250])
    write(folder / "deep" / "b.parquet", [*texts[250:300], ("odd", None)])
    (case.out).mkdir()
    foreign = write(case.out / "foreign.parquet", texts[:1])
    (case.out / ".a-000000000.parquet.1f.unfinished").touch()
    assert run(case, needs=folder).needs == 301
    names = {path.name for path in case.out.iterdir()} - {foreign.name}
    assert names == {
        *(f"a-000000{first}00.parquet" for first in range(3)),
        "deep%2Fb-000000000.parquet",
    }
    write(folder / "a.parquet", texts[:150])
    run(case, needs=folder)
    assert len(list(case.out.iterdir())) == 4
    assert foreign.exists()


def test_processes_give_the_same_bits(case, whole):
    assert run(case, Engine(2)) == Done(NEEDS, NEEDS, NEEDS)
    assert_frame_equal(read(case.out), whole, check_exact=True)


# A real scheduler with two workers, each a process of its own


class Cluster:
    """`dask scheduler` and two `dask worker` on loopback."""

    def __init__(self, folder: Path) -> None:
        self.contact = folder / "scheduler.json"
        here = ("--host", "127.0.0.1")
        self.scheduler = self._start("scheduler", *here, "--port", "0", "--no-dashboard")
        until(self.contact.exists)
        own = ("--no-dashboard", "--no-nanny", "--nthreads", "1")
        self.workers = [self._start("worker", *here, *own) for _ in range(2)]
        with Client(scheduler_file=str(self.contact)) as client:
            client.wait_for_workers(2, timeout=60)
            self.address = client.scheduler.address

    def _start(self, role: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + role, *options]
        return subprocess.Popen(
            [*command, "--scheduler-file", str(self.contact)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + 60
    while not condition():
        assert monotonic() < deadline
        os.sched_yield()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    running = Cluster(tmp_path)
    yield running
    running.stop()


def killing(process: subprocess.Popen[bytes], done: Iterator[Done]) -> list[Done]:
    """Everything that comes, the process killed as soon as the second shard is there."""
    found = [next(done), next(done)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    return [*found, *done]


def test_a_cluster_that_loses_a_worker_gives_the_same_bits(case, whole, cluster):
    plan = plan_join(case.needs, case.items, case.out, rows=ROWS)
    done = killing(cluster.workers[0], plan.run(Engine(scheduler=cluster.address)))
    assert sum(one.needs for one in done) == NEEDS
    assert_frame_equal(read(case.out), whole, check_exact=True)


def test_a_killed_scheduler_loses_only_unfinished_shards(case, whole, cluster):
    plan = plan_join(case.needs, case.items, case.out, rows=ROWS)
    with pytest.raises(MatchmakerError, match="went away before all was done"):
        killing(cluster.scheduler, plan.run(Engine(scheduler=cluster.address)))
    cluster.stop()
    kept = sum(len(parquet.read_table(path)) for path in case.out.glob("*.parquet"))
    assert kept >= 2 * ROWS
    assert run(case) == Done(NEEDS, NEEDS, NEEDS - kept)
    assert_frame_equal(read(case.out), whole, check_exact=True)


# What is refused


def test_bad_files_are_named_with_the_remedy(case, tmp_path):
    text = tmp_path / "text.parquet"
    text.write_text("id,text\n")
    other = tmp_path / "other.parquet"
    parquet.write_table(pa.table({"id": ["a"], "name": ["b"]}), other)
    nameless = write(tmp_path / "nameless.parquet", {"": "Рама"})
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, message in (
        (tmp_path / "none.parquet", "There is no file"),
        (text, "not a Parquet file"),
        (other, r"no column text; its columns are: id, name\. Name them id and text"),
        (empty, "has no Parquet files"),
        (nameless, "a name without an id"),
    ):
        with pytest.raises(MatchmakerError, match=message):
            plan_join(case.needs, path, case.out)


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="top is 0"):
        JoinOptions(top=0)
    with pytest.raises(ValueError, match="from 0 to below 1, not 1"):
        JoinOptions(least=1)


def test_without_pyarrow_the_remedy_is_said(case, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MatchmakerError, match=r"pip install 'matchmaker\[bulk\]'"):
        plan_join(case.needs, case.items, case.out)


# The command


def said(capsys: pytest.CaptureFixture[str], case: Case, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `matchmaker join`."""
    with pytest.raises(SystemExit) as left:
        main(["join", str(case.needs), str(case.items), str(case.out), *options])
    return left.value.code, *capsys.readouterr()


def test_the_command_says_what_it_did(case, whole, capsys):
    code, out, err = said(capsys, case, "--rows", str(ROWS), "--json")
    assert (code, err) == (0, "")
    counts = {"files": 12, "needs": NEEDS, "matched": NEEDS, "computed": NEEDS}
    assert json.loads(out)["join"] == {"out": str(case.out), **counts}
    assert_frame_equal(read(case.out), whole, check_exact=True)
    code, out, err = said(capsys, case, "--rows", str(ROWS), "--lang", "ru")
    assert (code, err) == (0, "")
    assert ("Вычислено заново" in out, "1 150" in out.replace("\u202f", " ")) == (True, True)


def test_the_command_has_no_answer_where_nothing_is_near(case, capsys):
    write(case.needs, {"need": "неведомое"})
    code, out, _ = said(capsys, case, "--csv")
    assert (code, out.splitlines()[1].split(",")[1:]) == (3, ["1", "1", "0", "1"])


def test_a_bar_shows_progress_on_a_terminal_only(monkeypatch):
    screen = StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    assert list(watched(iter("ab"), 2)) == ["a", "b"]
    assert screen.getvalue() == ""
    monkeypatch.setattr(screen, "isatty", lambda: True)
    assert list(watched(iter("ab"), 2)) == ["a", "b"]
    assert "100%" in screen.getvalue()
