"""Error codes of devices: in plain words for an officer, and the refusal that each leads to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from enrollment.devices.reading import Members
from enrollment.errors import Code, Refusal

__all__ = ["DeviceCode", "DeviceError", "parse_error", "refused"]


class DeviceCode(IntEnum):
    """The codes of the interface (design section 10). A provider's own codes start at 500 and have no name here."""

    SUCCESS = 0
    NOT_REGISTERED = 100
    NOTHING_DETECTED = 101
    EXTRACTION_FAILED = 102
    TAMPERED = 103
    NO_MANAGEMENT_SERVER = 104
    WRONG_ORIENTATION = 105
    NOT_FOUND = 106
    KEY_EXPIRED = 107
    NO_DOMAIN_KEY = 108
    COUNT_UNSUPPORTED = 109
    NOT_READY = 110
    BUSY = 111
    WRONG_TRANSACTION = 112

    @property
    def plain(self) -> str:
        """One sentence for an officer: what is the matter and what to do next."""
        return _PLAIN[self]


_PLAIN = {
    DeviceCode.SUCCESS: "The capture worked.",
    DeviceCode.NOT_REGISTERED: "This device is not registered. Use another one and tell your supervisor.",
    DeviceCode.NOTHING_DETECTED: "The device saw no finger or face. Place it on the device and capture again.",
    DeviceCode.EXTRACTION_FAILED: "The device could not make the image. Capture again.",
    DeviceCode.TAMPERED: "The device reports that it was opened. Stop using it and tell your supervisor.",
    DeviceCode.NO_MANAGEMENT_SERVER: "The device cannot reach its maker's server. Check the connection or use another.",
    DeviceCode.WRONG_ORIENTATION: "The image is turned. Place the fingers straight and capture again.",
    DeviceCode.NOT_FOUND: "The device is not there. Check its cable and look for devices again.",
    DeviceCode.KEY_EXPIRED: "The key of the device is too old. Use another device and tell your supervisor.",
    DeviceCode.NO_DOMAIN_KEY: "The device was not given our key. Use another device and tell your supervisor.",
    DeviceCode.COUNT_UNSUPPORTED: "The device cannot capture so many at once. Capture fewer at a time.",
    DeviceCode.NOT_READY: "The device is not ready. Wait a moment and capture again.",
    DeviceCode.BUSY: "The device is busy with another capture. Wait until it is done and capture again.",
    DeviceCode.WRONG_TRANSACTION: "The device did not take the number of this capture. Capture again.",
}
_OTHER = "The device reports a fault of its own. Capture again, or use another device."

# `about` says which of several reasons it was, in closed words.
_REFUSALS = {
    DeviceCode.NOT_REGISTERED: Refusal(Code.ENR_DEVICE, "not_registered"),
    DeviceCode.NOTHING_DETECTED: Refusal(Code.BIO_COUNT, "nothing_detected"),
    DeviceCode.EXTRACTION_FAILED: Refusal(Code.BIO_QUALITY, "extraction_failed"),
    DeviceCode.TAMPERED: Refusal(Code.ENR_DEVICE, "tampered"),
    DeviceCode.NO_MANAGEMENT_SERVER: Refusal(Code.ENR_DEVICE, "no_management_server"),
    DeviceCode.WRONG_ORIENTATION: Refusal(Code.BIO_QUALITY, "wrong_orientation"),
    DeviceCode.NOT_FOUND: Refusal(Code.DEV_NOTFOUND, "not_found"),
    DeviceCode.KEY_EXPIRED: Refusal(Code.ENR_DEVICE, "key_expired"),
    DeviceCode.NO_DOMAIN_KEY: Refusal(Code.ENR_DEVICE, "no_domain_key"),
    DeviceCode.COUNT_UNSUPPORTED: Refusal(Code.BIO_COUNT, "count_unsupported"),
    DeviceCode.NOT_READY: Refusal(Code.DEV_BUSY, "not_ready"),
    DeviceCode.BUSY: Refusal(Code.DEV_BUSY, "busy"),
    DeviceCode.WRONG_TRANSACTION: Refusal(Code.ENR_DEVICE, "transaction"),
}


@dataclass(frozen=True, slots=True)
class DeviceError:
    """An error as a device gave it: its number. The text that came with it is a stranger's and is not kept."""

    number: int

    @property
    def plain(self) -> str:
        """Our words for it; one sentence for all numbers that the interface does not define."""
        return DeviceCode(self.number).plain if self.number in set(DeviceCode) else _OTHER


def parse_error(value: Any) -> DeviceError:
    """The error object that every answer carries. Raises `MalformedError`."""
    members = Members(value, "error")
    members.optional("errorInfo", longest=1024)
    number = members.number("errorCode", highest=9999)
    members.end()
    return DeviceError(number)


def refused(error: DeviceError) -> Refusal | None:
    """The refusal that a device's error leads to; None for success. A code of the provider's own is `ENR_DEVICE`."""
    if error.number == DeviceCode.SUCCESS:
        return None
    if error.number not in set(DeviceCode):
        return Refusal(Code.ENR_DEVICE, "own_fault")
    return _REFUSALS[DeviceCode(error.number)]
