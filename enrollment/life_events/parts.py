"""The rooms that an event of somebody's life writes to, over one session."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from enrollment.life_events.announcing import Announcing
from enrollment.life_events.belongings import Belongings
from enrollment.register import Accounts, Register, Statuses

__all__ = ["Leave", "Parts", "Waiting"]


class Waiting(Protocol):
    """Knows the erasures that wait, and ends those whose ground is gone."""

    def waits(self, person_id: UUID) -> bool:
        """Whether one of this person waits."""
        ...

    def set_aside(self, person_id: UUID, actor: str, *, body_only: bool = False) -> bool:
        """End the one that waits; the person is told."""
        ...


class Leave(Protocol):
    """Takes accounts that leave a record out of its suspension."""

    def __call__(self, person_id: UUID, accounts: Collection[UUID], /) -> frozenset[UUID]:
        """Which of them it had shut."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Record, status, accounts, what belongs to a record, and who hears of it.

    `erasures` and `leave` answer for the rooms above.
    """

    register: Register
    statuses: Statuses
    accounts: Accounts
    belongings: Belongings
    announcing: Announcing
    erasures: Waiting
    leave: Leave
