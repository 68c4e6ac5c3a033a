"""What becomes of accounts whose owner's body, or whole record, is erased."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import column, delete, table

from idp.audit import Trail
from idp.clock import Clock
from idp.consent import Consents
from idp.database import Session
from idp.notices import Notice, Notices
from idp.selfservice.erasure import end_what_stays, erase_rows
from idp.sessions import EndReason, Sessions
from idp.subscribers import Directory, Lifecycle, MoveReason, State
from idp.subscribers.levels import LevelReason, Levels

__all__ = ["ErasedAccounts"]

# What signing in with a body left: what was locked, and the digests of pictures that were shown.
_OF_BODIES = ("biometric_lock", "biometric_sample")


class ErasedAccounts:
    """Changes accounts, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        directory: Directory,
        sessions: Sessions,
        consents: Consents,
        notices: Notices,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self._session = session
        self._directory = directory
        self._sessions = sessions
        self._consents = consents
        self._notices = notices
        self._clock = clock
        self._levels = Levels(session, trail)
        self._lifecycle = Lifecycle(session, clock, trail, sessions)

    def without_body(self, subscriber_id: UUID, level: int) -> None:
        """Of that level at most from now on, in no session that began before, and with no way in by face or finger."""
        self._levels.lower_level(subscriber_id, level, LevelReason.BODY_ERASED, actor="system")
        self._forget_body(subscriber_id)
        self._sessions.end_all(subscriber_id, EndReason.SIGNED_OUT)

    def erase(self, subscriber_id: UUID, erasure_id: UUID | None) -> bool:
        """Closed and erased, as when its owner closes it, without the day to think it over.

        Its owner is told for the last time, with where the proof of this erasure stands; without one, nothing: that was
        done before. False where there is no such account, or it is erased.
        """
        account = self._directory.get(subscriber_id)
        if account is None or account.state is State.ERASED:
            return False
        if erasure_id is not None:
            # While where they are reached can still be read.
            self._notices.tell_last(subscriber_id, Notice.RECORD_ERASED, {"erasure": str(erasure_id)})
        while in_force := self._consents.list_for(subscriber_id):
            for consent in in_force:
                self._consents.withdraw(subscriber_id, consent.consent_id, actor="system")
        end_what_stays(self._session, subscriber_id, self._clock.now())
        if account.state is not State.CLOSED:
            self._lifecycle.move(subscriber_id, State.CLOSED, MoveReason.LEGAL_ORDER, actor="system")
        self._lifecycle.move(subscriber_id, State.ERASED, MoveReason.LEGAL_ORDER, actor="system")
        erase_rows(self._session, subscriber_id)
        return True

    def _forget_body(self, subscriber_id: UUID) -> None:
        for name in _OF_BODIES:
            rows = table(name, column("subscriber_id"))
            self._session.execute(delete(rows).where(rows.c.subscriber_id == subscriber_id))
