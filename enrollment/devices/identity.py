"""The digital identity of a device: who made it and which one it is. Plain at discovery, signed in each capture."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrollment.devices.reading import MalformedError, Members, loaded, written
from enrollment.devices.vocabulary import Modality
from idp.keys.jose import decode_segment, encode_segment

__all__ = ["DigitalId", "parse_identity", "plain_identity", "unsigned_identity"]

KINDS = ("Slap", "Single", "Touchless", "Double", "Full face")
MAX_IDENTITY = 4096


@dataclass(frozen=True, slots=True)
class DigitalId:
    """Which device. `kind` is one of `KINDS`; `issued_at` says when it vouched for itself."""

    serial: str
    make: str
    model: str
    modality: Modality
    kind: str
    provider: str
    provider_id: str
    issued_at: datetime

    @property
    def document(self) -> dict[str, Any]:
        """As the interface writes it."""
        return {
            "serialNo": self.serial,
            "make": self.make,
            "model": self.model,
            "type": self.modality.value,
            "deviceSubType": self.kind,
            "deviceProvider": self.provider,
            "deviceProviderId": self.provider_id,
            "dateTime": written(self.issued_at),
        }


def parse_identity(value: Any) -> DigitalId:
    """The identity from its document. Raises `MalformedError`."""
    members = Members(value, "digitalId")
    identity = DigitalId(
        serial=members.text("serialNo"),
        make=members.text("make"),
        model=members.text("model"),
        modality=Modality(members.word("type", Modality)),
        kind=members.word("deviceSubType", KINDS),
        provider=members.text("deviceProvider"),
        provider_id=members.text("deviceProviderId"),
        issued_at=members.moment("dateTime"),
    )
    members.end()
    return identity


def unsigned_identity(text: str) -> DigitalId:
    """The identity of a discovery answer: base64url of its document; where it is a JWS, the middle of it, unchecked.

    Raises `MalformedError`.
    """
    parts = text.split(".")
    try:
        content = decode_segment((parts[1] if len(parts) == 3 else text).rstrip("="))
    except ValueError as error:
        raise MalformedError("digitalId") from error
    return parse_identity(loaded(content, MAX_IDENTITY, "digitalId"))


def plain_identity(identity: DigitalId) -> str:
    """The reverse, for discovery."""
    return encode_segment(json.dumps(identity.document, separators=(",", ":")).encode())
