"""A capture as it is asked of a device and as the device answers, as values (design section 10).

Everything is read strictly: `reading` bounds it, unknown members refuse it. Nothing here is trusted before `chain`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrollment.devices.codes import DeviceError, parse_error
from enrollment.devices.reading import MalformedError, Members, judged, listed, loaded, written
from enrollment.devices.vocabulary import FINGERS, IRISES, SENSORS, SPECIFICATIONS, Environment, Modality, Purpose
from enrollment.errors import Refusal

__all__ = [
    "MAX_BLOCKS",
    "MAX_CAPTURE",
    "Block",
    "CaptureAnswer",
    "CaptureRequest",
    "Wanted",
    "parse_capture",
    "parse_request",
]

# Bytes: of a request, of an answer, and of one block in it. Blocks: ten fingers and a face.
MAX_REQUEST = 64 << 10
MAX_CAPTURE = 48 << 20
MAX_BLOCK = 12 << 20
MAX_BLOCKS = 11
_HASH = re.compile(r"[0-9A-Fa-f]{64}")
_TRANSACTION = re.compile(r"[A-Za-z0-9-]{4,50}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry of a capture: `count` of `positions` (empty for a face), without those in `exceptions`.

    `sensor` is a key of `SENSORS`; `score` the quality from 0 to 100 for which the device waits; `previous_hash` the
    hash of the block before, empty for the first.
    """

    modality: Modality
    count: int
    positions: tuple[str, ...]
    device_id: str
    sensor: str = "0"
    exceptions: tuple[str, ...] = ()
    score: int = 40
    previous_hash: str = ""


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """A capture that is asked for. `transaction` is made for this one capture: 4 to 50 letters, digits and dashes."""

    purpose: Purpose
    environment: Environment
    transaction: str
    at: datetime
    timeout_milliseconds: int
    wanted: tuple[Wanted, ...]
    domain: str = ""
    specification: str = "1.0.0"

    def to_json(self) -> bytes:
        """As the interface writes it."""
        document: dict[str, Any] = {
            "env": self.environment.value,
            "purpose": self.purpose.value,
            "specVersion": self.specification,
            "timeout": str(self.timeout_milliseconds),
            "captureTime": written(self.at),
            "transactionId": self.transaction,
            "bio": [_wanted_document(entry, self.purpose) for entry in self.wanted],
            "customOpts": None,
        }
        if self.purpose is Purpose.VERIFY:
            document["domainUri"] = self.domain
        return json.dumps(document, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Block:
    """One captured sample as it came. `data` is a JWS, `hash` its link of the chain; both empty where it failed.

    `session_key` and `thumbprint` stand with a sample that was encrypted for a verification.
    """

    data: str
    hash: str
    error: DeviceError
    session_key: str = ""
    thumbprint: str = ""


@dataclass(frozen=True, slots=True)
class CaptureAnswer:
    """Every block of one capture, in the order of the chain."""

    blocks: tuple[Block, ...]

    def to_json(self) -> bytes:
        """As the interface writes it."""
        return json.dumps({"biometrics": [_block_document(block) for block in self.blocks]}).encode()


def parse_capture(content: bytes) -> CaptureAnswer | Refusal:
    """An answer to `RCAPTURE` or `CAPTURE`. Refused: `BIO_TOOLARGE`, `ENR_SCHEMA`."""
    return judged(lambda: _answer(loaded(content, MAX_CAPTURE, "capture")))


def _answer(value: Any) -> CaptureAnswer:
    members = Members(value, "capture")
    blocks = listed(members.value("biometrics"), "biometrics", most=MAX_BLOCKS)
    members.end()
    return CaptureAnswer(tuple(_block(entry) for entry in blocks))


def _block(value: Any) -> Block:
    members = Members(value, "block")
    error = parse_error(members.value("error"))
    if members.optional("specVersion") not in ("", *SPECIFICATIONS):
        raise MalformedError("specVersion")
    block = Block(
        data=members.optional("data", longest=MAX_BLOCK),
        hash=members.optional("hash", longest=64),
        error=error,
        session_key=members.optional("sessionKey", longest=1024),
        thumbprint=members.optional("thumbprint", longest=64),
    )
    members.end()
    if not error.number and not (block.data and block.hash):
        raise MalformedError("data")
    return block


def _block_document(block: Block) -> dict[str, Any]:
    failed = block.error.number != 0
    document: dict[str, Any] = {
        "specVersion": SPECIFICATIONS[-1],
        "data": block.data or None,
        "hash": block.hash or None,
        "error": {"errorCode": str(block.error.number), "errorInfo": block.error.plain if failed else "Success"},
    }
    if block.session_key:
        document |= {"sessionKey": block.session_key, "thumbprint": block.thumbprint}
    return document


def _wanted_document(wanted: Wanted, purpose: Purpose) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": wanted.modality.value,
        "count": str(wanted.count),
        "bioSubType": list(wanted.positions),
        "requestedScore": str(wanted.score),
        "deviceId": wanted.device_id,
        "deviceSubId": wanted.sensor,
        "previousHash": wanted.previous_hash,
    }
    if purpose is Purpose.ENROL:
        document["exception"] = list(wanted.exceptions)
    return document


def parse_request(content: bytes) -> CaptureRequest | Refusal:
    """A capture that somebody asks of us, as a device reads it. Refused: `BIO_TOOLARGE`, `ENR_SCHEMA`."""
    return judged(lambda: _request(loaded(content, MAX_REQUEST, "capture")))


def _request(value: Any) -> CaptureRequest:
    members = Members(value, "capture")
    members.value("customOpts")
    entries = listed(members.value("bio"), "bio", most=MAX_BLOCKS)
    transaction = members.text("transactionId", longest=50)
    if _TRANSACTION.fullmatch(transaction) is None:
        raise MalformedError("transactionId")
    request = CaptureRequest(
        purpose=Purpose(members.word("purpose", Purpose)),
        environment=Environment(members.word("env", Environment)),
        transaction=transaction,
        at=members.moment("captureTime"),
        timeout_milliseconds=members.number("timeout", highest=600_000),
        wanted=tuple(_wanted(entry) for entry in entries),
        domain=members.optional("domainUri"),
        specification=members.word("specVersion", SPECIFICATIONS),
    )
    members.end()
    return request


def _wanted(value: Any) -> Wanted:
    members = Members(value, "bio")
    known = (*FINGERS, *IRISES, "UNKNOWN")
    previous = members.optional("previousHash", longest=64)
    if previous and _HASH.fullmatch(previous) is None:
        raise MalformedError("previousHash")
    wanted = Wanted(
        modality=Modality(members.word("type", Modality)),
        count=members.number("count", highest=11),
        positions=members.words("bioSubType", known),
        device_id=members.text("deviceId"),
        sensor=members.word("deviceSubId", SENSORS),
        exceptions=members.words("exception", known),
        score=int(members.score("requestedScore")),
        previous_hash=previous,
    )
    members.end()
    return wanted
