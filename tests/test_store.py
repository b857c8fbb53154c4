"""Store: what goes in comes out, twice is once, and nothing is ever half there."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaker.codebook import Table, row_ids, tables
from matchmaker.errors import (
    StoreError,
    StoreLockedError,
    UnknownItemError,
    UnknownNameError,
)
from matchmaker.model import Issue, Quarantined, Severity, SourceFile, SourceSheet, Survey
from matchmaker.store import Added, Counts, Store
from matchmaker.store.database import file as database
from matchmaker.store.database.schema import EDITION
from matchmaker.survey import Known

FIRM, OTHER = "0274000000", "7707083893"


def frame(table: str, rows: list[dict], file: str = "a.xlsx") -> pd.DataFrame:
    """Rows as the survey room hands them on; a row may say where it stands."""
    columns = [field.name for field in tables()[table].fields]
    placed = [
        {"file": file, "sheet": table, "row": line} | row for line, row in enumerate(rows, start=2)
    ]
    made = pd.DataFrame(placed, columns=[*columns, "file", "sheet", "row"], dtype=object)
    numeric = {field.name: "float64" for field in tables()[table].fields if field.numeric}
    return made.where(made.notna(), None).astype(numeric | {"row": "int64"})


def survey(file: str = "a.xlsx", sha256: str = "00", quarantine=(), **rows: list[dict]) -> Survey:
    return Survey(
        (SourceFile(file, sha256),),
        tuple(SourceSheet(file, name, name, {tables()[name].fields[0].name: "A"}) for name in rows),
        {name: frame(name, rows[name], file) for name in rows},
        tuple(quarantine),
    )


def firm(key: str = FIRM, **more) -> dict:
    return {"enterprise": key, "name": f"ООО «{key}» (вымышлено)", "role": "member"} | more


def item(key: str = "wheel", **more) -> dict:
    return {"item": key, "name_ru": "Колесо", "kind": "component", "unit": "pcs"} | more


def offer(**more) -> dict:
    return {"enterprise": FIRM, "product": "Колесо", "item": "wheel", "price": 100.0} | more


def small() -> Survey:
    """One maker of one wheel."""
    return survey(enterprises=[firm()], items=[item()], offers=[offer()])


def issue(file: str = "a.xlsx", row: int = 3, code: str = "value-number", **details) -> Issue:
    return Issue(code, Severity.ERROR, file, "offers", row, "F", "сто", details)


def bad_row(file: str = "a.xlsx", row: int = 3) -> Quarantined:
    return Quarantined(file, "offers", row, "offers", {"Цена": "сто", "ИНН": FIRM})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cluster.db"


@pytest.fixture
def store(path):
    with Store(path, create=True) as opened:
        yield opened


def dump(path) -> list[str]:
    """Everything in the file, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def expected(table: Table, given: pd.DataFrame) -> pd.DataFrame:
    """What the snapshot has to show of a survey frame."""
    made = given.copy()
    made.insert(0, "id", pd.Series(row_ids(table, given), dtype=object))
    return made.sort_values("id", ignore_index=True)


def assert_same(one: Mapping[str, pd.DataFrame], other: Mapping[str, pd.DataFrame]) -> None:
    assert list(one) == list(other)
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name])


def test_a_survey_comes_out_as_it_went_in(store):
    added = store.add(small())
    data = store.snapshot()
    assert added == Added(
        {name: Counts(1, 0, 0) for name in ("enterprises", "offers", "items")}, 0, 0
    )
    assert list(data.frames) == list(tables())
    for name, made in small().frames.items():
        pd.testing.assert_frame_equal(data.table(name), expected(tables()[name], made))
    assert str(data.cell("offers", data.table("offers")["id"][0], "enterprise")) == (
        "a.xlsx!offers!A2"
    )


def test_an_empty_store_has_every_column_in_its_type(store):
    data = store.snapshot()
    for name, table in tables().items():
        found = data.table(name)
        names = [field.name for field in table.fields]
        assert list(found) == ["id", *names, "file", "sheet", "row"]
        types = {field.name: "float64" if field.numeric else "object" for field in table.fields}
        assert {name: str(found[name].dtype) for name in names} == types
        assert [str(found[name].dtype) for name in ("id", "row")] == ["object", "int64"]
        assert found.empty


def test_missing_numbers_are_nan_and_missing_texts_none(store):
    store.add(survey(enterprises=[firm(city=None, involvement_cost=None)]))
    row = store.snapshot().table("enterprises").iloc[0]
    assert row["city"] is None
    assert pd.isna(row["involvement_cost"])
    assert row["involvement_cost"] is not None


