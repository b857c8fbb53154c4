"""Codebook: the words, codes, units and sentences that every other room shares.

`data/fields.csv` is the single source of the survey template, the validation, the
database columns and the data format page. Second room of the flow, behind `model`.

In order: tables · classes · decided · messages · places · units · choices · weights · wording.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
