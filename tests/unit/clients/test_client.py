"""The parsed client: which redirect URIs it accepts, its sector, its origins, its fingerprint."""

from typing import Any

import pytest

from idp.clients.client import Client, plausible_client_id
from idp.clients.metadata import AuthMethod, GrantType


def client(**metadata: Any) -> Client:
    """A client with code flow; `metadata` by RFC 7591 name."""
    return Client.of(
        "permits",
        enabled=True,
        secret_digest=b"d" * 32,
        metadata={"redirect_uris": ["https://permits.example/cb"], **metadata},
    )


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://permits.example/cb/",
        "https://permits.example/cb/extra",
        "https://permits.example/cb?x=1",
        "https://permits.example/cb#x",
        "https://permits.example/",
        "https://permits.example",
        "https://permits.example@evil@evil.example/cb",
        "https://permits.example/cb/..;/x",
        "https://permits.example/%2e%2e%2fcb",
        "https://permits.example\\cb",
        "https://permits.example/c%62",
        "HTTPS://permits.example/cb",
        "https://Permits.example/cb",
        "https://permits.example/CB",
        "https://permitsxexample/cb",
        "https://permits.example:443/cb",
        "http://permits.example/cb",
        "https://permits.example/cb ",
        "https://permits.example/cb\x00",
        "https://permits.example/cb\ud800",
    ],
)
def test_redirect_uris_are_compared_byte_for_byte(uri: str) -> None:
    """Nothing but the registered text is accepted (AC-001 to AC-004)."""
    assert not client().accepts_redirect_uri(uri)
    assert client().accepts_redirect_uri("https://permits.example/cb")


def test_a_query_is_part_of_the_match() -> None:
    """A registered query must come back as it is, without additions."""
    registered = client(redirect_uris=["https://permits.example/cb?a=1&b=2"])
    assert registered.accepts_redirect_uri("https://permits.example/cb?a=1&b=2")
    assert not registered.accepts_redirect_uri("https://permits.example/cb?b=2&a=1")
    assert not registered.accepts_redirect_uri("https://permits.example/cb?a=1&b=2&c=3")
    assert not registered.accepts_redirect_uri("https://permits.example/cb")


@pytest.mark.parametrize(
    ("uri", "accepted"),
    [
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:49152/cb", True),
        ("http://127.0.0.1:1/cb", True),
        ("http://127.0.0.1:49152/cb/", False),
        ("http://127.0.0.1:49152/other", False),
        ("http://127.0.0.1:49152/cb?x=1", False),
        ("http://127.0.0.1:/cb", False),
        ("http://127.0.0.1:80@evil.example/cb", False),
        ("http://127.0.0.1:999999/cb", False),
        ("http://localhost:49152/cb", False),
        ("http://[::1]:49152/cb", False),
        ("https://127.0.0.1:49152/cb", False),
        ("http://127.0.0.1.evil.example/cb", False),
        ("http://127.0.0.1:49152/cb" + "x" * 3000, False),
    ],
)
def test_only_the_port_of_a_native_loopback_address_may_vary(uri: str, accepted: bool) -> None:
    """RFC 8252 section 7.3, for the very address that was registered (AC-008)."""
    native = client(application_type="native", redirect_uris=["http://127.0.0.1/cb"])
    assert native.accepts_redirect_uri(uri) is accepted


def test_a_web_client_on_loopback_keeps_its_port() -> None:
    """In development a web client is matched exactly, port included (AC-008)."""
    web = client(redirect_uris=["http://127.0.0.1:3000/cb", "http://localhost:3000/cb"])
    assert web.accepts_redirect_uri("http://127.0.0.1:3000/cb")
    assert not web.accepts_redirect_uri("http://127.0.0.1:3001/cb")
    assert not web.accepts_redirect_uri("http://localhost:3001/cb")


