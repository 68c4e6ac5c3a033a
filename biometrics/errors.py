"""Why a sample, a template or a record is refused: one closed list, so that every screen can say what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Reason", "Refused"]


class Reason(StrEnum):
    """The codes. They are part of our interface: never renamed, only added to."""

    SAMPLE_TOO_LARGE = "sample.too_large"
    SAMPLE_EMPTY = "sample.empty"
    SAMPLE_FORMAT = "sample.format"
    SAMPLE_MALFORMED = "sample.malformed"
    SAMPLE_PIXELS = "sample.pixels"
    SAMPLE_RESOLUTION = "sample.resolution"
    SAMPLE_TIME = "sample.time"
    SAMPLE_MEMORY = "sample.memory"
    SAMPLE_CRASHED = "sample.crashed"
    FINGER_NONE = "finger.none"
    FINGER_TOO_SMALL = "finger.too_small"
    FINGER_FEW_MINUTIAE = "finger.few_minutiae"
    FACE_NONE = "face.none"
    FACE_SEVERAL = "face.several"
    FACE_TOO_SMALL = "face.too_small"
    FACE_DIFFERENT = "face.different"
    ENGINE_MISSING = "engine.missing"
    TEMPLATE_MALFORMED = "template.malformed"
    TEMPLATE_EMPTY = "template.empty"
    TEMPLATE_NUMBERS = "template.numbers"
    TEMPLATE_ENGINE = "template.engine"
    RECORD_MALFORMED = "record.malformed"
    RECORD_FORMAT = "record.format"
    RECORD_INEXPRESSIBLE = "record.inexpressible"
    CALIBRATION_MALFORMED = "calibration.malformed"
    CALIBRATION_ENGINE = "calibration.engine"
    GALLERY_MISSING = "gallery.missing"
    GALLERY_EXISTS = "gallery.exists"
    GALLERY_BUSY = "gallery.busy"
    GALLERY_VERSION = "gallery.version"
    GALLERY_ROTATION = "gallery.rotation"
    GALLERY_MALFORMED = "gallery.malformed"


@dataclass(frozen=True, slots=True)
class Refused:
    """An expected refusal. `detail` is for operators, never for the person; `offset` is the byte a record fails at."""

    reason: Reason
    detail: str = ""
    offset: int | None = None
