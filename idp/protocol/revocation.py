"""Token revocation (RFC 7009): the answer is 200 whether or not the token existed."""

from __future__ import annotations

from collections.abc import Sequence

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from idp.audit import AuditEvent, Event, audit_operation
from idp.authorization.errors import AuthenticationFailedError
from idp.authorization.plan import Outcome, Plan
from idp.authorization.server import AuthorizationServer, TokenRequest
from idp.database import Operation
from idp.database.batch import Row
from idp.entropy import SecretKind
from idp.errors import Code, Refusal
from idp.protocol.message import NO_STORE, Answer, Endpoint, MachineRequest, oauth_error
from idp.telemetry import refused, request_id
from idp.tokens.access_token import read_access_token
from idp.tokens.refresh_token import RefreshToken
from idp.tokens.revocation import revoke_access_token, revoke_refresh_token

__all__ = ["revocation_endpoint"]

DONE = Answer("200 OK", NO_STORE, b"")


def revocation_endpoint(server: AuthorizationServer) -> Endpoint:
    """POST /oauth/revoke."""

    def prepare(request: MachineRequest) -> Plan | Answer:
        try:
            return _plan(server, TokenRequest(request.form, request.authorization, request.client_address))
        except AuthenticationFailedError as failure:
            return server.audited_failure(failure)
        except OAuth2Error as error:
            return oauth_error(error)

    return Endpoint("revocation", frozenset({"POST"}), prepare, _present)


def _plan(server: AuthorizationServer, request: TokenRequest) -> Plan | Answer:
    client = server.client_for(request, None)
    text = request.form.get("token")
    if not text:
        raise InvalidRequestError("token is missing")
    operation = _operation(server, client.client_id, text)
    return DONE if operation is None else Plan((operation,), _counted)


def _counted(rows: Sequence[Row | None], _early: object) -> Outcome:
    if rows[0] is not None:
        refused(rows[0][0])
    return {}


def _operation(server: AuthorizationServer, client_id: str, text: str) -> Operation | None:
    deps = server.deps
    now = deps.clock.now()
    if text.startswith(f"{SecretKind.REFRESH_TOKEN.value}_"):
        refresh = RefreshToken.parse(text)
        if isinstance(refresh, Refusal):
            refused(refresh.code.value)
            return None
        handle = refresh.handle_digest()
        return revoke_refresh_token(
            handle, client_id, now=now, audit_id=deps.entropy.identifier(), request_id=request_id.get()
        )
    # An expired token is given up too: a clock that is set back would make it live again.
    token = read_access_token(deps.keyring(), text, 0.0)
    if isinstance(token, Refusal):
        refused(token.code.value)
        return None
    if token.client_id != client_id:
        refused(Code.GRANT_CLIENT.value)
        body = {"kind": "access_token", "refused": Code.GRANT_CLIENT.value}
        return audit_operation(
            AuditEvent(Event.TOKEN_FOREIGN, client_id=client_id, body=body), deps.clock, deps.entropy
        )
    return revoke_access_token(
        token.jti,
        client_id,
        expires_at=token.expires_at,
        now=now,
        audit_id=deps.entropy.identifier(),
        request_id=request_id.get(),
    )


def _present(outcome: Outcome) -> Answer:
    return oauth_error(outcome) if isinstance(outcome, OAuth2Error) else DONE
