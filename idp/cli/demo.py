"""`./wangov demo load`: made-up people and two services to try the provider with, on embedded stores only."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from flask.cli import AppGroup

from idp.audit import Trail
from idp.authenticators.password import Passwords
from idp.authenticators.totp import Totp
from idp.cli.output import announce, fail, json_option, say
from idp.cli.subscribers import open_account
from idp.clients.registration import ClientRegistration, Registered
from idp.database import Session
from idp.errors import Code, Refusal
from idp.subscribers import Directory
from idp.web.extensions import db, services
from idp.web.services import Services

__all__ = ["DemoError", "demo", "load_demo"]

HIGHEST_PORT = 65_533
PASSWORD_WORDS = 4
# 64 words: each stands for six random bits.
WORDS = (
    "amber", "anchor", "autumn", "bamboo", "basket", "beacon", "bridge", "bronze", "candle", "canoe", "carpet",
    "cedar", "cherry", "cinnamon", "cobalt", "copper", "coral", "cotton", "crystal", "drum", "ember", "feather",
    "ferry", "garden", "ginger", "granite", "harbour", "hazel", "honey", "island", "ivory", "jasmine", "kettle",
    "ladder", "lantern", "lemon", "linen", "mango", "marble", "meadow", "mirror", "nutmeg", "orchard", "paddle",
    "palm", "pebble", "pepper", "pillow", "pocket", "quartz", "raffia", "ribbon", "river", "saddle", "saffron",
    "silver", "thimble", "timber", "tulip", "valley", "velvet", "walnut", "willow", "window",
)  # fmt: skip

PEOPLE: tuple[tuple[dict[str, Any], str], ...] = (
    (
        {
            "username": "aminata",
            "name": "Aminata Example",
            "given_name": "Aminata",
            "family_name": "Example",
            "gender": "female",
            "birthdate": "1988-03-14",
            "email": "aminata@people.example",
            "email_verified": True,
            "phone_number": "+232 00 000 001",
            "phone_number_verified": True,
            "address": {"street_address": "1 Invented Street", "locality": "Sampletown", "country": "SL"},
            "zoneinfo": "Africa/Freetown",
            "locale": "en-SL",
            "totp": True,
            "ial": 2,
        },
        "Types a code after the password. Sign in at Tax Filing, then open Clinic Appointments.",
    ),
    (
        {
            "username": "foday",
            "name": "Foday Specimen",
            "given_name": "Foday",
            "family_name": "Specimen",
            "birthdate": "1961-11-02",
            "phone_number": "+232 00 000 002",
            "address": {"formatted": "Blue house by the well\nMadeup Village", "country": "SL"},
            "locale": "en-SL",
        },
        "Signs in with a password alone. What is not recorded about him is offered to nobody.",
    ),
    (
        {
            "username": "isatu",
            "name": "Isatu Placeholder",
            "given_name": "Isatu",
            "family_name": "Placeholder",
            "birthdate": "2001-07-30",
            "email": "isatu@people.example",
            "locale": "fr-FR",
            "totp": True,
        },
        "Prefers French, and types a code as well. Share only some of the optional details: that is no error.",
    ),
)

SERVICES: Mapping[str, tuple[int, dict[str, Any], str]] = {
    "tax": (
        1,
        {
            "client_name": "Tax Filing",
            "purpose": "To fill in your tax return with your own details and to file it in your name.",
            "purpose#fr": "Pour remplir votre déclaration d'impôts avec vos données et la déposer en votre nom.",
            "sector": "tax.demo",
            "scope": "openid profile email phone address offline_access",
            "essential_claims": ["name", "birthdate"],
        },
        "File a tax return. It needs your name and date of birth, and asks for more that you may refuse.",
    ),
    "clinic": (
        2,
        {
            "client_name": "Clinic Appointments",
            "purpose": "To show you your appointments and to reach you when one of them changes.",
            "purpose#fr": "Pour vous montrer vos rendez-vous et vous joindre quand l'un d'eux change.",
            "sector": "clinic.demo",
            "scope": "openid profile phone",
        },
        "See your appointments. Signed in at Tax Filing already? Then no password is asked for here.",
    ),
}

demo = AppGroup("demo", help="Made-up people and services to try the provider with.")


class DemoError(Exception):
    """The demonstration data could not be made: a mistake in this module, not of whoever runs it."""


@demo.command("load")
@click.option(
    "--port",
    type=click.IntRange(1, HIGHEST_PORT),
    envvar="PORT",
    help="The provider's port; the services listen on the next two. Default: PORT, else the issuer's port.",
)
@json_option
def load(port: int | None, *, as_json: bool) -> None:
    """Load what is missing of the demonstration data; safe to repeat."""
    held = services()
    options = held.options
    if not options.embedded or options.environment not in {"development", "test"}:
        fail(
            Refusal(Code.SUBSCRIBER_STATE, "demonstration data goes only into the embedded stores of `make run`"),
            as_json=as_json,
        )
    loaded = load_demo(held, db.session, port or urlsplit(options.issuer).port or 8000)
    db.session.commit()
    announce("clients")
    say(loaded, as_json=as_json, lines=[f"People and services to try are in {options.data / 'demo'}"])


def load_demo(held: Services, session: Session, port: int) -> dict[str, Any]:
    """Make the missing people and services and write their files below the data folder; the caller commits.

    A person or service that exists keeps everything as long as its secret is still on file; otherwise it gets a new
    one. Services follow the port. Files are written before the commit: a file that speaks of somebody who does not
    exist is put right by the next load, a person whose password nobody knows would not be.
    """
    folder = held.options.data / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    noted = {entry.get("identifier"): entry for entry in _read(folder / "people.json").get("people", [])}
    people = [_person(held, session, dict(person), what, noted.get(person["username"])) for person, what in PEOPLE]
    offered = [_service(held, session, folder, name, port) for name in SERVICES]
    _write(folder / "people.json", {"people": people, "services": offered})
    return {"people": [person["identifier"] for person in people], "services": offered}


def _person(
    held: Services, session: Session, person: dict[str, Any], what: str, noted: Mapping[str, Any] | None
) -> dict[str, Any]:
    trail = Trail(session, held.clock, held.entropy)
    directory = Directory(session, held.sealer, held.purpose_keys, held.clock, held.entropy, trail)
    username = person["username"]
    existing = directory.by_username(username)
    if existing is not None and noted is not None:
        return {**noted, "what": what}
    password = _password(held)
    if existing is None:
        opened = open_account(held, session, {**person, "password": password})
        if isinstance(opened, Refusal):
            raise DemoError(opened.code.value)
        binding = opened.totp
    else:
        refusal = Passwords(session, held.hasher, held.clock, trail, held.listed_password).set(existing.id, password)
        if refusal is not None:
            raise DemoError(refusal.code.value)
        totp = Totp(session, held.sealer, held.clock, held.entropy, trail)
        binding = totp.bind(existing.id, username) if person.get("totp") else None
    return {
        "name": person["name"],
        "identifier": username,
        "password": password,
        "totp_secret": None if binding is None else binding.secret,
        "what": what,
    }


def _service(held: Services, session: Session, folder: Path, name: str, port: int) -> dict[str, str]:
    step, described, what = SERVICES[name]
    schemes = ("http", "https") if held.options.secure else ("http",)
    places = [f"{scheme}://localhost:{port + step}" for scheme in schemes]
    metadata = {
        **described,
        "redirect_uris": [f"{place}/callback" for place in places],
        "post_logout_redirect_uris": [f"{place}/signed-out" for place in places],
        "grant_types": ["authorization_code", "refresh_token"],
        "client_uri": f"{places[0]}/",
    }
    trail = Trail(session, held.clock, held.entropy)
    registration = ClientRegistration(session, held.clock, held.entropy, trail, held.registration_policy)
    client_id, path = f"demo-{name}", folder / f"{name}.json"
    secret = _read(path).get("client_secret")
    if isinstance(registration.show(client_id), Refusal):
        registered = registration.create(metadata, client_id)
    else:
        registered = registration.update(client_id, metadata)
        if isinstance(registered, Registered) and secret is None:
            registered = registration.rotate_secret(client_id)
    if isinstance(registered, Refusal):
        raise DemoError(registered.detail)
    known = {} if registered.client_secret else {"client_secret": secret, "client_secret_expires_at": 0}
    _write(path, {**registered.as_document(), **known, "issuer": held.options.issuer})
    return {"name": described["client_name"], "url": f"{places[0]}/", "what": what}


def _password(held: Services) -> str:
    return "-".join(WORDS[byte % len(WORDS)] for byte in held.entropy.bytes(PASSWORD_WORDS))


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _write(path: Path, document: Mapping[str, Any]) -> None:
    """Put a file for its owner alone in place, whole or not at all."""
    passing = path.with_suffix(".new")
    passing.unlink(missing_ok=True)
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=2)
    passing.replace(path)
