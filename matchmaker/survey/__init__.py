"""Survey: workbooks and CSV files in, good rows, bad rows and issues out, and back again.

Fourth room of the flow, behind `codebook`: `files` and `workbooks` bring raw cells,
`headers` says what they are, `values` reads one cell, `checks` compares rows, `reader`
runs it all, `writer` is the way back. Nothing here raises on bad data.
"""

from matchmaker.survey.checks import CHECKS, Draft, Known
from matchmaker.survey.reader import read_survey
from matchmaker.survey.writer import asked, write_survey

__all__ = ["CHECKS", "Draft", "Known", "asked", "read_survey", "write_survey"]
