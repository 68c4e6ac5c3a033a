"""Who must not decide a case: asked in the list and before every look and vote, as one condition in SQL.

Nobody decides about themself or their household, about what they had a hand in, about a case of their own centre; an
appeal goes to people who had none before (design sections 1 and 2). People are compared, not accounts.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, false, or_, select
from sqlalchemy.orm import aliased

from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.voters import Voter
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
from enrollment.centres.models import PostingRow
from enrollment.deduplication.models import HitRow

__all__ = ["barred", "concerned"]

DECIDING = tuple(
    event.value for event in (Event.ACCEPT, Event.FIND_DUPLICATE, Event.FIND_FRAUD, Event.RECAPTURE, Event.UPHOLD)
)
"""Steps that adjudicators make: for those their votes speak."""


def barred(by: Voter) -> ColumnElement[bool]:
    """True for a case (`adj_case` joined to its application) that is not for this voter; as `concerned`.

    Nor is one on which they voted, by whichever of their accounts.
    """
    voted = exists().where(VoteRow.case_id == AdjudicationRow.id, VoteRow.voter_id.in_(by.accounts))
    return or_(concerned(by), _earlier(by.accounts), voted)


def concerned(by: Voter) -> ColumnElement[bool]:
    """True for an application with which this voter has to do in another way than by a vote."""
    aid: Any = ApplicationRow.aid
    own: list[ColumnElement[bool]] = [
        ApplicationRow.subscriber_id.is_not(None) & ApplicationRow.subscriber_id.in_(by.linked),
        _kin(aid, by.linked),
        _had_a_hand(aid, by.accounts),
        _works_there(by.accounts),
    ]
    if by.actor.centre_id is not None:
        own.append(ApplicationRow.centre_id.is_not_distinct_from(by.actor.centre_id))
    if by.person_id is not None:
        own.append(ApplicationRow.person_id.is_not_distinct_from(by.person_id))
    return or_(*own, _among_candidates(by))


def _had_a_hand(aid: ColumnElement[str], me: Collection[UUID]) -> ColumnElement[bool]:
    """Opened it, saved, captured or granted something, took the consent, vouched, or made a step of it."""
    return or_(
        exists().where(EventRow.aid == aid, EventRow.actor_id.in_(me), EventRow.event.not_in(DECIDING)),
        exists().where(SectionRow.aid == aid, SectionRow.savers.overlap([*me])),
        exists().where(SampleRow.aid == aid, SampleRow.captured_by.in_(me)),
        exists().where(ExceptionRow.aid == aid, or_(ExceptionRow.noted_by.in_(me), ExceptionRow.granted_by.in_(me))),
        exists().where(ConsentRow.aid == aid, ConsentRow.taken_by.in_(me)),
        exists().where(VouchRow.aid == aid, VouchRow.introducer_id.in_(me)),
    )


def _kin(aid: ColumnElement[str], me: Collection[UUID]) -> ColumnElement[bool]:
    return exists().where(KinRow.aid == aid, KinRow.subscriber_id.in_(me))


def _works_there(me: Collection[UUID]) -> ColumnElement[bool]:
    """Worked at the centre on any day since the application was opened, or is going to."""
    return exists().where(
        PostingRow.subscriber_id.in_(me),
        PostingRow.centre_id == ApplicationRow.centre_id,
        PostingRow.last_day >= cast(ApplicationRow.opened_at, Date),
        or_(PostingRow.ended_at.is_(None), PostingRow.ended_at > ApplicationRow.opened_at),
    )


def _earlier(me: Collection[UUID]) -> ColumnElement[bool]:
    """Voted on this application in another round, where that matters."""
    before = exists().where(
        VoteRow.aid == AdjudicationRow.aid, VoteRow.voter_id.in_(me), VoteRow.case_id != AdjudicationRow.id
    )
    return before & or_(AdjudicationRow.appeal, AdjudicationRow.known)


def _among_candidates(by: Voter) -> ColumnElement[bool]:
    """One of those found is theirs, of their household, or was captured by them."""
    person_id, other = by.person_id, aliased(ApplicationRow)
    theirs: Any = other.aid
    concerned = (
        select(other.aid)
        .where(
            or_(other.aid == HitRow.candidate, other.person_id == HitRow.person_id),
            other.aid != ApplicationRow.aid,
            or_(other.subscriber_id.in_(by.linked), _kin(theirs, by.linked), _had_a_hand(theirs, by.accounts)),
        )
        .correlate(HitRow, ApplicationRow)
        .exists()
    )
    myself = false() if person_id is None else HitRow.person_id.is_not_distinct_from(person_id)
    return exists().where(HitRow.aid == ApplicationRow.aid, or_(myself, concerned)).correlate(ApplicationRow)
