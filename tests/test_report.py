"""Report: figures that reconcile, words for every code, drawings without overlaps."""

import ast
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.chains import (
    GOALS,
    MEASURES,
    Demand,
    Limits,
    OperationKind,
    compose_chains,
    explain_alternatives,
)
from matchmaker.chains.combined_goals import WEIGHTED
from matchmaker.codebook import (
    find_region,
    format_money,
    format_money_short,
    format_number,
    format_price,
    format_quantity,
    format_share,
    read_rows,
    reason,
    regions,
    say,
)
from matchmaker.graph import build_graph
from matchmaker.matching import find_matches
from matchmaker.model import Role
from matchmaker.recommend import recommend_members
from matchmaker.report import Dossier, render_dossier, view_section, write_dossier
from matchmaker.report.flow import Box, Diagram, Line, chain_diagram
from matchmaker.report.layout import WIDTH, arrange, text_width, wrap
from matchmaker.report.names import Names, cell_groups
from tests.fixtures import make_dataset

PACKAGE = Path(__file__).parents[1] / "matchmaker"
THIN, SPACE = "\u202f", "\u00a0"


def rows(**changes):
    """A wheelchair: a capacity that binds, a part nobody makes, one to be launched, a purchase."""
    return {
        "enterprises": [
            {
                "enterprise": "0000000001",
                "name": "ООО «Сборка»",
                "role": "member",
                "region": "RU-BA",
            },
            {
                "enterprise": "0000000002",
                "name": "ООО «Каркас»",
                "role": "member",
                "region": "RU-TA",
                "involvement_cost": 1000,
            },
            {
                "enterprise": "0000000003",
                "name": changes.get("name", "ООО «Колесо»"),
                "role": "interested",
                "region": "RU-CHE",
            },
        ],
        "items": [
            {
                "item": "chair",
                "name_ru": "Кресло-коляска",
                "kind": "product",
                "unit": "pcs",
                "import_price": 20000,
                "mass": 18,
                "certificates": "ISO 13485",
            },
            {
                "item": "frame",
                "name_ru": "Рама",
                "name_en": "Frame",
                "kind": "component",
                "unit": "pcs",
                "import_price": 5000,
                "mass": 8,
            },
            {
                "item": "wheel",
                "name_ru": "Колесо",
                "kind": "component",
                "unit": "pcs",
                "import_price": 900,
                "mass": 2,
            },
            {"item": "motor", "name_ru": "Мотор", "kind": "component", "unit": "pcs"},
            {
                "item": "axle",
                "name_ru": "Ось",
                "kind": "component",
                "unit": "pcs",
                "import_price": 2000,
            },
            {
                "item": "nut",
                "name_ru": "Гайка",
                "kind": "component",
                "unit": "pcs",
                "domestic_price": 2.5,
            },
        ],
        "bom": [
            {"item": "chair", "component": part, "quantity": quantity}
            for part, quantity in (
                ("frame", 1),
                ("wheel", 4),
                ("motor", 1),
                ("axle", 1),
                ("nut", 8),
            )
        ],
        "routing": [{"item": "axle", "process": "turning-milling", "hours": 0.5}],
        "capabilities": [
            {
                "enterprise": "0000000001",
                "process": "токарная обработка",
                "free_hours": 1000,
                "rate": 1000,
                "setup_cost": 5000,
            }
        ],
        "offers": [
            {
                "enterprise": "0000000001",
                "product": "Кресло-коляска",
                "item": "chair",
                "unit": "pcs",
                "price": 3000,
            },
            {
                "enterprise": "0000000002",
                "product": "Рама",
                "item": "frame",
                "unit": "pcs",
                "price": 3000,
                "capacity": 800,
            },
            {
                "enterprise": "0000000003",
                "product": "Колесо",
                "item": "wheel",
                "unit": "kpcs",
                "price": 500000,
                "capacity": 10,
            },
        ],
        "settings": [
            {"setting": "freight_tariff", "value": 8},
            {"setting": "road_factor", "value": 1.25},
        ],
    }


