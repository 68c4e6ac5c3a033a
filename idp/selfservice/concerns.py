"""Reports of people that an entry of their history was not right, and the answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.selfservice.history import History
from idp.selfservice.models import ConcernRow
from idp.selfservice.sealed_words import SealedWords, plain_text

__all__ = ["LONGEST", "Concern", "Concerns"]

LONGEST = 2000
A_DAY = 10
MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Concern:
    """A report about one entry, and its answer once there is one."""

    id: UUID
    subscriber_id: UUID
    event_id: UUID
    state: str
    created_at: datetime
    answered_at: datetime | None
    words: str = field(repr=False)
    answer: str | None = field(repr=False)


class Concerns:
    """Concerns, in the caller's transaction."""

    def __init__(self, session: Session, words: SealedWords, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._words = words
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def report(self, subscriber_id: UUID, event_id: UUID, typed: str) -> UUID | Refusal:
        """Report an entry of the person's own history.

        Refused: CONCERN_TEXT (empty, or over 2000 characters), CONCERN_LIMIT (ten a day), CONCERN_STATE (not an entry
        of this person's).
        """
        words = plain_text(typed, LONGEST)
        if words is None:
            return Refusal(Code.CONCERN_TEXT)
        if History(self._session).entry(subscriber_id, event_id) is None:
            return Refusal(Code.CONCERN_STATE)
        now = self._clock.now()
        recent = select(func.count()).where(
            ConcernRow.subscriber_id == subscriber_id, ConcernRow.created_at > now - timedelta(days=1)
        )
        if (self._session.scalar(recent) or 0) >= A_DAY:
            return Refusal(Code.CONCERN_LIMIT)
        concern_id = self._entropy.opaque_uuid()
        self._session.execute(
            insert(ConcernRow).values(
                id=concern_id,
                subscriber_id=subscriber_id,
                event_id=event_id,
                sealed=self._words.seal(subscriber_id, {"words": words, "answer": None}),
                state="open",
                created_at=now,
            )
        )
        body = {"concern": str(concern_id), "entry": str(event_id)}
        self._trail.append(AuditEvent(Event.CONCERN_REPORTED, subscriber_id=subscriber_id, body=body))
        return concern_id

    def list_for(self, subscriber_id: UUID) -> list[Concern]:
        """The person's own, newest first, at most a hundred."""
        wanted = select(ConcernRow).where(ConcernRow.subscriber_id == subscriber_id)
        rows = self._session.scalars(wanted.order_by(ConcernRow.created_at.desc(), ConcernRow.id).limit(MAX_LISTED))
        return [self._opened(row) for row in rows]

    def waiting(self, reader: str) -> list[Concern]:
        """Those without an answer, oldest first, at most a hundred; that `reader` read them is audited."""
        wanted = select(ConcernRow).where(ConcernRow.state == "open").order_by(ConcernRow.created_at, ConcernRow.id)
        found = [self._opened(row) for row in self._session.scalars(wanted.limit(MAX_LISTED))]
        for subscriber_id in dict.fromkeys(concern.subscriber_id for concern in found):
            read = AuditEvent(Event.RECORD_READ, subscriber_id=subscriber_id, actor=reader, body={"purpose": "concern"})
            self._trail.append(read)
        return found

    def answer(self, concern_id: UUID, typed: str, by: str) -> Refusal | None:
        """Answer once. Refused: CONCERN_TEXT, CONCERN_STATE (no such concern, or it has an answer)."""
        words = plain_text(typed, LONGEST)
        if words is None:
            return Refusal(Code.CONCERN_TEXT)
        wanted = select(ConcernRow).where(ConcernRow.id == concern_id, ConcernRow.state == "open").with_for_update()
        row = self._session.scalar(wanted)
        if row is None:
            return Refusal(Code.CONCERN_STATE)
        document = {**self._words.open(row.subscriber_id, row.sealed), "answer": words}
        self._session.execute(
            update(ConcernRow)
            .where(ConcernRow.id == concern_id)
            .values(
                sealed=self._words.seal(row.subscriber_id, document), state="answered", answered_at=self._clock.now()
            )
        )
        body = {"concern": str(concern_id)}
        self._trail.append(AuditEvent(Event.CONCERN_ANSWERED, subscriber_id=row.subscriber_id, actor=by, body=body))
        return None

    def _opened(self, row: ConcernRow) -> Concern:
        document = self._words.open(row.subscriber_id, row.sealed)
        return Concern(
            row.id,
            row.subscriber_id,
            row.event_id,
            row.state,
            row.created_at,
            row.answered_at,
            words=document.get("words", ""),
            answer=document.get("answer"),
        )
