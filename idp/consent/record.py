"""A consent as a value: who lets whom see what, why, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

__all__ = ["PROVIDER", "Consent", "Status"]

PROVIDER = "wangov-id"


class Status(StrEnum):
    """Where a consent is in its life; `replaced` by a later decision about the same client."""

    ACTIVE = "active"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Consent:
    """One stored decision. `fields` may leave the house; `asked_fields` were asked for, granted or not."""

    consent_id: UUID
    citizen_id: UUID
    consumer_id: str
    providers: tuple[str, ...]
    fields: frozenset[str]
    purpose: str
    granted_at: datetime
    expires_at: datetime | None
    status: Status
    scopes: frozenset[str]
    asked_scopes: frozenset[str]
    asked_fields: frozenset[str]
    client_fingerprint: str

    def status_at(self, now: datetime) -> Status:
        """The status at a moment: what has passed its time is expired, whatever the row says."""
        passed = self.expires_at is not None and self.expires_at <= now
        return Status.EXPIRED if passed and self.status is Status.ACTIVE else self.status

    def in_force(self, now: datetime) -> bool:
        """True while claims may leave under this consent."""
        return self.status_at(now) is Status.ACTIVE

    def as_record(self, now: datetime) -> dict[str, Any]:
        """The published record shape; times are RFC 3339 in UTC with whole seconds."""
        return {
            "consentId": str(self.consent_id),
            "citizenId": str(self.citizen_id),
            "consumerId": self.consumer_id,
            "dataScope": {"providers": list(self.providers), "fields": sorted(self.fields)},
            "purpose": self.purpose,
            "grantedAt": _written(self.granted_at),
            "expiresAt": None if self.expires_at is None else _written(self.expires_at),
            "status": self.status_at(now).value,
        }


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
