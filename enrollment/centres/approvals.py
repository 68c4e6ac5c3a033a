"""Four eyes over roles: one person asks for a role for somebody, a second person gives it; neither gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update

from enrollment.centres.actors import OPERATOR, Actor, AreOne, Role
from enrollment.centres.models import ApprovalRow, StaffRoleRow
from enrollment.centres.permissions import Action, Desk, clashes
from enrollment.centres.staff import in_force, is_member
from enrollment.errors import Code, Refusal
from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.subscribers.models import SubscriberRow

__all__ = ["LIFE", "Approval", "ApprovalState", "Approvals"]

LIFE = timedelta(days=7)
MAX_LISTED = 200


class ApprovalState(StrEnum):
    """Where a request is. `OVER` is written when somebody comes too late; that it is over the clock says."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Approval:
    """That `asked_by` asks for `role` for `subject_id`, to hold until `until` (None: until taken away)."""

    id: UUID
    subject_id: UUID
    role: Role
    until: datetime | None
    asked_by: UUID
    asked_at: datetime
    expires_at: datetime
    state: ApprovalState
    decided_by: UUID | None
    decided_at: datetime | None


class Approvals:
    """Requests for roles, in the caller's transaction. Every change and every no has an audit row.

    Who is the second person `are_one` says: it compares people, not accounts.
    """

    def __init__(self, session: Session, clock: Clock, entropy: Entropy, trail: Trail, *, are_one: AreOne) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._are_one = are_one
        self._desk = Desk(trail)

    def ask(self, by: Actor, subject_id: UUID, role: Role, until: datetime | None = None) -> Approval | Refusal:
        """Ask for a role for somebody else. It waits seven days for a second person.

        Refused: `ENR_ROLE` (not an admin, or from the command line), `ENR_FOUREYES` (for oneself), `ENR_SCHEMA`
        (`until` is past), `ENR_UNKNOWN` (no such active account of staff), `ENR_EXISTS` (held, or asked for already),
        `ENR_GUARD` (clashes with a role that they hold).
        """
        refusal = self._may(by, Action.ASK_ROLE, subject_id)
        if refusal is not None:
            return refusal
        now = self._clock.now()
        if until is not None and until <= now:
            return Refusal(Code.ENR_SCHEMA, "until")
        refusal = self._room_for(subject_id, role, now)
        if refusal is not None:
            return refusal
        waiting = (ApprovalRow.subject_id == subject_id) & (ApprovalRow.role == role.value)
        self._close_late(waiting, now)
        if self._session.scalar(
            select(ApprovalRow.id).where(waiting, ApprovalRow.state == ApprovalState.WAITING.value)
        ):
            return Refusal(Code.ENR_EXISTS, "approval")
        row = self._session.scalars(
            insert(ApprovalRow)
            .values(
                id=self._entropy.uuid(),
                subject_id=subject_id,
                role=role.value,
                until=until,
                asked_by=by.subscriber_id,
                asked_at=now,
                expires_at=now + LIFE,
                state=ApprovalState.WAITING.value,
            )
            .returning(ApprovalRow)
        ).one()
        self._desk.write(Event.STAFF_ROLE_ASKED, by, approval=str(row.id), person=str(subject_id), role=role.value)
        return _approval(row)

    def approve(self, by: Actor, approval_id: UUID) -> Approval | Refusal:
        """The second pair of eyes: from this commit on the role is held. Of any number at once one gets through.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_FOUREYES` (asked for it, or would get it), `ENR_STATE` (decided),
        `ENR_EXPIRED`, and, because seven days may have passed: `ENR_GUARD` (whoever asked may not any more, or a
        clash), `ENR_EXISTS`.
        """
        now = self._clock.now()
        asked = self._open(by, approval_id, now)
        if isinstance(asked, Refusal):
            return asked
        if asked.until is not None and asked.until <= now:
            return Refusal(Code.ENR_EXPIRED, "until")
        refusal = self._room_for(asked.subject_id, asked.role, now)
        if refusal is not None:
            return refusal
        if not self._still_admin(asked.asked_by, now):
            return self._desk.refuse(by, Action.DECIDE_ROLE, Code.ENR_GUARD, "asker", asked.subject_id)
        decided = self._decide(by, asked, ApprovalState.APPROVED, now)
        if isinstance(decided, Refusal):
            return decided
        self._session.execute(
            insert(StaffRoleRow).values(
                id=self._entropy.uuid(),
                subscriber_id=asked.subject_id,
                role=asked.role.value,
                approval_id=asked.id,
                granted_at=now,
                until=asked.until,
            )
        )
        return decided

    def decline(self, by: Actor, approval_id: UUID) -> Approval | Refusal:
        """No. Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_FOUREYES`, `ENR_STATE`, `ENR_EXPIRED`."""
        now = self._clock.now()
        asked = self._open(by, approval_id, now)
        return asked if isinstance(asked, Refusal) else self._decide(by, asked, ApprovalState.DECLINED, now)

    def withdraw(self, by: Actor, approval_id: UUID) -> Approval | Refusal:
        """Taken back by whoever asked. Refused: `ENR_UNKNOWN` (others', too), `ENR_STATE`."""
        found = self.find(approval_id)
        if isinstance(found, Refusal) or not self._are_one(found.asked_by, by.subscriber_id):
            return Refusal(Code.ENR_UNKNOWN)
        return self._decide(by, found, ApprovalState.WITHDRAWN, self._clock.now())

    def find(self, approval_id: UUID) -> Approval | Refusal:
        """One of them, whatever its state. Refused: `ENR_UNKNOWN`."""
        row = self._session.get(ApprovalRow, approval_id, populate_existing=True)
        return Refusal(Code.ENR_UNKNOWN) if row is None else _approval(row)

    def waiting(self) -> list[Approval]:
        """What waits for a second person, oldest first: at most two hundred."""
        wanted = (
            select(ApprovalRow)
            .where(ApprovalRow.state == ApprovalState.WAITING.value, ApprovalRow.expires_at > self._clock.now())
            .order_by(ApprovalRow.asked_at, ApprovalRow.id)
            .limit(MAX_LISTED)
        )
        return [_approval(row) for row in self._session.scalars(wanted)]

    def _may(self, by: Actor, action: Action, subject_id: UUID) -> Refusal | None:
        if by.subscriber_id == OPERATOR.subscriber_id:
            return self._desk.refuse(by, action, Code.ENR_ROLE, "command_line", subject_id)
        refusal = self._desk.permits(by, action)
        if refusal is None and self._are_one(by.subscriber_id, subject_id):
            return self._desk.refuse(by, action, Code.ENR_FOUREYES, "oneself", subject_id)
        return refusal

    def _open(self, by: Actor, approval_id: UUID, now: datetime) -> Approval | Refusal:
        """The request, when this actor may decide it and it can be decided."""
        refusal = self._desk.permits(by, Action.DECIDE_ROLE)
        found = refusal or self.find(approval_id)
        if isinstance(found, Refusal):
            return found
        refusal = self._may(by, Action.DECIDE_ROLE, found.subject_id)
        if refusal is not None:
            return refusal
        if self._are_one(by.subscriber_id, found.asked_by):
            return self._desk.refuse(by, Action.DECIDE_ROLE, Code.ENR_FOUREYES, "own_request", found.subject_id)
        if found.state is not ApprovalState.WAITING:
            return Refusal(Code.ENR_STATE, found.state.value)
        return Refusal(Code.ENR_EXPIRED) if found.expires_at <= now else found

    def _decide(self, by: Actor, asked: Approval, state: ApprovalState, now: datetime) -> Approval | Refusal:
        row = self._session.scalars(
            update(ApprovalRow)
            .where(ApprovalRow.id == asked.id, ApprovalRow.state == ApprovalState.WAITING.value)
            .values(state=state.value, decided_by=by.subscriber_id, decided_at=now)
            .returning(ApprovalRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            return Refusal(Code.ENR_STATE)
        body = {"approval": str(row.id), "person": str(row.subject_id), "role": row.role, "state": state.value}
        self._desk.write(Event.STAFF_ROLE_DECIDED, by, **body)
        return _approval(row)

    def _room_for(self, subject_id: UUID, role: Role, now: datetime) -> Refusal | None:
        """The account's row is held, so that two grants at once cannot end in roles that clash."""
        held = select(SubscriberRow.id).where(SubscriberRow.id == subject_id, is_member(role))
        if self._session.scalar(held.with_for_update(key_share=True)) is None:
            return Refusal(Code.ENR_UNKNOWN)
        standing = select(StaffRoleRow.role, StaffRoleRow.approval_id).where(
            StaffRoleRow.subscriber_id == subject_id, in_force(now)
        )
        # What the founding gave ends by itself: it neither stands in the way of a proper grant nor clashes with one.
        granted = frozenset(Role(name) for name, approval in self._session.execute(standing) if approval is not None)
        if role in granted:
            return Refusal(Code.ENR_EXISTS, "role")
        return Refusal(Code.ENR_GUARD, "clash") if clashes(role, granted) else None

    def _still_admin(self, subscriber_id: UUID, now: datetime) -> bool:
        admin = (
            select(StaffRoleRow.id)
            .join(SubscriberRow, SubscriberRow.id == StaffRoleRow.subscriber_id)
            .where(SubscriberRow.id == subscriber_id, is_member(), in_force(now))
            .where(StaffRoleRow.role == Role.ADMIN.value)
            .limit(1)
        )
        return self._session.scalar(admin) is not None

    def _close_late(self, which: ColumnElement[bool], now: datetime) -> None:
        late = (ApprovalRow.state == ApprovalState.WAITING.value) & (ApprovalRow.expires_at <= now)
        self._session.execute(update(ApprovalRow).where(which, late).values(state=ApprovalState.OVER.value))


def _approval(row: ApprovalRow) -> Approval:
    return Approval(
        row.id,
        row.subject_id,
        Role(row.role),
        row.until,
        row.asked_by,
        row.asked_at,
        row.expires_at,
        ApprovalState(row.state),
        row.decided_by,
        row.decided_at,
    )
