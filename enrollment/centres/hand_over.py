"""Handing over: an officer gives work and station to another of the same centre, who has to take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.centres.actors import Actor, AreOne, Role
from enrollment.centres.models import HandOverRow
from enrollment.centres.permissions import Action, Desk, said
from enrollment.centres.staff import Staff
from enrollment.errors import Code, Refusal
from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["LIFE", "CasesInHand", "HandOver", "HandOverState", "HandOvers"]

LIFE = timedelta(hours=2)
MAX_LISTED = 100


class CasesInHand(Protocol):
    """The open cases of an officer; fulfilled by `enrollment.cases`."""

    def pass_on(self, centre_id: UUID, giver_id: UUID, taker_id: UUID) -> int:
        """Give every case that the giver has in capture at this centre to the taker, and say how many.

        In the transaction that is open, with an event and an audit row for each.
        """
        ...


class NoCases:
    """Nobody has any: for what runs without the room of cases."""

    def pass_on(self, centre_id: UUID, giver_id: UUID, taker_id: UUID) -> int:
        """None passed on."""
        del centre_id, giver_id, taker_id
        return 0


class HandOverState(StrEnum):
    """Where it is. `OVER` is written when the next is offered; that it is over the clock says."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class HandOver:
    """That `giver_id` gives `station_id`, if any, and open cases to `taker_id`; `cases` is how many went over."""

    id: UUID
    centre_id: UUID
    station_id: UUID | None
    giver_id: UUID
    taker_id: UUID
    day: date
    offered_at: datetime
    state: HandOverState
    cases: int | None

    @property
    def expires_at(self) -> datetime:
        """When an offer that nobody took is over."""
        return self.offered_at + LIFE


