"""Who may enter the pages of staff, in which session? The rule as values; it knows no store and no page.

Members of staff are enrolled people: their session is worth `nid:3`, with a passkey in it. The first two cannot be,
before anybody is there to enrol them: they enter at the level that they really have, which is what services are told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from idp.authenticators.assurance import MANY, PASSKEYS, acr_for
from idp.authenticators.methods import STAFF

__all__ = ["Admitted", "Founders", "Presence", "Shut", "Why", "enter"]

WANTED = 3


class Founders(Protocol):
    """Knows the first two members of staff; fulfilled by `enrollment.centres.Founding`."""

    def admits(self, subscriber_id: UUID, at: datetime) -> bool:
        """True for a founder who is not enrolled yet and whose authority lasts at this moment."""
        ...


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody's account and session: policy group, levels of proofing and authentication (1 to 3), what was proven."""

    subscriber_id: UUID
    group: str
    ial: int
    aal: int
    amr: Collection[str]


class Why(StrEnum):
    """What is missing; closed. The page says what to do about each."""

    NOT_STAFF = "not_staff"
    PASSKEY = "passkey"
    SIGN_IN = "sign_in"
    PROOFING = "proofing"


@dataclass(frozen=True, slots=True)
class Admitted:
    """May enter, at the level `acr` that was really reached; `founding` when that is below `nid:3`."""

    acr: str
    founding: bool


@dataclass(frozen=True, slots=True)
class Shut:
    """May not, because of `why`."""

    why: Why


def enter(presence: Presence, founders: Founders, at: datetime) -> Admitted | Shut:
    """Whether this session opens the pages of staff (AC-101: never without a passkey that verified its user)."""
    if presence.group != STAFF:
        return Shut(Why.NOT_STAFF)
    if not PASSKEYS & set(presence.amr) or MANY not in presence.amr:
        return Shut(Why.PASSKEY)
    acr = acr_for(presence.ial, presence.aal)
    if presence.ial >= WANTED and presence.aal >= WANTED:
        return Admitted(acr, founding=False)
    if founders.admits(presence.subscriber_id, at):
        return Admitted(acr, founding=True)
    return Shut(Why.PROOFING if presence.ial < WANTED else Why.SIGN_IN)
