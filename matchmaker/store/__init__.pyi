from .answers.excerpt import Excerpt
from .answers.history import Change
from .answers.import_survey import Added, Counts
from .answers.left_out import LeftOut
from .database.file import APPLICATION_ID, BUSY_TIMEOUT
from .records.merges import Conflict
from .store import Store

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
