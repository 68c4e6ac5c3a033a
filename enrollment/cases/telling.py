"""Telling applicants what became of their application: when something is decided, and never later than in seven days.

Messages name no person and carry the end of the application's number alone: a mistyped telephone number gives nobody
away. What is told once is not told again by a job that runs twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.access import Wish
from enrollment.cases.case import Case, Kind, State
from enrollment.cases.casefile import Step
from enrollment.cases.desk import Cases
from enrollment.cases.models import ApplicationRow, TellingRow
from enrollment.cases.orders import Hand, Task
from enrollment.cases.sections import Section
from enrollment.cases.transitions import NUMBERED
from enrollment.errors import Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session
from idp.notices import Contact, Notice, Notices
from idp.outbox import Channel

__all__ = ["AT_A_TIME", "Telling", "TellingPolicy"]

_TASK = Task("tell")
_WISH = Wish("tell", (Hand.SYSTEM,), lock=True)
# As many applications are held while their messages are written.
AT_A_TIME = 20
_ENDING = 4

# The events that are news, and the word of the message for each.
_NEWS: Mapping[str, str] = MappingProxyType(
    {
        "receive": "received",
        "take_in": "received",
        "send_back": "returned",
        "recapture": "recapture",
        "reject": "refused",
        "uphold": "refused",
        "find_duplicate": "refused",
        "find_fraud": "refused",
        "issue": "issued",
        "bind": "issued",
    }
)
# Whose turn it is to do something is reminded of that; the others hear that it is still looked at.
_TURN = frozenset({State.RETURNED, State.RECAPTURE})
_IN_THE_REGISTER = frozenset(
    {State.RECEIVED, State.VALIDATED, State.DEDUP, State.ADJUDICATION, State.ACCEPTED, State.HELD}
)
_WAITING = _IN_THE_REGISTER | _TURN | {State.SIGNED, State.IN_REVIEW, State.APPROVED, State.APPEAL}
# Nobody applies for their own death, and who is taken over from an older register did not apply at all.
_SILENT = frozenset({Kind.DEATH, Kind.IMPORT})


@dataclass(frozen=True, slots=True)
class TellingPolicy:
    """`soon`: who has no number after this is told that the application arrived. `longest`: nobody waits so long."""

    soon: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(days=7)


class Telling:
    """Writes messages, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        cases: Cases,
        notices: Notices,
        clock: Clock,
        trail: Trail,
        policy: TellingPolicy | None = None,
    ) -> None:
        self._session = session
        self._cases = cases
        self._notices = notices
        self._clock = clock
        self._trail = trail
        self._policy = policy or TellingPolicy()

    def tell(self, aid: str) -> int:
        """Tell what happened last, if it was not told: how many messages that were. Bears repeating."""
        case = self._cases.access.reach(_TASK, aid, _WISH)
        if isinstance(case, Refusal) or case.kind in _SILENT:
            return 0
        news = self._news(case)
        told = self._session.get(TellingRow, aid, populate_existing=True)
        if news is None or (told is not None and told.n >= news.n):
            return 0
        return self._write(case, news.n, _word(case, news), news.reason)

    def remind(self) -> int:
        """Tell those who waited too long, of whatever it is, at most `AT_A_TIME`: how many applications.

        Those that have not moved for longest come first.
        """
        now = self._clock.now()
        silent = and_(
            TellingRow.aid.is_(None),
            ApplicationRow.changed_at < now - self._policy.soon,
            ApplicationRow.state.in_([state.value for state in _IN_THE_REGISTER]),
        )
        long_ago = now - self._policy.longest
        never = and_(TellingRow.aid.is_(None), ApplicationRow.changed_at < long_ago)
        wanted = (
            select(ApplicationRow.aid)
            .outerjoin(TellingRow, TellingRow.aid == ApplicationRow.aid)
            .where(
                ApplicationRow.state.in_([state.value for state in _WAITING]),
                ApplicationRow.kind.not_in([kind.value for kind in _SILENT]),
                or_(silent, never, TellingRow.at < long_ago),
            )
            .order_by(ApplicationRow.changed_at)
            .limit(AT_A_TIME)
        )
        return sum(self._reminded(aid, long_ago) for aid in self._session.scalars(wanted).all())

    def _reminded(self, aid: str, long_ago: datetime) -> bool:
        case = self._cases.access.reach(_TASK, aid, _WISH)
        if isinstance(case, Refusal) or case.state not in _WAITING:
            return False
        told = self._session.get(TellingRow, aid, populate_existing=True)
        if told is not None and told.at >= long_ago:
            return False
        news = self._news(case)
        if news is not None and (told is None or told.n < news.n or case.state in _TURN):
            self._write(case, news.n, _word(case, news), news.reason)
        else:
            self._write(case, case.version if told is None else told.n, "waits", None)
        return True

    def _news(self, case: Case) -> Step | None:
        """The last event that is news."""
        history = self._cases.files.history(_TASK, case.aid)
        steps = [] if isinstance(history, Refusal) else history
        return next((step for step in reversed(steps) if step.event in _NEWS), None)

    def _write(self, case: Case, n: int, word: str, reason: str | None) -> int:
        now = self._clock.now()
        stored = insert(TellingRow).values(aid=case.aid, n=n, at=now)
        self._session.execute(stored.on_conflict_do_update(index_elements=["aid"], set_={"n": n, "at": now}))
        person = self._cases.sections.read(case).of(Section.PERSON)
        consent = self._cases.consents.held(case.aid)
        locale = None if consent is None else consent.language
        parameters = {"outcome": word, "ground": reason or "", "ending": case.aid[-_ENDING:]}
        sent = self._sent(case, _contacts(person), parameters, locale)
        body: dict[str, BodyValue] = {"aid": case.aid, "what": word, "messages": sent}
        self._trail.append(AuditEvent(Event.ENROLMENT_TOLD, subscriber_id=case.subscriber_id, body=body))
        return sent

    def _sent(self, case: Case, contacts: list[Contact], parameters: Mapping[str, str], locale: str | None) -> int:
        if case.subscriber_id is not None:
            told = self._notices.tell(case.subscriber_id, Notice.APPLICATION, parameters, also=contacts)
            return len(told.messages)
        outcomes = [self._notices.write(one, Notice.APPLICATION, parameters, locale=locale) for one in contacts]
        return sum(isinstance(outcome, UUID) for outcome in outcomes)


def _word(case: Case, news: Step) -> str:
    word = _NEWS[news.event]
    return "recorded" if word == "issued" and case.kind not in NUMBERED else word


def _contacts(person: Mapping[str, Any]) -> list[Contact]:
    """Where the applicant said to be reached; of whom there is nothing, the person to ask for."""
    found = [
        Contact(channel, value)
        for channel, field in ((Channel.SMS, "phone"), (Channel.EMAIL, "email"))
        if isinstance(value := person.get(field), str) and value.strip()
    ]
    other = person.get("contact_phone")
    return found or ([Contact(Channel.SMS, other)] if isinstance(other, str) and other.strip() else [])
