"""`./wangov client`: relying parties registered and changed by hand (RFC 7591 names in, RFC 7591 answer out)."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import click
from flask.cli import AppGroup

from idp.audit import Trail
from idp.cli.keys import report_created
from idp.cli.output import announce, fail, json_option, read_document, say
from idp.clients import ClientRegistration, Registered
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import GENERATION
from idp.errors import Code, Refusal
from idp.keys.rotation import SigningKeys
from idp.keys.source import GENERATION as KEYS_GENERATION
from idp.web.extensions import db, services

__all__ = ["client"]

# What an answer carries beside the metadata; ignored when an answer, edited, comes back as a change.
_ANSWER_MEMBERS = frozenset(
    {"client_id", "client_id_issued_at", "client_secret", "client_secret_expires_at", "enabled"}
)

client = AppGroup("client", help="Register relying parties and change them.")


@client.command("create")
@json_option
def create(*, as_json: bool) -> None:
    """Register a client from JSON metadata on standard input (members: docs/registration.md).

    A given client_id or client_secret is taken over.
    """
    document = _read(as_json=as_json)
    client_id, client_secret = (_text(document, name, as_json=as_json) for name in ("client_id", "client_secret"))
    _finish(_registration().create(_metadata(document), client_id, client_secret), as_json=as_json)


@client.command("update")
@click.argument("client_id")
@json_option
def update(client_id: str, *, as_json: bool) -> None:
    """Change members of a client's metadata from a JSON document on standard input; null resets a member."""
    document = _read(as_json=as_json)
    if _text(document, "client_id", as_json=as_json) not in {None, client_id}:
        fail(Refusal(Code.CLIENT_METADATA, "client_id: differs from the one of the command"), as_json=as_json)
    client_secret = _text(document, "client_secret", as_json=as_json)
    _finish(_registration().update(client_id, _metadata(document), client_secret), as_json=as_json)


@client.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every client."""
    entries = [registered.as_document() for registered in _registration().listing()]
    lines = (
        f"{entry['client_id']}  {'enabled' if entry['enabled'] else 'disabled'}  {entry.get('client_name', '')}"
        for entry in entries
    )
    say(entries, as_json=as_json, lines=lines)


@client.command("show")
@click.argument("client_id")
@json_option
def show(client_id: str, *, as_json: bool) -> None:
    """Show a client as it is registered, without its secret."""
    registered = _registration().show(client_id)
    if isinstance(registered, Refusal):
        fail(registered, as_json=as_json)
    say(registered.as_document(), as_json=as_json)


@client.command("disable")
@click.argument("client_id")
@json_option
def disable(client_id: str, *, as_json: bool) -> None:
    """Refuse a client everywhere, from the next second on."""
    _apply(lambda registration: registration.disable(client_id), as_json=as_json)


@client.command("enable")
@click.argument("client_id")
@json_option
def enable(client_id: str, *, as_json: bool) -> None:
    """Serve a disabled client again."""
    _apply(lambda registration: registration.enable(client_id), as_json=as_json)


@client.command("rotate-secret")
@click.argument("client_id")
@json_option
def rotate_secret(client_id: str, *, as_json: bool) -> None:
    """Give a client a new secret; the old one ends at once."""
    _apply(lambda registration: registration.rotate_secret(client_id), as_json=as_json)


def _read(*, as_json: bool) -> dict[str, Any]:
    """The document; members that nobody knows are named on standard error (RFC 7591 2 has them ignored)."""
    document = read_document(as_json=as_json)
    known = {*ClientMetadata.model_fields, *_ANSWER_MEMBERS}
    for name in sorted(document):
        if name.partition("#")[0] in known:  # a name in a further language: client_name#fr
            continue
        near = get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        click.echo(f"Ignored: {name[:100]!r} is no member of client metadata{hint}", err=True)
    return document


def _registration() -> ClientRegistration:
    held = services()
    trail = Trail(db.session, held.clock, held.entropy)
    return ClientRegistration(db.session, held.clock, held.entropy, trail, held.registration_policy)


def _apply(change: Callable[[ClientRegistration], Registered | Refusal], *, as_json: bool) -> None:
    _finish(change(_registration()), as_json=as_json)


def _finish(outcome: Registered | Refusal, *, as_json: bool) -> None:
    """Commit, tell the servers and print; a signing algorithm that a client asks for first gets its key here."""
    if isinstance(outcome, Refusal):
        db.session.rollback()
        fail(outcome, as_json=as_json)
    held = services()
    metadata = outcome.metadata
    wanted = [metadata.id_token_signed_response_alg, metadata.access_token_signing_alg]
    made = SigningKeys(db.session, held.sealer, held.clock).ensure(wanted)
    report_created(made)
    db.session.commit()
    announce(GENERATION)
    if made:
        announce(KEYS_GENERATION)
    say(outcome.as_document(), as_json=as_json)


def _metadata(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _ANSWER_MEMBERS}


def _text(document: dict[str, Any], name: str, *, as_json: bool) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        fail(Refusal(Code.CLIENT_METADATA, f"{name}: must be text"), as_json=as_json)
    return value
