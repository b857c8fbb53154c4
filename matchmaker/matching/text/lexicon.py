"""Lexicon: how much every term weighs, and texts as vectors for the layers of matching.

Behind `text`, before `block` and `compare`. Terms are weighted by how rare they are among
the catalogue's names and the names of OKPD2; a term that neither knows (a brand, an article
number) carries no weight. The thesaurus adds what a term means, at part of its weight;
the texts of subjects also get the translations of their terms, so that an English need
meets a Russian name. Characters are n-grams of three to five within words; there unknown ones
do count, so that a long foreign text is not near to everything. All depends on the catalogue
alone: what one enterprise answers never changes the score of another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.codebook import fold, read_rows
from matchmaker.matching.text.classes import terms_of_names
from matchmaker.matching.text.stems import NOT, bare_terms, is_english, terms
from matchmaker.matching.text.word_roles import MeantWords, NamedWords, learn_words

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

MEANT = 0.7
"""Weight of a term that the thesaurus adds, against one that is written."""

NO_JARGON: Mapping[str, str] = MappingProxyType({})

Terms = dict[str, float]
Phrase = tuple[str, ...]


class Entry(NamedTuple):
    """A phrase as terms, and what it means, as terms and as it is worded.

    `own` tells people's own jargon from the thesaurus.
    """

    phrase: Phrase
    meant: Phrase
    wording: str
    own: bool


Thesaurus = Mapping[str, Sequence[Entry]]
"""Entries by the first term of their phrase."""

_PART = re.compile(r"[^\W_]+|[\W_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """What every term and n-gram weighs; learnt from names, then applied to any text."""

    places: Mapping[str, int]
    rarity: NDArray[np.float64]
    characters: TfidfTransformer
    thesaurus: Thesaurus
    named: NamedWords

    def meant(self, text: str) -> MeantWords:
        """What the words of a text mean: by translations and people's jargon; by the thesaurus."""
        same: dict[str, frozenset[str]] = {}
        near: dict[str, frozenset[str]] = {}
        for entry in self._entries(terms(text, self.places)):
            found = same if entry.own else near
            for term in entry.phrase:
                found[term] = found.get(term, frozenset()).union(entry.meant)
        for term in bare_terms(text):
            others = (other for other, _ in translations().get(term, ()))
            same[term] = same.get(term, frozenset()).union(others)
        return MeantWords(same, near)

    def read(self, text: str) -> Terms:
        """Terms of a text and of what the thesaurus says they mean, with their part of weight."""
        written = terms(text, self.places)
        found = dict.fromkeys(written, 1.0)
        for entry in self._entries(written):
            found.update(dict.fromkeys(set(entry.meant) - found.keys(), MEANT))
        return found

    def spelled(self, text: str) -> str:
        """Text with shortened and misspelt words as the catalogue spells them.

        In Russian letters where it is Russian in Latin ones: none of its words an English one.
        """
        if not is_english(text):
            return self.named.spelled(text)
        if any(term in self.places for term in bare_terms(text)):
            return text
        return _PART.sub(lambda part: self.named.in_russian(part[0]), text)

    def gist(self, text: str) -> str:
        """Text without the names of brands and models, what jargon means added in brackets.

        For an encoder, which takes a brand for a word of some language. A Latin word in a Russian
        text that no name has is taken for a brand; an English text stays as it is.
        """
        text = self.spelled(text)
        if is_english(text):
            return text
        kept = "".join(" " if self._is_brand(part) else part for part in _PART.findall(text))
        entries = self._entries(terms(text, self.places))
        meant = ", ".join(dict.fromkeys(entry.wording for entry in entries))
        plain = " ".join(kept.split()).strip(' ,.;:-«»"()') or text
        return f"{plain} ({meant})" if meant else plain

    def _is_brand(self, part: str) -> bool:
        return is_english(part) and not any(term in self.places for term in bare_terms(part))

    def _entries(self, written: Sequence[str]) -> Iterator[Entry]:
        """Entries of the thesaurus whose phrase stands among the terms."""
        for place, term in enumerate(written):
            for entry in self.thesaurus.get(term, ()):
                if tuple(written[place : place + len(entry.phrase)]) == entry.phrase:
                    yield entry

    def names(self, texts: Sequence[str]) -> csr_matrix:
        """Weighted terms of names of the catalogue, rows of length 1 or empty."""
        read = [self.read(text) for text in texts]
        return self._words(read, read)

    def subjects(self, texts: Sequence[str]) -> csr_matrix:
        """Weighted terms of what enterprises wrote, and beside them their translations."""
        read = [self.read(text) for text in texts]
        return self._words([_translated(found) for found in read], read)

    def characters_of(self, texts: Sequence[str]) -> csr_matrix:
        """Weighted n-grams, hashed, rows of length 1 or empty."""
        return csr_matrix(self.characters.transform(_hasher().transform(texts)))

    def _words(self, rows: Sequence[Terms], own: Sequence[Terms]) -> csr_matrix:
        """Weighted terms, divided by the length of the rows without their translations."""
        matrix, measure = self._weigh(rows), self._weigh(own)
        lengths = np.sqrt(np.asarray(measure.multiply(measure).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(matrix.indptr))
        return matrix

    def _weigh(self, rows: Sequence[Terms]) -> csr_matrix:
        """Terms by their rarity (n × twice the vocabulary: denied ones in the second half)."""
        width = len(self.places)
        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for found in rows:
            for term, weight in found.items():
                bare = term.removeprefix(NOT)
                if bare in self.places:
                    values.append(weight * self.rarity[self.places[bare]])
                    columns.append(self.places[bare] + width * (bare != term))
            ends.append(len(columns))
        return csr_matrix((values, columns, ends), shape=(len(rows), 2 * width), dtype=float)


def learn_lexicon(names: Sequence[str], jargon: Mapping[str, str] = NO_JARGON) -> Lexicon:
    """Learn the weights of terms and n-grams from the names of a catalogue.

    A term in `f` of `n` names, of the catalogue and of OKPD2, weighs ln((1 + n) / (1 + f)) + 1.
    `jargon` is what people say that phrases mean, beside the thesaurus.
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    total, known = _background()
    words = [set(bare_terms(name)) for name in names]
    found = known + Counter(chain.from_iterable(words))
    vocabulary = sorted(found)
    counts = np.array([found[word] for word in vocabulary])
    characters = TfidfTransformer(sublinear_tf=True).fit(_hasher().transform(names))
    places = {word: place for place, word in enumerate(vocabulary)}
    rarity = np.log((1 + total + len(names)) / (1 + counts)) + 1
    thesaurus = _read_thesaurus(places, jargon)
    named = learn_words(names, places.keys() | thesaurus.keys())
    return Lexicon(places, rarity, characters, thesaurus, named)


def _hasher() -> HashingVectorizer:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char_wb",
        preprocessor=fold,
        ngram_range=(3, 5),
        n_features=2**20,
        alternate_sign=False,
        norm=None,
    )


@cache
def _background() -> tuple[int, Counter[str]]:
    """How many names OKPD2 has in both languages, and how many of them have each term."""
    names = [name for kind in terms_of_names() for name in kind if name]
    return len(names), Counter(chain.from_iterable(names))


def _read_thesaurus(known: Container[str], jargon: Mapping[str, str]) -> Thesaurus:
    shipped = (
        (spelling, row["means"], False)
        for row in read_rows("thesaurus.csv")
        for spelling in row["terms"].split("|")
    )
    found: dict[str, list[Entry]] = {}
    told = ((spelling, wording, True) for spelling, wording in jargon.items())
    for spelling, wording, own in chain(shipped, told):
        phrase = tuple(terms(spelling, known))
        meant = tuple(terms(wording, known))
        found.setdefault(phrase[0], []).append(Entry(phrase, meant, wording, own))
    return found


def spoken_jargon(text: str, jargon: Mapping[str, str]) -> dict[str, str]:
    """Phrases of people's own jargon that a text has, and what each means.

    >>> spoken_jargon("Гнутик алюминиевый", {"гнутик": "труба гнутая", "слоник": "опора"})
    {'гнутик': 'труба гнутая'}
    """
    written = terms(text, ())
    return {phrase: meant for phrase, meant in jargon.items() if _stands_in(phrase, written)}


def _stands_in(phrase: str, written: Sequence[str]) -> bool:
    sought = terms(phrase, ())
    starts = range(len(written) - len(sought) + 1)
    return any(written[start : start + len(sought)] == sought for start in starts)


def _translated(found: Terms) -> Terms:
    """Terms with their translations, those that are already there left alone."""
    told = dict(found)
    for term, weight in found.items():
        mark = term[: len(term) - len(term.removeprefix(NOT))]
        for other, likely in translations().get(term.removeprefix(NOT), ()):
            told[mark + other] = max(told.get(mark + other, 0.0), weight * likely)
    return told


@cache
def translations() -> Mapping[str, Sequence[tuple[str, float]]]:
    """Terms of the other language for every term, with how likely they are."""
    found: dict[str, list[tuple[str, float]]] = {}
    for row in read_rows("translations.csv"):
        likely = float(row["likely"])
        found.setdefault(row["english"], []).append((row["russian"], likely))
        found.setdefault(row["russian"], []).append((row["english"], likely))
    return found
