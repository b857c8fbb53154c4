from .compare import THRESHOLD
from .duplicates import Duplicate, compare_pairs, find_duplicates, group
from .link import Link, link_names
from .names import read_name

__all__ = [
    "THRESHOLD",
    "Duplicate",
    "Link",
    "compare_pairs",
    "find_duplicates",
    "group",
    "link_names",
    "read_name",
]
