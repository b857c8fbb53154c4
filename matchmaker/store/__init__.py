"""Store: one SQLite file that keeps a cluster's survey, its sources and its findings.

Stands between `survey`, which fills it, and everything that computes, which reads the
frozen `snapshot()`, or an `excerpt()` of it; no other room touches SQLite. From the ground
up: `schema` says what the tables are, `statements` writes the SQL, `database` opens the file,
`editions` knows the files and `history` the earlier answers, `merges` puts together what is one
firm, `frames` and `excerpt` read it; `door`, `said` and `store` are what others see of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
