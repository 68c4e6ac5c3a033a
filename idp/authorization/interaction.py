"""What comes next for an authorization request? The only place that decides it.

Each question is a named check with a reason code. A request that may not interact (`prompt=none`) turns the first
question that would need the person into the error that the specification names for it (OpenID Connect Core 3.1.2.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from idp.authenticators.assurance import acr_for, meets
from idp.authorization.checks import requested_claims
from idp.authorization.facts import Agreement, Facts
from idp.authorization.request import AuthorizationRequest, Fail
from idp.tokens.grant import Conditions

__all__ = ["AskConsent", "AskSignIn", "Finish", "History", "Step", "conditions", "decide"]

_WORTH = {f"{ial}-{aal}": acr_for(ial, aal) for ial in (1, 2, 3) for aal in (1, 2, 3)}


@dataclass(frozen=True, slots=True)
class History:
    """What already happened within this transaction. A request that was never parked has none."""

    started_at: datetime | None = None
    denied: bool = False


@dataclass(frozen=True, slots=True)
class AskSignIn:
    """The person must sign in (again). `reason` is a closed code for log and page."""

    reason: str


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person must be asked what the client may see."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to ask: a code may be issued at this level of assurance."""

    acr: str
    facts: Facts


Step = AskSignIn | AskConsent | Finish | Fail


def decide(
    request: AuthorizationRequest,
    facts: Facts | None,
    history: History,
    *,
    subject: Callable[[Facts], str],
    now: datetime,
) -> Step:
    """The next step. `subject` gives the `sub` this client knows the signed-in person by."""
    if history.denied:
        return request.fail("access_denied", "the person said no")
    silent = "none" in request.prompt
    reason = _sign_in_reason(request, facts, history, subject, now)
    if reason is not None or facts is None:
        if reason == "another_person" and _fresh(facts, history):
            return request.fail("login_required", "another person signed in than the hint names")
        if silent:
            return request.fail("login_required", "the person must sign in")
        return AskSignIn(reason or "no_session")
    acr = acr_for(facts.ial, facts.aal)
    unmet = _unmet_acr(request, acr)
    if unmet is not None:
        return request.fail("unmet_authentication_requirements", unmet)
    reason = _consent_reason(request, facts.agreement, history, now)
    if reason is not None:
        if silent:
            return request.fail("consent_required", "the person must be asked")
        return AskConsent(reason)
    return Finish(acr, facts)


def conditions(
    request: AuthorizationRequest, history: History, now: datetime, subscriber_id: UUID | None = None
) -> Conditions | None:
    """What `decide` asks, as conditions on rows, so that a grant can open in the round trip that reads the facts.

    None where rows alone cannot tell: a hinted subject without the `subscriber_id` it turned out to be, or a request
    that cannot finish without the person. A test holds the two against each other.
    """
    began = history.started_at
    if history.denied or (request.hinted_subject is not None and subscriber_id is None):
        return None
    again = bool(request.prompt & {"login", "select_account"}) or request.max_age == 0
    if began is None and (again or "consent" in request.prompt):
        return None
    authenticated_from = began if again else None
    if request.max_age and authenticated_from is None:
        oldest = now - timedelta(seconds=request.max_age)
        authenticated_from = oldest if began is None else min(oldest, began)
    return Conditions(
        fingerprint=request.client.fingerprint,
        levels=_enough(request),
        authenticated_from=authenticated_from,
        agreed_from=began if "consent" in request.prompt else None,
        subscriber_id=subscriber_id,
    )


def _enough(request: AuthorizationRequest) -> dict[str, str]:
    return {levels: acr for levels, acr in _WORTH.items() if _unmet_acr(request, acr) is None}


def _fresh(facts: Facts | None, history: History) -> bool:
    """True when the person signed in within this very transaction."""
    return facts is not None and history.started_at is not None and facts.authenticated_at >= history.started_at


def _sign_in_reason(
    request: AuthorizationRequest, facts: Facts | None, history: History, subject: Callable[[Facts], str], now: datetime
) -> str | None:
    if facts is None:
        return "no_session"
    if facts.refused is not None:
        return facts.refused
    fresh = _fresh(facts, history)
    if not fresh and request.prompt & {"login", "select_account"}:
        return "prompted"
    if not fresh and request.max_age is not None and (now - facts.authenticated_at).total_seconds() > request.max_age:
        return "too_long_ago"
    if not fresh and request.max_age == 0:
        return "too_long_ago"
    if request.hinted_subject is not None and request.hinted_subject != subject(facts):
        return "another_person"
    return None


def _unmet_acr(request: AuthorizationRequest, acr: str) -> str | None:
    """Why the level reached is not enough; voluntary `acr_values` never refuse (OpenID Connect Core 5.5.1.1)."""
    if request.client.min_acr is not None and not meets(acr, request.client.min_acr):
        return "this service needs a higher level of assurance"
    if request.essential_acr and not any(meets(acr, wanted) for wanted in request.essential_acr):
        return "the level of assurance asked for was not reached"
    return None


def _consent_reason(
    request: AuthorizationRequest, agreement: Agreement | None, history: History, now: datetime
) -> str | None:
    if agreement is None:
        return "never_asked"
    if agreement.expires_at is not None and agreement.expires_at <= now:
        return "expired"
    if agreement.client_fingerprint != request.client.fingerprint:
        return "client_changed"
    if "consent" in request.prompt and (history.started_at is None or agreement.granted_at < history.started_at):
        return "prompted"
    if not agreement.asked_scopes.issuperset(request.scope):
        return "wider_scope"
    in_id_token, in_userinfo = requested_claims(request)
    if not agreement.asked_fields.issuperset(in_id_token | in_userinfo):
        return "more_details"
    return None
