"""PhraseWord roles: phrases as sparse rows over the words of a catalogue, one matrix a role.

Behind `noun_phrases`, before `features`. A word of a name stands for itself. A word that an
enterprise wrote stands for every word of the catalogue that it may be: the same one in another
form, one it shortens («реж.», «мех-м», «р/к»), one it misspells where no dictionary has it, what
jargon means, and its translations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract
from scipy.sparse import csr_matrix

from matchmaker.matching.text.noun_phrases import (
    PhraseWord,
    WordRole,
    is_in_dictionary,
    read_phrase,
)
from matchmaker.survey.identity.spelling import sound

SHORTEST_MISSPELT = 5
LONG = 8
"""Letters of a stem from which on two may be wrong, not one."""

ROOT = 4
"""Letters that a stem and one derived from it share at least: «диван», «диванный»."""

LONGEST_ACRONYM = 5

_WRITTEN = re.compile(
    r"(?<![\w-])(?:[^\W\d_]{1,2}/[^\W\d_]{1,2}|[^\W\d_]{2,}(?:-[^\W\d_]+)*\.?)(?!-?\w)"
)

DERIVED = 4
"""Letters at most by which a derived stem is longer."""

SPOKEN = frozenset(WordRole) - {WordRole.DENIED}
KINDS = frozenset((WordRole.SIDE, WordRole.QUALIFIER))
NOT_HEADS = frozenset((WordRole.QUALIFIER, WordRole.PURPOSE, WordRole.PURPOSE_QUALIFIER))

Strings = frozenset[str]
_NONE: Strings = frozenset()


class MeantWords(NamedTuple):
    """What words mean, by stem: the same, and what they are of a kind with."""

    same: Mapping[str, Strings]
    near: Mapping[str, Strings]


@dataclass(frozen=True, slots=True, eq=False)
class WordRows:
    """Words of some roles, one row a word: `starts[i]` is the first word of text `i`."""

    words: csr_matrix
    starts: NDArray[np.intp]

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many words each text has."""
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True, eq=False)
class RoleRows:
    """Texts by the roles of their words, a row a text, a column a word of the catalogue.

    `heads`, `sides` and `others` (what is neither, without acronyms) hold words as they are,
    `near_heads` and `spoken` also those derived from them and what they are a kind of. `kinds` and
    `purposes` have a row a word. `named` marks texts with a head.
    """

    heads: csr_matrix
    near_heads: csr_matrix
    sides: csr_matrix
    others: csr_matrix
    spoken: csr_matrix
    kinds: WordRows
    purposes: WordRows
    named: NDArray[np.bool_]


