"""From a checked request and a session cookie to the next step, in one round trip.

The statement that reads the facts travels together with the one that opens the grant if everything is settled, in one
transaction. What the answer is, `interaction.decide` says; a code leaves only when both agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from idp.audit import AuditEvent, Event, audit_operation
from idp.authorization.checks import requested_claims
from idp.authorization.facts import Facts, ask_facts, facts_of
from idp.authorization.interaction import (
    AskConsent,
    AskLevel,
    AskSignIn,
    Finish,
    History,
    Step,
    TellUnmet,
    conditions,
    decide,
)
from idp.authorization.request import AuthorizationRequest, Fail
from idp.authorization.server import Deps
from idp.database import GroupCommitter, Operation
from idp.entropy import SecretKind, digest, has_kind
from idp.telemetry import request_id
from idp.tokens.grant import Opening, open_grant
from idp.tokens.refresh_token import RefreshToken

__all__ = ["FOUND", "Asked", "Issued", "Proceeding"]

# Where in a request's environment a page finds (request, outcome) when they are known already, or the error to answer.
FOUND = "wangov.authorization"


@dataclass(frozen=True, slots=True)
class Issued:
    """A code whose grant is committed; it may leave."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """The person must do something first; `recognised` is who they are, where that is settled already."""

    step: AskSignIn | AskLevel | TellUnmet | AskConsent
    recognised: UUID | None


@dataclass(frozen=True, slots=True)
class _Code:
    text: str = field(repr=False)
    opening: Operation


class Proceeding:
    """Decides an authorization request for the person behind a session cookie.

    `secret` is the cookie as sent, or None. Every method raises `StoreUnavailableError`.
    """

    def __init__(self, deps: Deps, committer: GroupCommitter) -> None:
        self._deps = deps
        self._committer = committer

    def proceed(self, request: AuthorizationRequest, secret: str | None) -> Issued | Asked | Fail:
        """A request seen for the first time: the code, the question that must be asked first, or the refusal."""
        history, now = History(), self._deps.clock.now()
        held = _digest(secret)
        code = self._code(request, held, history, now) if held is not None else None
        if held is None or code is None:
            facts = self._facts(request, held, now)
            step = self._decide(request, facts, history, now)
            if isinstance(step, Finish):
                return self.open(request, secret, history, step) or Asked(AskSignIn("changed"), None)
            return self._settled(request, step, facts)
        answer, opened = self._committer.run(self._question(request, held, now), code.opening)
        facts = facts_of(answer)
        step = self._decide(request, facts, history, now)
        if (opened is not None) != isinstance(step, Finish):
            message = f"a grant was {'' if opened else 'not '}opened where the step is {type(step).__name__}"
            raise AssertionError(message)
        return Issued(code.text) if isinstance(step, Finish) else self._settled(request, step, facts)

    def look(self, request: AuthorizationRequest, secret: str | None, history: History) -> Step:
        """The next step of a parked request; nothing is opened or audited."""
        now = self._deps.clock.now()
        return self._decide(request, self._facts(request, _digest(secret), now), history, now)

    def open(self, request: AuthorizationRequest, secret: str | None, history: History, step: Finish) -> Issued | None:
        """Open the grant that `look` said may open; None when what it rested on has changed since."""
        held, now = _digest(secret), self._deps.clock.now()
        code = self._code(request, held, history, now, step.facts.subscriber_id) if held is not None else None
        if code is None or self._committer.run(code.opening)[0] is None:
            return None
        return Issued(code.text)

    def refuse(self, request: AuthorizationRequest, failure: Fail) -> Fail:
        """Audit a refusal that the client will be told."""
        event = AuditEvent(
            Event.AUTHORIZATION_REFUSED, client_id=request.client.client_id, body={"error": failure.error}
        )
        self._committer.run(audit_operation(event, self._deps.clock, self._deps.entropy))
        return failure

    def _settled(
        self,
        request: AuthorizationRequest,
        step: AskSignIn | AskLevel | TellUnmet | AskConsent | Fail,
        facts: Facts | None,
    ) -> Asked | Fail:
        if isinstance(step, Fail):
            return self.refuse(request, step)
        return Asked(step, None if facts is None or isinstance(step, AskSignIn) else facts.subscriber_id)

    def _facts(self, request: AuthorizationRequest, held: bytes | None, now: datetime) -> Facts | None:
        if held is None:
            return None
        (answer,) = self._committer.run(self._question(request, held, now))
        return facts_of(answer)

    def _question(self, request: AuthorizationRequest, held: bytes, now: datetime) -> Operation:
        return ask_facts(held, request.client.client_id, now=now, idle_seconds=self._deps.lifetimes.session_idle)

    def _code(
        self,
        request: AuthorizationRequest,
        held: bytes,
        history: History,
        now: datetime,
        subscriber_id: UUID | None = None,
    ) -> _Code | None:
        """A fresh code and the operation that opens its grant; None where rows alone cannot tell whether it may."""
        deps = self._deps
        needed = conditions(request, history, now, subscriber_id)
        if needed is None:
            return None
        code = deps.entropy.secret(SecretKind.AUTHORIZATION_CODE)
        in_id_token, in_userinfo = requested_claims(request)
        opening = Opening(
            grant_id=deps.entropy.opaque_uuid(),
            session_digest=held,
            client_id=request.client.client_id,
            scope=request.scope,
            audience=request.audience,
            id_token_claims=in_id_token,
            userinfo_claims=in_userinfo,
            nonce=request.nonce,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            code_digest=digest(SecretKind.AUTHORIZATION_CODE, code),
            code_expires_at=now + timedelta(seconds=deps.lifetimes.code),
            refresh_handle=RefreshToken.first(code, deps.entropy).handle_digest(),
            conditions=needed,
        )
        operation = open_grant(
            opening,
            now=now,
            idle_seconds=deps.lifetimes.session_idle,
            audit_id=deps.entropy.identifier(),
            request_id=request_id.get(),
        )
        return _Code(code, operation)

    def _decide(self, request: AuthorizationRequest, facts: Facts | None, history: History, now: datetime) -> Step:
        def subject(found: Facts) -> str:
            return self._deps.subjects.for_client(found.subscriber_id, request.client)

        return decide(request, facts, history, subject=subject, now=now)


def _digest(secret: str | None) -> bytes | None:
    if secret is None or not has_kind(SecretKind.SESSION, secret):
        return None
    return digest(SecretKind.SESSION, secret)
