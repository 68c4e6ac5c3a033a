"""What the pages of a sign-in show, and where each state of a transaction leads.

Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response

from idp.clients.client import Client
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.signin import State, Transaction
from idp.telemetry import THROTTLED, refused, request_id
from idp.web import cookies, headers, language, passkey_answers
from idp.web.error_pages import error_page, unavailable, way_back
from idp.web.extensions import services

__all__ = [
    "MEANT_TOO",
    "Errors",
    "account_url",
    "client_of",
    "code_page",
    "form_refused",
    "go_on",
    "offered",
    "passkey_offer",
    "password_page",
    "prepare",
    "refusal_page",
    "shown_client",
    "too_many_page",
    "transaction_refused",
    "unmet_page",
]

Errors = Sequence[tuple[str, str]]
# Stands for a code at a field that the error before it means as well: marked, and not said twice.
MEANT_TOO = ""
_AGAIN = frozenset({"prompted", "too_long_ago", "another_person"})
_UNDER_WAY = frozenset({State.CREDENTIALS, State.SECOND_FACTOR, State.CONSENT})
_NOTICES = {"session.ended": "session_ended", "restarted": "restarted"}
MAX_HINT = 200
# Where a sign-in comes back to; the registration centre has all but the first, and only where there is one.
_RETURNING = ("/account", "/adjudicate", "/book", "/claim", "/counter", "/introduce", "/staff")
# Those of them that let nobody in without a passkey: it is offered before the password.
_WITH_PASSKEY = ("/adjudicate", "/counter", "/staff")


def client_of(transaction: Transaction | None) -> Client | None:
    """The service that asks, None where nobody does."""
    if transaction is None or transaction.client_id is None:
        return None
    return services().registry.get(transaction.client_id)


def shown_client(client: Client | None) -> dict[str, str | None] | None:
    """A service as pages show it, in the page's language."""
    if client is None:
        return None
    return {
        "name": client.name_in(language.current().tag),
        "logo_url": client.logo_uri if client.logo_uri and headers.allow_image(client.logo_uri) else None,
        "home_url": client.client_uri,
        "policy_url": client.policy_uri,
        "terms_url": client.tos_uri,
    }


def prepare(transaction: Transaction) -> dict[str, Any]:
    """What every page of this transaction needs: its language, where its forms may end, and who asks."""
    asked = transaction.request
    client = client_of(transaction)
    if asked is not None:
        language.prefer(" ".join(asked["ui_locales"]) or None)
        headers.allow_form_redirect(asked["redirect_uri"])
    if client is not None:
        headers.allow_form_redirect(*client.redirect_uris, *filter(None, [client.client_uri]))
    return {
        "client": shown_client(client),
        "back_url": _way_back(transaction, client),
        "reference": request_id.get(),
    }


def _way_back(transaction: Transaction, client: Client | None) -> str | None:
    """While it lasts, by telling the service that the person left; afterwards to the service's own start page."""
    if client is None:
        return None
    if transaction.state in _UNDER_WAY and not transaction.expired(services().clock.now()):
        return url_for("authorize.leave", transaction_id=transaction.id)
    return client.client_uri


def password_page(
    transaction: Transaction, *, identifier: str | None = None, errors: Errors = (), status: int = 200
) -> Response:
    """The first page. What was typed is kept, except the password."""
    hint = None if transaction.request is None else transaction.request["login_hint"]
    if hint is not None and len(hint) > MAX_HINT:
        hint = None
    page = render_template(
        "signin/password.html",
        **prepare(transaction),
        action=url_for("signin.password", transaction_id=transaction.id),
        offer=passkey_offer(transaction),
        passkey_first=_within(account_url(transaction), _WITH_PASSKEY),
        recover_url=offered("recovery.start"),
        register_url=None if transaction.reason in _AGAIN else offered("registration.start", signin=transaction.id),
        identifier=hint if identifier is None else identifier,
        again=transaction.reason in _AGAIN,
        notice=_NOTICES.get(transaction.reason),
        errors=errors,
    )
    return make_response(page, status)


def passkey_offer(transaction: Transaction) -> dict[str, str] | None:
    """Where the passkey form of a page of this transaction goes."""
    return passkey_answers.offer(
        action=url_for("signin.passkey", transaction_id=transaction.id),
        options=url_for("signin.passkey_options", transaction_id=transaction.id),
    )


def code_page(
    transaction: Transaction, account: str | None, *, typed: str = "", errors: Errors = (), status: int = 200
) -> Response:
    """The second page; `typed` is a code that was not sent yet."""
    page = render_template(
        "signin/code.html",
        **prepare(transaction),
        action=url_for("signin.code", transaction_id=transaction.id),
        restart_action=url_for("signin.restart", transaction_id=transaction.id),
        ways_url=url_for("signin.ways", transaction_id=transaction.id),
        step_up=transaction.session_id is not None,
        account=account,
        typed=typed,
        errors=errors,
    )
    return make_response(page, status)


