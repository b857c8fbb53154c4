"""Texts as terms: folded, stemmed, of one script, with what is negated kept apart.

First step of reading a text; `lexicon` weighs the terms, `facts` reads the numbers. A term
is a Snowball stem, Russian or English by script; `¬` in front says that the text denies
it: «без устройства», "without a seat", «недренируемый».
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cache

import Stemmer

from matchmaker.codebook import fold

NOT = "¬"
"""Stands in front of a term that is denied."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_PIECE = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[.,;:()!?]")
_PASSING = frozenset(
    (
        *("и", "или", "из", "на", "с", "со", "по", "до", "от", "для", "в", "во", "к", "о", "об"),
        *("а", "у", "при", "под", "над", "через", "как", "то", "же", "том", "числе", "the", "a"),
        *("and", "or", "of", "for", "with", "in", "to", "an", "on", "by", "from", "at", "as"),
    )
)
_ENDS_DENIAL = frozenset(("и", "с", "со", "на", "для", "and", "with", "for"))
_DENIALS = frozenset(("без", "не", "нет", "кроме", "without", "not", "except", "excluding", "no"))
_BOUNDS = re.compile(r"\bне (?:менее|более|ниже|выше|свыше)\b|\bno (?:less|more) than\b")
_CONNECTIVES = _PASSING | _DENIALS
_STEMMERS = {True: Stemmer.Stemmer("english"), False: Stemmer.Stemmer("russian")}
_LATIN, _CYRILLIC = "aceopxykmtbh", "асеорхукмтвн"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_LATIN_LETTER = re.compile(r"[a-z]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2}")
_CYRILLIC_WORD = re.compile(r"[А-Яа-яЁё]{3}")
_SHORTEST_DENIED = 5
_PREFIX = 4


@cache
def stem(word: str) -> str:
    """Snowball stem of one folded word."""
    return str(_STEMMERS[word.isascii()].stemWord(word))


def tokens(text: str) -> list[str]:
    """Folded and stemmed words and numbers of a text, in order.

    >>> tokens("Колёса задние 24″, rear wheels")
    ['колес', 'задн', '24', 'rear', 'wheel']
    """
    return [stem(one_script(word)) for word in _TOKEN.findall(fold(text))]


def terms(text: str, known: Container[str]) -> list[str]:
    """Stems of the words that carry meaning, in order, denied ones marked.

    A denial reaches to the next punctuation or to a word such as «с»; «не» written together
    with its word is told apart when the rest is a stem of `known`.

    >>> terms("Калоприёмник недренируемый, с фильтром без крышки", {"дренируем"})
    ['калоприемник', '¬дренируем', 'фильтр', '¬крышк']
    """
    return list(_terms(text, known))


def bare_terms(text: str) -> list[str]:
    """Terms without the mark of denial: what a text speaks of, said or denied.

    >>> bare_terms("трость без шипа")
    ['трост', 'шип']
    """
    pieces = _TOKEN.findall(_BOUNDS.sub(" ", fold(text)))
    return [term for term in map(_bare_term, pieces) if term]


@cache
def _bare_term(piece: str) -> str:
    """Stem of a folded word; empty for one that only connects or denies."""
    return "" if piece in _CONNECTIVES else stem(one_script(piece))


def _terms(text: str, known: Container[str]) -> Iterator[str]:
    denied = False
    for piece in _PIECE.findall(_BOUNDS.sub(" ", fold(text))):
        if piece in _DENIALS:
            denied = True
        elif piece in _PASSING or not piece[0].isalnum():
            denied = denied and piece not in _ENDS_DENIAL and piece[0].isalnum()
        else:
            yield _mark(one_script(piece), known, NOT if denied else "")


def _mark(word: str, known: Container[str], mark: str) -> str:
    rest = word.removeprefix("не")
    if rest != word and len(rest) >= _SHORTEST_DENIED and stem(rest) in known:
        return stem(rest) if mark else NOT + stem(rest)
    return mark + stem(word)


@cache
def one_script(word: str) -> str:
    """Word with look-alike letters of the other script replaced by its own.

    >>> one_script("ortoniсa").isascii()
    True
    """
    latin = len(_LATIN_LETTER.findall(word))
    if not latin or latin == len(word):
        return word
    if latin >= len(word) - latin:
        changed = word.translate(_TO_LATIN)
        if changed.isascii():
            return changed
    changed = word.translate(_TO_CYRILLIC)
    return changed if latin < len(word) - latin or not _LATIN_LETTER.search(changed) else word


def is_english(text: str) -> bool:
    """Whether a text has Latin words and no Cyrillic one of three letters or more.

    >>> is_english("Wheel 24"), is_english("Колесо Ortonica Base")
    (True, False)
    """
    return bool(_LATIN_WORD.search(text)) and not _CYRILLIC_WORD.search(text)


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
