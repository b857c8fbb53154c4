"""Which random cases every run looks at; `scripts/test --long` looks at the others as well."""

import pytest

PART = 4


def seeds(count):
    """Seeds from 0 on: every run looks at the first of every PART of them."""
    return first_of(range(count))


def first_of(cases):
    """All cases, those after the first of every PART of them marked as long."""
    few = -(-len(cases) // PART)
    return [*cases[:few], *map(_long, cases[few:])]


def spread(cases, step):
    """All cases, marked as long but for one of each `step` of them."""
    return [_long(case) if place % step else case for place, case in enumerate(cases)]


def _long(case):
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.long)