def compose(tables, k=3):
    data = make_dataset(**tables)
    graph = build_graph(data, find_matches(data))
    return compose_chains(graph, Demand("chair", 1200, "RU-BA"), k=k)


@pytest.fixture(scope="module")
def result():
    return compose(rows())


@pytest.fixture(scope="module")
def dossier(result):
    return Dossier(
        results=[result],
        chains=[explain_alternatives(result)],
        members=recommend_members(result.graph, result.demands, invite=1),
        stated_import_share={"item:chair": 0.74},
        notes=["Предприятия и цены вымышлены"],
    )


@pytest.fixture(scope="module")
def section(dossier):
    return view_section(
        dossier.results[0],
        "ru",
        stated_import_share=dossier.stated_import_share,
        explained=dossier.chains,
    )


class Page(HTMLParser):
    """Tags of a page, their balance, and the cells of its tables by class of the table."""

    VOID = frozenset({"meta", "path", "rect", "circle"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.cells, self.attributes = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs).get("class") or ""))
        if tag == "td":
            table = [kind for name, kind in self.open if name == "table"][-1]
            self.cells.append((table, dict(attrs).get("class") or "", ""))

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if "td" in [name for name, _ in self.open]:
            table, kind, text = self.cells[-1]
            self.cells[-1] = (table, kind, text + data)

    def numbers(self, table, kind):
        """Whole numbers of the cells of a kind, in tables of a class."""
        texts = [t for of, k, t in self.cells if table in of.split() and kind in k.split()]
        return [int(re.sub(r"[^\d−]", "", text).replace("−", "-")) for text in texts if text]


def test_steps_freight_launch_and_involvement_make_the_cost(section):
    # 3 000 × 1 200 chairs + 3 000 × 800 frames + 5 000 × 400 imported frames
    # + 500 × 4 800 wheels + 500 × 1 200 axles + 2.5 × 9 600 nuts = 11 024 000
    assert sum(row.value for row in section.steps) == pytest.approx(11_024_000)
    assert sum(row.fixed_cost for row in section.steps) == 5000
    assert sum(row.involvement for row in section.partners) == 1000
    freight = sum(row.cost for row in section.freight)
    assert section.figures.cost == pytest.approx(11_024_000 + 5000 + 1000 + freight)


def test_rows_that_are_shown_make_the_totals_that_are_shown(dossier, section):
    page = Page(render_dossier(dossier))
    for table in ("steps", "freight"):
        values, (total,) = page.numbers(table, "value"), page.numbers(table, "sum")
        assert sum(values) == pytest.approx(total, abs=0.5 * len(values))
    *parts, total, per_unit = page.numbers("sums", "n")
    assert sum(parts) == pytest.approx(total, abs=0.5 * len(parts))
    assert per_unit == pytest.approx(section.figures.cost / 1200, abs=0.5)


def test_the_headline_equals_the_rows(section):
    figures, chain = section.figures, section.chain
    spent = dict(section.spending)
    assert figures.imported == sum(r.value for r in section.steps if r.tone == "import") == 2e6
    assert figures.localisation == pytest.approx(1 - 2_000_000 / 11_024_000)
    assert figures.after == pytest.approx(1 - 0.74 * (1 - figures.localisation))
    assert figures.before == pytest.approx(0.26)
    assert figures.cooperation == pytest.approx(spent["member"] / 11_024_000)
    assert sum(spent.values()) == pytest.approx(chain.domestic_value + chain.imported_value)
    assert sum(row.value for row in section.partners) == pytest.approx(chain.made_value)
    assert sum(row.share for row in section.partners) == pytest.approx(
        chain.made_value / 11_024_000
    )
    assert (figures.enterprises, figures.members, figures.interested) == (3, 2, 1)


