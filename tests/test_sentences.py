"""What would change a chain, as people read it: sentences, commands, the dossier."""

import json
import re

import pytest
from click.testing import CliRunner

from matchmaker.chains import (
    Constraint,
    Demand,
    DropOut,
    Limits,
    OperationKind,
    PriceRange,
    Repair,
    RepairAction,
    compose_chains,
    explain_result,
)
from matchmaker.chains.what_if import constraints as kinds
from matchmaker.cli.main import cli
from matchmaker.model import Role
from matchmaker.recommend import Sentences, explain, find_gaps, gaps_of
from matchmaker.report import render_dossier, view_section
from tests.test_chains import ASSEMBLER, FRAMES, WHEELS, cluster, offer

DEMAND = Demand("chair", 100)
RELAXABLE = (
    kinds.CAPACITY,
    kinds.HOURS,
    kinds.MINIMUM_ORDER,
    kinds.MAX_ENTERPRISES,
    kinds.MAX_INTERESTED,
    kinds.REQUIRED,
)
ADMISSIBLE = ("certificate-missing", "role", "excluded", "pair-excluded")


@pytest.fixture(scope="module")
def result():
    graph = cluster(
        offers=[
            offer(ASSEMBLER, "chair", 2000),
            offer(FRAMES, "frame", 3000, capacity=60),
            offer(WHEELS, "frame", 3400, capacity=30),
        ]
    )
    return explain_result(compose_chains(graph, DEMAND))


def plain(text):
    """Text with ordinary spaces and hyphens."""
    return re.sub(r"[\u00a0\u202f]", " ", text).replace("−", "-")


def test_every_figure_of_the_explanation_in_words(result):
    text = plain(explain(result, lang="en"))
    for sentence in (
        # 10 of 100 frames are imported, 60 and 30 are made.
        'Would close it: +10 pcs a year of capacity for "Рама" at Рамы. '
        "Then: imports -RUB 50,000, cost -RUB 20,000",
        "Why these enterprises (each step ruled out in turn, solved anew):",
        'Without Рамы on "Рама": imports +RUB 300,000, cost +RUB 120,000.',
        "Where no bound of a price is named, no price would change the choice: "
        "something else is compared before the cost (imports), or there is no other.",
        "What holds it back (the bound moved by one unit, solved anew):",
        'Рамы: capacity for "Рама" is used up (60 pcs a year); 1 pcs a year more: '
        "imports -RUB 5,000, cost -RUB 2,000.",
        "If an enterprise drops out altogether (solved anew):",
        "Without Колёса altogether (Рама): imports +RUB 150,000, cost +RUB 48,000.",
        "then: Рама: imported, +30 pcs a year",
        "Without Сборка altogether (Кресло): nothing is delivered.",
    ):
        assert sentence in text, sentence


def test_the_same_in_russian(result):
    text = plain(explain(result, lang="ru"))
    for sentence in (
        "Закроет: +10 шт в год мощности по «Рама» у Рамы. "
        "Станет: импорт -50 000 ₽, затраты -20 000 ₽",
        "Рамы: мощность по «Рама» выбрана полностью (60 шт в год); ещё 1 шт в год: "
        "импорт -5 000 ₽, затраты -2 000 ₽.",
        "Без Колёса совсем (Рама): импорт +150 000 ₽, затраты +48 000 ₽.",
        "станет: Рама – импорт, +30 шт в год",
    ):
        assert sentence in text, sentence


def test_prices_in_words():
    graph = cluster(
        offers=[
            offer(ASSEMBLER, "chair", 2000),
            offer(FRAMES, "frame", 3000),
            offer(WHEELS, "frame", 3400),
        ]
    )
    found = explain_result(compose_chains(graph, DEMAND, goal="cost"))
    text = plain(explain(found, lang="en"))
    assert (
        "Its price of RUB 3,000 holds up to RUB 3,400, beyond which comes Колёса. "
        "Колёса wins below RUB 3,000 (now RUB 3,400)." in text
    )
    assert "no price would change the choice: there is no other." in text


def test_a_price_below_which_more_is_taken():
    sentences = Sentences(None, "en")
    price = PriceRange("makes:offer", 3400.0, 3000.0, 3600.0)
    assert plain(sentences.price(price)) == (
        "Its price of RUB 3,400 holds up to RUB 3,600, beyond which less is taken. "
        "Below RUB 3,000 more would be taken."
    )
    assert sentences.price(PriceRange("makes:offer", 3400.0, None, None)) == ""


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("kind", [*RELAXABLE, *ADMISSIBLE])
def test_every_constraint_has_words(result, kind, lang):
    constraint = Constraint(kind, kind, f"firm:{FRAMES}", "item:frame", "pcs")
    said = Sentences(result.graph, lang).action(RepairAction(constraint, 2.0))
    assert said
    assert "{" not in said


