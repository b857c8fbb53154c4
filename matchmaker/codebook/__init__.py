"""Codebook: the words, codes, units and sentences that every other room shares.

`data/fields.csv` is the single source of the survey template, the validation, the
database columns and the data format page. Second room of the flow, behind `model`.
"""

from matchmaker.codebook.choices import choice_label, choice_spellings, find_choice
from matchmaker.codebook.classes import (
    Process,
    common_level,
    find_process,
    okpd2,
    okved2,
    processes,
)
from matchmaker.codebook.decided import (
    JARGON,
    Meanings,
    jargon_of,
    meanings,
    split_decision,
    text_id,
    text_kind,
)
from matchmaker.codebook.messages import (
    LANGUAGES,
    catalogue,
    describe,
    phrase_keys,
    say,
    sentence,
    severity,
)
from matchmaker.codebook.places import (
    Region,
    country_names,
    distance,
    find_country,
    find_region,
    regions,
)
from matchmaker.codebook.tables import (
    TURNKEY,
    Field,
    Table,
    fold,
    is_slug,
    read_rows,
    row_id,
    row_ids,
    tables,
)
from matchmaker.codebook.units import Unit, conversion, find_unit, units
from matchmaker.codebook.wording import (
    MINUS,
    format_money,
    format_money_short,
    format_number,
    format_price,
    format_quantity,
    format_share,
    reason,
)

__all__ = [
    "JARGON",
    "LANGUAGES",
    "MINUS",
    "TURNKEY",
    "Field",
    "Meanings",
    "Process",
    "Region",
    "Table",
    "Unit",
    "catalogue",
    "choice_label",
    "choice_spellings",
    "common_level",
    "conversion",
    "country_names",
    "describe",
    "distance",
    "find_choice",
    "find_country",
    "find_process",
    "find_region",
    "find_unit",
    "fold",
    "format_money",
    "format_money_short",
    "format_number",
    "format_price",
    "format_quantity",
    "format_share",
    "is_slug",
    "jargon_of",
    "meanings",
    "okpd2",
    "okved2",
    "phrase_keys",
    "processes",
    "read_rows",
    "reason",
    "regions",
    "row_id",
    "row_ids",
    "say",
    "sentence",
    "severity",
    "split_decision",
    "tables",
    "text_id",
    "text_kind",
    "units",
]
