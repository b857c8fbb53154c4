from .answers.excerpt import Excerpt
from .answers.history import Change
from .database.file import APPLICATION_ID, BUSY_TIMEOUT
from .records.editions import LeftOut
from .records.merges import Conflict
from .store import Added, Counts, Store

__all__ = [
    "APPLICATION_ID",
    "BUSY_TIMEOUT",
    "Added",
    "Change",
    "Conflict",
    "Counts",
    "Excerpt",
    "LeftOut",
    "Store",
]
