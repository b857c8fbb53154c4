"""Make the bad survey files of this folder: one small file a fault, the same bytes each time.

Run it as a script after a change; `expected.csv` says what the reader has to find in each.
Every enterprise in these files is invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter

HERE = Path(__file__).parent
CREATED = datetime(2026, 1, 1)

Cell = str | float | bool | date | None
Rows = Sequence[Sequence[Cell]]

FIRMS = ["ИНН", "Предприятие", "Роль", "Страна", "Регион", "Основной ОКВЭД", "Дата ответа"]
ONE = ["0299000011", "ООО «Вымысел Один»", "участник", "RU", "Башкортостан", "30.92", "01.02.2026"]
TWO = ["0299000029", "ООО «Вымысел Два»", "заинтересованное", "", "Уфа", "", ""]
THREE = ["0299000036", "АО «Вымысел Три»", "участник", "", "RU-TA", "25.62", "2026-02-03"]

ITEMS = [
    "Код",
    "Наименование",
    "Вид",
    "Ед. изм.",
    "ОКПД2",
    "Масса, кг/ед.",
    "Цена импорта, руб./ед.",
]
WHEEL = ["wheel", "Колесо 24", "деталь", "шт", "30.92.30", "1,8", "2 400,50"]
FRAME = ["frame", "Рама", "component", "шт.", "", "", ""]
CHAIR = ["chair", "Кресло-коляска", "изделие", "шт", "30.92.20.000", "16", "31 тыс. руб."]

OFFERS = [
    "ИНН",
    "Продукция",
    "Код номенклатуры",
    "Цена, руб./ед. без НДС",
    "Мощность, ед./мес.",
    "Мин. заказ, ед./год",
]
OFFER = ["0299000011", "Колёса", "wheel", 2100, 50, 100]
BOM = ["Изделие", "Вариант", "Составная часть", "Количество на единицу"]


def firms(**bad: str) -> Rows:
    """Three firms of which the second has other values in the columns named A, B, …."""
    return [FIRMS, ONE, _with(TWO, bad), THREE]


def items(**bad: str) -> Rows:
    """Three items of which the second has other values in the columns named A, B, …."""
    return [ITEMS, WHEEL, _with(FRAME, bad), CHAIR]


def _with(row: Sequence[Cell], bad: Mapping[str, Cell]) -> list[Cell]:
    changed = list(row)
    for letter, value in bad.items():
        changed[ord(letter) - ord("A")] = value
    return changed


def text(rows: Rows, delimiter: str = ";") -> str:
    """Delimited text as Excel writes it."""
    return "".join(
        delimiter.join(_quoted(cell, delimiter) for cell in row) + "\r\n" for row in rows
    )


def _quoted(cell: Cell, delimiter: str) -> str:
    shown = "" if cell is None else str(cell)
    return '"' + shown.replace('"', '""') + '"' if delimiter in shown or '"' in shown else shown


def workbook(**sheets: Rows) -> bytes:
    """Bytes of a workbook; underscores in sheet names stand for spaces."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": CREATED})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name.replace("_", " "))
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(place, column, cell, day)
                    elif isinstance(cell, str) and cell.startswith("=error "):
                        sheet.write_formula(
                            place, column, "=1/0", None, cell.removeprefix("=error ")
                        )
                    elif isinstance(cell, str) and cell.startswith("=unsaved "):
                        sheet.write_formula(place, column, cell.replace("unsaved ", ""), None, "")
                    elif cell is not None:
                        sheet.write(place, column, cell)
    return buffer.getvalue()


def repack(data: bytes, extra: Mapping[str, bytes], without: Iterable[str] = ()) -> bytes:
    """A workbook's archive with other or additional parts."""
    with ZipFile(BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist() if name not in without}
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as target:
        for name, content in (parts | dict(extra)).items():
            target.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return buffer.getvalue()


