"""The authorization server on Authlib's framework-free core.

Grant dispatch and error vocabulary are Authlib's; the rest is made of plans, so that no grant touches a store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from authlib.oauth2.rfc6749 import AuthorizationServer as AuthlibServer
from authlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    OAuth2Error,
    UnauthorizedClientError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.requests import OAuth2Payload, OAuth2Request

from idp.audit import AuditEvent, Event, audit_operation
from idp.authenticators.throttling import AddressLimit
from idp.authorization.errors import AuthenticationFailedError, WaitError
from idp.authorization.plan import Plan
from idp.clients.authentication import ClientAuthentication, read_credentials
from idp.clients.client import Client
from idp.clock import Clock
from idp.entropy import Entropy
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.keys import Keyring, PurposeKeys, Sealer
from idp.sessions.gate import client_allowed
from idp.subscribers.subject import Subjects
from idp.telemetry import THROTTLED, refused

__all__ = ["AuthorizationServer", "Deps", "Lifetimes", "PlannedGrant", "TokenRequest"]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things live, in seconds, and how long a session may idle."""

    access_token: int
    id_token: int
    code: int
    refresh_idle: timedelta
    refresh_absolute: timedelta
    session_idle: int


class TokenRequest(OAuth2Payload):
    """A request to a machine endpoint as Authlib's grants expect it: each form parameter once, already bounded.

    `client_address` is where it came from, where that is known.
    """

    method = "POST"

    def __init__(self, form: Mapping[str, str], authorization: str | None, client_address: str | None = None) -> None:
        self.form = form
        self.authorization = authorization
        self.client_address = client_address
        self.client: Client | None = None

    @property
    def payload(self) -> TokenRequest:
        """Authlib reads parameters through this member."""
        return self

    @property
    def data(self) -> Mapping[str, str]:
        """The form."""
        return self.form


@dataclass(slots=True)
class Deps:
    """What every grant needs."""

    issuer: str
    clock: Clock
    entropy: Entropy
    keyring: Callable[[], Keyring]
    purpose_keys: PurposeKeys
    sealer: Sealer
    subjects: Subjects
    lifetimes: Lifetimes
    authentication: ClientAuthentication
    address_limit: AddressLimit


class AuthorizationServer(AuthlibServer):
    """Dispatches token requests to the registered grants."""

    def __init__(self, deps: Deps) -> None:
        super().__init__()
        self.deps = deps

    def prepare_token(self, request: TokenRequest) -> Plan | OAuth2Error:
        """The plan of a token request, or the error that answers it (RFC 6749 5.2)."""
        if not request.payload.grant_type:
            return InvalidRequestError("grant_type is missing")
        try:
            grant = cast("PlannedGrant", self.get_token_grant(request))
            grant.validate_token_request()
        except UnsupportedGrantTypeError:
            return UnsupportedGrantTypeError(None)
        except AuthenticationFailedError as failure:
            return self.audited_failure(failure)
        except OAuth2Error as error:
            return error
        return grant.plan()

    def offer(self, *grants: type[PlannedGrant]) -> None:
        """Serve these grant types."""
        for grant in grants:
            self.register_grant(grant)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib announces steps here; nobody listens."""

    def client_for(self, request: TokenRequest, grant_type: str | None) -> Client:
        """The authenticated client of a request, allowed to use `grant_type`; raises the registered error otherwise."""
        found = self.deps.authentication.authenticate(request.authorization, request.form)
        if isinstance(found, Refusal):
            raise client_error(self._limited(found, request), request)
        refusal = client_allowed(found)
        if refusal is not None:
            raise client_error(refusal, request)
        if grant_type is not None and grant_type not in found.grant_types:
            raise UnauthorizedClientError("this client may not use this grant type")
        request.client = found
        return found

    def _limited(self, refusal: Refusal, request: TokenRequest) -> Refusal:
        """The refusal, or a wait for an address whose callers fail too often, whichever client they claim to be."""
        if request.client_address is None or refusal.code is Code.CLIENT_METHOD:
            return refusal
        try:
            wait = self.deps.address_limit.count_failed_client(request.client_address)
        except StoreUnavailableError:
            return refusal  # refused all the same
        if wait is None:
            return refusal
        return Refusal(Code.CLIENT_THROTTLED, "too many failures from one address", retry_after=wait.retry_after)

    def audited_failure(self, failure: AuthenticationFailedError) -> Plan:
        """A failed client authentication is audited before it is answered."""
        event = AuditEvent(
            Event.CLIENT_AUTHENTICATION_FAILED,
            client_id=failure.client_id,
            body={"refused": failure.refusal.code.value},
        )
        operation = audit_operation(event, self.deps.clock, self.deps.entropy)
        return Plan((operation,), lambda _rows, _early: failure)


class PlannedGrant(BaseGrant, TokenEndpointMixin, ABC):
    """A grant of Authlib's shape in two phases: the request is looked at alone, then a plan says what to do."""

    server: AuthorizationServer

    def __init__(self, request: TokenRequest, server: AuthorizationServer) -> None:
        super().__init__(cast("OAuth2Request", request), server)
        self.asked = request
        self.deps = server.deps

    @abstractmethod
    def validate_token_request(self) -> None:
        """Check everything that the request alone can tell; raises the registered OAuth error."""

    @abstractmethod
    def plan(self) -> Plan:
        """What the store must do, and the answer made of it."""


def client_error(refusal: Refusal, request: TokenRequest) -> OAuth2Error:
    """The registered error for a refused client."""
    refused(refusal.code.value)
    if refusal.code is Code.CLIENT_METHOD:
        return InvalidRequestError("exactly one client authentication method must be used")
    if refusal.code is Code.CLIENT_THROTTLED:
        THROTTLED.labels("client_authentication").inc()
        return WaitError(refusal.retry_after or 1)
    claimed = read_credentials(request.authorization, request.form)
    client_id = request.form.get("client_id") if isinstance(claimed, Refusal) else claimed.client_id
    return AuthenticationFailedError(refusal, client_id[:200] if client_id else None)
