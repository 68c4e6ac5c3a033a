from typing import Any

import pytest

from idp.authorization.logout import LogoutRequest, read_logout_request
from idp.clients.client import Client
from idp.keys import TokenType
from idp.keys.jose import Algorithm
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.unit.authorization.parties import ISSUER, parameters, registry
from tests.unit.tokens.ring import keyring

PERMITS = make_client()
CLINIC = make_client("clinic", post_logout_redirect_uris=["https://clinic.example/out"])
OUT = "https://permits.example/signed-out"


def hint(**changes: Any) -> str:
    """An ID token of ours for the permits client."""
    signer = keyring().signer(Algorithm.RS256, START)
    assert signer is not None
    claims = {"iss": ISSUER, "aud": "permits", "sub": "person", "sid": "here", "exp": 1, **changes}
    return signer.sign(TokenType.ID, claims)


def read(*clients: Client, **sent: str) -> LogoutRequest:
    """What is believed of the request."""
    known = registry(*(clients or (PERMITS, CLINIC)))
    return read_logout_request(parameters(list(sent.items())), known, keyring, ISSUER)


def test_a_proven_request_is_believed() -> None:
    """RP-Initiated Logout 2: with a hint, even an expired one, person, session and way back are known."""
    asked = read(id_token_hint=hint(), post_logout_redirect_uri=OUT, state="s", client_id="permits")
    assert asked == LogoutRequest(PERMITS, "here", "person", OUT, "s")


def test_a_bare_request_asks_for_nothing() -> None:
    """AC-091: without a hint nobody is named, so nobody is signed out by it."""
    assert read() == LogoutRequest()
    assert read(state="s", logout_hint="testa") == LogoutRequest()


def test_an_unproven_request_sends_nobody_anywhere() -> None:
    """RP-Initiated Logout 3, AC-092: without a valid hint there is no way back, registered or not."""
    for uri in (OUT, "https://evil.example"):
        asked = read(client_id="permits", post_logout_redirect_uri=uri, state="s")
        assert asked == LogoutRequest(client=PERMITS)


@pytest.mark.parametrize(
    "uri", ["https://evil.example", f"{OUT}/", f"{OUT}?x", "https://clinic.example/out", OUT.upper(), "javascript:x"]
)
def test_a_way_back_that_is_not_the_clients(uri: str) -> None:
    """AC-092: not registered, or registered for another client: no redirect, and the person is asked first."""
    asked = read(id_token_hint=hint(), post_logout_redirect_uri=uri)
    assert asked.suspicious
    assert (asked.return_to, asked.sid) == (None, None)


@pytest.mark.parametrize("forged", [hint()[:-2], "x.y.z", "x", hint(iss="https://other.example"), hint(aud="nobody")])
def test_a_hint_that_does_not_hold(forged: str) -> None:
    """A hint that is not ours proves nothing: no person, no session, no way back, not even a client."""
    assert read(id_token_hint=forged, post_logout_redirect_uri=OUT) == LogoutRequest(suspicious=True)


def test_a_hint_of_another_client() -> None:
    """RP-Initiated Logout 2: client_id and the hint's audience must be the same."""
    assert read(id_token_hint=hint(), client_id="clinic", post_logout_redirect_uri=OUT) == LogoutRequest(
        suspicious=True
    )
    with_own = read(id_token_hint=hint(aud="clinic"), post_logout_redirect_uri="https://clinic.example/out")
    assert with_own.client == CLINIC


def test_a_disabled_client() -> None:
    """A client that was switched off is not named to people and gets nobody back."""
    gone = make_client(enabled=False)
    assert read(gone, client_id="permits") == LogoutRequest()
    assert read(gone, id_token_hint=hint(), post_logout_redirect_uri=OUT) == LogoutRequest(suspicious=True)


def test_an_unknown_client() -> None:
    """A name that nobody registered is nobody."""
    assert read(client_id="nobody") == LogoutRequest()
    assert read(client_id="x" * 1000) == LogoutRequest()


def test_a_state_that_is_too_long() -> None:
    """AC-018: not carried along."""
    assert read(id_token_hint=hint(), post_logout_redirect_uri=OUT, state="s" * 2048).state == "s" * 2048
    asked = read(id_token_hint=hint(), post_logout_redirect_uri=OUT, state="s" * 2049)
    assert asked == LogoutRequest(suspicious=True)
