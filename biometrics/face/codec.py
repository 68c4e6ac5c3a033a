"""Bytes of a face template, as float32 or as int8.

Layout, big endian: the letters ``WGFT``, version 1 (one byte), form (one byte: 0 float32, 1 int8), number of vectors
(two bytes), the first 8 bytes of SHA-256 over the engine's identity; then the vectors one after the other, 128 numbers
each.

The int8 form keeps round(127 v / max|v|) of a unit vector v. Reading divides by the length of what was kept, so no
scale has to be stored: 128 bytes a vector against 512. A product of two int8 rows is their cosine times both lengths.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.face.parameters import DIMENSIONS
from biometrics.face.template import ENGINE, MAX_VECTORS, FaceTemplate, fault
from biometrics.identity import DIGEST_BYTES, digest_bytes

__all__ = ["ENGINE_DIGEST", "StorageForm", "decode", "encode", "from_int8", "to_int8"]

_MAGIC: Final = b"WGFT"
_VERSION: Final = 1
_HEAD: Final = Struct(f">4sBBH{DIGEST_BYTES}s")
ENGINE_DIGEST: Final = digest_bytes(ENGINE)


class StorageForm(IntEnum):
    """How the numbers are kept."""

    FLOAT32 = 0
    INT8 = 1


def to_int8(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """The int8 form of unit vectors: same shape, the largest number of each row being 127 or -127."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(vectors * (np.float32(127.0) / largest)), np.int8)


def from_int8(stored: NDArray[np.int8]) -> NDArray[np.float32]:
    """Unit vectors, float32, from their int8 form (no row all zero)."""
    wide = stored.astype(np.float32)
    return np.asarray(wide / np.linalg.norm(wide, axis=-1, keepdims=True), np.float32)


def encode(template: FaceTemplate, form: StorageForm = StorageForm.FLOAT32) -> bytes | Refused:
    """The bytes of `template`: 16 and 512 (float32) or 128 (int8) a vector.

    Refuses what `decode` would refuse, as `template.fault`.
    """
    wrong = fault(template)
    if wrong is not None:
        return wrong
    head = _HEAD.pack(_MAGIC, _VERSION, form, len(template), ENGINE_DIGEST)
    if form is StorageForm.INT8:
        return head + to_int8(template.vectors).tobytes()
    return head + template.vectors.astype(">f4").tobytes()


def decode(content: bytes) -> FaceTemplate | Refused:
    """The template in `content`.

    Refuses with TEMPLATE_MALFORMED (not these bytes, wrong length), TEMPLATE_ENGINE (another engine made it),
    TEMPLATE_EMPTY (no vectors), TEMPLATE_NUMBERS (not finite, all zero, not of length one) or FACE_DIFFERENT (not of
    one person), and the offset.
    """
    head = _head(content)
    if isinstance(head, Refused):
        return head
    form, count = head
    body = content[_HEAD.size :]
    width = DIMENSIONS if form is StorageForm.INT8 else 4 * DIMENSIONS
    if len(body) != count * width:
        return Refused(
            Reason.TEMPLATE_MALFORMED, f"{len(body)} bytes for {count} vectors", min(len(content), _HEAD.size)
        )
    if form is StorageForm.INT8:
        stored = np.frombuffer(body, np.int8).reshape(count, DIMENSIONS)
        if not stored.any(axis=1).all():
            return Refused(Reason.TEMPLATE_NUMBERS, "a vector without direction", _HEAD.size)
        template = FaceTemplate(ENGINE, from_int8(stored))
    else:
        template = FaceTemplate(ENGINE, np.frombuffer(body, ">f4").astype(np.float32).reshape(count, DIMENSIONS))
    wrong = fault(template)
    return template if wrong is None else Refused(wrong.reason, wrong.detail, _HEAD.size)


def _head(content: bytes) -> tuple[StorageForm, int] | Refused:
    if len(content) < _HEAD.size:
        return Refused(Reason.TEMPLATE_MALFORMED, "shorter than its head", len(content))
    magic, version, form, count, digest = _HEAD.unpack_from(content)
    if magic != _MAGIC:
        return Refused(Reason.TEMPLATE_MALFORMED, "not a face template", 0)
    if version != _VERSION:
        return Refused(Reason.TEMPLATE_MALFORMED, f"version {version}", 4)
    if form not in tuple(StorageForm):
        return Refused(Reason.TEMPLATE_MALFORMED, f"form {form}", 5)
    if digest != ENGINE_DIGEST:
        return Refused(Reason.TEMPLATE_ENGINE, "made by another engine, other constants or weights", 8)
    if not count:
        return Refused(Reason.TEMPLATE_EMPTY, "no vectors", 6)
    if count > MAX_VECTORS:
        return Refused(Reason.TEMPLATE_MALFORMED, f"{count} vectors", 6)
    return StorageForm(form), count
