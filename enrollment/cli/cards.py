"""`./wangov card`: is a card good, and the keys that sign cards."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup, ScriptInfo

from enrollment.card.envelope import MAX_TEXT
from enrollment.cli.answers import fail
from enrollment.cli.card_checks import answer, given, looked_at
from enrollment.errors import Refusal
from enrollment.web.card_rooms import card_keys
from idp.cli.output import json_option, say
from idp.keys.jose import Algorithm
from idp.web.extensions import db, services

__all__ = ["card"]

card = AppGroup("card", help="Check cards, and look after the keys that sign them.")
keys = AppGroup("keys", help="The keys that sign cards.")
card.add_command(keys)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@card.command("verify", with_appcontext=False)
@click.option(
    "--key",
    "files",
    multiple=True,
    type=_FILE,
    help="Keys to trust, beside our own: JSON with `signing_key`, a JWK or JWK set, or PEM; more than once.",
)
@click.option("--list", "listed", type=_FILE, help="Cards that are not good, as the site gives them at /verify/list.")
@json_option
@click.pass_context
def verify(context: click.Context, files: tuple[Path, ...], listed: Path | None, *, as_json: bool) -> None:
    """Check the text of a card's QR code, given on standard input.

    `claims` is what the card says, whether it is good or not: believe it only where `valid` is true. Files are enough
    where no database answers. What cannot be used of them is a warning, and makes no card good.

    Exit status: with --json 0 for every verdict; without it 1 for a card that is not good. 2 for a call that cannot
    be carried out.
    """
    text = sys.stdin.buffer.read(MAX_TEXT + 2).decode("ascii", "replace")
    found = answer(looked_at(context.ensure_object(ScriptInfo), text, given(files, listed)))
    lines = ["good" if found["valid"] else f"NOT GOOD: {found['reason']}"]
    if found["valid"]:
        lines += [f"{name}: {value}" for name, value in (found["claims"] or {}).items()]
        lines += [] if found["standing"] else ["nobody was asked whether it was taken back"]
    say(found, as_json=as_json, lines=[*lines, *(f"warning: {one}" for one in found["warnings"])])
    if not found["valid"] and not as_json:
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
