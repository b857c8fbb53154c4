"""Store: one SQLite file that keeps a cluster's survey, its sources and its findings.

Stands between `survey`, which fills it, and everything that computes, which reads the
frozen `snapshot()`, or an `excerpt()` of it; no other room touches SQLite. From the ground up:
`database` (the file and its tables), `records` (what is noted beside the answers), `answers`
(the rows of enterprises, in and out), `connection` (an open file and its transactions),
`decisions` and `firms` (what people say), `store` (what others see of all this).

In order: database · records · answers · connection · decisions · firms · store.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
