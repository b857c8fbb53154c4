"""Russian words in the Latin letters of the usual romanisations, and back the likeliest way."""

from __future__ import annotations

SCHEMES = {
    "passport": {"ж": "zh", "й": "i", "х": "kh", "ц": "ts", "щ": "shch", "ъ": "ie", "ы": "y"}
    | {"ь": "", "э": "e", "ю": "iu", "я": "ia", "ё": "e"},
    "bgn": {"ж": "zh", "й": "y", "х": "kh", "ц": "ts", "щ": "shch", "ъ": "", "ы": "y"}
    | {"ь": "", "э": "e", "ю": "yu", "я": "ya", "ё": "yo"},
    "web": {"ж": "zh", "й": "j", "х": "h", "ц": "ts", "щ": "sch", "ъ": "", "ы": "y"}
    | {"ь": "", "э": "e", "ю": "ju", "я": "ja", "ё": "jo"},
}
"""Letters that the usual romanisations write differently, by scheme."""

_COMMON = dict(zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf", strict=True)) | {
    "ч": "ch",
    "ш": "sh",
}

_BACK = (
    *(
        ("tshch", "тщ"),
        ("tsch", "тщ"),
        ("tsh", "тш"),
        ("shch", "щ"),
        ("sch", "щ"),
        ("zh", "ж"),
        ("kh", "х"),
        ("ts", "ц"),
        ("ch", "ч"),
        ("sh", "ш"),
    ),
    *(("yu", "ю"), ("iu", "ю"), ("ju", "ю"), ("ya", "я"), ("ia", "я"), ("ja", "я")),
    *(("yo", "ё"), ("jo", "ё"), ("x", "кс"), ("w", "в"), ("q", "к"), ("c", "к"), ("h", "х")),
    *(("j", "й"), ("y", "ы"), *((latin, cyrillic) for cyrillic, latin in _COMMON.items())),
)


def to_latin(text: str, scheme: str = "passport") -> str:
    """Russian word in Latin letters by one of the `SCHEMES`."""
    letters = {**_COMMON, **SCHEMES[scheme]}
    return "".join(letters.get(letter, letter) for letter in text)


def to_cyrillic(text: str) -> str:
    """Latin word in Russian letters, the likeliest way."""
    written, rest = "", text
    while rest:
        latin, letter = next(
            ((latin, letter) for latin, letter in _BACK if rest.startswith(latin)),
            (rest[0], rest[0]),
        )
        after_vowel = latin == "y" and written[-1:] in set("аеиоуыэюя")
        written += "й" if after_vowel else letter
        rest = rest[len(latin) :]
    return written