def test_frames_of_other_string_types_are_welcome(store, tmp_path):
    """pandas 3 makes `str` columns with NaN; they mean the same."""
    given = small()
    typed = {name: made.convert_dtypes() for name, made in given.frames.items()}
    store.add(given)
    with Store(tmp_path / "typed.db", create=True) as other:
        other.add(Survey(given.files, given.sheets, typed))
        assert_same(other.snapshot().frames, store.snapshot().frames)


texts = st.none() | st.text(max_size=6)
numbers = st.none() | st.floats(-1e9, 1e9)


@st.composite
def surveys(draw):
    """Sound surveys: distinct keys, references that lead somewhere."""
    firms = draw(st.lists(st.from_regex(r"[0-9]{10}", fullmatch=True), min_size=1, unique=True))
    items = draw(st.lists(st.from_regex(r"[a-z]{1,3}", fullmatch=True), min_size=1, unique=True))
    enterprises = [firm(key, city=draw(texts), involvement_cost=draw(numbers)) for key in firms]
    catalogue = [item(key, synonyms=draw(texts), mass=draw(numbers)) for key in items]
    offers = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "enterprise": st.sampled_from(firms),
                    "item": st.none() | st.sampled_from(items),
                    "product": st.text(),
                    "alternative": texts,
                    "price": numbers,
                    "comment": texts,
                }
            ),
            unique_by=lambda row: row_ids(tables()["offers"], {k: [row[k]] for k in row})[0],
        )
    )
    return survey(enterprises=enterprises, items=catalogue, offers=offers)


@settings(deadline=None, max_examples=12)
@given(given=surveys())
def test_any_survey_comes_out_as_it_went_in_and_twice_is_once(tmp_path_factory, given):
    path = tmp_path_factory.mktemp("any") / "cluster.db"
    with Store(path, create=True) as store:
        store.add(given)
        first, content = store.snapshot(), dump(path)
        again = store.add(given)
        assert_same(store.snapshot().frames, first.frames)
        assert dump(path) == content
    for name, made in given.frames.items():
        pd.testing.assert_frame_equal(first.table(name), expected(tables()[name], made))
        assert again.tables[name] == Counts(0, 0, len(made))


@settings(deadline=None, max_examples=12)
@given(given=surveys(), seed=st.integers(0, 99))
def test_row_order_changes_nothing(tmp_path_factory, given, seed):
    folder = tmp_path_factory.mktemp("order")
    mixed = {name: made.sample(frac=1, random_state=seed) for name, made in given.frames.items()}
    backwards = Survey(given.files, given.sheets[::-1], dict(reversed(mixed.items())))
    found = [issue(row=row) for row in range(4)]
    with Store(folder / "one.db", create=True) as store:
        store.add(given, found)
    with Store(folder / "other.db", create=True) as store:
        store.add(backwards, found[::-1])
    assert dump(folder / "one.db") == dump(folder / "other.db")


def test_a_corrected_file_changes_its_rows_and_keeps_the_others(store):
    store.add(survey(enterprises=[firm()], items=[item()], offers=[offer(), offer(product="Обод")]))
    better = survey(sha256="01", offers=[offer(product="Спица"), offer(price=90.0)])
    assert store.add(better).tables == {"offers": Counts(1, 1, 0, changed_values=1)}
    offers = store.snapshot().table("offers").set_index("product")
    assert offers["price"].to_dict() == {"Колесо": 90.0, "Обод": 100.0, "Спица": 100.0}
    assert offers["row"].to_dict() == {"Колесо": 3, "Обод": 3, "Спица": 2}


def test_a_row_that_only_moved_is_unchanged_but_found_where_it_stands(store):
    store.add(small())
    assert store.add(survey(offers=[offer(row=9)])).tables == {"offers": Counts(0, 0, 1)}
    assert store.add(survey("b.xlsx", offers=[offer()])).tables == {"offers": Counts(0, 0, 1)}
    assert store.snapshot().table("offers")[["file", "row"]].to_numpy().tolist() == [["b.xlsx", 2]]


def test_a_value_taken_back_becomes_missing(store):
    store.add(small())
    store.add(survey(offers=[offer(price=None, comment="по запросу")]))
    row = store.snapshot().table("offers").iloc[0]
    assert pd.isna(row["price"])
    assert row["comment"] == "по запросу"


