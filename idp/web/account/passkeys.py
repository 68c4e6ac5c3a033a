"""A person's passkeys: which there are, adding one, naming it, removing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.authenticators.methods import STAFF, Method
from idp.authenticators.passkey_challenges import Bond, PasskeyPurpose
from idp.authenticators.passkey_names import Kind, suggested
from idp.authenticators.passkey_options import PasskeyOwner
from idp.authenticators.passkey_store import MAX_NAME, MAX_PASSKEYS, NewPasskey, Passkey, typed_name
from idp.entropy import SecretKind, digest
from idp.errors import Code, Refusal
from idp.notices import Notice
from idp.sessions import Session
from idp.subscribers.directory import Subscriber
from idp.subscribers.profile import display_name
from idp.web import cookies, language, passkey_answers
from idp.web.account.blueprint import account
from idp.web.account.changing import counted, here, longer_password_first, proven, proven_and_counted, tell_added
from idp.web.account.guard import ADDS, Change, signed_in
from idp.web.extensions import db
from idp.web.passkey_answers import FIELD, go_to, plain_words, problem, said, to_ask
from idp.web.rooms import directory, methods, notices, passkey_store, passkeys

__all__ = ["add_passkey", "make_passkey", "name_passkey", "passkeys_page", "remove_passkey"]

_DONE = frozenset({"added", "renamed", "removed"})
Errors = list[tuple[str, str]]


@account.get("/account/passkeys")
def passkeys_page() -> Response:
    """Which passkeys there are."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    held = passkey_store().held_by(session.subscriber_id)
    done = request.args.get("done")
    page = render_template(
        "account/passkeys.html",
        passkeys=[_shown(passkey) for passkey in held],
        add_url=url_for("account.add_passkey") if len(held) < MAX_PASSKEYS else None,
        done=done if done in _DONE else None,
        methods_url=url_for("account.methods"),
    )
    return make_response(page)


@account.get("/account/passkeys/add")
def add_passkey() -> Response:
    """The page with the button that adds one."""
    session = proven(ADDS)
    return session if isinstance(session, Response) else _add_page()


@account.post("/account/passkeys/options")
def passkey_options() -> Response:
    """What the script hands to the device; or where it goes instead, or what it says."""
    session = proven(ADDS)
    if isinstance(session, Response):
        return go_to(url_for("account.add_passkey"))
    person = _person(session)
    options = passkeys().begin_registration(_bond(session), _owner(person), person.group)
    return problem(options) if isinstance(options, Refusal) else to_ask(options)


@account.post("/account/passkeys/add")
def make_passkey() -> Response:
    """Take what the device answered, and store the new passkey under a name of its kind."""
    session = proven_and_counted(ADDS)
    if isinstance(session, Response):
        return session
    person = _person(session)
    text = request.form.get("credential", "")
    made = passkeys().finish_registration(_bond(session), person.id, person.group, text)
    stored = made if isinstance(made, Refusal) else passkey_store().add(person.id, made, _first_name(made))
    if isinstance(stored, Refusal):
        db.session.commit()
        return _add_page([(FIELD, said(stored))], 400)
    tell_added(session, Method.PASSKEY, stored)
    db.session.commit()
    return redirect(url_for("account.passkey_name", passkey_id=stored, fresh="1"), code=303)


@account.get("/account/passkeys/<uuid:passkey_id>/name")
def passkey_name(passkey_id: UUID) -> Response:
    """Ask for its name."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    passkey = _own(session, passkey_id)
    return _name_page(passkey, passkey_store().name_of(passkey))


@account.post("/account/passkeys/<uuid:passkey_id>/name")
def name_passkey(passkey_id: UUID) -> Response:
    """Give it a name; somebody else's is not found, as one that never was (AC-090)."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    typed = request.form.get("name", "")
    if language.switched():
        return _name_page(_own(session, passkey_id), typed[: MAX_NAME * 2])
    name = typed_name(typed)
    if isinstance(name, Refusal):
        return _name_page(_own(session, passkey_id), typed[: MAX_NAME * 2], [("name", name.code.value)])
    refusal = passkey_store().rename(session.subscriber_id, passkey_id, name)
    db.session.commit()
    if refusal is not None:
        raise NotFound
    done = "added" if request.args.get("fresh") else "renamed"
    return redirect(url_for("account.passkeys_page", done=done), code=303)


@account.get("/account/passkeys/<uuid:passkey_id>/remove")
def confirm_passkey_removal(passkey_id: UUID) -> Response:
    """Ask before it is removed."""
    passkey = _own_signed_in(passkey_id)
    if isinstance(passkey, Response):
        return passkey
    session = proven(Change(removes=passkey.created_at))
    if isinstance(session, Response):
        return session
    return _kept(session) or _removal_page(session, passkey)


