"""The authorization code grant (RFC 6749 4.1, RFC 7636): opening a grant with a code, and redeeming the code once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from idp.authorization.checks import requested_claims
from idp.authorization.errors import grant_error
from idp.authorization.interaction import Finish
from idp.authorization.issuing import answer_with_tokens
from idp.authorization.plan import Outcome, Plan
from idp.authorization.request import AuthorizationRequest
from idp.authorization.server import Deps, PlannedGrant
from idp.database import Operation
from idp.database.batch import Row
from idp.entropy import SecretKind, digest
from idp.errors import Refusal
from idp.keys.jose import encode_segment
from idp.telemetry import REFUSALS, request_id
from idp.tokens.grant import Grant, NewGrant, open_grant
from idp.tokens.redemption import Presentation, redeem, redeemed
from idp.tokens.refresh_token import RefreshToken

__all__ = ["CodeGrant", "issue_code"]

JTI_BYTES = 16
MAX_CODE_CHARS = 512
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}\Z")


def issue_code(deps: Deps, request: AuthorizationRequest, step: Finish) -> tuple[str, Operation]:
    """A fresh code and the operation that stores its grant. The code may leave only after the operation committed."""
    code = deps.entropy.secret(SecretKind.AUTHORIZATION_CODE)
    now = deps.clock.now()
    in_id_token, in_userinfo = requested_claims(request)
    agreed = step.facts.agreement
    scope = tuple(word for word in request.scope if agreed is not None and word in agreed.scopes)
    grant = Grant(
        id=deps.entropy.opaque_uuid(),
        client_id=request.client.client_id,
        subscriber_id=step.facts.subscriber_id,
        session_id=step.facts.session_id,
        scope=scope,
        audience=request.audience,
        id_token_claims=tuple(sorted(in_id_token)),
        userinfo_claims=tuple(sorted(in_userinfo)),
        authenticated_at=step.facts.authenticated_at,
        acr=step.acr,
        amr=step.facts.amr,
        nonce=request.nonce,
        offline="offline_access" in scope,
    )
    new = NewGrant(
        grant=grant,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        code_digest=digest(SecretKind.AUTHORIZATION_CODE, code),
        code_expires_at=now + timedelta(seconds=deps.lifetimes.code),
    )
    return code, open_grant(new, now=now, audit_id=deps.entropy.uuid(), request_id=request_id.get())


class CodeGrant(PlannedGrant):
    """Redeems a code at the token endpoint."""

    GRANT_TYPE = "authorization_code"  # type: ignore[assignment]  # Authlib types its base as None

    def validate_token_request(self) -> None:
        """Check everything that the request alone can tell; raises the registered OAuth error."""
        self._client = self.server.client_for(self.asked, self.GRANT_TYPE)
        form = self.asked.form
        code = form.get("code")
        if not code or len(code) > MAX_CODE_CHARS:
            raise InvalidRequestError("code is missing or malformed")
        verifier = form.get("code_verifier")
        if verifier is not None and not _VERIFIER.match(verifier):
            raise InvalidRequestError("code_verifier is malformed")
        self._refresh = RefreshToken.new(self.deps.entropy)
        self._presentation = Presentation(
            code_digest=digest(SecretKind.AUTHORIZATION_CODE, code),
            client_id=self._client.client_id,
            redirect_uri=form.get("redirect_uri"),
            challenge=create_s256_code_challenge(verifier) if verifier is not None else None,
            audience=[form["resource"]] if form.get("resource") else None,
            refresh=self._refresh,
            refresh_allowed="refresh_token" in self._client.grant_types,
        )

    def plan(self) -> Plan:
        """Spend the code, then sign."""
        deps = self.deps
        self._now = deps.clock.now()
        operation = redeem(
            self._presentation,
            now=self._now,
            idle_seconds=deps.lifetimes.session_idle,
            refresh_idle=deps.lifetimes.refresh_idle,
            audit_id=deps.entropy.uuid(),
            request_id=request_id.get(),
        )
        return Plan((operation,), self._finish)

    def _finish(self, rows: Sequence[Row | None], _early: None) -> Outcome:
        outcome = redeemed(rows[0])
        if isinstance(outcome, Refusal):
            REFUSALS.labels(outcome.code.value).inc()
            return grant_error(outcome)
        deps = self.deps
        return answer_with_tokens(
            deps,
            self._client,
            outcome.grant,
            outcome.profile,
            scope=outcome.grant.scope,
            audience=self._presentation.audience or outcome.grant.audience,
            issued_at=int(self._now.timestamp()),
            jti=encode_segment(deps.entropy.bytes(JTI_BYTES)),
            refresh_token=self._refresh.text() if self._presentation.refresh_allowed else None,
            first=True,
        )
