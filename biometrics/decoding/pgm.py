"""The header of a binary portable greymap of eight bits, which is raw greyscale that tells its size."""

from __future__ import annotations

import re

from biometrics.decoding.cursor import Unreadable
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGIC", "read"]

MAGIC = b"P5"
_GAP = rb"(?:\s|#[^\r\n]{0,200}[\r\n])+"
_HEADER = re.compile(rb"P5" + _GAP + rb"(\d{1,6})" + _GAP + rb"(\d{1,6})" + _GAP + rb"(\d{1,5})\s")
_LONGEST = 1024


def read(data: bytes) -> tuple[int, int, int]:
    """Width, height and the offset of the first pixel.

    Raises:
        Unreadable: it is no greymap of 255 levels, or its pixels are not all there.
    """
    found = _HEADER.match(data[:_LONGEST])
    if found is None:
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"no {SampleFormat.PGM} header", 0)
    width, height, levels = (int(number) for number in found.groups())
    if levels != 255:
        raise Unreadable(Reason.SAMPLE_FORMAT, f"greymap of {levels} levels", found.start(3))
    if width * height > len(data) - found.end():
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"{width} x {height} pixels are not there", found.end())
    return width, height, found.end()
