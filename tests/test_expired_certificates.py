"""Certificates are judged at a stated day: what had run out on it is held by nobody."""

from datetime import UTC, date, datetime, timedelta

import pytest

from matchmaker.chains import Demand, Limits, compose_chains
from matchmaker.codebook import reason
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.recommend import explain
from tests.command_line import ASSEMBLER, fill_database
from tests.fixtures import make_dataset

ITEM = {"item": "chair", "name_ru": "Кресло", "kind": "product", "unit": "pcs"}
ENDED = "2020-12-31"
STRICT = Limits(demand_certificates=True)


def data_of(*certificates, demanded="ISO 9001"):
    return make_dataset(
        enterprises=[{"enterprise": ASSEMBLER, "name": "Завод", "role": "member"}],
        items=[ITEM | {"certificates": demanded}],
        offers=[{"enterprise": ASSEMBLER, "product": "Кресло", "item": "chair", "price": 3000}],
        certificates=[
            {"enterprise": ASSEMBLER, "certificate": name, "number": str(n), "valid_until": end}
            for n, (name, end) in enumerate(certificates)
        ],
    )


def composed(day, data, limits=STRICT):
    graph = build_graph(data, find_matches(data), as_of=day)
    return compose_chains(graph, Demand("chair", 1), limits=limits)


@pytest.mark.parametrize(
    ("certificates", "demanded", "why"),
    [
        ([("ISO 9001", ENDED)], "ISO 9001", f"certificate-expired:{ENDED}:ISO 9001"),
        # An edition of it, in other case, renewed once: the last of its days counts.
        (
            [("ISO 9001", "2019-01-01"), ("ГОСТ iso 9001:2015", ENDED)],
            "ISO 9001",
            f"certificate-expired:{ENDED}:ISO 9001",
        ),
        # Another certificate was never stated: that is what is asked first.
        ([("ISO 9001", ENDED)], "ISO 9001;EAC", "certificate-missing"),
        ([("EAC", ENDED)], "ISO 9001", "certificate-missing"),
        # Renewed, whether or not the old one is still on the list.
        ([("ISO 9001", ENDED), ("ISO 9001:2015", "2099-01-01")], "ISO 9001", ""),
        ([("ISO 9001", ENDED), ("ISO 9001", None)], "ISO 9001", ""),
    ],
)
def test_nobody_supplies_with_a_certificate_that_ran_out(certificates, demanded, why):
    result = composed(date(2026, 3, 1), data_of(*certificates, demanded=demanded))
    assert bool(result.chains) == (not why)
    assert [gap.reasons for gap in result.gaps] == [((why, f"firm:{ASSEMBLER}"),)] * bool(why)


def test_the_last_day_is_still_valid():
    data = data_of(("ISO 9001", ENDED))
    assert composed(date(2020, 12, 31), data).chains
    assert not composed(date(2021, 1, 1), data).chains


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("ru", "Завод: сертификат «ISO 9001» истёк 31.12.2020"),
        ("en", 'Завод: its certificate "ISO 9001" expired on 2020-12-31'),
    ],
)
def test_the_reason_names_the_day(lang, sentence):
    assert reason(f"certificate-expired:{ENDED}:ISO 9001", "Завод", lang) == sentence
    result = composed(date(2026, 3, 1), data_of(("ISO 9001", ENDED)))
    assert sentence in explain(result, lang=lang)


def test_a_chain_that_does_not_ask_for_it_says_so():
    result = composed(date(2026, 3, 1), data_of(("ISO 9001", ENDED)), Limits())
    (step,) = result.chains[0].steps
    assert step.certificates_missing == ("ISO 9001",)
    assert step.certificates_expired == {"ISO 9001": ENDED}
    said = explain(result, lang="en")
    assert 'the certificate "ISO 9001" that "Кресло" demands expired on 2020-12-31' in said
    assert "nothing is known" not in said
    (condition,) = [one for one in result.conditions if one.table == "certificates"]
    assert (condition.code, condition.value) == ("ISO 9001", ENDED)
    assert "истёк 31.12.2020: запросите действующий" in explain(result, lang="ru")


@pytest.fixture
def database(tmp_path):
    today = datetime.now(UTC).date()
    ends = [(1, today - timedelta(days=1)), (2, today)]
    for number, end in ends:
        fill_database(
            tmp_path / f"{number}.db",
            items=[ITEM | {"certificates": "ISO 9001"}],
            bom=[],
            offers=[{"enterprise": ASSEMBLER, "product": "Кресло", "item": "chair", "price": 9}],
            certificates=[
                {"enterprise": ASSEMBLER, "certificate": "ISO 9001", "valid_until": str(end)}
            ],
        )
    return tmp_path


@pytest.mark.parametrize("command", [("recommend", "chains"), ("gaps",)])
def test_the_command_line_judges_today_unless_told_otherwise(run, database, command):
    today = datetime.now(UTC).date()
    expired, valid = database / "1.db", database / "2.db"
    asked = ("chair", "--certified-only", "--json")

    then = (today - timedelta(days=1)).isoformat()
    assert f"certificate-expired:{then}:ISO 9001" in run(*command, expired, *asked).out
    for path, options in ((valid, ()), (expired, ("--as-of", then))):
        outcome = run(*command, path, *asked, *options)
        assert "certificate-" not in outcome.out
        if command == ("recommend", "chains"):
            assert outcome.document["result"]["as_of"] == (then if options else today.isoformat())


def test_a_day_that_is_none_is_refused(run, database):
    outcome = run("gaps", database / "1.db", "--as-of", "31.12.2020")
    assert outcome.code == 2
    assert "--as-of" in outcome.err
