"""Identity: which records are one firm, however its name, form, alphabet or address is written.

Part of the room `survey`; it sees texts and never a database. From the ground up: `spelling`
evens out letters, `forms` cuts off legal forms, `names` and `addresses` read words, `firms`
puts together what is told; `candidates` says which pairs to look at, `alike` and `compare` how
much they agree, `score` what that is worth; `duplicates` finds pairs and groups in one list,
`link` the firms of one list in another.
"""

from matchmaker.survey.identity.duplicates import Duplicate, compare_pairs, find_duplicates, group
from matchmaker.survey.identity.link import Link, link_names
from matchmaker.survey.identity.names import read_name
from matchmaker.survey.identity.score import THRESHOLD

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
