"""Legal forms: what a firm is, cut off from what it is called.

After `spelling`. The table `legal_forms.csv` has the forms of many countries, short and in
full; forms that answer each other across countries are of one kind: ООО, GmbH and Ltd are
limited companies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from matchmaker.codebook import read_rows
from matchmaker.survey.identity.spelling import pieces

SHORT = 3
"""Letters of a short form; shorter ones are looked for only at the ends of a name: "as", "co"."""

_LONGEST = 9
"""Words of the longest form."""


@dataclass(frozen=True, slots=True)
class LegalForm:
    """A form by its code, with its kind and, where it belongs to one, its country."""

    code: str
    kind: str
    country: str


@cache
def legal_forms() -> Mapping[str, LegalForm]:
    """Every form by its spellings, written without spaces."""
    return {
        "".join(pieces(text)): LegalForm(row["form"], row["kind"], row["country"])
        for row in read_rows("legal_forms.csv")
        for text in row["spellings"].split("|")
    }


def cut_forms(words: Sequence[str]) -> tuple[list[str], list[LegalForm]]:
    """Words of a name without its legal forms, and the forms in their order.

    A name that is nothing but forms keeps the words behind the first: «ООО Союз».

    >>> rest, forms = cut_forms(["ооо", "вектор"])
    >>> rest, [form.code for form in forms]
    (['вектор'], ['ooo'])
    """
    kept: list[str] = []
    found: list[LegalForm] = []
    start = behind = 0
    while start < len(words):
        form, size = _form_at(words, start, first=not kept and not found)
        if form is None:
            kept.append(words[start])
        else:
            behind = behind or start + size
            found.append(form)
        start += size
    if kept:
        return kept, found
    return (list(words[behind:]), found[:1]) if words[behind:] else (list(words), [])


def _form_at(words: Sequence[str], start: int, *, first: bool) -> tuple[LegalForm | None, int]:
    """Longest form that begins at a word, with its number of words."""
    for size in range(min(_LONGEST, len(words) - start), 0, -1):
        part = words[start : start + size]
        form = legal_forms().get("".join(part))
        if form is not None and _is_written_so(part):
            rest = words[start + size :]
            if first or _stands_inside("".join(part)) or _nothing_follows(rest):
                return form, size
    return None, 1


def _is_written_so(part: Sequence[str]) -> bool:
    """Whether words are a form and not the halves of another word: «s a», but not «о оо»."""
    return len(part) == 1 or all(len(word) == 1 for word in part) or len("".join(part)) > SHORT


def _stands_inside(text: str) -> bool:
    """Whether a form is taken for one amid a name: "ltd", but not «союз» or "as"."""
    return len(text) >= SHORT and text[0].isascii()


def _nothing_follows(rest: Sequence[str]) -> bool:
    """Whether at most another form ends the name."""
    return not rest or "".join(rest) in legal_forms()
