"""The token endpoint (RFC 6749 3.2)."""

from __future__ import annotations

from authlib.oauth2.rfc6749.errors import OAuth2Error

from idp.authorization.plan import Outcome, Plan
from idp.authorization.server import AuthorizationServer, TokenRequest
from idp.protocol.message import Answer, Endpoint, MachineRequest, json_answer, oauth_error

__all__ = ["present", "token_endpoint"]


def token_endpoint(server: AuthorizationServer) -> Endpoint:
    """POST /oauth/token."""

    def prepare(request: MachineRequest) -> Plan | Answer:
        made = server.prepare_token(TokenRequest(request.form, request.authorization, request.client_address))
        return oauth_error(made) if isinstance(made, OAuth2Error) else made

    return Endpoint("token", frozenset({"POST"}), prepare, present, cors=True)


def present(outcome: Outcome) -> Answer:
    """A JSON document or the registered error."""
    return oauth_error(outcome) if isinstance(outcome, OAuth2Error) else json_answer(outcome)
