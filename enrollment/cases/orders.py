"""Who asks for something, and what a request carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from enrollment.centres.actors import Actor

__all__ = ["Applicant", "Doer", "Hand", "Moved", "Order", "Task", "actor_id_of", "hand_of", "is_key", "reference_of"]

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Hand(StrEnum):
    """Whoever acts without a role of the staff."""

    APPLICANT = "applicant"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Applicant:
    """The citizen whose application it is, signed in."""

    subscriber_id: UUID


@dataclass(frozen=True, slots=True)
class Task:
    """A worker. A task that runs twice names the same `stage` and `attempt`, and gets the same reply."""

    stage: str
    attempt: int = 1


Doer = Actor | Applicant | Task


@dataclass(frozen=True, slots=True)
class Order:
    """A request for a transition.

    `version` is the one that was on the screen; a task that does not care leaves it out. `key` is the idempotency key,
    a UUID version 7 as text; a task has one by itself. `factor_at` is when the person last proved to be themself.
    """

    by: Doer
    aid: str
    version: int | None = None
    key: str = ""
    factor_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it: where the application is now. `again` tells that this is the reply of an earlier request."""

    aid: str
    state: str
    version: int
    again: bool = False


def is_key(text: str) -> bool:
    """True for a UUID version 7 (RFC 9562 section 5.7) in its usual form."""
    return _UUID7.fullmatch(text) is not None


def hand_of(doer: Doer) -> str:
    """How an event row names the kind of doer."""
    if isinstance(doer, Actor):
        return "staff"
    return Hand.APPLICANT.value if isinstance(doer, Applicant) else Hand.SYSTEM.value


def actor_id_of(doer: Doer) -> UUID | None:
    """The account of whoever acts; None for a worker."""
    return None if isinstance(doer, Task) else doer.subscriber_id


def reference_of(doer: Doer) -> str:
    """How an audit row names whoever acts."""
    if isinstance(doer, Task):
        return Hand.SYSTEM.value
    return doer.reference if isinstance(doer, Actor) else Hand.APPLICANT.value
