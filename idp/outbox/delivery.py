"""Sends what is due: claimed for a while, handed over, and noted down.

A message is claimed by moving its next try ahead, in a commit of its own, so that no worker holds a lock while a mail
server thinks, and the messages of a worker that was killed come up again by themselves. It is sent at least once; at
most once where the other side's answer was seen and noted down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.keys import Sealer
from idp.outbox.message import Channel, Content, State
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.outbox.sending import Failure, Outcome
from idp.telemetry import MESSAGES

__all__ = ["KEPT_FOR", "LEASE", "WAITS", "Claimed", "Delivery"]

# Longer than any sender takes: after it, somebody else may try.
LEASE = timedelta(minutes=3)
# Growing waits between tries; after the last one the message is given up. Half a day in all.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 20, 60, 300, 1200, 3600, 10_800, 28_800))
# How long it can be seen that a message was sent or given up.
KEPT_FOR = timedelta(days=30)
_OVER = frozenset({Failure.EXPIRED, Failure.ERASED})
_log = structlog.get_logger(__name__)

_CLAIM = text(
    """
    update outbox_message set tries = tries + 1, next_try_at = :until
    where id in (
        select id from outbox_message
        where state = 'waiting' and next_try_at <= :now and (cast(:only as uuid) is null or id = :only)
        order by next_try_at limit 1 for update skip locked
    )
    returning id, subscriber_id, notice, channel, sealed, tries, expires_at
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until `LEASE` has passed; `tries` counts this one."""

    id: UUID
    subscriber_id: UUID | None
    notice: str
    channel: Channel
    sealed: bytes | None = field(repr=False)
    tries: int
    expires_at: datetime | None


class Delivery:
    """The worker's side of the outbox, in the caller's transaction. Never commits."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._trail = trail

    def claim(self, only: UUID | None = None) -> Claimed | None:
        """The message that is due longest (or the one named, if due), for nobody else meanwhile; None without one.

        Commit before sending.
        """
        now = self._clock.now()
        row = self._session.execute(_CLAIM, {"now": now, "until": now + LEASE, "only": only}).one_or_none()
        if row is None:
            return None
        return Claimed(
            row.id, row.subscriber_id, row.notice, Channel(row.channel), row.sealed, row.tries, row.expires_at
        )

    def opened(self, claimed: Claimed) -> Content | Failure:
        """What is to be sent, or why it is not: EXPIRED, or ERASED with the person it was for."""
        if claimed.expires_at is not None and claimed.expires_at <= self._clock.now():
            return Failure.EXPIRED
        if claimed.sealed is None:
            return Failure.ERASED
        content = open_content(
            self._session, self._sealer, self._clock, claimed.id, claimed.subscriber_id, claimed.sealed
        )
        return Failure.ERASED if content is None else content

    def note(self, claimed: Claimed, outcome: Outcome, *, secret: bool) -> State:
        """Write down what became of a try, and when the next one is. A message given up is audited.

        What was sent is forgotten at once, and so is a `secret` that was given up; anything else that was given up
        can be sent again by an operator until it is tidied away.
        """
        now = self._clock.now()
        state, failure, again = self._after(claimed, outcome, now)
        values: dict[str, object] = {"state": state.value, "failure": None if failure is None else failure.value}
        if state is State.SENT:
            values |= {"sent_at": now, "sealed": None}
        elif state is State.FAILED:
            values |= {"sealed": None} if secret or failure in _OVER else {}
        else:
            values |= {"next_try_at": again}
        self._session.execute(
            update(MessageRow)
            .where(MessageRow.id == claimed.id, MessageRow.state == State.WAITING.value)
            .values(values)
            .execution_options(synchronize_session=False)
        )
        MESSAGES.labels(claimed.channel.value, "sent" if failure is None else failure.value).inc()
        if failure is not None:
            self._report(claimed, state, failure)
        return state

    def _after(
        self, claimed: Claimed, outcome: Outcome, now: datetime
    ) -> tuple[State, Failure | None, datetime | None]:
        failure = outcome.failure
        if failure is None:
            return State.SENT, None, None
        if outcome.final:
            return State.FAILED, failure, None
        if failure is Failure.NO_SENDER:
            return State.HELD, failure, now
        if claimed.tries > len(WAITS):
            return State.FAILED, Failure.GIVEN_UP, None
        wait = max(WAITS[claimed.tries - 1], timedelta(seconds=outcome.retry_after or 0))
        if claimed.expires_at is not None and now + wait >= claimed.expires_at:
            return State.FAILED, Failure.EXPIRED, None
        return State.WAITING, failure, now + wait

    def _report(self, claimed: Claimed, state: State, failure: Failure) -> None:
        _log.warning(
            "message_not_sent",
            message=str(claimed.id),
            channel=claimed.channel.value,
            notice=claimed.notice,
            failure=failure.value,
            tries=claimed.tries,
            state=state.value,
        )
        if state is State.FAILED:
            body = {"channel": claimed.channel.value, "notice": claimed.notice, "reason": failure.value}
            self._trail.append(
                AuditEvent(Event.MESSAGE_FAILED, subscriber_id=claimed.subscriber_id, actor="system", body=body)
            )
