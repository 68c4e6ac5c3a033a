"""OpenDocument sheets (ODF 1.2 part 1 section 9, part 3) read as a stream: no more of it in memory than one row.

A sheet is a packed archive: what it unpacks to is counted as it comes, so that a small file cannot fill the machine,
and its XML is read without entities or document types (billion laughs, external files). A mark that does not end is
read anew with every piece by older parsers (CVE-2023-52425): it is cut off.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from enrollment.legacy.archives import is_small

__all__ = ["NotASheetError", "sheet_rows"]

MAX_RATIO = 250
MAX_DEPTH = 50
MAX_MARK = 1_048_576
MAX_CELL = 10_000
PIECE = 65_536
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, expat.ExpatError, NotImplementedError, EOFError, OSError,
    RuntimeError, UnicodeError,
)  # fmt: skip
# Those of ODF 1.2 part 3 section 2.2, which unpack little by little.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ROW, _CELL, _COVERED = "table-row", "table-cell", "covered-table-cell"
_SPACED = {"s": " ", "tab": "\t", "line-break": "\n"}


class NotASheetError(Exception):
    """The file is no sheet that can be read, or one that unpacks to more than is allowed (`too_large`)."""

    def __init__(self, *, too_large: bool = False) -> None:
        super().__init__("too large" if too_large else "not a sheet")
        self.too_large = too_large


def sheet_rows(stream: BinaryIO, most: int, cells: int) -> Iterator[tuple[list[str], int]]:
    """The rows of the first table, each as its cells and how often it is repeated; raises `NotASheetError`.

    At most `most` bytes are unpacked, and `cells` cells of a row are kept. What is repeated is not unfolded here: it
    may be millions.
    """
    if not is_small(stream):
        raise NotASheetError(too_large=True)
    try:
        with zipfile.ZipFile(stream) as archive:
            member = _content_of(archive, most)
            with archive.open(member) as content:
                yield from _parsed(content, most, max(member.compress_size, 1), cells)
    except _BROKEN as error:
        raise NotASheetError from error


def _content_of(archive: zipfile.ZipFile, most: int) -> zipfile.ZipInfo:
    """What the sheet says is looked at before it is unpacked; afterwards it is counted, as it may lie."""
    members = archive.infolist()
    if sum(member.file_size for member in members) > most:
        raise NotASheetError(too_large=True)
    found = [member for member in members if member.filename == "content.xml"]
    if len(found) != 1 or found[0].flag_bits & 1 or found[0].compress_type not in _METHODS:
        raise NotASheetError
    if found[0].file_size > max(found[0].compress_size, 4096) * MAX_RATIO:
        raise NotASheetError(too_large=True)
    return found[0]


def _parsed(content: Any, most: int, packed: int, cells: int) -> Iterator[tuple[list[str], int]]:
    reader = _Reader(cells)
    total = 0
    while not reader.over and (piece := content.read(PIECE)):
        total += len(piece)
        if total > most or total > max(packed, 4096) * MAX_RATIO:
            raise NotASheetError(too_large=True)
        reader.feed(piece)
        yield from reader.taken()
    if not reader.began:
        raise NotASheetError
    if not reader.over:
        reader.feed(b"", last=True)
        yield from reader.taken()


class _Reader:
    """Turns the marks of the XML into rows. Tables within cells, and every table after the first, are left out."""

    def __init__(self, cells: int) -> None:
        self._most = cells
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._forbidden
        self._parser.EntityDeclHandler = self._forbidden
        self._parser.ExternalEntityRefHandler = self._forbidden
        self._parser.buffer_text = True
        self._depth = 0
        self._tables = 0
        self._rows: list[tuple[list[str], int]] = []
        self._row: list[str] = []
        self._row_times = 1
        self._cell: list[str] | None = None
        self._value: str | None = None
        self._cell_times = 1
        self._silent = 0
        self._fed = 0
        self.began = False
        self.over = False

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Read on."""
        self._parser.Parse(piece, last)
        self._fed += len(piece)
        if self._fed - self._parser.CurrentByteIndex > MAX_MARK:
            raise NotASheetError(too_large=True)

    def taken(self) -> list[tuple[list[str], int]]:
        """The rows that are complete by now, each given once."""
        rows, self._rows = self._rows, []
        return rows

    def _forbidden(self, *_: object) -> Any:
        raise NotASheetError

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotASheetError
        space, _, name = tag.rpartition(" ")
        if name == "table" and space.endswith("table:1.0"):
            self._tables += 1
            self.began = True
        if self._tables != 1 or self.over:
            return
        if name == _ROW:
            self._row, self._row_times = [], _times(attributes, "number-rows-repeated")
        elif name in {_CELL, _COVERED}:
            self._cell, self._cell_times = [], _times(attributes, "number-columns-repeated")
            self._value = _typed(attributes)
        elif name == "annotation":
            self._silent += 1
        elif name in _SPACED and self._cell is not None:
            self._data(_SPACED[name] * (_times(attributes, "c") if name == "s" else 1))
        elif name == "p" and self._cell:
            self._data(" ")

    def _end(self, tag: str) -> None:
        self._depth -= 1
        space, _, name = tag.rpartition(" ")
        if name == "table" and space.endswith("table:1.0"):
            self._tables -= 1
            self.over = self.over or self._tables == 0
        if name == "annotation":
            self._silent = max(self._silent - 1, 0)
        if self._tables != 1 or self.over:
            return
        if name in {_CELL, _COVERED} and self._cell is not None:
            text = (self._value if self._value is not None else "".join(self._cell))[:MAX_CELL]
            self._row += [text] * min(self._cell_times, self._most - len(self._row))
            self._cell = None
        elif name == _ROW:
            self._rows.append((self._row, self._row_times))

    def _data(self, text: str) -> None:
        if self._cell is None or self._silent or self._tables != 1:
            return
        if len(self._cell) < MAX_CELL:
            self._cell.append(text[:MAX_CELL])


def _times(attributes: dict[str, str], name: str) -> int:
    for key, value in attributes.items():
        if key.rpartition(" ")[2] == name:
            return max(min(int(value), 1_048_576), 1) if value.isdecimal() and len(value) < 9 else 1
    return 1


def _typed(attributes: dict[str, str]) -> str | None:
    """A date as it is stored, as how it is shown depends on the sheet's own style; a formula that makes text as such.

    No old register has its people from formulas: what one shows is not what it holds.
    """
    told = {key.rpartition(" ")[2]: value[:MAX_CELL] for key, value in attributes.items()}
    formula = told.get("formula", "")
    if formula and told.get("value-type", "string") == "string":
        return formula[max(formula.find("="), 0) :]
    return told.get("date-value")
