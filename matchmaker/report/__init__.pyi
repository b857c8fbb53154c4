from .dossier import Dossier, render_dossier, write_dossier
from .view import Section, view_section

__all__ = ["Dossier", "Section", "render_dossier", "view_section", "write_dossier"]
