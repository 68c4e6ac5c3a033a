"""Messages of a site: queueing them, working through them, and looking at what became of each."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from idp.cli.worker import deliver_due
from idp.errors import Refusal
from idp.notices import Notice
from idp.outbox import Channel, Message
from idp.outbox.models import MessageRow
from idp.outbox.standing import Standing, Standings
from idp.web.extensions import db
from idp.web.rooms import outbox
from tests.integration.web.conftest import Person, Site

__all__ = ["MAIL", "PHONE", "Post"]

MAIL, PHONE = "testa@people.example", "+23276000001"


class Post:
    """A site, what it queues, and what became of it."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def person(self, **claims: Any) -> Person:
        """Somebody with two proven contact points."""
        proven: dict[str, Any] = {"email": MAIL, "email_verified": True}
        proven |= {"phone_number": PHONE, "phone_number_verified": True}
        return self.site.person(**proven | claims)

    def queue(self, channel: Channel = Channel.EMAIL, **changes: Any) -> UUID | Refusal:
        """Queue a code to somebody without an account."""
        to = MAIL if channel is Channel.EMAIL else PHONE
        values: dict[str, Any] = {
            "subscriber_id": None,
            "channel": channel,
            "to": to,
            "notice": Notice.CODE.value,
            "locale": "en",
            "parameters": {"code": "482915", "minutes": "10"},
            "secret": True,
        }
        with self.site.app.app_context():
            queued = outbox().queue(Message(**values | changes))
            db.session.commit()
        return queued

    def queued(self, channel: Channel = Channel.EMAIL, **changes: Any) -> UUID:
        """As `queue`, where nothing refuses."""
        queued = self.queue(channel, **changes)
        assert isinstance(queued, UUID), queued
        return queued

    def work(self) -> int:
        """One round of the worker."""
        with self.site.app.app_context():
            return deliver_due()

    def standing(self, message_id: UUID) -> Standing:
        """Where a message is."""
        with self.site.app.app_context():
            found = Standings(db.session(), self.site.services.clock).of(message_id)
        assert found is not None
        return found

    def row(self, message_id: UUID) -> MessageRow:
        """Its row."""
        with self.site.app.app_context(), Session(db.engine) as session:
            return session.get_one(MessageRow, message_id)

    def files(self) -> list[dict[str, Any]]:
        """What the file sender wrote, oldest first."""
        folder = self.site.services.options.data / "outbox"
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]

    def clear(self) -> None:
        """Forget every message."""
        with self.site.app.app_context():
            for table in ("outbox_message", "sms_budget", "procrastinate_jobs"):
                db.session.execute(text(f"delete from {table}"))  # noqa: S608 - names of our own
            db.session.commit()
        for path in (self.site.services.options.data / "outbox").glob("*"):
            path.unlink()

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self.site.app.app_context():
            return int(db.session.scalar(text(f"select count(*) from {table}")) or 0)  # noqa: S608 - names of our own