def sheet_xml(data: bytes) -> bytes:
    """XML of the first sheet of a workbook."""
    with ZipFile(BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def value_files() -> dict[str, bytes]:
    """One bad value in the second row of an otherwise good table."""
    tables = {
        "number-text": items(G="дорого"),
        "number-range": items(G="40–50"),
        "number-from-to": items(G="от 40 до 50 руб."),
        "number-approximate": items(G="≈40"),
        "number-by-agreement": items(G="по договорённости"),
        "number-foreign-currency": items(G="40 $"),
        "number-percent": items(G="15 %"),
        "number-two": items(G="40 50"),
        "number-with-remark": items(G="5 (за 10 шт)"),
        "number-thousands-comma": items(G="2,000"),
        "number-thousands-point": items(G="1.200"),
        "number-negative": items(G="-40"),
        "number-zero-price": items(G="0"),
        "number-infinite": items(G="1e999"),
        "number-out-of-bounds": items(G="1e308"),
        "number-out-of-bounds-below": items(G="1e-300"),
        "number-foreign-unit": items(F="500 м"),
        "formula-error": items(G="#Н/Д"),
        "unit-unknown": items(D="бочка"),
        "item-code-bad": items(A="рама №1"),
        "enum-outside": items(C="штуковина"),
        "okpd2-unknown": items(E="30.92.99.999"),
        "required-empty": items(C=""),
        "required-dash": items(B="–"),
        "text-control": items(B="Ра\x01ма"),
        "text-long": items(B="рама " * 8000),
        "inn-check-digit": firms(A="0299000028"),
        "inn-length": firms(A="02990000"),
        "inn-letters": firms(A="О299000029"),
        "inn-12-check-digit": firms(A="029900000001"),
        "region-unknown": firms(E="Атлантида"),
        "country-unknown": firms(D="Нарния"),
        "okved2-unknown": firms(F="99.98"),
        "date-nonsense": firms(G="31.02.2026"),
        "date-words": firms(G="прошлой весной"),
        "role-outside": firms(C="друг"),
    }
    return {f"{name}.csv": text(rows).encode() for name, rows in tables.items()}


def text_files() -> dict[str, bytes]:
    """Faults of delimited files: encodings, delimiters, quotes, headings, repeated rows."""
    good = text(firms())
    torn = good.replace("ООО «Вымысел Два»", '"ООО Вымысел Два')
    mixed = good.replace(";".join(TWO), ",".join(TWO))
    extra = good.replace("ООО «Вымысел Один»", "ООО; «Вымысел Один»")
    tables = {
        "firm-repeated": [*firms(), ONE],
        "firm-conflict": [*firms(), _with(ONE, {"B": "ООО «Другое имя»"})],
        "member-missing": [FIRMS, TWO, _with(THREE, {"C": "внешнее"})],
        "column-missing": [row[:2] + row[3:] for row in firms()],
        "column-unknown": [[*FIRMS, "Любимый цвет"], [*ONE, "синий"], TWO, THREE],
        "column-unnamed": [[*FIRMS, ""], [*ONE, "синий"], TWO, THREE],
        "column-repeated": [[*FIRMS, "Регион"], [*ONE, "Уфа"], TWO, THREE],
        "column-with-vat": [[*ITEMS[:6], "Цена импорта с НДС"], WHEEL, FRAME, CHAIR],
        "column-other-unit": [[*ITEMS[:6], "Цена импорта, $/ед."], WHEEL, FRAME, CHAIR],
        "header-only": [FIRMS],
        "table-unknown": [["Месяц", "Погода"], ["май", "дождь"]],
    }
    thousands = [
        ["Code", "Russian name", "Kind", "Unit", "Import price, RUB/unit"],
        ["wheel", "Колесо", "part", "pcs", "2400.50"],
        ["frame", "Рама", "component", "pcs", "1,200"],
        ["chair", "Кресло", "product", "piece", "31,000.00"],
    ]
    bad_role = text(firms(C="друг"))
    return {f"{name}.csv": text(rows).encode() for name, rows in tables.items()} | {
        "english-thousands.csv": text(thousands, ",").encode(),
        "encoding-cp1251.csv": bad_role.encode("cp1251"),
        "encoding-utf16.csv": text(firms(C="друг"), "\t").encode("utf-16"),
        "encoding-utf16-be.csv": b"\xfe\xff" + bad_role.encode("utf-16-be"),
        "encoding-utf8-bom.csv": bad_role.encode("utf-8-sig"),
        "encoding-unknown.csv": bad_role.encode("utf-32-be"),
        "encoding-utf16-unmarked.csv": bad_role.encode("utf-16-le"),
        "formula.csv": text(firms(B='=HYPERLINK("http://invented.example")', E="@Уфа")).encode(),
        "formula-dde.csv": text(firms(B="+cmd|' /C calc'!A0")).encode(),
        "formula-text.csv": text(firms(A='="0299000029"', C="друг")).encode(),
        "direction-marks.csv": text(firms(B="ООО «\u202eлесымыВ»")).encode(),
        "sheet-wide.csv": text([[*row, *[""] * 1100] for row in firms()]).encode(),
        "encoding-broken-bytes.csv": good.encode().replace(
            "Вымысел Два".encode(), b"\xd0\xff \xff"
        ),
        "delimiters-mixed.csv": mixed.encode(),
        "delimiters-too-many.csv": extra.encode(),
        "quotes-unbalanced.csv": torn.encode(),
        "file-zero-bytes.csv": b"",
        "file-blank.csv": b"\r\n \r\n",
        "letter.docx": b"PK\x03\x04 no survey",
        "old-workbook.xls": b"\xd0\xcf\x11\xe0 no survey",
    }


def catalogue(**sheets: Rows) -> bytes:
    """Workbook with one firm, three items, and the given sheets."""
    return workbook(Предприятия=[FIRMS, ONE], Номенклатура=[ITEMS, WHEEL, FRAME, CHAIR], **sheets)


def workbook_files() -> dict[str, bytes]:
    """Faults of workbooks and faults that take several tables."""
    part = ["chair", "", "wheel", 2]
    ring = [
        BOM,
        part,
        ["wheel", "", "frame", 1],
        ["frame", "", "chair", 1],
        ["chair", "", "frame", 1],
    ]
    demand = ["Изделие", "Количество, ед./год", "Доля импорта сегодня"]
    return {
        "bom-cycle.xlsx": catalogue(
            Состав_изделий=[BOM, part, ["wheel", "", "chair", 1], ["chair", "", "frame", 1]]
        ),
        "bom-ring-of-three.xlsx": catalogue(Состав_изделий=ring[:4]),
        "bom-cycle-substitute.xlsx": catalogue(
            Состав_изделий=[BOM, part, ["chair", "", "frame", 1]],
            Замены=[["Позиция", "Чем заменяется"], ["wheel", "chair"], ["wheel", "frame"]],
        ),
        "bom-self.xlsx": catalogue(Состав_изделий=[BOM, part, ["frame", "", "frame", 1]]),
        "bom-zero-quantity.xlsx": catalogue(Состав_изделий=[BOM, part, ["chair", "", "frame", 0]]),
        "item-dangling.xlsx": catalogue(Состав_изделий=[BOM, part, ["chair", "", "frme", 1]]),
        "enterprise-dangling.xlsx": catalogue(
            Производим=[OFFERS, OFFER, _with(OFFER, {"A": "0299000029"})]
        ),
        "minimum-above-capacity.xlsx": catalogue(
            Производим=[OFFERS, OFFER, _with(OFFER, {"B": "Диски", "F": 601})]
        ),
        "price-missing.xlsx": catalogue(
            Производим=[OFFERS, OFFER, _with(OFFER, {"B": "Диски", "D": "нет"})]
        ),
        "offer-conflict.xlsx": catalogue(
            Производим=[OFFERS, OFFER, _with(OFFER, {"B": "КОЛЕСА", "E": 70})]
        ),
        "certificate-expired.xlsx": catalogue(
            Сертификаты=[
                ["ИНН", "Сертификат", "Действует до"],
                [ONE[0], "ISO 13485", date(2026, 2, 1)],
                [ONE[0], "ISO 9001", date(2026, 1, 31)],
            ]
        ),
        "process-unknown.xlsx": catalogue(
            Технология=[
                ["Изделие", "Передел", "Часов на единицу"],
                ["frame", "Сварка", 0.5],
                ["wheel", "колдовство", 1],
            ]
        ),
        "share-above-one.xlsx": catalogue(
            Спрос=[demand, ["chair", 1200, 0.74], ["wheel", 100, 74]]
        ),
        "number-boolean.xlsx": catalogue(
            Спрос=[demand, ["chair", 1200, "74 %"], ["wheel", True, None]]
        ),
        "number-date.xlsx": catalogue(
            Спрос=[demand, ["chair", 1200, 0.74], ["wheel", date(2026, 5, 12), None]]
        ),
        "formula-error.xlsx": catalogue(
            Спрос=[demand, ["chair", 1200, 0.74], ["wheel", 1, "=error #REF!"]]
        ),
        "inn-as-number.xlsx": workbook(
            Предприятия=[FIRMS, _with(ONE, {"A": 299000011}), _with(TWO, {"A": 299000028}), THREE]
        ),
        "title-rows.xlsx": workbook(Предприятия=[["Анкета"], [], *firms(C="друг")]),
        "sheet-unknown.xlsx": workbook(
            О_файле=[["вымысел"]], Предприятия=firms(), Погода=[["май", "дождь"]]
        ),
        "sheet-none.xlsx": workbook(Погода=[["май", "дождь"]]),
        "sheet-empty.xlsx": workbook(Предприятия=firms(), Закупаем=[["ИНН", "Что закупаем"]]),
        "sheet-repeated.xlsx": workbook(Предприятия=[FIRMS, ONE], Enterprises=[FIRMS, THREE]),
        "header-absent.xlsx": workbook(Предприятия=[ONE, THREE], Номенклатура=[ITEMS, WHEEL]),
    }


def broken_workbooks() -> dict[str, bytes]:
    """Workbooks that do not open, or had better not be opened."""
    good = workbook(Предприятия=firms())
    xml = sheet_xml(good)
    head, _, body = xml.partition(b"?>")
    doctype = b'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    far = xml.replace(
        b"</row></sheetData>",
        b'</row><row r="900000"><c r="XFD900000"><v>1</v></c></row></sheetData>',
    )
    first = "xl/worksheets/sheet1.xml"
    strings = b'<?xml version="1.0"?><sst uniqueCount="99999999999"></sst>'
    return {
        "macros.xlsm": repack(good, {"xl/vbaProject.bin": b"no macro, only its place"}),
        "file-zero-bytes.xlsx": b"",
        "not-a-workbook.xlsx": text(firms()).encode(),
        "links.xlsx": repack(good, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
        "formula-unsaved.xlsx": workbook(Предприятия=firms(B="=unsaved A1&A2")),
        "password.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + "EncryptedPackage".encode("utf-16-le"),
        "encrypted.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64,
        "truncated.xlsx": good[: len(good) // 2],
        "no-workbook-part.xlsx": repack(good, {}, without=["xl/workbook.xml"]),
        "no-sheet-part.xlsx": repack(good, {}, without=[first]),
        "xml-broken.xlsx": repack(good, {first: xml[: len(xml) // 2]}),
        "zip-bomb.xlsx": repack(good, {"xl/media/image1.png": b"\0" * 2_000_000}),
        "doctype.xlsx": repack(good, {first: head + b"?>" + doctype + body}),
        "count-lies.xlsx": repack(good, {"xl/sharedStrings.xml": strings}),
        "far-cell.xlsx": repack(good, {first: far}),
    }


def make_files() -> dict[str, bytes]:
    """Content of every file by name."""
    return value_files() | text_files() | workbook_files() | broken_workbooks()


if __name__ == "__main__":
    for name, content in make_files().items():
        (HERE / name).write_bytes(content)
