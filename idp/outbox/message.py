"""A message on its way to one address, and what stands sealed in its row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

__all__ = ["Channel", "Content", "Message", "State"]


class Channel(StrEnum):
    """How somebody is reached."""

    EMAIL = "email"
    SMS = "sms"


class State(StrEnum):
    """Where a message is: `held` waits for an operator, `failed` was given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to queue.

    `notice` names its page (`templates/mail/<notice>.txt`); `parameters` are what that page fills in. `locale` is a
    language tag (BCP 47) or None. After `expires_at` it is of no use and is not sent. A `secret` one holds a code: what
    it says is forgotten once it was sent or given up.
    """

    subscriber_id: UUID | None
    channel: Channel
    to: str = field(repr=False)
    notice: str
    locale: str | None = None
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    expires_at: datetime | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """What is sealed of a message: nobody reads it in the database. No `repr`: no log or failure shows it."""

    to: str
    locale: str | None
    parameters: Mapping[str, str]
    secret: bool

    def as_bytes(self) -> bytes:
        """As it is sealed."""
        document = {"to": self.to, "locale": self.locale, "parameters": dict(self.parameters), "secret": self.secret}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Content:
        """The reverse."""
        document = json.loads(raw)
        return cls(document["to"], document["locale"], document["parameters"], document["secret"])
