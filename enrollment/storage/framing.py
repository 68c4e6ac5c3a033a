"""A record as it lies in the store: its CBEFF head in XML, then the content as it is.

Base 64 would make everything that is sealed, sent and read a third longer, and parsing it again costs more than
opening the seal. `cbeff.write` makes the whole XML record for whoever is to have one. A record that was stored whole,
as XML, is read, too.
"""

from __future__ import annotations

from dataclasses import replace

from enrollment.errors import Code, Refusal
from enrollment.storage import cbeff
from enrollment.storage.cbeff import MAX_CONTENT, Record
from enrollment.storage.cbeff_reading import parse

__all__ = ["pack", "unpack"]

# No XML begins so.
_MAGIC = b"\x00BIR\x01"
_LENGTH = 4
_MOST_HEAD = 8192
# A record without content is none: this stands in the head for what follows it.
_FOLLOWS = b"\x00"


def pack(record: Record) -> bytes:
    """The record as it is sealed. ValueError as `cbeff.write`."""
    head = cbeff.write(replace(record, content=_FOLLOWS))
    return b"".join((_MAGIC, len(head).to_bytes(_LENGTH, "big"), head, record.content))


def unpack(plain: bytes) -> Record | Refusal:
    """The record again. Refused: `ENR_SCHEMA` for what is none, `BIO_TOOLARGE`."""
    start = len(_MAGIC) + _LENGTH
    framed = plain.startswith(_MAGIC)
    end = start + int.from_bytes(plain[len(_MAGIC) : start], "big") if framed else len(plain)
    content = plain[end:]
    if framed and not (end - start <= _MOST_HEAD and len(content) > 0):
        return Refusal(Code.ENR_SCHEMA, "frame")
    if len(content) > MAX_CONTENT:
        return Refusal(Code.BIO_TOOLARGE, "record")
    records = parse(plain[start:end]) if framed else parse(plain)
    if isinstance(records, Refusal):
        return records
    if len(records) != 1 or (framed and records[0].content != _FOLLOWS):
        return Refusal(Code.ENR_SCHEMA, "count")
    return replace(records[0], content=content) if framed else records[0]
