"""Requirements: verdicts by hand, unknown is not missing, and the order on real resources."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching import (
    Between,
    OneOf,
    RequirementStatus,
    TextRequirement,
    check_requirements,
)

ROOT = Path(__file__).parent.parent
RESOURCES = ROOT.parent / "shared" / "data" / "real" / "manusquare" / "resources.csv"
needs_resources = pytest.mark.skipif(
    not RESOURCES.exists(), reason="needs ../shared/data/real/manusquare"
)

DEMANDED = {
    "process": OneOf("сварка"),
    "material": OneOf("алюминий"),
    "certificate": OneOf("ISO 13485"),
    "capacity": Between(least=100),
}


def test_says_what_is_met_near_missing_and_unknown() -> None:
    (fit,) = check_requirements(
        DEMANDED,
        {"A": {"process": "Сварка TIG", "certificate": ["ISO 9001"], "capacity": 85.0}},
    )
    assert fit.verdicts == {
        "process": RequirementStatus.MET,
        "material": RequirementStatus.UNKNOWN,
        "certificate": RequirementStatus.MISSING,
        "capacity": RequirementStatus.NEAR,
    }
    assert (fit.met, fit.exact) == (1, False)
    assert fit.lacking() == ("certificate", "capacity")
    assert fit.unknown() == ("material",)


def test_nobody_is_left_out_and_not_asked_is_better_than_no() -> None:
    answers = {
        "no": {"process": "сварка", "material": "сталь"},
        "not asked": {"process": "сварка"},
        "all": {
            "process": "сварка",
            "material": "алюминий",
            "certificate": "ISO 13485",
            "capacity": 100.0,
        },
        "nothing": {},
    }
    fits = check_requirements(DEMANDED, answers)
    assert [fit.candidate for fit in fits] == ["all", "not asked", "no", "nothing"]


def test_bounds_are_checked_and_allowed() -> None:
    assert Between(10, 20).judge(10) is Between(10, 20).judge(20) is RequirementStatus.MET
    assert Between(most=100).judge(120) is RequirementStatus.NEAR
    assert Between(most=100).judge(130) is RequirementStatus.MISSING
    assert Between(1, 2).judge(float("nan")) is RequirementStatus.UNKNOWN
    with pytest.raises(ValueError, match="above the most"):
        Between(2, 1)


BEARS = "грузоподъёмность не менее 130 кг"


@pytest.mark.parametrize(
    ("wanted", "stated", "verdict"),
    [
        (BEARS, "Коляска складная, грузоподъемностью до 150 кг", RequirementStatus.MET),
        (BEARS, "Грузоподъёмность 130 000 г; масса 12 кг", RequirementStatus.MET),
        (BEARS, "грузоподъёмность 110 кг", RequirementStatus.NEAR),
        (BEARS, "грузоподъёмность до 100 кг, масса 140 кг", RequirementStatus.MISSING),
        (BEARS, "масса 140 кг", RequirementStatus.UNKNOWN),
        (BEARS, "грузоподъёмность большая", RequirementStatus.UNKNOWN),
        ("масса не более 15 кг", "масса 14,5 кг", RequirementStatus.MET),
        ("масса не более 15 кг", "масса до 20 кг", RequirementStatus.NEAR),
        ("масса не более 15 кг", "масса свыше 20 кг", RequirementStatus.MISSING),
        ("до −20 °C", "от -40 до +50 °С", RequirementStatus.MET),
        ("press force 160 t", "press force up to 250 t", RequirementStatus.MET),
        ("усилие 1600 кН", "усилие 800–2000 кН", RequirementStatus.MET),
        ("колесо 24 дюйма", "колесо 609,6 мм", RequirementStatus.MET),
        ("сиденье 36–42 см", "сиденье 40 см", RequirementStatus.MET),
        ("сиденье 36–42 см", "сиденье 41–48 см", RequirementStatus.NEAR),
        ("сиденье 36–42 см", "сиденье 60 см", RequirementStatus.MISSING),
        ("размер M", "подушка, размер M", RequirementStatus.MET),
        ("размер M", "подушка, размер XL", RequirementStatus.MISSING),
        ("порошковая окраска", "сварка, окраска порошковая", RequirementStatus.MET),
        ("порошковая окраска", "сварка", RequirementStatus.UNKNOWN),
        ("порошковая окраска", "сварка; порошковую окраску не делаем", RequirementStatus.MISSING),
        ("порошковая окраска", "без порошковой окраски", RequirementStatus.MISSING),
        ("powder coating", "we do not do powder coating", RequirementStatus.MISSING),
        ("от -40 до +50 °C", "от -10 до +20 °C", RequirementStatus.NEAR),
        ("от -40 до +50 °C", "-60...+70 °C", RequirementStatus.MET),
        ("температура -40 °C", "температура -10...+50 °C", RequirementStatus.MISSING),
        ("не выше -40 °C", "-60 °C", RequirementStatus.MET),
        ("труба не менее 50 мм", "труба от 5 мм до 10 мм", RequirementStatus.MISSING),
    ],
)
def test_texts_tell_quantities_and_words(
    wanted: str, stated: str, verdict: RequirementStatus
) -> None:
    assert TextRequirement(wanted).judge([stated]) is verdict


def test_the_best_clause_counts_and_every_quantity_is_demanded() -> None:
    both = TextRequirement("ширина 40 см, нагрузка до 5 кг")
    assert (
        TextRequirement("усилие 160 т").judge(["пресс, усилие 100 т", "усилие 220 т"])
        is RequirementStatus.MISSING
    )
    assert (
        TextRequirement("усилие 160 т").judge(["усилие 100 т", "усилие до 200 т"])
        is RequirementStatus.MET
    )
    assert both.judge(["ширина 40 см", "нагрузка 4 кг"]) is RequirementStatus.MET
    assert both.judge(["ширина 40 см, масса 4 кг"]) is RequirementStatus.UNKNOWN
    with pytest.raises(ValueError, match="asks for nothing"):
        TextRequirement(" !? ")


def test_words_written_together_are_found_and_a_narrower_answer_comes_second() -> None:
    answers = {
        "1 narrower": {"material": "StainlessSteel_400"},
        "2 named": {"material": "Stainless steel"},
        "3 other": {"material": "GrayIron"},
        "4 broader": {"material": "Steel"},
    }
    fits = check_requirements({"material": OneOf("StainlessSteel")}, answers)
    assert [fit.candidate for fit in fits] == ["2 named", "1 narrower", "3 other", "4 broader"]
    assert [fit.exact for fit in fits] == [True, True, False, False]
    assert OneOf("milling").judge("PrecisionMilling") is RequirementStatus.MET
    assert OneOf("turning").judge("CNCTurning") is RequirementStatus.MET


WORDS = st.sampled_from(["Steel", "StainlessSteel", "StainlessSteel_316", "GrayIron"])
STATED = st.fixed_dictionaries(
    {},
    optional={
        "material": WORDS,
        "certificate": st.lists(st.sampled_from(["ISO9000", "ISO9002", "MIL"]), min_size=1),
        "capacity": st.sampled_from([10.0, 80.0, 100.0, 200.0]),
    },
)
WANTED = st.fixed_dictionaries(
    {"material": WORDS.map(OneOf)},
    optional={
        "certificate": st.sampled_from(["ISO9000", "MIL"]).map(OneOf),
        "capacity": st.just(Between(least=100.0)),
    },
)


@given(WANTED, st.lists(STATED, min_size=2, max_size=6), st.data())
def test_losing_what_met_a_requirement_never_raises_anybody(wanted, stated, data) -> None:
    answers = {str(place): one for place, one in enumerate(stated)}
    before = check_requirements(wanted, answers)
    met = [
        (f.candidate, n)
        for f in before
        for n, v in f.verdicts.items()
        if v is RequirementStatus.MET
    ]
    if not met:
        return
    candidate, lost = data.draw(st.sampled_from(met))
    fewer = {name: value for name, value in answers[candidate].items() if name != lost}
    after = check_requirements(wanted, {**answers, candidate: fewer})
    order, again = ([fit.candidate for fit in fits] for fits in (before, after))
    assert again.index(candidate) >= order.index(candidate)
    assert [fit.exact for fit in before] == sorted((f.exact for f in before), reverse=True)
    assert sorted(order) == sorted(again) == sorted(answers)


@given(WANTED, st.lists(STATED, min_size=2, max_size=6), st.data())
def test_asking_for_less_never_raises_who_named_it(wanted, stated, data) -> None:
    answers = {str(place): one for place, one in enumerate(stated)}
    before = check_requirements(wanted, answers)
    dropped = data.draw(st.sampled_from(sorted(wanted)))
    less = {name: demand for name, demand in wanted.items() if name != dropped}
    order = [fit.candidate for fit in before]
    again = [fit.candidate for fit in check_requirements(less, answers)]
    for candidate, one in answers.items():
        if wanted[dropped].is_named(one.get(dropped)):
            assert again.index(candidate) >= order.index(candidate)


def read_resources() -> dict[str, dict[str, object]]:
    with RESOURCES.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle, delimiter=";"))
    return {
        row[0]: {
            "distance": float(row[4]),
            "capacity": float(row[5]),
            "certificate": row[6].split(","),
            "material": row[7],
            "process": row[8],
        }
        for row in rows
    }


def draw(chance: random.Random, resources: dict[str, dict[str, object]]) -> dict[str, object]:
    """Requirements that a resource drawn by chance meets exactly."""
    like = resources[chance.choice(sorted(resources))]
    every = {
        "material": OneOf(like["material"]),
        "process": OneOf(like["process"]),
        "certificate": OneOf(chance.choice(like["certificate"])),
        "capacity": Between(least=like["capacity"]),
        "distance": Between(most=like["distance"]),
    }
    return {name: every[name] for name in chance.sample(sorted(every), chance.randint(2, 5))}


@needs_resources
def test_exact_fits_come_first_on_real_resources() -> None:
    chance, resources = random.Random(0), read_resources()
    for _ in range(40):
        wanted = draw(chance, resources)
        fits = check_requirements(wanted, resources)
        exact = [fit.exact for fit in fits]
        # By hand: the words, the certificate and the bounds of every row itself.
        expected = sum(
            all(demand.judge(row[name]) is RequirementStatus.MET for name, demand in wanted.items())
            for row in resources.values()
        )
        assert exact == [True] * expected + [False] * (len(fits) - expected)
        assert expected >= 1


@needs_resources
def test_the_benchmark_of_resources_holds_its_bars() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "bench" / "resources"), str(RESOURCES)]
    asked = [*script, "--queries", "25", "--seed", "3", "--json"]
    rows = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    assert [row["holds"] for row in rows] == [True, True, None]


@needs_resources
def test_losing_a_satisfied_requirement_never_raises_a_supplier() -> None:
    chance, resources = random.Random(1), read_resources()
    for _ in range(40):
        wanted = draw(chance, resources)
        fits = check_requirements(wanted, resources)
        chosen = chance.choice([fit for fit in fits if fit.met])
        lost = chance.choice(
            [name for name, verdict in chosen.verdicts.items() if verdict is RequirementStatus.MET]
        )
        worse = {**resources, chosen.candidate: {**resources[chosen.candidate], lost: None}}
        places = {fit.candidate: i for i, fit in enumerate(fits)}
        after = {fit.candidate: i for i, fit in enumerate(check_requirements(wanted, worse))}
        assert after[chosen.candidate] >= places[chosen.candidate]
