"""Waiting: a row that an error keeps in quarantine is not gone, and nobody deletes it."""

from __future__ import annotations

import pytest

from matchmaker.errors import StoreError
from matchmaker.store import Store
from tests.test_blanks import FIRM, FIRMS, give

HEAD = "ИНН;Продукция;Мощность;Цена\n"
FRAME, FORK = f"{FIRM};Рама;5;120\n", f"{FIRM};Вилка;7;50\n"
BAD_FRAME = f"{FIRM};Рама;5;≈120\n"


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "a.db", create=True) as found:
        give(found, tmp_path, enterprises=FIRMS, offers=HEAD + FRAME + FORK)
        yield found


def offer_id(store, product):
    frame = store.snapshot().table("offers")
    return str(frame.loc[frame["product"] == product, "id"].iloc[0])


@pytest.mark.parametrize(
    "rows",
    [BAD_FRAME + FORK, FORK + BAD_FRAME, FORK + BAD_FRAME.replace("Рама", " РАМА ")],
    ids=["at its place", "with its key", "with its key in capitals"],
)
def test_a_row_that_waits_with_an_error_is_not_left_out(store, tmp_path, rows):
    added = give(store, tmp_path, offers=HEAD + rows)
    assert (added.quarantined, added.left_out) == (1, 0)
    assert store.left_out() == []


def test_a_row_that_waits_is_stored_with_its_key(store, tmp_path):
    number = "ИНН " + FIRM
    give(store, tmp_path, offers=HEAD + BAD_FRAME.replace(FIRM, number) + FORK)
    key = {"enterprise": FIRM, "product": "Рама", "item": None, "alternative": None}
    assert [row.key for row in store.quarantine()] == [key]


def test_a_row_that_waits_is_known_by_its_place_where_its_key_is_wrong(store, tmp_path):
    wrong = f"{FIRM};#REF!;5;120\n"
    assert give(store, tmp_path, offers=HEAD + wrong + FORK).left_out == 0
    assert [row.key for row in store.quarantine()] == [None]


def test_a_row_that_waits_without_naming_its_firm_is_of_its_file(store, tmp_path):
    nameless = BAD_FRAME.removeprefix(FIRM)
    assert give(store, tmp_path, offers=HEAD + FORK + nameless).left_out == 0


def test_what_is_gone_beside_a_row_that_waits_is_left_out(store, tmp_path):
    axle = f"{FIRM};Ось;1;9\n"
    give(store, tmp_path, offers=HEAD + FRAME + FORK + axle)
    give(store, tmp_path, offers=HEAD + FORK + BAD_FRAME)
    assert [row.id for row in store.left_out()] == [offer_id(store, "Ось")]


def test_a_row_that_waits_is_dropped_by_no_id(store, tmp_path):
    give(store, tmp_path, offers=HEAD + FORK + BAD_FRAME)
    id = offer_id(store, "Рама")
    with pytest.raises(StoreError, match=r"waits with an error at offers\.csv!offers!3"):
        store.drop([id])
    give(store, tmp_path, offers=HEAD + FORK)
    assert store.drop([id]) == 1


def test_a_row_left_out_that_comes_back_with_an_error_waits(store, tmp_path):
    give(store, tmp_path, offers=HEAD + FORK)
    assert [row.id for row in store.left_out()] == [offer_id(store, "Рама")]
    give(store, tmp_path, offers=HEAD + FORK + BAD_FRAME)
    assert store.left_out() == []


def test_a_row_of_the_catalogue_waits_too(tmp_path):
    head, axle = "Код;Наименование;Вид;Ед. изм.\n", "axle;Ось;деталь;шт\n"
    with Store(tmp_path / "b.db", create=True) as store:
        give(store, tmp_path, items=f"{head}wheel;Колесо;деталь;шт\n{axle}")
        give(store, tmp_path, items=f"{head}{axle}wheel;Колесо;что-то;шт\n")
        assert [row.row for row in store.quarantine()] == [3]
        assert store.left_out() == []
