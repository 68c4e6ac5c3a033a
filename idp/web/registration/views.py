"""Views of the registration: read the form, take one step, commit once, choose the page."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.assurance import PASSWORD
from idp.authenticators.totp import typed_code
from idp.entropy import SecretKind, has_kind
from idp.errors import Code, Refusal
from idp.jobs import Jobs
from idp.notices import Notice
from idp.outbox import Channel
from idp.outbox.addresses import mail_address, phone_number
from idp.registration import Application, State
from idp.registration.applications import LIFE
from idp.registration.errands import INVITE
from idp.signin.outcomes import Browser, Completed, Outcome
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.recovery.limits import may_send
from idp.web.registration.pages import (
    MAX_TYPED,
    account_page,
    code_page,
    contact_page,
    done_page,
    form_errors,
    name_page,
    over_page,
    username_of,
    wait_page,
)
from idp.web.registration.rooms import applications
from idp.web.registration.rooms import registration as steps
from idp.web.rooms import directory, notices, sign_in
from idp.web.signin.stepping import from_browser

__all__ = ["registration"]

MESSAGES = 5
APPLICATIONS = 30
NAMES = 20
MAX_NAME = 100
_EXPECTED = frozenset({Code.MESSAGE_CODE_WRONG, Code.MESSAGE_CODE_OVER})

registration = Blueprint("registration", __name__)


@registration.get("/register")
def start() -> Response:
    """Ask for an address; offer what this browser began."""
    transaction = request.args.get("signin", "")
    return contact_page(transaction=transaction, begun=applications().of_browser(cookies.browser()))


@registration.post("/register")
def begin() -> Response:
    """Take the address. What follows is the same whether it has an account or not."""
    typed, transaction = request.form.get("contact", "").strip(), request.form.get("signin", "")
    if language.switched():
        return contact_page(typed, transaction)
    address = _address(typed)
    if address is None:
        error = "contact_missing" if not typed else "contact_format"
        return contact_page(typed[:MAX_TYPED], transaction, errors=[("contact", error)])
    waiting = _crowded()
    if waiting is not None:
        return waiting
    waits_for = transaction if has_kind(SecretKind.TRANSACTION, transaction) and transaction.isascii() else None
    browser = cookies.ensure_browser()
    application = applications().open(browser, *address, language.current().tag, waits_for)
    wait = _message_wait(application)
    if wait:
        return wait_page(Refusal(Code.THROTTLED, "message", retry_after=wait), url_for("registration.start"))
    response = _invited(application)
    cookies.set_browser(response, browser, int(LIFE.total_seconds()))
    return response


@registration.get("/register/<secret>")
def step(secret: str) -> Response:
    """The page of the step that this registration has come to."""
    application = _load(secret)
    if isinstance(application, Response):
        return application
    if application.state is State.CODE:
        return code_page(application)
    if application.state is State.NAME:
        return name_page(application)
    if application.state is State.ACCOUNT:
        return account_page(application, steps().suggestion(application))
    return done_page(application)


@registration.post("/register/<secret>/send")
def send(secret: str) -> Response:
    """Another message."""
    application = _load(secret)
    if isinstance(application, Response):
        return application
    if application.state is not State.CODE:
        return _on(application)
    wait = _message_wait(application)
    return code_page(application, errors=[("", "contact_wait")], wait=wait) if wait else _invited(application)


@registration.post("/register/<secret>/code")
def code(secret: str) -> Response:
    """Take the code."""
    application = _load(secret)
    if isinstance(application, Response):
        return application
    typed = request.form.get("code", "")
    if application.state is not State.CODE:
        return _on(application)
    if language.switched():
        return code_page(application, typed)
    digits = typed_code(typed)
    if digits is None:
        return code_page(application, typed, [("code", "code_format" if typed.strip() else "code_missing")])
    outcome = steps().confirm(application, digits)
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _EXPECTED:
        refused(outcome.code.value)
        return code_page(application, typed, [("code", "message_code.wrong")])
    return _went_on(application, outcome)


@registration.post("/register/<secret>/name")
def name(secret: str) -> Response:
    """Take the names."""
    application = _load(secret)
    if isinstance(application, Response):
        return application
    if application.state not in {State.NAME, State.ACCOUNT}:
        return _on(application)
    if "correct" in request.form:
        return _went_on(application, applications().move(application, State.NAME))
    given, family = (" ".join(request.form.get(part, "").split()) for part in ("given_name", "family_name"))
    errors = form_errors(given_name=(given, MAX_NAME), family_name=(family or "-", MAX_NAME))
    if language.switched() or errors:
        return name_page(application, given[:MAX_NAME], family[:MAX_NAME], errors)
    return _went_on(application, applications().move(application, State.ACCOUNT, given_name=given, family_name=family))


@registration.post("/register/<secret>/account")
def account(secret: str) -> Response:
    """Take user name and password, and open the account."""
    application = _load(secret)
    if isinstance(application, Response):
        return application
    if application.state is not State.ACCOUNT:
        return _on(application)
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    if language.switched():
        return account_page(application, username[:MAX_TYPED])
    errors = form_errors(username=(username, MAX_TYPED), password=(password, 1000))
    if errors:
        return account_page(application, username[:MAX_TYPED], errors)
    if may_send(f"usernames|{application.name}", NAMES):
        return wait_page(Refusal(Code.THROTTLED, "registration", retry_after=3600), _address_of(application))
    browser = from_browser()
    made = steps().open_account(application, username, password)
    if isinstance(made, Refusal):
        db.session.rollback()
        return _not_opened(application, username, made)
    outcome = _signed_in(application, made, browser)
    notices().tell(made, Notice.WELCOME, {"username": username_of(made)})
    db.session.commit()
    moved = applications().move(application, State.DONE, subscriber_id=made)
    response = _went_on(application, moved)
    if isinstance(outcome, Completed):
        cookies.set_session(response, outcome.session_secret)
        cookies.set_device(response, outcome.device_cookie)
    return response


@registration.get("/register/<secret>/<any(send, code, name, account):form>")
def reread(secret: str, form: str) -> Response:  # noqa: ARG001 - which form it was does not matter
    """An address that only takes forms, opened again: back to the step."""
    return redirect(url_for("registration.step", secret=secret, lang=request.args.get("lang")), code=303)


def _load(secret: str) -> Application | Response:
    application = applications().load(secret, cookies.browser())
    if isinstance(application, Refusal):
        refused(application.code.value)
        return over_page("unknown")
    return application


def _address_of(application: Application) -> str:
    return url_for("registration.step", secret=application.secret)


def _on(application: Application) -> Response:
    return redirect(_address_of(application), code=303)


def _went_on(application: Application, outcome: Application | Refusal) -> Response:
    if isinstance(outcome, Refusal):
        if outcome.code is Code.THROTTLED:
            return wait_page(outcome, _address_of(application))
        refused(outcome.code.value)
    return _on(application)


def _message_wait(application: Application) -> int:
    """Count one message to this address; 0 when it may go out, else the seconds to wait."""
    return may_send(f"registration|{application.contact.casefold()}", MESSAGES)


def _invited(application: Application) -> Response:
    Jobs(db.session()).defer(INVITE, application=application.name)
    db.session.commit()
    return _on(application)


def _crowded() -> Response | None:
    """So many beginnings from one network; whoever floods the country with messages finds an end."""
    refusal = services().address_limit.count_begun(services().client_address(request.environ))
    if refusal is not None:
        return wait_page(refusal, url_for("registration.start"))
    wait = may_send(f"registrations|{services().client_address(request.environ)}", APPLICATIONS)
    if not wait:
        return None
    return wait_page(Refusal(Code.THROTTLED, "place", retry_after=wait), url_for("registration.start"))


def _address(typed: str) -> tuple[Channel, str] | None:
    if "@" in typed:
        mail = mail_address(typed)
        return None if mail is None else (Channel.EMAIL, mail)
    number = phone_number(typed, services().options.sms_budget.home_region)
    return None if number is None else (Channel.SMS, number.e164)


def _not_opened(application: Application, username: str, refusal: Refusal) -> Response:
    refused(refusal.code.value)
    if refusal.code is Code.REGISTRATION_TAKEN:
        return over_page("taken")
    if refusal.code is Code.PASSWORD_WEAK:
        return account_page(application, username, [("password", f"password_{refusal.detail}")])
    if refusal.code in {Code.SUBSCRIBER_EXISTS, Code.SUBSCRIBER_INVALID}:
        return account_page(application, username, [("username", refusal.code.value)])
    if refusal.code is Code.PASSWORD_BUSY:
        return account_page(application, username, [("", refusal.code.value)], 503)
    return _on(application)


def _signed_in(application: Application, subscriber_id: UUID, browser: Browser) -> Outcome:
    """A session right away, in the sign-in that waits or in one of its own."""
    transactions, person = services().transactions, directory().get(subscriber_id)
    assert person is not None, "the account was opened in this transaction"  # noqa: S101 - for the type checker
    found = None
    if application.transaction_id is not None:
        found = transactions.load(application.transaction_id, cookies.browser())
    if found is None or isinstance(found, Refusal):
        found = transactions.open(None, cookies.ensure_browser())
    return sign_in(quiet=True).accept(found, person, (PASSWORD,), browser)
