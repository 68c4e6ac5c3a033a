"""The authorization endpoint (RFC 6749 3.1) and its resumption. Decides nothing: checks, facts and `interaction` do."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from idp.audit import AuditEvent, Event, audit_operation
from idp.authorization.interaction import AskConsent, AskLevel, AskSignIn, History, TellUnmet
from idp.authorization.proceeding import FOUND, Asked, Issued
from idp.authorization.request import AuthorizationRequest, Fail, Parameters, Stop, parked_parameters
from idp.errors import Refusal, StoreUnavailableError
from idp.signin.flow import Move
from idp.signin.transaction import Transaction, Wish
from idp.web import cookies, language
from idp.web.authorize.answers import answer_client, fail_page, stop_page
from idp.web.extensions import services
from idp.web.guards import current_session
from idp.web.services import Services
from idp.web.signin.pages import too_many_page, transaction_refused

__all__ = ["authorize"]

authorize = Blueprint("authorize", __name__)


@authorize.route("/oauth/authorize", methods=["GET", "POST"])
def endpoint() -> Response:
    """An authorization request by GET or POST (OpenID Connect Core 3.1.2.1)."""
    shared = services()
    found = request.environ.get(FOUND)
    if isinstance(found, StoreUnavailableError):
        raise found
    if found is not None:
        return _answer(shared, *found)
    parameters = Parameters.of(_pairs())
    checked = parameters if isinstance(parameters, Stop) else shared.checker.check(parameters)
    if isinstance(checked, Stop):
        if checked.redirect_mismatch and isinstance(parameters, Parameters):
            _audit_mismatch(shared, parameters)
        return stop_page(checked)
    if isinstance(checked, Fail):
        return fail_page(checked, shared.options.issuer)
    return _answer(shared, checked, shared.proceeding.proceed(checked, cookies.session()))


@authorize.get("/oauth/resume/<transaction_id>")
def resume(transaction_id: str) -> Response:
    """Continue a parked request after the person signed in or decided. The raw request is checked anew."""
    shared = services()
    transaction = shared.transactions.load(transaction_id, cookies.browser())
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    if transaction.request is None:
        return redirect(url_for("account.home"), code=303)
    checked = shared.checker.check(parked_parameters(transaction.request["raw"]))
    if isinstance(checked, Stop):
        return stop_page(checked)
    if isinstance(checked, Fail):
        return fail_page(checked, shared.options.issuer)
    history = History(transaction.started_at, transaction.denied, transaction.settled, transaction.unmet)
    secret = cookies.session()
    step = shared.proceeding.look(checked, secret, history)
    if isinstance(step, AskSignIn | AskLevel):
        return _again(shared, transaction, step)
    if isinstance(step, TellUnmet):
        return redirect(url_for("signin.unmet", transaction_id=transaction.id), code=303)
    if isinstance(step, AskConsent):
        return redirect(url_for("consent.ask", transaction_id=transaction.id), code=303)
    done = shared.transactions.advance(transaction, Move.FINISH)
    if isinstance(done, Refusal):
        return transaction_refused(done, transaction_id)
    if isinstance(step, Fail):
        return _answer(shared, checked, shared.proceeding.refuse(checked, step))
    outcome = shared.proceeding.open(checked, secret, history, step)
    return _answer(shared, checked, outcome or Asked(AskSignIn("changed"), None))


@authorize.get("/oauth/leave/<transaction_id>")
def leave(transaction_id: str) -> Response:
    """The person goes back to the service without signing in: it is told so (`access_denied`), never left waiting."""
    shared = services()
    transaction = shared.transactions.load(transaction_id, cookies.browser())
    if isinstance(transaction, Refusal):
        return transaction_refused(transaction, transaction_id)
    moved = shared.transactions.advance(transaction, Move.DENY, subscriber_id=transaction.subscriber_id)
    if isinstance(moved, Refusal) and not transaction.denied:
        return transaction_refused(moved, transaction_id)
    return redirect(url_for("authorize.resume", transaction_id=transaction_id), code=303)


def _pairs() -> Iterator[tuple[str, str]]:
    """Query and body together, so that a parameter in both counts as repeated. `lang` is the pages' own switch."""
    for name, value in (*request.args.items(multi=True), *request.form.items(multi=True)):
        if name != "lang":
            yield name, value


def _answer(shared: Services, checked: AuthorizationRequest, outcome: Issued | Asked | Fail) -> Response:
    language.prefer(" ".join(checked.ui_locales) or None)
    if isinstance(outcome, Fail):
        return fail_page(outcome, shared.options.issuer)
    if isinstance(outcome, Asked):
        return _park(shared, checked, outcome)
    members = [("code", outcome.code), ("state", checked.state)]
    return answer_client(checked.redirect_uri, checked.response_mode, members, shared.options.issuer)


def _park(shared: Services, checked: AuthorizationRequest, asked: Asked) -> Response:
    refusal = shared.address_limit.count_begun(shared.client_address(request.environ))
    if refusal is not None:
        return too_many_page(refusal, f"{url_for('authorize.endpoint')}?{urlencode(checked.raw.pairs)}")
    step = asked.step
    session = current_session() if isinstance(step, AskLevel) else None
    transaction = shared.transactions.open(
        checked.to_dict(),
        cookies.ensure_browser(),
        recognised=asked.recognised if isinstance(step, AskConsent | TellUnmet) else None,
        step_up=session,
        wish=_wish(checked, step),
    )
    return redirect(url_for(_FIRST_PAGES[type(step)], transaction_id=transaction.id), code=303)


_FIRST_PAGES = {
    AskSignIn: "signin.step",
    AskLevel: "signin.step",
    TellUnmet: "signin.unmet",
    AskConsent: "consent.ask",
}


def _wish(checked: AuthorizationRequest, step: AskSignIn | AskLevel | TellUnmet | AskConsent) -> Wish:
    if isinstance(step, AskLevel):
        return Wish(step.reason, step.level, step.voluntary)
    level, voluntary = checked.aimed_level
    return Wish(step.reason, level, voluntary)


def _again(shared: Services, transaction: Transaction, step: AskSignIn | AskLevel) -> Response:
    """Back to the first page; or, of somebody whose session proves too little, to the second."""
    session = current_session() if isinstance(step, AskLevel) else None
    if isinstance(step, AskLevel) and session is not None:
        moved = shared.transactions.step_up(transaction, session, Wish(step.reason, step.level, step.voluntary))
    else:
        moved = shared.transactions.advance(transaction, Move.RESTART, reason=step.reason)
    if isinstance(moved, Refusal):
        return transaction_refused(moved, transaction.id)
    return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)


def _audit_mismatch(shared: Services, parameters: Parameters) -> None:
    event = AuditEvent(
        Event.CLIENT_REDIRECT_MISMATCH,
        client_id=(parameters.get("client_id") or "")[:200],
        body={"redirect_uri": parameters.get("redirect_uri")},
    )
    shared.committer.run(audit_operation(event, shared.clock, shared.entropy))
