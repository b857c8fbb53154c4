"""The answers of the demo case, before any chain: what they are, mean and state.

Beside test_demo_case.py, which finds the planted difficulties.
"""

import csv

import pytest

import matchmaker as mm
from matchmaker.model import Severity
from tests.demo_readme import CASE, M2, M3, readme_table, roubles

KOPECK = 0.005


@pytest.fixture(scope="session")
def reading():
    return mm.read_survey(CASE / "survey.xlsx", CASE / "catalogue")


@pytest.fixture(scope="session")
def data(demo):
    return demo[0]


@pytest.fixture(scope="session")
def matches(demo):
    return demo[1]


def test_three_warnings_and_no_error(reading):
    _, issues = reading
    assert not [issue for issue in issues if issue.severity is Severity.ERROR]
    assert sorted((i.code, i.sheet, i.row) for i in issues) == [
        ("certificate-expired", "Сертификаты", 15),
        ("price-missing", "Производим", 43),
        ("row-repeated", "Закупаем", 40),
    ]


def test_survey_is_of_six_members_and_five_interested_of_ten_regions(data):
    firms = data.table("enterprises")
    assert dict(firms["role"].value_counts()) == {"member": 6, "interested": 5}
    assert firms["region"].nunique() == 10
    assert firms["name"].str.contains("вымышленное").all()


def test_offers_and_needs_mean_what_truth_says(data, matches):
    with (CASE / "truth.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    truth = {(row["table"], row["enterprise"], row["product"]): row["item"] for row in rows}
    for table, found in (("offers", matches.makes), ("needs", matches.needs)):
        items = {match.id: match.item for match in found}
        for row in data.table(table).to_dict("records"):
            meant = truth[table, row["enterprise"], row["product"]]
            assert items.get(row["id"], "") == meant, row["product"]


def test_could_make_is_exactly_what_is_planted(matches):
    found = {(match.enterprise, match.item) for match in matches.could_make}
    assert found == {
        (M2, "cross-brace"),
        (M2, "footrest"),
        (M3, "silicone-liner"),
        (M3, "orthosis-shell"),
        (M3, "crutch-handle"),
        (M3, "cell-mat"),
    }


def test_stated_import_share_is_that_of_the_founding_case(data):
    prices = dict(
        zip(data.table("items")["item"], data.table("items")["import_price"], strict=True)
    )
    demands = data.table("demands")
    values = demands["quantity"] * demands["item"].map(prices)
    assert values.sum() == 168_100_000
    assert (values * demands["import_share"]).sum() == pytest.approx(124_394_000, abs=KOPECK)
    assert 124_394_000 / 168_100_000 == 0.74


def test_readme_states_the_demands_of_the_catalogue(data):
    prices = dict(
        zip(data.table("items")["item"], data.table("items")["import_price"], strict=True)
    )
    rows = {r["item"]: r for r in data.table("demands").to_dict("records")}
    stated = [row for row in readme_table("The manager's estimate") if row[0] != "all"]
    assert {row[0] for row in stated} == set(rows)
    for product, quantity, price, value, share in stated:
        assert roubles(quantity) == rows[product]["quantity"]
        assert roubles(price) == prices[product]
        assert roubles(value) * 1e6 == pytest.approx(roubles(quantity) * roubles(price))
        assert float(share) == rows[product]["import_share"]


def test_needs_are_imported_to_69_percent(data):
    needs = data.table("needs").drop_duplicates(["enterprise", "product", "quantity"])
    value = needs["quantity"] * needs["price"]
    assert round(value[needs["country"] != "RU"].sum() / value.sum(), 2) == 0.69
