"""Codes in a sign-in that are no app's: by e-mail, by text message, from paper.

A message goes out when a form asks for it, never because a page is read.
"""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.masked import masked
from idp.authenticators.methods import Method
from idp.authenticators.totp import typed_code
from idp.errors import Code, Refusal
from idp.signin import State, Transaction
from idp.signin.code_steps import CHANNELS
from idp.signin.outcomes import Outcome
from idp.telemetry import refused
from idp.web import language
from idp.web.code_rooms import code_steps, recovery_codes
from idp.web.extensions import db, services
from idp.web.signin.pages import Errors, go_on, prepare, transaction_refused
from idp.web.signin.second import others_url, shows
from idp.web.signin.stepping import account_name, answer, from_browser, load
from idp.web.signin.views import reread, signin

__all__ = ["message_code", "recovery_code", "send_code"]

MAX_CODE = 20
MAX_RECOVERY_CODE = 40
_WRONG = frozenset({Code.MESSAGE_CODE_WRONG, Code.MESSAGE_CODE_OVER, Code.RECOVERY_CODE_WRONG})
_UNSENT = frozenset({Code.MESSAGE_BUDGET, Code.MESSAGE_ADDRESS})


@signin.post("/signin/<transaction_id>/sms/send", defaults={"way": "sms"})
@signin.post("/signin/<transaction_id>/email/send", defaults={"way": "email"})
def send_code(transaction_id: str, way: str) -> Response:
    """Send a code, or another one."""
    transaction = _at_second_page(transaction_id)
    if isinstance(transaction, Response):
        return transaction
    method = Method(way)
    if language.switched():
        return _message_page(transaction, method)
    return _send(transaction, method)


@signin.post("/signin/<transaction_id>/sms", defaults={"way": "sms"})
@signin.post("/signin/<transaction_id>/email", defaults={"way": "email"})
def message_code(transaction_id: str, way: str) -> Response:
    """Take a code that came by message."""
    transaction = _at_second_page(transaction_id)
    if isinstance(transaction, Response):
        return transaction
    method, typed = Method(way), request.form.get("code", "")
    if language.switched():
        return _message_page(transaction, method, typed)
    digits = typed_code(typed)
    if digits is None:
        error = "code_format" if typed.strip() else "code_missing"
        return _message_page(transaction, method, typed, [("code", error)], 400)
    outcome = code_steps().submit_message_code(transaction, method, digits, from_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _WRONG:
        refused(outcome.code.value)
        return _message_page(transaction, method, typed, [("code", outcome.code.value)], 400)
    return _answered(outcome, transaction)


@signin.post("/signin/<transaction_id>/recovery-code")
def recovery_code(transaction_id: str) -> Response:
    """Take a printed code."""
    transaction = _at_second_page(transaction_id)
    if isinstance(transaction, Response):
        return transaction
    typed = request.form.get("recovery_code", "")
    if language.switched():
        return _recovery_page(transaction, typed)
    if not typed.strip():
        return _recovery_page(transaction, "", [("recovery_code", "recovery_code_missing")], 400)
    outcome = code_steps().submit_recovery_code(transaction, typed, from_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _WRONG:
        refused(outcome.code.value)
        return _recovery_page(transaction, typed, [("recovery_code", outcome.code.value)], 400)
    return _answered(outcome, transaction)


for _form in ("sms", "sms/send", "email", "email/send", "recovery-code"):
    signin.get(f"/signin/<transaction_id>/{_form}")(reread)


def _at_second_page(transaction_id: str) -> Transaction | Response:
    transaction = load(transaction_id)
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    return transaction if transaction.state is State.SECOND_FACTOR else go_on(transaction)


def _answered(outcome: Outcome, transaction: Transaction) -> Response:
    """Where a way has gone meanwhile (an address was removed), the second page shows another one."""
    if isinstance(outcome, Refusal) and outcome.code is Code.FACTOR_MISSING and outcome.detail in set(Method):
        return go_on(transaction)
    return answer(outcome, transaction)


def _send(transaction: Transaction, method: Method) -> Response:
    sent = code_steps().send(transaction, method, language.current().tag)
    db.session.commit()
    if not isinstance(sent, Refusal) or sent.code is Code.FACTOR_MISSING:
        return go_on(transaction)
    refused(sent.code.value)
    if sent.code in _UNSENT:
        return _message_page(transaction, method, errors=[("", sent.code.value)], status=409)
    page = _message_page(transaction, method, errors=[("", "message_wait")], status=429, wait=sent.retry_after)
    page.headers["Retry-After"] = str(sent.retry_after)
    return page


def _message_page(
    transaction: Transaction,
    method: Method,
    typed: str = "",
    errors: Errors = (),
    status: int = 200,
    wait: int | None = None,
) -> Response:
    stands = code_steps().under_way(transaction, method)
    if isinstance(stands, Refusal):
        return go_on(transaction)
    now, sent = services().clock.now(), stands.sent
    if sent is None:  # there is no field for a code on this page
        errors = [("", said) for _, said in errors]
    seconds = wait or (0 if sent is None else max(0, -int((now - sent.again_at).total_seconds() // 1)))
    page = render_template(
        "signin/message.html",
        **prepare(transaction),
        by=method.value,
        action=url_for("signin.message_code", transaction_id=transaction.id, way=method.value),
        send_action=url_for("signin.send_code", transaction_id=transaction.id, way=method.value),
        step_url=url_for("signin.step", transaction_id=transaction.id),
        restart_action=url_for("signin.restart", transaction_id=transaction.id),
        ways_url=others_url(transaction),
        account=account_name(transaction),
        address=masked(CHANNELS[method], stands.address),
        sent=sent,
        wait=seconds,
        typed=typed[:MAX_CODE],
        errors=errors,
    )
    return make_response(page, status)


def _recovery_page(transaction: Transaction, typed: str = "", errors: Errors = (), status: int = 200) -> Response:
    page = render_template(
        "signin/recovery_code.html",
        **prepare(transaction),
        action=url_for("signin.recovery_code", transaction_id=transaction.id),
        restart_action=url_for("signin.restart", transaction_id=transaction.id),
        ways_url=others_url(transaction),
        account=account_name(transaction),
        codes_left=0 if transaction.subscriber_id is None else recovery_codes().left(transaction.subscriber_id),
        typed=typed[:MAX_RECOVERY_CODE],
        errors=errors,
    )
    return make_response(page, status)


@shows(Method.SMS_CODE, chosen=lambda transaction: _send(transaction, Method.SMS_CODE))
def _sms_page(transaction: Transaction) -> Response:
    return _message_page(transaction, Method.SMS_CODE)


@shows(Method.EMAIL_CODE, chosen=lambda transaction: _send(transaction, Method.EMAIL_CODE))
def _email_page(transaction: Transaction) -> Response:
    return _message_page(transaction, Method.EMAIL_CODE)


@shows(Method.RECOVERY_CODE)
def _paper_page(transaction: Transaction) -> Response:
    return _recovery_page(transaction)
