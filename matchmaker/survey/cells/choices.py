"""Choices: what a cell of the survey may be picked from, in the words that the reader knows.

Lists that have to be kept to (roles, units, regions) and lists that only suggest (processes).
"""

from __future__ import annotations

from collections.abc import Sequence

from matchmaker.codebook import (
    Field,
    choice_label,
    country_names,
    processes,
    regions,
    units,
)


def choices(field: Field, lang: str) -> Sequence[str]:
    """Words to choose from for a field; empty where the firm answers in its own."""
    if field.allowed:
        return [choice_label(value, lang) for value in field.allowed]
    if field.type == "unit":
        return [unit.label(lang) for unit in units().values()]
    if field.type == "region":
        return sorted(region.name(lang) for region in regions().values())
    if field.type == "country":
        return country_names(lang)
    if suggests(field):
        return sorted(process.name(lang) for process in processes().values())
    return ()


def suggests(field: Field) -> bool:
    """Whether the words to choose from are offered and others are as good."""
    return field.type == "text" and field.name == "process"
