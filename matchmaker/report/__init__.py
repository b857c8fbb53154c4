"""Report: what was found becomes one page that people defend and print.

Behind `recommend` in the flow and never a solver: `names` (ids to words) ▶ `view`,
`compare`, `advice` (plain rows) and `flow` ▶ `layout` ▶ `charts` (inline drawings) ▶
`dossier` (the file).
"""

from matchmaker.report.dossier import Dossier, render_dossier, write_dossier
from matchmaker.report.view import Section, view_section

__all__ = ["Dossier", "Section", "render_dossier", "view_section", "write_dossier"]
