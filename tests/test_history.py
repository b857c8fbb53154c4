"""Earlier answers: what a newer one contradicts, what it leaves out, and what is kept beside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from matchmaker.errors import StoreError
from matchmaker.store import Counts, Store
from matchmaker.survey import read_survey
from tests.test_store import FIRM, OTHER, dump, firm, item, offer, survey

MAY, JUNE, JULY = (datetime(2026, month, 1, 12, tzinfo=UTC) for month in (5, 6, 7))

SOUND = "0299000011"
FIRMS = f"ИНН;Предприятие;Роль;Город;Отдел\n{SOUND};ООО «Вымысел»;участник;Уфа;сбыт\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cluster.db"


@pytest.fixture
def store(path):
    with Store(path, create=True) as opened:
        yield opened


def full(**more):
    return survey(enterprises=[firm()], items=[item()], **more)


def test_a_corrected_value_leaves_the_earlier_one_with_its_place_and_time(store):
    store.add(full(offers=[offer(price=100.0)]), time=MAY)
    added = store.add(full(sha256="01", offers=[offer(price=90.0, row=5)]), time=JUNE)
    assert added.tables["offers"] == Counts(0, 1, 0, changed_values=1)
    assert (added.changed_values, added.left_out) == (1, 0)
    (change,) = store.changes()
    assert (change.table, change.field, change.before, change.after) == (
        "offers",
        "price",
        100.0,
        90.0,
    )
    assert (change.cell, change.time) == ("a.xlsx!offers!2", "2026-05-01T12:00:00Z")
    assert (change.source, change.since) == ("a.xlsx!offers!5", "2026-06-01T12:00:00Z")


def test_the_same_file_twice_changes_nothing_even_later(store, path):
    given = full(offers=[offer()])
    store.add(given, time=MAY)
    content = dump(path)
    added = store.add(given, time=JULY)
    assert dump(path) == content
    assert (added.changed_values, added.left_out) == (0, 0)


def test_a_file_that_goes_back_to_an_older_content_is_a_new_edition(store):
    prices = (("00", 100.0, MAY), ("01", 90.0, JUNE), ("00", 100.0, JULY))
    for sha256, price, time in prices:
        store.add(full(sha256=sha256, offers=[offer(price=price)]), time=time)
    assert [(c.before, c.after) for c in store.changes()] == [(100.0, 90.0), (90.0, 100.0)]
    assert [c.time[5:7] for c in store.changes()] == ["05", "06"]


def test_equal_inputs_at_equal_times_make_equal_databases(tmp_path):
    moscow = timezone(timedelta(hours=3))
    for name, zone in (("one.db", UTC), ("other.db", moscow)):
        with Store(tmp_path / name, create=True) as store:
            store.add(full(offers=[offer()]), time=MAY.astimezone(zone))
            store.add(full(sha256="01", offers=[offer(price=1.0)]), time=JUNE.astimezone(zone))
    assert dump(tmp_path / "one.db") == dump(tmp_path / "other.db")


def test_a_time_without_a_zone_is_refused(store):
    with pytest.raises(ValueError, match="with its zone"):
        store.add(full(), time=datetime(2026, 5, 1))


def test_an_answer_of_another_file_contradicts_too(store):
    store.add(full(offers=[offer(price=100.0)]), time=MAY)
    store.add(survey("b.xlsx", offers=[offer(price=80.0)]), time=JUNE)
    (change,) = store.changes([f"firm:{FIRM}"])
    assert (change.cell, change.source) == ("a.xlsx!offers!2", "b.xlsx!offers!2")
    assert store.left_out() == []


def test_changes_are_told_of_the_rows_asked_for(store):
    both = [firm(), firm(OTHER)]
    store.add(survey(enterprises=both, items=[item()], offers=[offer()]), time=MAY)
    newer = [firm(city="Уфа"), firm(OTHER, city="Казань")]
    store.add(
        survey(sha256="01", enterprises=newer, items=[item()], offers=[offer(price=1.0)]),
        time=JUNE,
    )
    assert len(store.changes()) == 3
    assert {change.field for change in store.changes([f"firm:{FIRM}"])} == {"city", "price"}
    (own,) = store.changes([f"firm:{OTHER}"])
    assert (own.before, own.after) == (None, "Казань")


def test_rows_that_a_newer_edition_leaves_out_are_noticed_and_kept(store):
    store.add(full(offers=[offer(), offer(product="Обод")]), time=MAY)
    added = store.add(full(sha256="01", offers=[offer()]), time=JUNE)
    assert added.left_out == 1
    (row,) = store.left_out()
    assert (row.table, row.enterprise, row.row, row.time, row.since) == (
        "offers",
        FIRM,
        3,
        "2026-05-01T12:00:00Z",
        "2026-06-01T12:00:00Z",
    )
    assert len(store.snapshot().table("offers")) == 2


def test_an_edition_without_the_sheet_leaves_nothing_out(store):
    store.add(full(offers=[offer()]), time=MAY)
    store.add(survey(sha256="01", enterprises=[firm()]), time=JUNE)
    assert store.left_out() == []


def test_another_firm_under_the_same_file_name_replaces_nothing(store):
    store.add(survey(enterprises=[firm()]), time=MAY)
    store.add(survey(sha256="01", enterprises=[firm(OTHER)]), time=JUNE)
    assert store.left_out() == []


def test_a_row_that_comes_back_is_left_out_no_more(store):
    rows = [offer(), offer(product="Обод")]
    for sha256, offers in (("00", rows), ("01", rows[:1]), ("02", rows)):
        store.add(full(sha256=sha256, offers=offers), time=MAY)
    assert store.left_out() == []


def test_what_is_left_out_can_be_dropped_and_stays_in_the_history(store):
    store.add(full(offers=[offer(), offer(product="Обод", price=70.0)]), time=MAY)
    store.add(full(sha256="01", offers=[offer()]), time=JUNE)
    (row,) = store.left_out()
    assert store.drop([row.id], time=JULY) == 1
    assert store.left_out() == []
    assert store.snapshot().table("offers")["product"].tolist() == ["Колесо"]
    gone = {change.field: change for change in store.changes()}
    assert (gone["price"].before, gone["price"].after, gone["price"].source) == (70.0, None, "")
    assert gone["price"].since == "2026-07-01T12:00:00Z"


def test_only_what_is_left_out_can_be_dropped(store):
    store.add(full(offers=[offer()]))
    with pytest.raises(StoreError, match="not left out"):
        store.drop([store.snapshot().table("offers")["id"][0]])


def test_a_row_that_others_refer_to_is_not_dropped(store):
    store.add(survey(enterprises=[firm(), firm(OTHER)], items=[item()], offers=[offer()]))
    store.add(survey(sha256="01", enterprises=[firm(OTHER)]))
    with pytest.raises(StoreError, match=f"refers to the enterprise '{FIRM}'"):
        store.drop([f"firm:{FIRM}"])
    assert len(store.snapshot().table("enterprises")) == 2


def test_columns_of_the_sender_are_kept_beside_the_row(tmp_path, store):
    path = tmp_path / "Предприятия.csv"
    path.write_text(FIRMS.replace("сбыт", "сбыт и снабжение"), encoding="utf-8")
    store.add(*read_survey(path), time=MAY)
    time, own = store.place(f"firm:{SOUND}")
    assert time == "2026-05-01T12:00:00Z"
    assert own == [("Отдел", "Предприятия.csv!Предприятия!E2", "сбыт и снабжение")]


@pytest.mark.parametrize(
    "bad", ["=cmd|'/c calc'!A1", "сбыт\x07", "сбыт\u202e", "#REF!", "х" * 6000]
)
def test_nothing_harmful_is_kept_from_columns_of_the_sender(tmp_path, store, bad):
    path = tmp_path / "Предприятия.csv"
    path.write_text(FIRMS.replace("сбыт", bad), encoding="utf-8")
    store.add(*read_survey(path))
    assert store.place(f"firm:{SOUND}")[1] == []
