"""Vocabulary of one's own: a file of rules changes matches, is explained, and is taken back."""

import pytest

from matchmaker.matching.text.lexicon import spoken_jargon
from tests.command_line import ASSEMBLER, FRAMES, WHEELS, fill_database

ASKED = [
    {"enterprise": WHEELS, "product": "Слоник обутый", "unit": "pcs"},
    {"enterprise": FRAMES, "product": "Рама", "item": "frame", "price": 4000},
]


@pytest.fixture
def db(here):
    path = here / "cluster.db"
    fill_database(path, offers=ASKED)
    return path


@pytest.fixture
def words(here):
    """A file of rules, as Excel saves it on a Russian machine."""

    def write(*rows: str, head: str = "вид;текст;значит"):
        path = here / "слова.csv"
        path.write_bytes("\r\n".join([head, *rows]).encode("cp1251"))
        return path

    return write


def told(run, db) -> dict[str, dict]:
    found = run("match", db, "--candidates", "--threshold", "0", "--json").document["matches"]
    return {one["item"]: one for one in found if one["enterprise"] == WHEELS}


def test_a_rule_changes_a_match_and_says_so(db, run, words):
    before = told(run, db)
    assert "wheel" not in before or before["wheel"]["probability"] < 0.5
    done = run("vocabulary", db, words("жаргон;слоник;колесо"), "--by", "Анна")
    assert (done.code, done.err) == (0, "")
    assert "слоник" in done.out
    after = told(run, db)["wheel"]
    assert after["probability"] > 0.5
    assert after["contributions"]["words"] > 1
    assert sum(after["contributions"].values()) == pytest.approx(after["score"], abs=1e-9)
    shown = run("match", db, "wheel", "--explain", "--lang", "ru").out
    assert "«слоник» прочитано как «колесо»: так говорит ваш словарь" in shown
    id = run("vocabulary", db, "--json").document["vocabulary"][0]["id"]
    assert run("decide", db, id, "--undo").code == 0
    assert told(run, db) == before
    assert "No words of your own yet" in run("vocabulary", db).err


def test_a_process_in_the_words_of_the_shop_floor_counts_as_ability(here, run, words):
    path = here / "cluster.db"
    fill_database(
        path,
        routing=[{"item": "frame", "process": "tube-bending", "hours": 1}],
        capabilities=[{"enterprise": ASSEMBLER, "process": "крутим баранку", "free_hours": 900}],
    )

    def able() -> list[str]:
        found = run("match", path, "frame", "--json").document["matches"]
        return [one["enterprise"] for one in found if one["kind"] == "could_make"]

    assert able() == []
    assert run("vocabulary", path, words("передел;Крутим  баранку;Гибка труб")).code == 0
    assert able() == [ASSEMBLER]


def test_good_rows_are_kept_and_bad_ones_named_with_their_remedy(db, run, words):
    rows = [
        "жаргон;слоник;колесо",
        "предел;гнём;tube-bending",
        "process;гнём;tube-bendin",
        "jargon;;колесо",
        "jargon;без;колесо",
        "",
        "позиция;обод;frame",
    ]
    done = run("vocabulary", db, words(*rows), "--json")
    assert done.code == 1
    assert [(one["kind"], one["means"]) for one in done.document["vocabulary"]] == [
        ("jargon", "колесо"),
        ("item", "item:frame"),
    ]
    lines = done.err.splitlines()
    assert lines[0].startswith('Line 3: there is no kind "предел". There are: jargon, item')
    assert lines[1].startswith('Line 4: there is no value "tube-bendin". The nearest: tube-bending')
    assert lines[2].startswith("Line 5: text is empty")
    assert lines[3].startswith("Line 6: text has no words to compare by")
    assert len(lines) == 4


def test_a_file_that_says_differently_replaces_and_repeats_add_nothing(db, run, words):
    run("vocabulary", db, words("jargon;слоник;рама"))
    run("vocabulary", db, words("jargon;Слоник;колесо"))
    done = run("vocabulary", db, words("jargon;Слоник;колесо"), "--json")
    assert [one["means"] for one in done.document["vocabulary"]] == ["колесо"]
    history = run("decisions", db, "--json").document["decisions"]
    assert [one["state"] for one in history] == ["stands", "undone"]


def test_a_file_without_the_columns_says_which(db, run, words):
    done = run("vocabulary", db, words("a;b", head="слово;смысл"))
    assert done.code == 1
    assert "has no column kind, text, means" in done.err


def test_jargon_is_found_by_whole_words_in_order():
    said = {"белый слон": "колесо", "слон": "опора"}
    assert spoken_jargon("слон белый", said) == {"слон": "опора"}
    assert spoken_jargon("белые слоны", said) == said
    assert spoken_jargon("слониха", said) == {}