def test_findings_come_back_by_place(store):
    found = [issue(row=4), issue(row=3, allowed="шт"), issue(row=0)]
    kept_out = [bad_row(row=5), bad_row(row=4)]
    added = store.add(survey(enterprises=[firm()], quarantine=kept_out), found)
    assert (added.quarantined, added.issues) == (2, 3)
    assert store.issues() == [found[2], found[1], found[0]]
    assert store.quarantine() == kept_out[::-1]
    assert isinstance(store.issues()[0].severity, Severity)
    assert list(store.quarantine()[0].raw) == ["Цена", "ИНН"]


def test_a_corrected_file_replaces_its_own_findings_only(store, path):
    for name in ("a.xlsx", "b.xlsx"):
        store.add(survey(name, quarantine=[bad_row(name)]), [issue(name)])
    content = dump(path)
    store.add(survey("a.xlsx", quarantine=[bad_row("a.xlsx")]), [issue("a.xlsx")])
    assert dump(path) == content
    store.add(survey("a.xlsx"))
    assert [found.file for found in store.issues()] == ["b.xlsx"]
    assert [row.file for row in store.quarantine()] == ["b.xlsx"]


def test_an_import_says_what_came_in_and_how_to_go_on(store):
    assert str(store.add(small())).splitlines() == [
        "enterprises: 1 new, 0 changed, 0 unchanged rows",
        "offers: 1 new, 0 changed, 0 unchanged rows",
        "items: 1 new, 0 changed, 0 unchanged rows",
        "Go on with store.snapshot().",
    ]
    cheaper = survey(sha256="01", offers=[offer(price=90.0)], quarantine=[bad_row(row=9)])
    store.add(survey(sha256="02", offers=[offer(), offer(product="Обод")]))
    assert str(store.add(cheaper, [issue()])).splitlines() == [
        "offers: 0 new, 1 changed, 0 unchanged rows",
        "answers changed: 1 (store.changes() has the earlier ones)",
        "rows with errors: 1 (store.quarantine(); correct and import again)",
        "issues: 1 (store.issues())",
        "rows left out: 1 (store.left_out(); store.drop(ids) deletes them)",
        "Go on with store.snapshot().",
    ]


def test_an_unreadable_file_leaves_its_issue(store):
    unreadable = Issue("file-empty", Severity.ERROR, "c.csv")
    store.add(Survey((), (), {}), [unreadable])
    assert store.issues() == [unreadable]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"offers": [offer()]}, f"offer:.* refers to the enterprise '{FIRM}'.*table enterprises"),
        (
            {"enterprises": [firm()], "bom": [{"item": "x", "component": "y", "quantity": 1.0}]},
            "bom:x:y.* refers to the item 'x'.*table items",
        ),
        (
            {"items": [item("x")], "bom": [{"item": "x", "component": "y", "quantity": 1.0}]},
            "refers to the item 'y'",
        ),
        ({"enterprises": [firm(), firm(OTHER), firm()]}, f"firm:{FIRM} twice"),
        ({"enterprises": [firm(name=None)]}, "NOT NULL constraint failed: enterprises.name"),
        ({"enterprises": [firm(sheet="нет")]}, "no old.xlsx!нет"),
        ({"enterprises": [firm(city=("Уфа",))]}, "cannot be used"),
    ],
)
def test_an_import_that_breaks_a_rule_leaves_nothing_behind(store, path, rows, message):
    store.add(survey("old.xlsx", enterprises=[firm(OTHER)]), [issue("old.xlsx")])
    content = dump(path)
    with pytest.raises(StoreError, match=message):
        store.add(survey("old.xlsx", **rows))
    assert dump(path) == content
    assert store.add(small()).tables["offers"] == Counts(1, 0, 0)


