"""The dossier's head, its edition for outsiders, and how it prints."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date

import pytest

from matchmaker.chains import Demand, compose_chains, explain_result, weigh_conditions
from matchmaker.codebook import LANGUAGES, format_money, format_number, format_price, tables
from matchmaker.errors import BadValueError
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.recommend import recommend_members
from matchmaker.report import Dossier, render_dossier
from tests.fixtures import make_dataset
from tests.test_report import rows

MONEY = {
    (table.name, field.name)
    for table in tables().values()
    for field in table.fields
    if field.type == "money"
}
PRIMES = (7919, 7907, 7901, 7883, 7879, 7877, 7873, 7867, 7853, 7841, 7829, 7823, 7817, 7793)


def priced(scale: float):
    """The wheelchair with prices that no quantity is equal to, all times a scale."""
    told, primes = rows(), iter(PRIMES * 3)
    for name, table in told.items():
        for row in table:
            for field in row.keys() & {field for table, field in MONEY if table == name}:
                row[field] = next(primes) * scale
    told["settings"] = [
        row | {"value": row["value"] * scale} if row["setting"] == "freight_tariff" else row
        for row in told["settings"]
    ]
    return told


def found(told) -> Dossier:
    data = make_dataset(**told)
    graph = build_graph(data, find_matches(data), as_of=date(2026, 3, 1))
    result = compose_chains(graph, Demand("chair", 1200, "RU-BA"), k=3)
    return Dossier(
        results=[weigh_conditions(explain_result(result))],
        members=recommend_members(graph, result.demands, invite=1),
        stated_import_share={"item:chair": 0.74},
        cluster="Кластер «А & Б»",
        prepared_by="Управляющая компания",
    )


@pytest.fixture(scope="module")
def dossier():
    return found(priced(1.0))


@pytest.mark.parametrize("audience", ["cluster", "outsiders"])
@pytest.mark.parametrize(
    ("lang", "head"),
    [
        ("ru", ("Кластер: Кластер «А &amp; Б»", "на 01.03.2026", "Подготовлено: Управляющая")),
        ("en", ("Cluster: Кластер «А &amp; Б»", "As of 2026-03-01", "Prepared by: Управляющая")),
    ],
)
def test_the_head_says_for_whom_of_which_day_and_by_whom(dossier, audience, lang, head):
    page = render_dossier(replace(dossier, audience=audience), lang=lang)
    assert all(line in page[: page.index("<h1>")] for line in head)


def test_what_is_not_told_leaves_no_line(dossier):
    page = render_dossier(replace(dossier, cluster="", prepared_by=""))
    assert "Кластер:" not in page
    assert "Подготовлено" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_outsiders_see_no_price_of_the_survey(dossier, lang):
    page = render_dossier(replace(dossier, audience="outsiders"), lang=lang)
    for name, table in priced(1.0).items():
        for row in table:
            for field in row.keys() & {field for table, field in MONEY if table == name}:
                for form in (format_money, format_price, format_number):
                    assert form(row[field], lang) not in page
                assert f"{row[field]:g}" not in page
    assert not re.search("₽|RUB|руб", page)
    assert "test.xlsx" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_for_outsiders_the_page_is_the_same_whatever_the_level_of_prices(dossier, lang):
    """Shares stay, and no sum from which a price could be reckoned."""
    dearer = found(priced(2.0))
    for one in (dossier, dearer):
        assert "%" in render_dossier(replace(one, audience="outsiders"), lang=lang)
    pages = {
        render_dossier(replace(one, audience="outsiders"), lang=lang) for one in (dossier, dearer)
    }
    assert len(pages) == 1


def test_outsiders_see_shares_and_structure(dossier):
    page = render_dossier(replace(dossier, audience="outsiders"))
    whole = render_dossier(dossier)
    for told in ("ООО «Сборка»", "ООО «Каркас»", "Рама", "Колесо", 'class="flow"', "1\u202f200"):
        assert told in page
        assert told in whole
    share = re.search(r"отечественного.*?<div class=\"figure\">(.*?)</div>", page, re.S)[1]
    assert share in whole


def test_an_unknown_audience_is_refused(dossier):
    with pytest.raises(BadValueError, match="cluster, outsiders"):
        replace(dossier, audience="press")


def test_the_command_writes_for_outsiders(run, db, here):
    asked = ("report", db, "chair", "-o", here / "d.html", "--as-of", "2026-03-01", "--lang", "en")
    assert run(*asked, "--for", "outsiders", "--cluster", "Ours", "--prepared-by", "Me").code == 0
    page = (here / "d.html").read_text("utf-8")
    assert all(line in page for line in ("Cluster: Ours", "As of 2026-03-01", "Prepared by: Me"))
    assert "RUB" not in page
    assert run(*asked).code == 0
    assert "RUB" in (here / "d.html").read_text("utf-8")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium to print with")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_three_products_print_on_ten_pages(run, here, demo_database, lang):
    products = ("manual-wheelchair", "crutches", "leg-prosthesis")
    asked = ("report", demo_database, *products, "--as-of", "2026-03-01", "--lang", lang)
    assert run(*asked, "-o", here / "dossier.html").code == 0
    printed = here / "dossier.pdf"
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    page = (here / "dossier.html").as_uri()
    subprocess.run(
        [CHROMIUM, *flags, f"--user-data-dir={here}/profile", f"--print-to-pdf={printed}", page],
        check=True,
        capture_output=True,
    )
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) <= 10
