"""Files made to harm whoever opens them, made when asked for: `HOSTILE[name]()` gives the bytes.

Beside each stands the issue that says what is wrong. Everything in them is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

HEADER = ("ИНН", "Предприятие", "Роль")
FIRM = ("0299000011", "ООО «Вымысел Один»", "участник")

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = "xl/worksheets/sheet1.xml"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def cell(text: str, place: str = "") -> str:
    """XML of a cell with a text."""
    name = f' r="{place}"' if place else ""
    return f'<c{name} t="inlineStr"><is><t>{text}</t></is></c>'


def line(texts: tuple[str, ...], number: int) -> str:
    """XML of a row of texts."""
    cells = "".join(cell(text, f"{chr(65 + n)}{number}") for n, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def sheet(rows: str, before: str = "", head: str = "") -> bytes:
    """XML of a worksheet."""
    start = '<?xml version="1.0" encoding="UTF-8"?>'
    body = f"{before}<sheetData>{rows}</sheetData>"
    return f"{start}{head}<worksheet {_NS}>{body}</worksheet>".encode()


def book(xml: bytes, extra: Mapping[str, bytes] | None = None) -> bytes:
    """A workbook whose only sheet, «Предприятия», is that XML."""
    parts = {
        "_rels/.rels": (
            f'<Relationships xmlns="{_PARTS}"><Relationship Id="r1" '
            f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook {_NS} xmlns:r="{_REL}"><sheets>'
            '<sheet name="Предприятия" sheetId="1" r:id="r1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PARTS}"><Relationship Id="r1" '
            f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ).encode(),
        _SHEET: xml,
    }
    return packed(parts | dict(extra or {}))


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of these parts."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


GOOD = line(HEADER, 1) + line(FIRM, 2)


def zip_bomb() -> bytes:
    """A gigabyte of zeros in a picture nobody looks at."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        with archive.open("xl/media/image1.png", "w", force_zip64=True) as picture:
            for _ in range(1024):
                picture.write(bytes(2**20))
    return buffer.getvalue()


def declared_gigabyte() -> bytes:
    """A sheet that says it fills every cell of Excel, and one cell at its end."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return book(sheet(GOOD + far, '<dimension ref="A1:XFD1048576"/>'))


def lying_count() -> bytes:
    """Shared strings that say there are a hundred thousand million of them."""
    strings = f'<sst {_NS} count="1" uniqueCount="99999999999"></sst>'.encode()
    return book(sheet(GOOD), {"xl/sharedStrings.xml": strings})


def external_entity() -> bytes:
    """A document type that would read a file of whoever opens it."""
    head = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    return book(sheet(line(HEADER, 1) + line((FIRM[0], "&secret;", FIRM[2]), 2), head=head))


def billion_laughs() -> bytes:
    """Ten entities, each ten times the one before."""
    names = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "ха">{"".join(names)}]>'
    return book(sheet(line(HEADER, 1) + line((FIRM[0], "&l9;", FIRM[2]), 2), head=laughs))


def formula() -> bytes:
    """A formula that would fetch a page, with no result saved."""
    call = '<c r="B3"><f>WEBSERVICE("http://invented.example")</f></c>'
    row = f'<row r="3">{cell("0299000029", "A3")}{call}{cell("участник", "C3")}</row>'
    return book(sheet(GOOD + row))


def external_link() -> bytes:
    """A link to another workbook."""
    link = f"<externalLink {_NS}><externalBook/></externalLink>".encode()
    return book(sheet(GOOD), {"xl/externalLinks/externalLink1.xml": link})


def macros() -> bytes:
    """A workbook with a place for macros."""
    return book(sheet(GOOD), {"xl/vbaProject.bin": b"no macro, only its place"})


def million_rows() -> bytes:
    """A million rows in a workbook."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(3, 10**6))
    return book(sheet(GOOD + rows))


