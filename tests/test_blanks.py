"""An empty cell says nothing: it takes no earlier answer back, whatever file it stands in."""

from __future__ import annotations

import openpyxl
import pytest
from click.testing import CliRunner

from matchmaker.cli.main import cli as main
from matchmaker.store import Store
from matchmaker.survey import read_survey

FIRM = "0299000011"
FIRMS = f"ИНН;Предприятие;Роль;Город\n{FIRM};Вымысел;участник;Уфа\n"
ITEMS = "Код;Наименование;Вид;Ед. изм.\nwheel;Колесо;деталь;шт\naxle;Ось;деталь;шт\n"
ASKED = "ИНН;Код номенклатуры;Можете поставлять?;Цена;Мощность;Примечание\n"
YES = f"{ASKED}{FIRM};wheel;да;10;5;склад\n{FIRM};axle;нет;;;\n"


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "a.db", create=True) as found:
        yield found


def give(store, folder, **files):
    """Import texts as CSV files; the name of a table, `_` and anything name a file of it."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    paths = [folder / f"{name}.csv" for name in files]
    return store.add(*read_survey(*paths, known=store.known()))


def answers(store):
    frame = store.snapshot().table("answers").set_index("item")
    names = ["answer", "price", "capacity", "comment"]
    return frame[names].astype(object).where(frame[names].notna(), None).T.to_dict("list")


def test_a_blank_call_sheet_takes_no_yes_back(store, tmp_path):
    give(store, tmp_path, enterprises=FIRMS, items=ITEMS, answers=YES)
    before = answers(store)
    assert before == {"wheel": ["yes", 10, 60, "склад"], "axle": ["no", None, None, None]}
    blank = f"{ASKED}{FIRM};wheel;;;;\n{FIRM};axle;;;;\n"
    for name in ("answers", "answers_2"):
        added = give(store, tmp_path, **{name: blank})
        assert answers(store) == before
        assert (added.tables["answers"].changed, added.changed_values) == (0, 0)
    assert added.kept_values == 5
    assert store.changes() == []
    assert store.left_out() == []


def test_a_new_answer_keeps_what_it_is_silent_about_with_its_own_cell(store, tmp_path):
    give(store, tmp_path, enterprises=FIRMS, items=ITEMS, answers=YES)
    newer = f"{ASKED}{FIRM};wheel;;12;;\n"
    added = give(store, tmp_path, answers_2=newer)
    assert answers(store)["wheel"] == ["yes", 12, 60, "склад"]
    assert (added.changed_values, added.kept_values) == (1, 3)
    data, id = store.snapshot(), f"answer:{FIRM}:wheel"
    assert str(data.cell("answers", id, "price")) == "answers_2.csv!answers_2!D2"
    assert str(data.cell("answers", id, "answer")) == "answers.csv!answers!C2"
    assert (give(store, tmp_path, answers_2=newer).changed_values, len(store.changes())) == (0, 1)
    assert str(store.snapshot().cell("answers", id, "answer")) == "answers.csv!answers!C2"


def test_what_was_kept_and_then_changed_has_its_own_cell_in_the_history(store, tmp_path):
    give(store, tmp_path, enterprises=FIRMS, items=ITEMS, answers=YES)
    give(store, tmp_path, answers_2=f"{ASKED}{FIRM};wheel;;12;;\n")
    give(store, tmp_path, answers_3=f"{ASKED}{FIRM};wheel;нет;;;\n")
    assert answers(store)["wheel"] == ["no", 12, 60, "склад"]
    cells = {change.field: change.cell for change in store.changes()}
    assert cells == {"price": "answers.csv!answers!D2", "answer": "answers.csv!answers!C2"}
    data, id = store.snapshot(), f"answer:{FIRM}:wheel"
    assert str(data.cell("answers", id, "answer")) == "answers_3.csv!answers_3!C2"
    assert str(data.cell("answers", id, "price")) == "answers_2.csv!answers_2!D2"


@pytest.mark.parametrize("dash", ["-", "–", "н/д", "n/a"])
def test_a_dash_takes_an_answer_back(store, tmp_path, dash):
    give(store, tmp_path, enterprises=FIRMS, items=ITEMS, answers=YES)
    give(store, tmp_path, answers=f"{ASKED}{FIRM};wheel;{dash};{dash};;\n{FIRM};axle;нет;;;\n")
    assert answers(store)["wheel"] == [None, None, 60, "склад"]
    assert {(c.field, c.before, c.after) for c in store.changes()} == {
        ("answer", "yes", None),
        ("price", 10.0, None),
    }


def test_a_default_is_no_answer(store, tmp_path):
    made = "ИНН;Продукция;Ед. изм.;Цена;Мин. заказ\n{firm};Втулка;{unit};{price};{least}\n"
    first = made.format(firm=FIRM, unit="кг", price=10, least=5)
    give(store, tmp_path, enterprises=FIRMS, offers=first)
    give(store, tmp_path, offers=made.format(firm=FIRM, unit="", price=11, least=""))
    give(store, tmp_path, offers_2=f"ИНН;Продукция;Цена\n{FIRM};Втулка;12\n")
    row = store.snapshot().table("offers").iloc[0]
    assert (row["unit"], row["price"], row["minimum_order"]) == ("kg", 12, 5)


def test_a_price_that_is_kept_is_not_asked_for(store, tmp_path):
    made = "ИНН;Продукция;Цена;Мощность\n{firm};Втулка;{price};{most}\n{firm};Обод;;1\n"
    give(store, tmp_path, enterprises=FIRMS, offers=made.format(firm=FIRM, price=10, most=5))
    give(store, tmp_path, offers=made.format(firm=FIRM, price="", most=6))
    assert [(issue.code, issue.row) for issue in store.issues()] == [("price-missing", 3)]


def test_dropped_rows_forget_what_they_kept(store, tmp_path):
    give(store, tmp_path, enterprises=FIRMS, items=ITEMS, answers=YES)
    give(store, tmp_path, answers=f"{ASKED}{FIRM};wheel;;12;;\n{FIRM};axle;;;;\n")
    give(store, tmp_path, answers=f"{ASKED}{FIRM};axle;;;;\n")
    assert [row.id for row in store.left_out()] == [f"answer:{FIRM}:wheel"]
    store.drop([f"answer:{FIRM}:wheel"])
    assert {c.field: c.cell for c in store.changes() if c.after is None}["answer"] == (
        "answers.csv!answers!C2"
    )
    give(store, tmp_path, answers_2=YES.replace("склад", ""))
    data = store.snapshot()
    cell = data.cell("answers", f"answer:{FIRM}:wheel", "answer")
    assert str(cell) == "answers_2.csv!answers_2!C2"
    assert answers(store)["wheel"] == ["yes", 10, 60, None]


def test_the_call_sheet_of_a_firm_comes_back_empty_and_says_no_more(tmp_path):
    """A supplier's yes outlives the next call sheet, which nobody filled in but its head."""
    for name, text in (("enterprises", FIRMS), ("items", ITEMS), ("answers", YES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    bom = "Изделие;Вариант;Составная часть;Количество на единицу\nwheel;;axle;1\n"
    (tmp_path / "bom.csv").write_text(bom, encoding="utf-8")
    db, sheet = str(tmp_path / "b.db"), tmp_path / "sheet.xlsx"
    run = CliRunner().invoke
    run(main, ["init", db], catch_exceptions=False)
    files = [str(tmp_path / f"{n}.csv") for n in ("enterprises", "items", "bom", "answers")]
    assert run(main, ["import", db, *files]).exit_code == 0
    made = run(main, ["template", str(sheet), "--products", "wheel", "--db", db, "--lang", "ru"])
    assert made.exit_code == 0, made.output
    book = openpyxl.load_workbook(sheet)
    head = next(
        row[0].row for row in book["Предприятия"].iter_rows() if row[0].value in {"ИНН", "ИНН *"}
    )
    for column, value in enumerate((FIRM, "Вымысел", "участник"), 1):
        book["Предприятия"].cell(head + 1, column, value)
    book.save(sheet)
    done = run(main, ["import", db, str(sheet), "--lang", "ru"])
    assert done.exit_code == 0, done.output
    assert "Прочерк" in done.output
    with Store(db) as store:
        assert answers(store)["wheel"][:2] == ["yes", 10]
        assert answers(store)["axle"][0] == "no"