@dataclass(frozen=True)
class NamedWords:
    """Words of the names of a catalogue, by their stems."""

    places: Mapping[str, int]
    forms: Mapping[str, Strings]
    """Words as written, with their stems."""
    heads: Strings
    """Stems of what the names name."""
    acronyms: Mapping[str, str]
    """Words of which the first letters stand together: «пч» for «преобразователь частоты»."""
    _found: dict[PhraseWord, Strings] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """What is read again costs less than what travels."""
        kept = ("places", "forms", "heads", "acronyms")
        return {**{name: getattr(self, name) for name in kept}, "_found": {}}

    @cached_property
    def _roots(self) -> Mapping[str, Sequence[str]]:
        roots: dict[str, list[str]] = {}
        for key in self.places:
            roots.setdefault(key[:ROOT], []).append(key)
        return roots

    def same(self, word: PhraseWord) -> Strings:
        """Stems of the catalogue that a written word may be; none where it has no such word."""
        if word not in self._found:
            self._found[word] = self._same(word)
        return self._found[word]

    def _same(self, word: PhraseWord) -> Strings:
        exact = frozenset(word.keys & self.places.keys())
        if exact:
            return exact
        if word.shortened:
            return self._lengthened(word.text)
        return frozenset() if word.known else self._corrected(word)

    def _lengthened(self, text: str) -> Strings:
        """Stems of the words that a shortened one may be."""
        mark = next((mark for mark in "-/" if mark in text), "")
        first, _, last = text.partition(mark) if mark else (text, "", "")
        found = (
            keys
            for form, keys in self.forms.items()
            if form.startswith(first) and len(form) > len(text) and _ends_as(form, mark, last)
        )
        return _NONE.union(*found)

    def _corrected(self, word: PhraseWord) -> Strings:
        """Stems that a word outside the dictionary differs from by a letter or two."""
        found: set[str] = set()
        for key in word.keys:
            if len(key) >= SHORTEST_MISSPELT:
                most = 2 if len(key) >= LONG else 1
                near = extract(
                    key, self.places.keys(), scorer=OSA.distance, score_cutoff=most, limit=5
                )
                found |= {other for other, distance, _ in near if len(other) >= SHORTEST_MISSPELT}
        return frozenset(found)

    def related(self, stems: Iterable[str]) -> Strings:
        """These stems and those of the catalogue that one of them is derived from, or it from."""
        found = set(stems)
        for stem in tuple(found):
            near = self._roots.get(stem[:ROOT], ()) if len(stem) >= ROOT else ()
            found.update(other for other in near if _is_derived(stem, other))
        return frozenset(found) & self.places.keys()

    @cached_property
    def _sounds(self) -> Mapping[str, str]:
        return {sound(form): form for form in sorted(self.forms) if not form.isascii()}

    def in_russian(self, word: str) -> str:
        """Russian word of the catalogue that a word in Latin letters sounds like, else itself."""
        return self._sounds.get(sound(word), word) if len(word) >= ROOT else word

    def spelled(self, text: str) -> str:
        """Russian text with its shortened and misspelt words as the catalogue spells them.

        A word that may be several is left alone.
        """
        return _WRITTEN.sub(self._spelled, text)

    def _spelled(self, found: re.Match[str]) -> str:
        written = found[0]
        if written.isupper() and len(written) > 1:
            return self.acronyms.get(written.casefold(), written) if not found.start() else written
        for word in read_phrase(written)[:1]:
            if word.keys & self.places.keys() or word.acronym:
                return written
            forms = self._forms(self.same(word))
            return (forms or [written])[0] + "." * bool(forms and written.endswith("."))
        return written

    def _forms(self, stems: Strings) -> Sequence[str]:
        """Forms of the one word that has these stems, the first the likeliest; none of several."""
        forms = [form for form, keys in self.forms.items() if keys & stems]
        shared = frozenset.intersection(*(self.forms[form] for form in forms)) if forms else ()
        return (
            sorted(forms, key=lambda form: (not self.forms[form] & self.heads, len(form), form))
            if shared
            else ()
        )


def _ends_as(form: str, mark: str, last: str) -> bool:
    """Whether a word goes on as its shortened form says: «мех-м» by its end, «р/к» by a letter."""
    return last in form[1:] if mark == "/" else form.endswith(last)


