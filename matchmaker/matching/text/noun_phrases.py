"""Noun phrases: what a text names, and which of its words only say what that is for, of or with.

Behind `stems`, before `word_roles`. The head of a phrase says what a thing is: «стойка режущего
узла бороны» is a bracket, "seat post for harrow" a post. In Russian it is the first noun in the
nominative that its adjectives agree with, by the dictionary of `pymorphy3`; in English the last
noun before the first preposition or comma. Words for sets («комплект», "set of") and for making
(«изготовление») are read through; what a repair or a cover is of stays what it is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from matchmaker.codebook import fold, read_rows
from matchmaker.matching.text.stems import is_english, one_script, stem

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer
    from pymorphy3.tagset import OpencorporaTag


class WordRole(IntEnum):
    """What a word does in its phrase."""

    HEAD = 0
    """Says what the thing is."""
    SIDE = 1
    """A second name of the thing: «ткань мебельная велюр»."""
    QUALIFIER = 2
    """Says of what kind: an adjective of the head, or what follows «с» and «из»."""
    PURPOSE = 3
    """Says what the thing is for or of, a noun."""
    PURPOSE_QUALIFIER = 4
    """Qualifies what the thing is for or of."""
    LOOSE = 5
    """Stands in brackets, or is a foreign word among others."""
    DENIED = 6
    """What the thing is said not to have."""


@dataclass(frozen=True, slots=True)
class PhraseWord:
    """A word of a phrase: folded, with the stems it may have.

    Whether it is shortened, in the dictionary (told of Russian words), and all in capitals.
    """

    text: str
    role: WordRole
    keys: frozenset[str]
    shortened: bool = False
    known: bool = True
    acronym: bool = False


_TOKEN = re.compile(
    r"(?P<code>[A-Z]{1,5} ?\d[\w.,/-]*|[^\W\d_]*[-.]?\d[\w.,/-]*)"
    r"|(?P<initials>[^\W\d_]{1,2}/[^\W\d_]{1,2}\b)"
    r"|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)(?P<dot>\.(?=\s*(?:[\W\d]|[a-zа-яё]|$)))?"
    r"|(?P<mark>[,;:()\[\]«»\"“”]|(?<=\s)[-–—](?=\s))"
)
_NUMERALS = {2: "двух", 3: "трех", 4: "четырех", 5: "пяти", 6: "шести", 8: "восьми"}
_NUMERAL = re.compile(r"(?<![\w,.-])([234568])(?:-?(?:х|ух|ти|ми|и)[ -]|-)(?=[а-я]{3})")
_CASES = frozenset(("gent", "datv", "ablt", "loct", "gen2", "loc2"))
_NOUN_PARTS = frozenset(("NOUN",))
_ADJECTIVE_PARTS = frozenset(("ADJF", "PRTF"))
_LONGEST_SHORTENED = 20
_SHORT_SUFFIX = 2
_PLAIN = 5
"""Letters from which on a word of the dictionary at the end of a sentence is no shortened one."""


@dataclass(frozen=True, slots=True)
class _Token:
    raw: str
    text: str
    kind: str
    dotted: bool = False


@lru_cache(maxsize=100_000)
def read_phrase(text: str) -> tuple[PhraseWord, ...]:
    """Words of a text with their roles, in order; numbers and codes left out.

    >>> [(word.text, word.role.name) for word in read_phrase("Ножка обеденного стола")]
    [('ножка', 'HEAD'), ('обеденного', 'PURPOSE_QUALIFIER'), ('стола', 'PURPOSE')]
    >>> [word.text for word in read_phrase("Seat post for harrow") if word.role is WordRole.HEAD]
    ['post']
    """
    read = _read_english if is_english(text) else _read_russian
    return tuple(read(list(_tokens(text))))


def _tokens(text: str) -> Iterator[_Token]:
    evened = _NUMERAL.sub(_numeral, text.replace("ё", "е").replace("Ё", "Е"))
    for found in _TOKEN.finditer(evened):
        kind = str(found.lastgroup)
        raw = found["word"] or found[0]
        plain = kind if kind in {"code", "mark"} else "word"
        yield _Token(raw, one_script(fold(raw)), plain, kind != "word")


def _numeral(found: re.Match[str]) -> str:
    """Figure in front of an adjective in letters: «3-х фазный» is «трехфазный»."""
    return _NUMERALS[int(found[1])]


@cache
def listed_words(kind: str, language: str) -> frozenset[str]:
    """Words of a kind in a language, of `phrase_words.csv`."""
    return frozenset(
        word
        for row in read_rows("phrase_words.csv")
        if row["kind"] == kind and row["language"] == language
        for word in row["words"].split("|")
    )


# English


def _read_english(tokens: Sequence[_Token]) -> Iterator[PhraseWord]:
    parts = _segments(tokens, "en")
    first, rest = (parts[0], parts[1:]) if parts else (("", []), [])
    named, following = first[1], rest[0] if rest else ("", [])
    listed = listed_words("set", "en") | listed_words("making", "en")
    if named and named[-1].text.rstrip("s") in listed and following[0] == "of":
        first, rest = ("", following[1]), rest[1:]
    words = [*first[1]]
    while len(words) > 1 and words[-1].text in listed_words("whole", "en"):
        words.pop()
    for place, token in enumerate(words):
        last = place == len(words) - 1
        yield _english(token, WordRole.HEAD if last else WordRole.QUALIFIER)
    for opener, segment in rest:
        for place, token in enumerate(segment):
            yield _english(token, _english_role(opener, last=place == len(segment) - 1))


def _english_role(opener: str, *, last: bool) -> WordRole:
    if opener == "(":
        return WordRole.LOOSE
    if opener in listed_words("denial", "en"):
        return WordRole.DENIED
    if opener in listed_words("purpose", "en"):
        return WordRole.PURPOSE if last else WordRole.PURPOSE_QUALIFIER
    return WordRole.QUALIFIER


def _english(token: _Token, role: WordRole) -> PhraseWord:
    keys = frozenset((stem(token.text),))
    return PhraseWord(token.text, role, keys, token.dotted, acronym=_is_acronym(token))


def _segments(tokens: Sequence[_Token], language: str) -> list[tuple[str, list[_Token]]]:
    """Runs of words, each with the preposition or mark in front of it."""
    openers = frozenset().union(
        *(listed_words(k, language) for k in ("purpose", "quality", "denial"))
    )
    parts: list[tuple[str, list[_Token]]] = [("", [])]
    for token in tokens:
        if token.kind == "mark" or token.text in openers:
            opener = "(" if token.text in "([" else token.text
            if token.text not in '«»"“”' or token.kind != "mark":
                parts.append((opener, []))
        elif token.kind == "word" and _carries(token.text, language):
            parts[-1][1].append(token)
    return [part for place, part in enumerate(parts) if part[1] or not place]


def _carries(word: str, language: str) -> bool:
    return len(word) > 1 and word not in listed_words("passing", language)


# Russian


@cache
def _dictionary() -> MorphAnalyzer:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=200_000)
def _tags(word: str) -> tuple[OpencorporaTag, ...]:
    """Grammatical readings of a folded word."""
    return tuple(parse.tag for parse in _dictionary().parse(word))


@lru_cache(maxsize=200_000)
def is_in_dictionary(word: str) -> bool:
    """Whether the dictionary of Russian has a form, hyphenated ones by their parts."""
    known = _dictionary().word_is_known
    return known(word) or ("-" in word and all(map(known, word.split("-"))))


@dataclass(slots=True)
class _Phrase:
    """What was read of a phrase so far."""

    case: str = "nomn"
    adjectives: list[str] = field(default_factory=list)
    head: tuple[OpencorporaTag, ...] | None = None
    opener: str = ""
    loose: bool = False
    aside: bool = False


def _read_russian(tokens: Sequence[_Token]) -> Iterator[PhraseWord]:
    tokens = _read_through(tokens)
    case = "gent" if tokens and tokens[0].kind == "set" else "nomn"
    words = list(_roles([token for token in tokens if token.kind != "set"], case))
    if not any(word.role is WordRole.HEAD for word in words):
        words = _substantive(words)
    yield from words


def _read_through(tokens: Sequence[_Token]) -> list[_Token]:
    """Tokens without a leading word for a set or for making, which `kind` "set" stands for."""
    listed = listed_words("set", "ru") | listed_words("making", "ru")
    places = [i for i, token in enumerate(tokens) if token.kind == "word"][:3]
    for place in places:
        token = tokens[place]
        if token.text in listed or _lemma(token.text) in listed:
            rest = tokens[place + 1 :]
            if _has_genitive(rest):
                return [_Token("", "", "set"), *tokens[:place], *rest]
            return list(tokens)
        if not _is_adjective(token.text):
            break
    return list(tokens)


@lru_cache(maxsize=100_000)
def _lemma(word: str) -> str:
    return fold(_dictionary().parse(word)[0].normal_form)


def _has_genitive(tokens: Sequence[_Token]) -> bool:
    """Whether the words up to a preposition or mark have a noun in the genitive."""
    openers = frozenset().union(
        *(listed_words(k, "ru") for k in ("purpose", "quality", "denial", "either"))
    )
    for token in tokens:
        if token.kind == "mark" or token.text in openers:
            return False
        if token.kind == "word" and _fits(token.text, _NOUN_PARTS, "gent"):
            return True
    return False


def _fits(word: str, parts: frozenset[str], case: str) -> list[OpencorporaTag]:
    return [tag for tag in _tags(word) if tag.POS in parts and tag.case == case]


def _is_adjective(word: str) -> bool:
    """Whether a word may be an adjective; what stands for a thing without a noun comes later."""
    return any(tag.POS in _ADJECTIVE_PARTS for tag in _tags(word))


def _agree(one: OpencorporaTag, other: OpencorporaTag) -> bool:
    """Whether case, number and gender of an adjective and a noun go together."""
    if one.case != other.case or one.number != other.number:
        return False
    return one.number == "plur" or not one.gender or not other.gender or one.gender == other.gender


def _roles(tokens: Sequence[_Token], case: str) -> Iterator[PhraseWord]:
    phrase = _Phrase(case)
    for place, token in enumerate(tokens):
        if token.kind == "mark":
            _turn(phrase, token.text)
        elif token.kind == "word":
            if token.text in _openers():
                phrase.opener = token.text
            elif token.text not in listed_words("passing", "ru"):
                yield from _words(token, phrase, tokens, place)


@cache
def _openers() -> frozenset[str]:
    return frozenset().union(
        *(listed_words(kind, "ru") for kind in ("purpose", "quality", "denial", "either"))
    )


def _turn(phrase: _Phrase, mark: str) -> None:
    if mark in "([":
        phrase.loose = True
    elif mark in ")]":
        phrase.loose, phrase.opener = False, ""
    elif mark in ",;:-–—":
        phrase.opener = ""
        phrase.aside = phrase.head is not None


def _words(
    token: _Token, phrase: _Phrase, tokens: Sequence[_Token], place: int
) -> Iterator[PhraseWord]:
    """The word with its role; a compound of two nouns gives its parts too."""
    role = _role(token, phrase, tokens, place)
    shortened, known = _is_shortened(token, tokens, place), is_in_dictionary(token.text)
    acronym = _is_acronym(token)
    yield PhraseWord(token.text, role, _keys(token.text), shortened, known, acronym)
    if (
        "-" in token.text
        and not shortened
        and role in (WordRole.HEAD, WordRole.PURPOSE, WordRole.SIDE)
    ):
        first, last = token.text.split("-")[0], token.text.split("-")[-1]
        named, kind = (first, last) if is_in_dictionary(first) and len(first) > 2 else (last, first)
        yield PhraseWord(named, role, _keys(named))
        yield PhraseWord(
            kind, WordRole.LOOSE if role is WordRole.PURPOSE else WordRole.QUALIFIER, _keys(kind)
        )


@lru_cache(maxsize=200_000)
def _keys(word: str) -> frozenset[str]:
    """Stems of a word and of the nouns and adjectives that it may be a form of."""
    parts = _NOUN_PARTS | {"ADJF"}
    lemmas = [one.normal_form for one in _dictionary().parse(word) if one.tag.POS in parts]
    return frozenset(_stem(fold(form)) for form in (word, *lemmas))


def _stem(word: str) -> str:
    """Stem, of a compound by its parts."""
    return "-".join(map(stem, word.split("-")))


def _is_shortened(token: _Token, tokens: Sequence[_Token], place: int) -> bool:
    if "/" in token.text:
        return True
    if "-" in token.text:
        first, _, last = token.text.partition("-")
        return len(last) <= _SHORT_SUFFIX and len(first) > 1
    if not token.dotted or len(token.text) > _LONGEST_SHORTENED:
        return False
    return place < len(tokens) - 1 or len(token.text) < _PLAIN or not is_in_dictionary(token.text)


def _role(token: _Token, phrase: _Phrase, tokens: Sequence[_Token], place: int) -> WordRole:
    if phrase.opener in listed_words("denial", "ru"):
        return WordRole.DENIED
    if phrase.loose or (token.text.isascii() and "-" not in token.text):
        return WordRole.LOOSE
    if phrase.opener:
        return _role_behind(token, phrase.opener)
    if _is_shortened(token, tokens, place):
        return WordRole.QUALIFIER
    if phrase.head is None:
        return _role_before_head(token, phrase, tokens, place)
    role = _role_after_head(token, phrase.head, tokens[place - 1] if place else None)
    return WordRole.LOOSE if phrase.aside and role is WordRole.PURPOSE else role


def _role_behind(token: _Token, opener: str) -> WordRole:
    """WordRole of a word behind a preposition."""
    at = opener in listed_words("either", "ru") and not _fits_any(token.text, "accs")
    if at or opener in listed_words("quality", "ru"):
        return WordRole.QUALIFIER
    return WordRole.PURPOSE_QUALIFIER if _is_adjective(token.text) else WordRole.PURPOSE


def _fits_any(word: str, case: str) -> bool:
    return any(tag.case == case for tag in _tags(word))


def _role_before_head(
    token: _Token, phrase: _Phrase, tokens: Sequence[_Token], place: int
) -> WordRole:
    if _is_acronym(token):
        phrase.head = ()
        return WordRole.HEAD
    if _is_adjective(token.text):
        own = _fits(token.text, _ADJECTIVE_PARTS, phrase.case)
        phrase.adjectives += [token.text] if own else []
        return WordRole.QUALIFIER if own else WordRole.PURPOSE_QUALIFIER
    nouns = _fits(token.text, _NOUN_PARTS, phrase.case)
    agreeing = [
        tag for tag in nouns if _suits(tag, tokens, place) and _go_with(phrase.adjectives, tag)
    ]
    if agreeing:
        phrase.head = tuple(agreeing)
        return WordRole.HEAD
    return (
        WordRole.PURPOSE if any(t.POS in _NOUN_PARTS for t in _tags(token.text)) else WordRole.LOOSE
    )


def _go_with(adjectives: Sequence[str], noun: OpencorporaTag) -> bool:
    return all(
        any(_agree(tag, noun) for tag in _fits(word, _ADJECTIVE_PARTS, str(noun.case)))
        for word in adjectives
    )


def _is_acronym(token: _Token) -> bool:
    return len(token.raw) > 1 and token.raw.isupper()


def _suits(noun: OpencorporaTag, tokens: Sequence[_Token], place: int) -> bool:
    """Whether the adjectives beside a noun allow its reading."""
    before = tokens[place - 1] if place else None
    if before is not None and before.kind == "word" and _is_full_adjective(before):
        if place > 1 and _belongs(before.text, tokens[place - 2].text):
            return True
        return any(_agree(tag, noun) for tag in _tags(before.text) if tag.POS in _ADJECTIVE_PARTS)
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if after is None or after.kind != "word" or not _is_full_adjective(after):
        return True
    tags = [tag for tag in _tags(after.text) if tag.POS in _ADJECTIVE_PARTS]
    if any(_agree(tag, noun) for tag in tags):
        return True
    others = [t for t in _tags(tokens[place].text) if t.POS in _NOUN_PARTS and t.case in _CASES]
    return not any(_agree(tag, other) for tag in tags for other in others)


def _belongs(adjective: str, noun: str) -> bool:
    """Whether an adjective agrees with a noun in another case than the nominative."""
    return any(
        _agree(one, other)
        for case in _CASES
        for one in _fits(adjective, _ADJECTIVE_PARTS, case)
        for other in _fits(noun, _NOUN_PARTS, case)
    )


def _is_full_adjective(token: _Token) -> bool:
    return not token.dotted and _is_adjective(token.text)


def _role_after_head(
    token: _Token, head: tuple[OpencorporaTag, ...], before: _Token | None
) -> WordRole:
    tags = _tags(token.text)
    if _is_adjective(token.text):
        if before and before.kind == "word" and _belongs(token.text, before.text):
            return WordRole.PURPOSE_QUALIFIER
        own = [tag for tag in tags if tag.POS in _ADJECTIVE_PARTS]
        agrees = not head or any(_agree(tag, noun) for tag in own for noun in head)
        return WordRole.QUALIFIER if agrees else WordRole.PURPOSE_QUALIFIER
    if _is_acronym(token):
        return WordRole.QUALIFIER
    nouns = [tag for tag in tags if tag.POS in _NOUN_PARTS]
    if not nouns:
        return WordRole.LOOSE
    oblique = any(tag.case in _CASES for tag in nouns)
    named = any(tag.case == "nomn" for tag in nouns)
    unsure = not is_in_dictionary(token.text)
    return (
        WordRole.SIDE
        if named and (not oblique or (unsure and nouns[0].case == "nomn"))
        else WordRole.PURPOSE
    )


def _substantive(words: list[PhraseWord]) -> list[PhraseWord]:
    """Words whose head is a first noun of unknown case, or an adjective that names a thing."""
    full = [i for i, word in enumerate(words) if not word.shortened]
    places = [i for i in full if words[i].role is WordRole.QUALIFIER]
    acting = [i for i in places if any(t.POS == "PRTF" for t in _tags(words[i].text))]
    unread = [0] if words and full[:1] == [0] and words[0].role is WordRole.PURPOSE else []
    for place in [*unread, *acting, *places][:1]:
        word = words[place]
        words[place] = replace(word, role=WordRole.HEAD)
    return words
