"""A face or finger in a sign-in: a picture that the person takes, as a file, with or without scripts."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.biometric import MAX_SAMPLE_BYTES
from idp.authenticators.methods import Method
from idp.errors import Code, Refusal
from idp.signin import State, Transaction
from idp.telemetry import refused
from idp.web.biometric_rooms import biometric_step
from idp.web.extensions import db
from idp.web.signin.pages import Errors, go_on, prepare, transaction_refused
from idp.web.signin.second import others_url, shows
from idp.web.signin.stepping import account_name, answer, from_browser, load
from idp.web.signin.views import reread, signin

__all__ = ["biometric"]

_AGAIN = frozenset(
    {
        Code.BIOMETRIC_SIZE,
        Code.BIOMETRIC_CHALLENGE,
        Code.BIOMETRIC_REPLAY,
        Code.BIOMETRIC_NO_MATCH,
        Code.BIOMETRIC_CAPTURE,
    }
)
_CONFLICT = 409
_BY_BODY = "/signin/<transaction_id>/<any(face, finger):way>"


@signin.post(_BY_BODY)
def biometric(transaction_id: str, way: str) -> Response:
    """Take a picture. `idp.web.guards` lets a larger form through for this view alone."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.SECOND_FACTOR:
        return go_on(transaction)
    method, file = Method(way), request.files.get("sample")
    sample = b"" if file is None else file.stream.read(MAX_SAMPLE_BYTES + 1)
    if not sample:
        return _page(transaction, method, [("sample", "sample_missing")])
    challenge = request.form.get("challenge", "")
    outcome = biometric_step().submit(transaction, method, sample, challenge, from_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _AGAIN:
        refused(outcome.code.value)
        said = outcome.code.value
        if outcome.code is Code.BIOMETRIC_CAPTURE:
            said = f"capture_{outcome.detail}"
        return _page(transaction, method, [("sample", said)], _status(outcome))
    if isinstance(outcome, Refusal) and outcome.code is Code.FACTOR_MISSING:
        return go_on(transaction)
    return answer(outcome, transaction)


@signin.get(_BY_BODY)
def reread_biometric(transaction_id: str, way: str) -> Response:  # noqa: ARG001 - part of the address
    """The address of the form, opened again by hand or by the language switch: back to the step."""
    return reread(transaction_id)


def _status(refusal: Refusal) -> int:
    return {Code.BIOMETRIC_SIZE: 413, Code.BIOMETRIC_REPLAY: _CONFLICT}.get(refusal.code, 400)


def _page(transaction: Transaction, method: Method, errors: Errors = (), status: int = 400) -> Response:
    step = biometric_step()
    challenge = step.begin(transaction, method)
    if isinstance(challenge, Refusal):
        return go_on(transaction)
    page = render_template(
        "signin/biometric.html",
        **prepare(transaction),
        way=method.value,
        action=url_for("signin.biometric", transaction_id=transaction.id, way=method.value),
        challenge=challenge,
        part=step.wanted(transaction, method),
        restart_action=url_for("signin.restart", transaction_id=transaction.id),
        ways_url=others_url(transaction),
        account=account_name(transaction),
        errors=errors,
    )
    return make_response(page, status if errors else 200)


@shows(Method.FACE)
def _face_page(transaction: Transaction) -> Response:
    return _page(transaction, Method.FACE)


@shows(Method.FINGER)
def _finger_page(transaction: Transaction) -> Response:
    return _page(transaction, Method.FINGER)
