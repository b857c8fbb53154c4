"""Matching: which enterprise makes, needs or could make which item of the catalogue.

`Dataset → Matches`, in the steps block (which pairs to look at), compare (a level a
comparison), score (levels to log-odds that add up to a probability). Between `codebook`
and `graph` in the flow; never sees a database.

In order: text · pairs · vocabulary · training · suppliers · bulk.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
