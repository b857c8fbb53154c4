"""Requirements: verdicts by hand, unknown is not missing, and the order on real resources."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from matchmaker.matching import Between, OneOf, Verdict, check_requirements

RESOURCES = (
    Path(__file__).parent.parent.parent
    / "shared"
    / "data"
    / "real"
    / "manusquare"
    / "resources.csv"
)
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
        "process": Verdict.MET,
        "material": Verdict.UNKNOWN,
        "certificate": Verdict.MISSING,
        "capacity": Verdict.NEAR,
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
    assert Between(10, 20).judge(10) is Between(10, 20).judge(20) is Verdict.MET
    assert Between(most=100).judge(120) is Verdict.NEAR
    assert Between(most=100).judge(130) is Verdict.MISSING
    assert Between(1, 2).judge(float("nan")) is Verdict.UNKNOWN
    with pytest.raises(ValueError, match="above the most"):
        Between(2, 1)


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
            all(demand.judge(row[name]) is Verdict.MET for name, demand in wanted.items())
            for row in resources.values()
        )
        assert exact == [True] * expected + [False] * (len(fits) - expected)
        assert expected >= 1


@needs_resources
def test_losing_a_satisfied_requirement_never_raises_a_supplier() -> None:
    chance, resources = random.Random(1), read_resources()
    for _ in range(40):
        wanted = draw(chance, resources)
        fits = check_requirements(wanted, resources)
        chosen = chance.choice([fit for fit in fits if fit.met])
        lost = chance.choice(
            [name for name, verdict in chosen.verdicts.items() if verdict is Verdict.MET]
        )
        worse = {**resources, chosen.candidate: {**resources[chosen.candidate], lost: None}}
        places = {fit.candidate: i for i, fit in enumerate(fits)}
        after = {fit.candidate: i for i, fit in enumerate(check_requirements(wanted, worse))}
        assert after[chosen.candidate] >= places[chosen.candidate]
