"""Every sentence the program says about data, Russian and English, from one catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from matchmaker.codebook.tables import read_rows
from matchmaker.model import Issue, Severity

LANGUAGES = ("ru", "en")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Rows of `issues.csv` by issue code: severity, message and fix in both languages."""
    return {row["code"]: row for row in read_rows("issues.csv")}


def severity(code: str) -> Severity:
    """How bad an issue of that code is."""
    return Severity(catalogue()[code]["severity"])


def describe(issue: Issue, lang: str) -> tuple[str, str]:
    """What was found and what to do about it, in Russian or English."""
    row = catalogue()[issue.code]
    blanks = {"value": issue.value, "column": issue.column, **issue.details}
    return row[f"message_{lang}"].format_map(blanks), row[f"fix_{lang}"].format_map(blanks)


def sentence(text: str) -> str:
    """Text with a full stop, where it does not end a sentence already.

    >>> sentence("Leave the cell empty"), sentence("Did you mean 40?")
    ('Leave the cell empty.', 'Did you mean 40?')
    """
    return text if text.endswith((".", "?", "!", "…")) else text + "."


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return {row["key"]: row for row in read_rows("phrases.csv")}


def phrase_keys(prefix: str) -> tuple[str, ...]:
    """Keys of the phrases that start so, in their order."""
    return tuple(key for key in _phrases() if key.startswith(prefix))


def say(key: str, lang: str, **blanks: object) -> str:
    """Phrase of `phrases.csv` with its blanks filled, in Russian or English."""
    return _phrases()[key][lang].format_map(blanks)
