"""What comes next for an authorization request? The only place that decides it.

Each question is a named check with a reason code. A request that may not interact (`prompt=none`) turns the first
question that would need the person into the error that the specification names for it (OpenID Connect Core 3.1.2.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from idp.authenticators.assurance import acr_for
from idp.authorization.checks import requested_claims
from idp.authorization.facts import Agreement, Facts
from idp.authorization.request import UNKNOWN_LEVEL, AuthorizationRequest, Fail
from idp.tokens.grant import Conditions

__all__ = ["AskConsent", "AskLevel", "AskSignIn", "Finish", "History", "Step", "TellUnmet", "conditions", "decide"]

LEVELS = (1, 2, 3)
UNMET = "the level of assurance asked for was not reached"


@dataclass(frozen=True, slots=True)
class History:
    """What already happened within this transaction. A request that was never parked has none.

    `settled`: the level that the request wishes for was asked of the person. `unmet`: they were told what is missing.
    """

    started_at: datetime | None = None
    denied: bool = False
    settled: bool = False
    unmet: bool = False


@dataclass(frozen=True, slots=True)
class AskSignIn:
    """The person must sign in (again). `reason` is a closed code for log and page."""

    reason: str


@dataclass(frozen=True, slots=True)
class AskLevel:
    """The person, who is signed in, should prove one thing more, to reach `level` (2 or 3)."""

    level: int
    voluntary: bool
    reason: str = "level"


@dataclass(frozen=True, slots=True)
class TellUnmet:
    """No sign-in reaches `level` (2 or 3): identity proofing is below it. The person is told, and then the client."""

    level: int
    reason: str = "proofing"


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person must be asked what the client may see."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to ask: a code may be issued at this level of assurance."""

    acr: str
    facts: Facts


Step = AskSignIn | AskLevel | TellUnmet | AskConsent | Finish | Fail


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
    if history.unmet:
        return request.fail("unmet_authentication_requirements", UNMET)
    silent = "none" in request.prompt
    reason = _sign_in_reason(request, facts, history, subject, now)
    if reason is not None or facts is None:
        if reason == "another_person" and _fresh(facts, history):
            return request.fail("login_required", "another person signed in than the hint names")
        if silent:
            return request.fail("login_required", "the person must sign in")
        return AskSignIn(reason or "no_session")
    short = _level_step(request, facts, history, silent=silent)
    if short is not None:
        return short
    acr = acr_for(facts.ial, facts.aal)
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
    if history.denied or history.unmet or (request.hinted_subject is not None and subscriber_id is None):
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
        levels=_enough(request, history),
        authenticated_from=authenticated_from,
        agreed_from=began if "consent" in request.prompt else None,
        subscriber_id=subscriber_id,
    )


def _enough(request: AuthorizationRequest, history: History) -> dict[str, str]:
    silent = "none" in request.prompt
    return {
        f"{ial}-{aal}": acr_for(ial, aal)
        for ial in LEVELS
        for aal in LEVELS
        if _missing_level(request, ial, aal, history, silent=silent) is None
    }


def _missing_level(
    request: AuthorizationRequest, ial: int, aal: int, history: History, *, silent: bool
) -> tuple[int, bool] | None:
    """The level that should be reached and is not, and whether it is only wished for; None where nothing is missing.

    A wish is not made of people whose proofing cannot fulfil it, nor twice, nor where nobody may be asked.
    """
    needed, wished = request.needed_level, request.wished_level
    if needed > min(ial, aal):
        return needed, False
    if wished > aal and wished <= ial and not history.settled and not silent:
        return wished, True
    return None


def _level_step(
    request: AuthorizationRequest, facts: Facts, history: History, *, silent: bool
) -> AskLevel | TellUnmet | Fail | None:
    """What a level that was not reached leads to (OpenID Connect Core 3.1.2.6, 5.5.1.1; RFC 9470 section 5)."""
    missing = _missing_level(request, facts.ial, facts.aal, history, silent=silent)
    if missing is None:
        return None
    level, voluntary = missing
    by_proofing = level > facts.ial
    if level == UNKNOWN_LEVEL or (silent and by_proofing):
        return request.fail("unmet_authentication_requirements", UNMET)
    if silent:
        return request.fail("interaction_required", "the person must prove more of who they are")
    return TellUnmet(level) if by_proofing else AskLevel(level, voluntary)


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
