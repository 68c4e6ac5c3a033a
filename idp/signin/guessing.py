"""The notice that somebody is guessing codes: whoever is asked for one has given a right password already."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select

from idp.clock import Clock
from idp.database import Session
from idp.notices import Links, Notice, Notices
from idp.outbox.models import MessageRow
from idp.signin.new_device import NewDeviceNotice
from idp.subscribers.directory import Subscriber

__all__ = ["SignInNotices"]

# Whoever guesses on and on must not fill the person's mailbox as well.
SILENCE = timedelta(days=1)


class SignInNotices(NewDeviceNotice):
    """What a sign-in tells the person of, in the caller's transaction: a new device, and guesses at their codes."""

    def __init__(self, notices: Notices, links: Links, session: Session, clock: Clock) -> None:
        super().__init__(notices, links)
        self._told = notices
        self._session = session
        self._clock = clock

    def guessing(self, person: Subscriber) -> None:
        """Queue the notice, at most once a day."""
        already = select(
            exists().where(
                MessageRow.subscriber_id == person.id,
                MessageRow.notice == Notice.GUESSING.value,
                MessageRow.created_at > self._clock.now() - SILENCE,
            )
        )
        if not self._session.scalar(already):
            self._told.tell(person.id, Notice.GUESSING)
