"""Passwords: argon2id in a bounded pool, and a person's stored password.

Passwords are compared after NFKC (NIST SP 800-63B-4 section 3.1.1.2), so that the same keys give the same
password on every device.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import argon2
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.assurance import PASSWORD
from idp.authenticators.common_passwords import is_most_common
from idp.authenticators.models import PasskeyRow, PasswordRow, TotpRow
from idp.authenticators.password_advice import guesses
from idp.authenticators.password_rules import (
    ALONE,
    GUESSES_ALONE,
    GUESSES_BESIDE,
    LONGEST,
    SHORTEST,
    stands_alone,
    weakness,
)
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.subscribers.models import SubscriberRow

__all__ = ["Cost", "PasswordHasher", "Passwords", "normalised"]

SALT_BYTES = 16
RETRY_SECONDS = 5
_NOBODY = UUID(int=0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash takes: memory in KiB, passes, lanes. The default is OWASP's for argon2id."""

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1


class PasswordHasher:
    """Hashes in the calling thread, at most `at_once` together; one process has one.

    At most `waiting` more callers wait, for at most `wait_seconds`; beyond that the answer is an early
    `PASSWORD_BUSY`, since people who see a page in a second come back and people who wait do not leave.
    """

    def __init__(
        self,
        random_bytes: Callable[[int], bytes],
        *,
        at_once: int,
        waiting: int,
        wait_seconds: float = 2.0,
        cost: Cost = Cost(),
    ) -> None:
        self._random_bytes = random_bytes
        self._argon = argon2.PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, salt_len=SALT_BYTES
        )
        self._admitted = threading.BoundedSemaphore(at_once + waiting)
        self._running = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds
        self._nobody = self._hashed(random_bytes(SALT_BYTES).hex())

    def hash(self, password: str) -> str | Refusal:
        """The argon2id string of a password, or `PASSWORD_BUSY`."""
        return self._bounded(lambda: self._hashed(password))

    def verify(self, stored: str | None, password: str) -> bool | Refusal:
        """Is it the password behind `stored`? None (nobody there) costs the same and is never right."""
        return self._bounded(lambda: self._same(stored, password))

    def is_outdated(self, stored: str) -> bool:
        """True when `stored` was made at another cost than hashes are made at now."""
        return self._argon.check_needs_rehash(stored)

    def _hashed(self, password: str) -> str:
        return self._argon.hash(_bytes(password), salt=self._random_bytes(SALT_BYTES))

    def _same(self, stored: str | None, password: str) -> bool:
        known = stored is not None and len(password) <= LONGEST
        try:
            self._argon.verify(stored if stored is not None else self._nobody, _bytes(password))
        except VerifyMismatchError:
            return False
        return known

    def _bounded(self, work: Callable[[], T]) -> T | Refusal:
        if not self._admitted.acquire(blocking=False):
            return Refusal(Code.PASSWORD_BUSY, retry_after=RETRY_SECONDS)
        try:
            if not self._running.acquire(timeout=self._wait_seconds):
                return Refusal(Code.PASSWORD_BUSY, retry_after=RETRY_SECONDS)
            try:
                return work()
            finally:
                self._running.release()
        finally:
            self._admitted.release()


