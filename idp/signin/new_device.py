"""The notice of a sign-in on a device that was not known, with its link "this was not me"."""

from __future__ import annotations

from datetime import timedelta

from idp.notices import Links, Notice, Notices
from idp.notices.catalogue import LinkKind
from idp.sessions import Session
from idp.sessions.browsers import told
from idp.subscribers.directory import Subscriber

__all__ = ["NewDeviceNotice"]

LINK_LIFE = timedelta(days=7)


class NewDeviceNotice:
    """Tells every verified contact point, in the caller's transaction."""

    def __init__(self, notices: Notices, links: Links) -> None:
        self._notices = notices
        self._links = links

    def new_device(self, person: Subscriber, session: Session, user_agent: str = "") -> None:
        """Queue the notice: when, on what, by which proofs. Its link is about this session and is good for a week."""
        link = self._links.make(LinkKind.NOT_ME, person.id, session.id, LINK_LIFE)
        facts = {"at": session.authenticated_at.isoformat(), **told(user_agent, session.amr)}
        self._notices.tell(person.id, Notice.NEW_DEVICE, {"link": link, **facts})
