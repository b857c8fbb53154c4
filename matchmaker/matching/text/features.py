"""Features: rows of the dataset made ready to be compared, every text read once.

Behind `lexicon`, `classes`, `facts` and `meaning`, before `block` and `compare`. A `Reader` is
learnt from the names of a catalogue; it turns names and what enterprises wrote into a `Side`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.codebook import units
from matchmaker.matching.text.classes import Classification, classification
from matchmaker.matching.text.encoder import Encoder, shipped_encoder
from matchmaker.matching.text.lexicon import (
    NO_JARGON,
    Lexicon,
    learn_lexicon,
)
from matchmaker.matching.text.stated_numbers import Number, stated_numbers
from matchmaker.matching.text.stated_quantities import Facts, facts
from matchmaker.matching.text.stems import is_english, terms
from matchmaker.matching.text.word_roles import RoleRows, read_heads, read_names, read_subjects

PART_OF_OKPD2 = 0.9
"""Share of its names that are names of OKPD2, from which on a catalogue is a part of it."""

Strings = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """What rows state beside their texts, row by row; an empty string means not stated."""

    items: Sequence[str]
    codes: Sequence[str]
    units: Sequence[str]
    wholes: Sequence[Sequence[str]] = ()
    """Names of what each is a part of, at any depth."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of the pairs, row by row; an empty string means not stated.

    `words`, `characters`, `topics` and `classes` are sparse rows, `meaning` dense ones, all of
    length 1 or empty; `told` marks the rows that have a text, `folded` is what it comes down to.
    `items` are the declared items of the subjects, or the catalogue's own codes; `owners` numbers
    them, so that spellings of one item share a number. `wholes` has the heads of what a row is a
    part of, over the words of the catalogue.
    """

    folded: Strings
    words: csr_matrix
    characters: csr_matrix
    topics: csr_matrix
    classes: csr_matrix
    meaning: NDArray[np.float32]
    english: NDArray[np.bool_]
    told: NDArray[np.bool_]
    facts: tuple[Facts, ...]
    items: Strings
    codes: Strings
    dimensions: Strings
    roles: RoleRows
    numbers: tuple[tuple[Number, ...], ...]
    wholes: csr_matrix
    owners: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Reads texts as the catalogue it was learnt from calls for."""

    lexicon: Lexicon
    classification: Classification
    encoder: Encoder

    def names(self, texts: Sequence[str], stated: Stated | None = None) -> Side:
        """Names of the catalogue.

        Where nearly all of them are names of OKPD2, the catalogue is a part of it, and they
        have the codes of these names; a name of a class («части мебели») names no thing.
        """
        codes = list(stated.codes) if stated else [""] * len(texts)
        found = [self.classification.code_of(text) for text in texts]
        classes = sum(map(bool, found)) >= PART_OF_OKPD2 * len(found)
        if classes:
            codes = [code or other for code, other in zip(codes, found, strict=True)]
        places = self.classification.places(codes)
        roles = read_names([""] * len(texts) if classes else texts, self.lexicon.named)
        return self._side(texts, stated, self.lexicon.names(texts), places, texts, roles)

    def subjects(self, texts: Sequence[str], stated: Stated | None = None) -> Side:
        """Texts of offers and needs."""
        places = self.classification.places([""] * len(texts))
        gists = [self.lexicon.gist(text) for text in texts]
        texts = [self.lexicon.spelled(text) for text in texts]
        meant = [self.lexicon.meant(text) for text in texts]
        roles = read_subjects(texts, self.lexicon.named, meant)
        words = self.lexicon.subjects(texts)
        return self._side(texts, stated, words, places, gists, roles)

    def _side(
        self,
        texts: Sequence[str],
        stated: Stated | None,
        words: csr_matrix,
        places: csr_matrix,
        gists: Sequence[str],
        roles: RoleRows,
    ) -> Side:
        blank = [""] * len(texts)
        stated = stated or Stated(blank, blank, blank)
        dimensions = [units()[unit].dimension if unit else "" for unit in stated.units]
        return Side(
            folded=np.array([" ".join(terms(text, ())) for text in texts], dtype=object),
            words=words,
            characters=self.lexicon.characters_of(texts),
            topics=self.classification.profiles([self.lexicon.read(text) for text in texts]),
            classes=places,
            meaning=self._meaning(gists),
            english=np.array([is_english(text) for text in texts], dtype=bool),
            told=np.array([any(map(str.isalpha, text)) for text in texts], dtype=bool),
            facts=tuple(facts(text) for text in texts),
            items=np.array(stated.items, dtype=object),
            codes=np.array(stated.codes, dtype=object),
            dimensions=np.array(dimensions, dtype=object),
            roles=roles,
            numbers=tuple(stated_numbers(text) for text in texts),
            wholes=read_heads(stated.wholes or [()] * len(texts), self.lexicon.named),
            owners=_owners(stated.items),
        )

    def _meaning(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, each distinct one encoded once."""
        distinct = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        return self.encoder.encode(list(distinct))[[distinct[text] for text in texts]]


def _owners(items: Sequence[str]) -> NDArray[np.intp]:
    """A number an item; a row without one is an item of its own."""
    named = [item or str(place) for place, item in enumerate(items)]
    return np.unique(np.array(named, dtype=str), return_inverse=True)[1].astype(np.intp)


def learn_reader(
    names: Sequence[str],
    encoder: Encoder | None = None,
    jargon: Mapping[str, str] = NO_JARGON,
) -> Reader:
    """Learn a reader from the names of a catalogue; `jargon` is what phrases mean."""
    return Reader(learn_lexicon(names, jargon), classification(), encoder or shipped_encoder())
