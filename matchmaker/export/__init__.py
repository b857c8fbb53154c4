"""Export: a graph becomes a file that other programs read.

Takes what `graph.build_graph` made and writes GraphML, GEXF, node-link JSON or a pair of
CSV tables. Every graph passes one `sanitize()` first: plain attributes, no secrets, sorted,
so that equal graphs give equal bytes.

In order: files · sanitize · writers.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
