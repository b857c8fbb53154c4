"""Conditions: certificates, free capacity and distance, judged beside the score by hand."""

from __future__ import annotations

from datetime import date

import pytest

from matchmaker.errors import UnknownItemError
from matchmaker.matching import (
    MatchKind,
    RequirementStatus,
    Wish,
    check_conditions,
    find_matches,
    with_near_matches,
)
from tests.fixtures import make_dataset

NEAR, FAR, NEW, ABLE = "0274000001", "0274000002", "0274000003", "0274000004"
ITEMS = [
    {"item": "frame", "name_ru": "Рама сварная", "unit": "pcs", "certificates": "ISO 13485; EAC"}
]
DATA = make_dataset(
    items=ITEMS,
    enterprises=[
        {"enterprise": NEAR, "name": "А", "region": "RU-BA", "answered_on": "2026-02-20"},
        {"enterprise": FAR, "name": "Б", "region": "RU-PRI"},
        {"enterprise": NEW, "name": "В"},
        {"enterprise": ABLE, "name": "Г", "region": "RU-TA"},
    ],
    offers=[
        {"enterprise": NEAR, "product": "Рама сварная", "capacity": 900.0},
        {"enterprise": FAR, "product": "Рама сварная", "capacity": 5000.0},
        {"enterprise": NEW, "product": "Рама сварная"},
    ],
    certificates=[
        {"enterprise": NEAR, "certificate": "ISO 13485:2016"},
        {"enterprise": NEAR, "certificate": "EAC", "valid_until": "2025-01-01"},
        {"enterprise": FAR, "certificate": "iso 13485"},
        {"enterprise": FAR, "certificate": "EAC"},
    ],
    capabilities=[{"enterprise": ABLE, "process": "Сварка", "free_hours": 600.0}],
    routing=[{"item": "frame", "process": "welding", "hours": 0.5}],
)
WISH = Wish(quantity=1000.0, within=500.0, region="RU-BA")


def test_every_requirement_has_its_verdict() -> None:
    # Near: ISO held in an edition, EAC ran out before the answer, 900 of 1 000 is near, 0 km.
    # Far: both held, enough, but Vladivostok. New: nothing stated. Able: 600 h / 0.5 h = 1 200.
    found = check_conditions(find_matches(DATA), "frame", WISH)
    told = {
        one.enterprise: [verdict.value for verdict in fit.verdicts.values()] for one, fit in found
    }
    assert told == {
        NEAR: ["met", "missing", "near", "met"],
        FAR: ["met", "met", "met", "missing"],
        NEW: ["unknown"] * 4,
        ABLE: ["unknown", "unknown", "met", "met"],
    }


def test_what_firms_tell_of_sizes_and_ways_of_making_is_asked_for() -> None:
    # The offer's own comment, the limits of every step of who could make it, an answer's comment.
    data = make_dataset(
        items=ITEMS,
        enterprises=[{"enterprise": id, "name": id} for id in (NEAR, FAR, NEW, ABLE)],
        offers=[
            {"enterprise": NEAR, "product": "Рама сварная", "comment": "ширина до 48 см"},
            {"enterprise": FAR, "product": "Рама сварная, ширина 36 см"},
        ],
        answers=[{"enterprise": NEW, "item": "frame", "answer": "yes", "capacity": 700.0}],
        capabilities=[
            {"enterprise": ABLE, "process": "Сварка", "limits": "ширина до 2 м; окраска порошковая"}
        ],
        routing=[{"item": "frame", "process": "welding", "hours": 0.5}],
    )
    wish = Wish(quantity=600.0, told=("ширина 45 см", "порошковая окраска"))
    found = check_conditions(find_matches(data), "frame", wish)
    told = {one.enterprise: {n: v.value for n, v in fit.verdicts.items()} for one, fit in found}
    assert [told[firm]["ширина 45 см"] for firm in (NEAR, FAR, NEW, ABLE)] == [
        "met",
        "near",
        "unknown",
        "met",
    ]
    assert {firm: own["порошковая окраска"] for firm, own in told.items()} == {
        NEAR: "unknown",
        FAR: "unknown",
        NEW: "unknown",
        ABLE: "met",
    }
    assert told[NEW]["capacity"] == "met"
    with pytest.raises(ValueError, match="asks for nothing"):
        Wish(told=("…",))


def test_the_kinds_stand_apart_and_the_best_first() -> None:
    found = check_conditions(with_near_matches(find_matches(DATA)), "frame", WISH)
    assert [(one.enterprise, one.kind) for one, _ in found] == [
        (FAR, MatchKind.MAKES),
        (NEAR, MatchKind.MAKES),
        (NEW, MatchKind.MAKES),
        (ABLE, MatchKind.COULD_MAKE),
    ]
    assert found[0][1].lacking() == ("distance",)
    assert found[1][1].lacking() == ("EAC", "capacity")
    assert found[2][1].unknown() == ("ISO 13485", "EAC", "capacity", "distance")


def test_what_is_asked_beside_the_catalogue_is_a_requirement_too() -> None:
    found = check_conditions(find_matches(DATA), "frame", Wish(certificates=("ISO 9001",)))
    assert list(found[0][1].verdicts) == ["ISO 13485", "EAC", "ISO 9001"]
    assert found[0][1].verdicts["ISO 9001"] is RequirementStatus.MISSING


@pytest.mark.parametrize(
    ("day", "verdict"),
    [(date(2025, 1, 1), RequirementStatus.MET), (date(2025, 1, 2), RequirementStatus.MISSING)],
)
def test_a_certificate_is_judged_at_the_day_stated(day, verdict) -> None:
    found = check_conditions(find_matches(DATA), "frame", Wish(as_of=day))
    (near,) = [fit for one, fit in found if one.enterprise == NEAR]
    assert near.verdicts["EAC"] is verdict


def test_hours_that_are_not_stated_are_no_answer() -> None:
    silent = make_dataset(
        items=ITEMS,
        capabilities=[{"enterprise": ABLE, "process": "Сварка"}],
        routing=[{"item": "frame", "process": "welding", "hours": 0.5}],
    )
    ((_, fit),) = check_conditions(find_matches(silent), "frame", Wish(quantity=10.0))
    assert fit.verdicts["capacity"] is RequirementStatus.UNKNOWN


def test_bad_calls_state_the_rule() -> None:
    with pytest.raises(ValueError, match="counted from a region"):
        Wish(within=100.0)
    with pytest.raises(UnknownItemError, match="frame"):
        check_conditions(find_matches(DATA), "frames", Wish())
