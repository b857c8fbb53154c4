"""Tax numbers: how people write them, the check digits, the zero that spreadsheets drop.

Called by `reader` once the country of a firm is known: only a Russian number loses its labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from stdnum.ru import inn, ogrn

_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_LABEL = re.compile(
    r"(?:(?:инн|inn|tin|кпп|kpp|ru|tax (?:number|id|no)\b)(?![a-zа-яё])|[\s:/\\№#.,'`’\"«])+",
    re.IGNORECASE,
)
_END = " \n\t/\\.,;:'`’\"»-–—"
_WITH_KPP = re.compile(
    r"([0-9]{9,12})[\s/\\|,;(–—-]*(?:(?:кпп|kpp)[\s:№.]*)?"
    r"(?<![0-9])([0-9]{4}[0-9A-Z]{2}[0-9]{3}|[0-9]{8})\)?",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"(\d{9,12})[.,]0+", re.ASCII)
_EXPONENT = re.compile(r"(\d)[.,](\d+)[eе]\+?(\d\d?)", re.IGNORECASE | re.ASCII)
_MISTYPED = str.maketrans("OoОоIlЗзБб", "0000113366")


@dataclass(frozen=True, slots=True)
class Registration:
    """Registration number as stored, the KPP beside it, and what is wrong, if anything."""

    number: str | None
    kpp: str | None = None
    code: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def has_valid_check(number: str) -> bool:
    """Whether the check digits of a tax number (INN) of 10 or 12 digits fit.

    >>> has_valid_check("7707083893"), has_valid_check("7707083892")
    (True, False)

    References
    ----------
    Order of the Federal Tax Service MMV-7-6/435@ of 29.06.2012, check digits.
    """
    if not number.strip("0"):
        return False
    if len(number) == 10:
        return bool(inn.calc_company_check_digit(number[:-1]) == number[-1])
    return bool(inn.calc_personal_check_digits(number[:-2]) == number[-2:])


def is_valid_ogrn(number: str) -> bool:
    """Whether a state number of 13 or 15 digits has the right check digit.

    >>> is_valid_ogrn("1027700132195"), is_valid_ogrn("1027700132196")
    (True, False)
    """
    return number.isascii() and bool(ogrn.is_valid(number))


def is_kpp(text: str) -> bool:
    """Whether a text has the form of a KPP, which has no check digit.

    >>> is_kpp("770701001"), is_kpp("7707")
    (True, False)

    References
    ----------
    Order of the Federal Tax Service MMV-7-6/435@ of 29.06.2012, structure of the KPP.
    """
    return _KPP.fullmatch(text) is not None


def restore_zero(text: str) -> str:
    """Put back the leading zero that a number lost, if with it the check digits fit.

    >>> restore_zero("274062111"), restore_zero("274062110")
    ('0274062111', '274062110')
    """
    padded = f"0{text}"
    lost = len(text) in {9, 11} and _is_digits(text) and has_valid_check(padded)
    return padded if lost else text


def restore_kpp(text: str) -> str | None:
    """KPP in capitals, with the leading zero that a spreadsheet dropped; None if it is none.

    >>> restore_kpp("27401001"), restore_kpp("7707")
    ('027401001', None)
    """
    code = "".join(text.split()).upper()
    return next((one for one in (code, f"0{code}") if is_kpp(one)), None)


def split_registration(text: str) -> tuple[str, str | None]:
    """Tax number and KPP of a text that may hold both, without labels and quotes.

    >>> split_registration("ИНН/КПП 274062111 / 027401001"), split_registration("2.74062111E8")
    (('0274062111', '027401001'), ('0274062111', None))
    """
    bare = text[found.end() :] if (found := _LABEL.match(text)) else text
    bare = bare.rstrip(_END)
    if both := _WITH_KPP.fullmatch(bare):
        return restore_zero(both[1]), restore_kpp(both[2])
    if exact := _DECIMAL.fullmatch(bare):
        bare = exact[1]
    elif (power := _EXPONENT.fullmatch(bare)) and len(power[2]) == int(power[3]):
        bare = power[1] + power[2]
    compact = re.sub(r"[\s-]", "", bare)
    return restore_zero(compact) if _is_digits(compact) else bare, None


def read_registration(text: str | None, country: str | None) -> Registration:
    """Read the registration number of a firm of some country."""
    if text is None or country != "RU" or is_number(text):
        return Registration(text)
    number, kpp = split_registration(text)
    if is_number(number):
        return Registration(number, kpp)
    if _is_digits(number) and len(number) in {10, 12}:
        return Registration(number, kpp, "registration-check")
    if _EXPONENT.fullmatch(number):
        return Registration(number, code="registration-lost")
    return Registration(number, code="registration-format", details={"nearest": _propose(number)})


def is_number(text: str) -> bool:
    """Whether a text is a tax number and nothing else."""
    return len(text) in {10, 12} and _is_digits(text) and has_valid_check(text)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _propose(text: str) -> str:
    """End of a sentence that offers the tax number which a text may mean; empty without any."""
    digits = "".join(text.split()).translate(_MISTYPED)
    found = [one for one in (restore_zero(digits), digits[:-9]) if is_number(one)]
    return f" → {found[0]}?" if found else ""


def resolve(text: str | None, known: Collection[str]) -> str | None:
    """Spell a reference to an enterprise as its own row does."""
    if text is None or text in known:
        return text
    number, _ = split_registration(text)
    return number if number in known else text