def test_load_counts_capacity_or_hours(section):
    loads = {row.item: row.load for row in section.steps if row.tone != "import"}
    assert loads["Рама"] == pytest.approx(1.0)  # 800 of 800
    assert loads["Колесо"] == pytest.approx(0.48)  # 4 800 of 10 000
    assert loads["Ось"] == pytest.approx(0.6)  # 0.5 h × 1 200 of 1 000 h
    assert loads["Кресло-коляска"] is None


def test_what_was_not_answered_is_told(section):
    chair = next(row for row in section.steps if row.item == "Кресло-коляска")
    assert chair.certificates_missing == ("ISO 13485",)
    assert chair.notes == (say("report.assumption.capacity-not-stated", "ru"),)
    assert any("Масса не указана" in text and "Ось" in text for text in section.assumptions)
    assert any("8 ₽ за тонно-километр" in text for text in section.assumptions)


def test_an_incomplete_chain_says_so_first(section, dossier):
    assert section.lacking == (f"Мотор, 1{THIN}200{SPACE}шт в год",)
    assert "Цепочка неполная" in render_dossier(dossier)
    assert section.figures.import_today is None


def test_missing_certificates_stand_beside_the_proof(section, dossier):
    assert section.uncertified == ("ООО «Сборка», «Кресло-коляска»: ISO 13485",)
    warned = say("report.verdict.uncertified", "ru", names=section.uncertified[0])
    text = render_dossier(dossier)
    assert text.index(section.verdict) < text.index(warned) < text.index('id="steps-1"')
    several = render_dossier(replace(dossier, results=dossier.results * 2))
    assert several.count(say("report.verdict.uncertified-short", "ru")) == 2


def complete():
    """The wheelchair with a motor to be bought at 100."""
    tables = rows()
    tables["items"][3]["domestic_price"] = 100
    return compose(tables, k=1)


@pytest.mark.parametrize(
    ("stated", "today", "words"),
    [
        # 1 200 chairs at 20 000 apiece, in which 400 frames at 5 000 stay imported; 74 % of both
        ({"item:chair": 0.74}, 17_760_000, "report.state.replaced"),
        ({}, 24_000_000, "report.state.against"),
    ],
)
def test_what_is_replaced_is_part_of_what_is_imported_today(stated, today, words):
    page = render_dossier(Dossier(results=[complete()], stated_import_share=stated))
    cells = [text for _, _, text in Page(page).cells]
    place = cells.index(say(words, "ru"))
    then = 2_000_000 * today / 24_000_000
    shown = [format_money(value, "ru") for value in (today, then, today - then)]
    assert cells[place - 3 : place + 2 : 2] == shown
    assert (f"74{SPACE}%" in cells[place - 4]) == bool(stated)


@pytest.mark.parametrize("stated", [{}, {"item:chair": 0.74}, {"item:chair": 0.01}])
@pytest.mark.parametrize("price", [20_000, 100])
def test_before_and_after_stand_on_the_same_basis(stated, price):
    """Little of the demand is imported, or the chain imports more than it replaces: no minus."""
    tables = rows()
    tables["items"][3]["domestic_price"] = 100
    tables["items"][0]["import_price"] = price
    result = compose(tables, k=1)
    figures = view_section(result, "ru", stated_import_share=stated, explained=()).figures
    share = stated.get("item:chair", 1.0)
    loc = result.chains[0].localisation
    assert figures.import_today == pytest.approx(share * 1200 * price)
    assert figures.import_then == pytest.approx(share * 2_000_000)
    assert figures.after == pytest.approx(1 - share * (1 - loc))
    assert (figures.before or 0) <= figures.after
    cells = [
        text
        for _, _, text in Page(
            render_dossier(Dossier(results=[result], stated_import_share=stated))
        ).cells
    ]
    more = say("report.state.more", "ru")
    assert (more in cells) == (price == 100)
    assert not any(text.startswith("−") for text in cells)