def million_lines() -> bytes:
    """A million rows in delimited text."""
    lines = "".join(f"{n:010d};ООО «Вымысел»;участник\n" for n in range(10**6))
    return (";".join(HEADER) + "\n" + lines).encode()


def many_columns() -> bytes:
    """Ten thousand columns."""
    cells = "".join(cell(f"колонка {n}") for n in range(10_000))
    return book(sheet(f'<row r="1">{cells}</row>' + GOOD))


def control_characters() -> bytes:
    """A name that rings a bell and clears a terminal."""
    text = "ООО «Вымысел\x07\x1b[2J»"
    return f"{';'.join(HEADER)}\n{FIRM[0]};{text};участник\n".encode()


def direction_marks() -> bytes:
    """A name that shows its letters in another order than it has them."""
    return f"{';'.join(HEADER)}\n{FIRM[0]};ООО «\u202eлесымыВ»;участник\n".encode()


def repeated_cells() -> bytes:
    """An OpenDocument sheet whose one row stands for a million rows of 16 384 cells."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    kinds = " ".join(f'xmlns:{name}="{office}:{name}:1.0"' for name in ("office", "table", "text"))
    filled = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
    row = f'<table:table-row table:number-rows-repeated="1048576">{filled}<text:p>x</text:p>'
    content = (
        f"<office:document-content {kinds}><office:body><office:spreadsheet>"
        f'<table:table table:name="Предприятия">{row}</table:table-cell></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = b"<manifest/>"
    parts = {"content.xml": content.encode(), "META-INF/manifest.xml": manifest}
    return packed({"mimetype": _ODS.encode()} | parts)


def ods(rows: str, head: str = "", extra: Mapping[str, bytes] | None = None) -> bytes:
    """An OpenDocument workbook whose only sheet, «Предприятия», has those rows."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    kinds = " ".join(
        f'xmlns:{name}="{office}:{name}:1.0"' for name in ("office", "table", "text", "script")
    )
    content = (
        f"{head}<office:document-content {kinds}><office:body><office:spreadsheet>"
        f'<table:table table:name="Предприятия">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {"content.xml": content.encode(), "META-INF/manifest.xml": b"<manifest/>"}
    return packed({"mimetype": _ODS.encode()} | parts | dict(extra or {}))


def ods_line(texts: tuple[str, ...]) -> str:
    """XML of a row of texts in OpenDocument."""
    cells = (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


ODS_GOOD = ods_line(HEADER) + ods_line(FIRM)


def ods_bomb() -> bytes:
    """An OpenDocument workbook that unpacks to 300 MiB of blanks."""
    return ods(ODS_GOOD + " " * (300 * 2**20))


def ods_entity() -> bytes:
    """A document type in OpenDocument that would read a file."""
    head = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    return ods(ods_line(HEADER) + ods_line((FIRM[0], "&secret;", FIRM[2])), head)


def ods_laughs() -> bytes:
    """Entities within entities in OpenDocument."""
    names = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    head = f'<!DOCTYPE x [<!ENTITY l0 "ха">{"".join(names)}]>'
    return ods(ods_line(HEADER) + ods_line((FIRM[0], "&l9;", FIRM[2])), head)


def ods_formula() -> bytes:
    """A formula in OpenDocument that would fetch a page, with no result saved."""
    call = '<table:table-cell table:formula="of:=WEBSERVICE(&quot;http://invented.example&quot;)"/>'
    first, last = ods_line(("0299000029",)), ods_line(("участник",))
    row = first.replace("</table:table-row>", call) + last.replace("<table:table-row>", "")
    return ods(ODS_GOOD + row)


def ods_macros() -> bytes:
    """An OpenDocument workbook with a Basic library."""
    return ods(ODS_GOOD, extra={"Basic/Standard/Module1.xml": b"<module/>"})


def ods_rows() -> bytes:
    """A million rows in OpenDocument, each written out."""
    return ods(ODS_GOOD + ods_line(("1",)) * 10**6)


def wide_line() -> bytes:
    """Ten thousand columns in delimited text."""
    return (";".join([*HEADER, *(f"колонка {n}" for n in range(10_000))]) + "\n").encode()


def csv_formula() -> bytes:
    """A cell of delimited text that a spreadsheet would run."""
    text = "=cmd|' /C calc'!A0"
    rows = [HEADER, FIRM, ("0299000029", text, "участник")]
    return "".join(";".join(row) + "\n" for row in rows).encode()


def endless_quote() -> bytes:
    """A quotation mark that opens and never closes over 20 MB."""
    body = f"{FIRM[0]};ООО «Вымысел»;участник\n" * 350_000
    return f'{";".join(HEADER)}\n{FIRM[0]};"{body}'.encode()


def old_bomb() -> bytes:
    """A workbook of the old format that declares more sectors than it has."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00"
    return head + b"\xff\xff\xff\x7f" * 120 + bytes(4096)


def own_column_bell() -> bytes:
    """A column of the sender's own whose cell rings a bell: it is not kept, the row is."""
    return f"{';'.join(HEADER)};Отдел\n{';'.join(FIRM)};сбыт\x07\n".encode()


def locked() -> bytes:
    """A workbook behind a password."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")


def huge() -> bytes:
    """More bytes than a survey has."""
    return bytes(65 * 2**20)


HOSTILE: Mapping[str, tuple[str, Callable[[], bytes], str]] = {
    "zip bomb": ("bomb.xlsx", zip_bomb, "file-unsafe"),
    "1 GB declared": ("declared.xlsx", declared_gigabyte, "file-unsafe"),
    "lying count": ("count.xlsx", lying_count, "file-unsafe"),
    "external entity": ("entity.xlsx", external_entity, "file-unsafe"),
    "billion laughs": ("laughs.xlsx", billion_laughs, "file-unsafe"),
    "formula": ("formula.xlsx", formula, "value-formula"),
    "external link": ("link.xlsx", external_link, "file-links"),
    "macros": ("macros.xlsm", macros, "file-macros"),
    "1 M rows, XLSX": ("rows.xlsx", million_rows, "sheet-large"),
    "1 M rows, CSV": ("rows.csv", million_lines, "sheet-large"),
    "10 000 columns": ("columns.xlsx", many_columns, "sheet-large"),
    "control characters": ("control.csv", control_characters, "value-control"),
    "direction marks": ("direction.csv", direction_marks, "value-direction"),
    "repeated cells, ODS": ("repeated.ods", repeated_cells, "file-unreadable"),
    "zip bomb, ODS": ("bomb.ods", ods_bomb, "file-unsafe"),
    "external entity, ODS": ("entity.ods", ods_entity, "file-unsafe"),
    "billion laughs, ODS": ("laughs.ods", ods_laughs, "file-unsafe"),
    "formula, ODS": ("formula.ods", ods_formula, "value-formula"),
    "macros, ODS": ("macros.ods", ods_macros, "file-macros"),
    "1 M rows, ODS": ("rows.ods", ods_rows, "sheet-large"),
    "10 000 columns, CSV": ("columns.csv", wide_line, "sheet-large"),
    "formula, CSV": ("formula.csv", csv_formula, "value-formula"),
    "endless quote, CSV": ("quote.csv", endless_quote, "sheet-large"),
    "lying sectors, XLS": ("sectors.xls", old_bomb, "file-unreadable"),
    "control characters in an own column": ("own.csv", own_column_bell, "column-unknown"),
    "password": ("locked.xlsx", locked, "file-password"),
    "64 MiB of nothing": ("huge.xls", huge, "file-large"),
}
"""File name, maker and issue code of every hostile file, by what it is."""

HARMLESS_PART = {
    "formula": 1,
    "external link": 1,
    "macros": 1,
    "formula, ODS": 1,
    "macros, ODS": 1,
    "formula, CSV": 1,
    "control characters in an own column": 1,
}
"""How many good rows the others leave standing beside the bad part."""
