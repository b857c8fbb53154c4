from .chains import (
    GOALS,
    Demand,
    Limits,
    compose_chains,
    explain_alternatives,
    explain_result,
    find_repairs,
)
from .evaluation import evaluate, read_labels
from .export import write_graph
from .graph import build_graph
from .kept_matches import match_store
from .matching import find_matches, join_texts, plan_join
from .recommend import explain, find_gaps, recommend_members, recommend_questions
from .report import write_dossier
from .store import Store
from .survey import (
    find_open_points,
    make_call_sheet,
    read_mapping,
    read_survey,
    write_letter,
    write_marked,
    write_survey,
    write_template,
)

__all__ = [
    "GOALS",
    "Demand",
    "Limits",
    "Store",
    "__version__",
    "build_graph",
    "compose_chains",
    "evaluate",
    "explain",
    "explain_alternatives",
    "explain_result",
    "find_gaps",
    "find_matches",
    "find_open_points",
    "find_repairs",
    "join_texts",
    "make_call_sheet",
    "match_store",
    "plan_join",
    "read_labels",
    "read_mapping",
    "read_survey",
    "recommend_members",
    "recommend_questions",
    "write_dossier",
    "write_graph",
    "write_letter",
    "write_marked",
    "write_survey",
    "write_template",
]

__version__: str
