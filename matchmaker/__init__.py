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

import lazy_loader

from matchmaker.version import VERSION as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
