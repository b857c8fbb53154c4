"""Tasks give the same answers here, in processes, and on a Dask cluster that loses a worker."""

import pytest
from distributed import LocalCluster
from pandas.testing import assert_frame_equal

from matchmaker.chains import Demand, compose_portfolio
from matchmaker.engine import Engine
from matchmaker.errors import MatchmakerError
from matchmaker.matching import find_matches
from tests.tasks import add_or_die, square, square_or_die

NOBODY_LISTENS = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running


def test_answers_come_in_the_order_of_tasks(cluster):
    numbers = list(range(20, 0, -1))
    expected = [square(number) for number in numbers]
    for engine in (Engine(), Engine(2), Engine(scheduler=cluster.scheduler_address)):
        assert engine.run(square, numbers) == expected


def test_a_killed_worker_costs_nothing_but_time(cluster, tmp_path):
    tasks = [(number, str(tmp_path / "grave")) for number in range(8)]
    answers = Engine(scheduler=cluster.scheduler_address).run(square_or_die, tasks)
    assert (tmp_path / "grave").exists()
    assert answers == [square(number) for number in range(8)]


def test_a_portfolio_is_the_same_wherever_it_is_made(cluster, demo, demo_graph):
    data, _ = demo
    rows = data.table("demands").to_dict("records")[:3]
    demands = [Demand(row["item"], row["quantity"], row["region"] or "") for row in rows]
    here = compose_portfolio(demo_graph, demands, k=2)
    assert [result.demands for result in here] == [(demand,) for demand in demands]
    assert compose_portfolio(demo_graph, demands, k=2, engine=Engine(2)) == here
    there = Engine(scheduler=cluster.scheduler_address)
    assert compose_portfolio(demo_graph, demands, k=2, engine=there) == here


def test_matches_are_the_same_bits_wherever_they_are_found(cluster, demo, monkeypatch):
    data, matches = demo
    monkeypatch.setattr("matchmaker.matching.pairs.find.ROWS", 70)
    monkeypatch.setattr("matchmaker.matching.text.vector_cache.CHUNK", 60)
    for engine in (Engine(), Engine(scheduler=cluster.scheduler_address)):
        again = find_matches(data, engine=engine)
        assert_frame_equal(again.rows, matches.rows, check_exact=True)


def test_a_killed_process_is_said_with_the_remedy():
    with pytest.raises(MatchmakerError, match="run it again with fewer workers"):
        list(Engine(2).stream(add_or_die, 1, [1, 2, "die", 3]))


def test_answers_come_as_they_are_ready_with_what_is_shared(cluster):
    for engine in (Engine(), Engine(scheduler=cluster.scheduler_address)):
        assert sorted(engine.stream(add_or_die, 10, [1, 2, 3])) == [11, 12, 13]
        with pytest.raises(TypeError):
            list(engine.stream(add_or_die, 10, [1, "two", 3]))


def test_no_scheduler_is_said_with_the_remedy(monkeypatch):
    monkeypatch.setattr("matchmaker.engine.PATIENCE", 0.5)
    with pytest.raises(MatchmakerError, match="start one with  dask scheduler"):
        Engine(scheduler=NOBODY_LISTENS).run(square, [1, 2])


def test_there_is_at_least_one_worker():
    with pytest.raises(ValueError, match="at least 1 worker, found 0"):
        Engine(0)
