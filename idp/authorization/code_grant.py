"""The authorization code grant at the token endpoint (RFC 6749 4.1.3, RFC 7636): redeeming a code once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from idp.authorization.errors import grant_error
from idp.authorization.issuing import answer_with_tokens
from idp.authorization.plan import Outcome, Plan
from idp.authorization.server import PlannedGrant
from idp.database.batch import Row
from idp.entropy import SecretKind, digest
from idp.errors import Refusal
from idp.keys import Keyring
from idp.keys.jose import encode_segment
from idp.telemetry import refused, request_id
from idp.tokens.redemption import Presentation, redeem, redeemed
from idp.tokens.refresh_token import RefreshToken

__all__ = ["CodeGrant"]

JTI_BYTES = 16
MAX_CODE_CHARS = 512
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}\Z")


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
        refreshes = "refresh_token" in self._client.grant_types
        self._refresh = RefreshToken.first(code, self.deps.entropy) if refreshes else None
        self._presentation = Presentation(
            code_digest=digest(SecretKind.AUTHORIZATION_CODE, code),
            client_id=self._client.client_id,
            redirect_uri=form.get("redirect_uri"),
            challenge=create_s256_code_challenge(verifier) if verifier is not None else None,
            audience=[form["resource"]] if form.get("resource") else None,
            refresh=self._refresh,
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
            audit_id=deps.entropy.identifier(),
            request_id=request_id.get(),
        )
        return Plan((operation,), self._finish, ahead=deps.keyring)

    def _finish(self, rows: Sequence[Row | None], early: Keyring) -> Outcome:
        outcome = redeemed(rows[0])
        if isinstance(outcome, Refusal):
            refused(outcome.code.value)
            return grant_error(outcome)
        deps = self.deps
        return answer_with_tokens(
            deps,
            early,
            self._client,
            outcome.grant,
            outcome.profile,
            scope=outcome.grant.scope,
            audience=self._presentation.audience or outcome.grant.audience,
            issued_at=int(self._now.timestamp()),
            jti=encode_segment(deps.entropy.bytes(JTI_BYTES)),
            refresh_token=self._refresh.text() if self._refresh is not None else None,
            first=True,
        )
