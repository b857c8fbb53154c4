"""Where independent tasks run: here, in processes of this machine, or on a Dask cluster.

Used by whatever has many tasks that do not need each other. The answers are the same
everywhere and come in the order of the tasks.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from matchmaker.errors import BadValueError, MatchmakerError

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Shared = TypeVar("Shared")

PATIENCE = 10.0
"""Seconds in which a scheduler has to answer."""


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
            raise BadValueError(f"Expected at least 1 worker, found {self.workers}.")

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
            with _client(self.scheduler) as client:
                return list(client.gather(client.map(function, tasks, pure=False)))
        if self.workers == 1 or len(tasks) < 2:
            return [function(task) for task in tasks]
        context = multiprocessing.get_context("spawn")
        size = min(self.workers, len(tasks))
        with ProcessPoolExecutor(max_workers=size, mp_context=context) as pool:
            return list(pool.map(function, tasks))

    def stream(
        self,
        function: Callable[[Shared, Task], Answer],
        shared: Shared,
        tasks: Sequence[Task],
    ) -> Iterator[Answer]:
        """Answers of a function to all tasks, each as soon as it is there, in any order.

        Parameters
        ----------
        function
            A function of a module, of what is shared and a task; both travel by pickle.
        shared
            What all tasks need: handed once to each process, or to each machine of the cluster.

        Raises
        ------
        MatchmakerError
            When the scheduler cannot be reached or goes away, when a process of this machine
            is killed, or when Dask is not installed.
        """
        if self.scheduler:
            return _stream_on_dask(self.scheduler, function, shared, tasks)
        if self.workers == 1 or len(tasks) < 2:
            return (function(shared, task) for task in tasks)
        return _stream_in_processes(min(self.workers, len(tasks)), function, shared, tasks)


HERE = Engine()
"""This process."""


def _stream_in_processes(
    size: int, function: Callable[[Shared, Task], Answer], shared: Shared, tasks: Sequence[Task]
) -> Iterator[Answer]:
    """Answers from processes of this machine, each of which unpacks what is shared once."""
    context = multiprocessing.get_context("spawn")
    packed = pickle.dumps((function, shared), protocol=pickle.HIGHEST_PROTOCOL)
    with ProcessPoolExecutor(size, context, _unpack, (packed,)) as pool:
        futures = [pool.submit(_answer, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise MatchmakerError(
                "A process was killed, perhaps for want of memory: run it again with fewer workers."
            ) from error
        finally:
            for future in futures:
                future.cancel()


_unpacked: list[Any] = []
"""Function and shared part in a process that `_stream_in_processes` has started."""


def _unpack(packed: bytes) -> None:
    _unpacked[:] = pickle.loads(packed)  # noqa: S301 - packed by the process that started this one


def _answer(task: Any) -> Any:
    function, shared = _unpacked
    return function(shared, task)


def _stream_on_dask(
    scheduler: str,
    function: Callable[[Shared, Task], Answer],
    shared: Shared,
    tasks: Sequence[Task],
) -> Iterator[Answer]:
    """Answers from a Dask cluster; a task whose worker dies is run again by another."""
    with _client(scheduler) as client:
        distributed = import_module("distributed")
        try:
            there = client.scatter(shared, broadcast=True, hash=False)
            futures = [client.submit(function, there, task, pure=False) for task in tasks]
            for future in distributed.as_completed(futures):
                yield future.result()
        except distributed.KilledWorker as error:
            raise MatchmakerError(
                "Worker after worker was killed, perhaps for want of memory: give them more of it."
            ) from error
        except (OSError, CancelledError) as error:
            if client.status == "running":
                raise
            raise MatchmakerError(
                f"The Dask scheduler at {scheduler} went away before all was done: start one and "
                "run it again."
            ) from error


def _client(scheduler: str) -> Client:
    try:
        client: type[Client] = import_module("distributed").Client
    except ImportError as error:
        raise MatchmakerError(
            "A scheduler needs Dask: install it with  pip install 'matchmaker[distributed]'"
        ) from error
    try:
        return client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise MatchmakerError(
            f"There is no Dask scheduler at {scheduler}: start one with  dask scheduler  and "
            "give its address, such as tcp://10.0.0.5:8786."
        ) from error
