"""Which applications are a person's, those too that led to no record: refused as a second one, or never sent.

An application that adjudicators found to be of somebody who has a number already holds that person's face and fingers.
So does one that was found to be a fraud. Where fingers of somebody else were mixed in, the application is not theirs.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from enrollment.adjudication.models import AdjudicationRow
from enrollment.cases import Kind, State
from enrollment.cases.models import ApplicationRow
from enrollment.cases.reasons import Reason
from enrollment.cases.transitions import Event
from enrollment.deduplication.models import HitRow, SearchRow
from idp.database import Session

__all__ = ["applications_of"]

_REFUSED = (State.REJECTED_DUPLICATE.value, State.REJECTED_FRAUD.value)
_FOUND = (Event.FIND_DUPLICATE.value, Event.FIND_FRAUD.value)
_AT_HOME = (State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED, State.PRE_EXPIRED, State.CANCELLED)


def applications_of(session: Session, people: Collection[UUID], accounts: Collection[UUID] = ()) -> dict[str, UUID]:
    """The applications of these people: number -> whose keys seal it.

    `accounts`: with what these began at home and never brought to a record; not what is about a child.
    """
    row = ApplicationRow
    homely = and_(
        row.subscriber_id.in_(accounts),
        row.person_id.is_(None),
        row.kind != Kind.CHILD.value,
        row.state.in_([state.value for state in _AT_HOME]),
    )
    theirs = or_(row.person_id.in_(people), row.aid.in_(_refused_as(people)), homely)
    rows = session.execute(select(row.aid, row.subject_key_id).where(theirs).order_by(row.aid))
    return {found.aid: found.subject_key_id for found in rows}


def _refused_as(people: Collection[UUID]) -> Select[str]:
    """Applications that were refused because the applicant is one of these people, by what adjudicators looked at."""
    mine, other, last = ApplicationRow, aliased(ApplicationRow), aliased(SearchRow)
    newest = select(func.max(last.attempt)).where(last.aid == HitRow.aid).scalar_subquery()
    return (
        select(AdjudicationRow.aid)
        .join(mine, mine.aid == AdjudicationRow.aid)
        .join(HitRow, and_(HitRow.aid == AdjudicationRow.aid, HitRow.rank == AdjudicationRow.rank))
        .outerjoin(other, other.aid == HitRow.candidate)
        .where(
            ~AdjudicationRow.known,
            AdjudicationRow.outcome.in_(_FOUND),
            AdjudicationRow.reason.is_distinct_from(Reason.MIX_UP.value),
            HitRow.attempt == newest,
            mine.state.in_(_REFUSED),
            or_(HitRow.person_id.in_(people), other.person_id.in_(people)),
        )
    )
