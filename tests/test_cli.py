"""The command line: every verb works, fails with a remedy, and keeps stdout for data alone."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO, StringIO, TextIOWrapper
from itertools import pairwise
from pathlib import Path

import click
import pandas as pd
import pytest

from matchmaker.cli.main import cli
from matchmaker.cli.shared.output import Figure, print_table
from matchmaker.codebook import say
from matchmaker.store import Store
from matchmaker.store.database import file as database
from tests.command_line import ASSEMBLER, FRAMES, IDLE, WHEELS, fill_database, small_case

pytestmark = pytest.mark.usefixtures("english")

ROOT = Path(__file__).parents[1]
READING = {
    "issues": (),
    "rows": ("offers",),
    "show": ("item:chair",),
    "match": (),
    "suppliers": ("chair",),
    "recommend chains": ("chair",),
    "recommend members": (),
    "gaps": (),
}
"""Commands that print data, with the arguments behind the database."""

NAMES = {"rows": "offers", "show": "row", "match": "matches"} | {
    "recommend chains": "result",
    "recommend members": "members",
}
"""What the document of `--json` calls its answer, where it is not the command's name."""


def start(*arguments: object, **settings) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | settings.pop("env", {})
    command = [sys.executable, "-m", "matchmaker", *map(str, arguments)]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
    return subprocess.run(command, env=environment, check=False, **settings)


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


# Help and start


@pytest.mark.parametrize("path", [(), *commands()], ids=" ".join)
def test_every_command_has_help(run, path):
    for flag in ("--help", "-h"):
        outcome = run(*path, flag)
        assert (outcome.code, outcome.err) == (0, "")
        assert "Usage:" in outcome.out
        assert len(outcome.out.splitlines()) > 4


def test_every_option_has_help():
    silent = [
        (name, option.name)
        for name, command in cli.commands.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help and option.name != "output"
    ]
    assert silent == []


def test_without_a_verb_help_goes_to_stderr_as_a_usage_error(run):
    outcome = run()
    assert (outcome.code, outcome.out) == (2, "")
    assert "Commands:" in outcome.err


def test_version(run):
    outcome = run("--version")
    assert outcome.code == 0
    assert outcome.out.startswith("matchmaker")


def test_the_command_line_loads_nothing_heavy():
    heavy = ("pandas", "numpy", "networkx", "highspy", "sklearn", "jinja2", "tabulate")
    code = f"import sys, matchmaker.cli.main; print([n for n in {heavy} if n in sys.modules])"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert shown.stdout.split() == [b"[]"], shown.stderr


