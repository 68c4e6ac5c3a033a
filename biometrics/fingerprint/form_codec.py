"""Bytes of a short form, as a gallery of fingers keeps them.

Layout: the letters ``WGFS``, version 1 and number of minutiae (one byte each), eight bytes of the SHA-256 of the
engine's identity; then for each minutia its vector (SHORT bytes) and its place (three bytes), all int8.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

import numpy as np

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.identity import ENGINE
from biometrics.fingerprint.matching_parameters import FORM
from biometrics.fingerprint.projection import SHORT
from biometrics.fingerprint.shortlist import ShortForm, fault
from biometrics.identity import DIGEST_BYTES, digest_bytes

__all__ = ["HEAD_BYTES", "decode", "encode"]

_MAGIC: Final = b"WGFS"
_VERSION: Final = 1
_HEAD: Final = Struct(f">4sBB{DIGEST_BYTES}s")
_ROW: Final = SHORT + 3
_OURS: Final = digest_bytes(ENGINE)
HEAD_BYTES: Final = _HEAD.size


def encode(form: ShortForm) -> bytes | Refused:
    """The bytes of `form`: 14 and 66 a minutia. Refuses as `shortlist.fault`."""
    wrong = fault(form)
    if wrong is not None:
        return wrong
    rows = np.concatenate([form.vectors, form.places], axis=1)[: form.count]
    return _HEAD.pack(_MAGIC, _VERSION, form.count, _OURS) + rows.tobytes()


def decode(content: bytes) -> ShortForm | Refused:
    """The form in `content`.

    Refuses with TEMPLATE_MALFORMED (not these bytes, wrong length), TEMPLATE_ENGINE (another engine, other constants
    or another projection made it), TEMPLATE_EMPTY (no minutiae) or TEMPLATE_NUMBERS (a vector that is not of the length
    that every vector has), and the offset.
    """
    if len(content) < _HEAD.size:
        return Refused(Reason.TEMPLATE_MALFORMED, "shorter than its head", len(content))
    magic, version, count, digest = _HEAD.unpack_from(content)
    if magic != _MAGIC:
        return Refused(Reason.TEMPLATE_MALFORMED, "not a short form", 0)
    if version != _VERSION:
        return Refused(Reason.TEMPLATE_MALFORMED, f"version {version}", 4)
    if digest != _OURS:
        return Refused(Reason.TEMPLATE_ENGINE, "made by another engine, other constants or projection", 6)
    if not count:
        return Refused(Reason.TEMPLATE_EMPTY, "no minutiae", 5)
    if count > FORM.short_minutiae or len(content) != _HEAD.size + count * _ROW:
        return Refused(Reason.TEMPLATE_MALFORMED, f"{len(content)} bytes for {count} minutiae", 5)
    rows = np.zeros((FORM.short_minutiae, _ROW), np.int8)
    rows[:count] = np.frombuffer(content, np.int8, offset=_HEAD.size).reshape(count, _ROW)
    form = ShortForm(count, np.ascontiguousarray(rows[:, :SHORT]), np.ascontiguousarray(rows[:, SHORT:]))
    wrong = fault(form)
    return form if wrong is None else Refused(wrong.reason, wrong.detail, _HEAD.size)
