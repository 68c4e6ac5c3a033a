"""Views of the sign-in: read the form, take one step, commit once, choose the page."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.totp import typed_code
from idp.errors import Code, Refusal
from idp.signin import Browser, Completed, Move, StartOver, State, Transaction
from idp.signin.steps import CODES_SPENT, PAUSE_SECONDS, Outcome
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.rooms import directory, sign_in
from idp.web.signin.pages import (
    MEANT_TOO,
    Errors,
    code_page,
    go_on,
    password_page,
    refusal_page,
    too_many_page,
    transaction_refused,
)

__all__ = ["signin"]

MAX_IDENTIFIER = 200
MAX_PASSWORD = 1000
MAX_CODE = 20
# Asked to sign in only because no session was there: one that has come since (another tab) will do.
_UNASKED = frozenset({"", "no_session"})

signin = Blueprint("signin", __name__)


@signin.get("/signin")
def start() -> Response:
    """Begin a sign-in to the account pages."""
    if current_session() is not None:
        return redirect(url_for("account.home"), code=303)
    refusal = services().address_limit.count_begun(services().client_address(request.environ))
    if refusal is not None:
        return too_many_page(refusal, url_for("signin.start"))
    transaction = services().transactions.open(None, cookies.ensure_browser())
    return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)


@signin.get("/signin/<transaction_id>")
def step(transaction_id: str) -> Response:
    """The page of the step that this sign-in has come to."""
    transaction = _load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is State.SECOND_FACTOR:
        return code_page(transaction, _account(transaction))
    if transaction.state is not State.CREDENTIALS:
        return go_on(transaction)
    session = current_session()
    if session is not None and transaction.version == 1 and transaction.reason in _UNASKED:
        moved = services().transactions.advance(transaction, Move.RECOGNISE, subscriber_id=session.subscriber_id)
        return transaction_refused(moved, transaction_id) if isinstance(moved, Refusal) else go_on(moved)
    return password_page(transaction)


@signin.get("/signin/<transaction_id>/password")
@signin.get("/signin/<transaction_id>/code")
def reread(transaction_id: str) -> Response:
    """An address that only takes forms, opened again by hand or by the language switch: back to the step."""
    return redirect(url_for("signin.step", transaction_id=transaction_id, lang=request.args.get("lang")), code=303)


@signin.post("/signin/<transaction_id>/password")
def password(transaction_id: str) -> Response:
    """Take user name and password."""
    transaction = _load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    identifier, secret = request.form.get("identifier", "").strip(), request.form.get("password", "")
    if language.switched():
        kept = identifier[:MAX_IDENTIFIER]
        waits = transaction.state is State.CREDENTIALS
        return password_page(transaction, identifier=kept) if waits else go_on(transaction)
    errors = _form_errors(identifier, secret)
    if errors:
        return password_page(transaction, identifier=identifier[:MAX_IDENTIFIER], errors=errors, status=400)
    outcome = sign_in().submit_password(transaction, identifier, secret, _browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code is Code.PASSWORD_WRONG:
        refused(outcome.code.value)
        wrong = [("identifier", "credentials_wrong"), ("password", MEANT_TOO)]
        return password_page(transaction, identifier=identifier, errors=wrong, status=400)
    return _answer(outcome, transaction)


@signin.post("/signin/<transaction_id>/code")
def code(transaction_id: str) -> Response:
    """Take a one-time code."""
    transaction = _load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.SECOND_FACTOR:
        return go_on(transaction)
    typed = request.form.get("code", "")
    if language.switched():
        return code_page(transaction, _account(transaction), typed=typed[:MAX_CODE])
    digits = typed_code(typed)
    if digits is None:
        error = "code_format" if typed.strip() else "code_missing"
        return code_page(transaction, _account(transaction), errors=[("code", error)], status=400)
    outcome = sign_in().submit_code(transaction, digits, _browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in {Code.TOTP_WRONG, Code.TOTP_REPLAYED}:
        refused(outcome.code.value)
        error = "code_wrong" if outcome.code is Code.TOTP_WRONG else "code_used"
        return code_page(transaction, _account(transaction), errors=[("code", error)], status=400)
    return _answer(outcome, transaction)


@signin.post("/signin/<transaction_id>/restart")
def restart(transaction_id: str) -> Response:
    """Back to the first page, to use another account."""
    transaction = _load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    return _answer(sign_in().restart(transaction, "restarted"), transaction)


def _load(transaction_id: str) -> Transaction | Refusal:
    return services().transactions.load(transaction_id, cookies.browser())


def _browser() -> Browser:
    return Browser(
        address=services().client_address(request.environ),
        user_agent=request.headers.get("User-Agent", ""),
        device_cookie=cookies.device(),
        session=current_session(),
    )


def _account(transaction: Transaction) -> str | None:
    """The user name of whoever gave the password."""
    people = directory()
    person = None if transaction.subscriber_id is None else people.get(transaction.subscriber_id)
    identity = None if person is None else people.identity(person)
    return None if identity is None else identity.username


def _form_errors(identifier: str, secret: str) -> Errors:
    errors = []
    if not identifier:
        errors.append(("identifier", "identifier_missing"))
    elif len(identifier) > MAX_IDENTIFIER:
        errors.append(("identifier", "too_long"))
    if not secret:
        errors.append(("password", "password_missing"))
    elif len(secret) > MAX_PASSWORD:
        errors.append(("password", "too_long"))
    return errors


def _answer(outcome: Outcome, transaction: Transaction) -> Response:
    if isinstance(outcome, StartOver) and outcome.transaction.reason == CODES_SPENT:
        outcome = Refusal(Code.THROTTLED, "code", retry_after=PAUSE_SECONDS)
    if isinstance(outcome, Refusal):
        return refusal_page(transaction, outcome) or transaction_refused(outcome, transaction.id)
    response = go_on(outcome.transaction)
    if isinstance(outcome, Completed):
        cookies.set_session(response, outcome.session_secret)
        cookies.set_device(response, outcome.device_cookie)
    return response
