"""Relying parties without a store, and requests that are good until a test spoils them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from idp.authorization.checks import RequestChecker
from idp.authorization.request import AuthorizationRequest, Fail, Parameters, Stop
from idp.clients.client import Client, ResourceServer
from idp.clients.registry import ClientRegistry
from tests.factories.clients import make_client
from tests.unit.tokens.ring import keyring

ISSUER = "https://id.example"
CALLBACK = "https://permits.example/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # S256 of the verifier of RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

# Parameters each of which spoils a good request; none of them is about the client or its address.
EVERYTHING_WRONG: dict[str, str | list[str] | None] = {
    "response_type": "token",
    "response_mode": "fragment",
    "scope": "root",
    "code_challenge": None,
    "code_challenge_method": "plain",
    "prompt": "none login",
    "max_age": "soon",
    "claims": "{",
    "request_uri": "https://evil.example/r",
    "resource": "https://evil.example",
    "id_token_hint": "x.y.z",
    "state": "s" * 5000,
}


class Listed:
    """A loader of exactly these clients; `audiences` are those that a client may introspect for."""

    def __init__(self, *clients: Client, audiences: Mapping[str, frozenset[str]] | None = None) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._audiences = audiences or {}

    def client(self, client_id: str) -> Client | None:
        """The client of that name."""
        return self._clients.get(client_id)

    def resource(self, audience: str) -> ResourceServer | None:
        """None is registered."""
        del audience
        return None

    def resources_of(self, client_id: str) -> frozenset[str]:
        """What was given."""
        return self._audiences.get(client_id, frozenset())

    def origin_known(self, origin: str) -> bool:
        """True for the origin of one of the clients."""
        return any(origin in client.origins for client in self._clients.values())


class Unchanging:
    """A generation that never moves."""

    def generation(self, name: str) -> int:
        """Always the same."""
        del name
        return 1


def registry(*clients: Client, audiences: Mapping[str, frozenset[str]] | None = None) -> ClientRegistry:
    """The registry over these clients."""
    return ClientRegistry(Listed(*clients, audiences=audiences), Unchanging(), monotonic=lambda: 0.0)


def checker(*clients: Client) -> RequestChecker:
    """The checks as wired for these clients (the usual one when none is given)."""
    return RequestChecker(registry(*(clients or (make_client(),))), keyring, ISSUER)


def asked(**changes: str | list[str] | None) -> list[tuple[str, str]]:
    """Parameters of a good request; None leaves one out, a list repeats it."""
    members: dict[str, Any] = {
        "client_id": "permits",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    pairs: list[tuple[str, str]] = []
    for name, value in members.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        pairs += [(name, one) for one in values]
    return pairs


def parameters(pairs: list[tuple[str, str]]) -> Parameters:
    """The parameters, which must be acceptable as such."""
    taken = Parameters.of(pairs)
    assert isinstance(taken, Parameters), taken
    return taken


def checked(*clients: Client, **changes: str | list[str] | None) -> AuthorizationRequest | Stop | Fail:
    """What the checks say of a good request with these changes."""
    return checker(*clients).check(parameters(asked(**changes)))


def accepted(*clients: Client, **changes: str | list[str] | None) -> AuthorizationRequest:
    """The request, which must have passed."""
    outcome = checked(*clients, **changes)
    assert isinstance(outcome, AuthorizationRequest), outcome
    return outcome


def failed(*clients: Client, **changes: str | list[str] | None) -> Fail:
    """The refusal that the client is told."""
    outcome = checked(*clients, **changes)
    assert isinstance(outcome, Fail), outcome
    return outcome


def stopped(*clients: Client, **changes: str | list[str] | None) -> Stop:
    """The refusal that only the person is told."""
    outcome = checked(*clients, **changes)
    assert isinstance(outcome, Stop), outcome
    return outcome


def form_of(text: str) -> dict[str, str]:
    """A form body as the machine endpoints read it."""
    return dict(parse_qsl(text, keep_blank_values=True))
