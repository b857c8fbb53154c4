from .files import csv_paths, write_atomically
from .sanitize import sanitize
from .writers import FORMATS, WRITERS, write_graph

__all__ = ["FORMATS", "WRITERS", "csv_paths", "sanitize", "write_atomically", "write_graph"]
