"""Face and finger as ways to sign in: what is enrolled, locking it, and unlocking it."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from idp.authenticators.biometric_locks import Modality
from idp.authenticators.methods import Method
from idp.notices import Notice
from idp.sessions import Session
from idp.web.account.blueprint import account
from idp.web.account.changing import counted, here, proven, proven_and_counted, tell_added
from idp.web.account.guard import signed_in
from idp.web.biometric_rooms import biometric_locks
from idp.web.extensions import db, services
from idp.web.rooms import notices

__all__ = ["biometrics", "confirm_unlocking", "lock_biometric", "unlock_biometric"]

_DONE = frozenset({"locked", "unlocked"})
_ONE = "/account/biometrics/<any(face, finger):modality>"


@account.get("/account/biometrics")
def biometrics() -> Response:
    """What could sign the person in, and what is locked."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    locked = biometric_locks().held(session.subscriber_id)
    done = request.args.get("done")
    page = render_template(
        "account/biometrics.html",
        held=[
            {
                "modality": one.value,
                "locked": one in locked,
                "lock_action": url_for("account.lock_biometric", modality=one.value),
                "unlock_url": url_for("account.confirm_unlocking", modality=one.value),
            }
            for one in Modality
            if one in _enrolled(session)
        ],
        methods_url=url_for("account.methods"),
        done=done if done in _DONE else None,
    )
    return make_response(page)


@account.post(f"{_ONE}/lock")
def lock_biometric(modality: str) -> Response:
    """Lock at once: who wants to be safer is asked for nothing more."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    waiting = counted(session)
    if waiting is not None:
        return waiting
    if biometric_locks().lock(session.subscriber_id, _own(session, modality)):
        notices().tell(session.subscriber_id, Notice.METHOD_REMOVED, {"method": Method(modality).value, **here()})
    db.session.commit()
    return redirect(url_for("account.biometrics", done="locked"), code=303)


@account.get(f"{_ONE}/unlock")
def confirm_unlocking(modality: str) -> Response:
    """Say what unlocking does; only for somebody who proved who they are a moment ago."""
    session = proven()
    if isinstance(session, Response):
        return session
    page = render_template(
        "account/biometrics_unlock.html",
        modality=_own(session, modality).value,
        action=url_for("account.unlock_biometric", modality=modality),
        biometrics_url=url_for("account.biometrics"),
    )
    return make_response(page)


@account.post(f"{_ONE}/unlock")
def unlock_biometric(modality: str) -> Response:
    """Unlock, and count misses afresh."""
    session = proven_and_counted()
    if isinstance(session, Response):
        return session
    if biometric_locks().unlock(session.subscriber_id, _own(session, modality)):
        tell_added(session, Method(modality), None)
    db.session.commit()
    return redirect(url_for("account.biometrics", done="unlocked"), code=303)


def _enrolled(session: Session) -> frozenset[Modality]:
    verifier = services().biometric_verifier
    return frozenset() if verifier is None else verifier.enrolled(session.subscriber_id)


def _own(session: Session, modality: str) -> Modality:
    """The modality, if it is enrolled for this person: what is not there cannot be changed."""
    asked = Modality(modality)
    if asked not in _enrolled(session):
        raise NotFound
    return asked
