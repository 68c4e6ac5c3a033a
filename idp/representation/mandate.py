"""The mandate as a value: who may do what for whom, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from idp.representation.models import MandateRow

__all__ = ["DAYS", "Mandate", "Power", "Side", "State", "mandate_of"]

# How long people can choose that a mandate lasts. None lasts longer: whoever still agrees says so again.
DAYS = (30, 90, 365)


class Power(StrEnum):
    """What a carer may do. Signing in, sign-in methods, contacts, closing and further mandates never are."""

    VIEW = "view"
    SERVICES = "services"
    CORRECTIONS = "corrections"


class Side(StrEnum):
    """Which of the two somebody is."""

    REPRESENTED = "represented"
    CARER = "carer"

    @property
    def other(self) -> Side:
        """The side across."""
        return Side.CARER if self is Side.REPRESENTED else Side.REPRESENTED


class State(StrEnum):
    """Where a mandate is in its life. That its time is over is no state: the clock says so."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Mandate:
    """That `carer_id` may act for `represented_id`. In force only when active, before `expires_at`."""

    id: UUID
    represented_id: UUID
    carer_id: UUID
    powers: frozenset[Power]
    state: State
    created_at: datetime
    expires_at: datetime
    represented_agreed_at: datetime | None
    carer_agreed_at: datetime | None
    ended_at: datetime | None
    ended_by: UUID | None

    def side_of(self, person_id: UUID) -> Side | None:
        """Which side this person is; None for anybody else."""
        return {self.represented_id: Side.REPRESENTED, self.carer_id: Side.CARER}.get(person_id)

    def other_than(self, person_id: UUID) -> UUID:
        """The person across."""
        return self.carer_id if person_id == self.represented_id else self.represented_id

    def in_force(self, now: datetime) -> bool:
        """True while the carer may act on it."""
        return self.state is State.ACTIVE and now < self.expires_at

    def over(self, now: datetime) -> bool:
        """True when nothing can come of it any more."""
        return self.state in {State.DECLINED, State.ENDED} or now >= self.expires_at

    def awaits(self, person_id: UUID) -> bool:
        """True when this person's yes is missing."""
        side = self.side_of(person_id)
        agreed = self.represented_agreed_at if side is Side.REPRESENTED else self.carer_agreed_at
        return self.state is State.PROPOSED and side is not None and agreed is None


def mandate_of(row: MandateRow) -> Mandate:
    """The value of a stored mandate."""
    return Mandate(
        row.id,
        row.represented_id,
        row.carer_id,
        frozenset(map(Power, row.powers)),
        State(row.state),
        row.created_at,
        row.expires_at,
        row.represented_agreed_at,
        row.carer_agreed_at,
        row.ended_at,
        row.ended_by,
    )