@pytest.mark.parametrize(
    ("uris", "sector"),
    [
        (["https://permits.example/a", "https://Permits.example:8443/b"], "permits.example"),
        (["https://permits.example/a", "https://other.example/b"], "permits"),
        (["https://permits.example/a", "http://localhost:3000/b"], "permits.example"),
        (["http://localhost:3000/a"], "permits"),
        (["http://127.0.0.1/a"], "permits"),
        (["com.example.permits:/cb"], "permits"),
    ],
)
def test_the_sector_is_the_one_host_or_the_client_itself(uris: list[str], sector: str) -> None:
    """OpenID Connect Core 8.1; a loopback host is nobody's, so two clients on one machine differ."""
    assert client(redirect_uris=uris).sector == sector
    assert client(redirect_uris=uris, sector="tax").sector == "tax"


def test_cors_origins_are_those_of_the_redirect_uris_unless_named() -> None:
    """Named origins replace the derived ones."""
    uris = ["https://Permits.example:443/cb", "https://app.example:8443/cb", "com.example.permits:/cb"]
    assert client(redirect_uris=uris).origins == {"https://permits.example", "https://app.example:8443"}
    named = client(redirect_uris=uris, allowed_cors_origins=["https://spa.example"])
    assert named.origins == {"https://spa.example"}


def test_the_fingerprint_changes_with_what_a_person_agreed_to() -> None:
    """Redirect URIs, scopes and purpose count; their order and the client's name do not."""
    base = client(scope="openid email", purpose="To write your permit").fingerprint
    assert client(scope="email openid", purpose="To write your permit", client_name="P").fingerprint == base
    assert client(scope="openid", purpose="To write your permit").fingerprint != base
    assert client(scope="openid email", purpose="Something else").fingerprint != base
    assert (
        client(redirect_uris=["https://q.example/"], scope="openid email", purpose="To write your permit").fingerprint
        != base
    )


def test_a_client_without_a_name_goes_by_its_identifier() -> None:
    """People always see something."""
    assert client().name == "permits"
    assert client(client_name="Market Stall Permits").name == "Market Stall Permits"


def test_the_secret_digest_is_not_part_of_the_text_of_a_client() -> None:
    """A client in a log line shows no digest."""
    assert "dddd" not in repr(client())


def test_answers_are_typed() -> None:
    """Members are closed lists that compare as their protocol names too."""
    parsed = client(token_endpoint_auth_method="none", grant_types=["authorization_code", "refresh_token"])
    assert parsed.public
    assert parsed.auth_method is AuthMethod.NONE
    assert "refresh_token" in parsed.grant_types
    assert GrantType.CLIENT_CREDENTIALS not in parsed.grant_types


@pytest.mark.parametrize(
    ("text", "plausible"),
    [
        ("permits", True),
        ("https://permits.example/app one", True),
        ("x" * 200, True),
        ("", False),
        ("x" * 201, False),
        ("permit\x00", False),
        ("permit\u00e9", False),
        ("permit\ud800", False),
        ("permit\n", False),
    ],
)
def test_implausible_client_ids_are_known_without_a_look_up(text: str, plausible: bool) -> None:
    """RFC 6749 appendix A.1 with our length limit."""
    assert plausible_client_id(text) is plausible


@pytest.mark.parametrize(
    ("tag", "name", "purpose"),
    [("fr", "Permis", "Pour"), ("fr-CA", "Permis CA", "Pour"), ("FR-be", "Permis", "Pour"), ("de", "Permits", "For")],
)
def test_people_read_their_own_language(tag: str, name: str, purpose: str) -> None:
    """The nearest registered language (RFC 4647 section 3.4), else what was registered without one."""
    words = {"client_name#fr": "Permis", "client_name#fr-CA": "Permis CA", "purpose#FR": "Pour"}
    known = client(client_name="Permits", purpose="For", **words)
    assert (known.name_in(tag), known.purpose_in(tag)) == (name, purpose)
    assert client().purpose_in(tag) is None


def test_other_words_of_the_purpose_are_another_agreement() -> None:
    """In whatever language; without further languages the fingerprint is what it was before there were any."""
    prints = [client(purpose="For", **more).fingerprint for more in ({}, {"purpose#fr": "a"}, {"purpose#fr": "b"})]
    assert len(set(prints)) == 3
    assert client(purpose="For", **{"client_name#fr": "Permis"}).fingerprint == prints[0]
