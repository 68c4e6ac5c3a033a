"""Stored sessions: PostgreSQL owns them, Valkey keeps a copy for a minute.

A copy is never trusted alone: its limits are judged by the clock on every use. Ending a session leaves a
marker beside the copy, so that a reader who had loaded the row just before cannot put an old copy back.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.methods import STAFF
from idp.clock import Clock
from idp.database import Session as DatabaseSession
from idp.entropy import Entropy, SecretKind, digest, has_kind
from idp.ephemeral import Ephemeral
from idp.errors import StoreUnavailableError
from idp.sessions.models import SessionRow
from idp.sessions.session import EndReason, Session, SessionPolicy, printable
from idp.subscribers.models import SubscriberRow

__all__ = ["SessionStart", "Sessions", "Started"]

COPY = "session"
MARKER = "session_ended"
# What a session is made of and stored as it is, in the order of its fields.
_STORED = ("id", "subscriber_id", "device_id", "created_at", "authenticated_at", "seen_at", "expires_at", "aal")
_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = tuple(
    getattr(SessionRow, name) for name in (*_STORED, "amr", "idle_seconds")
)


@dataclass(frozen=True, slots=True)
class SessionStart:
    """What a completed sign-in says about itself. `user_agent` is as sent; it is cut at 200 characters."""

    subscriber_id: UUID
    amr: tuple[str, ...]
    aal: int
    device_id: UUID | None
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """A session and the secret for its cookie, which is nowhere else."""

    session: Session
    secret: str = field(repr=False)


class Sessions:
    """Starts, finds and ends sessions in the caller's transaction."""

    def __init__(
        self,
        session: DatabaseSession,
        ephemeral: Ephemeral,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        policy: SessionPolicy | None = None,
    ) -> None:
        self._database = session
        self._ephemeral = ephemeral
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._policy = policy or SessionPolicy()

    def start(self, start: SessionStart, replaces: Session | None = None) -> Started:
        """A session for a person who just proved who they are, always under a new secret.

        `replaces` is the session this browser had. One of the same person is renewed in place, so that what
        hangs on it goes on; one of another person ends.
        """
        secret = self._entropy.secret(SecretKind.SESSION)
        renewed = None
        if replaces is not None and replaces.subscriber_id == start.subscriber_id:
            renewed = self._renew(replaces.id, start, secret)
        elif replaces is not None:
            self.end(replaces.id, EndReason.REPLACED)
        session = renewed or self._insert(start, secret)
        self._audit_start(session, renewed=renewed is not None)
        return Started(session, secret)

    def step_up(self, session_id: UUID, start: SessionStart) -> Started | None:
        """The same session under a new secret, worth what is proven in all; None when it is over.

        `authenticated_at` becomes now: to prove one thing more in a live session is to authenticate again
        (SP 800-63B-4 section 2.2.3). Its latest end stays where it was.
        """
        secret = self._entropy.secret(SecretKind.SESSION)
        session = self._renew(session_id, start, secret, longer=False)
        if session is None:
            return None
        self._audit_start(session, renewed=True)
        return Started(session, secret)

    def find(self, secret: str | None) -> Session | None:
        """The live session behind a cookie, or None.

        Writes its last use at most once a minute, and its end when it turns out to be over: commit
        afterwards.
        """
        if secret is None or not has_kind(SecretKind.SESSION, secret):
            return None
        secret_digest = digest(SecretKind.SESSION, secret)
        now = self._clock.now()
        copy = self._copy(secret_digest)
        if copy is not None and copy.over(now, self._policy) is None and now - copy.seen_at < self._policy.touch:
            return copy
        return self._load(secret_digest, now)

    def end(self, session_id: UUID, reason: str) -> bool:
        """End one session; False when it was over already.

        Raises `StoreUnavailableError` while a copy may remain.
        """
        secret_digest = self._end_row(session_id, reason)
        if secret_digest is None:
            return False
        self._forget(secret_digest)
        return True

    def end_all(self, subscriber_id: UUID, reason: str) -> int:
        """End every session of a person; how many there were.

        Does not wait for Valkey: should it be away, a copy lasts for its minute, and opens no token and no
        consent.
        """
        open_ids = self._database.scalars(
            select(SessionRow.id)
            .where(SessionRow.subscriber_id == subscriber_id, SessionRow.ended_at.is_(None))
            .order_by(SessionRow.id)
        )
        ended = [found for found in (self._end_row(row_id, reason) for row_id in list(open_ids)) if found is not None]
        with suppress(StoreUnavailableError):
            self._forget(*ended)
        return len(ended)

    def open_at(self, subscriber_id: UUID, moment: datetime) -> UUID | None:
        """The session of a person that had begun last, of those that were open at `moment`; None where none was."""
        theirs = select(SessionRow.id).where(SessionRow.subscriber_id == subscriber_id, SessionRow.created_at <= moment)
        still = or_(SessionRow.ended_at.is_(None), SessionRow.ended_at >= moment)
        return self._database.scalar(theirs.where(still).order_by(SessionRow.created_at.desc()).limit(1))

    def _insert(self, start: SessionStart, secret: str) -> Session:
        now = self._clock.now()
        session = Session(
            id=self._entropy.opaque_uuid(),
            subscriber_id=start.subscriber_id,
            device_id=start.device_id,
            created_at=now,
            authenticated_at=now,
            seen_at=now,
            expires_at=now + self._policy.absolute,
            aal=start.aal,
            amr=start.amr,
        )
        idle_seconds = self._database.scalar(
            insert(SessionRow)
            .values(
                **{name: getattr(session, name) for name in _STORED},
                secret_digest=digest(SecretKind.SESSION, secret),
                amr=list(session.amr),
                user_agent=printable(start.user_agent),
                idle_seconds=self._own_idle(start.subscriber_id),
            )
            .returning(SessionRow.idle_seconds)
        )
        return replace(session, idle_seconds=idle_seconds)

    def _own_idle(self, subscriber_id: UUID) -> ColumnElement[int | None]:
        """What staff get: asked of the account in the very statement that writes it, so that no caller forgets."""
        group = select(SubscriberRow.policy_group).where(SubscriberRow.id == subscriber_id).scalar_subquery()
        return case((group == STAFF, int(self._policy.staff_idle.total_seconds())))

    def _renew(self, session_id: UUID, start: SessionStart, secret: str, *, longer: bool = True) -> Session | None:
        """The row under a new secret and level; None when it ended in the meantime."""
        now = self._clock.now()
        row = self._database.execute(
            select(SessionRow.secret_digest, SessionRow.created_at, SessionRow.expires_at)
            .where(
                SessionRow.id == session_id,
                SessionRow.subscriber_id == start.subscriber_id,
                SessionRow.ended_at.is_(None),
            )
            .with_for_update()
        ).one_or_none()
        if row is None or (not longer and row.expires_at <= now):
            return None
        session = Session(
            id=session_id,
            subscriber_id=start.subscriber_id,
            device_id=start.device_id,
            created_at=row.created_at,
            authenticated_at=now,
            seen_at=now,
            expires_at=now + self._policy.absolute if longer else row.expires_at,
            aal=start.aal,
            amr=start.amr,
        )
        idle_seconds = self._database.scalar(
            update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(
                secret_digest=digest(SecretKind.SESSION, secret),
                device_id=session.device_id,
                authenticated_at=now,
                seen_at=now,
                expires_at=session.expires_at,
                aal=session.aal,
                amr=list(session.amr),
                user_agent=printable(start.user_agent),
                idle_seconds=self._own_idle(start.subscriber_id),
            )
            .returning(SessionRow.idle_seconds)
            .execution_options(synchronize_session=False)
        )
        self._forget(row.secret_digest)
        return replace(session, idle_seconds=idle_seconds)

    def _load(self, secret_digest: bytes, now: datetime) -> Session | None:
        row = self._database.execute(
            select(*_COLUMNS).where(SessionRow.secret_digest == secret_digest, SessionRow.ended_at.is_(None))
        ).one_or_none()
        if row is None:
            return None
        session = Session(**{**row._asdict(), "amr": tuple(row.amr)})
        reason = session.over(now, self._policy)
        if reason is not None:
            self._end_row(session.id, reason)
            return None
        if now - session.seen_at >= self._policy.touch:
            self._database.execute(
                update(SessionRow).where(SessionRow.id == session.id, SessionRow.seen_at < now).values(seen_at=now)
            )
            session = replace(session, seen_at=now)
        self._keep(secret_digest, session)
        return session

    def _end_row(self, session_id: UUID, reason: str) -> bytes | None:
        row = self._database.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.ended_at.is_(None))
            .values(ended_at=self._clock.now(), end_reason=str(reason))
            .returning(SessionRow.secret_digest, SessionRow.subscriber_id)
        ).one_or_none()
        if row is None:
            return None
        self._trail.append(
            AuditEvent(
                Event.SESSION_ENDED,
                subscriber_id=row.subscriber_id,
                session_id=session_id,
                body={"reason": str(reason)},
            )
        )
        return bytes(row.secret_digest)

    def _audit_start(self, session: Session, *, renewed: bool) -> None:
        self._trail.append(
            AuditEvent(
                Event.SESSION_STARTED,
                subscriber_id=session.subscriber_id,
                session_id=session.id,
                body={"aal": session.aal, "amr": list(session.amr), "renewed": renewed},
            )
        )

    def _copy(self, secret_digest: bytes) -> Session | None:
        with suppress(StoreUnavailableError):
            held = self._ephemeral.read(COPY, secret_digest.hex())
            return None if held is None else Session.from_dict(held)
        return None

    def _keep(self, secret_digest: bytes, session: Session) -> None:
        with suppress(StoreUnavailableError):
            name = secret_digest.hex()
            self._ephemeral.park(COPY, name, session.to_dict(), self._policy.cache_seconds)
            if self._ephemeral.read(MARKER, name) is not None:
                self._ephemeral.drop(COPY, name)

    def _forget(self, *digests: bytes) -> None:
        names = [secret_digest.hex() for secret_digest in digests]
        for name in names:
            self._ephemeral.park(MARKER, name, {}, 2 * self._policy.cache_seconds)
        self._ephemeral.drop(COPY, *names)
