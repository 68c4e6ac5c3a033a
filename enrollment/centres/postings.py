"""Postings: who works at which centre, at which station, on which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update

from enrollment.centres.actors import Actor, AreOne
from enrollment.centres.models import CentreRow, PostingRow, StationRow
from enrollment.centres.permissions import Action, Desk, said
from enrollment.centres.staff import is_member, posted_on
from enrollment.errors import Code, Refusal
from idp.audit import Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.subscribers.models import SubscriberRow

__all__ = ["MAX_DAYS", "Days", "Posting", "Postings"]

MAX_DAYS = 366
MAX_LISTED = 500


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """How many; below 1 when they are the wrong way round."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Posting:
    """That somebody works at a centre on these days, unless it ended before."""

    id: UUID
    subscriber_id: UUID
    centre_id: UUID
    station_id: UUID | None
    days: Days
    ended_at: datetime | None


class Postings:
    """Keeps postings, in the caller's transaction. `zone` says when a day begins."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        zone: tzinfo = UTC,
        *,
        are_one: AreOne,
    ) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._desk = Desk(trail)
        self._zone = zone
        self._are_one = are_one

    def post(
        self, by: Actor, subscriber_id: UUID, centre_id: UUID, days: Days, station_id: UUID | None = None
    ) -> Posting | Refusal:
        """Post somebody else, for at most 366 days from today on.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN` (a supervisor's at another centre; no such member of staff or centre),
        `ENR_FOUREYES` (oneself), `ENR_SCHEMA` (`days`), `ENR_STATE` (centre closed), `ENR_DEVICE` (no active station of
        this centre), `ENR_EXISTS` (posted on one of these days).
        """
        refusal = self._desk.permits(by, Action.POST_STAFF, centre_id)
        if refusal is not None:
            return refusal
        if self._are_one(by.subscriber_id, subscriber_id):
            return self._desk.refuse(by, Action.POST_STAFF, Code.ENR_FOUREYES, "oneself", subscriber_id)
        if not 1 <= days.count <= MAX_DAYS or days.first < self._today():
            return Refusal(Code.ENR_SCHEMA, "days")
        refusal = self._place(centre_id, station_id) or self._free(subscriber_id, days)
        if refusal is not None:
            return refusal
        row = self._session.scalars(
            insert(PostingRow)
            .values(
                id=self._entropy.uuid(),
                subscriber_id=subscriber_id,
                centre_id=centre_id,
                station_id=station_id,
                first_day=days.first,
                last_day=days.last,
                posted_by=by.reference,
                posted_at=self._clock.now(),
            )
            .returning(PostingRow)
        ).one()
        self._desk.write(
            Event.STAFF_POSTED,
            by,
            posting=str(row.id),
            person=str(subscriber_id),
            centre=str(centre_id),
            station=said(station_id),
            first_day=days.first.isoformat(),
            last_day=days.last.isoformat(),
        )
        return _posting(row)

    def end(self, by: Actor, posting_id: UUID) -> Posting | Refusal:
        """End it now. Refused: `ENR_ROLE`, `ENR_UNKNOWN` (for a supervisor also another centre's), `ENR_STATE`."""
        found = self.find(posting_id)
        centre_id = None if isinstance(found, Refusal) else found.centre_id
        refusal = self._desk.permits(by, Action.POST_STAFF, centre_id)
        if refusal is not None:
            return refusal
        row = self._session.scalars(
            update(PostingRow)
            .where(PostingRow.id == posting_id, PostingRow.ended_at.is_(None), PostingRow.last_day >= self._today())
            .values(ended_at=self._clock.now(), ended_by=by.reference)
            .returning(PostingRow)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            return found if isinstance(found, Refusal) else Refusal(Code.ENR_STATE)
        self._desk.write(
            Event.STAFF_POSTING_ENDED,
            by,
            posting=str(row.id),
            person=str(row.subscriber_id),
            centre=str(row.centre_id),
        )
        return _posting(row)

    def find(self, posting_id: UUID) -> Posting | Refusal:
        """One of them. Refused: `ENR_UNKNOWN`."""
        row = self._session.get(PostingRow, posting_id, populate_existing=True)
        return Refusal(Code.ENR_UNKNOWN) if row is None else _posting(row)

    def at_centre(self, centre_id: UUID, day: date) -> list[Posting]:
        """Who is posted there on a day, as of now."""
        return self._listed((PostingRow.centre_id == centre_id) & posted_on(day))

    def of_person(self, subscriber_id: UUID) -> list[Posting]:
        """Somebody's postings of today and later, those that ended early not included."""
        return self._listed(
            (PostingRow.subscriber_id == subscriber_id)
            & (PostingRow.last_day >= self._today())
            & PostingRow.ended_at.is_(None)
        )

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _listed(self, which: ColumnElement[bool]) -> list[Posting]:
        wanted = select(PostingRow).where(which).order_by(PostingRow.first_day, PostingRow.id).limit(MAX_LISTED)
        return [_posting(row) for row in self._session.scalars(wanted.execution_options(populate_existing=True))]

    def _place(self, centre_id: UUID, station_id: UUID | None) -> Refusal | None:
        status = self._session.scalar(select(CentreRow.status).where(CentreRow.id == centre_id))
        if status != "open":
            return Refusal(Code.ENR_UNKNOWN if status is None else Code.ENR_STATE, "centre")
        if station_id is None:
            return None
        there = (StationRow.id == station_id) & (StationRow.centre_id == centre_id) & (StationRow.status == "active")
        return None if self._session.scalar(select(StationRow.id).where(there)) else Refusal(Code.ENR_DEVICE)

    def _free(self, subscriber_id: UUID, days: Days) -> Refusal | None:
        """The account's row is held: two postings at once cannot overlap."""
        held = select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id, is_member())
        if self._session.scalar(held.with_for_update(key_share=True)) is None:
            return Refusal(Code.ENR_UNKNOWN, "person")
        overlapping = select(PostingRow.id).where(
            PostingRow.subscriber_id == subscriber_id,
            PostingRow.ended_at.is_(None),
            PostingRow.first_day <= days.last,
            PostingRow.last_day >= days.first,
        )
        return Refusal(Code.ENR_EXISTS, "posting") if self._session.scalar(overlapping.limit(1)) else None


def _posting(row: PostingRow) -> Posting:
    days = Days(row.first_day, row.last_day)
    return Posting(row.id, row.subscriber_id, row.centre_id, row.station_id, days, row.ended_at)
