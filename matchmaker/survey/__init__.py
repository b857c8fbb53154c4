"""Survey: workbooks and CSV files in, good rows, bad rows and issues out, and back again.

Fourth room of the flow, behind `codebook`.

In order: raw_grid · headings · files · cells · mapping · strays · read_sheet · checks ·
quarantine · editions · reader · outgoing · identity.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