def test_an_import_that_is_interrupted_leaves_nothing_behind(store, path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    content = dump(path)
    monkeypatch.setattr("matchmaker.store.answers.import_survey.write_findings", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.add(small())
    assert dump(path) == content


def test_references_may_lead_to_rows_stored_before(store):
    store.add(survey(enterprises=[firm()], items=[item()]))
    assert store.known() == Known(frozenset({FIRM}), frozenset({"wheel"}))
    assert store.add(survey("b.xlsx", offers=[offer()])).tables["offers"].new == 1


def test_find_gives_table_and_row(store):
    store.add(small())
    table, row = store.find("item:wheel")
    assert table == "items"
    assert list(row) == ["id", *(f.name for f in tables()["items"].fields), "file", "sheet", "row"]
    assert (row["id"], row["name_ru"], row["mass"], row["row"]) == ("item:wheel", "Колесо", None, 2)
    assert store.find(store.snapshot().table("offers")["id"][0])[1]["price"] == 100.0


@pytest.mark.parametrize("id", ["item:whel", "wheel", "itm:wheel"])
def test_find_offers_the_nearest_ids(store, id):
    store.add(small())
    with pytest.raises(UnknownNameError, match="Did you mean: item:wheel"):
        store.find(id)


def test_a_store_opens_again(path):
    with Store(path, create=True) as store:
        store.add(small())
        first = store.snapshot()
    with Store(str(path)) as store:
        assert_same(store.snapshot().frames, first.frames)
    with Store(path, create=True) as store:
        assert_same(store.snapshot().frames, first.frames)


def test_awkward_file_names_are_just_names(tmp_path):
    path = tmp_path / "кластер #1 100%?mode=ro.db"
    with Store(path, create=True) as store:
        store.add(small())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_missing_file_names_the_remedy(path):
    with pytest.raises(StoreError, match="matchmaker init"):
        Store(path)
    assert not path.exists()


@pytest.mark.parametrize("create", [False, True])
def test_memory_is_no_file(tmp_path, monkeypatch, create):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="name a file"):
        Store(":memory:", create=create)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("content", [b"hello", b"x" * 5000], ids=["short", "long"])
def test_a_file_of_another_kind_is_refused(path, content, create):
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a matchmaker database"):
        Store(path, create=create)
    assert path.read_bytes() == content


@pytest.mark.parametrize("create", [False, True])
def test_a_database_of_another_program_is_refused_untouched(path, create):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
        connection.commit()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="not a matchmaker database"):
        Store(path, create=create)
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_store_only_when_asked(path):
    path.touch()
    with pytest.raises(StoreError, match="not a matchmaker database"):
        Store(path)
    Store(path, create=True).close()
    Store(path).close()


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path, create=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (f"PRAGMA user_version = {EDITION + 1}", f"newer matchmaker .*{EDITION + 1}.*install"),
        (f"PRAGMA user_version = {EDITION - 1}", f"older matchmaker .*{EDITION - 1}.*import the"),
        ("PRAGMA user_version = 0", "older matchmaker .*'matchmaker init' and import"),
        ("ALTER TABLE offers DROP COLUMN comment", "offers lacks comment.*'matchmaker init'"),
    ],
)
def test_another_edition_is_refused_untouched(path, change, message):
    Store(path, create=True).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
    content = dump(path)
    for create in (False, True):
        with pytest.raises(StoreError, match=message):
            Store(path, create=create)
    assert dump(path) == content


def test_a_locked_store_says_so_and_still_reads(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.01)
    with Store(path, create=True) as store, Store(path) as other:
        store.add(small())
        with closing(sqlite3.connect(path)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreLockedError, match="try again"):
                other.add(small())
            assert len(other.snapshot().table("offers")) == 1
        other.add(small())


def test_a_closed_store_says_so(path):
    store = Store(path, create=True)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.snapshot()


def test_the_file_says_what_it_is(store, path):
    with closing(sqlite3.connect(path)) as connection:
        pragmas = ("application_id", "user_version", "journal_mode")
        values = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
        loose = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
        assert [name for (name,) in connection.execute(loose) if "sqlite_" not in name] == []
    assert values == [0x6D6D6B72, EDITION, "wal"]


# Matches kept, and excerpts that rest on them

MAKES = {"table": "offers", "kind": "makes", "score": 8.25, "probability": 0.75}
COULD_MAKE = {"table": "enterprises", "kind": "could_make", "score": 2.5, "probability": 0.625}
CODES = ("chair", "frame", "tube", "steel", "bag", "strap")
STEP_COLUMNS = ["enterprise", "item", "process", "capability", "hours", "confirmed"]


def branched() -> Survey:
    """A chair of a frame of a tube, for which steel stands in; a bag that is no part of it."""
    return survey(
        enterprises=[firm(), firm(OTHER, role="external"), firm("0001", role="interested")],
        items=[item(code) for code in CODES],
        bom=[
            {"item": "chair", "component": "frame", "quantity": 1.0},
            {"item": "frame", "component": "tube", "quantity": 6.0},
            {"item": "bag", "component": "strap", "quantity": 2.0},
        ],
        substitutes=[{"item": "tube", "substitute": "steel", "ratio": 1.0}],
        routing=[{"item": code, "process": "welding", "hours": 1.0} for code in ("frame", "bag")],
        demands=[{"item": code, "quantity": 5.0} for code in ("chair", "bag")],
        offers=[offer(item="steel", product="Сталь"), offer(enterprise=OTHER, item="bag")],
        capabilities=[
            {"enterprise": "0001", "process": "welding"},
            {"enterprise": OTHER, "process": "sewing"},
        ],
        certificates=[{"enterprise": key, "certificate": "ISO 9001"} for key in (FIRM, OTHER)],
        settings=[{"setting": "road_factor", "value": 1.3}],
    )


