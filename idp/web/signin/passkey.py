"""A passkey in a sign-in: the page that asks for it, what its script asks, and the answer that it sends."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.methods import Method
from idp.errors import Code, Refusal
from idp.signin import State, Transaction
from idp.web.extensions import db
from idp.web.passkey_answers import FIELD, go_to, problem, said, to_ask
from idp.web.rooms import passkey_step
from idp.web.signin.pages import Errors, go_on, passkey_offer, password_page, prepare, transaction_refused
from idp.web.signin.second import others_url, shows
from idp.web.signin.stepping import account_name, answer, from_browser, load
from idp.web.signin.views import reread, signin

__all__ = ["passkey", "passkey_options"]

# Refusals that are not of the passkey: other pages know what to say of them.
_ELSEWHERE = frozenset({Code.THROTTLED, Code.TRANSACTION_STATE, Code.FACTOR_MISSING})


@signin.post("/signin/<transaction_id>/passkey/options")
def passkey_options(transaction_id: str) -> Response:
    """What the script hands to the device; or where it goes instead, or what it says."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return go_to(url_for("signin.step", transaction_id=transaction_id))
    prepare(transaction)
    options = passkey_step().options(transaction)
    if isinstance(options, Refusal):
        if options.code is Code.TRANSACTION_STATE:
            return go_to(url_for("signin.step", transaction_id=transaction_id))
        return problem(options)
    return to_ask(options)


@signin.post("/signin/<transaction_id>/passkey")
def passkey(transaction_id: str) -> Response:
    """Take what the device answered."""
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.state not in {State.CREDENTIALS, State.SECOND_FACTOR}:
        return go_on(transaction)
    browser = from_browser()
    outcome = passkey_step().submit(transaction, request.form.get("credential", ""), browser)
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code not in _ELSEWHERE:
        errors: Errors = [(FIELD, said(outcome))]
        if transaction.state is State.CREDENTIALS:
            return password_page(transaction, errors=errors, status=400)
        return _passkey_page(transaction, errors=errors, status=400)
    return answer(outcome, transaction)


signin.get("/signin/<transaction_id>/passkey")(reread)
signin.get("/signin/<transaction_id>/passkey/options")(reread)


@shows(Method.PASSKEY)
def _shown(transaction: Transaction) -> Response:
    return _passkey_page(transaction)


def _passkey_page(transaction: Transaction, *, errors: Errors = (), status: int = 200) -> Response:
    page = render_template(
        "signin/passkey.html",
        **prepare(transaction),
        offer=passkey_offer(transaction),
        restart_action=url_for("signin.restart", transaction_id=transaction.id),
        ways_url=others_url(transaction),
        account=account_name(transaction),
        errors=errors,
    )
    return make_response(page, status)