def _is_derived(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= DERIVED


def learn_words(names: Sequence[str], common: Container[str]) -> NamedWords:
    """Learn the words of the names of a catalogue; `common` has the stems of other words."""
    words = {word for name in names for word in read_phrase(name)}
    keys = sorted(_NONE.union(*(word.keys for word in words)))
    heads = _NONE.union(*(word.keys for word in words if word.role is WordRole.HEAD))
    forms: dict[str, Strings] = {}
    for word in sorted(words, key=lambda one: one.text):
        forms[word.text] = forms.get(word.text, frozenset()) | word.keys
    places = {key: place for place, key in enumerate(keys)}
    acronyms = {
        letters: meant
        for letters, meant in _acronyms(names).items()
        if not (letters in places or letters in common or is_in_dictionary(letters))
    }
    return NamedWords(places, forms, heads, acronyms)


def _acronyms(names: Sequence[str]) -> dict[str, str]:
    """Beginnings of Russian names by their first letters, those that mean one thing only."""
    found: dict[str, set[str]] = {}
    for name in names:
        words = [one for one in read_phrase(name) if one.role is not WordRole.LOOSE]
        plain = [one for one in words if one.text.isalpha() and not one.text.isascii()]
        kinds = [one for one in plain if one.role is WordRole.QUALIFIER]
        others = [one for one in plain if one.role is not WordRole.QUALIFIER]
        for order in (plain, [*kinds, *others]):
            for length in range(2, min(len(order), LONGEST_ACRONYM) + 1):
                spoken = order[:length]
                if any(word.role is WordRole.HEAD for word in spoken):
                    letters = "".join(word.text[0] for word in spoken)
                    found.setdefault(letters, set()).add(" ".join(word.text for word in spoken))
    return {
        letters: min(meant)
        for letters, meant in found.items()
        if len({frozenset(one.split()) for one in meant}) == 1
    }


def read_names(texts: Sequence[str], known: NamedWords) -> RoleRows:
    """Roles of names of the catalogue, whose words stand for themselves."""
    phrases = [read_phrase(text) for text in texts]
    return _roles(phrases, known, lambda _, word: word.keys, lambda _, word: word.keys)


def read_heads(texts: Sequence[Sequence[str]], known: NamedWords) -> csr_matrix:
    """Words that any of several names has as its head, a row for each group of names."""
    found = [
        _NONE.union(
            *(
                word.keys
                for text in some
                for word in read_phrase(text)
                if word.role is WordRole.HEAD
            )
        )
        for some in texts
    ]
    return _matrix(found, known.places)


def read_subjects(texts: Sequence[str], known: NamedWords, meant: Sequence[MeantWords]) -> RoleRows:
    """Roles of what enterprises wrote; `meant` has what the words of each text mean."""
    phrases = [_with_head(read_phrase(text), known) for text in texts]

    def same(place: int, word: PhraseWord) -> Strings:
        others = (meant[place].same.get(key, _NONE) for key in word.keys)
        return known.same(word).union(*others)

    def related(place: int, word: PhraseWord) -> Strings:
        means = (meant[place].near.get(key, _NONE) for key in word.keys)
        return known.related(same(place, word).union(word.keys, *means))

    return _roles(phrases, known, same, related)


def _with_head(words: Sequence[PhraseWord], known: NamedWords) -> tuple[PhraseWord, ...]:
    """Words whose first shortened ones are the head, where no other is and they may be one."""
    if any(word.role is WordRole.HEAD for word in words):
        return tuple(words)
    short = [
        i for i, word in enumerate(words) if word.shortened and word.role is WordRole.QUALIFIER
    ]
    first = next((i for i in short if known.same(words[i]) & known.heads), None)
    return tuple(
        replace(word, role=WordRole.HEAD) if place == first else word
        for place, word in enumerate(words)
    )


Read = Callable[[int, PhraseWord], Strings]


def _roles(
    phrases: Sequence[Sequence[PhraseWord]], known: NamedWords, same: Read, related: Read
) -> RoleRows:
    def rows(roles: frozenset[WordRole], read: Read) -> csr_matrix:
        found = [
            _NONE.union(*(read(place, word) for word in words if word.role in roles))
            for place, words in enumerate(phrases)
        ]
        return _matrix(found, known.places)

    def word_rows(roles: frozenset[WordRole]) -> WordRows:
        chosen = [
            [word for word in words if word.role in roles and _is_counted(word, known)]
            for words in phrases
        ]
        found = [related(place, word) for place, words in enumerate(chosen) for word in words]
        starts = np.cumsum([0, *map(len, chosen)], dtype=np.intp)
        return WordRows(_matrix(found, known.places), starts)

    return RoleRows(
        heads=rows(frozenset((WordRole.HEAD,)), same),
        near_heads=rows(frozenset((WordRole.HEAD, WordRole.SIDE)), related),
        sides=rows(frozenset((WordRole.SIDE,)), same),
        others=rows(NOT_HEADS, lambda place, word: _NONE if word.acronym else same(place, word)),
        spoken=rows(SPOKEN, related),
        kinds=word_rows(KINDS),
        purposes=word_rows(frozenset((WordRole.PURPOSE,))),
        named=np.array(
            [any(w.role is WordRole.HEAD for w in words) for words in phrases], dtype=bool
        ),
    )


def _is_counted(word: PhraseWord, known: NamedWords) -> bool:
    """Whether a word says something that a name could say too: a foreign acronym is a model."""
    return not word.acronym or bool(known.same(word))


def _matrix(rows: Sequence[Strings], places: Mapping[str, int]) -> csr_matrix:
    columns = [sorted(places[key] for key in row if key in places) for row in rows]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.array([place for row in columns for place in row], dtype=np.intp)
    return csr_matrix(
        (np.ones(len(flat), dtype=np.float32), flat, ends), shape=(len(rows), len(places))
    )