def test_conditions_are_part_of_what_is_asked():
    data = make_dataset(**rows())
    limits = Limits(
        roles=frozenset({Role.MEMBER}),
        require=frozenset({"0000000001"}),
        exclude=frozenset({"0000000002"}),
        max_enterprises=2,
        demand_certificates=True,
    )
    graph = build_graph(data, find_matches(data))
    result = compose_chains(graph, Demand("chair", 1200), limits=limits)
    asked = view_section(result, "ru", stated_import_share={}, explained=()).asked
    assert asked[1:] == (
        "Условия: предприятия только такие: участник; с участием: ООО «Сборка»; "
        "без участия: ООО «Каркас»; не больше предприятий: 2; "
        "только с известными сертификатами",
    )


def test_regions_are_written_in_full(section):
    assert {row.region for row in section.partners} == {
        "Республика Башкортостан",
        "Республика Татарстан",
        "Челябинская область",
    }


@pytest.mark.parametrize(
    ("iso", "name"),
    [
        ("RU-UD", "Удмуртская Республика"),
        ("RU-SA", "Республика Саха (Якутия)"),
        ("RU-MOW", "Москва"),
        ("RU-KEM", "Кемеровская область – Кузбасс"),
        ("RU-NEN", "Ненецкий автономный округ"),
        ("RU-YEV", "Еврейская автономная область"),
    ],
)
def test_region_names_have_no_abbreviations(iso, name):
    assert regions()[iso].name("ru") == name


def test_regions_are_found_by_every_form_of_their_name():
    for iso, region in regions().items():
        forms = (iso, region.name_ru, region.name("ru"), region.name("en"))
        assert {find_region(form) for form in forms} == {iso}


def test_gaps_come_missing_first_with_reasons_and_closers(section):
    motor, frame = section.gaps
    assert (motor.item, motor.tone, motor.closers) == ("Мотор", "missing", ())
    assert motor.reasons == (reason("no-process", "", "ru"),)
    assert frame.reasons == ("ООО «Каркас»: мощность выбрана полностью",)
    assert frame.closers == ("ООО «Каркас» – производит",)


def test_runner_up_tells_what_replaces_a_step_and_what_that_costs(section):
    told = {row.item: row for row in section.alternatives}
    # without the maker, 4 800 wheels are imported at 900
    assert told["Колесо"].replaced_by == ("импорт",)
    assert told["Колесо"].costs[0] == f"Импорт: +4{THIN}320{THIN}000{SPACE}₽"
    assert told["Рама"].replaced_by == (say("report.why.others", "ru"),)
    assert told["Кресло-коляска"].grave
    assert told["Кресло-коляска"].replaced_by == (say("report.why.nobody", "ru"),)
    assert told["Кресло-коляска"].costs == ("ничего не поставляется",)


def test_next_best_chains_name_what_they_do_otherwise(section):
    best, *others = section.rivals
    assert (best.gone, best.come) == ((), ())
    assert others
    assert all(rival.gone for rival in others)
    assert [rival.rank for rival in section.rivals] == [1, 2, 3][: len(section.rivals)]


def test_a_result_alone_makes_a_page(result, tmp_path):
    write_dossier(result, tmp_path / "one.html")
    write_dossier([result], tmp_path / "list.html")
    text = (tmp_path / "one.html").read_text("utf-8")
    assert text == (tmp_path / "list.html").read_text("utf-8")
    assert say("report.why-none", "ru") in text
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["list.html", "one.html"]


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_page_needs_nothing_else(dossier, lang, tmp_path):
    text = render_dossier(dossier, lang=lang)
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not {"src", "style", "onload", "onclick"} & {name for name, _ in page.attributes}
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert str(tmp_path.parent) not in text
    assert "None" not in text
    assert "nan" not in re.findall(r"\w+", text)


