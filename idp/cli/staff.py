"""`./wangov staff`: accounts of members of staff, who sign in with a passkey and nothing less."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.methods import STAFF
from idp.authenticators.passkey_store import PasskeyStore
from idp.cli.output import fail, json_option, read_document, say
from idp.cli.subscribers import OPERATOR, open_account
from idp.errors import Code, Refusal
from idp.sessions import Sessions
from idp.signin.activation import LINK_LIFE, make_activation
from idp.subscribers import Directory
from idp.web.extensions import db, services
from idp.web.services import Services

__all__ = ["staff"]

# Why sessions end, in the audit trail.
PASSKEYS_LOST = "passkeys_lost"

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
@click.option("--keep-passkeys", is_flag=True, help="For a first link that was lost: remove no passkey.")
@json_option
def activate(subscriber_id: UUID, *, keep_passkeys: bool, as_json: bool) -> None:
    """A new link for somebody who lost every passkey: those end, and all sessions with them. Make sure who asks.

    With `--keep-passkeys` nothing ends; the link then lets nobody add a passkey who has one and cannot show it.
    """
    held = services()
    trail = Trail(db.session, held.clock, held.entropy)
    directory = Directory(db.session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
    person = directory.get(subscriber_id)
    if person is None or person.group != STAFF or not person.active:
        fail(Refusal(Code.SUBSCRIBER_UNKNOWN, "no active member of staff has this identifier"), as_json=as_json)
    removed = 0 if keep_passkeys else _end_what_was_lost(held, trail, subscriber_id)
    trail.append(AuditEvent(Event.STAFF_LINK_MADE, subscriber_id=subscriber_id, actor=OPERATOR))
    db.session.commit()
    say({"id": str(subscriber_id), "passkeys_removed": removed, **_link(held, subscriber_id)}, as_json=as_json)


def _end_what_was_lost(held: Services, trail: Trail, subscriber_id: UUID) -> int:
    """Remove every passkey and end every session; how many passkeys that were."""
    passkeys = PasskeyStore(db.session(), held.sealer, held.clock, held.entropy, trail)
    lost = passkeys.held_by(subscriber_id)
    for passkey in lost:
        passkeys.remove(subscriber_id, passkey.id, keep_one=False)
    Sessions(db.session(), held.ephemeral, held.clock, held.entropy, trail).end_all(subscriber_id, PASSKEYS_LOST)
    return len(lost)


def _link(held: Services, subscriber_id: UUID) -> dict[str, Any]:
    secret = make_activation(held.ephemeral, held.entropy, subscriber_id)
    expires_at = held.clock.now() + LINK_LIFE
    return {
        "activation_url": f"{held.options.issuer}/signin/activate/{secret}",
        "activation_expires_at": expires_at.isoformat(timespec="seconds"),
    }
