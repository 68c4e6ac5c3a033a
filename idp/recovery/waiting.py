"""Cases that wait: whom to tell of them and when, and going on in another browser once the wait is over.

A wait of a day or three is told of when it begins, a long one every second day, and each when it is over: then the
addresses that were proven get a link that goes on in any browser. It opens nothing: one of them is proven afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select, update

from idp.clock import Clock
from idp.database import Session
from idp.entropy import SecretKind, digest
from idp.notices import Contact, LinkKind, Links, Notice, Notices, verified_contacts
from idp.recovery.ladder import RIPE_FOR, TELL_EVERY, Proof, State
from idp.recovery.models import RecoveryCaseRow
from idp.recovery.steps import CHANNELS, LINK_LIFE, may_recover
from idp.subscribers.directory import Directory

__all__ = ["Waiting", "Waits"]

AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that people are told of now."""

    id: UUID
    subscriber_id: UUID
    proofs: frozenset[Proof]
    ready_at: str
    over: bool


class Waits:
    """Looks after waits, in the caller's transaction."""

    def __init__(self, session: Session, directory: Directory, notices: Notices, links: Links, clock: Clock) -> None:
        self._session = session
        self._directory = directory
        self._notices = notices
        self._links = links
        self._clock = clock

    def tell(self) -> int:
        """Tell of the waits that it is time to tell of, some of them; how many those were."""
        due = self._due()
        for case in due:
            self._told(case)
        return len(due)

    def take_over(self, subscriber_id: UUID, case_id: UUID, browser_secret: str) -> bool:
        """Let this browser go on with a case whose wait is over; False where there is no such case."""
        now, row = self._clock.now(), RecoveryCaseRow
        taken = (
            update(row)
            .where(
                row.id == case_id,
                row.subscriber_id == subscriber_id,
                row.state == State.COOLING.value,
                row.ready_at <= now,
                row.expires_at > now,
            )
            .values(browser=digest(SecretKind.BROWSER, browser_secret))
            .returning(row.id)
            .execution_options(synchronize_session=False)
        )
        return self._session.execute(taken).one_or_none() is not None

    def _due(self) -> list[Waiting]:
        """Each is claimed: others who look at the same moment do not get it."""
        now, row = self._clock.now(), RecoveryCaseRow
        over = and_(row.ready_at <= now, row.told_at < row.ready_at)
        again = and_(row.ready_at > now, row.told_at <= now - TELL_EVERY)
        due = (
            select(row.id)
            .where(row.state == State.COOLING.value, row.expires_at > now, or_(over, again))
            .limit(AT_A_TIME)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        claimed = (
            update(row)
            .where(row.id == due.c.id)
            .values(told_at=now)
            .returning(row.id, row.subscriber_id, row.proofs, row.ready_at)
            .execution_options(synchronize_session=False)
        )
        return [
            Waiting(
                one.id,
                one.subscriber_id,
                frozenset(map(Proof, one.proofs)),
                one.ready_at.isoformat(),
                one.ready_at <= now,
            )
            for one in self._session.execute(claimed)
        ]

    def _told(self, case: Waiting) -> None:
        """Whoever proved nothing in it gets the link that stops it, at its end as well."""
        person = self._directory.get(case.subscriber_id)
        identity = None if person is None else self._directory.identity(person)
        if person is None or identity is None or not may_recover(person):
            return
        going_on = {CHANNELS[proof] for proof in case.proofs & CHANNELS.keys()} if case.over else set()
        for contact in verified_contacts(identity.claims):
            self._write(case, contact, person.locale, goes_on=contact.channel in going_on)

    def _write(self, case: Waiting, contact: Contact, locale: str | None, *, goes_on: bool) -> None:
        kind, life = (LinkKind.GO_ON_RECOVERY, RIPE_FOR) if goes_on else (LinkKind.STOP_RECOVERY, LINK_LIFE)
        told = {
            "link": self._links.make(kind, case.subscriber_id, case.id, life),
            "ready_at": case.ready_at,
        }
        notice = Notice.RECOVERY_READY if goes_on else Notice.RECOVERY_WAITS
        self._notices.write(contact, notice, told, locale=locale, subscriber_id=case.subscriber_id)
