"""Refit: a judge with a hidden preference is learnt from, but not before there is enough."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from matchmaker.codebook import fold, text_id
from matchmaker.errors import StoreError
from matchmaker.matching import find_matches, refit_weights
from matchmaker.matching.pairs.score import shipped_weights, weights_of
from matchmaker.matching.training.refit import (
    NAMES,
    Examples,
    best_method,
    fit_boosted,
    fit_logistic,
    keep_shipped,
    measure,
    out_of_fold,
    read_examples,
    score_examples,
)
from matchmaker.model import Dataset, Decision, Judgement, Survey
from matchmaker.store import Store
from tests.test_decisions import dump
from tests.test_kept import survey_of

CANDIDATES = 5

# Judges of invented levels


def by_code(levels: dict[str, np.ndarray]) -> np.ndarray:
    """Prefers the code by far."""
    return 4 * levels["code"] / 9 + levels["words"]


def by_steps(levels: dict[str, np.ndarray]) -> np.ndarray:
    """Asks for a code and words that agree far enough, and no more."""
    return 3.0 * (levels["code"] >= 5) + 3.0 * (levels["words"] > 0.6)


def judged(queries: int, seed: int, judge: Callable[..., np.ndarray]) -> Examples:
    """Candidates of invented queries; the one that the judge likes best is right."""
    rng = np.random.default_rng(seed)
    size = queries * CANDIDATES
    levels = np.full((size, len(NAMES)), np.nan)
    alike = rng.uniform(0, 1, size)
    for name in ("words", "characters", "meaning", "topics"):
        levels[:, NAMES.index(name)] = np.clip(alike + rng.normal(0, 0.25, size), 0, 1)
    code = rng.choice([0.0, 2, 3, 4, 5, 6, 9], size)
    levels[:, NAMES.index("code")] = np.where(rng.uniform(size=size) < 0.3, np.nan, code)
    told = {name: np.nan_to_num(levels[:, place]) for place, name in enumerate(NAMES)}
    liked = (judge(told) + rng.gumbel(0, 0.4, size)).reshape(queries, CANDIDATES)
    right = np.zeros((queries, CANDIDATES), dtype=bool)
    right[np.arange(queries), liked.argmax(axis=1)] = True
    return Examples(levels, right.ravel(), np.repeat(np.arange(queries), CANDIDATES))


def held_out(fit: Callable, examples: Examples, test: Examples):
    return measure(score_examples(test, fit(examples)), test)


def test_sixty_judgements_teach_what_the_judge_prefers():
    test = judged(500, 99, by_code)
    shipped = held_out(keep_shipped, judged(60, 1, by_code), test)
    learnt = held_out(fit_logistic, judged(60, 1, by_code), test)
    assert learnt.log_loss < shipped.log_loss * 0.7
    assert learnt.hit_rate > shipped.hit_rate + 0.2
    assert learnt.reciprocal_rank > shipped.reciprocal_rank + 0.1


def test_trees_learn_steps_that_lines_cannot():
    examples, test = judged(120, 1, by_steps), judged(500, 99, by_steps)
    line, steps = (held_out(fit, examples, test) for fit in (fit_logistic, fit_boosted))
    assert steps.log_loss < line.log_loss - 0.02
    assert steps.hit_rate > line.hit_rate
    folds = [measure(out_of_fold(examples, fit), examples) for fit in (fit_logistic, fit_boosted)]
    assert folds[1].log_loss < folds[0].log_loss


@pytest.mark.parametrize("fit", [fit_logistic, fit_boosted])
def test_no_weight_falls_with_its_level_and_what_is_not_stated_adds_nothing(fit):
    weights = fit(judged(120, 3, by_steps))
    for name in NAMES:
        at, values = weights.knots[name]
        assert (np.diff(at) > 0).all() or len(at) == 1
        assert (np.diff(values) >= -1e-9).all(), name
    assert weights.weigh("code", np.array([np.nan])) == [0.0]
    assert set(weights.knots) == set(shipped_weights().knots)


def test_a_judge_who_agrees_with_the_shipped_weights_spoils_nothing():
    rng = np.random.default_rng(1005)
    sets = [judged(queries, seed, by_code) for queries, seed in ((60, 5), (500, 6))]
    odds = [score_examples(examples, shipped_weights()) for examples in sets]
    taught, test = (
        replace(examples, right=rng.uniform(size=len(own)) < 1 / (1 + np.exp(-own)))
        for examples, own in zip(sets, odds, strict=True)
    )
    methods = {"shipped": keep_shipped, "logistic": fit_logistic}
    metrics = {name: measure(out_of_fold(taught, fit), taught) for name, fit in methods.items()}
    assert best_method(metrics) == "shipped"
    assert held_out(keep_shipped, taught, test).log_loss < metrics["logistic"].log_loss


def test_metrics_by_hand():
    # Query 0: right scores 2, wrong 0 and 1 → rank 1. Query 1: right 0, wrong 0 → ranks 1.5.
    examples = Examples(np.zeros((5, 1)), np.array([1, 0, 0, 1, 0]) == 1, np.array([0, 0, 0, 1, 1]))
    found = measure(np.array([2.0, 0, 1, 0, 0]), examples)
    assert found.hit_rate == 0.5
    assert found.reciprocal_rank == pytest.approx((1 + 1 / 1.5) / 2)
    losses = [math.log1p(math.exp(-2)), math.log(2), math.log1p(math.e), math.log(2), math.log(2)]
    assert found.log_loss == pytest.approx(sum(losses) / 5)


def test_no_query_is_on_both_sides_of_a_fold():
    examples = judged(40, 7, by_code)
    seen: list[tuple[set[int], int]] = []

    def spy(part: Examples):
        seen.append((set(part.query.tolist()), len(part)))
        return shipped_weights()

    out_of_fold(examples, spy)
    assert len(seen) == 5
    assert all(size == CANDIDATES * len(queries) for queries, size in seen)
    assert sum(40 - len(queries) for queries, _ in seen) == 40


# A judge of whole answers, through the store

NOUNS = ("Втулка", "Крышка", "Опора", "Рукоятка", "Шайба", "Кожух", "Зажим", "Ось")
MADE_OF = ("стальная", "пластиковая", "латунная", "резиновая", "титановая", "медная", "угольная")
CODES = ("25.94.11.110", "22.29.29.190", "30.92.30.000", "32.50.22.110")


def answers(count: int = 72) -> Survey:
    """Offers whose heads name no item; the judge goes by brackets and by the code they state."""
    items = [
        {"item": f"p{n}-{c}", "name_ru": noun, "okpd2": code, "unit": "pcs", "kind": "component"}
        for n, noun in enumerate(NOUNS)
        for c, code in enumerate(CODES)
    ]
    firms = [{"enterprise": "0274000001", "name": "ООО «Первая»", "role": "member"}]
    words = [
        f"Изделие {made} ({noun}) исп. {n}" for n in range(3) for made in MADE_OF for noun in NOUNS
    ]
    offers = [
        {"enterprise": "0274000001", "product": text, "okpd2": CODES[place // 8 % 4][:8]}
        for place, text in enumerate(words[:count])
    ]
    return survey_of(enterprises=firms, items=items, offers=offers)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "cluster.db", create=True) as opened:
        opened.add(answers())
        yield opened


@pytest.fixture
def offered(store) -> Dataset:
    return store.snapshot()


def judgements(data: Dataset, count: int) -> list[Decision]:
    """What a judge says of the first offers: the noun, and the code that the offer states."""
    offers, items = data.table("offers"), data.table("items")
    item_of = {
        (name, code[:8]): item
        for name, code, item in zip(items["name_ru"], items["okpd2"], items["item"], strict=True)
    }
    return [
        Decision(
            subject=id,
            value=f"item:{item_of[product.partition('(')[2].partition(')')[0], code]}",
            verdict=Judgement.ACCEPT,
            by="судья",
            at="2026-03-01",
        )
        for id, product, code in zip(
            offers["id"][:count], offers["product"], offers["okpd2"], strict=False
        )
    ]


def test_twenty_judgements_change_nothing(store, offered):
    store.decisions.add(judgements(offered, 20))
    found = refit_weights(store.snapshot(), at="2026-03-02")
    assert (found.queries, found.learned, list(found.metrics)) == (20, None, ["shipped"])


def test_sixty_judgements_make_weights_that_count_and_can_be_taken_back(store, offered):
    store.decisions.add(judgements(offered, 60))
    before = store.snapshot()
    matches = find_matches(before)
    found = refit_weights(before, by="судья", at="2026-03-02")
    assert found.queries == 60
    assert list(found.metrics) == ["shipped", "logistic"]
    learned = store.learned_weights.add(found.learned)
    assert learned.after.log_loss < learned.before.log_loss
    assert learned.after.hit_rate >= learned.before.hit_rate
    held = store.snapshot()
    assert held.learned_weights == learned == store.learned_weights.history()[-1]
    learnt = find_matches(held)
    assert not learnt.rows.equals(matches.rows)
    for one in learnt:
        assert one.score == math.fsum(part.value for part in one.contributions)
    assert store.learned_weights.add(refit_weights(held, at="2026-03-03").learned) == learned
    store.learned_weights.undo(by="судья", at="2026-03-04")
    assert find_matches(store.snapshot()).rows.equals(matches.rows)
    assert store.snapshot().learned_weights is None
    assert [one.undone_by for one in store.learned_weights.history()] == ["судья"]
    with pytest.raises(StoreError, match="shipped weights count"):
        store.learned_weights.undo(by="судья", at="2026-03-04")


def test_learning_twice_is_learning_once(store, offered, tmp_path):
    store.decisions.add(judgements(offered, 40))
    first = refit_weights(store.snapshot(), at="2026-03-02").learned
    again = refit_weights(replace(store.snapshot(), learned_weights=first), at="2026-03-02").learned
    assert first == again
    store.learned_weights.add(first)
    kept = dump(store.path)
    store.learned_weights.add(again)
    assert dump(store.path) == kept
    assert (
        weights_of(store.snapshot().learned_weights).knots.keys() == weights_of(None).knots.keys()
    )


def test_a_wording_is_judged_once_whoever_writes_it(offered):
    one, other = offered.table("offers")["id"][:2]
    offers = offered.table("offers").assign(product="Втулка")
    data = replace(offered, frames={**offered.frames, "offers": offers})
    yes = Decision(
        subject=text_id("item", "втулка"),
        value="item:p0-0",
        verdict=Judgement.ACCEPT,
        text=fold("втулка"),
        at="2026",
    )
    examples = read_examples(replace(data, decisions=(yes,)))
    assert examples.queries == 1
    assert examples.right.sum() == 1
    no = replace(yes, subject=one, text="", verdict=Judgement.REJECT)
    alone = read_examples(replace(data, decisions=(no,)))
    assert (len(alone), alone.right.sum()) == (1, 0)
    assert other != one


def test_without_decisions_there_is_nothing_to_learn(offered):
    found = refit_weights(offered)
    assert (found.queries, found.pairs, found.learned) == (0, 0, None)


def test_the_command_learns_tells_and_forgets(store, offered, run, english):
    store.decisions.add(judgements(offered, 20))
    few = run("learn", store.path, "--json")
    assert few.document["learning"]["queries"] == 20
    assert "at least 30 are needed" in few.err
    store.decisions.add(judgements(offered, 48))
    tried = run("learn", store.path, "--dry-run", "--lang", "ru")
    assert "Ничего не сохранено" in tried.err
    assert store.learned_weights.history() == ()
    done = run("learn", store.path, "--by", "судья")
    assert "logistic regression" in done.out
    assert "matchmaker learn DB --undo" in done.err
    assert [one.by for one in store.learned_weights.history()] == ["судья"]
    assert run("learn", store.path, "--undo").err == "Taken back: logistic regression\n"
    assert store.snapshot().learned_weights is None
