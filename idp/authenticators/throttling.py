"""Slowing down guesses: durable counters per person and factor, short-lived ones per network address.

A try is reserved, in a commit of its own, before anything is checked, so that parallel guesses cannot share
one. A browser on which the person signed in before has a budget of its own: whoever guesses elsewhere cannot
lock the owner out, and nobody is ever locked for good. Unknown people are counted like known ones.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from idp.authenticators.budgets import Budget, Factor, ThrottlePolicy
from idp.clients.authentication import Counters
from idp.clock import Clock
from idp.database import GroupCommitter, Operation, Statement
from idp.errors import Code, Refusal
from idp.keys import Purpose, PurposeKeys

__all__ = [
    "ELSEWHERE",
    "AddressLimit",
    "AddressPolicy",
    "Budget",
    "Factor",
    "Reserved",
    "Throttle",
    "ThrottlePolicy",
    "network_of",
]

ELSEWHERE = "unknown"

# No row is written while the wait lasts. The outer select sees the row as it was before the statement, which
# for a refused try is the row that refused it.
RESERVE = Statement(
    "throttle.reserve",
    """
    with item as (
        select decode(i.subject, 'hex') as key, i.* from rows from (jsonb_to_recordset(%s::jsonb) as (
            subject text, factor text, bucket text, at timestamptz,
            free int, first_wait int, longest_wait int,
            renewed_before timestamptz, forgotten_before timestamptz
        )) with ordinality as i(
            subject, factor, bucket, at, free, first_wait, longest_wait, renewed_before, forgotten_before, n)
    ), taken as (
        insert into throttle as held (subject, factor, bucket, tries, window_started_at)
        select key, factor, bucket, 1, at from item order by key, factor, bucket
        on conflict (subject, factor, bucket) do update set (tries, window_started_at, blocked_until) = (
            select next.tries, next.started, case when next.tries >= item.free then item.at + make_interval(
                secs => least(longest_wait, first_wait * power(2, least(next.tries - free, 20)))) end
            from item,
            lateral (select held.window_started_at
                < case when held.tries < free then renewed_before else forgotten_before end as over) as age,
            lateral (select
                case when over then 1 else held.tries + 1 end as tries,
                case when over then item.at else held.window_started_at end as started) as next
            where (item.key, item.factor, item.bucket) = (excluded.subject, excluded.factor, excluded.bucket)
        )
        where held.blocked_until is null or held.blocked_until <= excluded.window_started_at
        returning subject, factor, bucket
    )
    select item.n, taken.subject is not null, held.blocked_until
    from item
    left join taken on (taken.subject, taken.factor, taken.bucket) = (item.key, item.factor, item.bucket)
    left join throttle held on (held.subject, held.factor, held.bucket) = (item.key, item.factor, item.bucket)
    """,
)

CLEAR = Statement(
    "throttle.clear",
    """
    delete from throttle held
    using jsonb_to_recordset(%s::jsonb) as i(subject text, factor text, bucket text)
    where (held.subject, held.factor, held.bucket) = (decode(i.subject, 'hex'), i.factor, i.bucket)
    """,
)

GIVE_BACK = Statement(
    "throttle.give_back",
    """
    update throttle held set tries = greatest(held.tries - 1, 0), blocked_until = null
    from jsonb_to_recordset(%s::jsonb) as i(subject text, factor text, bucket text)
    where (held.subject, held.factor, held.bucket) = (decode(i.subject, 'hex'), i.factor, i.bucket)
    """,
)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A try that is counted; hand it back to `clear` or `give_back`. `subject` is a pseudonym (HMAC, hex)."""

    factor: Factor
    subject: str
    bucket: str

    @property
    def item(self) -> dict[str, Any]:
        """What names the counter in a statement."""
        return {"subject": self.subject, "factor": self.factor.value, "bucket": self.bucket}

    @property
    def key(self) -> str:
        """Operations on one counter never share a batch."""
        return f"throttle|{self.subject}|{self.factor}|{self.bucket}"


