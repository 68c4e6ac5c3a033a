"""The session as a value, and when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

__all__ = ["EndReason", "Session", "SessionPolicy", "printable"]

MAX_USER_AGENT = 200


class EndReason(StrEnum):
    """Why a session ended, where this room says so; others hand in a text of their own closed list."""

    IDLE = "idle"
    ABSOLUTE = "absolute"
    REPLACED = "replaced"
    SIGNED_OUT = "signed_out"
    DISOWNED = "disowned"


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session lasts unused and at most, how often its use is written, how long it is cached.

    `staff_idle` is for members of staff (SP 800-63B-4 section 2.3.3: 15 minutes); they never get more than `idle`.
    """

    idle: timedelta = timedelta(minutes=30)
    staff_idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=12)
    touch: timedelta = timedelta(minutes=1)
    cache_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's signed-in session. `seen_at` is up to a minute behind; all moments are UTC.

    `authenticated_at` is the `auth_time` of ID tokens (OIDC Core 2): when the person last proved who they
    are. `idle_seconds` is how long it may go unused, None where the policy says it.
    """

    id: UUID
    subscriber_id: UUID
    device_id: UUID | None
    created_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    expires_at: datetime
    aal: int
    amr: tuple[str, ...]
    idle_seconds: int | None = None

    def over(self, now: datetime, policy: SessionPolicy) -> EndReason | None:
        """Why this session is over at `now`, or None while it lasts."""
        if now >= self.expires_at:
            return EndReason.ABSOLUTE
        return EndReason.IDLE if now >= self.seen_at + self.idle(policy) else None

    def idle(self, policy: SessionPolicy) -> timedelta:
        """How long this session may go unused: its own time, where that is shorter than everybody's."""
        own = policy.idle if self.idle_seconds is None else timedelta(seconds=self.idle_seconds)
        return min(own, policy.idle)

    def to_dict(self) -> dict[str, Any]:
        """The session as JSON values."""
        return {
            "id": str(self.id),
            "subscriber_id": str(self.subscriber_id),
            "device_id": None if self.device_id is None else str(self.device_id),
            "created_at": self.created_at.isoformat(),
            "authenticated_at": self.authenticated_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "aal": self.aal,
            "amr": list(self.amr),
            "idle_seconds": self.idle_seconds,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Session:
        """The reverse of `to_dict`."""
        return cls(
            id=UUID(value["id"]),
            subscriber_id=UUID(value["subscriber_id"]),
            device_id=None if value["device_id"] is None else UUID(value["device_id"]),
            created_at=datetime.fromisoformat(value["created_at"]),
            authenticated_at=datetime.fromisoformat(value["authenticated_at"]),
            seen_at=datetime.fromisoformat(value["seen_at"]),
            expires_at=datetime.fromisoformat(value["expires_at"]),
            aal=value["aal"],
            amr=tuple(value["amr"]),
            idle_seconds=value.get("idle_seconds"),  # copies made before there was such a time
        )


def printable(user_agent: str) -> str:
    """What a browser calls itself, cut and made safe to show."""
    return "".join(letter if letter.isprintable() else " " for letter in user_agent[:MAX_USER_AGENT])
