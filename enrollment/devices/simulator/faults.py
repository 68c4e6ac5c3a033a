"""What can go wrong with a device, by name."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Fault"]


class Fault(StrEnum):
    """A fault that a simulated device shows until another is chosen; the values are for the command line."""

    NONE = "none"
    BUSY = "busy"
    NOT_READY = "not-ready"
    NOT_REGISTERED = "not-registered"
    TIMEOUT = "timeout"
    FEWER = "fewer"
    LOW_QUALITY = "low-quality"
    WRONG_HAND = "wrong-hand"
    DUPLICATE = "duplicate"
    BAD_SIGNATURE = "bad-signature"
    BAD_CHAIN = "bad-chain"
    WRONG_TIME = "wrong-time"