class Passwords:
    """Stored passwords of people, in the caller's transaction.

    `listed` tells of a folded password whether it is refused because it is known to guessers; `numbers_of` the numbers
    that stand for a person elsewhere.
    """

    def __init__(
        self,
        session: Session,
        hasher: PasswordHasher,
        clock: Clock,
        trail: Trail,
        listed: Callable[[str], bool] = is_most_common,
        numbers_of: Callable[[UUID], Iterable[str]] = lambda _: (),
    ) -> None:
        self._numbers_of = numbers_of
        self._session = session
        self._hasher = hasher
        self._clock = clock
        self._trail = trail
        self._listed = listed

    def shortest(self, subscriber_id: UUID) -> int:
        """How many characters a password of this person has at least: fewer beside a second factor."""
        second = or_(
            exists().where(TotpRow.subscriber_id == subscriber_id),
            exists().where(PasskeyRow.subscriber_id == subscriber_id),
        )
        return SHORTEST if self._session.scalar(select(second)) else ALONE

    def hold(self, subscriber_id: UUID) -> None:
        """Let changes of this person's password and second factors wait for each other until the caller commits."""
        row = select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id)
        self._session.execute(row.with_for_update(key_share=True))

    def left_short(self, subscriber_id: UUID) -> bool:
        """True where the last second factor must stay: without it the password would be too short (SP 800-63B-4 3.1.1).

        Call it before a second factor is taken away, in the same transaction. A password of unknown length counts as
        short; a person without one has nothing that is left short.
        """
        self.hold(subscriber_id)
        counts = [
            select(func.count()).where(row.subscriber_id == subscriber_id).scalar_subquery()
            for row in (TotpRow, PasskeyRow)
        ]
        factors, alone = self._session.execute(
            select(
                counts[0] + counts[1],
                select(PasswordRow.stands_alone).where(PasswordRow.subscriber_id == subscriber_id).scalar_subquery(),
            )
        ).one()
        return factors <= 1 and alone is False

    def held_since(self, subscriber_id: UUID) -> datetime | None:
        """When the password was set, None for a person without one."""
        return self._session.scalar(select(PasswordRow.changed_at).where(PasswordRow.subscriber_id == subscriber_id))

    def set(
        self, subscriber_id: UUID, password: str, about: Iterable[str] = (), *, shortest: int | None = None
    ) -> Refusal | None:
        """Give this person a (new) password; `about` are words that stand for them: names, numbers.

        Refuses with `PASSWORD_WEAK` (its detail is `short`, `long`, `common` or `personal`) or `PASSWORD_BUSY`.
        `shortest` is for accounts that are being made, and for who wants a longer one; else it is what `shortest` says
        of the person.
        """
        self.hold(subscriber_id)
        least = self.shortest(subscriber_id) if shortest is None else shortest
        told = [*about, *self._numbers_of(subscriber_id)]
        weak = weakness(password, told, least, self._listed)
        if weak is not None:
            return Refusal(Code.PASSWORD_WEAK, weak)
        if guesses(normalised(password), told) < (GUESSES_ALONE if least >= ALONE else GUESSES_BESIDE):
            return Refusal(Code.PASSWORD_WEAK, "common")
        hashed = self._hasher.hash(password)
        if isinstance(hashed, Refusal):
            return hashed
        values = {"hash": hashed, "changed_at": self._clock.now(), "stands_alone": stands_alone(password)}
        self._session.execute(
            insert(PasswordRow)
            .values(subscriber_id=subscriber_id, **values)
            .on_conflict_do_update(index_elements=[PasswordRow.subscriber_id], set_=values)
        )
        self._trail.append(
            AuditEvent(Event.AUTHENTICATOR_BOUND, subscriber_id=subscriber_id, body={"factor": PASSWORD})
        )
        return None

    def check(self, subscriber_id: UUID | None, password: str) -> bool | Refusal:
        """Is it this person's password? None, or a person without one, costs the same and is never right.

        A hash made at an older cost is renewed when the password was right, and its length noted where it was not
        known. `PASSWORD_BUSY` says nothing of it.
        """
        row = self._session.execute(
            select(PasswordRow.hash, PasswordRow.stands_alone).where(
                PasswordRow.subscriber_id == (subscriber_id or _NOBODY)
            )
        ).one_or_none()
        stored = None if row is None else row.hash
        right = self._hasher.verify(stored, password)
        if right is True and stored is not None and self._hasher.is_outdated(stored):
            self._renew(subscriber_id, stored, password)
        elif right is True and row is not None and not row.stands_alone and stands_alone(password):
            long_enough = update(PasswordRow).where(
                PasswordRow.subscriber_id == subscriber_id, PasswordRow.hash == stored
            )
            self._session.execute(long_enough.values(stands_alone=True))
        return right

    def _renew(self, subscriber_id: UUID | None, stored: str, password: str) -> None:
        hashed = self._hasher.hash(password)
        if not isinstance(hashed, Refusal):
            self._session.execute(
                update(PasswordRow)
                .where(PasswordRow.subscriber_id == subscriber_id, PasswordRow.hash == stored)
                .values(hash=hashed)
            )


def normalised(password: str) -> str:
    """A password as it is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return normalised(password[:LONGEST]).encode("utf-8", "surrogatepass")
