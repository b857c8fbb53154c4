from .checks import CHECKS, CheckedRows, Known
from .files.open import find_files
from .mapping.mapping import read_mapping
from .mapping.suggest import draft_mapping
from .outgoing.call_sheet import answers_of, fill_in, make_call_sheet
from .outgoing.letters import write_letter
from .outgoing.marked import check_target, write_marked
from .outgoing.open_points import OpenPoints, Unanswered, find_open_points, why_asked
from .outgoing.template import write_template
from .outgoing.write_survey import asked, asked_values, write_survey
from .reader import read_survey

__all__ = [
    "CHECKS",
    "CheckedRows",
    "Known",
    "OpenPoints",
    "Unanswered",
    "answers_of",
    "asked",
    "asked_values",
    "check_target",
    "draft_mapping",
    "fill_in",
    "find_files",
    "find_open_points",
    "make_call_sheet",
    "read_mapping",
    "read_survey",
    "why_asked",
    "write_letter",
    "write_marked",
    "write_survey",
    "write_template",
]
