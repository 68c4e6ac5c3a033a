"""The applicant's consent to the capture: to which text, in which language, how it was said, whether it still holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, update

from enrollment.cases.contents import Sections
from enrollment.cases.models import ConsentRow
from enrollment.cases.orders import reference_of
from enrollment.cases.sections import Section
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Consent", "Consents", "How"]

_VERSION = re.compile(r"[a-z0-9][a-z0-9.\-]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_TAKERS = (Role.OFFICER,)


class How(StrEnum):
    """How it was said: by signature on the second screen, aloud after it was read out, by the guardian of a child."""

    SIGNED = "signed"
    SPOKEN = "spoken"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent that holds."""

    text_version: str
    language: str
    how: How
    given_at: datetime


class Consents:
    """Takes consents down, in the caller's transaction."""

    def __init__(self, session: Session, sections: Sections, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._sections = sections
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def give(self, by: Actor, aid: str, text_version: str, language: str, how: How) -> Consent | Refusal:
        """The applicant agreed, before this officer. The same again changes nothing; another replaces it.

        Refused: as `Sections.save_field`, and `ENR_SCHEMA` (no such version or language can be).
        """
        if not _VERSION.fullmatch(text_version) or not _LANGUAGE.fullmatch(language):
            return Refusal(Code.ENR_SCHEMA, "consent")
        case = self._sections.reach(by, aid, "consent", _TAKERS)
        if isinstance(case, Refusal):
            return case
        held = self.held(aid)
        if held is not None and (held.text_version, held.language, held.how) == (text_version, language, how):
            return held
        now = self._clock.now()
        self._end(aid)
        values = {"text_version": text_version, "language": language, "how": how.value, "given_at": now}
        row = {"id": self._entropy.uuid(), "aid": aid, "taken_by": by.subscriber_id, **values}
        self._session.execute(insert(ConsentRow).values(row))
        self._sections.touch(by, case, Section.CONSENT)
        body = {"aid": aid, "text": text_version, "language": language, "how": how.value}
        self._trail.append(
            AuditEvent(Event.ENROLMENT_CONSENTED, subscriber_id=case.subscriber_id, actor=reference_of(by), body=body)
        )
        return Consent(text_version, language, how, now)

    def withdraw(self, by: Actor, aid: str) -> Refusal | None:
        """The applicant takes it back: nothing can be signed. What was captured goes with the application's end."""
        case = self._sections.reach(by, aid, "consent", _TAKERS)
        if isinstance(case, Refusal):
            return case
        if self.held(aid) is None:
            return Refusal(Code.ENR_STATE, Section.CONSENT.value)
        self._end(aid)
        self._sections.touch(by, case, Section.CONSENT)
        self._trail.append(
            AuditEvent(
                Event.ENROLMENT_CONSENT_WITHDRAWN,
                subscriber_id=case.subscriber_id,
                actor=reference_of(by),
                body={"aid": aid},
            )
        )
        return None

    def held(self, aid: str) -> Consent | None:
        """The consent that holds, for whoever reached the application."""
        wanted = select(ConsentRow).where(ConsentRow.aid == aid, ConsentRow.withdrawn_at.is_(None))
        row = self._session.scalar(wanted.execution_options(populate_existing=True))
        return None if row is None else Consent(row.text_version, row.language, How(row.how), row.given_at)

    def _end(self, aid: str) -> None:
        self._session.execute(
            update(ConsentRow)
            .where(ConsentRow.aid == aid, ConsentRow.withdrawn_at.is_(None))
            .values(withdrawn_at=self._clock.now())
            .execution_options(synchronize_session=False)
        )
