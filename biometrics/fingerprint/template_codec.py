"""Bytes of a finger template of our own engine, with everything that verify mode needs.

Layout, big endian: the letters ``WGFF``, version 1 and parts (one byte each; bit 0 orientation, bit 1 ridges), the
first 8 bytes of SHA-256 over the engine's identity, then width, height, number of minutiae, rows and columns of the
grid (two bytes each). The arrays follow: x, y, angle and quality (float32), kind (uint8), mask (one byte a cell, 0 or
1), orientation (float32, two a cell) and ridges (int8, a pixel of the halved image). Nothing is rounded, so a template
read back scores as it did. A usual print takes some 120 kB.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.matching_parameters import FORM
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate
from biometrics.identity import DIGEST_BYTES, digest_bytes

__all__ = ["ENGINE_DIGEST", "MAX_MINUTIAE", "decode", "encode"]

ENGINE_DIGEST: Final = digest_bytes(ENGINE)
# More than extraction finds in any print.
MAX_MINUTIAE: Final = 2000
_MAGIC: Final = b"WGFF"
_VERSION: Final = 1
_HEAD: Final = Struct(f">4sBB{DIGEST_BYTES}s5H")
_ORIENTATION, _RIDGES = 1, 2
# Bytes of one minutia: four numbers of float32, and its kind.
_MINUTIA: Final = 17


def encode(template: FingerTemplate) -> bytes | Refused:
    """The bytes of `template`, for `decode`.

    Refuses one of another engine (TEMPLATE_ENGINE), without minutiae (TEMPLATE_EMPTY), and one whose arrays do not fit
    together or the limits (TEMPLATE_MALFORMED).
    """
    if template.engine != ENGINE:
        return Refused(Reason.TEMPLATE_ENGINE, template.engine)
    if not len(template):
        return Refused(Reason.TEMPLATE_EMPTY, "no minutiae")
    rows, columns = template.mask.shape
    parts = (_ORIENTATION if template.orientation is not None else 0) | (_RIDGES if template.ridges is not None else 0)
    size = (template.width, template.height)
    fields = (*size, len(template), rows, columns)
    numbers = (template.x, template.y, template.angle, template.quality)
    body = [np.ascontiguousarray(values, ">f4").tobytes() for values in numbers]
    body += [np.ascontiguousarray(template.kind, np.uint8).tobytes(), template.mask.astype(np.uint8).tobytes()]
    if template.orientation is not None:
        body.append(np.ascontiguousarray(template.orientation, ">f4").tobytes())
    if template.ridges is not None:
        body.append(np.ascontiguousarray(template.ridges, np.int8).tobytes())
    content = b"".join(body)
    if not _fits(fields) or len(content) != _length(fields, parts):
        return Refused(Reason.TEMPLATE_MALFORMED, "arrays of different lengths, or larger than any print")
    return _HEAD.pack(_MAGIC, _VERSION, parts, ENGINE_DIGEST, *fields) + content


def decode(content: bytes) -> FingerTemplate | Refused:
    """The template in `content`, read by its fixed layout; `prepare` judges its numbers.

    Refuses with TEMPLATE_MALFORMED (not these bytes, wrong length, beyond the limits) or TEMPLATE_ENGINE (another
    engine made it) and the offset.
    """
    if len(content) < _HEAD.size:
        return Refused(Reason.TEMPLATE_MALFORMED, "shorter than its head", len(content))
    magic, version, parts, digest, *fields = _HEAD.unpack_from(content)
    if magic != _MAGIC:
        return Refused(Reason.TEMPLATE_MALFORMED, "not a finger template", 0)
    if version != _VERSION or parts > _ORIENTATION | _RIDGES:
        return Refused(Reason.TEMPLATE_MALFORMED, f"version {version}, parts {parts}", 4)
    if digest != ENGINE_DIGEST:
        return Refused(Reason.TEMPLATE_ENGINE, "made by another engine or other constants", 6)
    if not _fits(tuple(fields)) or len(content) != _HEAD.size + _length(tuple(fields), parts):
        return Refused(Reason.TEMPLATE_MALFORMED, "its numbers do not fit its length", 6 + DIGEST_BYTES)
    return _template(_Cursor(content), tuple(fields), parts)


class _Cursor:
    """Takes arrays one after the other; the length of the whole was checked."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = _HEAD.size

    def take(self, kind: str, count: int) -> NDArray[np.generic]:
        """The next `count` numbers."""
        values = np.frombuffer(self._content, kind, count, self._place)
        self._place += values.nbytes
        return values

    def floats(self, count: int) -> NDArray[np.float32]:
        """The next `count` numbers of float32."""
        return self.take(">f4", count).astype(np.float32)


def _template(cursor: _Cursor, fields: tuple[int, ...], parts: int) -> FingerTemplate:
    width, height, count, rows, columns = fields
    x, y, angle, quality = (cursor.floats(count) for _ in range(4))
    kind = cursor.take("u1", count).astype(np.uint8)
    mask = cursor.take("u1", rows * columns).reshape(rows, columns).astype(bool)
    orientation = cursor.floats(2 * rows * columns).reshape(rows, columns, 2) if parts & _ORIENTATION else None
    ridges = None
    if parts & _RIDGES:
        ridges = cursor.take("i1", (height // 2) * (width // 2)).reshape(height // 2, width // 2).astype(np.int8)
    return FingerTemplate(ENGINE, width, height, x, y, angle, quality, kind, orientation, mask, ridges)


def _fits(fields: tuple[int, ...]) -> bool:
    width, height, count, rows, columns = fields
    most = FORM.largest_side
    sides = 1 <= width <= most and 1 <= height <= most and rows * CELL <= most and columns * CELL <= most
    return sides and 1 <= count <= MAX_MINUTIAE and rows >= 1 and columns >= 1


def _length(fields: tuple[int, ...], parts: int) -> int:
    width, height, count, rows, columns = fields
    orientation = 8 * rows * columns if parts & _ORIENTATION else 0
    ridges = (height // 2) * (width // 2) if parts & _RIDGES else 0
    return _MINUTIA * count + rows * columns + orientation + ridges
