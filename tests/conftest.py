"""Fixtures of the command line, shared by the tests of its verbs."""

from pathlib import Path
from shutil import copy

import pytest

from matchmaker.cli.main import main
from tests.command_line import Outcome, fill_database


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
    """Folder with the small case as `survey.xlsx` and imported as `cluster.db`."""
    folder = tmp_path_factory.mktemp("small")
    fill_database(folder / "cluster.db", book=folder / "survey.xlsx")
    return folder


@pytest.fixture
def book(here, small) -> Path:
    return copy(small / "survey.xlsx", here / "survey.xlsx")


@pytest.fixture
def db(here, book, small) -> Path:
    """Database with the small case."""
    return copy(small / "cluster.db", here / "cluster.db")
