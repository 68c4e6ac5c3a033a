"""`./wangov founding`: the ceremony by which the first two members of staff get their roles."""

from __future__ import annotations

import sys
from uuid import UUID

import click
from flask.cli import AppGroup

from enrollment.centres.ceremony import Ceremony
from enrollment.cli.answers import fail
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import founding as room
from idp.cli.output import json_option, say
from idp.web.extensions import db

__all__ = ["founding"]

MAX_TYPED = 100

founding = AppGroup("founding", help="The ceremony of the first two members of staff.")


@founding.command("start")
@click.argument("first_id", type=click.UUID)
@click.argument("second_id", type=click.UUID)
@json_option
def start(first_id: UUID, second_id: UUID, *, as_json: bool) -> None:
    """Begin, for two accounts made by `staff create`; prints a one-time code for each, once. Hand each to its person.

    Both codes are good for two days, and worth nothing before the other one is used, too.
    """
    made = room().start(first_id, second_id)
    if isinstance(made, Refusal):
        db.session.rollback()
        fail(made, as_json=as_json)
    db.session.commit()
    codes = [
        {
            "subscriber_id": str(one.subscriber_id),
            "code": one.code,
            "expires_at": one.expires_at.isoformat(timespec="seconds"),
        }
        for one in made
    ]
    say(codes, as_json=as_json)


@founding.command("redeem")
@click.argument("subscriber_id", type=click.UUID)
@json_option
def redeem(subscriber_id: UUID, *, as_json: bool) -> None:
    """Use a founder's code, which comes on standard input. The founder must have a passkey by then."""
    if sys.stdin.isatty():
        typed = click.prompt("Code", hide_input=True, err=True)
    else:
        typed = sys.stdin.buffer.read(MAX_TYPED).decode("utf-8", "replace")
    outcome = room().redeem(subscriber_id, typed)
    db.session.commit()
    if isinstance(outcome, Refusal):
        fail(outcome, as_json=as_json)
    say(_document(outcome), as_json=as_json)


@founding.command("stop")
@json_option
def stop(*, as_json: bool) -> None:
    """Stop the open ceremony: its codes are worth nothing any more."""
    outcome = room().stop()
    if isinstance(outcome, Refusal):
        db.session.rollback()
        fail(outcome, as_json=as_json)
    db.session.commit()
    say(_document(outcome), as_json=as_json)


@founding.command("status")
@json_option
def status(*, as_json: bool) -> None:
    """The latest ceremony: who has used the code, and when the founders' authority ends."""
    latest = room().latest()
    if latest is None:
        fail(Refusal(Code.ENR_UNKNOWN, "ceremony"), as_json=as_json)
    say(_document(latest), as_json=as_json)


def _document(ceremony: Ceremony) -> dict[str, object]:
    until = ceremony.authority_until
    return {
        "id": str(ceremony.id),
        "state": ceremony.state.value,
        "founders": [str(one) for one in ceremony.founders],
        "redeemed": [str(one) for one in ceremony.redeemed],
        "codes_expire_at": ceremony.expires_at.isoformat(timespec="seconds"),
        "authority_until": None if until is None else until.isoformat(timespec="seconds"),
    }
