"""Who must not decide a case: asked in the list and before every look and vote, as one condition in SQL.

Nobody decides about themself or their household, about what they had a hand in, about a case of their own centre; an
appeal goes to people who had none before (design sections 1 and 2).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, false, or_, select
from sqlalchemy.orm import aliased

from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.capture.models import SampleRow
from enrollment.cases import Event
from enrollment.cases.models import (
    ApplicationRow,
    ConsentRow,
    EventRow,
    ExceptionRow,
    KinRow,
    SectionRow,
    VouchRow,
)
from enrollment.centres.actors import Actor
from enrollment.centres.models import PostingRow
from enrollment.deduplication.models import HitRow

__all__ = ["barred", "concerned"]

DECIDING = tuple(
    event.value for event in (Event.ACCEPT, Event.FIND_DUPLICATE, Event.FIND_FRAUD, Event.RECAPTURE, Event.UPHOLD)
)
"""Steps that adjudicators make: for those their votes speak."""


def barred(by: Actor, person_id: UUID | None) -> ColumnElement[bool]:
    """True for a case (`adj_case` joined to its application) that is not for this actor; as `concerned`."""
    return or_(concerned(by, person_id), _earlier(by.subscriber_id))


def concerned(by: Actor, person_id: UUID | None) -> ColumnElement[bool]:
    """True for an application with which this actor has to do in another way than by a vote.

    `person_id` is whose account theirs is, if anybody's of the register.
    """
    me = by.subscriber_id
    aid: Any = ApplicationRow.aid
    own: list[ColumnElement[bool]] = [
        ApplicationRow.subscriber_id.is_not_distinct_from(me),
        _kin(aid, me),
        _had_a_hand(aid, me),
        _works_there(me),
    ]
    if by.centre_id is not None:
        own.append(ApplicationRow.centre_id.is_not_distinct_from(by.centre_id))
    if person_id is not None:
        own.append(ApplicationRow.person_id.is_not_distinct_from(person_id))
    return or_(*own, _among_candidates(me, person_id))


def _had_a_hand(aid: ColumnElement[str], me: UUID) -> ColumnElement[bool]:
    """Opened it, saved, captured or granted something, took the consent, vouched, or made a step of it."""
    return or_(
        exists().where(EventRow.aid == aid, EventRow.actor_id == me, EventRow.event.not_in(DECIDING)),
        exists().where(SectionRow.aid == aid, SectionRow.savers.contains([me])),
        exists().where(SampleRow.aid == aid, SampleRow.captured_by == me),
        exists().where(ExceptionRow.aid == aid, or_(ExceptionRow.noted_by == me, ExceptionRow.granted_by == me)),
        exists().where(ConsentRow.aid == aid, ConsentRow.taken_by == me),
        exists().where(VouchRow.aid == aid, VouchRow.introducer_id == me),
    )


def _kin(aid: ColumnElement[str], me: UUID) -> ColumnElement[bool]:
    return exists().where(KinRow.aid == aid, KinRow.subscriber_id == me)


def _works_there(me: UUID) -> ColumnElement[bool]:
    """Worked at the centre on any day since the application was opened, or is going to."""
    return exists().where(
        PostingRow.subscriber_id == me,
        PostingRow.centre_id == ApplicationRow.centre_id,
        PostingRow.last_day >= cast(ApplicationRow.opened_at, Date),
        or_(PostingRow.ended_at.is_(None), PostingRow.ended_at > ApplicationRow.opened_at),
    )


def _earlier(me: UUID) -> ColumnElement[bool]:
    """Voted on this application in another round, where that matters."""
    before = exists().where(
        VoteRow.aid == AdjudicationRow.aid, VoteRow.voter_id == me, VoteRow.case_id != AdjudicationRow.id
    )
    return before & or_(AdjudicationRow.appeal, AdjudicationRow.known)


def _among_candidates(me: UUID, person_id: UUID | None) -> ColumnElement[bool]:
    """One of those found is theirs, of their household, or was captured by them."""
    other = aliased(ApplicationRow)
    theirs: Any = other.aid
    concerned = (
        select(other.aid)
        .where(
            or_(other.aid == HitRow.candidate, other.person_id == HitRow.person_id),
            other.aid != ApplicationRow.aid,
            or_(other.subscriber_id == me, _kin(theirs, me), _had_a_hand(theirs, me)),
        )
        .correlate(HitRow, ApplicationRow)
        .exists()
    )
    myself = false() if person_id is None else HitRow.person_id.is_not_distinct_from(person_id)
    return exists().where(HitRow.aid == ApplicationRow.aid, or_(myself, concerned)).correlate(ApplicationRow)
