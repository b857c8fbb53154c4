"""Names: what a firm is called, as words that can be compared with those of another name.

After `forms`. Words of trade that many firms have («завод», "textile", "group") are known from
`name_words.csv` in several languages, so that «завод» and "plant" are one word; they weigh less
than the words of a name alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from matchmaker.codebook import country_names, read_rows
from matchmaker.survey.identity.forms import LegalForm, cut_forms
from matchmaker.survey.identity.spelling import pieces, sound

WEIGHTS: Mapping[str, float] = {"plain": 1.0, "place": 0.4, "generic": 0.25, "stop": 0.02}
"""How much a word of a kind counts, before its rarity."""

BROKEN = 3
"""Letters that most words of a name have where its spaces can be trusted."""

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word: as evened out, as compared, what kind of word, and what it is made up of."""

    text: str
    key: str
    kind: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name in words; `numbers` stand apart: units and branches differ by them.

    `letters` are those of a name that lost its spaces to others (`s ew i ng fac to r y`, as
    copied from a PDF): its words are none. Empty where the words can be trusted.
    """

    words: tuple[Word, ...]
    numbers: frozenset[str]
    forms: tuple[LegalForm, ...]
    letters: str = ""

    @property
    def compact(self) -> str:
        """The words without spaces."""
        return "".join(word.text for word in self.words)


def read_name(text: str) -> Name:
    """Words, numbers and legal forms of a name."""
    rest, forms = cut_forms(_joined(pieces(text)))
    plain = [_ROMAN.get(piece, piece) for piece in rest]
    words = tuple(_word(piece) for piece in plain if not piece.isdecimal())
    numbers = frozenset(piece for piece in plain if piece.isdecimal())
    letters = "".join(plain) if _is_broken(plain) else ""
    return Name(words, numbers, tuple(forms), letters)


def _is_broken(words: Sequence[str]) -> bool:
    short = sum(len(word) < BROKEN for word in words)
    return len(words) >= BROKEN and 2 * short > len(words)


def _word(text: str) -> Word:
    generic = generic_words().get(text) or _generic_sounds().get(sound(text))
    kind = generic[1] if generic else "place" if text in _country_words() else "plain"
    return Word(text, generic[0] if generic else sound(text), kind, tuple(_parts(text)))


def _joined(words: Sequence[str]) -> list[str]:
    """Words with abbreviations that have a dash inside put together again: «з-д»."""
    joined: list[str] = []
    for word in words:
        if joined and (joined[-1], word) in _dashed():
            joined[-1] = _dashed()[joined[-1], word]
        else:
            joined.append(word)
    return joined


@cache
def generic_words() -> Mapping[str, tuple[str, str]]:
    """Common word and kind of word by every spelling."""
    return {
        spelling: (row["word"], row["kind"])
        for row, spelling in _spellings()
        if row["kind"] != "stem" and spelling
    }


@cache
def _generic_sounds() -> Mapping[str, tuple[str, str]]:
    """Common words by what they sound like: «полимер» is "polimer" too. Short ones would clash."""
    return {
        sound(spelling): word for spelling, word in generic_words().items() if len(spelling) > 5
    }


@cache
def _spellings() -> Sequence[tuple[dict[str, str], str]]:
    """Rows of the table of words, the last first, each with one of its spellings of one word."""
    return [
        (row, found[0])
        for row in reversed(list(read_rows("name_words.csv")))
        for text in (row["word"], *row["spellings"].split("|"))
        if len(found := pieces(text)) == 1
    ]


@cache
def _dashed() -> Mapping[tuple[str, str], str]:
    """The word that an abbreviation of two halves stands for."""
    return {
        (found[0], found[1]): row["word"]
        for row in read_rows("name_words.csv")
        for text in row["spellings"].split("|")
        if "-" in text and len(found := pieces(text)) == 2
    }


@cache
def _stems() -> tuple[str, ...]:
    """Stems that compound words are made of, the longest first."""
    stems = {found for row, found in _spellings() if row["kind"] == "stem"}
    return tuple(sorted(stems, key=lambda stem: (-len(stem), stem)))


@cache
def _country_words() -> frozenset[str]:
    names = [*country_names("en"), *country_names("ru")]
    return frozenset(piece for name in names for piece in pieces(name) if len(piece) > 3)


def _parts(word: str) -> list[str]:
    """Stems that a compound word ends with, behind what it begins with: ямал, строй, торг."""
    parts: list[str] = []
    while stem := next((s for s in _stems() if word.endswith(s) and len(word) > len(s) + 1), ""):
        parts.insert(0, stem)
        word = word.removesuffix(stem)
    return [word, *parts]
