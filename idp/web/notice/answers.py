"""What each kind of link does. One table: a kind without an entry cannot be answered, and a test says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from idp.audit import AuditEvent, Event
from idp.authorization.disowning import Disowned
from idp.errors import Refusal
from idp.notices import LinkKind, SecurityLink
from idp.recovery.cases import Cases
from idp.web import cookies
from idp.web.extensions import db, services
from idp.web.recovery.rooms import waits
from idp.web.rooms import disown, disown_method, trail
from idp.web.selfservice_rooms import closings, contact_changes

__all__ = ["ANSWERS", "Answer", "GoOn", "act"]


@dataclass(frozen=True, slots=True)
class GoOn:
    """A recovery that goes on in this browser."""

    case_id: UUID


# What was undone and until when changes are held, where they are; None where it was done, False where it was over.
Answer = Disowned | GoOn | bool | None


def act(link: SecurityLink) -> Answer:
    """Do what the link is for, and audit that it was used. The caller commits, whatever came of it."""
    body = {"kind": link.kind.value}
    trail().append(AuditEvent(Event.NOTICE_LINK_USED, subscriber_id=link.subscriber_id, body=body))
    return ANSWERS[link.kind](link)


def _not_me(link: SecurityLink) -> Answer:
    return disown(link.subscriber_id, link.concerns)


def _stop_recovery(link: SecurityLink) -> Answer:
    if link.concerns is None:
        return False
    shared = services()
    stopped = Cases(db.session(), shared.clock, shared.entropy).stop(link.subscriber_id, link.concerns)
    if stopped:
        body = {"case": str(link.concerns), "how": "link"}
        trail().append(AuditEvent(Event.RECOVERY_STOPPED, subscriber_id=link.subscriber_id, body=body))
    return None if stopped else False


def _go_on_recovery(link: SecurityLink) -> Answer:
    """The case goes on in the browser in which the link was opened."""
    case_id = link.concerns
    secret = cookies.ensure_browser()
    taken = case_id is not None and waits().take_over(link.subscriber_id, case_id, secret)
    return GoOn(case_id) if taken and case_id is not None else False


def _stop_contact_change(link: SecurityLink) -> Answer:
    if link.concerns is None:
        return False
    outcome = contact_changes().stop(link.subscriber_id, link.concerns)
    # Whoever made the change is signed in as this person.
    return False if isinstance(outcome, Refusal) else disown(link.subscriber_id, None)


def _stop_closing(link: SecurityLink) -> Answer:
    if link.concerns is None:
        return False
    return None if closings().stop(link.subscriber_id, link.concerns) is None else False


def _remove_method(link: SecurityLink) -> Answer:
    if link.concerns is None:
        return False
    return disown_method(link.subscriber_id, link.concerns) or False


ANSWERS: Mapping[LinkKind, Callable[[SecurityLink], Answer]] = MappingProxyType(
    {
        LinkKind.NOT_ME: _not_me,
        LinkKind.STOP_RECOVERY: _stop_recovery,
        LinkKind.STOP_CONTACT_CHANGE: _stop_contact_change,
        LinkKind.STOP_CLOSING: _stop_closing,
        LinkKind.REMOVE_METHOD: _remove_method,
        LinkKind.GO_ON_RECOVERY: _go_on_recovery,
    }
)