def test_links_and_ids_meet(dossier):
    attributes = Page(render_dossier(replace(dossier, results=dossier.results * 2))).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for name, value in attributes if name == "href"} <= set(ids)


def test_the_same_findings_give_the_same_bytes_whatever_the_order_of_rows(dossier):
    tables = {name: list(reversed(table)) for name, table in rows().items()}
    for table, ordered in rows().items():
        for place, row in enumerate(ordered, start=2):
            tables[table][-(place - 1)] = row | {"row": place}
    again = compose(tables)
    other = replace(
        dossier,
        results=[again],
        chains=[explain_alternatives(again)],
        members=recommend_members(again.graph, again.demands, invite=1),
    )
    assert render_dossier(other) == render_dossier(dossier)


def test_texts_of_the_survey_stay_texts():
    hostile = "</title></svg><script>alert('&amp;')</script>\"{{ 7*7 }}"
    tables = rows(name=hostile)
    tables["items"][2]["name_ru"] = hostile
    page = render_dossier(Dossier(results=[compose(tables)], notes=[hostile]))
    assert "script" not in Page(page).tags
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_without_any_chain_the_page_says_why(tmp_path):
    tables = rows()
    tables["offers"] = tables["offers"][1:]
    result = compose(tables)
    assert result.chains == ()
    text = render_dossier(result)
    assert say("report.verdict.none", "ru") in text
    assert reason("no-process", "", "ru") in text
    assert say("report.proof.none", "ru") in render_dossier([result, result])


def test_several_results_get_a_summary_that_equals_their_sections(dossier):
    text = render_dossier(replace(dossier, results=dossier.results * 2))
    assert say("report.summary-note", "ru") in text
    cost = format_money(dossier.results[0].chains[0].cost, "ru")
    assert cost in text[text.index(say("report.summary", "ru")) : text.index('id="product-1"')]


def test_english_pages_speak_english(dossier):
    text = render_dossier(replace(dossier, notes=()), lang="en")
    own = {"Frame"}
    assert "Localisation share" in text
    assert own <= set(re.findall(r"\w+", text))
    for key, phrase in ((row["key"], row["ru"]) for row in read_rows("phrases.csv")):
        if key.startswith("report.") and "{" not in phrase and len(phrase) > 12:
            assert phrase not in text, key


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"results": []}, "Expected at least one result"),
        ({"stated_import_share": {"item:chair": 74}}, r"Expected an import share in \[0, 1\]"),
    ],
)
def test_bad_calls_state_the_rule(dossier, changes, rule):
    with pytest.raises(ValueError, match=rule):
        replace(dossier, **changes)


def test_an_unknown_language_is_refused(result):
    with pytest.raises(ValueError, match="Expected a language of ru, en, found 'de'"):
        render_dossier(result, lang="de")


# --- words ---------------------------------------------------------------------------


