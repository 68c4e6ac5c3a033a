"""What every view of a sign-in does: find the transaction, say where the step comes from, answer what came of it."""

from __future__ import annotations

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from idp.errors import Code, Refusal
from idp.signin import Browser, Completed, StartOver, Transaction
from idp.signin.outcomes import CODES_SPENT, PAUSE_SECONDS, Outcome
from idp.web import cookies
from idp.web.extensions import services
from idp.web.guards import current_session
from idp.web.rooms import directory
from idp.web.signin.pages import go_on, prepare, refusal_page, transaction_refused

__all__ = ["account_name", "answer", "from_browser", "load"]


def load(transaction_id: str) -> Transaction | Refusal:
    """The transaction that this browser began."""
    return services().transactions.load(transaction_id, cookies.browser())


def from_browser() -> Browser:
    """Where this step comes from. Looks the session up, which commits: call it before anything is written."""
    return Browser(
        address=services().client_address(request.environ),
        user_agent=request.headers.get("User-Agent", ""),
        device_cookie=cookies.device(),
        session=current_session(),
    )


def answer(outcome: Outcome, transaction: Transaction) -> Response:
    """The page or redirect after a step; sets the cookies of a session that began. Commit before."""
    if isinstance(outcome, StartOver) and outcome.transaction.reason == CODES_SPENT:
        outcome = Refusal(Code.THROTTLED, "code", retry_after=PAUSE_SECONDS)
    if isinstance(outcome, Refusal):
        if outcome.code is Code.FACTOR_MISSING:
            return make_response(render_template("signin/passkey_needed.html", **prepare(transaction)), 403)
        return refusal_page(transaction, outcome) or transaction_refused(outcome, transaction.id)
    response = go_on(outcome.transaction)
    if isinstance(outcome, Completed):
        cookies.set_session(response, outcome.session_secret)
        cookies.set_device(response, outcome.device_cookie)
    return response


def account_name(transaction: Transaction) -> str | None:
    """The user name of whoever is signing in, once the first step was right."""
    if transaction.subscriber_id is None:
        return None
    people = directory()
    person = people.get(transaction.subscriber_id)
    identity = None if person is None else people.identity(person)
    return None if identity is None else identity.username
