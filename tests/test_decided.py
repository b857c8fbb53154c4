"""Decided: what people decided holds in matches, in the graph, in chains and in sentences."""

import json
import math
from dataclasses import replace
from random import Random

import pytest

from matchmaker.chains import Demand, compose_chains
from matchmaker.cli.shared.output import plain
from matchmaker.codebook import fold, split_decision, text_id
from matchmaker.export.sanitize import sanitize
from matchmaker.graph import build_graph, edges_of
from matchmaker.kept_matches import keep_matches, match_store
from matchmaker.matching import Matches, find_matches, suggest_items
from matchmaker.model import Dataset, Decision, Judgement
from matchmaker.recommend import explain, find_gaps
from matchmaker.store import Store
from tests.seeds import seeds
from tests.test_graph import BUYER, MAKER, dataset
from tests.test_kept import random_survey, told
from tests.test_matching import ITEMS, ONE, TWO, make_dataset, offer

YES, NO = Judgement.ACCEPT, Judgement.REJECT


def say(id: str, verdict: Judgement, text: str = "", **more: str) -> Decision:
    subject, value = split_decision(id)
    told = {"by": "Анна", "reason": "видела склад", "at": "2026-03-01"} | more
    return Decision(subject=subject, value=value, verdict=verdict, text=fold(text), **told)


def decided(data: Dataset, *decisions: Decision) -> Matches:
    return find_matches(replace(data, decisions=decisions))


def taken(matches: Matches) -> list[tuple[str, str]]:
    """Product and item of every offer that is taken for an item."""
    offers = matches.data.table("offers").set_index("id")["product"]
    return sorted((offers[one.id], one.item) for one in matches.makes)


@pytest.fixture(scope="module")
def wheels() -> Dataset:
    """Two firms that word a wheel alike, and one offer that resembles nothing."""
    offers = [
        offer("Колесо приводное"),
        offer("Нечто для сборки"),
        offer("Колесо приводное") | {"enterprise": TWO},
    ]
    firms = [
        {"enterprise": one, "name": one, "role": "member", "country": "RU"} for one in (ONE, TWO)
    ]
    return make_dataset(items=ITEMS, offers=offers, enterprises=firms)


def ids(data: Dataset, product: str) -> list[str]:
    offers = data.table("offers")
    return offers.loc[offers["product"] == product, "id"].tolist()


def test_a_rejected_match_is_not_taken_but_listed(wheels):
    mine, its = ids(wheels, "Колесо приводное")
    assert taken(find_matches(wheels)) == [("Колесо приводное", "rear-wheel")] * 2
    matches = decided(wheels, say(f"{mine}=rear-wheel", NO))
    assert [one.id for one in matches.makes] == [its]
    (refused,) = matches.rejected
    assert (refused.id, refused.item, refused.decision.by) == (mine, "rear-wheel", "Анна")
    assert refused.probability < 1e-12
    again = replace(matches, threshold=0.0)
    assert (mine, "rear-wheel") not in {(one.id, one.item) for one in again.makes}


def test_an_accepted_match_is_taken_whatever_it_resembles(wheels):
    (odd,) = ids(wheels, "Нечто для сборки")
    for item in ("bolt", "motor", "cushion"):
        matches = decided(wheels, say(f"{odd}={item}", YES))
        assert ("Нечто для сборки", item) in taken(matches)
        (found,) = [one for one in matches.makes if one.id == odd]
        assert found.probability == 1.0
        assert found.score == math.fsum(part.value for part in found.contributions)
        assert found.contributions[-1].name == "decided"


def test_a_decision_on_a_wording_counts_for_every_firm_unless_it_says_otherwise(wheels):
    wording = text_id("item", "колесо  Приводное")
    refusal = say(f"{wording}=rear-wheel", NO, "Колесо приводное")
    assert taken(decided(wheels, refusal)) == []
    mine, _ = ids(wheels, "Колесо приводное")
    own = say(f"{mine}=rear-wheel", YES)
    assert [one.id for one in decided(wheels, refusal, own).makes] == [mine]


def test_a_rejected_pair_outweighs_an_accepted_answer(wheels):
    mine, its = ids(wheels, "Колесо приводное")
    pair, own = say(f"firm:{ONE}=rear-wheel", NO), say(f"{mine}=rear-wheel", YES)
    assert [one.id for one in decided(wheels, own, pair).makes] == [its]


