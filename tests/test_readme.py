"""The README is what a new user follows: its commands and its Python run, and print that."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder with the demo case in it, as a user's checkout has it."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(ROOT / "datasets", folder / "datasets")
    return folder


def run(command, folder, **options):
    environment = os.environ | {"MATCHMAKER_LANG": "en", "PYTHONIOENCODING": "utf-8"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", **options
    )


def sessions():
    """(command, what the README shows it to print) of every console block, in order."""
    for block in re.findall(r"```console\n(.*?)```", README, re.S):
        for entry in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = entry.partition("\n")
            if command.startswith("matchmaker"):
                yield command, output


def test_commands_run_and_print_what_the_readme_shows(folder):
    commands = list(sessions())
    assert len(commands) >= 7
    for command, output in commands:
        finished = run(command.split(), folder)
        assert finished.returncode == 0, finished.stderr
        assert finished.stdout.rstrip() == output.rstrip(), command


def test_python_prints_what_the_readme_shows(folder):
    code, output = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.S).groups()
    finished = run([sys.executable, "-c", code], folder)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.rstrip() == output.rstrip()


def test_the_first_screen_names_what_it_is_for():
    first_screen = README[: README.index("## The same task as commands")]
    for wanted in ("![", "**For**", "**Not for**", "scripts/demo", "scripts/test"):
        assert wanted in first_screen
