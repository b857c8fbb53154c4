"""Report: what was found becomes one page that people defend and print.

Behind `recommend` in the flow and never a solver: `names` (ids to words) ▶ `view`,
`compare`, `method`, `advice`, `outsiders` (plain rows) and `flow` ▶ `layout` ▶ `charts` (inline
drawings) ▶ `dossier` (the file).

In order: names · advice · compare · flow · layout · charts · method · view · outsiders · dossier.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
