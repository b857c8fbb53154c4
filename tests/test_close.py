"""Close: like things of one class and substitutes are a kind of their own, never "makes"."""

from __future__ import annotations

from matchmaker.graph import build_graph
from matchmaker.matching import Matches, MatchKind, find_matches, find_near_matches
from matchmaker.model import Judgement
from tests.fixtures import make_dataset
from tests.test_decided import decided, say

ONE, TWO = "0274000001", "0274000002"
CHAIRS = "30.92.20.000"
TEXT = "Кресло-коляска механическая"
ITEMS = [
    {"item": "manual", "name_ru": "Кресло-коляска механическая", "okpd2": CHAIRS, "unit": "pcs"},
    {"item": "powered", "name_ru": "Кресло-коляска электрическая", "okpd2": CHAIRS, "unit": "pcs"},
    {"item": "frame", "name_ru": "Рама сварная", "okpd2": "30.92.30.000", "unit": "pcs"},
    {"item": "bolt", "name_ru": "Болт М6", "okpd2": "25.94.11.110", "unit": "pcs"},
]


def offer(product: str, enterprise: str = ONE, **fields: object) -> dict[str, object]:
    return {"enterprise": enterprise, "product": product, **fields}


def matched(*offers: dict[str, object], **tables: object) -> Matches:
    return find_matches(make_dataset(items=ITEMS, offers=offers, **tables))


def told(matches: Matches) -> list[tuple[str, str]]:
    return [(match.enterprise, match.item) for match in matches]


def test_a_like_thing_of_the_same_class_is_close() -> None:
    matches = matched(offer("Кресло-коляска механическая", okpd2=CHAIRS))
    close = find_near_matches(matches)
    assert told(matches.makes) == [(ONE, "manual")]
    assert told(close) == [(ONE, "powered")]
    (match,) = close
    assert match.kind is MatchKind.MAKES_CLOSE
    assert match.score == sum(part.value for part in match.contributions)
    assert {part.name for part in match.contributions} & {"declared", "code", "rivals"} == set()


def test_another_class_is_not_close_whatever_the_text() -> None:
    assert (
        told(find_near_matches(matched(offer("Кресло-коляска механическая", okpd2="25.94.11"))))
        == []
    )


def test_the_class_of_the_item_stands_in_for_a_code_not_stated() -> None:
    assert told(find_near_matches(matched(offer("Кресло-коляска механическая")))) == [
        (ONE, "powered")
    ]


def test_nobody_is_close_to_what_it_makes() -> None:
    names = ("Кресло-коляска механическая", "Кресло-коляска электрическая")
    assert told(find_near_matches(matched(*(offer(name) for name in names)))) == []
    apart = matched(offer(names[0]), offer(names[1], TWO))
    assert sorted(told(find_near_matches(apart))) == [(ONE, "powered"), (TWO, "manual")]


def test_what_a_person_said_a_firm_does_not_make_is_not_close_either() -> None:
    offers = [offer(TEXT, okpd2=CHAIRS)]
    data = make_dataset(items=ITEMS, offers=offers)
    id = data.table("offers")["id"].iloc[0]
    for value in ("item:powered", "item:manual"):
        close = find_near_matches(decided(data, say(f"{id}={value}", Judgement.REJECT, TEXT)))
        assert (ONE, value.removeprefix("item:")) not in told(close)


def test_a_substitute_of_the_catalogue_is_close_by_its_own_word() -> None:
    # 2.2 of log-odds, and nothing else: 1 / (1 + e^-2.2) = 0.9002.
    pairs = [{"item": "frame", "substitute": "bolt", "ratio": 1.0}]
    close = find_near_matches(matched(offer("Болт М6"), substitutes=pairs))
    (match,) = close
    assert (match.item, round(match.probability, 4)) == ("frame", 0.9002)
    assert "the catalogue calls it a substitute" in " ".join(close.explain(match, "en"))


def test_what_is_close_enters_no_graph() -> None:
    matches = matched(
        offer("Кресло-коляска механическая"),
        enterprises=[{"enterprise": ONE, "name": "ООО «Вымысел»", "role": "member"}],
    )
    graph = build_graph(matches.data, matches)
    made = [other for _, other, kind in graph.edges(data="edge") if kind == "makes"]
    assert made == ["item:manual"]


def test_nothing_is_close_to_nothing() -> None:
    assert len(find_near_matches(find_matches(make_dataset()))) == 0
    assert len(find_near_matches(matched())) == 0