def constants(path):
    """Values of the text constants of a module that look like reason codes."""
    for node in ast.parse((PACKAGE / path).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            name, value = node.targets[0].id, node.value.value
            if name.isupper() and isinstance(value, str) and value and not value.endswith(":"):
                yield value


REASONING = (
    "chains/network/assemble.py",
    "chains/network/sourcing.py",
    "chains/network/maximal_structure.py",
    "chains/answer/gap_reasons.py",
    "graph.py",
)
REASONS = sorted({code for path in REASONING for code in constants(path)})
STAGES = sorted([*MEASURES, WEIGHTED])


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_code_has_words(lang):
    assert {
        "nobody-makes",
        "no-process",
        "capacity",
        "price-missing",
        "needs-itself",
        "role",
    } <= set(REASONS)
    assert all(
        "ООО" in reason(c, "ООО", lang) for c in REASONS if c not in {"nobody-makes", "no-process"}
    )
    assert {"shortfall", "cost"} <= set(STAGES)
    assert all(say(f"stage.{name}", lang) for name in STAGES)
    assert all(say(f"report.goal.{name}", lang) for name in GOALS)
    bought = (OperationKind.DOMESTIC, OperationKind.IMPORT, OperationKind.MISSING)
    assert all(say(f"report.kind.{kind}", lang) for kind in bought)


def test_both_languages_fill_the_same_blanks():
    def blanks(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    own = [r for r in read_rows("phrases.csv") if r["key"].startswith(("report.", "reason."))]
    assert [r["key"] for r in own if blanks(r["ru"]) != blanks(r["en"])] == []


def test_every_phrase_of_the_report_is_used():
    sources = [*(PACKAGE / "report").rglob("*.*"), *(PACKAGE / "cli").glob("*.py")]
    text = "".join(path.read_text("utf-8") for path in sources if path.suffix != ".pyc")
    families = ("goal", "kind", "role", "legend", "spending", "assumption", "closer", "flow.group")
    unused = [
        row["key"]
        for row in read_rows("phrases.csv")
        if row["key"].startswith("report.")
        and not re.search(rf"[\"'](report\.)?{re.escape(row['key'][7:])}[\"']", text)
        and row["key"][7:].rpartition(".")[0] not in families
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [
        (2932000.4, f"2{THIN}932{THIN}000{SPACE}₽", f"RUB{SPACE}2,932,000"),
        (-35100, f"−35{THIN}100{SPACE}₽", f"−RUB{SPACE}35,100"),
        (-0.2, f"0{SPACE}₽", f"RUB{SPACE}0"),
    ],
)
def test_money(value, ru, en):
    assert (format_money(value, "ru"), format_money(value, "en")) == (ru, en)


@pytest.mark.parametrize(
    ("value", "ru"),
    [
        (None, "–"),
        (0.0, f"0{SPACE}%"),
        (0.88555, f"88,6{SPACE}%"),
        (1.0, f"100{SPACE}%"),
        (0.99999, f">{SPACE}99,9{SPACE}%"),
        (0.00001, f"<{SPACE}0,1{SPACE}%"),
    ],
)
def test_shares_never_round_to_all_or_nothing(value, ru):
    assert format_share(value, "ru") == ru


def test_numbers_prices_and_quantities():
    assert format_number(1234.5, "ru", digits=2) == f"1{THIN}234,5"
    assert format_number(1200, "en", digits=2) == "1,200"
    assert format_price(2.5, "ru") == f"2,50{SPACE}₽"
    assert format_price(845, "en") == f"RUB{SPACE}845"
    assert format_quantity(580.4, "kg", "ru") == f"580,4{SPACE}кг"
    assert format_money_short(28_274_312, "ru") == f"28,3{SPACE}млн{SPACE}₽"
    assert format_money_short(412, "en") == f"RUB{SPACE}412"


def test_cells_are_grouped_by_sheet():
    cells = ["s.xlsx!Производим!G5", "s.xlsx!Производим!F5", "offers.csv!offers!F12", "a!b!c!D1"]
    assert cell_groups(cells) == ("s.xlsx, Производим: F5, G5", "offers.csv: F12", "a!b, c: D1")


# --- drawings ------------------------------------------------------------------------


def test_diagram_links_parts_to_wholes(result):
    diagram = chain_diagram(result.chains[0], Names(result, "ru"))
    assert set(diagram.links) == {
        (f"item:{part}", "item:chair") for part in ("frame", "wheel", "motor", "axle", "nut")
    }
    frame = next(box for box in diagram.boxes if box.id == "item:frame")
    assert (frame.tone, [line.tone for line in frame.lines]) == ("mixed", ["member", "import"])
    axle = next(box for box in diagram.boxes if box.id == "item:axle")
    assert axle.lines[0].learning


def test_phantoms_are_looked_through_and_turnkey_has_no_parts():
    tables = rows()
    tables["items"] += [{"item": "kit", "name_ru": "Набор", "kind": "phantom", "unit": "set"}]
    tables["bom"][-1] = {"item": "kit", "component": "nut", "quantity": 8}
    tables["bom"] += [{"item": "chair", "component": "kit", "quantity": 1}]
    result = compose(tables, k=1)
    links = chain_diagram(result.chains[0], Names(result, "ru")).links
    assert ("item:nut", "item:chair") in links
    tables["offers"][0]["alternative"] = "turnkey"
    result = compose(tables, k=1)
    assert chain_diagram(result.chains[0], Names(result, "ru")).links == ()


def test_many_small_purchases_share_a_box():
    tables = rows()
    for number in range(20):
        tables["items"].append(
            {
                "item": f"part-{number}",
                "name_ru": f"Деталь {number}",
                "kind": "component",
                "unit": "pcs",
                "domestic_price": 1,
            }
        )
        tables["bom"].append({"item": "chair", "component": f"part-{number}", "quantity": 1})
    result = compose(tables, k=1)
    diagram = chain_diagram(result.chains[0], Names(result, "ru"))
    group = next(box for box in diagram.boxes if "+" in box.id)
    assert group.title == "Рынок РФ, позиций: 21"
    assert group.lines[-1].text == "и ещё 16"
    assert (group.id, "item:chair") in diagram.links
    assert len(diagram.boxes) == 6


def box(id, title="Колесо приводное 24 дюйма с обручем", lines=1):
    maker = Line("ООО «Самарское колесо» длинное имя", "2 400 шт", "member")
    return Box(id, title, "member", (maker,) * lines, "")


@st.composite
def diagrams(draw):
    """Up to 40 boxes, each but the first going into some earlier one; now and then a loop."""
    number = draw(st.integers(1, 40))
    boxes = tuple(box(f"b{n}", lines=draw(st.integers(1, 3))) for n in range(number))
    links = {
        (f"b{n}", f"b{whole}")
        for n in range(1, number)
        for whole in draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3))
    }
    if number > 2 and draw(st.booleans()):
        links.add(("b1", f"b{number - 1}"))
    return Diagram(boxes, tuple(sorted(links)))


