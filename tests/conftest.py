"""Which tests run, what is made once for all of them, and fixtures of the command line."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import copy
from tempfile import mkdtemp

import networkx as nx
import pytest
from click.testing import CliRunner
from filelock import FileLock

import matchmaker as mm
from matchmaker.cli.main import cli, main
from matchmaker.matching import Matches
from matchmaker.matching.text.encoder import UniversalEncoder
from matchmaker.model import Dataset
from tests.command_line import Outcome, fill_database
from tests.demo_readme import CASE


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run what is long by nature as well")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: long by nature, run by scripts/test --long alone")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("long"):
        long = {one for one in items if one.get_closest_marker("long")}
        config.hook.pytest_deselected(items=list(long))
        items[:] = [one for one in items if one not in long]


@pytest.fixture(scope="session", autouse=True)
def encode_each_text_once():
    """Tests repeat each other's texts, of which the encoder makes the same vectors every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UniversalEncoder, "_one", cache(UniversalEncoder._one))
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Folder of a name, filled by the first process of the run that asks for it."""
    root = tmp_path_factory.getbasetemp()
    shared = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "once"
    shared.mkdir(exist_ok=True)

    def folder(name: str, fill: Callable[[Path], None]) -> Path:
        ready = shared / name
        with FileLock(f"{ready}.lock"):
            if not ready.exists():
                unfinished = Path(mkdtemp(dir=shared))
                fill(unfinished)
                unfinished.rename(ready)
        return ready

    return folder


@pytest.fixture(scope="session")
def imported_demo(once) -> Path:
    """Database of the demo case just as imported and matched: to be copied, not opened."""

    def fill(folder: Path) -> None:
        database = folder / "demo.db"
        for arguments in (
            ["init", database],
            ["import", database, CASE / "catalogue", CASE / "survey.xlsx", "--lang", "en"],
        ):
            ran = CliRunner().invoke(cli, [str(one) for one in arguments])
            assert ran.exit_code == 0, ran.output
        assert "0 errors" in ran.output
        with mm.Store(database) as store:
            assert mm.match_store(store).renewed

    return once("demo", fill) / "demo.db"


@pytest.fixture(scope="session")
def demo_database(imported_demo, tmp_path_factory) -> Path:
    """Database of the demo case for commands that change no answer."""
    return copy(imported_demo, tmp_path_factory.mktemp("demo") / "demo.db")


@pytest.fixture(scope="session")
def demo(demo_database) -> tuple[Dataset, Matches]:
    """Dataset of the demo case and its matches."""
    with mm.Store(demo_database) as store:
        data = store.snapshot()
        return data, mm.find_matches(data, vectors=store)


@pytest.fixture(scope="session")
def demo_graph(demo) -> nx.MultiDiGraph:
    """Graph of the demo case with all its items; nobody may change it."""
    return mm.build_graph(*demo)


@pytest.fixture
def run(capsys, english):
    """Run a command in this process."""

    def call(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Outcome(exit.value.code, out, err)

    return call


@pytest.fixture
def english(monkeypatch):
    monkeypatch.setenv("MATCHMAKER_LANG", "en")


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """Folder with the small case as `survey.xlsx`; as `cluster.db` imported and matched."""
    folder = tmp_path_factory.mktemp("small")
    fill_database(folder / "cluster.db", book=folder / "survey.xlsx")
    with mm.Store(folder / "cluster.db") as store:
        assert mm.match_store(store).renewed
    return folder


@pytest.fixture
def book(here, small) -> Path:
    return copy(small / "survey.xlsx", here / "survey.xlsx")


@pytest.fixture
def db(here, book, small) -> Path:
    """Database with the small case."""
    return copy(small / "cluster.db", here / "cluster.db")
