from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from idp.authorization.request import AuthorizationRequest, Fail, Parameters, Stop
from tests.factories.clients import make_client
from tests.unit.authorization.parties import CALLBACK, CHALLENGE, asked, checker

PERMITS = make_client()
APP = make_client(
    "app",
    secret=None,
    redirect_uris=["http://127.0.0.1/cb", "org.example.app:/cb"],
    application_type="native",
    token_endpoint_auth_method="none",
    response_modes=["form_post"],
)
GONE = make_client("gone", enabled=False)
CLIENTS = {client.client_id: client for client in (PERMITS, APP, GONE)}
CHECKER = checker(*CLIENTS.values())

words = st.text(max_size=30)
Texts = st.SearchStrategy[str]
LIKELY: dict[str, list[str]] = {
    "client_id": ["permits", "permits", "app", "gone", "nobody", ""],
    "redirect_uri": [CALLBACK, CALLBACK, "https://evil.example/cb", f"{CALLBACK}/", "http://127.0.0.1:5/cb", ""],
    "response_type": ["code", "code", "token", "code id_token"],
    "response_mode": ["query", "form_post", "fragment"],
    "scope": ["openid", "openid profile", "openid admin", "offline_access"],
    "state": ["s", "s" * 3000],
    "nonce": ["n", "n" * 600],
    "code_challenge": [CHALLENGE, CHALLENGE, "short"],
    "code_challenge_method": ["S256", "S256", "plain"],
    "prompt": ["none", "login", "none login"],
    "max_age": ["0", "60", "-1", "²"],
    "claims": ["{}", "{", '{"userinfo":{"email":null}}', '{"id_token":{"sub":{"value":7}}}'],
    "resource": ["https://api.example"],
    "id_token_hint": ["x.y.z"],
    "request": ["x"],
    "request_uri": ["https://evil.example"],
    "login_hint": ["testa"],
    "ui_locales": ["fr en"],
    "acr_values": ["nid:2"],
}


def pair_of(name: str) -> st.SearchStrategy[tuple[str, str]]:
    """The parameter with a likely or a wild value."""
    return st.tuples(st.just(name), st.sampled_from(LIKELY[name]) | words)


pairs = st.sampled_from(list(LIKELY)).flatmap(pair_of) | st.tuples(words, words)
soup = st.lists(pairs, max_size=25, unique_by=lambda pair: pair[0])


def spoiled(draw: Callable[[st.SearchStrategy[list[tuple[str, str]]]], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """A good request in which some parameters are replaced or added."""
    changes = dict(draw(soup))
    kept = [(name, value) for name, value in asked() if name not in changes]
    return kept + list(changes.items())


def holds(outcome: AuthorizationRequest | Stop | Fail, sent: dict[str, str]) -> None:
    """What must be true of any outcome whatever."""
    client = CLIENTS.get(sent.get("client_id", ""))
    uri = sent.get("redirect_uri", "")
    trusted = client is not None and client.enabled and client.accepts_redirect_uri(uri)
    assert trusted != isinstance(outcome, Stop)
    if isinstance(outcome, Stop):
        return
    assert client is not None
    assert outcome.redirect_uri == uri
    assert outcome.response_mode in client.response_modes
    if isinstance(outcome, AuthorizationRequest):
        assert outcome.client is client
        assert client.scopes.issuperset(outcome.scope)
        assert outcome.code_challenge == CHALLENGE
        assert set(outcome.audience) == {"https://id.example"}


@settings(max_examples=300, deadline=None)
@given(soup)
def test_soup(sent: list[tuple[str, str]]) -> None:
    """RFC 6749 4.1.2.1: no exception, no answer to anybody before client and address are known to be good."""
    taken = Parameters.of(sent)
    if isinstance(taken, Parameters):
        holds(CHECKER.check(taken), dict(sent))


@settings(max_examples=300, deadline=None)
@given(st.composite(spoiled)())
def test_a_spoiled_request(sent: list[tuple[str, str]]) -> None:
    """The same from the other side: a good request, of which a few things were changed."""
    taken = Parameters.of(sent)
    if isinstance(taken, Parameters):
        holds(CHECKER.check(taken), dict(sent))


def test_the_soup_reaches_every_kind_of_outcome() -> None:
    """The property above is not empty: good, told to the client, told to the person all occur."""
    kinds = {
        type(CHECKER.check(Parameters(tuple(asked(**changes)))))
        for changes in ({}, {"scope": "root"}, {"redirect_uri": "https://evil.example"})
    }
    assert kinds == {AuthorizationRequest, Fail, Stop}
