"""How many random cases a run looks at: a part, or all with MATCHMAKER_SEEDS=all."""

import os

PART = 4


def seeds(count):
    """Seeds from 0 on: every one of `count`, or the first of every PART of them."""
    whole = os.environ.get("MATCHMAKER_SEEDS") == "all"
    return range(count if whole else -(-count // PART))


def part(cases, step=3):
    """Every case, or one of each `step` of them."""
    return cases if os.environ.get("MATCHMAKER_SEEDS") == "all" else cases[::step]
