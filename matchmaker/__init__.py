"""matchmaker: joint production chains for industrial clusters, exact and explained.

    import matchmaker as mm

    survey, issues = mm.read_survey("survey.xlsx", "catalogue/")
    with mm.Store("cluster.db", create=True) as store:
        store.add(survey, issues)
        data = store.snapshot()
    graph = mm.build_graph(data, mm.find_matches(data))
    result = mm.compose_chains(graph, mm.Demand("manual-wheelchair", 1200), k=3)

Names are loaded when first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import Any

from matchmaker.version import VERSION as __version__

_ROOMS = {
    "read_mapping": "survey",
    "read_survey": "survey",
    "write_survey": "survey",
    "write_template": "survey",
    "make_call_sheet": "survey",
    "write_marked": "survey",
    "find_open_points": "survey",
    "write_letter": "survey",
    "Store": "store",
    "find_matches": "matching",
    "join_texts": "matching",
    "plan_join": "matching",
    "build_graph": "graph",
    "Demand": "chains",
    "Limits": "chains",
    "GOALS": "chains",
    "compose_chains": "chains",
    "find_repairs": "chains",
    "weigh_alternatives": "chains",
    "weigh_result": "chains",
    "recommend_members": "recommend",
    "recommend_questions": "recommend",
    "find_gaps": "recommend",
    "explain": "recommend",
    "read_labels": "evaluation",
    "evaluate": "evaluation",
    "write_graph": "export",
    "write_dossier": "report",
}

__all__ = ["__version__", *_ROOMS]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
