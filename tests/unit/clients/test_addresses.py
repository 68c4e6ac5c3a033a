"""Addresses that may be registered, and those that could be read in two ways."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clients.addresses import (
    MAX_ADDRESS_CHARS,
    origin_fault,
    page_fault,
    portless_loopback,
    redirect_fault,
    resource_fault,
    web_address,
)

REFUSED_ANYWHERE = [
    "",
    "/callback",
    "callback",
    "//permits.example/callback",
    "https:",
    "https://",
    "https:///callback",
    "https://permits.example/callback#part",
    "https://permits.example/callback#",
    "https://*.gov.example/cb",
    "https://permits.example/*",
    ".*",
    "*",
    "^https://permits.example/.*$",
    "https://permits[.]example/cb",
    "https://(a|b).example/cb",
    "https://permits.example@evil.example/cb",
    "https://permits.example@evil@evil.example/cb",
    "https://user:word@permits.example/cb",
    "https://permits.example\\@evil.example/cb",
    "https://permits.example/a/../cb",
    "https://permits.example/./cb",
    "https://permits.example/a/%2e%2e/cb",
    "https://permits.example/a/%2E%2e/cb",
    "https://permits.example/a/..;x=1/cb",
    "https://permits.example/a%2fcb",
    "https://permits.example/a%5Ccb",
    "https://permits.example/a%00cb",
    "https://permits.example/%zz",
    "https://permits.example/100%",
    "https://permits.example/a b",
    "https://permits.example/cb\n",
    " https://permits.example/cb",
    "https://permits.example/\u00e9",
    "https://b\u00fccher.example/cb",
    "https://permits..example/cb",
    "https://.permits.example/cb",
    "https://permits.example./cb",
    "https://-permits.example/cb",
    f"https://{'a.' * 127}example/cb",
    "https://2130706433/cb",
    "https://0x7f000001/cb",
    "https://127.1/cb",
    "https://10.0.0.256/cb",
    "https://[::1/cb",
    "https://[::g]/cb",
    "https://permits.example:/cb",
    "https://permits.example:0/cb",
    "https://permits.example:65536/cb",
    "https://permits.example:443x/cb",
    "https://permits.example/cb?code=1",
    "https://permits.example/cb?a=1&state=",
    "https://permits.example/cb?iss=https%3A%2F%2Fevil.example",
    "http://permits.example/cb",
    "HTTP://permits.example/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ftp://permits.example/cb",
    "com.example.app",
    f"https://permits.example/{'a' * MAX_ADDRESS_CHARS}",
]


@pytest.mark.parametrize("uri", REFUSED_ANYWHERE)
@pytest.mark.parametrize("native", [False, True])
def test_doubtful_redirect_uris_are_refused_even_in_development(uri: str, native: bool) -> None:
    """Fragments, wildcards, patterns, user information, dot segments and odd hosts are never registered."""
    assert redirect_fault(uri, native=native, loopback_http=True)


@pytest.mark.parametrize(
    "uri",
    [
        "https://permits.example",
        "https://permits.example/",
        "https://permits.example/callback",
        "https://permits.example:8443/callback",
        "https://permits.example/callback?tenant=7&mode=",
        "https://permits.example/a;v=1/cb",
        "https://permits.example/a%20b",
        "https://Permits.Example/cb",
        "https://192.0.2.7/cb",
        "https://[2001:db8::7]:8443/cb",
        "https://localhost:8443/cb",
    ],
)
def test_plain_https_redirect_uris_are_taken_everywhere(uri: str) -> None:
    """An https address with a plain host may be registered by any client in any environment."""
    assert redirect_fault(uri, native=False, loopback_http=False) is None
    assert redirect_fault(uri, native=True, loopback_http=False) is None


@pytest.mark.parametrize(
    "uri", ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb", "http://[::1]:3000/cb", "http://app.localhost/cb"]
)
def test_loopback_http_is_for_development_only(uri: str) -> None:
    """A web client lives on http loopback only where the environment allows it (AC-008)."""
    assert redirect_fault(uri, native=False, loopback_http=True) is None
    assert redirect_fault(uri, native=False, loopback_http=False)


@pytest.mark.parametrize(
    ("uri", "taken"),
    [
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:7777/cb", True),
        ("http://[::1]/cb", True),
        ("http://localhost/cb", False),
        ("http://127.0.0.2/cb", False),
        ("http://127.0.0.1.evil.example/cb", False),
        ("com.example.permits:/cb", True),
        ("com.example.permits://cb", True),
        ("permits:/cb", False),
        ("com.example.permits:", False),
    ],
)
def test_native_applications_have_loopback_and_private_schemes(uri: str, taken: bool) -> None:
    """RFC 8252: http on 127.0.0.1 and [::1], and private-use schemes with a dot, for native clients alone."""
    assert (redirect_fault(uri, native=True, loopback_http=False) is None) is taken
    assert redirect_fault(uri, native=False, loopback_http=False)


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:image/png,x", "http://permits.example/", "mailto:a@b.example"]
)
def test_pages_and_images_are_https(uri: str) -> None:
    """What is shown to people or followed by them is an https address."""
    assert page_fault(uri, loopback_http=True)
    assert page_fault("https://permits.example/privacy", loopback_http=False) is None


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://permits.example/",
        "https://permits.example/path",
        "https://permits.example?x",
        "https://Permits.example",
        "https://permits.example:443",
        "http://permits.example",
        "permits.example",
    ],
)
def test_origins_are_spelled_as_browsers_spell_them(origin: str) -> None:
    """An allowed origin that no browser would send, or that means everybody, is refused."""
    assert origin_fault(origin, loopback_http=True)


@pytest.mark.parametrize("origin", ["https://permits.example", "https://permits.example:8443"])
def test_plain_origins_are_taken(origin: str) -> None:
    """Scheme, host and a port that is not the default."""
    assert origin_fault(origin, loopback_http=False) is None


@pytest.mark.parametrize(
    "audience", ["api", "https://api.example/v1#x", "https://api.example/*", f"urn:{'x' * 500}", "\x00:a"]
)
def test_audiences_are_absolute_uris(audience: str) -> None:
    """RFC 8707: a resource is an absolute URI without a fragment."""
    assert resource_fault(audience)


@pytest.mark.parametrize("audience", ["https://api.example/v1", "urn:example:tax", "http://127.0.0.1:9000/api"])
def test_audiences_need_not_be_web_pages(audience: str) -> None:
    """An audience names an API and is never fetched, so any scheme will do."""
    assert resource_fault(audience) is None


def test_origin_drops_the_default_port_and_capital_letters() -> None:
    """The origin of an address is what a browser on that page would send."""
    address = web_address("https://Permits.Example:443/cb?x=1")
    assert address is not None
    assert address.origin == "https://permits.example"
    assert (address.path, address.query) == ("/cb", "x=1")


@pytest.mark.parametrize(
    ("uri", "portless"),
    [
        ("http://127.0.0.1:5000/cb?x=1", "http://127.0.0.1/cb?x=1"),
        ("http://[::1]:5000", "http://[::1]"),
        ("http://127.0.0.1?x", "http://127.0.0.1?x"),
        ("http://localhost:5000/cb", None),
        ("https://127.0.0.1:5000/cb", None),
        ("http://127.0.0.1:5000@evil.example/cb", None),
        ("http://127.0.0.1:/cb", None),
        ("http://127.0.0.10/cb", None),
        ("http://127.0.0.1.evil.example/cb", None),
    ],
)
def test_only_the_port_is_left_out_of_a_loopback_address(uri: str, portless: str | None) -> None:
    """Nothing that follows the port can become a host."""
    assert portless_loopback(uri) == portless


_anything = st.text(st.sampled_from("abc.:/?@[]%;=&-_~0129\\ #*"), max_size=40).map("https://".__add__)
_plausible = st.from_regex(
    r"https://[a-z0-9.@-]{1,8}(:[0-9]{1,5})?(/[a-z.;%@~0-9]{0,6}){0,3}(\?[a-z=&]{0,8})?", fullmatch=True
)


@given(_anything | _plausible)
def test_a_registered_address_has_the_host_that_others_read(uri: str) -> None:
    """Whatever is accepted, the standard parser sees the same host and no user information."""
    if redirect_fault(uri, native=False, loopback_http=False) is None:
        address = web_address(uri)
        parts = urlsplit(uri)
        assert address is not None
        assert parts.hostname == address.host.strip("[]")
        assert parts.username is None
        assert parts.port == address.port
