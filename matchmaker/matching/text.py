"""Texts as tokens and vectors: what the words and characters layers of matching read.

Words are stemmed (Snowball, Russian and English by script) and weighted by how rare
they are among the catalogue's names and the names of OKPD2; a word that neither knows
(a brand, an article number) carries no weight. Characters are n-grams of three to five
within words; there unknown ones do count, so that a long foreign text is not near to
everything. Both depend on the catalogue alone: what one enterprise answers never
changes the score of another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import Stemmer
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer, TfidfVectorizer

from matchmaker.codebook import fold, read_rows

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_CONNECTIVES = frozenset(
    (
        *("и", "или", "из", "на", "с", "со", "по", "до", "от", "для", "в", "во", "к", "не", "без"),
        *("and", "or", "of", "for", "with", "in", "to"),
    )
)
_STEMMERS = {True: Stemmer.Stemmer("english"), False: Stemmer.Stemmer("russian")}
_PREFIX = 4


@cache
def _stem(word: str) -> str:
    return str(_STEMMERS[word.isascii()].stemWord(word))


def tokens(text: str) -> list[str]:
    """Folded and stemmed words and numbers of a text, in order.

    >>> tokens("Колёса задние 24″, rear wheels")
    ['колес', 'задн', '24', 'rear', 'wheel']
    """
    return [_stem(word) for word in _TOKEN.findall(fold(text))]


def share_word(one: str, other: str) -> bool:
    """Whether two texts have a word in common; one stem may begin the other.

    >>> share_word("алюминий, сталь", "сварка алюминиевых труб")
    True
    """
    return any(
        a == b or (min(len(a), len(b)) >= _PREFIX and (a.startswith(b) or b.startswith(a)))
        for a in set(tokens(one)) - _CONNECTIVES
        for b in set(tokens(other)) - _CONNECTIVES
    )


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Rows of unit length (or empty): `words` (n × words), `characters` (n × hashed n-grams)."""

    words: csr_matrix
    characters: csr_matrix


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """How much every word and n-gram weighs; learnt from names, then applied to any text."""

    words: TfidfVectorizer
    characters: TfidfTransformer

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, one row a text."""
        hashed = _hasher().transform(texts)
        return Vectors(
            csr_matrix(self.words.transform(texts)), csr_matrix(self.characters.transform(hashed))
        )


def learn_lexicon(names: Sequence[str]) -> Lexicon:
    """Learn the weights of words and n-grams from the names of a catalogue.

    A word in `f` of `n` names weighs ln((1 + n) / (1 + f)) + 1.
    """
    total, known = _background()
    found = known + Counter(chain.from_iterable(set(tokens(name)) for name in names))
    vocabulary = sorted(found)
    words = TfidfVectorizer(analyzer=tokens, binary=True, vocabulary=vocabulary)
    counts = np.array([found[word] for word in vocabulary])
    words.idf_ = np.log((1 + total + len(names)) / (1 + counts)) + 1
    characters = TfidfTransformer(sublinear_tf=True).fit(_hasher().transform(names))
    return Lexicon(words, characters)


def _hasher() -> HashingVectorizer:
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
    """How many names OKPD2 has in both languages, and how many of them have each word."""
    names = [row[name] for row in read_rows("okpd2.csv") for name in ("name_ru", "name_en")]
    stated = [name for name in names if name]
    return len(stated), Counter(chain.from_iterable(set(tokens(name)) for name in stated))
