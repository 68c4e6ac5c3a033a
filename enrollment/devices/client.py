"""Talks to device services on this machine: loopback addresses only, bounded in time and size, no redirects.

A refusal is a value: `DEV_NOTFOUND` (nobody there, or nobody who speaks the interface), `DEV_BUSY`, `DEV_TIMEOUT`,
`BIO_TOOLARGE`, `ENR_SCHEMA`, and what a device itself reports.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address

from enrollment.devices.codes import refused
from enrollment.devices.deadline import Deadline
from enrollment.devices.discovery import (
    MAX_ANSWER,
    DeviceInformation,
    FoundDevice,
    discovery_request,
    parse_discovery,
    parse_information,
)
from enrollment.devices.frames import Frames
from enrollment.devices.messages import MAX_CAPTURE, CaptureAnswer, CaptureRequest, parse_capture
from enrollment.devices.vocabulary import Modality, Verb
from enrollment.errors import Code, Refusal

__all__ = ["PORTS", "Address", "DeviceClient", "Located", "discover"]

PORTS = range(4501, 4601)
# Seconds: for an answer that needs no person, and what a capture may take beyond the time that it was given.
ANSWER_SECONDS = 5.0
GRACE_SECONDS = 5.0
PIECE = 64 << 10


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens. Only `of` makes one, so whoever holds one holds a loopback address."""

    host: str
    port: int

    @classmethod
    def of(cls, host: str, port: int) -> Address | Refusal:
        """A loopback address in numbers (a name could be made to lead elsewhere) and a port of the interface.

        Refused: `DEV_NOTFOUND` (`address`).
        """
        try:
            local = ip_address(host).is_loopback
        except ValueError:
            local = False
        return cls(host, port) if local and port in PORTS else Refusal(Code.DEV_NOTFOUND, "address")


class DeviceClient:
    """One service. Every call is a connection of its own; none is tried again."""

    def __init__(
        self, address: Address, *, answer_seconds: float = ANSWER_SECONDS, grace: float = GRACE_SECONDS
    ) -> None:
        self.address = address
        self._answer_seconds = answer_seconds
        self._grace = grace

    def discover(self, modality: Modality | None = None) -> tuple[FoundDevice, ...] | Refusal:
        """The devices behind the service, of one kind or of any."""
        answer = self._asked(Verb.DISCOVER, discovery_request(modality), MAX_ANSWER, self._answer_seconds)
        return answer if isinstance(answer, Refusal) else parse_discovery(answer)

    def inform(self) -> tuple[DeviceInformation, ...] | Refusal:
        """What the devices sign of themselves."""
        answer = self._asked(Verb.INFORM, b"{}", MAX_ANSWER, self._answer_seconds)
        return answer if isinstance(answer, Refusal) else parse_information(answer)

    def capture(self, request: CaptureRequest) -> CaptureAnswer | Refusal:
        """Capture for enrolment or verification, as the request says. What comes is for `chain.BlockCheck`.

        Waits for as long as the request gives the person, and a little more.
        """
        seconds = request.timeout_milliseconds / 1000 + self._grace
        answer = self._asked(request.purpose.verb, request.to_json(), MAX_CAPTURE, seconds)
        if isinstance(answer, Refusal):
            return answer
        parsed = parse_capture(answer)
        if isinstance(parsed, Refusal):
            return parsed
        failed = (refused(block.error) for block in parsed.blocks)
        return next((refusal for refusal in failed if refusal is not None), parsed)

    @contextlib.contextmanager
    def stream(self, device_id: str, sensor: str = "0", seconds: float = 300) -> Iterator[Frames | Refusal]:
        """The live pictures of a device, until the block is left or the time is over."""
        asked = {"deviceId": device_id, "deviceSubId": sensor, "timeout": str(int(seconds * 1000))}
        connection = self._connected()
        if isinstance(connection, Refusal):
            yield connection
            return
        with Deadline(connection, seconds) as deadline:
            response = _sent(connection, Verb.STREAM, json.dumps(asked).encode(), deadline)
            yield response if isinstance(response, Refusal) else Frames(response, deadline)

    def _asked(self, verb: Verb, body: bytes, limit: int, seconds: float) -> bytes | Refusal:
        connection = self._connected()
        if isinstance(connection, Refusal):
            return connection
        with Deadline(connection, seconds) as deadline:
            response = _sent(connection, verb, body, deadline)
            return response if isinstance(response, Refusal) else _read(response, limit, deadline)

    def _connected(self) -> HTTPConnection | Refusal:
        connection = HTTPConnection(self.address.host, self.address.port, timeout=self._answer_seconds)
        try:
            connection.connect()
        except TimeoutError:
            return Refusal(Code.DEV_TIMEOUT, "connection")
        except OSError:
            return Refusal(Code.DEV_NOTFOUND, "connection")
        return connection


def _sent(connection: HTTPConnection, verb: Verb, body: bytes, deadline: Deadline) -> HTTPResponse | Refusal:
    try:
        connection.request(verb.value, verb.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
    except (OSError, HTTPException):
        return deadline.refusal()
    return response if response.status == 200 else Refusal(Code.DEV_NOTFOUND, "answer")


def _read(response: HTTPResponse, limit: int, deadline: Deadline) -> bytes | Refusal:
    """The whole answer. It is given up at the first byte beyond the limit, whatever length it announced."""
    content = bytearray()
    try:
        while piece := response.read1(PIECE):
            content += piece
            if len(content) > limit:
                return Refusal(Code.BIO_TOOLARGE, "answer")
    except (OSError, HTTPException):
        return deadline.refusal()
    # `read1` does not tell an answer that was cut off from one that ended.
    whole = not deadline.passed and not response.length
    return bytes(content) if whole else deadline.refusal()


@dataclass(frozen=True, slots=True)
class Located:
    """A device and where it is asked."""

    address: Address
    device: FoundDevice


def discover(
    modality: Modality | None = None, *, host: str = "127.0.0.1", ports: Iterable[int] = PORTS
) -> tuple[Located, ...] | Refusal:
    """Every device on this machine. A port where nobody speaks the interface is passed over.

    Refused: `DEV_NOTFOUND` when there is none, and for an address that is not loopback.
    """
    found: list[Located] = []
    for port in ports:
        address = Address.of(host, port)
        if isinstance(address, Refusal):
            return address
        devices = DeviceClient(address).discover(modality)
        if not isinstance(devices, Refusal):
            found += [Located(address, device) for device in devices]
    return tuple(found) or Refusal(Code.DEV_NOTFOUND, "none")
