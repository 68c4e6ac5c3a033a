"""Codes that go out by e-mail or SMS (out-of-band secrets, NIST SP 800-63B-4 section 3.1.3).

A code is good for ten minutes, five tries, one purpose, what it is bound to and the address it went to; a newer one
for the same takes its place. How often one may be sent is read off the codes themselves, one sender at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.models import OneTimeCodeRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.keys import Purpose, PurposeKeys
from idp.outbox import Channel, Message, Outbox
from idp.outbox.models import MessageRow

__all__ = ["CodePolicy", "CodePurpose", "OneTimeCodes", "Sent"]

# The pages of these messages, by the names of `idp.notices`.
NOTICE = "code"
REGISTRATION_NOTICE = "registration_code"
DIGITS = 6
# How often one was sent is asked for the last hour; a day lets somebody look into a complaint.
KEPT = timedelta(days=1)
_HOUR = timedelta(hours=1)


class CodePurpose(StrEnum):
    """What a code may be used for; one of another purpose is no code here."""

    SIGNIN = "signin"
    CONTACT = "contact"
    RECOVERY = "recovery"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """How long and how often. After each message of an hour the pause before the next doubles, from `first_pause`.

    `an_hour` holds for one address, `an_hour_of_person` for one person at whatever addresses.
    """

    life: timedelta = timedelta(minutes=10)
    tries: int = 5
    an_hour: int = 5
    an_hour_of_person: int = 10
    first_pause: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Sent:
    """A code that is under way. `state` is the message's: `waiting`, `sent`, `held` or `failed`.

    Another may be asked for from `again_at` on.
    """

    id: UUID
    channel: Channel
    state: str
    expires_at: datetime
    again_at: datetime


class OneTimeCodes:
    """Sends and spends codes, in the caller's transaction; commit after a refusal too, since the try is counted."""

    def __init__(
        self,
        session: Session,
        keys: PurposeKeys,
        outbox: Outbox,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        policy: CodePolicy | None = None,
    ) -> None:
        self._session = session
        self._keys = keys
        self._outbox = outbox
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._policy = policy or CodePolicy()

    def send(
        self,
        purpose: CodePurpose,
        bound_to: str,
        channel: Channel,
        address: str,
        subscriber_id: UUID | None,
        locale: str | None,
        *,
        budget: str = "",
    ) -> Sent | Refusal:
        """Send a new code to `address`, in place of any older one for the same purpose and `bound_to`.

        `budget` names what is counted apart: what a stranger can make us send takes nothing from the owner's.

        Refused: `THROTTLED` (detail `message`, with the seconds to wait), and `MESSAGE_ADDRESS` and `MESSAGE_BUDGET`
        as by the outbox; nothing is sent then and an older code stays good.
        """
        target = self._target(f"{budget}|{address}" if budget else address)
        refusal = self._too_often(target, subscriber_id, purpose)
        if refusal is not None:
            return refusal
        code = f"{int.from_bytes(self._entropy.bytes(16), 'big') % 10**DIGITS:0{DIGITS}}"
        queued = self._outbox.queue(
            Message(
                subscriber_id=subscriber_id,
                channel=channel,
                to=address,
                notice=REGISTRATION_NOTICE if purpose is CodePurpose.REGISTRATION else NOTICE,
                locale=locale,
                parameters={"code": code, "minutes": str(self._policy.life // timedelta(minutes=1))},
                expires_at=self._clock.now() + self._policy.life,
                secret=True,
            )
        )
        if isinstance(queued, Refusal):
            return queued
        body = {"purpose": purpose.value, "channel": channel.value}
        self._trail.append(AuditEvent(Event.MESSAGE_CODE_SENT, subscriber_id=subscriber_id, body=body))
        row = {"id": queued, "subscriber_id": subscriber_id, "digest": self._digest(purpose, bound_to, code)}
        return self._store(row, purpose, bound_to, channel, target)

    def pretend(self, purpose: CodePurpose, bound_to: str, channel: Channel, stands_for: str) -> Sent | Refusal:
        """For somebody who does not exist: counts, pauses and refuses like `send`, and no code is ever right.

        `stands_for` is what was typed in place of an address.
        """
        target = self._target(f"nobody|{stands_for}")
        refusal = self._too_often(target, None, purpose)
        if refusal is not None:
            return refusal
        row = {"id": self._entropy.uuid(), "subscriber_id": None, "digest": self._entropy.bytes(32)}
        return self._store(row, purpose, bound_to, channel, target)

    def spend(
        self, purpose: CodePurpose, bound_to: str, typed: str, address: str | None = None, *, budget: str = ""
    ) -> Refusal | None:
        """Use up the newest code for this purpose and `bound_to`; None when `typed` was right.

        `typed` is six ASCII digits (`totp.typed_code`). Where `address` is given the code must have gone there.
        `MESSAGE_CODE_WRONG` counts a try. `MESSAGE_CODE_OVER`: none is under way, it is too old, was used, had its
        tries, or went to another address. Of parallel uses one succeeds: it is one statement.
        """
        now = self._clock.now()
        right = OneTimeCodeRow.digest == self._digest(purpose, bound_to, typed)
        conditions = [
            OneTimeCodeRow.id == _newest(purpose, bound_to).scalar_subquery(),
            OneTimeCodeRow.spent_at.is_(None),
            OneTimeCodeRow.expires_at > now,
            OneTimeCodeRow.tries < self._policy.tries,
        ]
        if address is not None:
            target = self._target(f"{budget}|{address}" if budget else address)
            conditions.append(OneTimeCodeRow.target == target)
        tried = self._session.execute(
            update(OneTimeCodeRow)
            .where(*conditions)
            .values(tries=OneTimeCodeRow.tries + 1, spent_at=case((right, now), else_=None))
            .returning(OneTimeCodeRow.spent_at)
        ).one_or_none()
        if tried is None:
            return Refusal(Code.MESSAGE_CODE_OVER)
        return Refusal(Code.MESSAGE_CODE_WRONG) if tried.spent_at is None else None

    def under_way(self, purpose: CodePurpose, bound_to: str) -> Sent | None:
        """The newest code while it can still be right, and how its message fares; None where there is none."""
        row = self._session.execute(
            select(
                OneTimeCodeRow.id,
                OneTimeCodeRow.channel,
                OneTimeCodeRow.target,
                OneTimeCodeRow.expires_at,
                MessageRow.state,
            )
            .outerjoin(MessageRow, MessageRow.id == OneTimeCodeRow.id)
            .where(
                OneTimeCodeRow.id == _newest(purpose, bound_to).scalar_subquery(),
                OneTimeCodeRow.spent_at.is_(None),
                OneTimeCodeRow.expires_at > self._clock.now(),
                OneTimeCodeRow.tries < self._policy.tries,
            )
        ).one_or_none()
        if row is None:
            return None
        again_at = self._again_at(row.target)
        return Sent(row.id, Channel(row.channel), row.state or "waiting", row.expires_at, again_at)

    def _store(
        self, row: Mapping[str, object], purpose: CodePurpose, bound_to: str, channel: Channel, target: bytes
    ) -> Sent:
        now = self._clock.now()
        made = self._session.execute(
            insert(OneTimeCodeRow)
            .values(
                **row,
                purpose=purpose.value,
                bound_to=bound_to,
                channel=channel.value,
                target=target,
                tries=0,
                created_at=now,
                expires_at=now + self._policy.life,
            )
            .returning(OneTimeCodeRow.id, OneTimeCodeRow.expires_at)
        ).one()
        again_at = self._again_at(target)
        return Sent(made.id, channel, "waiting", made.expires_at, again_at)

    def _too_often(self, target: bytes, subscriber_id: UUID | None, purpose: CodePurpose) -> Refusal | None:
        """Who sends to one address, or for one person, waits here for whoever does so at the same moment."""
        names = [target] if subscriber_id is None else [target, subscriber_id.bytes[8:]]
        for number in sorted(int.from_bytes(name[:8], "big", signed=True) for name in names):
            self._session.execute(select(func.pg_advisory_xact_lock(number)))
        policy, now = self._policy, self._clock.now()
        at = self._next(now, OneTimeCodeRow.target == target, policy.an_hour, policy.first_pause)
        if subscriber_id is not None:
            # Whoever knows a user name can ask for codes of a recovery: those take nothing from the owner's sign-in.
            is_recovery = OneTimeCodeRow.purpose == CodePurpose.RECOVERY.value
            kind = is_recovery if purpose is CodePurpose.RECOVERY else not_(is_recovery)
            of_person = and_(OneTimeCodeRow.subscriber_id == subscriber_id, kind)
            at = max(at, self._next(now, of_person, policy.an_hour_of_person, timedelta()))
        wait = -((now - at) // timedelta(seconds=1))
        return Refusal(Code.THROTTLED, "message", retry_after=wait) if wait > 0 else None

    def _again_at(self, target: bytes) -> datetime:
        policy = self._policy
        return self._next(self._clock.now(), OneTimeCodeRow.target == target, policy.an_hour, policy.first_pause)

    def _next(self, now: datetime, whose: ColumnElement[bool], an_hour: int, first_pause: timedelta) -> datetime:
        """The first moment at which one more may be sent; `now`, where nothing stands against it."""
        recent = select(OneTimeCodeRow.created_at).where(whose, OneTimeCodeRow.created_at > now - _HOUR)
        moments = self._session.scalars(recent.order_by(OneTimeCodeRow.created_at.desc()).limit(an_hour)).all()
        if not moments:
            return now
        paused: datetime = moments[0] + first_pause * 2 ** (len(moments) - 1)
        return max(now, paused, moments[-1] + _HOUR) if len(moments) == an_hour else max(now, paused)

    def _target(self, address: str) -> bytes:
        return self._keys.mac(Purpose.BLIND_INDEX, f"one-time-code-address|{address.strip().casefold()}")

    def _digest(self, purpose: CodePurpose, bound_to: str, code: str) -> bytes:
        return self._keys.mac(Purpose.BLIND_INDEX, f"one-time-code|{purpose}|{bound_to}|{code}")


def _newest(purpose: CodePurpose, bound_to: str) -> Select[UUID]:
    return (
        select(OneTimeCodeRow.id)
        .where(OneTimeCodeRow.purpose == purpose.value, OneTimeCodeRow.bound_to == bound_to)
        .order_by(OneTimeCodeRow.created_at.desc(), OneTimeCodeRow.id.desc())
        .limit(1)
    )