@given(diagrams())
@settings(max_examples=60, deadline=None)
def test_boxes_never_overlap_and_links_pass_beside_them(diagram):
    arranged = arrange(diagram)
    assert len(arranged.boxes) == len(diagram.boxes)
    for one in arranged.boxes:
        assert one.top >= -1e-6
        assert one.top + one.height <= arranged.height + 1e-6
        assert 0 <= one.left <= arranged.width - WIDTH
        for other in arranged.boxes:
            if one is not other and one.left == other.left:
                apart = one.top - other.top - other.height, other.top - one.top - one.height
                assert max(apart) > 5
    for path in arranged.paths:
        for (x, y), (next_x, next_y) in zip(path.points[1:-1:2], path.points[2:-1:2], strict=True):
            assert (y, next_x - x) == (next_y, WIDTH)
            assert not any(b.left == x and b.top < y < b.top + b.height for b in arranged.boxes)


def test_the_product_stands_on_the_right_and_parts_to_its_left():
    boxes = tuple(box(name) for name in ("chair", "frame", "tube"))
    arranged = arrange(Diagram(boxes, (("frame", "chair"), ("tube", "frame"), ("tube", "chair"))))
    lefts = [placed.left for placed in arranged.boxes]
    assert lefts == sorted(lefts, reverse=True)
    assert len(set(lefts)) == 3


@given(st.text(min_size=1, max_size=120), st.integers(1, 3))
def test_wrapped_text_fits(text, lines):
    wrapped = wrap(text, 150, 12, lines)
    assert len(wrapped) <= lines
    assert all(text_width(line, 12) <= 150 or line == "…" for line in wrapped)


def test_no_phrase_has_two_meanings():
    keys = [row["key"] for row in read_rows("phrases.csv")]
    assert len(keys) == len(set(keys))
