"""Addresses: where a firm is, as words and numbers that can be compared.

After `spelling`. Words that every address has («улица», "industrial zone") are known from
`address_words.csv` and left out, so are names of countries; numbers stand apart, long ones are
postcodes. Words may come in any order, abbreviated, or run together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from matchmaker.codebook import country_names, read_rows
from matchmaker.survey.identity.spelling import pieces, sound

_ZERO = re.compile(r"(?<=\d)[oOоО](?![^\W\d_])")
"""The letter O that a scanner read for the last zero of a number."""

_POSTCODE = re.compile(r"(?<!\d)\d{5,}(?!\d)")

GRAM = 2
"""Letters of a piece by which addresses are compared."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address: what its words sound like, its numbers and its postcodes."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    postcodes: frozenset[str]

    def grams(self) -> frozenset[str]:
        """Pieces of two letters, within words and from each word to the next."""
        text = "".join(self.words)
        return frozenset(text[i : i + GRAM] for i in range(len(text) - GRAM + 1))


def read_address(text: str) -> Address:
    """Words, numbers and postcodes of an address.

    >>> read_address("450000, г. Уфа, ул. Ленина, д. 5")
    Address(words=('ufa', 'lenina'), numbers=frozenset({'5'}), postcodes=frozenset({'450000'}))
    """
    plain = _ZERO.sub("0", text)
    postcodes = frozenset(_POSTCODE.findall(plain))
    words = list(_without_phrases(pieces(_POSTCODE.sub(" ", plain))))
    numbers = frozenset(word for word in words if word.isdecimal())
    sounds = tuple(sound(word) for word in words if not word.isdecimal() and len(word) > 1)
    return Address(sounds, numbers, postcodes)


def _without_phrases(words: list[str]) -> Iterator[str]:
    """Words that are not common to all addresses."""
    start = 0
    while start < len(words):
        size = next(
            (size for size in (3, 2, 1) if tuple(words[start : start + size]) in _common()), 0
        )
        if not size:
            yield words[start]
        start += max(size, 1)


@cache
def _common() -> Mapping[tuple[str, ...], str]:
    """Common word by every spelling, in words; names of countries are common too."""
    spelt = {
        tuple(pieces(text)): row["word"]
        for row in read_rows("address_words.csv")
        for text in (row["word"], *row["spellings"].split("|"))
    }
    names = [*country_names("en"), *country_names("ru")]
    return {tuple(pieces(name)): "country" for name in names} | spelt
