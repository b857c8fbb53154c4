"""Identity: which records are one firm, however its name, form, alphabet or address is written.

Part of the room `survey`; it sees texts and never a database. From the ground up: `spelling`
evens out letters, `forms` cuts off legal forms, `names` and `addresses` read words, `firms`
puts together what is known; `candidates` says which pairs to look at, `alike` and `compare` how
much they agree and what that is worth; `duplicates` finds pairs and groups in one list,
`link` the firms of one list in another.

In order: spelling · addresses · forms · names · alike · firms · candidates · compare · duplicates
· link.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
