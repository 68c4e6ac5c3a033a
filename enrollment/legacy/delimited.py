"""Tables as text: the encoding by marks and bytes, the delimiter by what the rows agree on, one record at a time.

Files that were put together from several have lines in several encodings: where a line is not UTF-8 it is taken for
Windows-1252, that line alone. A quotation mark that is never closed spoils its own line and no other (RFC 4180 has no
word on it).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from enrollment.legacy.wishes import Wishes

__all__ = ["Form", "form_of", "records"]

MAX_RECORD = 65_536
MAX_LINES = 20
SAMPLE = 65_536
SAMPLE_ROWS = 50
QUOTE = '"'
# A quotation begins a cell; a mark within a word is one of the word.
_OPENS = re.compile(r'(?:^|[^\w ]) *"')
_USUAL = (",", ";", "\t", "|")
_NEVER = frozenset("_'-.()/# \"\r\n\u2019\u00a0")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a text file is written. `skip` is its mark at the beginning, in bytes."""

    encoding: str
    delimiter: str
    skip: int = 0
    named: bool = False


def form_of(stream: BinaryIO, wishes: Wishes) -> Form:
    """Find out encoding and delimiter from the beginning of a file; what is wished for holds."""
    stream.seek(0)
    head = stream.read(SAMPLE)
    encoding, skip = _encoding(head)
    if wishes.encoding is not None:
        encoding = {"utf-16": encoding if encoding.startswith("utf-16") else "utf-16-le"}.get(
            wishes.encoding, wishes.encoding
        )
    form = Form(encoding, ",", skip)
    lines = []
    for line in _records(_lines(io.BytesIO(head), form)):
        if line.strip():
            lines.append(line)
        if len(lines) == SAMPLE_ROWS:
            break
    named = len(lines) > 0 and lines[0].strip().lower().startswith("sep=")
    if wishes.delimiter is not None:
        return Form(encoding, wishes.delimiter, skip, named)
    if named:
        told = lines[0].strip()[4:5]
        return Form(encoding, told or "\t", skip, named)
    return Form(encoding, _delimiter(lines), skip)


def records(stream: BinaryIO, form: Form) -> Iterator[list[str]]:
    """The rows of a file, each as its cells. A row that cannot be taken apart has one cell."""
    first = form.named
    for record in _records(_lines(stream, form)):
        if not record.strip():
            continue
        if first:
            first = False
            continue
        yield from _split(record, form.delimiter)


def _encoding(head: bytes) -> tuple[str, int]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    enough = len(head[:2000]) // 8
    if max(even, odd) > max(enough, 1):
        return ("utf-16-le" if odd > even else "utf-16-be"), 0
    return "utf-8", 0


def _lines(stream: BinaryIO, form: Form) -> Iterator[str]:
    """Lines of text without their ends, none longer than a record may be."""
    stream.seek(form.skip)
    if form.encoding.startswith(("utf-16", "utf-32")):
        text = codecs.getreader(form.encoding)(stream, "replace")
        while line := text.readline(MAX_RECORD, keepends=True):
            yield line.rstrip("\r\n")
        return
    alone = form.encoding == "cp1252"
    buffered = b""
    while piece := stream.readline(MAX_RECORD):
        # An old Macintosh ends lines with a carriage return alone.
        parts = (buffered + piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        buffered = b""
        if parts[-1] == b"":
            parts.pop()
        elif len(parts) > 1:
            # Cut where a record may be longest, and not where one ends.
            buffered = parts.pop()
        for part in parts:
            yield _text(part, alone=alone)
    if buffered:
        yield _text(buffered, alone=alone)


def _text(line: bytes, *, alone: bool) -> str:
    if not alone:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return line.decode("cp1252", "replace")


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Lines, several as one where a quotation goes on; where it never ends each stands for itself."""
    held: list[str] = []
    for line in lines:
        if not held and not _OPENS.search(line):
            yield line
            continue
        held.append(line)
        size = sum(map(len, held))
        if sum(part.count(QUOTE) for part in held) % 2 == 0:
            yield "\n".join(held)
            held = []
        elif len(held) > MAX_LINES or size > MAX_RECORD:
            yield from _released(held)
            held = []
    yield from _released(held)


def _released(held: list[str]) -> Iterator[str]:
    """The first of them stands for itself; with the others it is tried again, as they may be whole."""
    if held:
        yield held[0]
        yield from _records(iter(held[1:]))


def _cells(record: str, delimiter: str) -> list[str]:
    return next(iter(_split(record, delimiter)), [])


def _split(record: str, delimiter: str) -> list[list[str]]:
    """The rows of a record: more than one where marks within words only looked as if a quotation went on."""
    if record.count(QUOTE) % 2:
        return [record.split(delimiter)]
    try:
        return [row for row in csv.reader(io.StringIO(record, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return [line.split(delimiter) for line in record.split("\n")]


def _delimiter(lines: list[str]) -> str:
    """What splits the first row into most columns, and most of the others into as many."""
    if not lines:
        return ","
    header = lines[0]
    signs = Counter(sign for sign in header if not sign.isalnum() and sign not in _NEVER)
    candidates = [*_USUAL, *(sign for sign, _ in signs.most_common(10) if sign not in _USUAL and sign.isprintable())]

    def worth(sign: str) -> tuple[float, int]:
        columns = len(_cells(header, sign))
        if columns < 2:
            return 0.0, 0
        rest = lines[1:] or lines
        agreeing = sum(len(_cells(line, sign)) == columns for line in rest) / len(rest)
        return agreeing, columns

    return max(candidates, key=lambda sign: (worth(sign), -candidates.index(sign)))