def kept(store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep a match for every offer, and that 0001 could make a frame; return what was given."""
    store.add(branched())
    data = store.snapshot()
    rows = [
        MAKES | row for row in data.table("offers")[["id", "enterprise", "item"]].to_dict("records")
    ]
    rows.append(COULD_MAKE | {"id": "firm:0001", "enterprise": "0001", "item": "frame"})
    matches = pd.DataFrame(rows)[
        ["table", "id", "enterprise", "item", "kind", "score", "probability"]
    ]
    matches = matches.astype(dict.fromkeys(("table", "id", "enterprise", "item", "kind"), object))
    matches = matches.assign(words=[0.1, float("nan"), -1 / 3], code=[0.0, 1e-300, 2.0])
    welder = data.table("capabilities").loc[lambda rows: rows["enterprise"] == "0001", "id"].iloc[0]
    steps = pd.DataFrame(
        [("0001", "frame", "welding", welder, 1.0, float("nan"))], columns=STEP_COLUMNS
    )
    store.keep_matches("as told", matches, steps)
    return matches, steps


def test_an_excerpt_is_what_the_items_depend_on_and_nothing_else(store):
    matches, steps = kept(store)
    found = store.excerpt(["item:frame"], method="as told")
    keys = {name: frame["id"].tolist() for name, frame in found.data.frames.items()}
    steel = (
        store.snapshot().table("offers").loc[lambda rows: rows["item"] == "steel", "id"].tolist()
    )
    assert keys == {key: [] for key in ("answers", "contracts", "plans", "trade")} | {
        "enterprises": ["firm:0001", f"firm:{FIRM}"],
        "offers": steel,
        "capabilities": steps["capability"].tolist(),
        "needs": [],
        "certificates": [id for id in keys["certificates"] if FIRM in id],
        "items": ["item:frame", "item:steel", "item:tube"],
        "bom": [id for id in keys["bom"] if id.startswith("bom:frame:tube")],
        "routing": ["routing:frame:welding"],
        "substitutes": ["substitute:tube:steel"],
        "demands": [],
        "settings": ["setting:road_factor"],
    }
    assert len(keys["certificates"]) == len(keys["bom"]) == 1
    wanted = matches[matches["item"].isin(["frame", "steel"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.matches, wanted)
    pd.testing.assert_frame_equal(found.steps, steps, check_dtype=False)


def test_an_excerpt_of_everything_is_the_snapshot(store):
    kept(store)
    whole = store.excerpt(CODES, method="as told", roles=["member", "interested", "external"])
    data = store.snapshot()
    told = {name: rows for name, rows in data.frames.items() if name != "capabilities"}
    assert_same({name: whole.data.table(name) for name in told}, told)
    assert dict(whole.data.columns) == dict(data.columns)


@pytest.mark.parametrize(
    ("asked", "firms"),
    [
        ({}, ["firm:0001", f"firm:{FIRM}"]),
        ({"roles": ["external"]}, ["firm:0001", f"firm:{FIRM}", f"firm:{OTHER}"]),
        ({"enterprises": [f"firm:{OTHER}"]}, ["firm:0001", f"firm:{FIRM}", f"firm:{OTHER}"]),
        ({"enterprises": ["firm:9"]}, ["firm:0001", f"firm:{FIRM}"]),
    ],
)
def test_enterprises_can_be_told_whatever_they_make(store, asked, firms):
    kept(store)
    found = store.excerpt(["frame"], method="as told", **asked)
    assert found.data.table("enterprises")["id"].tolist() == firms


def test_an_excerpt_of_an_unknown_item_offers_the_nearest(store):
    kept(store)
    with pytest.raises(UnknownItemError, match=r"'item:fram' among the 6 known.*item:frame"):
        store.excerpt(["fram"], method="as told")


def test_without_matches_of_the_method_there_is_no_excerpt(store):
    store.add(branched())
    assert store.excerpt(["frame"], method="as told") is None
    kept(store)
    assert store.excerpt(["frame"], method="otherwise") is None
    assert store.excerpt(["frame"], method="as told") is not None


@pytest.mark.parametrize(
    ("rows", "valid"),
    [
        ({"offers": [offer(enterprise=OTHER, item="bag", row=9)]}, True),
        ({"demands": [{"item": "chair", "quantity": 6.0}]}, True),
        ({"bom": [{"item": "chair", "component": "bag", "quantity": 1.0}]}, True),
        ({"offers": [offer(enterprise=OTHER, item="bag", price=90.0)]}, False),
        ({"items": [item("sail")]}, False),
        ({"enterprises": [firm(city="Уфа")]}, False),
    ],
)
def test_matches_are_kept_until_an_answer_changes(store, rows, valid):
    kept(store)
    store.add(survey("b.xlsx", **rows))
    assert (store.excerpt(["frame"], method="as told") is not None) == valid


def test_an_import_that_fails_leaves_the_matches(store):
    kept(store)
    with pytest.raises(StoreError):
        store.add(survey("b.xlsx", items=[item("sail")], offers=[offer(item="nothing")]))
    assert store.excerpt(["frame"], method="as told") is not None


def test_matches_found_before_another_import_are_not_kept(store, path):
    store.add(branched())
    store.snapshot()
    with Store(path) as other:
        other.add(survey("b.xlsx", items=[item("sail")]))
    none = pd.DataFrame(
        columns=["table", "id", "enterprise", "item", "kind", "score", "probability"]
    )
    with pytest.raises(StoreError, match="has changed since it was read"):
        store.keep_matches("as told", none, pd.DataFrame(columns=STEP_COLUMNS))
    store.snapshot()
    store.keep_matches("as told", none, pd.DataFrame(columns=STEP_COLUMNS))
    assert store.excerpt(["sail"], method="as told").matches.empty


def test_keeping_twice_is_keeping_once(store, path):
    given = kept(store)
    content = dump(path)
    store.keep_matches("as told", *given)
    assert dump(path) == content


def test_an_excerpt_reads_no_table_from_end_to_end(store, path):
    """Every statement searches by an index, but for what is few.

    Settings, what people said, and what is open: rows that wait, issues.
    """
    kept(store)
    said: list[str] = []
    store._connection._db.set_trace_callback(said.append)
    store.excerpt(["chair"], method="as told", roles=["member"], enterprises=["firm:0001"])
    store._connection._db.set_trace_callback(None)
    read = [sql for sql in said if sql.lstrip().startswith(("SELECT", "WITH"))]
    with closing(sqlite3.connect(path)) as connection:
        plans = [row[3] for sql in read for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    scanned = {plan.split()[1] for plan in plans if plan.startswith("SCAN")}
    few = {"merges", "decisions", "learned_weights", "quarantine", "issues"}
    assert scanned <= {"settings", "matching", "json_each", "reached", "CONSTANT"} | few
    searched = {plan.split()[1] for plan in plans if plan.startswith("SEARCH")}
    assert searched >= set(tables()) - {"settings"} | {"matches", "match_steps", "sheets"}


def test_demanded_items_are_listed(store):
    assert store.demanded() == []
    store.add(branched())
    assert store.demanded() == ["bag", "chair"]


@pytest.mark.parametrize("mass", [float("inf"), float("-inf"), 1e308])
def test_a_figure_beyond_its_field_is_not_stored(store, mass):
    with pytest.raises(StoreError, match=r"item:frame has \S+ as its mass, which takes at most"):
        store.add(survey(items=[item("frame", mass=mass)]))


@pytest.mark.parametrize("mass", ["inf", "-inf", "1e308"])
def test_a_database_from_elsewhere_with_such_a_figure_is_refused(store, path, mass):
    kept(store)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE items SET mass = ? WHERE item = 'frame'", [float(mass)])
    for read in (
        store.snapshot,
        lambda: store.rows(["items"]),
        lambda: store.excerpt(["frame"], method="as told"),
    ):
        with pytest.raises(StoreError, match="item:frame has"):
            read()


@pytest.mark.parametrize(
    ("table", "poison"),
    [
        ("matches", "UPDATE matches SET score = 9e999"),
        ("match_steps", "UPDATE match_steps SET hours = 9e999"),
    ],
)
def test_kept_matches_from_elsewhere_with_an_infinite_number_are_refused(
    store, path, table, poison
):
    kept(store)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(poison)
    with pytest.raises(StoreError, match=f"table {table} holds a number that is not finite"):
        store.excerpt(["chair"], method="as told")