def refusal_page(transaction: Transaction, refusal: Refusal) -> Response | None:
    """The page that asks to wait, for refusals that pass with time; None for all others."""
    seconds = refusal.retry_after or 1
    shown = prepare(transaction) | {"retry_url": url_for("signin.step", transaction_id=transaction.id)}
    if refusal.code is Code.THROTTLED:
        return _wait_page(refusal, shown)
    if refusal.code is not Code.PASSWORD_BUSY:
        return None
    response = make_response(render_template("signin/busy.html", **shown, seconds=seconds), 503)
    response.headers["Retry-After"] = str(seconds)
    return response


def too_many_page(refusal: Refusal, retry_url: str) -> Response:
    """The page that asks to wait where too many sign-ins were begun from one address; nothing is parked for it."""
    return _wait_page(refusal, {"client": None, "retry_url": retry_url, "reference": request_id.get()})


def _wait_page(refusal: Refusal, shown: dict[str, Any]) -> Response:
    THROTTLED.labels(refusal.detail).inc()
    seconds = refusal.retry_after or 1
    page = render_template("signin/throttled.html", **shown, kind=refusal.detail, minutes=max(1, -(-seconds // 60)))
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def go_on(transaction: Transaction) -> Response:
    """To where this transaction stands."""
    if transaction.state in {State.CREDENTIALS, State.SECOND_FACTOR}:
        return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)
    if transaction.state is State.DONE:
        return _already(transaction)
    if transaction.request is None:
        return redirect(account_url(transaction), code=303)
    return redirect(url_for("authorize.resume", transaction_id=transaction.id), code=303)


def account_url(transaction: Transaction) -> str:
    """The account page that this sign-in was for; only pages of this site, by name (AC-069)."""
    home = url_for("account.home")
    if transaction.next_page is None:
        return home
    try:
        arguments: dict[str, Any] = dict(transaction.wish.next_arguments)
        address = url_for(transaction.next_page, **arguments)
    except BuildError:
        return home
    return address if _within(address, _RETURNING) else home


def _within(address: str, places: tuple[str, ...]) -> bool:
    path = address.removeprefix(request.script_root).partition("?")[0]
    return any(path == place or path.startswith(f"{place}/") for place in places)


def offered(endpoint: str, **arguments: Any) -> str | None:
    """The address of a page that this installation has; None where it has not."""
    return url_for(endpoint, **arguments) if endpoint in current_app.view_functions else None


def unmet_page(transaction: Transaction, missing: str) -> Response:
    """What a service needs and this person does not have: `proofing` of the identity, or `factors`."""
    page = render_template(
        "signin/unmet.html",
        **prepare(transaction),
        missing=missing,
        level=transaction.wanted,
        action=None if transaction.request is None else url_for("signin.give_up", transaction_id=transaction.id),
        again_url=url_for("signin.step", transaction_id=transaction.id) if missing == "factors" else None,
    )
    return make_response(page, 403)


def transaction_refused(refusal: Refusal, transaction_id: str) -> Response:
    """The way on when a transaction cannot be gone on with: never a dead end, and nothing of it is done."""
    refused(refusal.code.value)
    parked = services().transactions.parked(transaction_id)
    if parked is None:
        return make_response(render_template("signin/expired.html", client=None), 400)
    if refusal.code is Code.TRANSACTION_STATE:
        return go_on(parked)
    if refusal.code is Code.TRANSACTION_FOREIGN:
        return _foreign_page(parked)
    again = _same_request(parked)
    return make_response(render_template("signin/expired.html", **prepare(parked), restart_url=again), 400)


def form_refused(_: CSRFError) -> Response:
    """A form whose token is not the browser's. Of a sign-in whose cookie did not come, the page says just that."""
    transaction_id = (request.view_args or {}).get("transaction_id")
    if transaction_id is None or cookies.browser() is not None:
        return error_page(400, retry_url=way_back())
    try:
        return transaction_refused(Refusal(Code.TRANSACTION_FOREIGN, "no_cookie"), transaction_id)
    except StoreUnavailableError as error:  # raised by an error handler it would be taken for a bug
        return unavailable(error)


def _foreign_page(parked: Transaction) -> Response:
    """Whose it is cannot be told: the page hands on nothing of the request, only where the service begins one."""
    client = client_of(parked)
    page = render_template(
        "signin/cookies.html",
        client=shown_client(client),
        back_url=None if client is None else client.client_uri,
        retry_url=url_for("signin.start") if parked.request is None else None,
    )
    return make_response(page, 400)


def _already(transaction: Transaction) -> Response:
    shown = prepare(transaction)
    continue_url = shown["back_url"] or url_for("account.home")
    return make_response(render_template("signin/already.html", **shown, continue_url=continue_url), 409)


def _same_request(transaction: Transaction) -> str:
    """The address that begins the same sign-in anew."""
    if transaction.request is None:
        return url_for("signin.start")
    parameters = [(name, value) for name, value in transaction.request["raw"]]
    return f"{url_for('authorize.endpoint')}?{urlencode(parameters)}"