class HandOvers:
    """Offers and takes, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        staff: Staff,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        *,
        are_one: AreOne,
        cases: CasesInHand | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        self._session = session
        self._staff = staff
        self._clock = clock
        self._entropy = entropy
        self._desk = Desk(trail)
        self._cases = cases or NoCases()
        self._zone = zone
        self._are_one = are_one

    def offer(self, by: Actor, giver_id: UUID, taker_id: UUID) -> HandOver | Refusal:
        """Offer what an officer has in hand to another officer of the centre. A newer offer replaces an older one.

        By the officer, or by a supervisor of the centre when the officer had to leave. It waits two hours. Refused:
        `ENR_ROLE`, `ENR_FOUREYES` (whoever offers is the taker), `ENR_SCHEMA` (giver and taker are one), `ENR_UNKNOWN`
        (either is no officer posted at this centre today), `ENR_STATE` (another offer at this moment).
        """
        refusal = self._desk.permits(by, Action.HAND_OVER, by.centre_id)
        if refusal is not None:
            return refusal
        if by.subscriber_id != giver_id and not by.holds(Role.SUPERVISOR):
            return self._desk.refuse(by, Action.HAND_OVER, Code.ENR_ROLE, "giver", giver_id)
        if self._are_one(by.subscriber_id, taker_id):
            return self._desk.refuse(by, Action.HAND_OVER, Code.ENR_FOUREYES, "taker", giver_id)
        if giver_id == taker_id:
            return Refusal(Code.ENR_SCHEMA, "taker")
        now = self._clock.now()
        giver, taker = (self._officer(one, by.centre_id, now) for one in (giver_id, taker_id))
        if giver is None or taker is None or giver.centre_id is None:
            return Refusal(Code.ENR_UNKNOWN, "giver" if giver is None else "taker")
        earlier = (HandOverRow.giver_id == giver_id) & (HandOverRow.state == HandOverState.OFFERED.value)
        self._session.execute(update(HandOverRow).where(earlier).values(state=HandOverState.OVER.value, ended_at=now))
        row = self._session.scalars(
            insert(HandOverRow)
            .values(
                id=self._entropy.uuid(),
                centre_id=giver.centre_id,
                station_id=giver.station_id,
                giver_id=giver_id,
                taker_id=taker_id,
                day=self._day(now),
                offered_by=by.reference,
                offered_at=now,
                state=HandOverState.OFFERED.value,
            )
            .on_conflict_do_nothing()
            .returning(HandOverRow)
        ).one_or_none()
        if row is None:
            return Refusal(Code.ENR_STATE, "offered")
        self._desk.write(
            Event.STAFF_HAND_OVER_OFFERED,
            by,
            hand_over=str(row.id),
            centre=str(row.centre_id),
            station=said(row.station_id),
            giver=str(giver_id),
            taker=str(taker_id),
        )
        return _hand_over(row)

    def take(self, by: Actor, hand_over_id: UUID) -> HandOver | Refusal:
        """Yes: from this commit on the station and the open cases are the taker's. Of any number at once one happens.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN` (offered to somebody else, or no longer posted at that centre),
        `ENR_EXPIRED`, `ENR_STATE` (over, or the giver is not at that `station` any more).
        """
        refusal = self._desk.permits(by, Action.HAND_OVER, by.centre_id)
        if refusal is not None:
            return refusal
        now = self._clock.now()
        found = self._find(hand_over_id, HandOverRow.taker_id == by.subscriber_id)
        if isinstance(found, Refusal) or found.centre_id != by.centre_id or not by.holds(Role.OFFICER):
            return self._desk.refuse(by, Action.HAND_OVER, Code.ENR_UNKNOWN, "hand_over")
        if found.state is HandOverState.OFFERED and (found.expires_at <= now or found.day != self._day(now)):
            return Refusal(Code.ENR_EXPIRED)
        giver = self._staff.actor(found.giver_id, now)
        if isinstance(giver, Actor) and giver.station_id != found.station_id:
            return Refusal(Code.ENR_STATE, "station")
        ended = self._end(found, HandOverState.TAKEN, now)
        if isinstance(ended, Refusal):
            return ended
        cases = self._cases.pass_on(found.centre_id, found.giver_id, found.taker_id)
        self._session.execute(update(HandOverRow).where(HandOverRow.id == found.id).values(cases=cases))
        self._said(by, found, HandOverState.TAKEN, cases)
        return self._find(hand_over_id, HandOverRow.id == hand_over_id)

    def decline(self, by: Actor, hand_over_id: UUID) -> HandOver | Refusal:
        """No, by the taker. Refused: `ENR_UNKNOWN`, `ENR_STATE`."""
        return self._stop(by, hand_over_id, HandOverRow.taker_id == by.subscriber_id, HandOverState.DECLINED)

    def withdraw(self, by: Actor, hand_over_id: UUID) -> HandOver | Refusal:
        """Taken back by the giver, or by whoever offered it. Refused: `ENR_UNKNOWN`, `ENR_STATE`."""
        own = or_(HandOverRow.giver_id == by.subscriber_id, HandOverRow.offered_by == by.reference)
        return self._stop(by, hand_over_id, own, HandOverState.WITHDRAWN)

    def waiting_for(self, taker_id: UUID) -> list[HandOver]:
        """What is offered to somebody and can be taken now, oldest first."""
        now = self._clock.now()
        wanted = (
            select(HandOverRow)
            .where(
                HandOverRow.taker_id == taker_id,
                HandOverRow.state == HandOverState.OFFERED.value,
                HandOverRow.day == self._day(now),
                HandOverRow.offered_at > now - LIFE,
            )
            .order_by(HandOverRow.offered_at, HandOverRow.id)
            .limit(MAX_LISTED)
        )
        return [_hand_over(row) for row in self._session.scalars(wanted)]

    def offered_by(self, by: Actor) -> list[HandOver]:
        """What is offered of the actor's own, or by the actor for somebody, and not taken yet; oldest first."""
        now = self._clock.now()
        wanted = (
            select(HandOverRow)
            .where(
                or_(HandOverRow.giver_id == by.subscriber_id, HandOverRow.offered_by == by.reference),
                HandOverRow.state == HandOverState.OFFERED.value,
                HandOverRow.day == self._day(now),
                HandOverRow.offered_at > now - LIFE,
            )
            .order_by(HandOverRow.offered_at, HandOverRow.id)
            .limit(MAX_LISTED)
        )
        return [_hand_over(row) for row in self._session.scalars(wanted)]

    def _officer(self, subscriber_id: UUID, centre_id: UUID | None, now: datetime) -> Actor | None:
        found = self._staff.actor(subscriber_id, now)
        there = isinstance(found, Actor) and found.holds(Role.OFFICER) and found.centre_id == centre_id
        return found if isinstance(found, Actor) and there else None

    def _day(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()

    def _find(self, hand_over_id: UUID, whose: ColumnElement[bool]) -> HandOver | Refusal:
        wanted = select(HandOverRow).where(HandOverRow.id == hand_over_id, whose)
        row = self._session.scalar(wanted.execution_options(populate_existing=True))
        return Refusal(Code.ENR_UNKNOWN) if row is None else _hand_over(row)

    def _stop(
        self, by: Actor, hand_over_id: UUID, whose: ColumnElement[bool], state: HandOverState
    ) -> HandOver | Refusal:
        found = self._find(hand_over_id, whose)
        ended = found if isinstance(found, Refusal) else self._end(found, state, self._clock.now())
        if isinstance(ended, HandOver):
            self._said(by, ended, state, None)
        return ended

    def _end(self, found: HandOver, state: HandOverState, now: datetime) -> HandOver | Refusal:
        row = self._session.scalars(
            update(HandOverRow)
            .where(HandOverRow.id == found.id, HandOverRow.state == HandOverState.OFFERED.value)
            .values(state=state.value, ended_at=now)
            .returning(HandOverRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        return Refusal(Code.ENR_STATE) if row is None else _hand_over(row)

    def _said(self, by: Actor, found: HandOver, state: HandOverState, cases: int | None) -> None:
        self._desk.write(Event.STAFF_HAND_OVER_ENDED, by, hand_over=str(found.id), state=state.value, cases=cases)


def _hand_over(row: HandOverRow) -> HandOver:
    return HandOver(
        row.id,
        row.centre_id,
        row.station_id,
        row.giver_id,
        row.taker_id,
        row.day,
        row.offered_at,
        HandOverState(row.state),
        row.cases,
    )
