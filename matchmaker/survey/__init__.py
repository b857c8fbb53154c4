"""Survey: workbooks and CSV files in, good rows, bad rows and issues out, and back again.

Fourth room of the flow, behind `codebook`. A process of its own (`child`, started by
`sandbox`) turns the bytes of a file into raw cells with `files`, `delimited`, `archives` and
`workbooks`; `editions` says which file it is, `headers` what the cells are, or `mapped` does as a
`mapping` says, which `drafts` proposes; `values` reads one cell with `quantities`, `measures` and
`dates`, `checks` compares rows, `sources` says what stood where, `reader` runs it all, `writer` is
the way back. Nothing here raises
on bad data.

What goes to firms: `template` is what they fill in, with `choices` to choose from, the
`callsheet` of a product and its `looks`; `marked` gives a file back with what was found in it
(`marking` in a process, `telling` in words); `letters` ask for the `open_points`.

Names are loaded on first use, so that the process which only parses starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matchmaker.survey.callsheet import answers_of, fill_in, make_call_sheet
    from matchmaker.survey.checks import CHECKS, Draft, Known
    from matchmaker.survey.drafts import draft_mapping
    from matchmaker.survey.files import find_files
    from matchmaker.survey.letters import write_letter
    from matchmaker.survey.mapping import read_mapping
    from matchmaker.survey.marked import check_target, write_marked
    from matchmaker.survey.open_points import (
        OpenPoints,
        Unanswered,
        find_open_points,
        why_asked,
    )
    from matchmaker.survey.reader import read_survey
    from matchmaker.survey.template import write_template
    from matchmaker.survey.writer import asked, write_survey

_FILES = {
    "CHECKS": "checks",
    "Draft": "checks",
    "Known": "checks",
    "answers_of": "callsheet",
    "asked": "writer",
    "check_target": "marked",
    "fill_in": "callsheet",
    "find_files": "files",
    "find_open_points": "open_points",
    "OpenPoints": "open_points",
    "Unanswered": "open_points",
    "make_call_sheet": "callsheet",
    "draft_mapping": "drafts",
    "read_mapping": "mapping",
    "read_survey": "reader",
    "write_letter": "letters",
    "write_marked": "marked",
    "write_survey": "writer",
    "why_asked": "open_points",
    "write_template": "template",
}

__all__ = [
    "CHECKS",
    "Draft",
    "Known",
    "OpenPoints",
    "Unanswered",
    "answers_of",
    "asked",
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


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
