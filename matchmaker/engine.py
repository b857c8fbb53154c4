"""Where independent tasks run: here, in processes of this machine, or on a Dask cluster.

Used by whatever has many tasks that do not need each other. The answers are the same
everywhere and come in the order of the tasks.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from matchmaker.errors import MatchmakerError

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Engine:
    """Where tasks run.

    Attributes
    ----------
    workers
        Processes of this machine; 1 means this one.
    scheduler
        Address of a running Dask scheduler, such as tcp://10.0.0.5:8786; it has the tasks
        then, and `workers` does not count.
    """

    workers: int = 1
    scheduler: str = ""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"Expected at least 1 worker, found {self.workers}.")

    def run(self, function: Callable[[Task], Answer], tasks: Sequence[Task]) -> list[Answer]:
        """Answers of a function to all tasks, in their order.

        Parameters
        ----------
        function
            A function of a module, or a `functools.partial` of one: it travels by pickle, and
            gives the same answer wherever it runs.

        Raises
        ------
        MatchmakerError
            When the scheduler cannot be reached, or Dask is not installed.
        """
        if self.scheduler:
            return list(_on_dask(self.scheduler, function, tasks))
        if self.workers == 1 or len(tasks) < 2:
            return [function(task) for task in tasks]
        context = multiprocessing.get_context("spawn")
        size = min(self.workers, len(tasks))
        with ProcessPoolExecutor(max_workers=size, mp_context=context) as pool:
            return list(pool.map(function, tasks))


HERE = Engine()
"""This process."""


def _on_dask(
    scheduler: str, function: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Iterator[Answer]:
    """Answers from a Dask cluster; a task whose worker dies is run again by another."""
    with _client(scheduler) as client:
        yield from client.gather(client.map(function, tasks, pure=False))


def _client(scheduler: str) -> Client:
    try:
        client: type[Client] = import_module("distributed").Client
    except ImportError as error:
        raise MatchmakerError(
            "A scheduler needs Dask: install it with  pip install 'matchmaker[distributed]'"
        ) from error
    try:
        return client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise MatchmakerError(
            f"There is no Dask scheduler at {scheduler}: start one with  dask scheduler  and "
            "give its address, such as tcp://10.0.0.5:8786."
        ) from error
