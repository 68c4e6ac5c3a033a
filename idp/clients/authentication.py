"""Who is calling a machine endpoint: client authentication (RFC 6749 section 2.3)."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote_plus

from idp.clients.client import Client, plausible_client_id
from idp.clients.metadata import AuthMethod
from idp.clients.registry import ClientRegistry
from idp.clients.rules import MAX_SECRET_CHARS
from idp.entropy import SecretKind, digest, same_digest
from idp.ephemeral import Count
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.telemetry import claimed_client

__all__ = ["ClientAuthentication", "Credentials", "read_credentials"]

MAX_HEADER_CHARS = 4096
_NOBODY = digest(SecretKind.CLIENT_SECRET, "")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request claims: a client, the way it proves it, and the secret in every spelling it may have."""

    method: AuthMethod
    client_id: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Counters(Protocol):
    """Where failures are counted; fulfilled by `idp.ephemeral.Ephemeral`."""

    def count(self, name: str, *, limit: int, window_seconds: int) -> Count:
        """Count once under `name` in a window that opens with the first count."""
        ...


class ClientAuthentication:
    """Authenticates by the one method a client registered.

    More than `failure_limit` failures of one client in `window_seconds` are answered with a wait. The right
    secret is never made to wait: it has at least 128 bits, so nobody guesses it, and nobody can lock its
    owner out by trying.
    """

    def __init__(
        self,
        registry: ClientRegistry,
        counters: Counters,
        *,
        failure_limit: int = 20,
        window_seconds: int = 60,
    ) -> None:
        self._registry = registry
        self._counters = counters
        self._failure_limit = failure_limit
        self._window_seconds = window_seconds

    def authenticate(self, authorization_header: str | None, form: Mapping[str, str]) -> Client | Refusal:
        """The client, enabled and proven, or why not.

        `CLIENT_METHOD` means an invalid request (two methods at once), `CLIENT_THROTTLED` a wait, everything
        else an invalid client. Raises `StoreUnavailableError` when the client must be loaded and cannot.
        """
        credentials = read_credentials(authorization_header, form)
        if isinstance(credentials, Refusal):
            return credentials
        claimed_client.set(credentials.client_id)
        client = self._registry.get(credentials.client_id)
        if not _proven(client, credentials):
            return self._failed(client, credentials)
        if client is None or not client.enabled:
            return Refusal(Code.CLIENT_DISABLED, "the client is disabled")
        return client

    def _failed(self, client: Client | None, credentials: Credentials) -> Refusal:
        if client is None:
            return Refusal(Code.CLIENT_UNKNOWN, "no such client")
        same = credentials.method is client.auth_method
        detail = "wrong secret" if same else f"{credentials.method} was tried, {client.auth_method} is registered"
        refusal = Refusal(Code.CLIENT_CREDENTIALS, detail)
        try:
            count = self._counters.count(
                f"client:{client.client_id}", limit=self._failure_limit, window_seconds=self._window_seconds
            )
        except StoreUnavailableError:
            return refusal
        if count.allowed:
            return refusal
        return Refusal(Code.CLIENT_THROTTLED, "too many failed authentications", retry_after=count.retry_after)


def read_credentials(authorization_header: str | None, form: Mapping[str, str]) -> Credentials | Refusal:
    """The credentials of a request; sizes are checked before decoding, empty parameters count as absent."""
    secret = form.get("client_secret", "")
    assertion = form.get("client_assertion", "") or form.get("client_assertion_type", "")
    if sum((authorization_header is not None, bool(secret), bool(assertion))) > 1:
        return Refusal(Code.CLIENT_METHOD, "two client authentication methods in one request")
    if assertion:
        return Refusal(Code.CLIENT_CREDENTIALS, "client assertions are not registered by any client")
    named = form.get("client_id", "")
    if authorization_header is not None:
        credentials = _basic(authorization_header)
        if isinstance(credentials, Credentials) and named not in {"", credentials.client_id}:
            return Refusal(Code.CLIENT_METHOD, "client_id differs from the one in the header")
        return credentials
    if len(secret) > MAX_SECRET_CHARS or not plausible_client_id(named):
        return Refusal(Code.CLIENT_CREDENTIALS, "no client_id, or one or a secret that nobody can have")
    if secret:
        return Credentials(AuthMethod.POST, named, (secret,))
    return Credentials(AuthMethod.NONE, named)


def _basic(header: str) -> Credentials | Refusal:
    malformed = Refusal(Code.CLIENT_CREDENTIALS, "not a well-formed Basic header")
    scheme, _, encoded = header.partition(" ")
    if len(header) > MAX_HEADER_CHARS or scheme.lower() != "basic":
        return malformed
    try:
        text = a2b_base64(encoded.strip(" "), strict_mode=True).decode()
        raw_id, colon, raw_secret = text.partition(":")
        client_id, secret = (_form_decoded(part) for part in (raw_id, raw_secret))
    except ValueError:
        return malformed
    if not colon or not plausible_client_id(client_id) or not 0 < len(raw_secret) <= 3 * MAX_SECRET_CHARS:
        return malformed
    # RFC 6749 section 2.3.1 form-encodes both; widespread clients send them as they are.
    return Credentials(AuthMethod.BASIC, client_id, tuple(dict.fromkeys((secret, raw_secret))))


def _form_decoded(part: str) -> str:
    return unquote_plus(part, errors="strict") if "%" in part or "+" in part else part


def _proven(client: Client | None, credentials: Credentials) -> bool:
    expected = client.secret_digest if client is not None and client.secret_digest is not None else _NOBODY
    equal = [same_digest(digest(SecretKind.CLIENT_SECRET, secret), expected) for secret in credentials.secrets]
    if client is None or credentials.method is not client.auth_method:
        return False
    if credentials.method is AuthMethod.NONE:
        return True
    return client.secret_digest is not None and any(equal)
