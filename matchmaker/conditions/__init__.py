"""Conditions: what the answers leave open that a figure may rest on.

Between `matching` and `graph`, which carries them to whatever is computed from it. A condition
is a fact about the answers: a match that nobody confirmed, a row that waits in quarantine, an
answer that was not given and had to be read as something, a figure out of all proportion, an
issue open on the very cell. None is lost between a cell and a verdict.

In order: condition · answers · waiting_rows · open_answers · find.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
