"""Introducers: enrolled people who, by their own factor, say who somebody without documents is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.access import Access, Wish
from enrollment.cases.case import Case, Kind, State
from enrollment.cases.contents import Sections
from enrollment.cases.models import VouchRow
from enrollment.cases.orders import reference_of
from enrollment.cases.people import People
from enrollment.cases.policy import CasePolicy
from enrollment.cases.sections import Section
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.subscribers.models import SubscriberRow

__all__ = ["Introducers", "Relation"]


class Relation(StrEnum):
    """How the introducer knows the applicant; `relative` may be used once in an application, by one person."""

    CHIEF = "chief"
    TEACHER = "teacher"
    RELIGIOUS = "religious"
    HEALTH_WORKER = "health_worker"
    NEIGHBOUR = "neighbour"
    RELATIVE = "relative"


class Introducers:
    """Takes vouches down, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        access: Access,
        people: People,
        sections: Sections,
        clock: Clock,
        trail: Trail,
        policy: CasePolicy | None = None,
    ) -> None:
        self._session = session
        self._access = access
        self._people = people
        self._sections = sections
        self._clock = clock
        self._trail = trail
        self._policy = policy or CasePolicy()

    def vouch(self, by: Actor, aid: str, relation: Relation, factor_at: datetime | None) -> Refusal | None:
        """The introducer says: I know who this is. `factor_at` is when they proved to be themself, in these minutes.

        Refused: as `Access.reach`, `ENR_STATE` (not captured now, an account that is not active), `ENR_FOUREYES` (they
        captured it, or a relative vouched already and this is another), `ENR_GUARD` (no fresh factor; twenty in thirty
        days), `ENR_EXISTS` (they vouched for it already, by any account).
        """
        case = self._access.reach(by, aid, Wish("vouch", (Role.INTRODUCER,), lock=True))
        if isinstance(case, Refusal):
            return case
        refusal = self._refusal(by, case, relation, factor_at)
        if refusal is not None:
            return self._access.refuse(by, aid, "vouch", refusal, case)
        values = {"aid": aid, "introducer_id": by.subscriber_id, "relation": relation.value, "at": self._clock.now()}
        added = insert(VouchRow).values(values).on_conflict_do_nothing().returning(VouchRow.aid)
        if self._session.scalar(added) is None:
            return self._access.refuse(by, aid, "vouch", Refusal(Code.ENR_EXISTS, "vouch"), case)
        self._sections.touch(None, case, Section.INTRODUCER)
        body = {"aid": aid, "relation": relation.value}
        self._trail.append(
            AuditEvent(Event.ENROLMENT_VOUCHED, subscriber_id=by.subscriber_id, actor=reference_of(by), body=body)
        )
        return None

    def used(self, by: Actor) -> int:
        """How many of the allowed vouches of the last thirty days are used."""
        since = self._clock.now() - self._policy.vouches_within
        counted = select(func.count()).where(VouchRow.introducer_id == by.subscriber_id, VouchRow.at > since)
        return self._session.execute(counted).scalar_one()

    def _refusal(self, by: Actor, case: Case, relation: Relation, factor_at: datetime | None) -> Refusal | None:
        if case.state is not State.CAPTURING or case.kind is Kind.DEATH:
            return Refusal(Code.ENR_STATE, case.state.value)
        now = self._clock.now()
        if factor_at is None or not now - self._policy.factor_fresh <= factor_at <= now:
            return Refusal(Code.ENR_GUARD, "fresh_factor")
        if self._people.among(by.subscriber_id, self._access.captors(case.aid)):
            return Refusal(Code.ENR_FOUREYES, "captured")
        if self._people.among(by.subscriber_id, self._access.introducers(case.aid) - {by.subscriber_id}):
            return Refusal(Code.ENR_EXISTS, "vouch")
        # The account's row is held, so that the limit stands for parallel requests, too.
        account = (
            select(SubscriberRow.state).where(SubscriberRow.id == by.subscriber_id).with_for_update(key_share=True)
        )
        if self._session.scalar(account) != "active":
            return Refusal(Code.ENR_STATE, "introducer")
        relatives = select(func.count()).where(
            VouchRow.aid == case.aid,
            VouchRow.relation == Relation.RELATIVE.value,
            VouchRow.introducer_id != by.subscriber_id,
        )
        if relation is Relation.RELATIVE and self._session.execute(relatives).scalar_one():
            return Refusal(Code.ENR_FOUREYES, Relation.RELATIVE.value)
        return Refusal(Code.ENR_GUARD, "vouches") if self.used(by) >= self._policy.vouches else None
