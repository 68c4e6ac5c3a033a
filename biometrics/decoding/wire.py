"""What reader and child say to each other: fixed fields, then bytes whose number the fields bound.

The reader takes nothing on trust: a child that decoded hostile bytes may answer anything.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np

from biometrics.decoding.limits import Limits, RawShape
from biometrics.errors import Reason, Refused
from biometrics.sample import FingerPosition, Sample, SampleFormat

__all__ = [
    "ENDED",
    "READY",
    "REPLY",
    "REQUEST",
    "Misspoken",
    "Reply",
    "packed_refusal",
    "packed_request",
    "packed_sample",
    "read_reply",
    "unpacked_request",
]

READY = b"ready"
# Exit code of the decoder.
ENDED = struct.Struct("<i")
# Length of the data, raw or not, width, height, pixels per inch (not a number: unknown).
REQUEST = struct.Struct("<IBIId")
# Sample or not, format or reason, position, channels, height, width, pixels per inch, offset or -1, length of detail.
REPLY = struct.Struct("<BBBBIIdqH")
_FORMATS = tuple(SampleFormat)
_REASONS = tuple(Reason)
_DETAIL = 400
_NO, _YES = 0, 1


class Misspoken(Exception):  # noqa: N818 - no error of ours: the child said what no honest child says
    """The child's answer is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The fields of an answer, read and in range; `body` bytes follow them."""

    sample: bool
    kind: int
    position: int
    channels: int
    height: int
    width: int
    ppi: float
    offset: int
    body: int

    def value(self, body: bytearray) -> Sample | Refused:
        """The answer with the bytes that followed."""
        if not self.sample:
            offset = None if self.offset < 0 else self.offset
            return Refused(_REASONS[self.kind], body.decode("utf-8", "replace"), offset)
        shape = (self.height, self.width) if self.channels == 1 else (self.height, self.width, self.channels)
        pixels = np.frombuffer(body, np.uint8).reshape(shape)
        ppi = None if math.isnan(self.ppi) else self.ppi
        return Sample(pixels, ppi, _FORMATS[self.kind], FingerPosition(self.position))


def packed_request(data: bytes, hint: RawShape | None) -> bytes:
    """The fields that go before the data."""
    if hint is None:
        return REQUEST.pack(len(data), _NO, 0, 0, math.nan)
    return REQUEST.pack(len(data), _YES, hint.width, hint.height, math.nan if hint.ppi is None else hint.ppi)


def unpacked_request(fields: bytes | bytearray) -> tuple[int, RawShape | None]:
    """Length of the data, and the shape of a raw image."""
    length, raw, width, height, ppi = REQUEST.unpack(fields)
    return length, RawShape(width, height, None if math.isnan(ppi) else ppi) if raw == _YES else None


def packed_sample(sample: Sample) -> bytes:
    """The fields that go before the pixels."""
    channels = sample.pixels.shape[2] if sample.pixels.ndim == 3 else 1
    height, width = sample.pixels.shape[:2]
    ppi = math.nan if sample.ppi is None else sample.ppi
    kind = _FORMATS.index(sample.format)
    return REPLY.pack(_YES, kind, sample.position, channels, height, width, ppi, -1, 0)


def packed_refusal(refused: Refused) -> bytes:
    """The fields and the detail."""
    detail = refused.detail.encode()[:_DETAIL]
    offset = -1 if refused.offset is None else refused.offset
    return REPLY.pack(_NO, _REASONS.index(refused.reason), 0, 0, 0, 0, math.nan, offset, len(detail)) + detail


def read_reply(fields: bytes | bytearray, limits: Limits) -> Reply:
    """The fields of an answer.

    Raises:
        Misspoken: a number is out of range.
    """
    try:
        sample, kind, position, channels, height, width, ppi, offset, detail = REPLY.unpack(fields)
    except struct.error as problem:
        raise Misspoken("fields of another length") from problem
    body = height * width * channels if sample == _YES else detail
    if sample == _YES:
        honest = (
            kind < len(_FORMATS)
            and position <= max(FingerPosition)
            and channels in (1, 3)
            and 0 < height * width <= limits.pixels
            and (math.isnan(ppi) or 0 < ppi < math.inf)
        )
    else:
        honest = sample == _NO and kind < len(_REASONS) and detail <= _DETAIL
    if not honest:
        raise Misspoken("numbers out of range")
    return Reply(sample == _YES, kind, position, channels, height, width, ppi, offset, body)
