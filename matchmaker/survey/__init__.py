"""Survey: workbooks and CSV files in, good rows, bad rows and issues out, and back again.

Fourth room of the flow, behind `codebook`. A process of its own (`child`, started by
`sandbox`) turns the bytes of a file into raw cells with `files`, `delimited`, `archives` and
`workbooks`; `headers` says what the cells are, or `mapped` does as a `mapping` says, which `drafts`
proposes; `values` reads one cell with `quantities`, `measures` and `dates`, `checks` compares rows,
`reader` runs it all, `writer` is the way back. Nothing here raises on bad data.

Names are loaded on first use, so that the process which only parses starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matchmaker.survey.checks import CHECKS, Draft, Known
    from matchmaker.survey.drafts import draft_mapping
    from matchmaker.survey.mapping import read_mapping
    from matchmaker.survey.reader import read_survey
    from matchmaker.survey.writer import asked, write_survey

_FILES = {
    "CHECKS": "checks",
    "Draft": "checks",
    "Known": "checks",
    "asked": "writer",
    "draft_mapping": "drafts",
    "read_mapping": "mapping",
    "read_survey": "reader",
    "write_survey": "writer",
}

__all__ = [
    "CHECKS",
    "Draft",
    "Known",
    "asked",
    "draft_mapping",
    "read_mapping",
    "read_survey",
    "write_survey",
]


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
