"""Mandates between two people: made of an invitation, in force once both said yes, ended by either at any moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.notices import Notice, Notices
from idp.representation.disputed import doubted
from idp.representation.invitations import Invitation, Invitations, Invited
from idp.representation.mandate import Mandate, Power, Side, State, mandate_of
from idp.representation.models import MandateRow
from idp.representation.written import write_down
from idp.subscribers.models import SubscriberRow

__all__ = ["MAX_CARERS", "MAX_REPRESENTED", "Mandates"]

MAX_CARERS = 5
MAX_REPRESENTED = 10
MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class _Change:
    event: Event
    values: Mapping[str, Any]


class Mandates:
    """Mandates, in the caller's transaction. Each change has an audit row in both people's histories."""

    def __init__(
        self,
        session: Session,
        invitations: Invitations,
        notices: Notices,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._invitations = invitations
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def invite(self, by: UUID, side: Side, powers: Collection[Power], days: int) -> Invitation | Refusal:
        """A code to hand to the other person. Refused: as `Invitations.make`."""
        return self._invitations.make(by, side, powers, days)

    def look(self, person_id: UUID, typed: str) -> Invited | Refusal:
        """Who invites, and to what. Refused: as `Invitations.look`, and `MANDATE_SELF`."""
        invited = self._invitations.look(person_id, typed)
        if isinstance(invited, Invited) and invited.by == person_id:
            return Refusal(Code.MANDATE_SELF)
        return invited

    def accept(self, person_id: UUID, typed: str) -> Mandate | Refusal:
        """Say yes to an invitation. It waits then for whoever invited, who learns now who it is.

        Refused: `INVITATION_UNKNOWN`, `MANDATE_SELF`, `MANDATE_EXISTS` (between the two, and not over),
        `MANDATE_LIMIT` (five carers, ten represented people), `SUBSCRIBER_STATE`. The invitation is used up then, too,
        but for the first.
        """
        invited = self._invitations.take(typed)
        if isinstance(invited, Refusal):
            return invited
        if invited.by == person_id:
            return Refusal(Code.MANDATE_SELF)
        represented, carer = person_id, invited.by
        if invited.side is Side.REPRESENTED:
            represented, carer = carer, represented
        refusal = self._room_for(represented, carer, held=person_id)
        if refusal is not None:
            return refusal
        now = self._clock.now()
        row = self._session.scalars(
            insert(MandateRow)
            .values(
                id=self._entropy.opaque_uuid(),
                represented_id=represented,
                carer_id=carer,
                powers=sorted(invited.powers),
                state=State.PROPOSED.value,
                created_at=now,
                expires_at=now + timedelta(days=invited.days),
                represented_agreed_at=now if person_id == represented else None,
                carer_agreed_at=now if person_id == carer else None,
            )
            .returning(MandateRow)
        ).one()
        mandate = mandate_of(row)
        write_down(self._trail, Event.MANDATE_PROPOSED, mandate, person_id)
        self._notices.tell(invited.by, Notice.MANDATE_PROPOSED)
        self._notices.tell(person_id, Notice.MANDATE_AGREED)
        return mandate

    def confirm(self, person_id: UUID, mandate_id: UUID) -> Mandate | Refusal:
        """The second yes; both are told.

        Refused: `MANDATE_STATE` (theirs is not missing, it is over, or the first yes is in doubt: `doubted`),
        `MANDATE_UNKNOWN`.
        """
        now = self._clock.now()
        missing = or_(
            (MandateRow.represented_id == person_id) & MandateRow.represented_agreed_at.is_(None),
            (MandateRow.carer_id == person_id) & MandateRow.carer_agreed_at.is_(None),
        )
        agreed = {
            "state": State.ACTIVE.value,
            "represented_agreed_at": func.coalesce(MandateRow.represented_agreed_at, now),
            "carer_agreed_at": func.coalesce(MandateRow.carer_agreed_at, now),
        }
        wanted = (MandateRow.state == State.PROPOSED.value) & (MandateRow.expires_at > now) & missing & ~doubted(now)
        return self._change(person_id, mandate_id, wanted, _Change(Event.MANDATE_CONFIRMED, agreed))

    def decline(self, person_id: UUID, mandate_id: UUID) -> Mandate | Refusal:
        """No, by either side while it is proposed. Refused: `MANDATE_STATE`, `MANDATE_UNKNOWN`."""
        values = {"state": State.DECLINED.value, "ended_at": self._clock.now(), "ended_by": person_id}
        wanted = MandateRow.state == State.PROPOSED.value
        return self._change(person_id, mandate_id, wanted, _Change(Event.MANDATE_DECLINED, values))

    def end(self, person_id: UUID, mandate_id: UUID) -> Mandate | Refusal:
        """No longer, by either side. From this commit on the carer can do nothing.

        Refused: `MANDATE_STATE`, `MANDATE_UNKNOWN`.
        """
        values = {"state": State.ENDED.value, "ended_at": self._clock.now(), "ended_by": person_id}
        wanted = MandateRow.state == State.ACTIVE.value
        return self._change(person_id, mandate_id, wanted, _Change(Event.MANDATE_ENDED, values))

    def list_for(self, person_id: UUID) -> list[Mandate]:
        """Every mandate this person is part of, newest first: at most a hundred."""
        mine = or_(MandateRow.represented_id == person_id, MandateRow.carer_id == person_id)
        wanted = select(MandateRow).where(mine).order_by(MandateRow.created_at.desc(), MandateRow.id).limit(MAX_LISTED)
        return [mandate_of(row) for row in self._session.scalars(wanted)]

    def find(self, person_id: UUID, mandate_id: UUID) -> Mandate | Refusal:
        """One of them; `MANDATE_UNKNOWN` for other people's, as for one that never was (AC-090)."""
        row = self._session.scalar(select(MandateRow).where(MandateRow.id == mandate_id, _theirs(person_id)))
        return Refusal(Code.MANDATE_UNKNOWN) if row is None else mandate_of(row)

    def _change(
        self, person_id: UUID, mandate_id: UUID, wanted: ColumnElement[bool], change: _Change
    ) -> Mandate | Refusal:
        row = self._session.scalars(
            update(MandateRow)
            .where(MandateRow.id == mandate_id, _theirs(person_id), wanted)
            .values(**change.values)
            .returning(MandateRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            found = self.find(person_id, mandate_id)
            return found if isinstance(found, Refusal) else Refusal(Code.MANDATE_STATE, found.state.value)
        mandate = mandate_of(row)
        write_down(self._trail, change.event, mandate, person_id)
        if change.event in {Event.MANDATE_ENDED, Event.MANDATE_DECLINED}:
            self._notices.tell(mandate.other_than(person_id), Notice.MANDATE_ENDED)
        elif change.event is Event.MANDATE_CONFIRMED:
            for either in (mandate.represented_id, mandate.carer_id):
                self._notices.tell(either, Notice.MANDATE_AGREED)
        return mandate

    def _room_for(self, represented: UUID, carer: UUID, held: UUID) -> Refusal | None:
        """Both rows are locked, always in one order: limits hold for parallel requests, too.

        So does the hold on whoever says yes (`held`), which may have begun a moment ago.
        """
        pair = (
            select(SubscriberRow.id, SubscriberRow.state, SubscriberRow.changes_locked_until)
            .where(SubscriberRow.id.in_([represented, carer]))
            .order_by(SubscriberRow.id)
            .with_for_update(key_share=True)
        )
        rows, now = self._session.execute(pair).all(), self._clock.now()
        if [state for _, state, _ in rows] != ["active", "active"]:
            return Refusal(Code.SUBSCRIBER_STATE)
        if any(until is not None and until > now for person_id, _, until in rows if person_id == held):
            return Refusal(Code.SUBSCRIBER_STATE, "held")
        standing = MandateRow.state.in_([State.PROPOSED.value, State.ACTIVE.value]) & (
            MandateRow.expires_at > self._clock.now()
        )
        ours, theirs = MandateRow.represented_id == represented, MandateRow.carer_id == carer
        counts = [
            select(func.count()).where(standing, *conditions).scalar_subquery()
            for conditions in ((ours, theirs), (ours,), (theirs,))
        ]
        between, carers, people = self._session.execute(select(*counts)).one()
        if between:
            return Refusal(Code.MANDATE_EXISTS)
        return Refusal(Code.MANDATE_LIMIT) if carers >= MAX_CARERS or people >= MAX_REPRESENTED else None


def _theirs(person_id: UUID) -> ColumnElement[bool]:
    return or_(MandateRow.represented_id == person_id, MandateRow.carer_id == person_id)
