"""Tables as text: the encoding by marks and bytes, the delimiter by what the rows agree on, one record at a time.

Files that were put together from several have lines in several encodings: a line that is not UTF-8 is read in the
likeliest other one, that line alone. A quotation mark that is never closed spoils its own line and no other (RFC 4180
has no word on it).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import AnyStr, BinaryIO

from enrollment.legacy.encodings import USUAL, likeliest, marked
from enrollment.legacy.wishes import Wishes

__all__ = ["Form", "form_of", "records"]

MAX_RECORD = 1024 * 1024
PIECE = 65_536
MAX_LINES = 20
SAMPLE = 65_536
SAMPLE_ROWS = 50
QUOTE = '"'
# A quotation begins a cell; a mark within a word is one of the word.
_OPENS = re.compile(r'(?:^|[^\w ]) *"')
# Some programs put apostrophes around every cell.
_APOSTROPHES = re.compile(r"'[^']*'(?:(\W)'[^']*')(?:\1'[^']*')*")
_EXCHANGED = str.maketrans({"'": QUOTE, QUOTE: "'"})
_USUAL = (",", ";", "\t", "|")
_NEVER = frozenset("_'-.()/# \"\r\n\u2019\u00a0")
# Nothing else ends a line: Unicode has more ends of lines, and names of places contain them.
_ENDS, _BYTE_ENDS = re.compile(r"\r\n|\r(?=.)|\n", re.DOTALL), re.compile(rb"\r\n|\r(?=.)|\n", re.DOTALL)
_RETURNS: tuple[object, ...] = ("\r", b"\r")


@dataclass(frozen=True, slots=True)
class Form:
    """How a text file is written. `skip` is its mark at the beginning, in bytes.

    `single` is how lines are read that are not UTF-8; None where none was seen. With `apostrophes` they
    stand around cells, and quotation marks are signs as others.
    """

    encoding: str
    delimiter: str
    skip: int = 0
    named: bool = False
    single: str | None = None
    apostrophes: bool = False


def form_of(stream: BinaryIO, wishes: Wishes) -> Form:
    """Find out encoding and delimiter from the beginning of a file; what is wished for holds."""
    form = _written(stream, wishes.encoding)
    stream.seek(0)
    head = stream.read(SAMPLE)
    lines = []
    for line in _records(_lines(io.BytesIO(head), form)):
        if line.strip():
            lines.append(line)
        if len(lines) == SAMPLE_ROWS:
            break
    if lines and _APOSTROPHES.fullmatch(lines[0].strip()):
        form = replace(form, apostrophes=True)
        lines = [line.translate(_EXCHANGED) for line in lines]
    named = len(lines) > 0 and lines[0].strip().lower().startswith("sep=")
    if wishes.delimiter is not None:
        return replace(form, delimiter=wishes.delimiter, named=named)
    if named:
        return replace(form, delimiter=lines[0].strip()[4:5] or "\t", named=True)
    return replace(form, delimiter=_delimiter(lines))


def records(stream: BinaryIO, form: Form) -> Iterator[list[str]]:
    """The rows of a file, each as its cells. A row that cannot be taken apart has one cell."""
    first = form.named
    lines = _lines(stream, form)
    if form.apostrophes:
        lines = (line.translate(_EXCHANGED) for line in lines)
    for record in _records(lines):
        # What has a tab for each cell and nothing in them is a row.
        if not record.strip(" \r\n"):
            continue
        if first:
            first = False
            continue
        rows = _split(record, form.delimiter)
        yield from [[cell.translate(_EXCHANGED) for cell in row] for row in rows] if form.apostrophes else rows


def _written(stream: BinaryIO, wished: str | None) -> Form:
    """The encoding: as it is wished for, else as the file shows."""
    stream.seek(0)
    found, skip = marked(stream.read(SAMPLE)) or ("utf-8", 0)
    if wished in {"utf-16", "utf-32"}:
        return Form(found if found.startswith(wished) else f"{wished}-le", ",", skip)
    if wished is not None:
        return Form(wished, ",", skip)
    return Form(found, ",", skip, single=likeliest(stream) if found == "utf-8" else None)


def _lines(stream: BinaryIO, form: Form) -> Iterator[str]:
    """Lines of text without their ends, none longer than a record may be: of such a line the rest is left out."""
    stream.seek(form.skip)
    pieces = iter(partial(stream.read, PIECE), b"")
    if form.encoding.startswith(("utf-16", "utf-32")):
        yield from _ended(_decoded(pieces, form.encoding), _ENDS, "")
        return
    for line in _ended(pieces, _BYTE_ENDS, b""):
        yield _text(line, form)


def _decoded(pieces: Iterator[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _ended(pieces: Iterator[AnyStr], ends: re.Pattern[AnyStr], held: AnyStr) -> Iterator[AnyStr]:
    """What stands between ends of lines; `held` is empty."""
    nothing, cut = held, False
    for piece in pieces:
        # A return at the end may be half of an end of line: it waits.
        lines: list[AnyStr] = ends.split(held + piece)
        held = lines.pop()
        for line in lines:
            if not cut:
                yield line[:MAX_RECORD]
            cut = False
        if len(held) > MAX_RECORD:
            if not cut:
                yield held[:MAX_RECORD]
            held, cut = held[-1:] if held[-1:] in _RETURNS else nothing, True
    if held[-1:] in _RETURNS:
        held = held[:-1]
    if held and not cut:
        yield held


def _text(line: bytes, form: Form) -> str:
    if form.encoding != "utf-8":
        return line.decode(form.encoding, "replace")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(form.single or USUAL, "replace")


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
