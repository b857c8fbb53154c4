"""Requirements: which conditions a candidate meets, which it lacks, and which nobody knows.

Beside the score, never inside it. A requirement is a question with a condition; a candidate states
answers, and what it does not state is unknown, not missing. Candidates are ranked by what they
meet, so that one that meets all comes before one that does not, and losing an answer that met
a condition never raises a candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import inf, isnan

from matchmaker.codebook import fold
from matchmaker.errors import BadValueError
from matchmaker.matching.text.materials import taken_apart
from matchmaker.matching.text.stated_quantities import Interval, clauses, facts, subject
from matchmaker.matching.text.stems import NOT, stem, terms, tokens

NEAR = 0.8
"""Part of a demanded quantity from which on an answer counts as near."""


_REFUSALS = frozenset(
    NOT + stem(verb)
    for verb in ("делаем", "производим", "выполняем", "изготавливаем", "предлагаем", "оказываем")
)
"""A denied verb behind what a firm does not do: «порошковую окраску не делаем»."""

Answer = str | float | Iterable[str] | None


class RequirementStatus(StrEnum):
    """What an answer says about a requirement."""

    MET = "met"
    NEAR = "near"
    UNKNOWN = "unknown"
    MISSING = "missing"


CREDIT = {
    RequirementStatus.MET: 1.0,
    RequirementStatus.NEAR: 0.5,
    RequirementStatus.UNKNOWN: 0.25,
    RequirementStatus.MISSING: 0.0,
}
"""What a verdict counts in the ranking: not asked is less than near and more than no."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Demands a word or phrase among the answers, letter case and word endings aside.

    >>> OneOf("ISO 13485").judge(["iso 9001", "ISO 13485:2016"])
    <RequirementStatus.MET: 'met'>
    """

    wanted: str

    def __post_init__(self) -> None:
        _check_words(self.wanted)

    def judge(self, answer: Answer) -> RequirementStatus:
        """Met where one of the answers has all the words wanted, near where it has some."""
        stated = _stated(answer)
        if not stated:
            return RequirementStatus.UNKNOWN
        wanted = _words(self.wanted)
        shares = [len(wanted & _words(one)) / len(wanted) for one in stated]
        if max(shares) == 1:
            return RequirementStatus.MET
        return RequirementStatus.NEAR if max(shares) >= NEAR else RequirementStatus.MISSING

    def is_named(self, answer: Answer) -> bool:
        """Whether an answer is what is wanted and nothing narrower."""
        return any(_words(one) == _words(self.wanted) for one in _stated(answer))


@dataclass(frozen=True, slots=True)
class Between:
    """Demands a quantity between two bounds, both allowed.

    >>> Between(least=100).judge(90)
    <RequirementStatus.NEAR: 'near'>
    """

    least: float = -inf
    most: float = inf

    def __post_init__(self) -> None:
        if self.least > self.most:
            raise BadValueError(f"The least, {self.least:g}, is above the most, {self.most:g}.")

    def judge(self, answer: Answer) -> RequirementStatus:
        """Met inside the bounds, near where at most a fifth is lacking."""
        if not isinstance(answer, int | float) or isnan(answer):
            return RequirementStatus.UNKNOWN
        if self.least <= answer <= self.most:
            return RequirementStatus.MET
        close = self.least * NEAR <= answer <= self.most / NEAR
        return RequirementStatus.NEAR if close else RequirementStatus.MISSING

    def is_named(self, answer: Answer) -> bool:
        """Whether the answer lies inside the bounds."""
        return self.judge(answer) is RequirementStatus.MET


@dataclass(frozen=True, slots=True)
class TextRequirement:
    """Demands what texts may tell: a quantity with its unit, or words.

    Silence is no answer: what no text speaks of is unknown. A quantity counts where the same
    clause has all words that stand beside the wanted one; "up to 150 kg" tells that 130 can be
    had, but not that no more than 130 is. Every clause of the demand is demanded.

    >>> TextRequirement("нагрузка не менее 130 кг").judge("Коляска, нагрузка до 150 кг")
    <RequirementStatus.MET: 'met'>
    """

    wanted: str

    def __post_init__(self) -> None:
        for part in clauses(self.wanted) or [self.wanted]:
            _check_words(part)

    def judge(self, answer: Answer) -> RequirementStatus:
        """Verdict on the clause of the demand that is met least."""
        stated = _stated(answer)
        verdicts = [_heard(part, stated) for part in clauses(self.wanted)]
        return min(verdicts, key=CREDIT.__getitem__)

    def is_named(self, answer: Answer) -> bool:
        """Whether the texts meet it."""
        return self.judge(answer) is RequirementStatus.MET


Requirement = OneOf | Between | TextRequirement


@dataclass(frozen=True, slots=True)
class Fit:
    """A candidate and the verdict on every requirement, in the order of the requirements.

    `named` counts the requirements that an answer meets word for word.
    """

    candidate: str
    verdicts: Mapping[str, RequirementStatus]
    named: int = 0

    @property
    def met(self) -> int:
        """How many requirements are met."""
        return sum(verdict is RequirementStatus.MET for verdict in self.verdicts.values())

    @property
    def exact(self) -> bool:
        """Whether all requirements are met."""
        return self.met == len(self.verdicts)

    @property
    def credit(self) -> float:
        """Sum of the credits of the verdicts."""
        return sum(CREDIT[verdict] for verdict in self.verdicts.values())

    def lacking(self) -> tuple[str, ...]:
        """Requirements that are not met and not unknown: the near ones and the missing ones."""
        known = {RequirementStatus.NEAR, RequirementStatus.MISSING}
        return tuple(name for name, verdict in self.verdicts.items() if verdict in known)

    def unknown(self) -> tuple[str, ...]:
        """Requirements that the candidate was not asked about or did not answer."""
        return tuple(
            name for name, verdict in self.verdicts.items() if verdict is RequirementStatus.UNKNOWN
        )


def check_requirements(
    requirements: Mapping[str, Requirement], answers: Mapping[str, Mapping[str, Answer]]
) -> tuple[Fit, ...]:
    """Judge every candidate by every requirement, the best first.

    Parameters
    ----------
    requirements
        What is demanded, by name.
    answers
        What every candidate states, by candidate and by name of the requirement.

    Returns
    -------
    tuple of Fit
        Those that meet all first, then by credit; of equal ones first who names what is wanted
        and not a kind of it; then by candidate. None is left out.
    """
    fits = [
        Fit(
            candidate,
            {name: wanted.judge(stated.get(name)) for name, wanted in requirements.items()},
            sum(wanted.is_named(stated.get(name)) for name, wanted in requirements.items()),
        )
        for candidate, stated in answers.items()
    ]
    return tuple(sorted(fits, key=_order))


def _heard(wanted: str, stated: Sequence[str]) -> RequirementStatus:
    """Best verdict of any clause about each quantity, the worst of those; or of the words."""
    demanded = facts(wanted)
    if not demanded:
        return _spoken(wanted, stated)
    about = _words(subject(wanted))
    told = [facts(part) for text in stated for part in clauses(text) if about <= _words(part)]
    verdicts = [
        [_compare(interval, one[name]) for one in told if name in one]
        for name, interval in demanded.items()
    ]
    best = [max(own, key=CREDIT.__getitem__, default=RequirementStatus.UNKNOWN) for own in verdicts]
    return min(best, key=CREDIT.__getitem__)


def _spoken(wanted: str, stated: Sequence[str]) -> RequirementStatus:
    """Met where a text has all words, missing where it denies one of them, else near or unknown."""
    sought = set(terms(wanted, ()))
    texts = [_said(text) for text in stated]
    if any(sought <= text for text in texts):
        return RequirementStatus.MET
    spoken = [{term.removeprefix(NOT) for term in text} for text in texts]
    if any(sought <= text for text in spoken):
        return RequirementStatus.MISSING
    shares = [len(sought & text) / len(sought) for text in texts]
    return RequirementStatus.NEAR if max(shares, default=0) >= NEAR else RequirementStatus.UNKNOWN


def _said(text: str) -> set[str]:
    """Terms of a text; all of a clause are denied that says that the firm does not do it."""
    found: set[str] = set()
    for part in clauses(text):
        own = terms(part, ())
        refused = not _REFUSALS.isdisjoint(own)
        found.update(NOT + term.removeprefix(NOT) if refused else term for term in own)
    return found


def _check_words(wanted: str) -> None:
    if not _words(wanted):
        raise BadValueError(f"{wanted!r} asks for nothing: name a thing or a quantity.")


def _compare(wanted: Interval, stated: Interval) -> RequirementStatus:
    """Whether a stated interval reaches, keeps below or covers the wanted one, or is near it.

    Of a wanted range one value is enough, a smaller range is near.
    """
    if wanted[1] == inf:
        reaches = stated[1] >= wanted[0]
    elif wanted[0] == -inf:
        reaches = stated[1] <= wanted[1]
    else:
        one_value = stated[0] == stated[1]
        reaches = _inside(wanted, stated) or (one_value and _inside(stated, wanted))
    if reaches:
        return RequirementStatus.MET
    lowest = wanted[0] - (1 - NEAR) * abs(wanted[0])
    highest = wanted[1] + (1 / NEAR - 1) * abs(wanted[1])
    return (
        RequirementStatus.NEAR
        if stated[0] <= highest and lowest <= stated[1]
        else RequirementStatus.MISSING
    )


def _inside(inner: Interval, outer: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _order(fit: Fit) -> tuple[bool, float, int, str]:
    return not fit.exact, -fit.credit, -fit.named, fit.candidate


@lru_cache(maxsize=65_536)
def _words(text: str) -> frozenset[str]:
    """Stems of a text; words that are written together, as in CNCTurning, are taken apart."""
    return frozenset(tokens(taken_apart(text)))


def _stated(answer: Answer) -> Sequence[str]:
    """Texts of an answer that say anything."""
    if answer is None or isinstance(answer, int | float):
        return []
    texts = [answer] if isinstance(answer, str) else list(answer)
    return [text for text in texts if fold(text)]
