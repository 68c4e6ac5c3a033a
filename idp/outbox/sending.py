"""What a sender is given and what it says: sent, later, or never. Whatever goes wrong is a member of a closed list."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from idp.outbox.message import Channel

__all__ = ["Envelope", "Failure", "Outcome", "Sender"]


class Failure(StrEnum):
    """Why a message was not sent. The words of a mail server or gateway are never kept: they repeat addresses."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    LOGIN = "login"
    BUSY = "busy"
    PROTOCOL = "protocol"
    RECIPIENT = "recipient"
    REJECTED = "rejected"
    ADDRESS = "address"
    EXPIRED = "expired"
    ERASED = "erased"
    PAGE = "page"
    NO_SENDER = "no_sender"
    GIVEN_UP = "given_up"


# Trying again does not help with these.
FINAL = frozenset(
    {
        Failure.RECIPIENT, Failure.REJECTED, Failure.ADDRESS, Failure.EXPIRED, Failure.ERASED, Failure.PAGE,
        Failure.GIVEN_UP,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message, written out. `reference` is the same at every try, for receivers that drop doubles."""

    reference: str
    channel: Channel
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    language: str
    notice: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`failure` is None when the other side took the message over."""

    failure: Failure | None = None
    retry_after: int | None = None

    @property
    def sent(self) -> bool:
        """True when the other side acknowledged it."""
        return self.failure is None

    @property
    def final(self) -> bool:
        """True when another try would end the same."""
        return self.failure in FINAL


class Sender(Protocol):
    """Hands messages of one channel over."""

    def send(self, envelope: Envelope) -> Outcome:
        """Hand it over; never raises for what the other side does, and returns within a minute."""
        ...
