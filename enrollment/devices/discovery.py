"""What devices say of themselves: discovery, which nobody signs, and information, which the device signs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from enrollment.devices.codes import DeviceError, parse_error
from enrollment.devices.identity import MAX_IDENTITY, DigitalId, unsigned_identity
from enrollment.devices.reading import MalformedError, Members, judged, listed, loaded
from enrollment.devices.vocabulary import SENSORS, SPECIFICATIONS, DeviceStatus, Environment, Modality, Purpose
from enrollment.errors import Refusal
from idp.keys.jose import decode_segment

__all__ = [
    "MAX_ANSWER",
    "DeviceInformation",
    "FoundDevice",
    "discovery_request",
    "parse_discovery",
    "parse_discovery_request",
    "parse_information",
]

# Bytes of an answer, and devices behind one service.
MAX_ANSWER = 256 << 10
MAX_DEVICES = 16
ANY = "Biometric Device"


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device as it describes itself. Nobody signed this: good for a list to pick from, for nothing else."""

    device_id: str
    code: str
    status: DeviceStatus
    certification: str
    purpose: Purpose
    sensors: tuple[str, ...]
    identity: DigitalId
    error: DeviceError


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """What a device says of itself in full. `signed` is the JWS in which it does, empty where it gave none.

    The members were read from `signed` without checking it: whoever relies on them asks `signing.Verifier` first.
    """

    signed: str
    error: DeviceError
    device_id: str = ""
    code: str = ""
    status: DeviceStatus = DeviceStatus.NOT_READY
    environment: Environment | None = None
    purpose: Purpose | None = None
    firmware: str = ""
    sensors: tuple[str, ...] = ()


def discovery_request(modality: Modality | None) -> bytes:
    """The question of `MOSIPDISC`: devices of one kind, or of any."""
    return json.dumps({"type": ANY if modality is None else modality.value}).encode()


def parse_discovery_request(content: bytes) -> tuple[Modality, ...] | Refusal:
    """The kinds that such a question is about. Refused: `BIO_TOOLARGE`, `ENR_SCHEMA`."""

    def read() -> tuple[Modality, ...]:
        members = Members(loaded(content, MAX_ANSWER, "type"), "type")
        word = members.word("type", (ANY, *Modality))
        members.end()
        return tuple(Modality) if word == ANY else (Modality(word),)

    return judged(read)


def parse_discovery(content: bytes) -> tuple[FoundDevice, ...] | Refusal:
    """The devices of an answer to `MOSIPDISC`. Refused: `BIO_TOOLARGE`, `ENR_SCHEMA`."""
    return judged(lambda: tuple(_found(entry) for entry in _entries(content)))


def parse_information(content: bytes) -> tuple[DeviceInformation, ...] | Refusal:
    """The devices of an answer to `MOSIPDINFO`. Refused: `BIO_TOOLARGE`, `ENR_SCHEMA`."""
    return judged(lambda: tuple(_information(entry) for entry in _entries(content)))


def _entries(content: bytes) -> list[Any]:
    return listed(loaded(content, MAX_ANSWER, "devices"), "devices", most=MAX_DEVICES)


def _found(value: Any) -> FoundDevice:
    members = Members(value, "device")
    members.words("specVersion", SPECIFICATIONS)
    members.text("callbackId")
    members.optional("serviceVersion")
    found = FoundDevice(
        device_id=members.text("deviceId"),
        code=members.text("deviceCode"),
        status=DeviceStatus(members.word("deviceStatus", DeviceStatus)),
        certification=members.word("certification", ("L0", "L1")),
        purpose=Purpose(members.word("purpose", Purpose)),
        sensors=members.words("deviceSubId", SENSORS),
        identity=unsigned_identity(members.text("digitalId", longest=8192)),
        error=parse_error(members.value("error")),
    )
    members.end()
    return found


def _information(value: Any) -> DeviceInformation:
    outer = Members(value, "device")
    error = parse_error(outer.value("error"))
    signed = outer.optional("deviceInfo", longest=4 * MAX_IDENTITY)
    outer.end()
    if not signed:
        return DeviceInformation("", error)
    parts = signed.split(".")
    try:
        content = decode_segment(parts[1] if len(parts) == 3 else signed)
    except ValueError as fault:
        raise MalformedError("deviceInfo") from fault
    members = Members(loaded(content, MAX_ANSWER, "deviceInfo"), "deviceInfo")
    for name in ("serviceVersion", "certification", "callbackId"):
        members.text(name)
    members.text("digitalId", longest=2 * MAX_IDENTITY)
    members.words("specVersion", SPECIFICATIONS)
    told = DeviceInformation(
        signed,
        error,
        device_id=members.text("deviceId"),
        code=members.text("deviceCode"),
        status=DeviceStatus(members.word("deviceStatus", DeviceStatus)),
        environment=Environment(members.word("env", Environment)),
        purpose=Purpose(members.word("purpose", Purpose)),
        firmware=members.text("firmware"),
        sensors=members.words("deviceSubId", SENSORS),
    )
    members.end()
    return told