@account.post("/account/passkeys/<uuid:passkey_id>/remove")
def remove_passkey(passkey_id: UUID) -> Response:
    """Remove it, unless it is the only way in; somebody else's is not found, as one that never was (AC-090)."""
    passkey = _own_signed_in(passkey_id)
    if isinstance(passkey, Response):
        return passkey
    session = proven(Change(removes=passkey.created_at))
    if isinstance(session, Response):
        return session
    if request.form.getlist("decision") != ["remove"]:
        return _removal_page(session, passkey, [("", "decision_missing")])
    waiting = counted(session)
    if waiting is not None:
        return waiting
    kept = _kept(session)
    if kept is not None:
        return kept
    refusal = passkey_store().remove(session.subscriber_id, passkey_id, keep_one=_must_keep_one(session))
    if refusal is not None and refusal.code is Code.PASSKEY_LAST:
        return _removal_page(session, passkey)
    if refusal is not None:
        raise NotFound
    notices().tell(session.subscriber_id, Notice.METHOD_REMOVED, {"method": Method.PASSKEY.value, **here()})
    db.session.commit()
    return redirect(url_for("account.passkeys_page", done="removed"), code=303)


def _add_page(errors: Errors | None = None, status: int = 200) -> Response:
    page = render_template(
        "account/passkey_add.html",
        offer=passkey_answers.offer(url_for("account.make_passkey"), url_for("account.passkey_options")),
        list_url=url_for("account.passkeys_page"),
        errors=errors or [],
    )
    return make_response(page, status)


def _name_page(passkey: Passkey, name: str, errors: Errors | None = None) -> Response:
    fresh = request.args.get("fresh")
    page = render_template(
        "account/passkey_name.html",
        name=name,
        fresh=bool(fresh),
        action=url_for("account.name_passkey", passkey_id=passkey.id, fresh="1" if fresh else None),
        list_url=url_for("account.passkeys_page", done="added" if fresh else None),
        errors=errors or [],
    )
    return make_response(page, 400 if errors else 200)


def _removal_page(session: Session, passkey: Passkey, errors: Errors | None = None) -> Response:
    last = len(passkey_store().held_by(session.subscriber_id)) == 1
    kept = last and _must_keep_one(session)
    page = render_template(
        "account/passkey_remove.html",
        passkey=_shown(passkey),
        last=last,
        kept=kept,
        action=url_for("account.remove_passkey", passkey_id=passkey.id),
        list_url=url_for("account.passkeys_page"),
        errors=[] if kept else errors or [],
    )
    return make_response(page, 409 if kept else 400 if errors else 200)


def _kept(session: Session) -> Response | None:
    return None if _must_keep_one(session) else longer_password_first(session)


def _must_keep_one(session: Session) -> bool:
    """Staff have no other way in, and neither has a person without a password."""
    person = _person(session)
    return person.group == STAFF or not methods().held_by(person).password


def _shown(passkey: Passkey) -> dict[str, Any]:
    return {
        "name": passkey_store().name_of(passkey),
        "added_at": passkey.created_at,
        "used_at": passkey.used_at,
        "synced": passkey.backup_eligible,
        "rename_url": url_for("account.passkey_name", passkey_id=passkey.id),
        "remove_url": url_for("account.confirm_passkey_removal", passkey_id=passkey.id),
    }


def _own(session: Session, passkey_id: UUID) -> Passkey:
    passkey = passkey_store().own(session.subscriber_id, passkey_id)
    if isinstance(passkey, Refusal):
        raise NotFound
    return passkey


def _own_signed_in(passkey_id: UUID) -> Passkey | Response:
    session = signed_in()
    return session if isinstance(session, Response) else _own(session, passkey_id)


def _person(session: Session) -> Subscriber:
    person = directory().get(session.subscriber_id)
    if person is None:
        raise NotFound
    return person


def _owner(person: Subscriber) -> PasskeyOwner:
    identity = directory().identity(person)
    if identity is None:
        raise NotFound
    return PasskeyOwner(person.id, identity.username, display_name(identity))


def _bond(session: Session) -> Bond:
    browser = digest(SecretKind.BROWSER, cookies.browser() or "").hex()
    return Bond(PasskeyPurpose.REGISTER, str(session.id), browser, session.subscriber_id)


def _first_name(made: NewPasskey) -> str:
    """The maker's own name for it, or what it is in the page's language."""
    kind = suggested(made.aaguid, made.transports, request.headers.get("User-Agent", ""))
    if not isinstance(kind, Kind):
        return kind
    return plain_words("passkey.html", "kind_words", kind.value)