class Throttle:
    """Durable counters of guesses. Every call commits at once, whatever becomes of the request."""

    def __init__(
        self, committer: GroupCommitter, keys: PurposeKeys, clock: Clock, policy: ThrottlePolicy | None = None
    ) -> None:
        self._committer = committer
        self._keys = keys
        self._clock = clock
        self._policy = policy or ThrottlePolicy()

    def reserve(self, factor: Factor, subject: str, device_id: UUID | None) -> Reserved | Refusal:
        """Count one try, or refuse with `THROTTLED` and the seconds to wait; a refused try is not counted.

        `subject` names who is guessed at: the same text for the same person, known or not. `device_id` is a
        device that this very person is known on. Raises `StoreUnavailableError` when nothing could be
        counted.
        """
        now = self._clock.now()
        budget = self._policy.budget(factor)
        reserved = Reserved(factor, self.pseudonym(subject), str(device_id or ELSEWHERE))
        item = reserved.item | {
            "at": now.isoformat(),
            "free": budget.free,
            "first_wait": int(budget.first_wait.total_seconds()),
            "longest_wait": int(budget.longest_wait.total_seconds()),
            "renewed_before": (now - budget.window).isoformat(),
            "forgotten_before": (now - budget.memory).isoformat(),
        }
        (row,) = self._committer.run(Operation(RESERVE, item, key=reserved.key))
        if row is not None and row[0]:
            return reserved
        until: datetime | None = row[1] if row is not None else None
        wait = until - now if until is not None and until > now else budget.first_wait
        return Refusal(Code.THROTTLED, factor.value, retry_after=_whole_seconds(wait))

    def clear(self, reserved: Reserved) -> None:
        """Forget the counter: the right person was there."""
        self._committer.run(Operation(CLEAR, reserved.item, key=reserved.key))

    def give_back(self, reserved: Reserved) -> None:
        """Undo one reservation: nothing was checked after all."""
        self._committer.run(Operation(GIVE_BACK, reserved.item, key=reserved.key))

    def pseudonym(self, subject: str) -> str:
        """What stands for `subject` in counters and audit rows: an HMAC, 64 hex digits."""
        return self._keys.mac(Purpose.THROTTLE, subject).hex()


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What one address has in a window: sign-in tries, sign-ins begun for each of them, failures of clients.

    A known device has as many tries.
    """

    tries: int = 30
    window: timedelta = timedelta(minutes=5)
    begun_for_each_try: int = 4
    failed_clients: int = 300


class ReturnableCounters(Counters, Protocol):
    """Counters that take a count back; fulfilled by `idp.ephemeral.Ephemeral`."""

    def give_back(self, name: str) -> None:
        """Take back one count under `name`, if its window is still open."""
        ...


class AddressLimit:
    """Counts what one network address does, whomever it aims at. Short-lived: it blunts a flood."""

    def __init__(self, counters: ReturnableCounters, keys: PurposeKeys, policy: AddressPolicy | None = None) -> None:
        self._counters = counters
        self._keys = keys
        self._policy = policy or AddressPolicy()

    def count(self, address: str, device_id: UUID | None = None) -> Refusal | None:
        """Count one try; `THROTTLED` with detail `place` when there were too many.

        `device_id` is a device that the very person who is guessed at is known on: it has as many tries of its
        own, wherever it is, so that a crowded or hostile network keeps no owner out. Raises
        `StoreUnavailableError`: where nothing can be counted nobody may guess.
        """
        return self._count(*_tried(address, device_id), self._policy.tries)

    def give_back(self, address: str, device_id: UUID | None = None) -> None:
        """Undo one `count`: the right person was there, or nothing was checked after all."""
        self._counters.give_back(self._name(*_tried(address, device_id)))

    def count_begun(self, address: str) -> Refusal | None:
        """Count one sign-in begun, which parks a request for hours; `THROTTLED` as for `count`.

        Raises `StoreUnavailableError`.
        """
        return self._count("begun", _network(address), self._policy.tries * self._policy.begun_for_each_try)

    def count_failed_client(self, address: str) -> Refusal | None:
        """Count one failed authentication of whatever client; `THROTTLED` as for `count`.

        Raises `StoreUnavailableError`.
        """
        return self._count("client", _network(address), self._policy.failed_clients)

    def _count(self, kind: str, counted_one: str, limit: int) -> Refusal | None:
        window = int(self._policy.window.total_seconds())
        counted = self._counters.count(self._name(kind, counted_one), limit=limit, window_seconds=window)
        return None if counted.allowed else Refusal(Code.THROTTLED, "place", retry_after=counted.retry_after)

    def _name(self, kind: str, counted_one: str) -> str:
        return f"{kind}:{self._keys.mac(Purpose.THROTTLE, counted_one).hex()[:32]}"


def network_of(address: str) -> str:
    """What one subscriber line commands: an IPv4 address, or the /64 around an IPv6 address (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed.packed, 64), strict=False))
    return str(parsed)


def _tried(address: str, device_id: UUID | None) -> tuple[str, str]:
    return ("signin", _network(address)) if device_id is None else ("device", f"device|{device_id}")


def _network(address: str) -> str:
    return f"address|{network_of(address)}"


def _whole_seconds(wait: timedelta) -> int:
    return max(1, -(-int(wait.total_seconds() * 1000) // 1000))
