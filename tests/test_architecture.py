"""Architecture: the direction of imports, who may touch what, names, and readable sizes."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "matchmaker"
ORDER = (
    "errors · model · codebook · survey · store · engine · matching · conditions · kept_matches · "
    "graph · chains · rules · recommend · evaluation · export · report · jobs · web · cli"
)
ROOMS = ORDER.split(" · ")
FREE = {"version"}
"""Modules that any room may import."""

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
PACKAGES = [
    name
    for name, path in MODULES.items()
    if path.name == "__init__.py" and name != "matchmaker" and len(list(path.parent.iterdir())) > 2
]
"""Folders of the package, rooms and rooms in rooms."""

SCRIPTS = sorted(
    path
    for path in (ROOT / "scripts").rglob("*")
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env python")
)


def defined(path: Path) -> Iterator[str]:
    """What a module defines or spells: classes, functions, attributes, constants, its own name."""
    yield from path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef() | ast.FunctionDef():
                yield node.name
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Constant(value=str() as text):
                yield from re.findall(r"\w+", text) if " " not in text else ()


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


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_names_what_it_holds_in_the_order_of_the_flow(package):
    """The docstring's last sentence is `In order: first · second · third.`, folders among them."""
    inside = {name.removeprefix(f"{package}.").split(".")[0] for name in inner_modules(package)}
    assert sorted(order_of(package)) == sorted(inside)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_lead_back_inside_a_folder(package):
    order = order_of(package)
    back = [
        f"{module} imports {name}"
        for module in inner_modules(package)
        for name in imported(module)
        if name.startswith(f"{package}.")
        and order.index(part(name, package)) > order.index(part(module, package))
    ]
    assert back == []


def order_of(package: str) -> list[str]:
    doc = ast.get_docstring(ast.parse(MODULES[package].read_text("utf-8"))) or ""
    found = re.search(r"In order:\s(.+?)\.(?:\s|$)", doc, re.DOTALL)
    return re.split(r"\s*·\s*", " ".join(found[1].split())) if found else []


def part(module: str, package: str) -> str:
    """What stands in a package and holds a module of it."""
    return module.removeprefix(f"{package}.").split(".")[0]


def inner_modules(package: str) -> list[str]:
    return [name for name in MODULES if name.startswith(f"{package}.")]


def test_no_folder_is_crowded():
    files = Counter(path.parent for path in MODULES.values())
    assert {str(path.relative_to(ROOT)): n for path, n in files.items() if n > 12} == {}


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
            if size > 35:
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


def test_a_class_has_a_name_of_its_own():
    """One word, one meaning: no two public classes of the package are called the same."""
    homes = defaultdict(list)
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_names_of_the_glossary_are_those_of_the_code():
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    columns = [row[-2] for row in rows if "`" in row[-2]]
    spoken = {name.split("(")[0] for cell in columns for name in re.findall(r"`([^`]+)`", cell)}
    words = {word for name in spoken for word in re.findall(r"[A-Za-z_]\w*", name)}
    tables = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("data/*.csv"))
    known = {*chain.from_iterable(map(defined, MODULES.values())), *re.findall(r"\w+", tables)}
    assert sorted(words - known) == []
