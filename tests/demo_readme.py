"""What datasets/README.md says: its commands, its tables, its firms."""

import re
from pathlib import Path

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
CASE = DATASETS / "rehabilitation"
README = (DATASETS / "README.md").read_text(encoding="utf-8")
M1, M2, M3, M4, M5 = "0001000010", "0001000028", "0001000035", "0001000042", "0001000050"
I1, I2, I3, I4, I5 = "0002000013", "0002000020", "0002000038", "0002000045", "0002000052"


def readme_commands():
    """Commands of the table of difficulties; a span of options alone varies the last one."""
    table = README.partition("## Planted difficulties")[2].partition("### The arithmetic")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    for row in rows[1:]:
        command = ""
        for span in re.findall(r"`([^`]+)`", row[4]):
            if span.startswith("--"):
                yield f"{command} {span}"
            else:
                command = span
                yield command


def readme_table(heading):
    """Rows of cells of the first table after a text."""
    lines = README.partition(heading)[2].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|"))
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return
        yield [cell.strip().strip("*") for cell in line.strip("|").split("|")]


def roubles(text):
    return float(text.replace(" ", ""))
