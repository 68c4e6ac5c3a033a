"""The words of the interface: verbs, purposes, kinds of biometrics, places of the body and who sees which of them."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "FINGERS",
    "IRISES",
    "LEFT",
    "RIGHT",
    "SENSORS",
    "SPECIFICATIONS",
    "DeviceStatus",
    "Environment",
    "Modality",
    "Purpose",
    "Verb",
    "number_of",
    "opposite",
]

# Versions of the interface that we speak.
SPECIFICATIONS = ("0.9.5", "1.0.0")


class Verb(StrEnum):
    """The methods of the service, and where each is asked. Two of them share a path and differ in purpose."""

    DISCOVER = "MOSIPDISC"
    INFORM = "MOSIPDINFO"
    ENROL = "RCAPTURE"
    VERIFY = "CAPTURE"
    STREAM = "STREAM"

    @property
    def path(self) -> str:
        """Path of the service."""
        return {"MOSIPDISC": "/device", "MOSIPDINFO": "/info", "STREAM": "/stream"}.get(self, "/capture")


class Environment(StrEnum):
    """Where a device was registered: one for trials never counts in production."""

    STAGING = "Staging"
    DEVELOPER = "Developer"
    PRE_PRODUCTION = "Pre-Production"
    PRODUCTION = "Production"


class Purpose(StrEnum):
    """What a capture is for; a device is registered for one of them."""

    VERIFY = "Auth"
    ENROL = "Registration"

    @property
    def verb(self) -> Verb:
        """How it is asked."""
        return Verb.VERIFY if self is Purpose.VERIFY else Verb.ENROL


class DeviceStatus(StrEnum):
    """What a device says of itself at discovery."""

    READY = "Ready"
    BUSY = "Busy"
    NOT_READY = "Not Ready"
    NOT_REGISTERED = "Not Registered"


class Modality(StrEnum):
    """What a device captures. Irises are spoken of, not asked for: nothing here matches them (design section 6)."""

    FINGER = "Finger"
    FACE = "Face"
    IRIS = "Iris"


RIGHT = ("Right Thumb", "Right IndexFinger", "Right MiddleFinger", "Right RingFinger", "Right LittleFinger")
LEFT = ("Left Thumb", "Left IndexFinger", "Left MiddleFinger", "Left RingFinger", "Left LittleFinger")
# In the order in which ISO/IEC 19794-2:2005 table 2 numbers them, from 1. The words are those of CBEFF.
FINGERS = (*RIGHT, *LEFT)
IRISES = ("Left", "Right")

# Which fingers the parts of a device see: 0 is any, 1 and 2 the four of a hand, 3 both thumbs.
SENSORS = {"0": FINGERS, "1": LEFT[1:], "2": RIGHT[1:], "3": (LEFT[0], RIGHT[0])}


def number_of(position: str) -> int:
    """The finger's number, 1 to 10; ValueError for what is no finger."""
    return FINGERS.index(position) + 1


def opposite(position: str) -> str:
    """The same finger of the other hand; ValueError for what is no finger."""
    return FINGERS[(FINGERS.index(position) + 5) % 10]
