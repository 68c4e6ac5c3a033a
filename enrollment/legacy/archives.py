"""What a packed archive says of its directory (PKWARE APPNOTE 6.3.9 section 4.3), read before anything believes it.

Reading the directory takes memory for every file that it names, so that its size is asked first.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

__all__ = ["is_archive", "is_small"]

MAX_MEMBERS = 2_000
MAX_DIRECTORY = 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_END_MARK, _LARGE_MARK = b"PK\x05\x06", b"PK\x06\x07"
_LARGE_LENGTH = 20
_MAX_COMMENT = 65_535


def is_archive(stream: BinaryIO) -> bool:
    """True for a file that begins as packed archives do."""
    stream.seek(0)
    return stream.read(4) == b"PK\x03\x04"


def is_small(stream: BinaryIO) -> bool:
    """True where the directory names few files and is short, or where there is none.

    The form for archives beyond 4 GB is not small whatever it says: no register that is taken needs it.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(size - _END.size - _MAX_COMMENT - _LARGE_LENGTH, 0))
    tail = stream.read()
    at = len(tail) - _END.size
    if at < 0 or tail[at : at + 4] != _END_MARK or tail[-2:] != b"\0\0":
        at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        return True
    if tail[max(at - _LARGE_LENGTH, 0) :].startswith(_LARGE_MARK):
        return False
    _, _, _, _, members, length, _, _ = _END.unpack(tail[at : at + _END.size])
    return bool(members <= MAX_MEMBERS and length <= MAX_DIRECTORY)
