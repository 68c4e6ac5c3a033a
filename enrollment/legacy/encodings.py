"""How the bytes of a file are letters: its marks, where its zeros are, else which reading makes the likeliest names.

UTF-8 tells itself from everything else. Of the encodings with a byte for each letter none does: what is written in
one of them reads in the others too, but with capitals and signs amid the words, by which it is found out.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import BinaryIO

__all__ = ["NAMED", "USUAL", "likeliest", "marked", "named"]

USUAL = "cp1252"
"""What is neither UTF-8 nor tells what else it is."""
NAMED: Mapping[str, str] = MappingProxyType(
    {
        "utf8": "utf-8", "utf8sig": "utf-8", "ascii": "utf-8", "usascii": "utf-8",
        "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be",
        "utf32": "utf-32", "utf32le": "utf-32-le", "utf32be": "utf-32-be",
        "windows1252": "cp1252", "cp1252": "cp1252", "ansi": "cp1252", "iso88591": "cp1252", "latin1": "cp1252",
        "iso885915": "iso8859-15", "latin9": "iso8859-15", "iso88592": "iso8859-2", "latin2": "iso8859-2",
        "windows1250": "cp1250", "cp1250": "cp1250", "windows1254": "cp1254", "cp1254": "cp1254",
        "cp437": "cp437", "ibm437": "cp437", "cp850": "cp850", "ibm850": "cp850", "cp858": "cp858", "ibm858": "cp858",
        "cp860": "cp860", "ibm860": "cp860", "macroman": "mac-roman", "macintosh": "mac-roman", "mac": "mac-roman",
    }
)  # fmt: skip
"""Names of encodings that may be asked for, without signs, and what they are called here."""

# The first of several that read as well is taken.
_SINGLE = (USUAL, "cp850", "mac-roman", "iso8859-15")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 2000
# So much of a file is looked through for letters beyond ASCII: they may come late, and rarely.
_LOOKED_AT = 8 * 1024 * 1024
_LINE = 65_536
_WORDS = 2000
_WORD = re.compile(rb"[A-Za-z']*[\x80-\xff][A-Za-z'\x80-\xff]*")
# How often the letters come in names of French, Portuguese and English writing; other letters count little.
_LIKELY: Mapping[str, float] = MappingProxyType(
    {"é": 5, "è": 3, **dict.fromkeys("ëêçàïôáíóúãñ", 2), **dict.fromkeys("âäîöùûüœ", 1)}
)
_RARE, _SIGN, _CLASH, _APOSTROPHE = 0.5, -4.0, -3.0, 1.0


def named(name: str) -> str | None:
    """The encoding of this name, however it is written; None for one that is not read."""
    return NAMED.get("".join(sign for sign in name.lower() if sign.isalnum()))


def marked(head: bytes) -> tuple[str, int] | None:
    """What the beginning says of a file: its encoding, and how long its mark is; None where it says nothing."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    head = head[:_HEAD]
    zeros = [head[place::4].count(0) for place in range(4)]
    enough = max(len(head) // 8, 1)
    if sum(zeros) > len(head) * 5 // 8 and min(zeros[1:3]) > enough:
        return ("utf-32-le" if zeros[3] > zeros[0] else "utf-32-be"), 0
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if max(even, odd) > enough:
        return ("utf-16-le" if odd > even else "utf-16-be"), 0
    return None


def likeliest(stream: BinaryIO) -> str | None:
    """The encoding of the lines that are not UTF-8; None where every line is."""
    stream.seek(0)
    words: Counter[bytes] = Counter()
    read, strange = 0, False
    while len(words) < _WORDS and read < _LOOKED_AT and (line := stream.readline(_LINE)):
        read += len(line)
        if not line.isascii() and not _is_utf8(line):
            strange = True
            words.update(_WORD.findall(line))
    if not strange:
        return None
    return max(_SINGLE, key=lambda name: (_worth(words, name), -_SINGLE.index(name)))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _worth(words: Mapping[bytes, int], name: str) -> float:
    """How well the words read; each counts once, however often it comes."""
    return sum(_read(word.decode(name, "replace")) for word in words)


def _read(word: str) -> float:
    return sum(_letter(word, place) for place, sign in enumerate(word) if not sign.isascii())


def _letter(word: str, place: int) -> float:
    """What one sign beyond ASCII says, between those beside it."""
    sign = word[place]
    if sign == "\N{RIGHT SINGLE QUOTATION MARK}":
        return _APOSTROPHE if 0 < place < len(word) - 1 else _SIGN
    if not sign.isalpha() or sign in "ªºƒˆ":
        return _SIGN
    beside = [one for one in _around(word, place) if one.isalpha()]
    if beside and all(one.islower() != sign.islower() for one in beside) and (place or sign.islower()):
        return _CLASH
    return _LIKELY.get(sign.lower(), _RARE)


def _around(word: str, place: int) -> Iterable[str]:
    return word[max(place - 1, 0) : place] + word[place + 1 : place + 2]
