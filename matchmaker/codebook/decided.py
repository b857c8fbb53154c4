"""Decided: the ids that people decide by, and what their decisions make of a text.

A decision names a subject and a value, `offer:0274000000:1f3a9c02=item:rear-wheel-24`. The
subject of a text is its kind and a digest, `text:process:8c1d2e3f`, so that a decision counts
for the same text of every enterprise and of every later import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from matchmaker.codebook.tables import fold
from matchmaker.errors import BadValueError
from matchmaker.model import Decision

TEXT = "text"

JARGON = "jargon"
"""Kind of a text that stands for other words, not for a value of the codebook."""

Meanings = Mapping[str, Mapping[str, str]]
"""Value by kind and text, evened out, as people decided."""


def text_id(kind: str, text: str) -> str:
    """Typed id of a text that stands for a value of a kind; case, ё and spaces do not matter.

    >>> text_id("process", "Гибка  трубы") == text_id("process", "гибка трубы")
    True
    """
    digest = hashlib.sha256(f"{kind}\x1f{fold(text)}".encode()).hexdigest()[:8]
    return f"{TEXT}:{kind}:{digest}"


def text_kind(subject: str) -> str:
    """Kind of value that a text stands for; empty where the subject is no text.

    >>> text_kind("text:process:8c1d2e3f"), text_kind("firm:0274000000")
    ('process', '')
    """
    start, _, rest = subject.partition(":")
    return rest.partition(":")[0] if start == TEXT else ""


def split_decision(id: str) -> tuple[str, str]:
    """Subject and value of the id of a decision; the value of an item may lack its `item:`.

    Raises
    ------
    BadValueError
        When it has no subject or no value.

    >>> split_decision("firm:0274000000=rear-wheel-24")
    ('firm:0274000000', 'item:rear-wheel-24')
    """
    subject, _, value = id.partition("=")
    if not (subject and value):
        raise BadValueError(
            f"{id!r} names no decision: expected a subject and a value with = between, such as "
            "firm:0274000000=rear-wheel-24."
        )
    is_item = text_kind(subject) in {"", "item"}
    return subject, f"item:{value.removeprefix('item:')}" if is_item else value


def jargon_of(decisions: Iterable[Decision]) -> Mapping[str, str]:
    """What phrases mean in people's own words, of the decisions that stand."""
    return meanings(decisions).get(JARGON, {})


def meanings(decisions: Iterable[Decision]) -> Meanings:
    """What texts stand for, of the decisions that stand and say yes."""
    found: dict[str, dict[str, str]] = {}
    for decision in decisions:
        kind = text_kind(decision.subject)
        if kind and decision.accepted:
            found.setdefault(kind, {})[decision.text] = decision.value
    return found
