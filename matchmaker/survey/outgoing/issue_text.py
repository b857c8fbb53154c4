"""Issue text: an issue in words for the firm it is about, without a word about any other firm.

Names of files that others sent and tax numbers near to a wrong one stay with the organiser.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from matchmaker.codebook import describe, say
from matchmaker.model import Issue

WAITING = "enterprise-waits"
"""Issue of a row in which nothing needs changing: its firm's own row does."""


def without_waiting(issues: Iterable[Issue]) -> list[Issue]:
    """Issues that ask for something, less the rows that only wait for another."""
    return [issue for issue in issues if issue.code != WAITING]


def describe_to_sender(issue: Issue, lang: str) -> tuple[str, str]:
    """What was found and what to do about it, fit for the sender of the file."""
    return describe(replace(issue, details=_own_details(issue, lang)), lang)


def _own_details(issue: Issue, lang: str) -> dict[str, str]:
    details = dict(issue.details)
    if issue.code == "enterprise-unknown" and "nearest" in details:
        details["nearest"] = ""
    if "other" in details:
        details["other"] = _own_place(issue, details["other"], lang)
    return details


def _own_place(issue: Issue, place: str, lang: str) -> str:
    """Place in the same file, or that it is in another one."""
    if issue.code == "sheet-repeated":
        return place
    own, found, rest = place.partition("!")
    return rest if found and own == issue.file else say("issue.other-file", lang)
