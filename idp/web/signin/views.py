"""Views of the sign-in: read the form, take one step, commit once, choose the page."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.methods import Method
from idp.authenticators.totp import typed_code
from idp.errors import Code, Refusal
from idp.signin import Move, State, Transaction
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.rooms import sign_in
from idp.web.signin.pages import (
    MEANT_TOO,
    Errors,
    code_page,
    go_on,
    password_page,
    too_many_page,
    transaction_refused,
    unmet_page,
)
from idp.web.signin.second import begin, bodies_of, second_page, shows, ways_of, ways_page
from idp.web.signin.stepping import account_name, answer, from_browser, load

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
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is State.SECOND_FACTOR:
        return _second(transaction)
    if transaction.state is not State.CREDENTIALS:
        return go_on(transaction)
    session = current_session()
    if session is not None and transaction.version == 1 and transaction.reason in _UNASKED:
        moved = services().transactions.advance(transaction, Move.RECOGNISE, subscriber_id=session.subscriber_id)
        return transaction_refused(moved, transaction_id) if isinstance(moved, Refusal) else go_on(moved)
    return password_page(transaction)


@signin.get("/signin/<transaction_id>/password")
@signin.get("/signin/<transaction_id>/code")
@signin.get("/signin/<transaction_id>/choose")
@signin.get("/signin/<transaction_id>/skip")
@signin.get("/signin/<transaction_id>/giveup")
def reread(transaction_id: str) -> Response:
    """An address that only takes forms, opened again by hand or by the language switch: back to the step."""
    return redirect(url_for("signin.step", transaction_id=transaction_id, lang=request.args.get("lang")), code=303)


@signin.post("/signin/<transaction_id>/password")
def password(transaction_id: str) -> Response:
    """Take user name and password."""
    transaction = load(transaction_id)
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
    outcome = sign_in().submit_password(transaction, identifier, secret, from_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code is Code.PASSWORD_WRONG:
        refused(outcome.code.value)
        wrong = [("identifier", "credentials_wrong"), ("password", MEANT_TOO)]
        return password_page(transaction, identifier=identifier, errors=wrong, status=400)
    return answer(outcome, transaction)


@signin.post("/signin/<transaction_id>/code")
def code(transaction_id: str) -> Response:
    """Take a one-time code."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.SECOND_FACTOR:
        return go_on(transaction)
    typed = request.form.get("code", "")
    if language.switched():
        return code_page(transaction, account_name(transaction), typed=typed[:MAX_CODE])
    digits = typed_code(typed)
    if digits is None:
        error = "code_format" if typed.strip() else "code_missing"
        return code_page(transaction, account_name(transaction), errors=[("code", error)], status=400)
    outcome = sign_in().submit_code(transaction, digits, from_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in {Code.TOTP_WRONG, Code.TOTP_REPLAYED}:
        refused(outcome.code.value)
        error = "code_wrong" if outcome.code is Code.TOTP_WRONG else "code_used"
        return code_page(transaction, account_name(transaction), errors=[("code", error)], status=400)
    return answer(outcome, transaction)


@signin.get("/signin/<transaction_id>/ways")
def ways(transaction_id: str) -> Response:
    """The other ways to prove who one is."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.SECOND_FACTOR:
        return go_on(transaction)
    return ways_page(transaction, ways_of(transaction))


@signin.post("/signin/<transaction_id>/choose")
def choose(transaction_id: str) -> Response:
    """Take the choice of a way."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.SECOND_FACTOR:
        return go_on(transaction)
    more = ways_of(transaction)
    offered = (*more.methods, *bodies_of(transaction, more))
    method = next((way for way in offered if [way.value] == request.form.getlist("method")), None)
    if language.switched():
        return ways_page(transaction, more, chosen=method)
    if method is None:
        return ways_page(transaction, more, errors=[("", "choice_missing")], status=400)
    moved = services().transactions.choose(transaction, method.value)
    if isinstance(moved, Refusal):
        return transaction_refused(moved, transaction_id)
    return begin(method, moved) or go_on(moved)


@signin.post("/signin/<transaction_id>/skip")
def skip(transaction_id: str) -> Response:
    """Go on without the higher level, where it was only wished for."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    outcome = sign_in().skip(transaction, from_browser())
    db.session.commit()
    return answer(outcome, transaction)


@signin.get("/signin/<transaction_id>/unmet")
def unmet(transaction_id: str) -> Response:
    """What is missing for this service, and what the person can do about it, before the service is told."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state is not State.CONSENT or transaction.request is None:
        return go_on(transaction)
    return unmet_page(transaction, "proofing")


@signin.post("/signin/<transaction_id>/giveup")
def give_up(transaction_id: str) -> Response:
    """Back to the service, which is told that the level was not reached."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    moved = services().transactions.advance(transaction, Move.GIVE_UP)
    return transaction_refused(moved, transaction_id) if isinstance(moved, Refusal) else go_on(moved)


@signin.post("/signin/<transaction_id>/restart")
def restart(transaction_id: str) -> Response:
    """Back to the first page, to use another account."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    return answer(sign_in().restart(transaction, "restarted"), transaction)


def _second(transaction: Transaction) -> Response:
    session = current_session() if transaction.session_id is not None else None
    if transaction.session_id is not None and (session is None or session.id != transaction.session_id):
        return answer(sign_in().restart(transaction, "session.ended"), transaction)
    return second_page(transaction) or _nothing_leads_on(transaction)


def _nothing_leads_on(transaction: Transaction) -> Response:
    """No method of this person reaches what is wanted: on without it where that may be, else the page that says so."""
    if transaction.session_id is None:
        return answer(sign_in().restart(transaction), transaction)
    if transaction.wish.voluntary:
        moved = services().transactions.advance(
            transaction, Move.RECOGNISE, subscriber_id=transaction.subscriber_id, settled=True
        )
        return transaction_refused(moved, transaction.id) if isinstance(moved, Refusal) else go_on(moved)
    return unmet_page(transaction, "factors")


@shows(Method.TOTP)
def _totp_page(transaction: Transaction) -> Response:
    return code_page(transaction, account_name(transaction))


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
