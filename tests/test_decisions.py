"""Decisions: what people decided counts, has a history, and can be taken back."""

import pytest

from matchmaker.errors import UnknownNameError
from matchmaker.model import Decision, Judgement, standing
from matchmaker.store import Store
from tests.test_store import FIRM, OTHER, dump, firm, item, offer, small, survey

OFFER = f"offer:{FIRM}:wheel:"
WHEEL, TYRE = "item:wheel", "item:tyre"
YES, NO = Judgement.ACCEPT, Judgement.REJECT


@pytest.fixture
def store(tmp_path):
    """One maker of one wheel, beside a tyre that nobody speaks of."""
    with Store(tmp_path / "cluster.db", create=True) as opened:
        opened.add(survey(enterprises=[firm()], items=[item(), item("tyre")], offers=[offer()]))
        yield opened


def the_offer(store: Store) -> str:
    return str(store.snapshot().table("offers")["id"][0])


def say(subject: str, value: str, verdict: Judgement, **more) -> Decision:
    told = {"by": "Анна", "at": "2026-03-01T09:00"} | more
    return Decision(subject=subject, value=value, verdict=verdict, **told)


def test_a_decision_is_in_the_snapshot_and_in_the_history(store):
    made = say(the_offer(store), WHEEL, NO, reason="другое колесо")
    (written,) = store.decisions.add([made])
    assert written.number == 1
    assert written.id == f"{made.subject}=item:wheel"
    assert store.decisions.history() == store.snapshot().decisions == (written,)


def test_a_newer_decision_overrules_and_undoing_it_restores_the_older_one(store):
    subject = f"firm:{FIRM}"
    first, second = (say(subject, WHEEL, verdict) for verdict in (YES, NO))
    store.decisions.add([first])
    before = store.snapshot().decisions
    store.decisions.add([second])
    assert [one.verdict for one in store.snapshot().decisions] == [NO]
    undone = store.decisions.undo(subject, WHEEL, by="Борис", at="2026-03-02")
    assert (undone.verdict, undone.undone_by, undone.undone_at) == (NO, "Борис", "2026-03-02")
    assert store.snapshot().decisions == before
    assert [one.number for one in store.decisions.history()] == [1, 2]
    store.decisions.undo(subject, WHEEL, by="Борис", at="2026-03-02")
    assert store.snapshot().decisions == ()
    with pytest.raises(UnknownNameError, match=f"'firm:{FIRM}=item:wheel'"):
        store.decisions.undo(subject, WHEEL, by="Борис", at="2026-03-02")


def test_an_offer_means_one_item_and_an_enterprise_may_make_several():
    numbered = [
        say("offer:1", WHEEL, YES, number=1),
        say("firm:1", WHEEL, YES, number=2),
        say("offer:1", "item:rim", NO, number=3),
        say("offer:1", TYRE, YES, number=4),
        say("firm:1", TYRE, YES, number=5),
    ]
    assert [one.number for one in standing(numbered)] == [2, 3, 4, 5]


def test_the_same_decision_twice_is_one(store, tmp_path):
    made = say(f"firm:{FIRM}", WHEEL, NO, reason="нет станка")
    assert len(store.decisions.add([made, made])) == 1
    before = dump(store.path)
    assert (
        store.decisions.add([say(f"firm:{FIRM}", WHEEL, NO, reason="нет станка", at="2027")]) == ()
    )
    assert dump(store.path) == before
    assert len(store.decisions.add([say(f"firm:{FIRM}", WHEEL, NO, reason="брак")])) == 1


def test_equal_decisions_make_equal_databases(tmp_path):
    dumps = []
    for name in ("one.db", "other.db"):
        with Store(tmp_path / name, create=True) as store:
            store.add(small())
            store.decisions.add([say(f"firm:{FIRM}", WHEEL, NO)])
            store.decisions.undo(f"firm:{FIRM}", WHEEL, by="", at="2026-03-02")
        dumps.append(dump(tmp_path / name))
    assert dumps[0] == dumps[1]


def test_a_decision_outlives_the_import_of_a_changed_answer(store):
    subject = the_offer(store)
    store.decisions.add([say(subject, WHEEL, NO)])
    decided = store.snapshot().decisions
    store.add(
        survey("b.xlsx", "01", enterprises=[firm(name="ООО «Иное»")], offers=[offer(price=7)])
    )
    data = store.snapshot()
    assert data.decisions == decided
    assert data.table("offers").loc[data.table("offers")["id"] == subject, "price"].tolist() == [7]


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("offer:0274000000:deadbeef", WHEEL),
        (f"firm:{OTHER}", WHEEL),
        (f"firm:{FIRM}", "item:whel"),
    ],
)
def test_what_the_store_does_not_have_cannot_be_decided(store, subject, value):
    with pytest.raises(UnknownNameError):
        store.decisions.add([say(f"firm:{FIRM}", WHEEL, NO), say(subject, value, YES)])
    assert store.decisions.history() == ()


def test_a_decision_checks_itself(store):
    with pytest.raises(ValueError, match="'chain:7f' is nothing to decide about: it starts with"):
        say("chain:7f", WHEEL, YES)
    with pytest.raises(ValueError, match="Expected the item that offer:1 means, found 'wheel'"):
        say("offer:1", "wheel", YES)
    with pytest.raises(ValueError, match="needs the time"):
        store.decisions.add([say(f"firm:{FIRM}", WHEEL, YES, at="")])


def test_deciding_forgets_the_matches_kept(store):
    from matchmaker.kept_matches import keep_matches, matching_method
    from matchmaker.matching import find_matches

    def kept() -> bool:
        return store.excerpt(["wheel"], method=matching_method()) is not None

    for act in (
        lambda: store.decisions.add([say(f"firm:{FIRM}", WHEEL, NO)]),
        lambda: store.decisions.undo(f"firm:{FIRM}", WHEEL, by="", at="2026-03-02"),
    ):
        keep_matches(store, find_matches(store.snapshot()))
        assert kept()
        act()
        assert not kept()
