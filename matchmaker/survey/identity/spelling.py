"""Spelling: letters of two alphabets and many languages evened out, so that they can be compared.

First step of identity. `pieces` cuts a text into words and numbers; `to_latin` leads from one
alphabet to the other; `sound` is what all spellings of a word have in common: a key for
comparing, not for reading.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PIECE = re.compile(r"[^\W\d_]+|\d+")

_SINGLE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe", "ð": "d"}
    | {"і": "и", "ї": "и", "є": "е", "ґ": "г", "ў": "у", "ә": "а", "ө": "о", "ү": "у", "ұ": "у"}
    | {"қ": "к", "ғ": "г", "ң": "н", "һ": "х", "ј": "й", "љ": "ль", "њ": "нь", "ћ": "ч", "џ": "дж"}
)

_LOOKALIKES = str.maketrans("aceopxyktmbh", "асеорхукттвн")
"""Latin letters that stand among Cyrillic ones by a slip of the keyboard."""

_LATIN = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziiklmnoprstufye", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ь": ""}
    | {"ю": "iu", "я": "ia"}
)

_VOWELS = "aeiou"

_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|sch", "S"),
        (r"sh", "S"),
        (r"tch|ch", "C"),
        (r"zh", "Z"),
        (r"ts|tz|tc", "s"),
        (r"kh", "h"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"ck", "k"),
        (r"ks|x", "ks"),
        (r"c(?=[eiy])", "s"),
        (r"[cq]", "k"),
        (r"w", "v"),
        (r"[iyj]+o", "e"),
        (rf"[iyj]+(?=[{_VOWELS}])", ""),
        (r"[yj]", "i"),
        (r"(.)\1+", r"\1"),
    )
)


def fold_letters(text: str) -> str:
    """Text in lower case without accents, letters of a kind written one way.

    >>> fold_letters("Şirketi «ЁЛКА» Łódź")
    'sirketi «елка» lodz'
    """
    lower = unicodedata.normalize("NFKC", text).casefold()
    parted = unicodedata.normalize("NFD", lower.translate(_SINGLE))
    bare = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", bare).translate(_SINGLE)


def pieces(text: str) -> list[str]:
    """Words and whole numbers of a text in their order, evened out.

    >>> pieces("S.A. de C.V., завод №044 «3Д»")
    ['s', 'a', 'de', 'c', 'v', 'завод', 'no', '44', '3', 'д']
    """
    return [_piece(found) for found in _PIECE.findall(fold_letters(text))]


def _piece(text: str) -> str:
    if text[0].isdecimal():
        return text.lstrip("0") or "0"
    return text.translate(_LOOKALIKES) if _is_mixed(text) else text


def _is_mixed(text: str) -> bool:
    return any("а" <= letter <= "я" for letter in text) and not is_cyrillic(text)


def is_cyrillic(text: str) -> bool:
    """Whether every letter of a word is Russian."""
    return all("а" <= letter <= "я" or letter == "ё" for letter in text)


def to_latin(text: str) -> str:
    """Russian word in Latin letters, as in passports.

    >>> to_latin("щёкино")
    'shchekino'
    """
    return text.translate(_LATIN)


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """What the spellings of a word in two alphabets and several romanisations share.

    >>> {sound(text) for text in ("цех", "tsekh", "ceh")}
    {'seh'}
    """
    latin = to_latin(fold_letters(word).replace("ё", "е"))
    for pattern, written in _SOUNDS:
        latin = pattern.sub(written, latin)
    return latin.lower()
