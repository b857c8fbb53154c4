"""Export: a graph becomes a file that other programs read.

Takes what `graph.build_graph` made and writes GraphML, GEXF, node-link JSON or a pair of
CSV tables. Every graph passes one `sanitize()` first: plain attributes, no secrets, sorted,
so that equal graphs give equal bytes.
"""

from matchmaker.export.files import csv_paths, write_atomically
from matchmaker.export.sanitize import sanitize
from matchmaker.export.writers import FORMATS, WRITERS, write_graph

__all__ = ["FORMATS", "WRITERS", "csv_paths", "sanitize", "write_atomically", "write_graph"]
