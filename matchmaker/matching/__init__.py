"""Matching: which enterprise makes, needs or could make which item of the catalogue.

`Dataset → Matches`: `text` reads what a text says; `pairs` blocks (which pairs to look at),
compares (a level a comparison) and scores (`score.py`: levels to log-odds that add up to a
probability); the other folders ask people, learn from them, and check requirements. Between
`codebook` and `graph` in the flow; never sees a database.

In order: text · pairs · vocabulary · training · suppliers · bulk.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
