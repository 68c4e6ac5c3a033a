"""A claim whose slip was right, of a new account: a passkey, or a password with printed codes."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.issuance.journeys import Journey
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.citizen.taking import done_page, identity_of, load, take
from enrollment.web.claiming_rooms import claiming
from idp.authenticators import Passwords
from idp.authenticators.methods import CITIZEN
from idp.authenticators.passkey_challenges import Bond, PasskeyPurpose
from idp.authenticators.passkey_names import Kind, suggested
from idp.authenticators.passkey_options import PasskeyOwner
from idp.authenticators.passkey_store import NewPasskey
from idp.entropy import SecretKind, digest
from idp.errors import Code, Refusal
from idp.subscribers.profile import display_name, words_about
from idp.telemetry import refused
from idp.web import cookies, passkey_answers
from idp.web.code_rooms import recovery_codes
from idp.web.extensions import db, services
from idp.web.passkey_answers import FIELD, go_to, plain_words, problem, said, to_ask
from idp.web.rooms import passkey_store, passkeys, trail
from idp.web.signin.pages import Errors

__all__ = ["by_passkey", "by_password", "passkey_options", "password", "reread", "ways"]

MAX_PASSWORD = 1000


@citizen.get("/claim/<secret>")
def ways(secret: str) -> Response:
    """Choose how to sign in from now on; a linked account has its ways already."""
    journey = load(secret)
    if isinstance(journey, Response):
        return journey
    if claiming().needs_sign_in(journey.aid):
        return redirect(url_for("citizen.link", secret=secret), code=303)
    return _ways_page(journey)


@citizen.post("/claim/<secret>/passkey/options")
def passkey_options(secret: str) -> Response:
    """What the script hands to the device."""
    journey = load(secret)
    if isinstance(journey, Response) or claiming().needs_sign_in(journey.aid):
        return go_to(url_for("citizen.ways", secret=secret))
    identity = identity_of(journey)
    if identity is None:
        return go_to(url_for("citizen.start"))
    owner = PasskeyOwner(journey.subscriber_id, identity.username, display_name(identity))
    options = passkeys().begin_registration(_bond(journey), owner, CITIZEN)
    return problem(options) if isinstance(options, Refusal) else to_ask(options)


@citizen.post("/claim/<secret>/passkey")
def by_passkey(secret: str) -> Response:
    """Take the new passkey, and with it the account."""
    journey = load(secret)
    if isinstance(journey, Response):
        return journey
    text = request.form.get("credential", "")
    made = passkeys().finish_registration(_bond(journey), journey.subscriber_id, CITIZEN, text)
    if isinstance(made, Refusal):
        db.session.commit()
        return _ways_page(journey, [(FIELD, said(made))])
    name = _name_of(made)

    def added(person: UUID) -> Refusal | None:
        stored = passkey_store().add(person, made, name)
        return stored if isinstance(stored, Refusal) else None

    claimed = take(journey, added)
    if isinstance(claimed, Refusal):
        return _ways_page(journey, [(FIELD, said(claimed))])
    return claimed if isinstance(claimed, Response) else done_page(journey, claimed, "passkey")


@citizen.get("/claim/<secret>/password")
def password(secret: str) -> Response:
    """Ask for a password."""
    journey = load(secret)
    return journey if isinstance(journey, Response) else _password_page(journey)


@citizen.post("/claim/<secret>/password")
def by_password(secret: str) -> Response:
    """Take the password, and with it the account; the printed codes are shown in this answer and never again."""
    journey = load(secret)
    if isinstance(journey, Response):
        return journey
    typed = request.form.get("password", "")
    if not typed or len(typed) > MAX_PASSWORD:
        return _password_page(journey, [("password", "password_new_missing" if not typed else "too_long")])
    codes: list[str] = []

    def added(person: UUID) -> Refusal | None:
        identity = identity_of(journey)
        shared = services()
        known = shared.listed_password, shared.numbers_of
        stored = Passwords(db.session(), shared.hasher, shared.clock, trail(), *known)
        weak = stored.set(person, typed, [] if identity is None else words_about(identity))
        if weak is None:
            codes.extend(recovery_codes().make(person))
        return weak

    claimed = take(journey, added)
    if isinstance(claimed, Refusal):
        return _weak_page(journey, claimed)
    return claimed if isinstance(claimed, Response) else done_page(journey, claimed, "password", codes)


@citizen.get("/claim/<secret>/passkey")
@citizen.get("/claim/<secret>/passkey/options")
def reread(secret: str) -> Response:
    """An address that only takes forms, opened again: back to the choice."""
    return redirect(url_for("citizen.ways", secret=secret, lang=request.args.get("lang")), code=303)


def _bond(journey: Journey) -> Bond:
    browser = digest(SecretKind.BROWSER, cookies.browser() or "").hex()
    return Bond(PasskeyPurpose.REGISTER, f"claim|{journey.name}", browser, journey.subscriber_id)


def _name_of(made: NewPasskey) -> str:
    kind = suggested(made.aaguid, made.transports, request.headers.get("User-Agent", ""))
    return plain_words("passkey.html", "kind_words", kind.value) if isinstance(kind, Kind) else kind


def _ways_page(journey: Journey, errors: Errors = ()) -> Response:
    offer = passkey_answers.offer(
        url_for("citizen.by_passkey", secret=journey.secret), url_for("citizen.passkey_options", secret=journey.secret)
    )
    page = render_template(
        "citizen/ways.html",
        offer=offer,
        password_url=url_for("citizen.password", secret=journey.secret),
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def _password_page(journey: Journey, errors: Errors = (), status: int = 0) -> Response:
    if claiming().needs_sign_in(journey.aid):
        return redirect(url_for("citizen.link", secret=journey.secret), code=303)
    identity = identity_of(journey)
    page = render_template(
        "citizen/password.html",
        action=url_for("citizen.by_password", secret=journey.secret),
        username="" if identity is None else identity.username,
        ways_url=url_for("citizen.ways", secret=journey.secret),
        errors=errors,
    )
    return make_response(page, status or (400 if errors else 200))


def _weak_page(journey: Journey, refusal: Refusal) -> Response:
    refused(refusal.code.value)
    if refusal.code is Code.PASSWORD_BUSY:
        return _password_page(journey, [("", refusal.code.value)], 503)
    return _password_page(journey, [("password", f"password_{refusal.detail}")])