def test_module_and_script_are_one(db):
    done = start("rows", db, "items", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(json.loads(done.stdout)["items"]) == 4


# Intake


def test_init_makes_a_database_that_opens(here, run):
    outcome = run("init", "new.db", "--lang", "ru")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "Создано: new.db\n"
    with Store(here / "new.db") as store:
        assert store.issues() == []


def test_import_counts_what_came_and_twice_is_once(here, book, run):
    run("init", "a.db")
    first = run("import", "a.db", book, "--lang", "ru")
    assert (first.code, first.out) == (0, "")
    assert "Предприятия: новых 4, изменено 0, без изменений 0" in first.err
    assert "ошибок 0, предупреждений 0" in first.err
    before = run("rows", "a.db", "offers", "--json").out
    second = run("import", "a.db", book)
    assert "We make: 0 new, 0 changed, 3 unchanged" in second.err
    assert run("rows", "a.db", "offers", "--json").out == before


def test_a_dry_run_stores_nothing(here, book, run):
    run("init", "a.db")
    outcome = run("import", "a.db", book, "--dry-run")
    assert outcome.code == 0
    assert "nothing stored" in outcome.err
    assert run("rows", "a.db", "items", "--json").document["items"] == []


@pytest.fixture
def bad_book(here) -> Path:
    """One good row and one with a price in words."""
    path = here / "offers.csv"
    path.write_text(
        "ИНН;Продукция;Код номенклатуры;Цена, руб./ед. без НДС\n"
        f"{FRAMES};Парус туристский;sail;4100\n"
        f"{FRAMES};Рама детская;frame;сто рублей\n",
        encoding="utf-8",
    )
    return path


def test_bad_rows_wait_and_say_place_value_rule_and_remedy(db, bad_book, run):
    outcome = run("import", db, bad_book, "--lang", "ru")
    assert outcome.code == 0
    complaint = outcome.err.splitlines()[0]
    assert complaint.startswith("ошибка: offers.csv!")
    assert "D3: " in complaint
    assert "сто рублей" in complaint
    assert "число" in complaint.casefold()
    assert complaint.endswith("]")
    products = {row["product"] for row in run("rows", db, "offers", "--json").document["offers"]}
    assert "Парус туристский" in products
    assert "Рама детская" not in products


def test_strict_stores_nothing_when_there_is_an_error(db, bad_book, run):
    before = run("rows", db, "offers", "--json").out
    outcome = run("import", db, bad_book, "--strict")
    assert outcome.code == 1
    assert "nothing stored: 1 errors" in outcome.err
    assert run("rows", db, "offers", "--json").out == before


def test_a_file_without_any_good_row_fails(db, here, run):
    (here / "letter.xlsx").write_text("Уважаемые коллеги!", encoding="utf-8")
    outcome = run("import", db, "letter.xlsx")
    assert outcome.code == 1
    assert outcome.err.startswith("error: letter.xlsx: ")


@pytest.mark.parametrize("arguments", [["issues"], ["rows", "offers"]], ids=" ".join)
def test_listing_what_is_stored_loads_no_frames(db, arguments):
    verb, *rest = arguments
    code = (
        "import sys; from matchmaker.cli.main import cli; "
        f"cli({[verb, str(db), *rest]!r}, standalone_mode=False); "
        "sys.exit(bool({'pandas', 'numpy'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_issues_are_kept_and_told_in_both_languages(db, bad_book, run):
    assert run("issues", db, "--lang", "ru").err == "Замечаний нет.\n"
    run("import", db, bad_book)
    russian, english = run("issues", db, "--lang", "ru"), run("issues", db, "--lang", "en")
    assert "ошибка" in russian.out
    assert "Что сделать" in russian.out
    assert "error" in english.out
    assert "What to do" in english.out
    (issue,) = run("issues", db, "--json").document["issues"]
    assert (issue["row"], issue["column"], issue["value"]) == (3, "D", "сто рублей")
    assert issue["severity"] == "error"


def test_people_see_answers_as_asked_and_scripts_as_counted(db, run):
    """The survey asks for capacity per month: 800 frames a year are 66.67."""
    table = run("rows", db, "offers", "--lang", "ru").out
    assert "Мощность, ед./мес." in table
    assert "66,67" in table
    assert "шт" in table
    capacities = [row["capacity"] for row in run("rows", db, "offers", "--json").document["offers"]]
    assert sorted(capacities, key=str) == [2400, 800, None]


def test_people_see_words_instead_of_codes(db, run):
    table = run("rows", db, "enterprises", "--lang", "ru").out
    assert "участник" in table
    assert "member" not in table


def test_show_says_every_value_with_its_cell(db, run):
    outcome = run("show", db, f"firm:{FRAMES}")
    assert "survey.xlsx!Предприятия!C3" in outcome.out
    row = run("show", db, f"firm:{FRAMES}", "--json").document["row"]
    role = next(value for value in row["values"] if value["field"] == "role")
    assert role == {
        "field": "role",
        "value": "member",
        "unit": "",
        "cell": "survey.xlsx!Предприятия!C3",
    }


# Matching and advice


def test_match_names_items_and_makers(db, run):
    outcome = run("match", db, "frame", "--lang", "ru")
    assert outcome.code == 0
    assert "Рама" in outcome.out
    assert "ООО «Рамы» (вымышленное)" in outcome.out
    assert "производит" in outcome.out
    assert "%" in outcome.out


def test_match_explains_in_sentences_that_add_up(db, run):
    outcome = run("match", db, "frame", "--explain")
    (match,) = run("match", db, "frame", "--json").document["matches"]
    assert sum(match["contributions"].values()) == pytest.approx(match["score"], abs=1e-4)
    assert "the enterprise itself names this item" in outcome.out


def test_match_says_how_many_it_hides(db, run):
    assert "--candidates --threshold 0" in run("match", db).err
    everything = run("match", db, "--candidates", "--threshold", "0", "--json")
    assert len(everything.document["matches"]) > 3


def test_suppliers_say_what_they_meet_and_what_they_lack(db, run):
    outcome = run("suppliers", db, "frame", "--certificate", "ISO 13485", "--lang", "en")
    assert outcome.code == 0
    assert "0 of 1" in outcome.out
    assert "makes" in outcome.out
    asked = ("suppliers", db, "frame", "--certificate", "ISO 13485", "--exact")
    strict = run(*asked, "--lang", "en")
    assert (strict.code, strict.out) == (3, "")
    assert (
        "Hidden because they lack something or did not state it: 1; without --exact" in strict.err
    )
    (row,) = run("suppliers", db, "frame", "--quantity", "1", "--json").document["suppliers"]
    assert (row["met"], row["of"], row["lacks"]) == (1, 1, [])


def test_evaluate_measures_and_names_what_it_leaves_out(db, here, run):
    labels = "text,item\nРама для кресла,frame\nКолесо,wheel\nПельмени,\nВал,shaft\n"
    (here / "labels.csv").write_text(labels, encoding="utf-8")
    outcome = run("evaluate", db, "labels.csv", "--ablate", "--lang", "en", "--picture", "a.svg")
    assert outcome.code == 0
    assert "right item first (HR@1)" in outcome.out
    assert "What each layer adds" in outcome.out
    assert 'line 5 is left out: the data have no item "shaft"' in outcome.err
    assert (here / "a.svg").read_text().startswith("<svg")
    found = run("evaluate", db, "labels.csv", "--json").document["evaluation"]
    assert {one["name"]: one["value"] for one in found["measures"]}["HR@1"] == 1
    assert [one["best"] for one in found["verdicts"][:2]] == ["frame", "wheel"]


def test_kept_matches_are_valid_until_an_import_changes_an_answer(db, here, run):
    """A dearer wheel, imported after the matches were kept, is what chains are made of."""
    assert run("recommend", "chains", db, "chair", "--json").err == ""
    dearer = pd.DataFrame({"ИНН": [WHEELS], "Продукция": ["Колесо"], "Код номенклатуры": ["wheel"]})
    dearer.assign(**{"Цена, руб./ед. без НДС": 800}).to_csv(
        here / "offers.csv", sep=";", index=False
    )
    assert run("import", db, "offers.csv").code == 0
    first, second = (run("recommend", "chains", db, "chair", "--json") for _ in range(2))
    assert first.out == second.out
    assert first.err == "The matches were found anew and are kept in the database.\n"
    assert second.err == ""
    steps = second.document["result"]["chains"][0]["steps"]
    assert [step["price"] for step in steps if step["item"] == "item:wheel"] == [800]
    assert "found anew" not in run("match", db).err


def test_chains_print_what_the_chain_comes_to(db, run):
    """Imports: 400 frames at 5 000; wheels 4 800 by the interested firm."""
    outcome = run("recommend", "chains", db, "chair", "--lang", "ru")
    assert outcome.code == 0
    assert "импорт 2\u202f000\u202f000\xa0₽ в год" in outcome.out
    assert "400\xa0шт" in outcome.out
    chain = run("recommend", "chains", db, "chair", "--json").document["result"]["chains"][0]
    assert chain["imported_value"] == 2_000_000
    assert chain["objective"] == chain["bound"] == 2_000_000


def test_the_options_reach_the_chain(db, run):
    def best(*options):
        answer = run("recommend", "chains", db, "chair", *options, "--json").document["result"]
        return answer["chains"][0]

    # Members alone import all wheels: 4 800 × 900 more.
    assert best("--members-only")["imported_value"] == 2_000_000 + 4_320_000
    assert best("--exclude", FRAMES)["imported_value"] == 1200 * 5000
    assert f"firm:{IDLE}" not in best("--require", FRAMES)["enterprises"]
    assert best("--quantity", 100)["imported_value"] == 0
    assert best("--max-enterprises", 1)["enterprises"] == [f"firm:{ASSEMBLER}"]
    # Imports at 900 beat nothing at cost; wheels at 700 are cheaper either way.
    assert best("--goal", "cost")["cost"] <= best()["cost"]
    assert best("--why")["runners_up"]


def test_a_weighted_goal_reaches_the_chain(db, run):
    goal = "weighted:cost=1,imported_value=0.5"
    result = run("recommend", "chains", db, "chair", "--goal", goal, "--json").document["result"]
    (chain,) = result["chains"]
    total = chain["cost"] + 0.5 * chain["imported_value"]
    assert chain["objective"] == pytest.approx(total) == chain["bound"]


def test_a_front_is_told_and_listed(db, run):
    # Cheapest are frames from the cluster, two steps; with imported ones a step is saved.
    asked = ("recommend", "chains", db, "chair", "--goal", "pareto:cost,stages")
    result = run(*asked, "--json").document["result"]
    values = [(chain["cost"], chain["critical_path_steps"]) for chain in result["chains"]]
    assert [steps for _, steps in values] == [2, 1]
    assert values == sorted(values)
    assert len({chain["id"] for chain in result["chains"]}) == len(values)
    assert all(chain["status"] == "OPTIMAL" for chain in result["chains"])
    assert result["front"]["measures"] == ["cost", "stages"]
    assert result["front"]["complete"]
    told = run(*asked, "--lang", "en").out
    assert f"The front is complete: {len(values)} corners." in told
    assert "nor the latter with the former" in told
    part = run(*asked, "-k", 1, "--json").document["result"]
    assert [chain["cost"] for chain in part["chains"]] == [values[0][0]]
    assert not part["front"]["complete"]
    assert "Ask for more with -k" in run(*asked, "-k", 1, "--lang", "en").out


def test_a_front_that_time_cuts_short_says_so(db, run):
    asked = ("recommend", "chains", db, "chair", "--goal", "pareto:cost,stages")
    outcome = run(*asked, "--seconds", "1e-9", "--lang", "en")
    assert outcome.code == 3
    assert "cut short" in outcome.err


def test_a_chain_says_its_steps_in_a_row(db, run):
    told = run("recommend", "chains", db, "chair", "--lang", "en").out
    assert "Production steps in a row: " in told
    assert (
        "Производственных шагов подряд"
        in run("recommend", "chains", db, "chair", "--lang", "ru").out
    )


def test_a_dossier_speaks_of_a_front(db, here, run):
    asked = ("report", db, "chair", "-o", "front.html", "--goal", "pareto:cost,stages")
    assert run(*asked, "--lang", "en").code == 0
    page = (here / "front.html").read_text(encoding="utf-8")
    assert "front of cost, production steps in a row" in page
    assert "none is better in both measures" in page


def test_k_chains_in_order(db, run):
    result = run("recommend", "chains", db, "chair", "-k", 3, "--json").document["result"]
    values = [chain["objective"] for chain in result["chains"]]
    assert len(values) == 3
    assert values == sorted(values)


def test_a_quantity_keeps_the_place_of_delivery(here, run):
    fill_database(here / "a.db", demands=[{"item": "chair", "quantity": 9, "region": "RU-BA"}])
    result = run("recommend", "chains", "a.db", "chair", "--quantity", 5, "--json").document
    assert result["result"]["demands"] == [{"item": "item:chair", "quantity": 5, "region": "RU-BA"}]


def test_members_rank_the_interested(db, run):
    """Wheels save 4 800 × 900 of imports; the other firm has nothing to offer."""
    outcome = run("recommend", "members", db, "--lang", "ru")
    assert "Лучший набор: ООО «Колёса» (вымышленное)" in outcome.out
    rows = run("recommend", "members", db, "--json").document["members"]
    assert [(row["subject"], row["value"]) for row in rows] == [
        (f"firm:{WHEELS}", 4_320_000),
        (f"firm:{IDLE}", 0),
    ]


def test_gaps_say_why(db, run):
    outcome = run("gaps", db, "--lang", "ru")
    assert "мощность выбрана полностью" in outcome.out
    assert "Итого: импорт 2\u202f000\u202f000\xa0₽ в год" in outcome.out
    assert "до 800\xa0шт в год [survey.xlsx!Производим!" in outcome.out
    (gap,) = run("gaps", db, "--json").document["gaps"]
    assert (gap["subject"], gap["figures"]["quantity"]) == ("item:frame", 400)


def test_no_gaps_is_an_answer(db, run):
    outcome = run("gaps", db, "chair", "--quantity", 10)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.startswith("There are no gaps")


# Forms of output


@pytest.mark.parametrize("command", READING)
def test_json_is_one_document_and_nothing_else(db, run, command):
    outcome = run(*command.split(), db, *READING[command], "--json")
    document = outcome.document
    assert list(document) == ["schema_version", NAMES.get(command, command)]
    assert document["schema_version"] == 1


@pytest.mark.parametrize("command", READING)
def test_lines_and_cells_hold_the_same_rows(db, bad_book, run, command):
    run("import", db, bad_book)
    arguments = (*command.split(), db, *READING[command])
    lines = [json.loads(line) for line in run(*arguments, "--nl").out.splitlines()]
    cells = list(csv.DictReader(StringIO(run(*arguments, "--csv").out)))
    assert len(lines) == len(cells) > 0
    assert {name for line in lines for name in line} == set(cells[0])
    assert all(None not in row.values() for row in cells)


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("command", READING)
def test_people_get_a_table_in_their_language(db, bad_book, run, command, lang):
    run("import", db, bad_book)
    arguments = (*command.split(), db, *READING[command], "--lang", lang)
    out = run(*arguments).out
    assert "---" in out
    raw = ("could_make", "not-chosen", "nobody-makes", "None", "nan", "{", "cli.")
    assert [word for word in raw if word in out] == []
    headings = next(head for head, rule in pairwise(out.splitlines()) if "---" in rule)
    cyrillic = any("а" <= letter.lower() <= "я" for letter in headings)
    assert cyrillic == (lang == "ru")


def test_the_language_follows_the_locale(db, run, monkeypatch):
    monkeypatch.delenv("MATCHMAKER_LANG")
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert "Дефицитов нет" in run("gaps", db, "chair", "--quantity", 10).err
    monkeypatch.setenv("LC_ALL", "C")
    assert "There are no gaps" in run("gaps", db, "chair", "--quantity", 10).err


def test_columns_without_any_value_are_left_out(capsys):
    rows = [{"a": "x", "b": "", "c": Figure("7"), "d": 12_345.678}, {"a": "y", "b": None, "c": ""}]
    print_table(rows, {"a": "A", "b": "B", "c": "C", "d": "D"}, "en")
    assert capsys.readouterr().out == "A      C       D\n---  ---  ------\nx      7  12,346\ny\n"


def test_registration_numbers_keep_their_zeros(db, run):
    assert f" {ASSEMBLER} " in run("rows", db, "enterprises").out
    assert f",{ASSEMBLER}," in run("rows", db, "enterprises", "--csv").out


# Delivery


@pytest.mark.parametrize("format", ["graphml", "gexf", "json"])
def test_export_writes_one_file(db, here, run, format):
    outcome = run("export", db, format, f"graph.{format}")
    assert (outcome.code, outcome.out) == (0, "")
    assert "nodes" in outcome.err
    assert "Рама" in (here / f"graph.{format}").read_text(encoding="utf-8")


def test_export_of_csv_writes_two_files_or_into_a_folder(db, here, run):
    run("export", db, "csv", "graph.csv", "--item", "frame")
    assert (here / "graph-nodes.csv").exists()
    (here / "out").mkdir()
    run("export", db, "csv", "out")
    assert sorted(path.name for path in (here / "out").iterdir()) == ["edges.csv", "nodes.csv"]
    small = (here / "graph-nodes.csv").read_text(encoding="utf-8")
    assert "item:frame" in small
    assert "item:chair" not in small


def test_export_keeps_prices_unless_asked(db, here, run):
    run("export", db, "json", "safe.json")
    run("export", db, "json", "full.json", "--secrets")
    assert "4000" not in (here / "safe.json").read_text(encoding="utf-8")
    assert "4000" in (here / "full.json").read_text(encoding="utf-8")


def test_report_writes_a_dossier(db, here, run):
    outcome = run("report", db, "chair", "-o", "dossier.html", "--lang", "ru")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "Записано: dossier.html\n")
    assert "Кресло-коляска" in (here / "dossier.html").read_text(encoding="utf-8")


def test_report_heeds_the_goal_and_the_limits(db, here, run):
    options = ("--goal", "cost", "--require", FRAMES, "--max-enterprises", 3, "--members-only")
    outcome = run("report", db, "chair", "-o", "limited.html", *options, "--lang", "en")
    assert outcome.code == 0
    page = (here / "limited.html").read_text(encoding="utf-8")
    assert say("report.goal.cost", "en") in page
    assert "Conditions: only enterprises that are: member; with: " in page
    assert "at most so many enterprises: 3" in page
    none = run("report", db, "chair", "-o", "none.html", "--max-enterprises", 0)
    assert none.code == 3


# Failures: exit code, and a message on stderr that says the remedy


FAILURES = {
    "init: exists": ("init cluster.db", 2, "exists already; choose another name"),
    "init: no folder": ("init no/where.db", 2, "There is no folder 'no': make it first"),
    "import: no database": ("import no.db survey.xlsx", 1, "matchmaker init no.db"),
    "import: no file": ("import cluster.db no.xlsx", 2, "'no.xlsx' does not exist"),
    "import: nothing": ("import cluster.db", 2, "Missing argument 'FILE…'"),
    "duplicates: no database": ("duplicates no.db", 1, "There is no database no.db"),
    "merge: no database": ("merge no.db firm:1 firm:2", 1, "There is no database no.db"),
    "split: no database": ("split no.db firm:1", 1, "There is no database no.db"),
    "template: no folder": ("template no/survey.xlsx", 2, "There is no folder 'no'"),
    "vocabulary: no database": ("vocabulary no.db", 1, "There is no database no.db"),
    "vocabulary: no file": ("vocabulary cluster.db no.csv", 2, "'no.csv' does not exist"),
    "issues: no database": ("issues no.db", 1, "There is no database no.db"),
    "issues: folder": ("issues .", 2, "is a directory"),
    "issues: foreign": ("issues survey.xlsx", 1, "is not a matchmaker database"),
    "rows: unknown table": ("rows cluster.db offer", 1, "Did you mean: offers"),
    "show: unknown id": ("show cluster.db item:chiar", 1, "Did you mean: item:chair"),
    "portfolio: unknown item": (
        "recommend portfolio cluster.db chiar",
        1,
        "Did you mean: item:chair",
    ),
    "portfolio: no worker": ("recommend portfolio cluster.db --workers 0", 2, "x>=1"),
    "chains: no time": ("recommend chains cluster.db chair --seconds 0", 2, "x>0"),
    "chains: time": ("recommend chains cluster.db chair --seconds nan", 2, "expected a number"),
    "chains: nan of a measure": (
        "recommend chains cluster.db chair --goal weighted:cost=nan",
        2,
        "expected a weight above 0",
    ),
    "chains: half a pair": (
        "recommend chains cluster.db chair --exclude-pair 0001000010",
        2,
        "such as 0274000000:rear-wheel-24",
    ),
    "match: unknown item": ("match cluster.db wheels", 1, "Did you mean: wheel"),
    "match: nan": ("match cluster.db --threshold nan", 2, "expected a number"),
    "match: threshold": ("match cluster.db --threshold 2", 2, "0<=x<=1"),
    "suppliers: unknown item": ("suppliers cluster.db chiar", 1, "Did you mean: chair"),
    "suppliers: no region": ("suppliers cluster.db chair --within 5", 2, "add --from REGION"),
    "suppliers: nothing asked": ("suppliers cluster.db chair --require !", 2, "asks for nothing"),
    "suppliers: nan": ("suppliers cluster.db chair --quantity nan", 2, "above 0, such as"),
    "suppliers: iso": ("suppliers cluster.db chair --from XX", 2, "no region of Russia"),
    "suppliers: region": ("suppliers cluster.db chair --from Атлантида", 2, "no region of Russia"),
    "evaluate: no file": ("evaluate cluster.db no.csv", 2, "'no.csv' does not exist"),
    "evaluate: another file": ("evaluate cluster.db survey.xlsx", 1, "survey.xlsx"),
    "evaluate: no folder": (
        "evaluate cluster.db survey.xlsx --picture no/a.svg",
        2,
        "make it first",
    ),
    "decide: neither": (f"decide cluster.db firm:{FRAMES}=frame", 2, "accept or reject, or --undo"),
    "decide: both": (f"decide cluster.db firm:{FRAMES}=frame accept --undo", 2, "--undo alone"),
    "decide: no value": (f"decide cluster.db firm:{FRAMES} accept", 2, "expected a subject and"),
    "decide: what": ("decide cluster.db chain:7f=frame accept", 2, "starts with offer:, need:"),
    "decide: unknown": (f"decide cluster.db firm:{FRAMES}=frme reject", 1, "mean: item:frame"),
    "decide: nothing": (f"decide cluster.db firm:{FRAMES}=frame --undo", 1, "There is no"),
    "decide: no kind": ("decide cluster.db text:colour:ab=red accept", 1, "no name 'colour'"),
    "decide: no text": ("decide cluster.db text:process:ab=welding accept", 1, "text:process:ab"),
    "decisions: no database": ("decisions no.db", 1, "There is no database no.db"),
    "learn: nothing": ("learn cluster.db --undo", 1, "the shipped weights count"),
    "queue: kind": ("queue cluster.db --kind colour", 2, "is not one of"),
    "queue: no database": ("queue no.db", 1, "There is no database no.db"),
    "join: no needs": ("join no.parquet no.parquet out", 1, "There is no file no.parquet"),
    "join: not Parquet": ("join no.parquet survey.xlsx out", 1, "is not a Parquet file"),
    "join: none": ("join no.parquet no.parquet out --top 0", 2, "x>=1"),
    "solve: not a P-graph file": ("solve survey.xlsx", 1, "expected a P-graph file"),
    "chains: unknown item": ("recommend chains cluster.db chiar", 1, "Did you mean: item:chair"),
    "chains: no demand": ("recommend chains cluster.db frame", 2, "add --quantity N"),
    "chains: zero": ("recommend chains cluster.db chair --quantity 0", 2, "above 0, such as"),
    "chains: nan": ("recommend chains cluster.db chair --quantity nan", 2, "above 0, such as"),
    "chains: inf": ("recommend chains cluster.db chair --quantity inf", 2, "above 0, such as"),
    "chains: less": ("recommend chains cluster.db chair --quantity -5", 2, "above 0, such as"),
    "chains: words": ("recommend chains cluster.db chair --quantity много", 2, "not a valid float"),
    "chains: require": (
        f"recommend chains cluster.db chair --require {ASSEMBLER[:-1]}8",
        1,
        "Did you mean: firm:000",
    ),
    "chains: both": (
        f"recommend chains cluster.db chair --require {FRAMES} --exclude {FRAMES}",
        2,
        "Required and excluded at once",
    ),
    "chains: goal": ("recommend chains cluster.db chair --goal fun", 2, "There is no goal 'fun'"),
    "chains: weight": (
        "recommend chains cluster.db chair --goal weighted:cost=0",
        2,
        "expected a weight above 0 for each measure, such as weighted:cost=1,imported_value=0.5",
    ),
    "chains: measure": (
        "recommend chains cluster.db chair --goal pareto:cost,stage",
        2,
        "Did you mean: stages",
    ),
    "chains: diverse front": (
        "recommend chains cluster.db chair --goal pareto:cost,stages --diverse 1",
        2,
        "leave one of them out",
    ),
    "chains: k": ("recommend chains cluster.db chair -k 0", 2, "x>=1"),
    "members: nobody": ("recommend members cluster.db --invite 0", 2, "x>=1"),
    "members: nan": ("recommend members cluster.db chair --quantity nan", 2, "above 0, such as"),
    "members: unknown": ("recommend members cluster.db chiar", 1, "Did you mean"),
    "gaps: of what": ("gaps cluster.db --quantity 5", 2, "--quantity needs a PRODUCT"),
    "export: format": ("export cluster.db png graph.png", 2, "is not one of"),
    "export: folder": ("export cluster.db gexf .", 2, "name a file to write, such as 'graph.gexf'"),
    "export: no folder": ("export cluster.db gexf no/graph.gexf", 2, "There is no folder 'no'"),
    "export: unknown": ("export cluster.db gexf a.gexf --item chiar", 1, "Did you mean"),
    "report: where": ("report cluster.db chair", 2, "Missing option '-o' / '--output'"),
    "report: folder": ("report cluster.db chair -o .", 2, "is a directory"),
    "report: both": (
        f"report cluster.db chair -o a.html --require {FRAMES} --exclude {FRAMES}",
        2,
        "Required and excluded at once",
    ),
    "report: unknown": ("report cluster.db chiar -o a.html", 1, "Did you mean"),
    "history: no database": ("history nowhere.db", 1, "There is no database nowhere.db"),
    "left-out: no database": ("left-out nowhere.db", 1, "There is no database nowhere.db"),
    "drop: what": ("drop cluster.db", 2, "or say --all"),
    "drop: still there": ("drop cluster.db item:chair", 1, "item:chair is not left out"),
    "questions: few solves": ("questions cluster.db --solves 2", 2, "x>=3"),
    "questions: unknown": ("questions cluster.db chiar", 1, "Did you mean"),
    "import: no mapping": (
        "import cluster.db survey.xlsx --map survey.xlsx",
        1,
        "no TOML in UTF-8",
    ),
    "import: when": ("import cluster.db survey.xlsx --at gestern", 2, "does not match the formats"),
    "issues: age": ("issues cluster.db --months -1", 2, "x>=0"),
    "demo: file": ("demo survey.xlsx", 2, "is a file"),
    "unknown verb": ("recommand", 2, "recommend"),
    "unknown option": ("gaps cluster.db --jsn", 2, "--json"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failures_say_the_remedy(db, run, failure):
    line, code, words = FAILURES[failure]
    outcome = run(*line.split())
    assert (outcome.code, outcome.out) == (code, "")
    assert words in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err


def test_every_command_has_a_failure():
    said = {name for line, _, _ in FAILURES.values() for name in line.split()[:2]}
    leaves = {path[-1] for path in commands()} - {"recommend"}
    assert leaves <= said


def test_an_empty_database_says_what_to_do(here, run):
    run("init", "empty.db")
    assert "no demands: name a PRODUCT" in run("gaps", "empty.db").err
    assert "among the 0 known" in run("recommend", "chains", "empty.db", "chair").err
    assert run("match", "empty.db").code == 3
    assert run("rows", "empty.db", "offers").err == "There are no rows.\n"


def test_no_chain_is_no_answer_and_tells_why(db, here, run):
    arguments = ("recommend", "chains", db, "sail", "--quantity", 5)
    outcome = run(*arguments, "--lang", "ru")
    assert outcome.code == 3
    assert "Цепочки нет: Парус" in outcome.out
    assert "Никто из опрошенных не производит" in outcome.out
    answer = run(*arguments, "--json")
    assert answer.code == 3
    assert answer.document["result"]["status"] == "INFEASIBLE"
    report = run("report", db, "sail", "--quantity", 5, "-o", "sail.html")
    assert report.code == 3
    assert (here / "sail.html").exists()


def test_nothing_matched_is_no_answer(db, run):
    outcome = run("match", db, "sail")
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("Nothing matched.")


def test_nobody_to_invite_is_no_answer(here, run):
    firms = small_case()["enterprises"].assign(role="member")
    fill_database(here / "a.db", enterprises=firms.drop(columns=["id", "file", "sheet", "row"]))
    outcome = run("recommend", "members", "a.db")
    assert (outcome.code, outcome.out) == (3, "")
    assert "no interested enterprises" in outcome.err


def test_a_locked_database_asks_to_try_later(db, book, run, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.0)
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        outcome = run("import", db, book)
    assert outcome.code == 75
    assert "try again when it has finished" in outcome.err
    assert run("import", db, book).code == 0


def test_an_interruption_is_told_without_a_traceback(db, run, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matchmaker.store.Store", interrupted)
    outcome = run("issues", db)
    assert (outcome.code, outcome.out) == (130, "")
    assert "Interrupted." in outcome.err


# Streams


def test_the_solver_keeps_silent(db):
    done = start("recommend", "chains", db, "chair", "--why", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["result"]["status"] == "OPTIMAL"


@pytest.mark.parametrize("form", [(), ("--json",), ("--nl",), ("--csv",)])
def test_a_reader_that_goes_away_causes_no_noise(db, form):
    reader, writer = os.pipe()
    os.close(reader)
    done = start("rows", db, "items", *form, stdout=writer)
    os.close(writer)
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "cp866", "cp1251", "latin-1", "utf-16"])
@pytest.mark.parametrize("form", [(), ("--json",), ("--nl",), ("--csv",)])
def test_any_terminal_takes_any_text(db, run, monkeypatch, encoding, form):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, TextIOWrapper(BytesIO(), encoding))
    assert run("gaps", db, "--lang", "ru", *form).code == 0
    printed = sys.stdout.buffer.getvalue().decode("utf-8" if encoding == "ascii" else encoding)
    assert "frame" in printed
    if form == ("--json",):
        assert json.loads(printed)["gaps"][0]["subject"] == "item:frame"
    if not form and encoding == "cp866":
        assert "импорт 2 000 000\xa0RUB в год" in printed
        assert 'ООО "Рамы" (вымышленное) производит' in printed


def test_the_c_locale_prints_russian(db):
    done = start("issues", db, "--lang", "ru", env={"LC_ALL": "C", "PYTHONIOENCODING": ""})
    assert done.stderr.decode() == "Замечаний нет.\n"
