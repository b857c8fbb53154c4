"""Not asked is not no: yes, could, no and silence of call sheets in matches, graph and chains."""

from __future__ import annotations

from math import fsum

import pytest

from matchmaker.chains import Demand, compose_chains
from matchmaker.codebook import LANGUAGES
from matchmaker.graph import PRICE_MISSING, build_graph
from matchmaker.matching import find_matches
from matchmaker.recommend import explain, recommend_questions
from tests.fixtures import make_dataset

ONE, TWO, THREE = "0001000010", "0001000028", "0002000013"
FIRMS = [
    {"enterprise": key, "name": name, "role": "member"}
    for key, name in ((ONE, "Первый"), (TWO, "Второй"), (THREE, "Третий"))
]
ITEMS = [
    {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs", "import_price": 5000},
    {"item": "wheel", "name_ru": "Колесо", "kind": "component", "unit": "pcs", "import_price": 900},
    {"item": "brake", "name_ru": "Тормоз", "kind": "component", "unit": "pcs", "import_price": 300},
]
BOM = [
    {"item": "chair", "component": "wheel", "quantity": 2},
    {"item": "chair", "component": "brake", "quantity": 1},
]
ROUTING = [
    {"item": "wheel", "process": "tube-bending", "hours": 0.5},
    {"item": "wheel", "process": "welding", "hours": 0.5},
]
CHAIR = {"enterprise": ONE, "product": "Кресло", "item": "chair", "price": 1000, "capacity": 100}


def data(answers=(), offers=(CHAIR,), capabilities=(), routing=()):
    return make_dataset(
        enterprises=FIRMS,
        items=ITEMS,
        bom=BOM,
        routing=routing,
        offers=offers,
        capabilities=capabilities,
        answers=answers,
    )


def graph_of(given):
    return build_graph(given, find_matches(given))


def answer(firm, item, said, **more):
    return {"enterprise": firm, "item": item, "answer": said} | more


def best(given):
    return compose_chains(graph_of(given), Demand("chair", 10)).chains[0]


def test_yes_makes_the_firm_a_maker_with_its_price_and_capacity():
    chain = best(data([answer(TWO, "wheel", "yes", price=700.0, capacity=15.0)]))
    (step,) = [s for s in chain.steps if s.enterprise == f"firm:{TWO}"]
    assert (step.item, step.quantity, step.price) == ("item:wheel", 15, 700)
    assert step.cells["price"] == "test.xlsx!answers!G2"
    # 20 wheels are needed: 15 are made, 5 imported at 900, and 10 brakes at 300.
    assert chain.imported_value == 5 * 900 + 10 * 300


def test_yes_without_a_price_waits_for_it():
    graph = graph_of(data([answer(TWO, "wheel", "yes")]))
    (edge,) = graph.get_edge_data(f"firm:{TWO}", "item:wheel").values()
    assert (edge["edge"], edge["blocked"]) == ("makes", PRICE_MISSING)


def test_yes_beside_an_offer_of_the_item_is_no_second_capacity():
    offer = {"enterprise": TWO, "product": "Колесо", "item": "wheel", "price": 800, "capacity": 5}
    given = data([answer(TWO, "wheel", "yes", price=700.0)], offers=[CHAIR, offer])
    edges = graph_of(given).get_edge_data(f"firm:{TWO}", "item:wheel")
    assert [(edge["edge"], edge["price"]) for edge in edges.values()] == [("makes", 800)]


def test_could_is_an_ability_even_where_nobody_asked_for_the_processes():
    chain = best(data([answer(TWO, "wheel", "could", price=700.0, capacity=15.0)]))
    (step,) = [s for s in chain.steps if s.enterprise == f"firm:{TWO}"]
    assert (step.kind, step.quantity, step.price) == ("could_make", 15, 700)


def test_no_excludes_a_firm_that_its_own_offer_and_processes_speak_for():
    offer = {"enterprise": TWO, "product": "Колесо", "item": "wheel", "price": 800}
    able = [
        {"enterprise": THREE, "process": process, "free_hours": 1000, "rate": 100}
        for process in ("гибка трубы", "сварка TIG")
    ]
    said_no = [answer(TWO, "wheel", "no"), answer(THREE, "wheel", "no")]
    before = best(data(offers=[CHAIR, offer], capabilities=able, routing=ROUTING))
    after = best(data(said_no, offers=[CHAIR, offer], capabilities=able, routing=ROUTING))
    assert before.imported_value == 10 * 300
    assert after.imported_value == 10 * 300 + 20 * 900
    (gap,) = [gap for gap in after.gaps if gap.item == "item:wheel"]
    assert gap.reasons == (("answered-no", f"firm:{TWO}"), ("answered-no", f"firm:{THREE}"))


def test_silence_changes_nothing():
    silent = data([{"enterprise": TWO, "item": "wheel"}])
    assert best(silent).imported_value == best(data()).imported_value
    assert len(find_matches(silent)) == len(find_matches(data()))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("said", ["yes", "could", "no"])
def test_an_answer_is_an_additive_reason_in_words(said, lang):
    able = [
        {"enterprise": TWO, "process": process, "free_hours": 1000, "rate": 100}
        for process in ("гибка трубы", "сварка TIG")
    ]
    matches = find_matches(data([answer(TWO, "wheel", said)], capabilities=able, routing=ROUTING))
    (match,) = [m for m in matches.for_item("wheel") if m.enterprise == TWO]
    assert match.score == fsum(part.value for part in match.contributions)
    assert (match.probability > 0.99, match.probability < 0.01) == (said != "no", said == "no")
    assert all(matches.explain(match, lang))


def test_the_question_that_closes_most_comes_first_and_is_worth_its_re_solve():
    given = data([{"enterprise": TWO, "item": "brake"}, {"enterprise": THREE, "item": "wheel"}])
    wheel, brake = recommend_questions(graph_of(given), given, Demand("chair", 10))
    assert (wheel.subject, wheel.value, wheel.notes) == (
        f"firm:{THREE}",
        20 * 900,
        (("answer", "item:wheel"),),
    )
    assert wheel.evidence[0].cells == {"answer": "test.xlsx!answers!F3"}
    assert (brake.subject, brake.value) == (f"firm:{TWO}", 10 * 300)
    assert (wheel.rank, brake.rank) == (1, 2)
    assert wheel.figures["together"] == 20 * 900 + 10 * 300
    answered = data([answer(THREE, "wheel", "yes", price=900.0)])
    assert best(data()).imported_value - best(answered).imported_value == wheel.value


def test_of_two_firms_that_could_close_one_gap_each_is_worth_all_of_it_alone():
    given = data([{"enterprise": firm, "item": "wheel"} for firm in (TWO, THREE)])
    advice = recommend_questions(graph_of(given), given, Demand("chair", 10))
    assert [one.value for one in advice] == [20 * 900] * len(advice)
    assert all(one.figures["among"] in {0, 20 * 900} for one in advice)


def test_who_answered_is_not_asked_again():
    given = data([answer(TWO, "wheel", "no"), answer(THREE, "brake", "yes", price=1.0)])
    assert recommend_questions(graph_of(given), given, Demand("chair", 10)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_prices_hours_rates_and_single_processes_are_asked_for(lang):
    offer = {"enterprise": TWO, "product": "Тормоз", "item": "brake"}
    able = [
        {"enterprise": TWO, "process": "гибка трубы", "rate": 100},
        {"enterprise": TWO, "process": "сварка TIG", "free_hours": 1000},
        {"enterprise": THREE, "process": "гибка трубы", "rate": 100, "free_hours": 100},
    ]
    given = data(offers=[CHAIR, offer], capabilities=able, routing=ROUTING)
    graph = graph_of(given)
    advice = recommend_questions(graph, given, Demand("chair", 10))
    asked = {(one.subject, one.evidence[0].item): {c for c, _ in one.notes} for one in advice}
    assert asked[f"firm:{TWO}", "item:brake"] == {"price"}
    wheels = [codes for (_, item), codes in asked.items() if item == "item:wheel"]
    assert wheels
    assert all(codes in ({"hours", "rate"}, {"process"}) for codes in wheels)
    for one in advice:
        text = explain(one, graph, lang)
        assert "{" not in text
        assert all(cell.rpartition("!")[2] in text for cell in one.evidence[0].cells.values())


def test_few_solves_weigh_the_costliest_first_and_say_what_is_left():
    given = data([{"enterprise": TWO, "item": item} for item in ("wheel", "brake", "chair")])
    advice = recommend_questions(graph_of(given), given, Demand("chair", 10), solves=3)
    assert [one.evidence[0].item for one in advice] == ["item:wheel"]
    assert advice[0].figures["unweighed"] == 1
    with pytest.raises(ValueError, match="at least 3"):
        recommend_questions(graph_of(given), given, Demand("chair", 10), solves=2)