def test_a_repair_that_leaves_something_says_so(result):
    repair = Repair(
        "item:frame", OperationKind.IMPORT, 1, (), 10.0, 4.0, "pcs", (("shortfall", -0.2),)
    )
    said = plain(Sentences(result.graph, "en").repair(repair))
    assert "Would leave 4 pcs of it" in said
    assert "shortfall -20%" in said


def test_of_less_delivered_only_the_shortfall_is_told(result):
    lost = DropOut(f"firm:{FRAMES}", (), (), (("shortfall", 0.25), ("cost", -9e6)), ())
    said = plain(Sentences(result.graph, "en").loss(lost, result.chains[0]))
    assert said == "shortfall +25%"


def test_without_a_graph_ids_stand_for_names(result):
    assert f"firm:{FRAMES}" in explain(result.chains[0])


def test_gaps_carry_their_repairs(result):
    advice = {one.subject: one for one in gaps_of(result)}
    assert advice["item:wheel"].repairs == ()
    assert [r.rank for r in advice["item:frame"].repairs] == [1, 2]
    again = {one.subject: one for one in find_gaps(result.graph, DEMAND)}
    assert again["item:frame"].repairs == advice["item:frame"].repairs
    assert "capacity" in explain(advice["item:frame"], result.graph, "en")


def test_what_would_help_where_there_is_no_chain():
    limits = Limits(roles=frozenset({Role.INTERESTED}))
    result = explain_result(compose_chains(cluster(), DEMAND, limits=limits))
    assert result.chains == ()
    text = plain(explain(result, lang="en"))
    assert "Would close it: invite Сборка" in text
    assert "invite Сборка" in plain(render_dossier(result, lang="en"))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_dossier_shows_it(result, lang):
    section = view_section(result, lang, stated_import_share={}, explained=())
    frame = next(row for row in section.alternatives if row.tone == "interested")
    assert len(frame.wins) == len(frame.replaced_by)
    assert [row.grave for row in section.dropouts].count(True) == 1
    assert len(section.bounds) == 2
    gap = next(row for row in section.gaps if row.repairs)
    assert [bool(repair.rest) for repair in gap.repairs] == [False, False]
    page = plain(render_dossier(result, lang=lang))
    for bound in section.bounds:
        assert plain(bound).replace('"', "&#34;") in page
    for row in section.dropouts:
        assert plain(row.loss) in page


def test_a_dossier_without_explanations_stays_as_it_was():
    page = render_dossier(compose_chains(cluster(), DEMAND), lang="en")
    for heading in ("If an enterprise drops out altogether", "Price holds", "What would close it"):
        assert heading not in page


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Two makers of frames, one at capacity, imported through the command line."""
    folder = tmp_path_factory.mktemp("words")
    files = {
        "enterprises.csv": "enterprise,name,role\n"
        f"{ASSEMBLER},Сборка,участник\n{FRAMES},Рамы,участник\n",
        "offers.csv": "enterprise,product,item,unit,price,capacity\n"
        f"{ASSEMBLER},Кресло,chair,шт,2000,50\n{FRAMES},Рама,frame,шт,3000,5\n",
        "items.csv": "item,name_ru,kind,unit,import_price\n"
        "chair,Кресло,product,pcs,\nframe,Рама,component,pcs,5000\n",
        "bom.csv": "item,component,quantity\nchair,frame,1\n",
        "demands.csv": "item,quantity\nchair,100\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    database = folder / "cluster.db"
    run("init", database)
    run("import", database, *(folder / name for name in files))
    return database


def run(*arguments):
    done = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_explains(database):
    text = plain(run("recommend", "chains", database, "chair", "--why", "--lang", "en"))
    assert "If an enterprise drops out altogether (solved anew):" in text
    assert '+40 pcs a year of capacity for "Рама" at Рамы' in text
    plainly = run("recommend", "chains", database, "chair", "--lang", "en")
    assert "drops out" not in plainly


def test_the_command_lists_repairs_of_gaps(database):
    text = plain(run("gaps", database, "--lang", "en"))
    assert "What would close it" in text
    assert "imports -RUB 200,000, cost -RUB 80,000" in text
    (row,) = map(json.loads, run("gaps", database, "--nl").splitlines())
    (repair,) = row["repairs"]
    assert repair["actions"] == [
        {
            "constraint": "capacity",
            "enterprise": f"firm:{FRAMES}",
            "subject": "item:frame",
            "amount": 40.0,
            "unit": "pcs",
        }
    ]
    assert (repair["after"], repair["differences"]["imported_value"]) == (0, -200_000)
