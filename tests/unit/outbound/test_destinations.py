"""Requests of ours go to public addresses and nowhere else."""

import pytest

from idp.outbound import GuardedClient, OutboundError, Trouble
from idp.outbound.destinations import destination_of, is_public, resolved


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
        "fd12:3456::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::", "localhost", "", "1.2.3", "0x7f000001",
    ],
)  # fmt: skip
def test_address_of_a_private_place_is_refused(address: str) -> None:
    """Loopback, private, link-local, shared, documentation and multicast addresses, however they are dressed."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "41.223.132.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_address_of_the_public_internet_is_allowed(address: str) -> None:
    """What everybody can reach may be reached."""
    assert is_public(address)


def test_only_loopback_is_opened_for_tests() -> None:
    """The tests' permission opens this machine and no other private place."""
    assert is_public("127.0.0.1", allow_loopback=True)
    assert is_public("::ffff:127.0.0.1", allow_loopback=True)
    assert not is_public("10.0.0.1", allow_loopback=True)
    assert not is_public("169.254.169.254", allow_loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example/", "ftp://gateway.example/", "file:///etc/passwd", "//gateway.example/", "gateway", "",
        "https://", "https://user@gateway.example/", "https://user:x@gateway.example/",
        "https://gateway.example:99999/",
        "https://gateway.example:x/",
        "https://gateway.example/a b", "https://gateway.example/\r\nX: y",
        "https://gateway.example\\@evil.example/", "https://gätewäy.example/", "https://[::1/",
        f"https://{'a' * 2000}/",
    ],
)  # fmt: skip
def test_url_that_may_not_be_asked(url: str) -> None:
    """Anything but one plain https address."""
    assert destination_of(url, allow_http=False) is None
    with pytest.raises(OutboundError) as raised:
        GuardedClient().post_json(url, {}, {})
    assert raised.value.trouble is Trouble.ADDRESS


def test_url_is_taken_apart() -> None:
    """Host, port, path and query; the Host header leaves the usual port out."""
    found = destination_of("https://Gateway.Example:8443/a/b?c=d#e", allow_http=False)
    assert found is not None
    assert (found.secure, found.host, found.port, found.target) == (True, "gateway.example", 8443, "/a/b?c=d")
    assert found.host_header == "gateway.example:8443"
    plain = destination_of("https://gateway.example", allow_http=False)
    assert plain is not None
    assert (plain.target, plain.host_header) == ("/", "gateway.example")


def test_name_of_a_private_place_is_refused_after_it_was_resolved() -> None:
    """A harmless-looking name that leads to this machine leads nowhere."""
    assert resolved("localhost", 443, allow_loopback=False) == []
    assert "127.0.0.1" in resolved("localhost", 443, allow_loopback=True)
    assert resolved("no-such-host.invalid", 443, allow_loopback=True) == []
