"""What stands in a PDF of ours: found as a program for reading does, by the map from glyphs to letters in it."""

from __future__ import annotations

import re
import zlib

__all__ = ["words_of"]

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,8})>\n")
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
# A font is chosen, or a piece of text is shown.
_MOVE = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def words_of(pdf: bytes) -> str:
    """The text of all pages as it was written, runs of space as one; of what fpdf2 makes (ISO 32000-1, 9.10)."""
    objects = {int(match[1]): match[2] for match in _OBJECT.finditer(pdf)}
    resources = next(body for body in objects.values() if b"/Font <<" in body)
    fonts = {match[1]: _letters(objects, int(match[2])) for match in _FONT.finditer(resources)}
    pages = [body for body in objects.values() if b"/Type /Page\n" in body]
    assert pages
    said = []
    for page in pages:
        contents = re.search(rb"/Contents (\d+) 0 R", page)
        assert contents is not None
        said.extend(_said(_stream(objects[int(contents[1])]), fonts))
    return re.sub(r"\s+", " ", " ".join(said))


def _said(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    said, letters = [], {}
    for match in _MOVE.finditer(content):
        if match[1] is not None:
            letters = fonts[match[1]]
            continue
        shown = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), match[2])
        glyphs = [int.from_bytes(shown[place : place + 2]) for place in range(0, len(shown), 2)]
        said.append("".join(letters[glyph] for glyph in glyphs))
    return said


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    mapped = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert mapped is not None
    pairs = _LETTER.findall(_stream(objects[int(mapped[1])]))
    return {int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for glyph, letter in pairs}


def _stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream\n")
    raw = rest.removesuffix(b"\nendstream")
    return zlib.decompress(raw) if b"/FlateDecode" in head else raw
