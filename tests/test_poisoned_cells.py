"""A number that no industry has is an issue at its cell; the answer is as without it."""

from shutil import copy

import pytest

POISONED = {
    "Можем производить.csv": (
        "ИНН;Передел;Материалы;Свободно, ч/мес.;Ставка, руб./ч без НДС\n"
        "0002000052;литьё под давлением;полипропилен;{};{}\n",
        ("1e308", "1000"),
        ("120", "1e308"),
        ("1e308", "1e308"),
    ),
    "Производим.csv": (
        "ИНН;Продукция;Цена, руб./ед. без НДС;Мощность, ед./мес.\n"
        "0002000052;Костыли с опорой под локоть;{};{}\n",
        ("1e308", "1000"),
        ("1000", "1e308"),
        ("1e-300", "1000"),
    ),
}
CASES = [(name, cells) for name, (_, *poisons) in POISONED.items() for cells in poisons]


@pytest.mark.parametrize(("name", "cells"), CASES)
def test_a_poisoned_cell_is_named_and_changes_no_chain(run, here, imported_demo, name, cells):
    database = copy(imported_demo, here / "demo.db")
    before = run("recommend", "chains", database, "crutches", "--json")
    (here / name).write_text(POISONED[name][0].format(*cells), encoding="utf-8")
    assert run("import", database, here / name).code == 1
    found = run("issues", database, "--json").document["issues"]
    named = [one for one in found if one["code"] == "value-out-of-bounds"]
    assert [one["value"].replace("e+", "e") for one in named] == [c for c in cells if "e" in c]
    assert all(one["file"] == name and one["row"] == 2 and one["column"] for one in named)
    assert all("it takes" in one["message"] and one["fix"] for one in named)
    after = run("recommend", "chains", database, "crutches", "--json")
    assert after.code == before.code
    told, known = (sound(one.document["result"]) for one in (after, before))
    assert told == known


def sound(result):
    """What a result says but for its conditions, of which the row that waits is one."""
    if isinstance(result, dict):
        named = {"conditions", "certain"}
        return {key: sound(value) for key, value in result.items() if key not in named}
    return [sound(one) for one in result] if isinstance(result, list) else result
