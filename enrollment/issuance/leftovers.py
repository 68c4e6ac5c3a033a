"""What is left of applications that led to nothing is forgotten in its time; and bodies, when they are erased.

Retention of design section 6: rejected applications a year, so that an appeal finds what was decided on. What was given
up or never begun has no use for anybody, and goes within weeks. Events, figures and the audit trail stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from enrollment.capture.forgetting import Forgetting
from enrollment.cases import State
from enrollment.cases.models import ApplicationRow, ExceptionRow, KinRow, SectionRow
from enrollment.cases.sections import Status
from enrollment.gallery import Entries
from idp.audit import AuditEvent, Event, Trail
from idp.database import Session
from idp.keys.models import PersonKeyRow

__all__ = ["Leftovers", "RetentionPolicy"]

_REJECTED = frozenset({State.REJECTED_CENTRE, State.REJECTED_DUPLICATE, State.REJECTED_FRAUD})
_GIVEN_UP = frozenset({State.CANCELLED, State.PRE_EXPIRED})


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long what was captured outlives an application's end, by that end."""

    rejected: timedelta = timedelta(days=365)
    given_up: timedelta = timedelta(days=30)


class Leftovers:
    """Forgets, in the caller's transaction. Bears repeating."""

    def __init__(
        self,
        session: Session,
        forgetting: Forgetting,
        entries: Entries,
        trail: Trail,
        policy: RetentionPolicy | None = None,
    ) -> None:
        self._session = session
        self._forgetting = forgetting
        self._entries = entries
        self._trail = trail
        self._policy = policy or RetentionPolicy()

    def forget_due(self, now: datetime, most: int) -> int:
        """Forget at most so many applications whose time is over; how many. Those in hand are passed over."""
        due = or_(
            and_(_among(_REJECTED), ApplicationRow.changed_at < now - self._policy.rejected),
            and_(_among(_GIVEN_UP), ApplicationRow.changed_at < now - self._policy.given_up),
        )
        something = exists().where(SectionRow.aid == ApplicationRow.aid, SectionRow.sealed.is_not(None))
        rows = self._session.execute(
            select(ApplicationRow.aid, ApplicationRow.subject_key_id)
            .where(due, something)
            .limit(most)
            .with_for_update(of=ApplicationRow, skip_locked=True)
        ).all()
        for row in rows:
            self._forget(row.aid, row.subject_key_id)
        if rows:
            # Last, since other changes of the gallery wait from here on.
            self._entries.withdraw([row.subject_key_id for row in rows])
        return len(rows)

    def erase_bodies(self, people: Collection[UUID], applications: Mapping[str, UUID]) -> int:
        """Nothing of these bodies is kept or searched any more: they are erased, or took their consent back.

        `applications` are all that were captured of them: number -> whose keys seal it. How many samples and pictures
        there were. What else hangs on it (level, ways to sign in) is the caller's.
        """
        gone = 0
        for aid in applications:
            count = self._forgetting.forget(aid)
            self._told(aid, count)
            gone += count
        searched = [self._entries.subjects_of(person_id) for person_id in people]
        self._entries.withdraw(frozenset().union(applications.values(), *searched))
        return gone

    def _forget(self, aid: str, subject_key_id: UUID) -> None:
        gone = self._forgetting.forget(aid)
        self._session.execute(delete(ExceptionRow).where(ExceptionRow.aid == aid))
        self._session.execute(delete(KinRow).where(KinRow.aid == aid))
        emptied = {"sealed": None, "flag": None, "status": Status.EMPTY.value}
        self._session.execute(
            update(SectionRow).where(SectionRow.aid == aid).values(emptied).execution_options(synchronize_session=False)
        )
        # Backups hold the sealed bytes for a while: without the key they are noise.
        self._session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id == subject_key_id))
        self._told(aid, gone)

    def _told(self, aid: str, gone: int) -> None:
        self._trail.append(AuditEvent(Event.ENROLMENT_FORGOTTEN, actor="system", body={"aid": aid, "samples": gone}))


def _among(states: frozenset[State]) -> ColumnElement[bool]:
    return ApplicationRow.state.in_([state.value for state in states])
