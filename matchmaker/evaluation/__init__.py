"""Evaluation: how good matching is on labels, with intervals; what each layer adds.

`Dataset` + labels → measures. Behind `recommend`, before `export` in the flow: it looks at what
the rooms to its left answer and changes nothing. `metrics` has the figures, `labels` reads what
people judged, `evaluate` asks matching, `picture` draws.

In order: labels · metrics · evaluate · picture.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
