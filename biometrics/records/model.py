"""What a minutiae record says, as values. Numbers are those of the record, unscaled, so that nothing is lost.

The formats differ in where a field stands and in the unit of an angle, hardly in what is said, so one model serves all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from biometrics.fingerprint.template import MinutiaKind
from biometrics.sample import FingerPosition

__all__ = [
    "MAX_BYTES",
    "MAX_COORDINATE",
    "MAX_MINUTIAE",
    "ExtendedBlock",
    "Frame",
    "ImpressionType",
    "MinutiaeRecord",
    "RecordFormat",
    "RecordMinutia",
    "Remark",
    "View",
]

# The largest record we look at. A view of 255 minutiae takes 1.5 kB; the rest is room for extended data.
MAX_BYTES = 1 << 20
# 14 bits hold a coordinate in every format, 8 bits the number of minutiae of a view.
MAX_COORDINATE = 0x3FFF
MAX_MINUTIAE = 255


class RecordFormat(StrEnum):
    """The formats we read; of the card formats, which carry no header, see `biometrics.records.card`."""

    ISO_2005 = "ISO/IEC 19794-2:2005"
    ISO_2011 = "ISO/IEC 19794-2:2011"
    ANSI_2004 = "ANSI/INCITS 378-2004"
    ANSI_2009 = "ANSI/INCITS 378-2009"

    @property
    def angle_steps(self) -> int:
        """Steps of a full turn: ISO counts in 2 pi/256, ANSI in 2 degrees."""
        return 256 if self in {RecordFormat.ISO_2005, RecordFormat.ISO_2011} else 180


class ImpressionType(IntEnum):
    """How the finger met the sensor (ISO/IEC 19794-2:2005 table 3, ISO/IEC 19794-2:2011 table 7)."""

    LIVE_PLAIN = 0
    LIVE_ROLLED = 1
    NONLIVE_PLAIN = 2
    NONLIVE_ROLLED = 3
    LATENT_IMPRESSION = 4
    LATENT_TRACING = 5
    LATENT_PHOTO = 6
    LATENT_LIFT = 7
    SWIPE = 8
    VERTICAL_ROLL = 9
    CONTACTLESS = 24
    OTHER = 28
    UNKNOWN = 29


class RecordMinutia(NamedTuple):
    """One minutia: pixels of the record's own image, angle in steps of the format, quality as written.

    `quality` is 1 to 100, 0 (ISO 2005, ANSI) or 254 (2011) for not reported, 255 for failed to compute.
    """

    kind: MinutiaKind
    x: int
    y: int
    angle: int
    quality: int


class ExtendedBlock(NamedTuple):
    """One block of extended data: kind 1 ridge counts, 2 cores and deltas, 3 zonal quality, else of a vendor."""

    kind: int
    data: bytes


class Frame(NamedTuple):
    """The image the minutiae were found in: pixels, and pixels per centimetre on each axis."""

    width: int
    height: int
    resolution_x: int
    resolution_y: int


class Remark(NamedTuple):
    """A departure from the standard that we tolerate: the byte it stands at, and what is unusual."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """One impression of one finger. `impression` is one of `ImpressionType` or, with a remark, an unknown code.

    `quality` is 0 to 100, 254 for not reported, 255 for failed to compute; of several quality blocks the first.
    `extended` is the area of extended data as it stood (see `biometrics.records.extended.blocks`).
    """

    position: FingerPosition
    number: int
    impression: int
    quality: int
    frame: Frame
    minutiae: tuple[RecordMinutia, ...]
    extended: bytes = b""


@dataclass(frozen=True, slots=True)
class MinutiaeRecord:
    """A whole record.

    `owner` and `product` are the CBEFF identifiers of the maker (ANSI; else 0), `certification` the bits about the
    capture device's compliance, `device` its identifier (ISO 2011: of the first view). `remarks` say what was
    tolerated and do not count in comparison.
    """

    format: RecordFormat
    version: str
    views: tuple[View, ...]
    owner: int = 0
    product: int = 0
    certification: int = 0
    device: int = 0
    remarks: tuple[Remark, ...] = field(default=(), compare=False)
