"""`./wangov card`: is a card good, and the keys that sign cards."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError

from enrollment.card import Checked, check
from enrollment.card.envelope import MAX_TEXT
from enrollment.card.trust import MAX_KEY_FILE, Trusted, keys_in
from enrollment.cli.answers import fail
from enrollment.errors import Refusal
from enrollment.web.card_rooms import card_keys, standings
from idp.cli.output import json_option, say
from idp.clock import SystemClock
from idp.errors import StoreUnavailableError
from idp.keys.jose import Algorithm
from idp.keys.sealing import KeysMissingError
from idp.web.extensions import db, services

__all__ = ["card"]

card = AppGroup("card", help="Check cards, and look after the keys that sign them.")
keys = AppGroup("keys", help="The keys that sign cards.")
card.add_command(keys)


@card.command("verify", with_appcontext=False)
@click.option(
    "--key",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A public key to trust, beside our own: JSON with `signing_key`, a JWK or JWK set, or PEM.",
)
@json_option
@click.pass_context
def verify(context: click.Context, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check the text of a card's QR code, given on standard input.

    `claims` is what the card says, whether it is good or not: believe it only where `valid` is true. Without --json
    the exit status is 1 for a card that is not good. Given keys are enough where no database answers.
    """
    trusted = [key for path in files for key in _read(path)]
    text = sys.stdin.buffer.read(MAX_TEXT + 2).decode("ascii", "replace")
    checked = _checked(context, text, trusted)
    answer: dict[str, Any] = {
        "valid": checked.valid,
        "reason": None if checked.reason is None else checked.reason.value,
        "claims": checked.claims,
        "meta": checked.meta,
    }
    lines = ["good" if checked.valid else f"NOT GOOD: {answer['reason']}"]
    lines += [f"{name}: {value}" for name, value in ((checked.claims or {}) if checked.valid else {}).items()]
    say(answer, as_json=as_json, lines=lines)
    if not checked.valid and not as_json:
        sys.exit(1)


@keys.command("list")
@json_option
def list_keys(*, as_json: bool) -> None:
    """Every key with its state and how many cards it signed."""
    held = card_keys()
    now, counts = services().clock.now(), held.cards_of()
    found = [
        {
            "kid": row.kid,
            "algorithm": row.algorithm,
            "state": held.state(row, now).value,
            "active_from": row.activate_at.isoformat(),
            "cards": counts.get(row.kid, 0),
        }
        for row in held.rows()
    ]
    lines = [f"{one['kid']}  {one['algorithm']}  {one['state']}  {one['cards']} cards" for one in found]
    say({"keys": found}, as_json=as_json, lines=lines)


@keys.command("export")
@json_option
def export_keys(*, as_json: bool) -> None:
    """The public keys as a JWK set: the file that `verify --key` and other people's programs take."""
    found = card_keys().published()
    say({"keys": found}, as_json=as_json, lines=[f"{one['kid']}  {one['alg']}" for one in found])


@keys.command("rotate")
@click.option("--algorithm", type=click.Choice(["ES256", "EdDSA"]), help="Of the new key; ES256 where nothing is said.")
@json_option
def rotate_key(algorithm: str | None, *, as_json: bool) -> None:
    """Publish a new key; it signs from tomorrow on, so that whoever checks cards off the network has it by then."""
    row = card_keys().rotate(None if algorithm is None else Algorithm(algorithm))
    answer = {"kid": row.kid, "algorithm": row.algorithm, "active_from": row.activate_at.isoformat()}
    db.session.commit()
    say(answer, as_json=as_json, lines=[f"{answer['kid']} signs from {answer['active_from']} on"])


@keys.command("revoke")
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Every card of this key is worthless from now on.")
@json_option
def revoke_key(kid: str, *, yes: bool, as_json: bool) -> None:
    """Take back a key that leaked. Its cards have to be made anew."""
    if not yes:
        message = "every card of this key becomes worthless: say --yes"
        raise click.UsageError(message)
    refusal = card_keys().revoke(kid)
    if isinstance(refusal, Refusal):
        fail(refusal, as_json=as_json)
    db.session.commit()
    say({"kid": kid, "state": "revoked"}, as_json=as_json, lines=[f"{kid} is taken back"])


def _read(path: Path) -> list[Trusted]:
    try:
        with path.open(encoding="utf-8") as file:
            return keys_in(file.read(MAX_KEY_FILE))
    except ValueError as error:
        message = f"{path.name}: {error}"
        raise click.BadParameter(message, param_hint="--key") from error


def _checked(context: click.Context, text: str, trusted: list[Trusted]) -> Checked:
    """By the given keys and our own, and what the register says of a card of ours.

    With given keys alone where this is no installation, or its stores are away.
    """
    try:
        app = context.ensure_object(ScriptInfo).load_app()
        with app.app_context():
            shared = services()
            return standings().settled(check(text, [*card_keys().trusted(), *trusted], shared.clock.now()))
    except (DBAPIError, StoreUnavailableError, KeysMissingError, SystemExit):
        if not trusted:
            raise
        return check(text, trusted, SystemClock().now())
