"""Refusals of the registration centre: the closed list of reasons, as values.

A service that expects to say no returns a `Refusal`; an exception means a broken rule or a bug. The edges translate: an
officer gets plain words and a next step, a machine a problem document with the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Code", "Refusal"]


class Code(StrEnum):
    """Every reason to refuse, as printed. The part before the first dash names who says it."""

    ENR_STATE = "ENR-STATE"
    ENR_IDEMP = "ENR-IDEMP"
    ENR_ROLE = "ENR-ROLE"
    ENR_FOUREYES = "ENR-FOUREYES"
    ENR_OWN = "ENR-OWN"
    ENR_GUARD = "ENR-GUARD"
    ENR_SCHEMA = "ENR-SCHEMA"
    ENR_UNKNOWN = "ENR-UNKNOWN"
    ENR_EXISTS = "ENR-EXISTS"
    ENR_FULL = "ENR-FULL"
    ENR_EXPIRED = "ENR-EXPIRED"
    ENR_SIG = "ENR-SIG"
    ENR_DEVICE = "ENR-DEVICE"
    ENR_SEQ_GAP = "ENR-SEQ-GAP"
    ENR_CHECKSUM = "ENR-CHECKSUM"
    ENR_CLOCK = "ENR-CLOCK"
    ENR_DUP_AID = "ENR-DUP-AID"
    ENR_OBJECT = "ENR-OBJECT"
    BIO_NOFACE = "BIO-NOFACE"
    BIO_MANYFACES = "BIO-MANYFACES"
    BIO_QUALITY = "BIO-QUALITY"
    BIO_FORMAT = "BIO-FORMAT"
    BIO_WRONGHAND = "BIO-WRONGHAND"
    BIO_REPEAT = "BIO-REPEAT"
    BIO_COUNT = "BIO-COUNT"
    BIO_NOMATCH = "BIO-NOMATCH"
    BIO_LOCKED = "BIO-LOCKED"
    BIO_ENGINE = "BIO-ENGINE"
    BIO_REPLAY = "BIO-REPLAY"
    BIO_TOOLARGE = "BIO-TOOLARGE"
    DEV_NOTFOUND = "DEV-NOTFOUND"
    DEV_BUSY = "DEV-BUSY"
    DEV_TIMEOUT = "DEV-TIMEOUT"
    NIN_CHECK = "NIN-CHECK"
    NIN_UNKNOWN = "NIN-UNKNOWN"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no. `about` names what it is about in closed words of the caller (a section, a position), never a value."""

    code: Code
    about: str = ""
