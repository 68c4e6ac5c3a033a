"""The founding ceremony as values: its two founders, their codes, and what they may do afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from enrollment.centres.actors import Role

__all__ = [
    "AUTHORITY",
    "CODE_LENGTH",
    "CODE_LIFE",
    "ENROLLED_LEVEL",
    "FOUNDING_ROLES",
    "MAX_TRIES",
    "Ceremony",
    "CeremonyState",
    "FounderCode",
]

CODE_LIFE = timedelta(days=2)
AUTHORITY = timedelta(days=30)
CODE_LENGTH = 16
MAX_TRIES = 10
ENROLLED_LEVEL = 3
# What it takes to enrol the first people with four eyes and to grant them roles. No approval would give them together.
FOUNDING_ROLES: Final = frozenset({Role.ADMIN, Role.OFFICER, Role.SUPERVISOR})


class CeremonyState(StrEnum):
    """Where a ceremony is. That its codes are over the clock says."""

    OPEN = "open"
    COMPLETE = "complete"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class FounderCode:
    """The one-time code of one founder, shown once."""

    subscriber_id: UUID
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A ceremony and who has used a code in it; `authority_until` once both have."""

    id: UUID
    state: CeremonyState
    founders: tuple[UUID, ...]
    redeemed: tuple[UUID, ...]
    expires_at: datetime
    authority_until: datetime | None
