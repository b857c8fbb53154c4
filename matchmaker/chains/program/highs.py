"""HiGHS as this room uses it: silent, exact, the same on every run.

References
----------
Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method.
Mathematical Programming Computation 10, 119-142.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from threading import Lock, Thread, current_thread, main_thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]

FEASIBILITY = 1e-9
"""Tolerance of rows, of reduced costs and of integrality, in scaled units."""


SOLVED = frozenset({highspy.HighsModelStatus.kOptimal})
IMPOSSIBLE = frozenset(
    {
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kModelEmpty,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    }
)
INTERRUPTED = frozenset({highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt})
"""How a run ends: with an optimum, with none to be had, or early. Any other end is an error."""


class Rows:
    """Rows of a program while they are being written down: lower ≤ Σ terms ≤ upper."""

    def __init__(self) -> None:
        self.lower: list[float] = []
        self.upper: list[float] = []
        self._starts = [0]
        self._indices: list[int] = []
        self._values: list[float] = []

    def add(self, lower: float, upper: float, terms: Mapping[int, float]) -> None:
        """Write down a row; `terms` are coefficients by column."""
        self.lower.append(lower)
        self.upper.append(upper)
        self._indices.extend(terms)
        self._values.extend(terms.values())
        self._starts.append(len(self._indices))

    def append_to(self, solver: highspy.Highs, units: Floats) -> range:
        """Add these rows to a program whose column c counts in `units[c]`; their numbers.

        Every row is divided by its largest coefficient: so tolerances mean the same for grams
        and tonnes, kopecks and millions.
        """
        first = int(solver.getNumRow())
        values, scales = self._scaled(units)
        solver.addRows(
            len(scales),
            np.array(self.lower) / scales,
            np.array(self.upper) / scales,
            len(values),
            np.array(self._starts[:-1], dtype=np.int32),
            np.array(self._indices, dtype=np.int32),
            values,
        )
        return range(first, first + len(scales))

    def _scaled(self, units: Floats) -> tuple[Floats, Floats]:
        """Coefficients, each row divided by its largest, and what the rows were divided by."""
        counts = np.diff(self._starts)
        values = np.array(self._values) * units[np.array(self._indices, dtype=np.intp)]
        scales = np.ones(len(counts))
        full = counts > 0
        starts = np.array(self._starts[:-1], dtype=np.intp)[full]
        if full.any():
            scales[full] = np.maximum.reduceat(np.abs(values), starts)
        scales[scales == 0] = 1.0
        return values / np.repeat(scales, counts), scales


def matrix_of(lp: highspy.HighsLp) -> csc_array[Any]:
    """Coefficients of a program, shape (rows, columns)."""
    from scipy.sparse import csc_array, csr_array

    matrix, shape = lp.a_matrix_, (lp.num_row_, lp.num_col_)
    by_column = matrix.format_ == highspy.MatrixFormat.kColwise
    parts = (matrix.value_, matrix.index_, matrix.start_)
    return csc_array((csc_array if by_column else csr_array)(parts, shape=shape))


def add_columns(solver: highspy.Highs, upper: Floats) -> None:
    """Add columns from 0 to their upper bounds, without costs and rows."""
    zeros, none = np.zeros(len(upper)), np.empty(0, dtype=np.int32)
    solver.addCols(len(upper), zeros, zeros, upper, 0, none, none, np.empty(0))


def set_kind(solver: highspy.Highs, columns: Integers, kind: highspy.HighsVarType) -> None:
    """Make columns integer, or no longer so."""
    solver.changeColsIntegrality(len(columns), columns, np.full(len(columns), int(kind), np.uint8))


@contextmanager
def continuous(solver: highspy.Highs, columns: Integers) -> Iterator[None]:
    """While inside, columns do not have to be integer; else they do."""
    set_kind(solver, columns, highspy.HighsVarType.kContinuous)
    try:
        yield
    finally:
        set_kind(solver, columns, highspy.HighsVarType.kInteger)


class _Silence:
    """Standard output turned away while any thread is inside: the first turns, the last returns."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._kept = -1

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1 and sys.stdout is not None:
                sys.stdout.flush()
                self._kept = os.dup(1)
                with open(os.devnull, "w") as nowhere:
                    os.dup2(nowhere.fileno(), 1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._kept >= 0:
                os.dup2(self._kept, 1)
                os.close(self._kept)
                self._kept = -1


SILENCE = _Silence()
"""While inside, nothing reaches standard output, which is for data.

HiGHS greets there before its options can be set, and leaves debugging lines there.
"""


def run_apart(solver: highspy.Highs) -> None:
    """Run a solver in a thread of its own, so that an interrupt from the keyboard is heard.

    An interrupt leaves the solver no time, which it notices soon, and goes on once it stands.
    """
    thread = Thread(target=solver.run, daemon=True)
    with SILENCE, _interrupts(lambda: solver.setOptionValue("time_limit", 0.0)):
        thread.start()
        thread.join()


@contextmanager
def _interrupts(hear: Callable[[], object]) -> Iterator[None]:
    """While inside, an interrupt is only heard; at the end it does what it would have done.

    So none strikes between the start of a thread and waiting for it.
    """
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(before):
        yield
        return
    heard: list[int] = []

    def note(number: int, _: object) -> None:
        heard.append(number)
        hear()

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)


class TimeLimit:
    """How long a search may take: so many seconds from now on, or as long as it needs."""

    def __init__(self, seconds: float | None = None) -> None:
        self._end = inf if seconds is None else monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, ∞ without a limit."""
        return max(0.0, self._end - monotonic())

    @property
    def over(self) -> bool:
        """Whether no time is left."""
        return self.left == 0.0


def quiet_solver() -> highspy.Highs:
    """A HiGHS that says nothing, uses one thread, and stops only at a proof."""
    with SILENCE:
        solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.0,
        "mip_feasibility_tolerance": FEASIBILITY,
        "primal_feasibility_tolerance": FEASIBILITY,
        "dual_feasibility_tolerance": FEASIBILITY,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver
