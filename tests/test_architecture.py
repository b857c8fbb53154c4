"""Architecture: the direction of imports, who may touch what, and sizes that stay readable."""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "matchmaker"
ORDER = (
    "errors · model · codebook · survey · store · engine · matching · kept_matches · graph · "
    "chains · rules · recommend · evaluation · export · report · jobs · web · cli"
)
ROOMS = ORDER.split(" · ")
FREE = {"version"}
"""Modules that any room may import."""

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
SCRIPTS = sorted(
    path
    for path in (ROOT / "scripts").rglob("*")
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env python")
)


def room(module: str) -> str:
    """Room of a module; `__main__` belongs to the command line, the package to nobody."""
    return [*module.split("."), ""][1].replace("__main__", "cli")


def imported(module: str) -> Iterator[str]:
    """Modules that a module imports, anywhere in its text; names resolve to their module."""
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} line {node.lineno}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


def breaches(module: str) -> Iterator[str]:
    """Imports of the package that lead to the right, or to the front door."""
    for name in imported(module):
        if name == "matchmaker":
            yield "matchmaker: rooms import rooms, not the front door"
        elif name.startswith("matchmaker.") and room(name) not in FREE:
            own, other = ROOMS.index(room(module)), ROOMS.index(room(name))
            if other > own:
                yield f"{name}: {ROOMS[other]} stands to the right of {ROOMS[own]}"


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) not in {"", *FREE}])
def test_imports_lead_to_the_left(module):
    assert list(breaches(module)) == []


def test_every_module_belongs_to_a_room():
    assert {room(module) for module in MODULES} <= {"", *FREE, *ROOMS}


def test_the_free_modules_import_nothing_of_the_package():
    names = chain.from_iterable(imported(f"matchmaker.{name}") for name in FREE)
    assert [name for name in names if name.startswith("matchmaker")] == []


def test_modules_import_each_other_without_cycles():
    graph = nx.DiGraph(
        (module, name)
        for module in MODULES
        for name in imported(module)
        if module != "matchmaker" and name in MODULES
    )
    assert list(nx.simple_cycles(graph)) == []


def test_only_the_store_touches_sqlite():
    users = {
        room(module)
        for module in MODULES
        for name in imported(module)
        if name.split(".")[0] in {"sqlite3", "sqlite_utils"}
    }
    assert users == {"store"}


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = node.end_lineno - node.lineno + 1 - docstring_lines(node)
            if size > 45:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {size} lines"


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A thorough docstring does not make a function long."""
    if ast.get_docstring(node) is None:
        return 0
    return node.body[0].end_lineno - node.body[0].lineno + 1


def test_no_file_is_long():
    long = [path for path in [*MODULES.values(), *SCRIPTS] if lines(path) > 500]
    assert [str(path.relative_to(ROOT)) for path in long] == []


def test_no_function_is_long():
    files = [*MODULES.values(), *SCRIPTS]
    assert list(chain.from_iterable(map(long_functions, files))) == []


def test_every_module_says_what_it_is():
    """All but an empty `__init__`."""
    texts = {module: path.read_text("utf-8") for module, path in MODULES.items()}
    silent = [
        name for name, text in texts.items() if text and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []
