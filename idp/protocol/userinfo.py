"""Userinfo (OpenID Connect Core 5.3): the claims that scope, request and a consent in force let this client see now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749.errors import OAuth2Error

from idp.audit import Event
from idp.authenticators.assurance import ACRS, level_of
from idp.authorization.errors import InsufficientAuthenticationError, InsufficientScopeError, InvalidTokenError
from idp.authorization.issuing import released_claims
from idp.authorization.levels import NO_LEVELS, level_of_scopes
from idp.authorization.plan import Outcome, Plan
from idp.authorization.server import AuthorizationServer
from idp.clients.registry import ClientRegistry
from idp.database.batch import Row
from idp.errors import Code, Refusal
from idp.protocol.message import NO_STORE, Answer, Endpoint, MachineRequest, json_answer
from idp.telemetry import refused, request_id
from idp.tokens.access_token import AccessToken, read_access_token
from idp.tokens.inspection import Question, inspect, inspected

__all__ = ["userinfo_endpoint"]

MAX_HEADER_CHARS = 16_400


def userinfo_endpoint(
    server: AuthorizationServer, registry: ClientRegistry, scope_levels: Mapping[str, int] = NO_LEVELS
) -> Endpoint:
    """GET and POST /oauth/userinfo. `scope_levels`: the least level, 1 to 3, of scopes that are not for everybody."""
    userinfo = _Userinfo(server, registry, scope_levels)
    return Endpoint("userinfo", frozenset({"GET", "POST"}), userinfo.prepare, _present, cors=True)


class _Userinfo:
    def __init__(self, server: AuthorizationServer, registry: ClientRegistry, scope_levels: Mapping[str, int]) -> None:
        self._deps = server.deps
        self._registry = registry
        self._scope_levels = scope_levels

    def prepare(self, request: MachineRequest) -> Plan | Answer:
        text = _bearer(request)
        if isinstance(text, Answer):
            return text
        deps = self._deps
        token = read_access_token(deps.keyring(), text, deps.clock.epoch())
        if isinstance(token, Refusal):
            return _refused(token)
        client = self._registry.get(token.client_id)
        if token.grant_id is None or deps.issuer not in token.audience or client is None or not client.enabled:
            refused(Code.TOKEN_AUDIENCE.value)
            return _present(InvalidTokenError("the token is not meant for userinfo"))
        if "openid" not in token.scope:
            return _present(InsufficientScopeError("openid is needed"))
        needed = level_of_scopes(self._scope_levels, token.scope)
        if needed > level_of(str(token.claims.get("acr", ""))):
            return _present(InsufficientAuthenticationError(ACRS[needed - 1]))
        question = Question(
            Event.USERINFO_RELEASED, token.client_id, grant_id=token.grant_id, jti=token.jti, with_profile=True
        )
        operation = inspect(
            question,
            now=deps.clock.now(),
            idle_seconds=deps.lifetimes.session_idle,
            absolute_seconds=int(deps.lifetimes.refresh_absolute.total_seconds()),
            audit_id=deps.entropy.identifier(),
            request_id=request_id.get(),
        )
        return Plan((operation,), lambda rows, _early: self._released(rows[0], token))

    def _released(self, row: Row | None, token: AccessToken) -> Outcome:
        found = inspected(row)
        if isinstance(found, Refusal) or found.grant is None:
            refused(found.code.value if isinstance(found, Refusal) else Code.TOKEN_TYPE.value)
            return InvalidTokenError("the token is no longer valid")
        claims: dict[str, Any] = released_claims(self._deps, found.profile, found.grant.userinfo_claims)
        return {**claims, "sub": token.subject}


def _bearer(request: MachineRequest) -> str | Answer:
    """The token from the header or a POST's body (RFC 6750 2.1, 2.2), never from both and never from the query."""
    in_body = request.form.get("access_token") if request.method == "POST" else None
    header = request.authorization
    if header is None:
        return in_body or Answer(
            "401 Unauthorized", (*NO_STORE, ("WWW-Authenticate", 'Bearer realm="wangov"')), b""
        )  # RFC 6750 3.1: without any token, no error code either
    scheme, _, text = header[:MAX_HEADER_CHARS].partition(" ")
    if scheme.lower() != "bearer" or in_body is not None:
        return _present(InvalidTokenError("exactly one bearer token is needed"))
    return text.strip()


def _refused(refusal: Refusal) -> Answer:
    refused(refusal.code.value)
    return _present(InvalidTokenError("the token is not valid"))


def _present(outcome: Outcome) -> Answer:
    if not isinstance(outcome, OAuth2Error):
        return json_answer(outcome)
    challenge = f'Bearer realm="wangov", error="{outcome.error}", error_description="{outcome.description}"'
    if isinstance(outcome, InsufficientAuthenticationError):
        challenge += f', acr_values="{outcome.acr_values}"'
    document = {"error": outcome.error, "error_description": outcome.description}
    return json_answer(document, code=outcome.status_code, headers=(*NO_STORE, ("WWW-Authenticate", challenge)))
