"""A condition: one thing open about the answers that a figure may rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ROUTING = "routing"
"""Stands for the alternative of a recipe where what is not whole is the routing of the item."""

Recipe = tuple[str, str]
"""Id of an item, and the alternative."""


class ConditionKind(StrEnum):
    """What is open."""

    MATCH_LIKELY = "match-likely"
    """A text that probably means the item; nobody confirmed it."""
    ROW_WAITING = "row-waiting"
    """A row with errors waits in quarantine and is counted nowhere."""
    NOT_STATED = "not-stated"
    """An answer was not given: it was read as something, or its row left out."""
    CERTIFICATE_UNKNOWN = "certificate-unknown"
    """A certificate that the item demands is not known to be held, or has run out."""
    IMPLAUSIBLE = "implausible"
    """A figure out of all proportion to what else is known of its item."""
    ISSUE_OPEN = "issue-open"
    """A warning is open on a cell that the figure is made of."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something open that an answer rests on, or that could make it better.

    Attributes
    ----------
    kind
        What is open.
    table, id
        Where it stands: a table of the codebook and, of a row that is stored, its id.
    item, enterprise
        Ids of what it is about; "" where that is not known.
    field
        Field of the table, "" for the whole row.
    value
        What stands there, or how an answer that is not there was read; of a certificate that
        ran out, its last day.
    code
        Of an open issue its code, of a certificate its name, else "".
    probability
        Of a likely match that it is right, else 1.
    cells
        Places in the survey files.
    edges
        Keys of the edges of the graph that are true only if the condition is met.
    recipes
        Recipes that are whole only if it is.
    rival
        Whether something better may stand behind it that the answer does not know of.
    details
        Of an open issue, what its sentences speak of.
    worth
        What the stages are lower by with it than without it, in their units; of a rival, at
        most so much. Empty where that was not computed, or cannot be.
    """

    kind: ConditionKind
    table: str
    id: str = ""
    item: str = ""
    enterprise: str = ""
    field: str = ""
    value: str = ""
    code: str = ""
    probability: float = 1.0
    cells: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    recipes: tuple[Recipe, ...] = ()
    rival: bool = False
    details: tuple[tuple[str, str], ...] = ()
    worth: tuple[tuple[str, float], ...] = ()

    @property
    def certain_without(self) -> bool:
        """Whether the certain answer does without what the condition is about."""
        return bool(self.edges or self.recipes)
