"""Suspensions as values, and reading them: what is in force, what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Label, exists, select

from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.register import Status
from enrollment.register.models import PersonRow
from enrollment.standing.models import AppealRow, SuspensionRow
from idp.audit import AuditEvent, Event, Trail
from idp.database import Session

__all__ = ["MAX_LISTED", "Reason", "Return", "Stage", "Suspension", "Suspensions", "said_no", "value_of"]

MAX_LISTED = 200


class Reason(StrEnum):
    """Why a record is suspended; closed, stored, and told to the person."""

    SUSPECTED_MISUSE = "suspected_misuse"
    DISPUTED_IDENTITY = "disputed_identity"
    LEGAL_ORDER = "legal_order"
    PERSON_ASKED = "person_asked"


class Return(StrEnum):
    """Why it is given back; closed, stored, and told to the person."""

    SETTLED = "settled"
    IN_ERROR = "in_error"
    ORDER_LIFTED = "order_lifted"
    PERSON_ASKED = "person_asked"
    APPEAL_GRANTED = "appeal_granted"


class Stage(StrEnum):
    """Where a suspension is, and so what the next step is."""

    IN_FORCE = "in_force"
    APPEALED = "appealed"
    RETURN_ASKED = "return_asked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A suspension. `appealed`: what the person said waits for somebody who decides."""

    id: UUID
    person_id: UUID
    reason: Reason
    accounts: tuple[UUID, ...]
    reference: str
    made_by: UUID
    made_at: datetime
    return_why: Return | None
    return_by: UUID | None
    return_at: datetime | None
    ended_at: datetime | None
    appealed: bool

    @property
    def stage(self) -> Stage:
        """Where it is: an end first, then what waits for a second registrar, then what waits for a first."""
        if self.ended_at is not None:
            return Stage.ENDED
        if self.return_by is not None:
            return Stage.RETURN_ASKED
        return Stage.APPEALED if self.appealed else Stage.IN_FORCE


class Suspensions:
    """Reads, in the caller's transaction; for registrars, and for the person."""

    def __init__(self, session: Session, trail: Trail) -> None:
        self._session = session
        self._trail = trail

    def waiting(self, by: Actor) -> list[Suspension] | Refusal:
        """Every suspension in force, those that wait for a decision first, then oldest first. Refused: `ENR_ROLE`."""
        if not by.holds(Role.REGISTRAR):
            return said_no(self._trail, by, "list_suspensions", Refusal(Code.ENR_ROLE))
        # Who died or was erased meanwhile is given back to nobody: their suspension is history.
        wanted = select(SuspensionRow, _appealed()).join(PersonRow, PersonRow.id == SuspensionRow.person_id)
        wanted = wanted.where(SuspensionRow.ended_at.is_(None), PersonRow.status == Status.SUSPENDED.value)
        rows = self._session.execute(wanted.order_by(SuspensionRow.made_at, SuspensionRow.id).limit(MAX_LISTED))
        found = [value_of(row, appealed=appealed) for row, appealed in rows]
        return sorted(found, key=lambda one: one.stage is Stage.IN_FORCE)

    def get(self, suspension_id: UUID, *, lock: bool = False) -> Suspension | None:
        """One of them, by its identifier. `lock`: held until the caller's transaction ends."""
        wanted = select(SuspensionRow).where(SuspensionRow.id == suspension_id)
        wanted = wanted.execution_options(populate_existing=True)
        row = self._session.scalar(wanted.with_for_update() if lock else wanted)
        return None if row is None else value_of(row, appealed=self._open_appeal(row.id))

    def in_force(self, person_id: UUID) -> Suspension | None:
        """The suspension of a person that holds now."""
        wanted = select(SuspensionRow).where(SuspensionRow.person_id == person_id, SuspensionRow.ended_at.is_(None))
        row = self._session.scalar(wanted.execution_options(populate_existing=True))
        return None if row is None else value_of(row, appealed=self._open_appeal(row.id))

    def history(self, person_id: UUID) -> list[Suspension]:
        """Every suspension of a person, oldest first."""
        wanted = select(SuspensionRow, _appealed()).where(SuspensionRow.person_id == person_id)
        rows = self._session.execute(wanted.order_by(SuspensionRow.made_at, SuspensionRow.id))
        return [value_of(row, appealed=appealed) for row, appealed in rows]

    def _open_appeal(self, suspension_id: UUID) -> bool:
        waits = exists().where(AppealRow.suspension_id == suspension_id, AppealRow.decided_at.is_(None))
        return bool(self._session.scalar(select(waits)))


def value_of(row: SuspensionRow, *, appealed: bool) -> Suspension:
    """A row as a value."""
    return Suspension(
        row.id,
        row.person_id,
        Reason(row.reason),
        tuple(row.accounts),
        row.reference,
        row.made_by,
        row.made_at,
        None if row.return_why is None else Return(row.return_why),
        row.return_by,
        row.return_at,
        row.ended_at,
        appealed,
    )


def said_no(trail: Trail, by: Actor, action: str, refusal: Refusal) -> Refusal:
    """The refusal, with its audit row; the edge commits it."""
    body = {"action": action, "reason": refusal.code.value, "about": refusal.about, "person": None}
    trail.append(AuditEvent(Event.STAFF_REFUSED, actor=by.reference, body=body))
    return refusal


def _appealed() -> Label[bool]:
    waits = exists().where(AppealRow.suspension_id == SuspensionRow.id, AppealRow.decided_at.is_(None))
    return waits.label("appealed")
