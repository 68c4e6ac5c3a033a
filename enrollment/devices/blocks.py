"""What a device signs of one sample: reading it from a block, and writing it as devices of ours do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrollment.devices.identity import MAX_IDENTITY
from enrollment.devices.reading import MalformedError, Members, loaded, written
from enrollment.devices.vocabulary import FINGERS, IRISES, Environment, Modality, Purpose
from idp.keys.jose import decode_segment, encode_segment

__all__ = ["EMPTY_HASH", "MAX_SAMPLE", "SampleFacts", "link", "parse_facts"]

# Bytes of one sample, and of what is signed of it, in which the sample is a third longer.
MAX_SAMPLE = 6 << 20
MAX_FACTS = 9 << 20

EMPTY_HASH = hashlib.sha256(b"").hexdigest().upper()


def link(previous: str, sample: bytes) -> str:
    """The hash of a block: upper hexadecimal SHA-256 of the previous hash and the sample's, 32 bytes each.

    `previous` is 64 hexadecimal digits, or empty for the first block of all (`EMPTY_HASH`). Raises `MalformedError`.
    """
    try:
        before = bytes.fromhex(previous or EMPTY_HASH)
    except ValueError as error:
        raise MalformedError("previousHash") from error
    if len(before) != hashlib.sha256().digest_size:
        raise MalformedError("previousHash")
    return hashlib.sha256(before + hashlib.sha256(sample).digest()).hexdigest().upper()


@dataclass(frozen=True, slots=True, repr=False)
class SampleFacts:
    """What is signed. `position` is empty for a face; `value` is the sample, sealed where it is for a verification.

    `identity` is the JWS of the device's digital identity; `timestamp` the moment as it was written.
    """

    identity: str
    device_code: str
    modality: Modality
    position: str
    purpose: Purpose
    environment: Environment
    value: bytes
    transaction: str
    timestamp: str
    at: datetime
    requested_score: float
    score: float
    domain: str = ""
    service_version: str = "1.0.0"

    def to_json(self) -> bytes:
        """As the interface writes it."""
        document: dict[str, Any] = {
            "digitalId": self.identity,
            "deviceCode": self.device_code,
            "deviceServiceVersion": self.service_version,
            "bioType": self.modality.value,
            "purpose": self.purpose.value,
            "env": self.environment.value,
            "bioValue": encode_segment(self.value),
            "transactionId": self.transaction,
            "timestamp": self.timestamp or written(self.at),
            "requestedScore": f"{self.requested_score:g}",
            "qualityScore": f"{self.score:g}",
        }
        if self.position:
            document["bioSubType"] = self.position
        if self.purpose is Purpose.VERIFY:
            document["domainUri"] = self.domain
        return json.dumps(document, separators=(",", ":")).encode()


def parse_facts(payload: bytes) -> SampleFacts:
    """Raises `MalformedError`."""
    members = Members(loaded(payload, MAX_FACTS, "data"), "data")
    timestamp = members.text("timestamp", longest=40)
    modality = Modality(members.word("bioType", Modality))
    facts = SampleFacts(
        identity=members.text("digitalId", longest=2 * MAX_IDENTITY),
        device_code=members.text("deviceCode"),
        modality=modality,
        position=_position(members, modality),
        purpose=Purpose(members.word("purpose", Purpose)),
        environment=Environment(members.word("env", Environment)),
        value=_value(members.text("bioValue", longest=MAX_FACTS)),
        transaction=members.text("transactionId", longest=50),
        timestamp=timestamp,
        at=Members({"timestamp": timestamp}, "data").moment("timestamp"),
        requested_score=members.score("requestedScore"),
        score=members.score("qualityScore"),
        domain=members.optional("domainUri"),
        service_version=members.text("deviceServiceVersion"),
    )
    members.end()
    return facts


def _position(members: Members, modality: Modality) -> str:
    told = members.optional("bioSubType")
    if modality is Modality.FACE:
        # One published form writes the word "null" here.
        if told not in ("", "null"):
            raise MalformedError("bioSubType")
        return ""
    if told not in (*(FINGERS if modality is Modality.FINGER else IRISES), "UNKNOWN"):
        raise MalformedError("bioSubType")
    return told


def _value(text: str) -> bytes:
    try:
        value = decode_segment(text.rstrip("="))
    except ValueError as error:
        raise MalformedError("bioValue") from error
    if len(value) > MAX_SAMPLE:
        raise MalformedError("bioValue", too_large=True)
    return value
