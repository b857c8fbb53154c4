"""Every script runs in a small form: it ends well and prints its rows.

What the benchmarks measure is not judged here, nor whether a bar holds. Scripts run in this
process, where libraries and encoder are loaded, but find only the modules they find on their own.
"""

import json
import os
import runpy
import sys
from pathlib import Path

import pytest

from tests.eto_facts import lamp, more, write_layout

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "scripts"
SHARED = ROOT.parent / "shared" / "data"

SMALL = {
    "bench/chains": ["--operations", "300", "--sets", "1", "--seconds", "1", "--json"],
    "bench/hidden_links": ["LAYOUT", "--json"],
    "bench/hostile": ["formula, CSV", "--json"],
    "bench/identity": ["--firms", "100", "--json"],
    "bench/intake": ["--rows", "50", "--rounds", "1", "--json"],
    "bench/join": ["--needs", "50", "--items", "50", "--here", "--json"],
    "bench/labelled": ["--set", "tsr", "--most", "3", "--json"],
    "bench/members": ["--interested", "22", "--components", "10", "--json"],
    "bench/million": [
        "--enterprises",
        "1000",
        "--components",
        "20",
        "--others",
        "20",
        "--here",
        "--json",
    ],
    "bench/oracle": ["--seeds", "1", "--no-fronts", "--processes", "1", "--json"],
    "bench/resources": ["RESOURCES", "--queries", "1", "--json"],
    "bench/retrieval": ["QUERIES", "DOCUMENTS", "--json"],
    "bench/store": ["--rows", "50", "--json"],
    "real/eto_chips.py": ["LAYOUT", "--cluster", "NLD", "--interested", "JPN", "--json"],
    "real/wsc08.py": ["SERVICES", "--front", "--json"],
}
"""What makes a script a matter of seconds; words in capitals are files of `given`."""

PROGRAMS = (
    "fit_identity",
    "fit_related",
    "fit_rotation",
    "fit_threshold",
    "fit_translations",
    "fit_weights",
    "make_demo_survey",
    "write_docs",
)
"""Scripts that fit or write: what they do is tested elsewhere or takes long; here they start."""

SERVICES = {
    "taxonomy": '<taxonomy><concept name="c"><instance name="i"/></concept>'
    '<concept name="d"><instance name="j"/></concept></taxonomy>',
    "services": '<services><service name="s"><inputs><instance name="i"/></inputs>'
    '<outputs><instance name="j"/></outputs></service></services>',
    "problem": '<problemStructure><task><provided><instance name="i"/></provided>'
    '<wanted><instance name="j"/></wanted></task></problemStructure>',
}
RESOURCES = (
    "1;a;Ufa;Russia;3;100;ISO 9001;steel;welding;MIG;1;2\n"
    "2;b;Omsk;Russia;2;50;ISO 9001,ISO 14001;wood;sawing;saw;1;2\n"
)


@pytest.fixture
def given(tmp_path):
    """Small files to ask about, by the word that stands for them."""
    texts = {
        "RESOURCES": RESOURCES,
        "QUERIES": "text,code\nколесо кресла,1\n",
        "DOCUMENTS": "code,name\n1,Колесо\n2,Рама\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "services").mkdir()
    for name, text in SERVICES.items():
        (tmp_path / "services" / f"{name}.xml").write_text(text, encoding="utf-8")
    write_layout(tmp_path / "layout", **lamp(**more("provision", ("F1", "X5", ""))))
    folders = {"LAYOUT": tmp_path / "layout", "SERVICES": tmp_path / "services"}
    return folders | {name: tmp_path / name for name in texts}


@pytest.fixture
def start(tmp_path, monkeypatch, capsys):
    """What a script prints, started in some other folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    def printed(script, *arguments):
        path = SCRIPTS / script
        loaded = dict(sys.modules)
        elsewhere = [one for one in sys.path if Path(one).resolve() != ROOT]
        monkeypatch.setattr(sys, "path", [str(path.parent), *elsewhere])
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        for name in loaded:
            if name.partition(".")[0] in {"tests", "scripts"}:
                monkeypatch.delitem(sys.modules, name)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(path), run_name="__main__")
        for name in sys.modules.keys() - loaded.keys():
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(SCRIPTS)):
                del sys.modules[name]
        out, err = capsys.readouterr()
        assert not ended.value.code, err
        return out

    return printed


@pytest.mark.parametrize("script", SMALL)
def test_a_small_form_of_the_script_prints_its_rows(script, given, start):
    if "tsr" in SMALL[script] and not SHARED.is_dir():
        pytest.skip("the labelled set is not beside the project")
    arguments = [given.get(word, word) for word in SMALL[script]]
    document = json.loads(start(script, *arguments))
    assert document
    if script.startswith("bench/"):
        assert all({"case", "value", "unit", "bar", "holds"} <= set(row) for row in document)


@pytest.mark.parametrize("script", PROGRAMS)
def test_the_script_starts(script, start):
    assert "usage:" in start(script, "--help")


def test_no_script_is_without_a_small_form():
    """Modules that scripts share run with those that import them."""
    programs = {
        path.relative_to(SCRIPTS).as_posix()
        for path in SCRIPTS.rglob("*")
        if path.is_file() and '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert programs == {*SMALL, *PROGRAMS}
