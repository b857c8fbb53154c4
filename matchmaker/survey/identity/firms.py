"""Firms: what is known of a firm, read once, ready to be compared.

After `names` and `addresses`. A firm comes as a mapping of texts, as a row of the survey or of
any other list has them: `name`, `country`, `region`, `city`, `address`, `contact`,
`registration`, `kpp`, `ogrn`; what is missing is not known, and never counts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stdnum import get_cc_module

from matchmaker.codebook import find_country, find_region
from matchmaker.codebook.tables import plain_text
from matchmaker.survey.cells.registrations import is_kpp, is_number, is_valid_ogrn
from matchmaker.survey.identity.addresses import Address, read_address
from matchmaker.survey.identity.names import Name, read_name
from matchmaker.survey.identity.spelling import pieces, sound

FIELDS = ("name", "country", "region", "city", "address", "contact", "registration", "kpp", "ogrn")
"""What may be known of a firm."""

PUBLIC_MAIL = frozenset(
    {"mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "vk.com", "narod.ru", "rambler.ru"}
    | {"yandex.ru", "ya.ru", "yandex.com", "gmail.com", "outlook.com", "hotmail.com", "yahoo.com"}
    | {"icloud.com", "aol.com", "protonmail.com", "qq.com", "163.com", "126.com", "sina.com"}
    | {"gmx.de", "web.de", "hotmail.fr", "orange.fr", "libero.it", "ukr.net", "seznam.cz", "wp.pl"}
)
"""Domains of mail that anybody may have an address in."""

_PHONE = re.compile(r"\+?\d[\d\s()\-–]{8,}\d")
_MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_SITE = re.compile(r"(?:https?://|www\.)(?:www\.)?([\w-]+(?:\.[\w-]+)+)")
_PHONE_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Numbers:
    """Registration numbers, each empty where it is not known or its check digits are wrong.

    Of a firm of another country, `vat` is a number that is valid there, `other` any other, by
    its letters and digits: such a firm may have one number here and another one there.
    """

    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    vat: str = ""
    other: str = ""

    @property
    def entity(self) -> str:
        """Number that no two legal entities share; empty where none is known."""
        return self.inn or self.vat


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm as read; empty where nothing is known."""

    name: Name
    address: Address
    country: str
    region: str
    city: str
    phones: frozenset[str]
    domains: frozenset[str]
    numbers: Numbers


def read_firms(rows: Iterable[Mapping[str, object]]) -> list[Firm]:
    """Firms of the rows, in their order."""
    return [read_firm({key: plain_text(row.get(key)) for key in FIELDS}) for row in rows]


def read_firm(texts: Mapping[str, str]) -> Firm:
    """A firm of texts by the names in `FIELDS`."""
    contact = texts.get("contact", "")
    country = find_country(texts.get("country", "")) or ""
    region = texts.get("region", "")
    return Firm(
        name=read_name(texts.get("name", "")),
        address=read_address(texts.get("address", "")),
        country=country,
        region=find_region(region) or " ".join(map(sound, pieces(region))),
        city="".join(map(sound, read_address(texts.get("city", "")).words)),
        phones=read_phones(contact),
        domains=read_domains(contact),
        numbers=read_numbers(texts, country),
    )


def read_phones(text: str) -> frozenset[str]:
    """Last ten digits of every telephone number in a text.

    >>> read_phones("Иванова, +7 (347) 000-11-22, доб. 5; 8 347 000 11 22")
    frozenset({'3470001122'})
    """
    digits = ("".join(filter(str.isdecimal, found)) for found in _PHONE.findall(text))
    return frozenset(
        number[-_PHONE_DIGITS:] for number in digits if len(set(number[-_PHONE_DIGITS:])) > 2
    )


def read_domains(text: str) -> frozenset[str]:
    """Domains of the firm's own mail and pages in a text; those of public mail say nothing."""
    lower = text.casefold()
    return frozenset({*_MAIL.findall(lower), *_SITE.findall(lower)} - PUBLIC_MAIL)


def read_numbers(texts: Mapping[str, str], country: str) -> Numbers:
    """Registration numbers whose check digits are right; KPP has none, only a form.

    The number may be written as INN/KPP. What is not a valid INN of a Russian firm counts
    for none: a slip of the pen must not part a firm from itself.
    """
    first, _, second = texts.get("registration", "").replace("\\", "/").partition("/")
    number = "".join(filter(str.isalnum, first)).upper()
    kpp = texts.get("kpp", "").strip() or second.strip()
    state = "".join(filter(str.isalnum, texts.get("ogrn", "")))
    state = state or (number if is_valid_ogrn(number) else "")
    if country in {"", "RU"}:
        valid = number if is_number(number) else ""
        return Numbers(valid, kpp if is_kpp(kpp) else "", state if is_valid_ogrn(state) else "")
    bare = number.removeprefix(country)
    return Numbers(vat=bare) if _is_valid_vat(country, number) else Numbers(other=bare)


def _is_valid_vat(country: str, number: str) -> bool:
    rule = get_cc_module(country.lower(), "vat")
    return rule is not None and bool(rule.is_valid(number))


def rarities(words: Sequence[Iterable[str]]) -> dict[str, float]:
    """How rare every word is among texts: 1 for a word of one text, less for common ones."""
    counts = Counter(word for text in words for word in set(text))
    scale = math.log1p(len(words))
    return {word: math.log1p(len(words) / count) / scale for word, count in counts.items()}
