"""What the pages of a registration show. Nothing here changes anything."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from idp.authenticators.masked import masked
from idp.errors import Refusal
from idp.registration import Application
from idp.telemetry import THROTTLED, refused
from idp.web import cookies
from idp.web.extensions import services
from idp.web.rooms import directory
from idp.web.signin.pages import Errors, client_of, offered, shown_client

__all__ = [
    "MAX_TYPED",
    "account_page",
    "code_page",
    "contact_page",
    "done_page",
    "form_errors",
    "name_page",
    "over_page",
    "username_of",
    "wait_page",
]

MAX_TYPED = 200
MAX_CODE = 40


def form_errors(**fields: tuple[str, int]) -> list[tuple[str, str]]:
    """What is missing or too long: field -> what was typed, and its most characters."""
    found = []
    for name, (typed, most) in fields.items():
        if not typed:
            found.append((name, f"{name}_missing" if name != "password" else "password_new_missing"))
        elif len(typed) > most:
            found.append((name, "too_long"))
    return found


def contact_page(
    typed: str = "", transaction: str = "", errors: Errors = (), begun: Application | None = None
) -> Response:
    """The first page."""
    again = None if begun is None else url_for("registration.step", secret=begun.secret)
    page = render_template(
        "registration/contact.html",
        action=url_for("registration.begin"),
        typed=typed[:MAX_TYPED],
        transaction=transaction[:MAX_TYPED],
        begun_url=again,
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def code_page(application: Application, typed: str = "", errors: Errors = (), wait: int = 0) -> Response:
    """Ask for the code. `wait`: seconds until another one can be sent; what was sent before still counts."""
    page = render_template(
        "registration/code.html",
        action=url_for("registration.code", secret=application.secret),
        send_action=url_for("registration.send", secret=application.secret),
        channel=application.channel.value,
        address=masked(application.channel, application.contact),
        again_url=url_for("registration.start"),
        typed=typed[:MAX_CODE],
        minutes=-(-wait // 60),
        errors=errors,
    )
    response = make_response(page, 429 if wait else 400 if errors else 200)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def name_page(
    application: Application, given: str | None = None, family: str | None = None, errors: Errors = ()
) -> Response:
    """Ask for the names."""
    page = render_template(
        "registration/name.html",
        action=url_for("registration.name", secret=application.secret),
        given=application.given_name if given is None else given,
        family=application.family_name if family is None else family,
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def account_page(application: Application, username: str, errors: Errors = (), status: int = 0) -> Response:
    """Ask for user name and password."""
    page = render_template(
        "registration/account.html",
        action=url_for("registration.account", secret=application.secret),
        name_action=url_for("registration.name", secret=application.secret),
        name=" ".join(filter(None, (application.given_name, application.family_name))),
        username=username,
        errors=errors,
    )
    return make_response(page, status or (400 if errors else 200))


def done_page(application: Application) -> Response:
    """It is open: on to the service that waits, or to the account."""
    found = None
    if application.transaction_id is not None:
        found = services().transactions.load(application.transaction_id, cookies.browser())
    waiting = None if found is None or isinstance(found, Refusal) else found
    page = render_template(
        "registration/done.html",
        client=shown_client(client_of(waiting)),
        username=username_of(application.subscriber_id),
        go_on_url=url_for("account.home") if waiting is None else url_for("signin.step", transaction_id=waiting.id),
        methods_url=url_for("account.methods"),
        visit_url=offered("booking.start"),
    )
    return make_response(page)


def username_of(subscriber_id: UUID | None) -> str:
    """The user name as it is stored: what was typed may be folded; empty where there is no such account."""
    people = directory()
    person = None if subscriber_id is None else people.get(subscriber_id)
    identity = None if person is None else people.identity(person)
    return "" if identity is None else identity.username


def wait_page(refusal: Refusal, retry_url: str) -> Response:
    """The page that asks to wait; nobody here has an account yet."""
    refused(refusal.code.value)
    THROTTLED.labels(refusal.detail).inc()
    seconds = refusal.retry_after or 1
    page = render_template("registration/wait.html", minutes=max(1, -(-seconds // 60)), retry_url=retry_url)
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def over_page(why: str) -> Response:
    """Why nothing more happens here: `unknown` or `taken`."""
    return make_response(render_template("registration/over.html", why=why), 400)
