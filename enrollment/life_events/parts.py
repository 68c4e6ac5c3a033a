"""The rooms that an event of somebody's life writes to, over one session."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.life_events.announcing import Announcing
from enrollment.life_events.belongings import Belongings
from enrollment.register import Accounts, Register, Statuses

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Record, status, accounts, what belongs to a record, and who hears of it."""

    register: Register
    statuses: Statuses
    accounts: Accounts
    belongings: Belongings
    announcing: Announcing
