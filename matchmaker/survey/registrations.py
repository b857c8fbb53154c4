"""Tax numbers: the check digits, and the leading zero that spreadsheets drop.

Called by `reader` once the country of a firm is known.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from stdnum.ru import inn, ogrn

_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")


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
    lost = len(text) in {9, 11} and text.isascii() and text.isdecimal() and has_valid_check(padded)
    return padded if lost else text


def settle(text: str | None, country: str | None) -> tuple[str | None, str]:
    """Registration number as stored, and the code of what is wrong with it, if anything."""
    if text is None or country != "RU":
        return text, ""
    number = restore_zero(text)
    if not (number.isascii() and number.isdecimal() and len(number) in {10, 12}):
        return number, "registration-format"
    return number, "" if has_valid_check(number) else "registration-check"


def resolve(text: str | None, known: Collection[str]) -> str | None:
    """Spell a reference to an enterprise as its own row does."""
    if text is None or text in known:
        return text
    return restore_zero(text)
