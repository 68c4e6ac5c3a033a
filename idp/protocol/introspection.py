"""Token introspection (RFC 7662): told only to whom the token is meant for, or to whom it was issued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from idp.audit import Event
from idp.authorization.errors import AuthenticationFailedError
from idp.authorization.plan import Outcome, Plan
from idp.authorization.server import AuthorizationServer, TokenRequest
from idp.clients.client import Client
from idp.clients.registry import ClientRegistry
from idp.database.batch import Row
from idp.entropy import SecretKind
from idp.errors import Code, Refusal
from idp.protocol.message import Answer, Endpoint, MachineRequest, json_answer, oauth_error
from idp.protocol.token import present
from idp.telemetry import refused, request_id
from idp.tokens.access_token import AccessToken, read_access_token
from idp.tokens.inspection import Question, inspect, inspected
from idp.tokens.refresh_token import RefreshToken

__all__ = ["introspection_endpoint"]

INACTIVE = {"active": False}
# About half a kilobyte each.
MAX_REMEMBERED = 4096


def introspection_endpoint(server: AuthorizationServer, registry: ClientRegistry) -> Endpoint:
    """POST /oauth/introspect."""
    introspection = _Introspection(server, registry)

    def prepare(request: MachineRequest) -> Plan | Answer:
        try:
            return introspection.plan(TokenRequest(request.form, request.authorization, request.client_address))
        except AuthenticationFailedError as failure:
            return server.audited_failure(failure)
        except OAuth2Error as error:
            return oauth_error(error)

    return Endpoint("introspection", frozenset({"POST"}), prepare, present)


class _Introspection:
    def __init__(self, server: AuthorizationServer, registry: ClientRegistry) -> None:
        self._server = server
        self._deps = server.deps
        self._registry = registry
        self._active: dict[str, bytes] = {}

    def plan(self, request: TokenRequest) -> Plan | Answer:
        """What the store must be asked; anything that is not a live token of ours is inactive without asking."""
        caller = self._server.client_for(request, None)
        if caller.auth_method == "none":
            raise InvalidRequestError("a public client cannot introspect")  # RFC 7662 2.1
        text = request.form.get("token")
        if not text:
            raise InvalidRequestError("token is missing")
        if text.startswith(f"{SecretKind.REFRESH_TOKEN.value}_"):
            return self._refresh_plan(caller, text)
        token = read_access_token(self._deps.keyring(), text, self._deps.clock.epoch())
        if isinstance(token, Refusal):
            return _inactive(token.code)
        if not self._may_see(caller, token):
            return _inactive(Code.TOKEN_AUDIENCE)
        issued_to = self._registry.get(token.client_id)
        enabled = issued_to is not None and issued_to.enabled
        question = Question(
            Event.TOKEN_INTROSPECTED, caller.client_id, grant_id=token.grant_id, jti=token.jti, with_grant=False
        )
        return self._ask(question, lambda rows, _early: self._described(rows[0], token, enabled=enabled))

    def _may_see(self, caller: Client, token: AccessToken) -> bool:
        """RFC 7662 4: the issuing client, or a client that stands for one of the token's audiences."""
        if token.client_id == caller.client_id:
            return True
        return not self._registry.resources_of(caller.client_id).isdisjoint(token.audience)

    def _described(self, row: Row | None, token: AccessToken, *, enabled: bool) -> Outcome:
        if isinstance(inspected(row), Refusal) or not enabled:
            return INACTIVE
        return self._active.get(token.jti) or self._remember(token)

    def _remember(self, token: AccessToken) -> bytes:
        """What is said of a live token never changes, so it is encoded once."""
        if len(self._active) >= MAX_REMEMBERED:
            self._active.clear()
        document = {"active": True, "token_type": "Bearer", **token.claims}
        self._active[token.jti] = encoded = json_answer(document).body
        return encoded

    def _refresh_plan(self, caller: Client, text: str) -> Plan | Answer:
        token = RefreshToken.parse(text)
        if isinstance(token, Refusal):
            return _inactive(token.code)
        digests = (token.handle_digest(), token.secret_digest())
        question = Question(Event.TOKEN_INTROSPECTED, caller.client_id, refresh_digests=digests)
        return self._ask(question, lambda rows, _early: self._described_refresh(rows[0], caller))

    def _described_refresh(self, row: Row | None, caller: Client) -> Outcome:
        found = inspected(row)
        if isinstance(found, Refusal) or found.grant is None or found.grant.client_id != caller.client_id:
            return INACTIVE
        document: dict[str, Any] = {
            "active": True,
            "client_id": caller.client_id,
            "scope": " ".join(found.grant.scope),
            "sub": self._deps.subjects.for_client(found.grant.subscriber_id, caller),
            "iss": self._deps.issuer,
        }
        if found.refresh_expires_at is not None:
            document["exp"] = int(found.refresh_expires_at.timestamp())
        return document

    def _ask(self, question: Question, finish: Callable[[Sequence[Row | None], Any], Outcome]) -> Plan:
        deps = self._deps
        operation = inspect(
            question,
            now=deps.clock.now(),
            idle_seconds=deps.lifetimes.session_idle,
            absolute_seconds=int(deps.lifetimes.refresh_absolute.total_seconds()),
            audit_id=deps.entropy.identifier(),
            request_id=request_id.get(),
        )
        return Plan((operation,), finish)


def _inactive(reason: Code) -> Answer:
    """A token that is none of ours, or not for this caller: counted, for nothing is audited where nothing is asked."""
    refused(reason.value)
    return json_answer(INACTIVE)
