"""Closing an account: asked for, stopped within a day, or carried out by a worker, after which nothing opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.consent import Consents
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.notices import LinkKind, Links, Notice, Notices, verified_contacts
from idp.outbox import Message, Outbox
from idp.selfservice.erasure import end_what_stays, erase_rows
from idp.selfservice.models import AccountClosingRow
from idp.sessions import Sessions
from idp.sessions.models import SessionRow
from idp.subscribers import Directory, Lifecycle, MoveReason, State
from idp.subscribers.models import SubscriberRow

__all__ = ["COOLING_OFF", "Closing", "Closings", "Tellers"]

COOLING_OFF = timedelta(hours=24)
REASON = "closing_asked"
AT_ONCE = 100
LOOKED_AT_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Closing:
    """A wish to close the account that has not taken effect yet."""

    id: UUID
    asked_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Tellers:
    """How people hear of it: notices and their links, and the outbox for the last message."""

    notices: Notices
    links: Links
    outbox: Outbox


class Closings:
    """Closings, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        directory: Directory,
        sessions: Sessions,
        consents: Consents,
        tellers: Tellers,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._directory = directory
        self._sessions = sessions
        self._consents = consents
        self._tellers = tellers
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def ask(self, subscriber_id: UUID) -> Closing | Refusal:
        """Close in a day. Every session ends now, so that whoever signs in again says: keep it.

        Everybody who may be asked is told, with a link that stops it. Refused: CLOSING_STATE (asked before).
        """
        self._end_signed_in(subscriber_id)
        now = self._clock.now()
        closing = Closing(self._entropy.opaque_uuid(), now, now + COOLING_OFF)
        try:
            with self._session.begin_nested():
                self._session.execute(
                    insert(AccountClosingRow).values(
                        id=closing.id, subscriber_id=subscriber_id, asked_at=now, closes_at=closing.closes_at
                    )
                )
        except IntegrityError:
            return Refusal(Code.CLOSING_STATE, "asked before")
        body = {"closing": str(closing.id), "closes": closing.closes_at.isoformat()}
        self._trail.append(AuditEvent(Event.CLOSING_ASKED, subscriber_id=subscriber_id, body=body))
        link = self._tellers.links.make(LinkKind.STOP_CLOSING, subscriber_id, closing.id, COOLING_OFF)
        told = {"link": link, "closes_at": closing.closes_at.isoformat()}
        self._tellers.notices.tell(subscriber_id, Notice.CLOSING_ASKED, told)
        self._sessions.end_all(subscriber_id, REASON)
        return closing

    def open_for(self, subscriber_id: UUID) -> Closing | None:
        """The closing under way, None where there is none or a sign-in has stopped it."""
        row = self._session.execute(
            select(AccountClosingRow.id, AccountClosingRow.asked_at, AccountClosingRow.closes_at).where(
                AccountClosingRow.subscriber_id == subscriber_id,
                AccountClosingRow.ended_at.is_(None),
                ~_signed_in_since(),
            )
        ).one_or_none()
        return None if row is None else Closing(*row)

    def kept(self, subscriber_id: UUID) -> bool:
        """True while a closing that was stopped would still be under way."""
        stopping = and_(AccountClosingRow.ended_at.is_(None), _signed_in_since())
        stopped = and_(AccountClosingRow.outcome == "stopped", AccountClosingRow.closes_at > self._clock.now())
        wanted = select(exists().where(AccountClosingRow.subscriber_id == subscriber_id, or_(stopping, stopped)))
        return bool(self._session.scalar(wanted))

    def stop(self, subscriber_id: UUID, closing_id: UUID, way: str = "link") -> Refusal | None:
        """Keep the account, and tell so. Refused: CLOSING_STATE (no such closing, stopped before, or carried out)."""
        person = select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id)
        self._session.execute(person.with_for_update(key_share=True))
        stopped = self._session.scalar(
            update(AccountClosingRow)
            .where(
                AccountClosingRow.id == closing_id,
                AccountClosingRow.subscriber_id == subscriber_id,
                AccountClosingRow.ended_at.is_(None),
            )
            .values(ended_at=self._clock.now(), outcome="stopped")
            .returning(AccountClosingRow.id)
        )
        if stopped is None:
            return Refusal(Code.CLOSING_STATE)
        body = {"closing": str(closing_id), "by": way}
        self._trail.append(AuditEvent(Event.CLOSING_STOPPED, subscriber_id=subscriber_id, body=body))
        self._tellers.notices.tell(subscriber_id, Notice.CLOSING_STOPPED)
        return None

    def due(self) -> list[UUID]:
        """Closings whose time has come, or that a sign-in has stopped; at most a hundred."""
        due = or_(AccountClosingRow.closes_at <= self._clock.now(), _signed_in_since())
        wanted = select(AccountClosingRow.id).where(AccountClosingRow.ended_at.is_(None), due)
        return list(self._session.scalars(wanted.order_by(AccountClosingRow.closes_at).limit(AT_ONCE)))

    def carry_out(self, closing_id: UUID, recovering: Callable[[UUID], bool]) -> bool:
        """Close and erase, in one transaction; False where a sign-in stopped it, which is told, or somebody was faster.

        While changes are held, or somebody gets back into the account (`recovering`), it waits: it may have been
        a stranger who asked.
        Ends consents, grants and sessions, removes what hangs on the person, destroys the keys, and leaves one line of
        proof in the audit trail.
        """
        now = self._clock.now()
        wanted = select(AccountClosingRow.subscriber_id, AccountClosingRow.closes_at).where(
            AccountClosingRow.id == closing_id, AccountClosingRow.ended_at.is_(None)
        )
        row = self._session.execute(wanted).one_or_none()
        if row is None:
            return False
        subscriber_id: UUID = row.subscriber_id
        # The person first, as everywhere. A sign-in that is about to begin a session waits for this, and finds the
        # account closed.
        locked = select(SubscriberRow.changes_locked_until).where(SubscriberRow.id == subscriber_id)
        held_until = self._session.scalar(locked.with_for_update())
        row = self._session.execute(wanted.with_for_update()).one_or_none()
        if row is None or self._end_signed_in(subscriber_id) or row.closes_at > now:
            return False
        if self._put_off(closing_id, held_until, returning=recovering(subscriber_id)):
            return False
        last = self._last_message(subscriber_id)
        while in_force := self._consents.list_for(subscriber_id):
            for consent in in_force:
                self._consents.withdraw(subscriber_id, consent.consent_id)
        end_what_stays(self._session, subscriber_id, now)
        moves = Lifecycle(self._session, self._clock, self._trail, self._sessions)
        moves.move(subscriber_id, State.CLOSED, MoveReason.PERSON_ASKED, actor="system")
        moves.move(subscriber_id, State.ERASED, MoveReason.PERSON_ASKED, actor="system")
        removed = erase_rows(self._session, subscriber_id)
        ended = update(AccountClosingRow).where(AccountClosingRow.id == closing_id)
        self._session.execute(ended.values(ended_at=now, outcome="closed"))
        self._trail.append(
            AuditEvent(
                Event.SUBSCRIBER_ERASED,
                subscriber_id=subscriber_id,
                actor="system",
                body={"closing": str(closing_id), "removed": removed},
            )
        )
        for message in last:
            self._tellers.outbox.queue(message)
        return True

    def _end_signed_in(self, subscriber_id: UUID) -> bool:
        """Note that a sign-in has stopped a closing, where one has."""
        stopped = self._session.scalar(
            select(AccountClosingRow.id).where(
                AccountClosingRow.subscriber_id == subscriber_id,
                AccountClosingRow.ended_at.is_(None),
                _signed_in_since(),
            )
        )
        return stopped is not None and self.stop(subscriber_id, stopped, "signin") is None

    def _put_off(self, closing_id: UUID, held_until: datetime | None, *, returning: bool) -> bool:
        """Let it wait, where it must: one that waits keeps none of the others from its turn."""
        now = self._clock.now()
        until = held_until if held_until is not None and held_until > now else None
        if until is None and returning:
            until = now + LOOKED_AT_AGAIN
        if until is None:
            return False
        later = update(AccountClosingRow).where(AccountClosingRow.id == closing_id)
        self._session.execute(later.values(closes_at=until))
        return True

    def _last_message(self, subscriber_id: UUID) -> list[Message]:
        """Belongs to nobody, since nothing that is sealed for the person opens any more, and is forgotten once sent."""
        person = self._directory.get(subscriber_id)
        identity = None if person is None else self._directory.identity(person)
        if person is None or identity is None:
            return []
        told = {"at": self._clock.now().isoformat()}
        return [
            Message(None, contact.channel, contact.address, Notice.CLOSED.value, person.locale, told, secret=True)
            for contact in verified_contacts(identity.claims)
        ]


def _signed_in_since() -> ColumnElement[bool]:
    return exists().where(
        SessionRow.subscriber_id == AccountClosingRow.subscriber_id,
        SessionRow.authenticated_at > AccountClosingRow.asked_at,
    )
