"""Members of staff at one moment: the roles in force, where today's posting is, and taking roles away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Text, case, cast, func, or_, select, update

from enrollment.centres.actors import Actor, Role
from enrollment.centres.models import HandOverRow, PostingRow, StaffRoleRow, StationRow
from enrollment.centres.permissions import Action, Desk
from enrollment.errors import Code, Refusal
from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.subscribers.models import SubscriberRow

__all__ = ["HeldRole", "Staff", "in_force", "is_member", "posted_on"]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role somebody holds until `until` (None: until taken away); `founding` when no approval stands behind it."""

    subscriber_id: UUID
    role: Role
    granted_at: datetime
    until: datetime | None
    founding: bool


class Staff:
    """Who may do what now, read from the rows at every request. `zone` says when a day begins: Freetown's is UTC."""

    def __init__(self, session: Session, clock: Clock, trail: Trail, zone: tzinfo = UTC) -> None:
        self._session = session
        self._clock = clock
        self._desk = Desk(trail)
        self._zone = zone

    def actor(self, subscriber_id: UUID, at: datetime) -> Actor | Refusal:
        """Roles in force at this moment, and the centre and station of that day.

        The station is that of the posting, or what the day's last hand-over made of it; a revoked one is none.
        Refused: `ENR_ROLE` (no role in force, or the account is not active; a member of staff lost the policy group).
        """
        day = at.astimezone(self._zone).date()
        found = self._session.execute(
            select(_roles(at), PostingRow.centre_id, PostingRow.station_id, _handed(day))
            .select_from(SubscriberRow)
            .outerjoin(PostingRow, (PostingRow.subscriber_id == SubscriberRow.id) & posted_on(day))
            .where(SubscriberRow.id == subscriber_id, SubscriberRow.state == "active")
            .limit(1)
        ).one_or_none()
        if found is None or not found[0]:
            return Refusal(Code.ENR_ROLE)
        names, centre_id, posted, handed = found
        station_id = posted if handed is None else UUID(handed) if handed else None
        return Actor(subscriber_id, frozenset(map(Role, names)), centre_id, self._usable(station_id))

    def roles(self, subscriber_id: UUID) -> list[HeldRole]:
        """What somebody holds now, for the page on which roles are given and taken."""
        return self._held(StaffRoleRow.subscriber_id == subscriber_id)

    def holders(self, role: Role) -> list[HeldRole]:
        """Everybody who holds this role now, whether their account is active or not."""
        return self._held(StaffRoleRow.role == role.value)

    def end_role(self, by: Actor, subscriber_id: UUID, role: Role) -> Refusal | None:
        """Take a role away at once, whatever granted it. One person is enough, and may be the holder.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN` (they do not hold it).
        """
        refusal = self._desk.permits(by, Action.END_ROLE)
        if refusal is not None:
            return refusal
        return None if self._end(by, subscriber_id, StaffRoleRow.role == role.value) else Refusal(Code.ENR_UNKNOWN)

    def end_all(self, by: Actor, subscriber_id: UUID) -> Refusal | int:
        """Take every role away at once and say how many there were. Refused: `ENR_ROLE`."""
        return self._desk.permits(by, Action.END_ROLE) or self._end(by, subscriber_id, StaffRoleRow.role.is_not(None))

    def _end(self, by: Actor, subscriber_id: UUID, which: ColumnElement[bool]) -> int:
        now = self._clock.now()
        ended = self._session.scalars(
            update(StaffRoleRow)
            .where(StaffRoleRow.subscriber_id == subscriber_id, which, in_force(now))
            .values(ended_at=now, ended_by=by.reference)
            .returning(StaffRoleRow.role)
        ).all()
        for name in sorted(set(ended)):
            self._desk.write(Event.STAFF_ROLE_ENDED, by, person=str(subscriber_id), role=name)
        return len(set(ended))

    def _held(self, which: ColumnElement[bool]) -> list[HeldRole]:
        wanted = select(StaffRoleRow).where(which, in_force(self._clock.now())).order_by(StaffRoleRow.granted_at)
        return [
            HeldRole(row.subscriber_id, Role(row.role), row.granted_at, row.until, founding=row.approval_id is None)
            for row in self._session.scalars(wanted)
        ]

    def _usable(self, station_id: UUID | None) -> UUID | None:
        if station_id is None:
            return None
        active = select(StationRow.id).where(StationRow.id == station_id, StationRow.status == "active")
        return self._session.scalar(active)


def in_force(at: datetime) -> ColumnElement[bool]:
    """That a stored role holds at this moment; what was ended holds at none, whatever the machines' clocks say."""
    return (
        (StaffRoleRow.granted_at <= at)
        & or_(StaffRoleRow.until.is_(None), StaffRoleRow.until > at)
        & StaffRoleRow.ended_at.is_(None)
    )


def posted_on(day: date) -> ColumnElement[bool]:
    """That a stored posting holds on this day."""
    return (PostingRow.first_day <= day) & (PostingRow.last_day >= day) & PostingRow.ended_at.is_(None)


def is_member(role: Role | None = None) -> ColumnElement[bool]:
    """That an account may be given this role: it is active, and one of staff. Introducers are citizens as well."""
    active = SubscriberRow.state == "active"
    return active if role is Role.INTRODUCER else active & (SubscriberRow.policy_group == "staff")


def _roles(at: datetime) -> ScalarSelect[list[str]]:
    """Of staff every role in force; of a citizen's account none but what a citizen can hold."""
    theirs = or_(SubscriberRow.policy_group == "staff", StaffRoleRow.role == Role.INTRODUCER.value)
    return (
        select(func.array_agg(StaffRoleRow.role))
        .where(StaffRoleRow.subscriber_id == SubscriberRow.id, in_force(at), theirs)
        .correlate(SubscriberRow)
        .scalar_subquery()
    )


def _handed(day: date) -> ScalarSelect[str]:
    """What the day's last hand-over made of a station: its identifier as text, `''` for who gave it, null for none.

    A posting made after it holds as it is.
    """
    return (
        select(case((HandOverRow.taker_id == SubscriberRow.id, cast(HandOverRow.station_id, Text)), else_=""))
        .where(
            or_(HandOverRow.taker_id == SubscriberRow.id, HandOverRow.giver_id == SubscriberRow.id),
            HandOverRow.day == day,
            HandOverRow.state == "taken",
            HandOverRow.station_id.is_not(None),
            HandOverRow.centre_id == PostingRow.centre_id,
            HandOverRow.ended_at >= PostingRow.posted_at,
        )
        .order_by(HandOverRow.ended_at.desc(), HandOverRow.id.desc())
        .limit(1)
        .correlate(SubscriberRow, PostingRow)
        .scalar_subquery()
    )
