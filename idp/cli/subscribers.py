"""`./wangov subscriber`: people made by hand for tests and demonstrations, and accounts suspended and resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from idp.audit import Trail
from idp.authenticators.methods import CITIZEN, STAFF
from idp.authenticators.password import Passwords
from idp.authenticators.password_rules import SHORTEST
from idp.authenticators.totp import Binding, Totp
from idp.cli.output import fail, json_option, read_document, say
from idp.cli.records import concerns, corrections
from idp.database import Session
from idp.errors import Code, Refusal
from idp.sessions import Sessions
from idp.subscribers import Directory, Lifecycle, MoveReason, NewSubscriber, State, fold_username
from idp.web.extensions import db, services
from idp.web.services import Services

__all__ = ["OPERATOR", "Opened", "open_account", "subscriber"]

OPERATOR = "operator"
_OWN_MEMBERS = frozenset({"username", "password", "totp", "ial"})

subscriber = AppGroup("subscriber", help="Make test people; suspend and resume accounts; what people say is wrong.")
subscriber.add_command(corrections)
subscriber.add_command(concerns)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new account as it is printed; the code generator's secret is shown this once."""

    subscriber_id: UUID
    username: str
    totp: Binding | None = field(repr=False)

    def as_document(self) -> dict[str, Any]:
        """The members that the command prints."""
        secret = {} if self.totp is None else {"totp_secret": self.totp.secret, "totp_uri": self.totp.uri}
        return {"id": str(self.subscriber_id), "username": self.username, **secret}


def open_account(
    held: Services, session: Session, person: Mapping[str, Any], *, group: str = CITIZEN
) -> Opened | Refusal:
    """Open an account with a password, and a code generator when `totp` is true, in the open transaction.

    `person` holds `username`, `password`, standard claims, and optionally `totp` and `ial` (1 to 3, default 1): the
    level is asserted, no enrolment stands behind it. Staff (`group`) need no password. After a refusal the transaction
    must be rolled back.
    """
    username, password = person.get("username"), person.get("password")
    totp, ial = person.get("totp", False), person.get("ial", 1)
    if group == STAFF and password is None and isinstance(username, str):
        password = ""
    if not isinstance(username, str) or not isinstance(password, str):
        return Refusal(Code.SUBSCRIBER_INVALID, "username and password: both are needed, as text")
    if not isinstance(totp, bool) or isinstance(ial, bool):
        return Refusal(Code.SUBSCRIBER_INVALID, "totp: true or false; ial: 1, 2 or 3")
    trail = Trail(session, held.clock, held.entropy)
    directory = Directory(session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
    claims = {name: value for name, value in person.items() if name not in _OWN_MEMBERS}
    new = NewSubscriber(username, claims, ial, _language(claims), group=group)
    subscriber_id = directory.create(new, actor=OPERATOR)
    if isinstance(subscriber_id, Refusal):
        return subscriber_id
    if password or group == CITIZEN:
        passwords = Passwords(session, held.hasher, held.clock, trail, held.listed_password)
        refusal = passwords.set(subscriber_id, password, _about(person), shortest=SHORTEST if totp else None)
        if refusal is not None:
            return refusal
    folded = fold_username(username) or username
    binding = None
    if totp:
        binding = Totp(session, held.sealer, held.clock, held.entropy, trail).bind(subscriber_id, folded)
    return Opened(subscriber_id, folded, binding)


@subscriber.command("create")
@json_option
def create(*, as_json: bool) -> None:
    """Make a person from a JSON document on standard input; refused in production.

    Members: username, password, totp (true for a one-time code generator), ial (1 to 3: how surely the identity was
    proven), and at the top level the standard claims (name, email, birthdate, ...).
    """
    held = services()
    if not held.options.allows_test_people:
        fail(Refusal(Code.SUBSCRIBER_STATE, "people are enrolled in production, not made"), as_json=as_json)
    opened = open_account(held, db.session, read_document(as_json=as_json))
    if isinstance(opened, Refusal):
        db.session.rollback()
        fail(opened, as_json=as_json)
    db.session.commit()
    say(opened.as_document(), as_json=as_json)


@subscriber.command("suspend")
@click.argument("subscriber_id", type=click.UUID)
@click.option(
    "--reason",
    type=click.Choice(["suspected_misuse", "legal_order", "person_asked", "reported_in_error"]),
    required=True,
    help="Why; kept in the audit trail.",
)
@json_option
def suspend(subscriber_id: UUID, reason: str, *, as_json: bool) -> None:
    """Stop an account: its sessions end, and nothing is issued for it until it is resumed."""
    _move(subscriber_id, State.SUSPENDED, MoveReason(reason), as_json=as_json)


@subscriber.command("resume")
@click.argument("subscriber_id", type=click.UUID)
@click.option(
    "--reason",
    type=click.Choice(["matter_settled", "person_asked", "reported_in_error"]),
    required=True,
    help="Why; kept in the audit trail.",
)
@json_option
def resume(subscriber_id: UUID, reason: str, *, as_json: bool) -> None:
    """Let a suspended account sign in again."""
    _move(subscriber_id, State.ACTIVE, MoveReason(reason), as_json=as_json)


@subscriber.command("reindex")
@json_option
def reindex(*, as_json: bool) -> None:
    """Make everybody's search tokens anew, a hundred at a time: needed once after an update that folds names anew."""
    held = services()
    trail = Trail(db.session, held.clock, held.entropy)
    directory = Directory(db.session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
    done, after = 0, None
    while batch := directory.listed_after(after):
        done += sum(directory.reindex(subscriber_id) for subscriber_id in batch)
        after = batch[-1]
        db.session.commit()
    say({"reindexed": done}, as_json=as_json)


def _move(subscriber_id: UUID, to: State, reason: MoveReason, *, as_json: bool) -> None:
    held = services()
    trail = Trail(db.session, held.clock, held.entropy)
    sessions = Sessions(db.session, held.ephemeral, held.clock, held.entropy, trail, held.session_policy)
    refusal = Lifecycle(db.session, held.clock, trail, sessions).move(subscriber_id, to, reason, actor=OPERATOR)
    if refusal is not None:
        db.session.rollback()
        fail(refusal, as_json=as_json)
    db.session.commit()
    say({"id": str(subscriber_id), "state": to.value}, as_json=as_json)


def _about(person: Mapping[str, Any]) -> list[str]:
    """What a password of this person must not contain."""
    told = ("username", "name", "given_name", "middle_name", "family_name", "nickname", "email", "phone_number")
    return [value for value in (person.get(name) for name in told) if isinstance(value, str)]


def _language(claims: Mapping[str, Any]) -> str | None:
    locale = claims.get("locale")
    return locale.replace("_", "-") if isinstance(locale, str) else None
