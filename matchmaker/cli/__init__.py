"""Command line: database first, verbs in the infinitive, data on stdout, the rest on stderr.

The rightmost room. One file a group of verbs; heavy rooms are imported inside the
commands, so that `--help` answers at once.

In order: shared · answers · matching · advice · delivery · main.
"""

from matchmaker.cli.main import main

__all__ = ["main"]
