"""`./wangov staff`: accounts of members of staff, who sign in with a passkey and nothing less."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.methods import STAFF
from idp.cli.output import fail, json_option, read_document, say
from idp.cli.subscribers import OPERATOR, open_account
from idp.errors import Code, Refusal
from idp.signin.activation import LINK_LIFE, make_activation
from idp.subscribers import Directory
from idp.web.extensions import db, services
from idp.web.services import Services

__all__ = ["staff"]

staff = AppGroup("staff", help="Make accounts for staff, and links to set up a passkey.")


@staff.command("create")
@json_option
def create(*, as_json: bool) -> None:
    """Make a member of staff from a JSON document on standard input; prints a link to set up the first passkey.

    Members: username and the standard claims (name, email, ...); no password is needed, and none is ever enough.
    """
    held = services()
    person = read_document(as_json=as_json)
    opened = open_account(held, db.session, person, group=STAFF)
    if isinstance(opened, Refusal):
        db.session.rollback()
        fail(opened, as_json=as_json)
    trail = Trail(db.session, held.clock, held.entropy)
    trail.append(AuditEvent(Event.STAFF_LINK_MADE, subscriber_id=opened.subscriber_id, actor=OPERATOR))
    db.session.commit()
    say({**opened.as_document(), **_link(held, opened.subscriber_id)}, as_json=as_json)


@staff.command("activate")
@click.argument("subscriber_id", type=click.UUID)
@json_option
def activate(subscriber_id: UUID, *, as_json: bool) -> None:
    """A new link for somebody whose first one was lost, or who lost every passkey. Make sure who asks."""
    held = services()
    trail = Trail(db.session, held.clock, held.entropy)
    directory = Directory(db.session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
    person = directory.get(subscriber_id)
    if person is None or person.group != STAFF or not person.active:
        fail(Refusal(Code.SUBSCRIBER_UNKNOWN, "no active member of staff has this identifier"), as_json=as_json)
    trail.append(AuditEvent(Event.STAFF_LINK_MADE, subscriber_id=subscriber_id, actor=OPERATOR))
    db.session.commit()
    say({"id": str(subscriber_id), **_link(held, subscriber_id)}, as_json=as_json)


def _link(held: Services, subscriber_id: UUID) -> dict[str, Any]:
    secret = make_activation(held.ephemeral, held.entropy, subscriber_id)
    expires_at = held.clock.now() + LINK_LIFE
    return {
        "activation_url": f"{held.options.issuer}/signin/activate/{secret}",
        "activation_expires_at": expires_at.isoformat(timespec="seconds"),
    }