def test_an_accepted_pair_confirms_the_best_answer_and_moves_no_other(wheels):
    (odd,) = ids(wheels, "Нечто для сборки")
    best = find_matches(wheels).best(odd).item
    matches = decided(wheels, say(f"firm:{ONE}={best}", YES))
    assert ("Нечто для сборки", best) in taken(matches)
    assert ("Колесо приводное", "rear-wheel") in taken(matches)
    assert len(taken(matches)) == 3


def test_contributions_add_up_to_the_score_after_decisions(wheels):
    mine, its = ids(wheels, "Колесо приводное")
    for one in decided(wheels, say(f"{mine}=rear-wheel", NO), say(f"{its}=rear-wheel", YES)):
        assert one.score == math.fsum(part.value for part in one.contributions)


def test_a_decision_is_said_in_both_languages(wheels):
    mine, _ = ids(wheels, "Колесо приводное")
    matches = decided(wheels, say(f"{mine}=rear-wheel", NO))
    (refused,) = matches.rejected
    assert any(
        "отклонено человеком (Анна: видела склад)" in s for s in matches.explain(refused, "ru")
    )
    assert any(
        "rejected by a person (Анна: видела склад)" in s for s in matches.explain(refused, "en")
    )


def test_a_code_given_to_a_wording_speaks_for_its_item(wheels):
    (odd,) = ids(wheels, "Нечто для сборки")
    code = say(f"{text_id('okpd2', 'Нечто для сборки')}=25.94.11.110", YES, "Нечто для сборки")
    levels = {
        one.item: {part.name: part.level for part in one.contributions}
        for one in decided(wheels, code)
        if one.id == odd
    }
    assert levels["bolt"]["code"] == 9.0


def test_what_a_person_rejected_is_not_suggested_again(wheels):
    before = {(one.enterprise, one.item) for one in suggest_items(find_matches(wheels), top=9)}
    assert (ONE, "frame") in before
    matches = decided(wheels, say(f"firm:{ONE}=frame", NO))
    assert {(one.enterprise, one.item) for one in suggest_items(matches, top=9)} == before - {
        (ONE, "frame")
    }


# Capabilities and their words


def able(data: Dataset, *decisions: Decision) -> list[str]:
    return [one.item for one in decided(data, *decisions).could_make]


def test_words_for_a_process_are_read_as_decided():
    data = dataset(
        capabilities=[
            {"enterprise": MAKER, "process": "варим галоши", "free_hours": 600, "rate": 1500}
        ]
    )
    text = text_id("process", "варим галоши")
    assert able(data) == []
    assert able(data, say(f"{text}=rubber-moulding", YES, "варим галоши")) == ["tyre"]
    known = text_id("process", "вулканизация")
    assert able(dataset()) == ["tyre"]
    assert able(dataset(), say(f"{known}=rubber-moulding", NO, "вулканизация")) == []


def test_a_capability_rejected_for_an_item_does_not_count_and_an_accepted_one_is_confirmed():
    data = dataset(
        routing=[
            {"item": "tyre", "process": "rubber-moulding", "hours": 0.2, "material": "силикон"}
        ],
        capabilities=[
            {"enterprise": MAKER, "process": "вулканизация", "free_hours": 600, "rate": 1500}
        ],
    )
    (own,) = data.table("capabilities")["id"]
    (open_,) = find_matches(data).could_make
    assert open_.questions == ("capabilities.material",)
    assert able(data, say(f"{own}=tyre", NO)) == []
    (sure,) = decided(data, say(f"{own}=tyre", YES)).could_make
    assert sure.questions == ()
    assert sure.probability > open_.probability


def test_a_material_is_read_as_decided():
    stated = [
        {"enterprise": MAKER, "process": "вулканизация", "free_hours": 600, "rate": 1500}
        | {"material": "каучук СКИ-3"}
    ]
    asked = [{"item": "tyre", "process": "rubber-moulding", "hours": 0.2, "material": "резина"}]
    data = dataset(routing=asked, capabilities=stated)
    meant = say(f"{text_id('material', 'каучук СКИ-3')}=резина", YES, "каучук СКИ-3")
    assert able(data) == []
    assert able(data, meant) == ["tyre"]


