"""A change of where a person is reached: its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from idp.authenticators.one_time_code import OneTimeCodes
from idp.notices import Links, Notices
from idp.outbox import Channel

__all__ = ["ContactChange", "Ground", "Messages", "ground_of"]


class Ground(StrEnum):
    """What a proven address does: proves the one that is recorded, is the first one, or takes another's place."""

    PROVEN = "proven"
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ContactChange:
    """A new address that its owner has yet to prove."""

    id: UUID
    channel: Channel
    address: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Messages:
    """What a change sends: the code to the new address, the notices to the others, the link that undoes it."""

    codes: OneTimeCodes
    notices: Notices
    links: Links


def ground_of(change: ContactChange, before: Mapping[str, Any]) -> Ground:
    """What it did; `before["old"]` is the address that was recorded until then, None where there was none."""
    if before["old"] is None:
        return Ground.ADDED
    return Ground.PROVEN if before["old"] == change.address else Ground.CHANGED
