"""The client credentials grant (RFC 6749 4.4): a client's own token, audited, with no person behind it."""

from __future__ import annotations

from collections.abc import Sequence

from authlib.oauth2.rfc6749.errors import InvalidScopeError

from idp.audit import AuditEvent, Event, audit_operation
from idp.authorization.errors import InvalidTargetError
from idp.authorization.plan import Outcome, Plan
from idp.authorization.request import PERSONAL_SCOPES, words_of
from idp.authorization.server import PlannedGrant
from idp.database.batch import Row
from idp.keys.jose import encode_segment
from idp.tokens.access_token import mint_access_token

__all__ = ["ClientCredentialsGrant"]

JTI_BYTES = 16


class ClientCredentialsGrant(PlannedGrant):
    """Issues an access token to the client itself."""

    GRANT_TYPE = "client_credentials"  # type: ignore[assignment]  # Authlib types its base as None

    def validate_token_request(self) -> None:
        """Check client, scope and resource; raises the registered OAuth error."""
        client = self._client = self.server.client_for(self.asked, self.GRANT_TYPE)
        own_scopes = client.scopes - PERSONAL_SCOPES
        asked = list(dict.fromkeys(words_of(self.asked.form.get("scope") or "")))
        if not own_scopes.issuperset(asked):
            raise InvalidScopeError("a scope is not allowed for this client")
        self._scope = asked or sorted(own_scopes)
        resource = self.asked.form.get("resource")
        if resource is not None and resource not in client.resources:
            raise InvalidTargetError("the resource is unknown or not allowed for this client")
        self._audience = [resource] if resource else list(client.resources) or [self.deps.issuer]

    def plan(self) -> Plan:
        """Sign while the audit row commits; the token leaves only after both."""
        event = AuditEvent(
            Event.TOKEN_ISSUED,
            client_id=self._client.client_id,
            body={"kind": "client_credentials", "scope": self._scope, "audience": self._audience},
        )
        operation = audit_operation(event, self.deps.clock, self.deps.entropy)
        return Plan((operation,), self._finish, ahead=self._sign)

    def _sign(self) -> str:
        deps = self.deps
        return mint_access_token(
            deps.keyring(),
            self._client,
            issuer=deps.issuer,
            subject=self._client.client_id,
            audience=self._audience,
            scope=self._scope,
            issued_at=int(deps.clock.epoch()),
            lifetime=deps.lifetimes.access_token,
            jti=encode_segment(deps.entropy.bytes(JTI_BYTES)),
        )

    def _finish(self, _rows: Sequence[Row | None], early: str) -> Outcome:
        return {
            "access_token": early,
            "token_type": "Bearer",
            "expires_in": self.deps.lifetimes.access_token,
            "scope": " ".join(self._scope),
        }
