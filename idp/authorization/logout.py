"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): what a request asks for and what it may be granted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from idp.authorization.request import Parameters
from idp.clients.client import Client
from idp.clients.registry import ClientRegistry
from idp.errors import Refusal
from idp.keys import Keyring
from idp.tokens.id_token import read_id_token_hint

__all__ = ["LogoutRequest", "read_logout_request"]

MAX_STATE_CHARS = 2048


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A logout request as far as it could be believed.

    `sid` and `subject` come from a valid hint, None without one. `return_to` is a registered address of `client`, and
    is set only together with a valid hint: an unproven request never sends anybody anywhere (section 3).
    `suspicious` says that something was sent that did not hold.
    """

    client: Client | None = None
    sid: str | None = None
    subject: str | None = None
    return_to: str | None = None
    state: str | None = None
    suspicious: bool = False


def read_logout_request(
    parameters: Parameters, registry: ClientRegistry, keyring: Callable[[], Keyring], issuer: str
) -> LogoutRequest:
    """Take a logout request at its word only where the word is signed by us."""
    state = parameters.get("state")
    if state is not None and len(state) > MAX_STATE_CHARS:
        return LogoutRequest(suspicious=True)
    hint = parameters.get("id_token_hint")
    named = parameters.get("client_id")
    if hint is None:
        client = registry.get(named) if named else None
        return LogoutRequest(client=client if client and client.enabled else None)
    claims = read_id_token_hint(keyring(), hint, issuer)
    if isinstance(claims, Refusal) or (named is not None and named != claims.get("aud")):
        return LogoutRequest(suspicious=True)
    client = registry.get(claims["aud"])
    if client is None or not client.enabled:
        return LogoutRequest(suspicious=True)
    return_to = parameters.get("post_logout_redirect_uri")
    if return_to is not None and return_to not in client.post_logout_redirect_uris:
        return LogoutRequest(client=client, suspicious=True)
    return LogoutRequest(client, claims.get("sid"), claims["sub"], return_to, state)
