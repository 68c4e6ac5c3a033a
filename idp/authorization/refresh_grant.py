"""The refresh grant (RFC 6749 6) with rotation, grace for identical retries, and reuse detection (RFC 9700 4.14.2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError

from idp.authorization.errors import grant_error
from idp.authorization.issuing import answer_with_tokens
from idp.authorization.plan import Outcome, Plan
from idp.authorization.request import words_of
from idp.authorization.server import PlannedGrant
from idp.database.batch import Row
from idp.errors import Refusal
from idp.keys import Keyring, Purpose
from idp.keys.jose import encode_segment
from idp.telemetry import refused, request_id
from idp.tokens.refresh_token import RefreshToken, successor
from idp.tokens.rotation import Refreshed, Use, rotate, rotated

__all__ = ["RefreshGrant"]

JTI_BYTES = 16


class RefreshGrant(PlannedGrant):
    """Exchanges a refresh token for its successor and a new access token."""

    GRANT_TYPE = "refresh_token"  # type: ignore[assignment]  # Authlib types its base as None

    def validate_token_request(self) -> None:
        """Check everything that the request alone can tell; raises the registered OAuth error."""
        self._client = self.server.client_for(self.asked, self.GRANT_TYPE)
        form = self.asked.form
        text = form.get("refresh_token")
        if not text:
            raise InvalidRequestError("refresh_token is missing")
        token = RefreshToken.parse(text)
        if isinstance(token, Refusal):
            refused(token.code.value)
            raise InvalidGrantError("the grant is not valid")
        scope = words_of(form["scope"]) if form.get("scope") else None
        audience = [form["resource"]] if form.get("resource") else None
        self._key = self.deps.purpose_keys.key(Purpose.REFRESH, 1)
        self._use = Use(
            token=token,
            following=successor(token, self._key),
            client_id=self._client.client_id,
            request=_fingerprint(self._client.client_id, text, scope, audience),
            scope=scope,
            audience=audience,
        )

    def plan(self) -> Plan:
        """Rotate, then sign."""
        deps = self.deps
        operation = rotate(
            self._use,
            now=deps.clock.now(),
            idle_seconds=deps.lifetimes.session_idle,
            refresh_idle=deps.lifetimes.refresh_idle,
            refresh_absolute=deps.lifetimes.refresh_absolute,
            audit_id=deps.entropy.identifier(),
            request_id=request_id.get(),
        )
        return Plan((operation,), self._finish, ahead=deps.keyring)

    def _finish(self, rows: Sequence[Row | None], early: Keyring) -> Outcome:
        outcome = rotated(rows[0])
        if isinstance(outcome, Refusal):
            refused(outcome.code.value)
            return grant_error(outcome)
        return answer_with_tokens(
            self.deps,
            early,
            self._client,
            outcome.grant,
            outcome.profile,
            scope=self._use.scope or outcome.grant.scope,
            audience=self._use.audience or outcome.grant.audience,
            issued_at=int(outcome.rotated_at.timestamp()),
            jti=self._jti(outcome),
            refresh_token=self._use.following.text(),
            first=False,
        )

    def _jti(self, outcome: Refreshed) -> str:
        # Derived, so that a retry is answered with the very token that was lost, not with a second one.
        named = f"jti|{outcome.grant.id}|{outcome.generation}".encode()
        return encode_segment(hmac.digest(self._key, named, hashlib.sha256)[:JTI_BYTES])


def _fingerprint(client_id: str, token: str, scope: list[str] | None, audience: list[str] | None) -> bytes:
    return hashlib.sha256(repr((client_id, token, sorted(scope or ()), sorted(audience or ()))).encode()).digest()