def test_a_certificate_is_read_as_decided():
    data = dataset(certificates=[{"enterprise": MAKER, "certificate": "СМК медизделий"}])
    meant = say(f"{text_id('certificate', 'СМК медизделий')}=ISO 13485", YES, "СМК медизделий")
    graphs = [
        build_graph(one, find_matches(one)) for one in (data, replace(data, decisions=(meant,)))
    ]
    held = [[end for _, end, _, _ in edges_of(graph, "holds")] for graph in graphs]
    assert held == [["certificate:смк медизделий"], ["certificate:iso 13485"]]


# Graph and chains


def test_a_rejection_is_an_edge_of_its_own_that_no_export_shows():
    data = replace(dataset(), decisions=(say(f"firm:{MAKER}=wheel", NO),))
    graph = build_graph(data, find_matches(data))
    assert f"firm:{MAKER}" not in {
        source for source, end, _, _ in edges_of(graph, "makes") if end == "item:wheel"
    }
    ((source, end, _, edge),) = edges_of(graph, "rejected")
    assert (source, end, edge["kind"]) == (f"firm:{MAKER}", "item:wheel", "makes")
    assert edge["who"] == "Анна: видела склад"
    kinds = [
        {edge["edge"] for _, _, edge in sanitize(graph, secrets=s).edges(data=True)}
        for s in (False, True)
    ]
    assert ["rejected" in kind for kind in kinds] == [False, True]


def test_a_gap_tells_who_rejected_its_maker_and_why():
    data = replace(dataset(), decisions=(say(f"firm:{MAKER}=chair", NO),))
    graph = build_graph(data, find_matches(data))
    gaps = find_gaps(graph, Demand("chair", 100))
    assert gaps[0].notes == (("rejected:Анна: видела склад", f"firm:{MAKER}"),)
    assert "отклонена (Анна: видела склад)" in explain(gaps[0], graph, lang="ru")
    assert "rejected (Анна: видела склад)" in explain(gaps[0], graph, lang="en")


def test_a_need_that_is_no_need_is_left_out():
    data = dataset()
    (need,) = data.table("needs")["id"]
    matches = decided(data, say(f"{need}=wheel", NO))
    assert [*matches.needs] == []
    assert [one.enterprise for one in matches.rejected] == [BUYER]
    assert [*edges_of(build_graph(data, matches), "rejected")] == []


@pytest.mark.parametrize("seed", seeds(8))
def test_no_chain_uses_what_a_person_rejected(tmp_path, seed):
    random = Random(seed)
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(seed))
        data = store.snapshot()
        pairs = {
            (one.enterprise, one.item)
            for group in (find_matches(data).makes, find_matches(data).could_make)
            for one in group
        }
        refused = set(random.sample(sorted(pairs), len(pairs) // 2))
        store.decisions.add(say(f"firm:{firm}={item}", NO) for firm, item in sorted(refused))
        data = store.snapshot()
        matches = find_matches(data)
        assert keep_matches(store, matches)
        part = match_store(store, ["chair"])
    graph = build_graph(data, matches, ["chair"])
    assert not part.renewed
    assert told(build_graph(part.data, part.matches, ["chair"])) == told(graph)
    for goal in ("localisation", "confidence"):
        for chain in compose_chains(graph, Demand("chair", 100), goal=goal, k=2).chains:
            used = {(step.enterprise, step.item) for step in chain.steps}
            assert not used & {(f"firm:{firm}", f"item:{item}") for firm, item in refused}
            json.dumps(plain(chain))


@pytest.mark.parametrize("seed", seeds(3))
def test_undoing_every_decision_restores_the_matches_exactly(tmp_path, seed):
    with Store(tmp_path / "a.db", create=True) as store:
        store.add(random_survey(seed))
        before = find_matches(store.snapshot())
        made = store.decisions.add(
            say(f"{one.id}={one.item}", Random(one.id).choice([YES, NO]))
            for one in before.makes
            if one.table == "offers"
        )
        assert len(find_matches(store.snapshot()).rejected) > 0
        for decision in made:
            store.decisions.undo(decision.subject, decision.value, by="", at="2026-03-02")
        after = find_matches(store.snapshot())
    assert after.rows.equals(before.rows)
