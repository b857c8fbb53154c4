"""The verbs of identity: duplicates are listed, merged and split from the command line.

All firms here are invented.
"""

import csv
from io import StringIO

import pytest

from matchmaker.store import Store
from matchmaker.survey import write_survey
from tests.command_line import WHEELS, small_case

CHINESE, AGAIN = "CN-001", "91440600MA4X"


def firms() -> list[dict]:
    own = list(small_case()["enterprises"].to_dict("records"))
    told = [
        {"enterprise": CHINESE, "name": "Foshan Wheel Co., Ltd", "contact": "a@foshanw.example"},
        {"enterprise": AGAIN, "name": "Foshan Wheel Company Limited"}
        | {"contact": "b@foshanw.example"},
        {"enterprise": "CN-002", "name": "Harbin Bearing Co., Ltd", "city": "Harbin"},
    ]
    return [*own, *(row | {"role": "interested", "country": "CN"} for row in told)]


@pytest.fixture
def db(here, run):
    """The small case with a foreign maker of wheels that answered twice."""
    known = [
        field
        for field in small_case()["enterprises"]
        if field not in {"id", "file", "sheet", "row"}
    ]
    rows = [{name: row[name] for name in known if name in row} for row in firms()]
    offers = [
        {
            "enterprise": CHINESE,
            "product": "Колесо",
            "item": "wheel",
            "price": 500,
            "capacity": 9000,
        },
        {"enterprise": AGAIN, "product": "Колесо", "item": "wheel", "price": 550},
    ]
    own = small_case()["offers"]
    fields = [field for field in own if field not in {"id", "file", "sheet", "row"}]
    every = [*own[fields].to_dict("records"), *offers]
    write_survey(small_case(enterprises=rows, offers=every), here / "a.xlsx")
    for arguments in (["init", "a.db"], ["import", "a.db", "a.xlsx"]):
        assert run(*arguments).code == 0
    return here / "a.db"


def pairs_of(run, db) -> list[tuple[str, str]]:
    outcome = run("duplicates", db, "--json")
    return [(row["one"], row["other"]) for row in outcome.document["duplicates"]]


def test_duplicates_say_why(run, db):
    outcome = run("duplicates", db, "--json")
    (pair,) = outcome.document["duplicates"]
    assert (pair["one"], pair["other"]) == (f"firm:{AGAIN}", f"firm:{CHINESE}")
    assert pair["probability"] > 0.9
    assert sum(pair["contributions"].values()) == pytest.approx(pair["score"], abs=1e-5)
    assert "a domain of mail or pages is shared" in pair["reasons"]
    assert "foshanw.example" not in outcome.out


def test_duplicates_have_every_form(run, db):
    told = run("duplicates", db, "--lang", "ru", "--explain")
    assert "домен почты или сайта общий" in told.out
    assert "исходная оценка" in told.out
    (row,) = csv.DictReader(StringIO(run("duplicates", db, "--csv").out))
    assert row["other"] == f"firm:{CHINESE}"
    assert run("duplicates", db, "--nl").document["one"] == f"firm:{AGAIN}"


def test_nothing_to_ask_is_no_answer(run, db):
    outcome = run("duplicates", db, "--threshold", "0.999999")
    assert (outcome.code, outcome.out) == (3, "")
    assert "No enterprises look alike" in outcome.err


def test_merged_firms_answer_as_one_and_are_not_asked_again(run, db, here):
    outcome = run("merge", db, CHINESE, f"firm:{AGAIN}", "--by", "Anna", "--json")
    assert outcome.code == 0
    document = outcome.document["merge"]
    assert document["merged"] == [{"into": f"firm:{CHINESE}", "merged": [f"firm:{AGAIN}"]}]
    assert {(row["table"], row["field"]) for row in document["conflicts"]} == {
        ("enterprises", "name"),
        ("enterprises", "contact"),
        ("offers", "price"),
    }
    assert run("duplicates", db).code == 3
    assert run("import", db, here / "a.xlsx").code == 0
    assert run("duplicates", db).code == 3
    shown = run("show", db, f"firm:{AGAIN}", "--json")
    assert shown.document["row"]["id"] == f"firm:{CHINESE}"
    assert f"firm:{AGAIN} is merged" in shown.err


def test_old_ids_work_where_enterprises_are_named(run, db):
    run("merge", db, CHINESE, AGAIN)
    for name in (AGAIN, f"firm:{AGAIN}"):
        outcome = run("recommend", "chains", db, "chair", "--require", name, "--json")
        assert outcome.code == 0
        (chain,) = outcome.document["result"]["chains"]
        assert f"firm:{CHINESE}" in chain["enterprises"]
    pair = f"{AGAIN}:wheel"
    outcome = run("recommend", "chains", db, "chair", "--exclude-pair", pair, "--json")
    (chain,) = outcome.document["result"]["chains"]
    assert f"firm:{CHINESE}" not in chain["enterprises"]


@pytest.mark.parametrize("how", ["--all-above", "--from"])
def test_many_are_merged_at_once(run, db, here, how):
    (here / "pairs.csv").write_text(run("duplicates", db, "--csv").out, encoding="utf-8")
    outcome = run("merge", db, how, "0.9" if how == "--all-above" else here / "pairs.csv")
    assert outcome.code == 0
    assert run("duplicates", db).code == 3
    assert run("merge", db, "--all-above", "0.9").err.startswith("Nothing to merge")


def test_a_split_undoes_it_and_is_remembered(run, db):
    before = run("rows", db, "offers", "--csv").out
    run("merge", db, CHINESE, AGAIN)
    assert run("rows", db, "offers", "--csv").out != before
    outcome = run("split", db, AGAIN, "--lang", "ru")
    assert (outcome.code, outcome.out) == (0, "")
    assert f"firm:{AGAIN}" in outcome.err
    assert run("rows", db, "offers", "--csv").out == before
    assert run("duplicates", db).code == 3
    assert run("split", db, AGAIN, "--ask-again").code == 0
    assert len(pairs_of(run, db)) == 1


def test_firms_can_be_said_to_differ(run, db):
    assert run("split", db, CHINESE, AGAIN).code == 0
    assert run("duplicates", db).code == 3
    assert run("merge", db, CHINESE, AGAIN).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["merge", "a.db"], 2, "two or more IDs"),
        (["merge", "a.db", CHINESE], 2, "two or more IDs"),
        (["merge", "a.db", CHINESE, AGAIN, "--all-above", "0.9"], 2, "two or more IDs"),
        (["merge", "a.db", "--from", "bad.csv"], 2, "columns one and other; it has: a, b"),
        (["merge", "a.db", "--from", "wrong.csv"], 1, "no enterprise 'nobody'"),
        (["merge", "a.db", CHINESE, "CN-00"], 1, "Did you mean: CN-002, CN-001"),
        (["split", "a.db", WHEELS], 1, "not merged with any enterprise"),
        (["split", "a.db", "nobody"], 1, "There is no enterprise 'nobody'"),
        (["duplicates", "no.db"], 1, "There is no database"),
        (["duplicates", "a.db", "--threshold", "2"], 2, "0<=x<=1"),
    ],
)
def test_what_fails_says_what_to_do(run, db, here, arguments, code, said):
    (here / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    wrong = f"one,other\n{CHINESE},{AGAIN}\n{CHINESE},nobody\n"
    (here / "wrong.csv").write_text(wrong, encoding="utf-8")
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert said in outcome.err
    with Store(db) as store:
        assert store.firms.aliases() == {}
