"""The authorization endpoint (RFC 6749 3.1) and its resumption. Decides nothing: checks, facts and `interaction` do."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from idp.audit import AuditEvent, Event, audit_operation
from idp.authorization.code_grant import issue_code
from idp.authorization.facts import Facts, ask_facts, facts_of
from idp.authorization.interaction import AskConsent, AskSignIn, Finish, History, Step, decide
from idp.authorization.request import AuthorizationRequest, Fail, Parameters, Stop, parked_parameters
from idp.entropy import SecretKind, digest, has_kind
from idp.errors import Refusal
from idp.signin.flow import Move
from idp.signin.transaction import Transaction
from idp.web import cookies, language
from idp.web.authorize.answers import answer_client, fail_page, stop_page
from idp.web.extensions import services
from idp.web.services import Services
from idp.web.signin.pages import transaction_refused

__all__ = ["authorize"]

authorize = Blueprint("authorize", __name__)


@authorize.route("/oauth/authorize", methods=["GET", "POST"])
def endpoint() -> Response:
    """An authorization request by GET or POST (OpenID Connect Core 3.1.2.1)."""
    shared = services()
    parameters = Parameters.of(_pairs())
    checked = parameters if isinstance(parameters, Stop) else shared.checker.check(parameters)
    if isinstance(checked, Stop):
        if checked.redirect_mismatch and isinstance(parameters, Parameters):
            _audit_mismatch(shared, parameters)
        return stop_page(checked)
    if isinstance(checked, Fail):
        return fail_page(checked, shared.options.issuer)
    language.prefer(" ".join(checked.ui_locales) or None)
    facts = _facts(shared, checked)
    step = _decide(shared, checked, facts, History())
    if isinstance(step, AskSignIn | AskConsent):
        return _park(shared, checked, step, facts)
    return _conclude(shared, checked, step)


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
    facts = _facts(shared, checked)
    step = _decide(shared, checked, facts, History(transaction.started_at, transaction.denied))
    if isinstance(step, AskSignIn):
        return _again(shared, transaction, step)
    if isinstance(step, AskConsent):
        return redirect(url_for("consent.ask", transaction_id=transaction.id), code=303)
    done = shared.transactions.advance(transaction, Move.FINISH)
    if isinstance(done, Refusal):
        return transaction_refused(done, transaction_id)
    return _conclude(shared, checked, step)


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


def _facts(shared: Services, checked: AuthorizationRequest) -> Facts | None:
    secret = cookies.session()
    if secret is None or not has_kind(SecretKind.SESSION, secret):
        return None
    operation = ask_facts(
        digest(SecretKind.SESSION, secret),
        checked.client.client_id,
        now=shared.clock.now(),
        idle_seconds=shared.deps.lifetimes.session_idle,
    )
    (row,) = shared.committer.run(operation)
    return facts_of(row)


def _decide(shared: Services, checked: AuthorizationRequest, facts: Facts | None, history: History) -> Step:
    return decide(
        checked,
        facts,
        history,
        subject=lambda found: shared.subjects.for_client(found.subscriber_id, checked.client),
        now=shared.clock.now(),
    )


def _park(
    shared: Services, checked: AuthorizationRequest, step: AskSignIn | AskConsent, facts: Facts | None
) -> Response:
    recognised = facts.subscriber_id if facts is not None and isinstance(step, AskConsent) else None
    transaction = shared.transactions.open(
        checked.to_dict(), cookies.ensure_browser(), recognised=recognised, reason=step.reason
    )
    target = "signin.step" if isinstance(step, AskSignIn) else "consent.ask"
    return redirect(url_for(target, transaction_id=transaction.id), code=303)


def _again(shared: Services, transaction: Transaction, step: AskSignIn) -> Response:
    restarted = shared.transactions.advance(transaction, Move.RESTART, reason=step.reason)
    if isinstance(restarted, Refusal):
        return transaction_refused(restarted, transaction.id)
    return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)


def _conclude(shared: Services, checked: AuthorizationRequest, step: Step) -> Response:
    if isinstance(step, Fail):
        _audit_refusal(shared, checked, step)
        return fail_page(step, shared.options.issuer)
    assert isinstance(step, Finish)  # noqa: S101 - the callers handled the two questions
    code, operation = issue_code(shared.deps, checked, step)
    shared.committer.run(operation)
    members = [("code", code), ("state", checked.state)]
    return answer_client(checked.redirect_uri, checked.response_mode, members, shared.options.issuer)


def _audit_refusal(shared: Services, checked: AuthorizationRequest, failure: Fail) -> None:
    event = AuditEvent(Event.AUTHORIZATION_REFUSED, client_id=checked.client.client_id, body={"error": failure.error})
    shared.committer.run(audit_operation(event, shared.clock, shared.entropy))


def _audit_mismatch(shared: Services, parameters: Parameters) -> None:
    event = AuditEvent(
        Event.CLIENT_REDIRECT_MISMATCH,
        client_id=(parameters.get("client_id") or "")[:200],
        body={"redirect_uri": parameters.get("redirect_uri")},
    )
    shared.committer.run(audit_operation(event, shared.clock, shared.entropy))
