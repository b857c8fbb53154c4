"""The documentation says what the code says: generated pages, commands, names, links, issues."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

import matchmaker
from matchmaker.cli.main import cli
from matchmaker.codebook import catalogue

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "write_docs"
WRITE_DOCS = runpy.run_path(str(SCRIPT))
GENERATED = WRITE_DOCS["PAGES"]

PAGES = sorted(
    path
    for path in [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "datasets/README.md")),
    ]
    if path.exists()
)
TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
BY_HAND = {path: text for path, text in TEXTS.items() if path.name not in GENERATED}

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"[a-z]+:")


def command_paths(command: click.Command, path: str = "matchmaker"):
    """Words by which every command is called, groups left out."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from command_paths(inner, f"{path} {name}")
    else:
        yield path


def links(text: str):
    for found in LINK.finditer(FENCE.sub("", text)):
        target = found[1] or found[2]
        if not ELSEWHERE.match(target):
            yield target


def anchors(text: str) -> set[str]:
    """Anchors of the headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_current(name):
    """Run scripts/write_docs when this fails."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == GENERATED[name]()


def test_the_check_names_a_stale_page(tmp_path):
    fresh = tmp_path / "scripts" / "write_docs"
    fresh.parent.mkdir()
    fresh.write_bytes(SCRIPT.read_bytes())
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "data-format.md").write_text("old", encoding="utf-8")
    call = [sys.executable, str(fresh)]
    checked = subprocess.run([*call, "--check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert [line.split()[0] for line in checked.stderr.splitlines()] == [
        "docs/data-format.md",
        "docs/commands.md",
        "docs/python.md",
    ]
    subprocess.run(call, capture_output=True, check=True)
    assert subprocess.run([*call, "--check"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("path", list(command_paths(cli)))
def test_every_command_is_in_a_page_written_by_hand(path):
    assert any(path in text for text in BY_HAND.values())


@pytest.mark.parametrize("name", matchmaker.__all__)
def test_every_public_name_is_in_a_page(name):
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    assert any(word.search(text) for text in TEXTS.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_resolve(page):
    broken = []
    for target in links(TEXTS[page]):
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("code", list(catalogue()))
def test_every_issue_code_is_used(code):
    places = [*(ROOT / "matchmaker" / "survey").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in places if path != Path(__file__)]
    texts.append((ROOT / "tests" / "data" / "bad" / "expected.csv").read_text(encoding="utf-8"))
    assert any(re.search(rf"(?<![\w-]){code}(?![\w-])", text) for text in texts)


def settings():
    """What `setup.cfg` says."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def test_every_package_is_shipped():
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "matchmaker").rglob("__init__.py")}
    packages = set(settings()["options"]["packages"].split()) - {"matchmaker.datasets"}
    assert packages == {".".join(folder.parts) for folder in folders}


def test_every_dependency_has_its_line():
    config = settings()
    listed = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    needed = {re.split(r"[ <>=~!;\[]", line)[0] for part in listed for line in part.split("\n")}
    page = TEXTS[ROOT / "docs" / "dependencies.md"]
    assert {name for name in needed - {""} if f"\n| {name} |" not in page} == set()


def test_decisions_are_short_and_listed():
    design = TEXTS[ROOT / "docs" / "design.md"]
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        assert len(TEXTS[path].splitlines()) <= 40, path.name
        assert f"decisions/{path.name}" in design
