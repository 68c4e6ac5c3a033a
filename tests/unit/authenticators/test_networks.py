import pytest

from idp.authenticators.throttling import network_of


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_one_line_is_one_network(left: str, right: str) -> None:
    """Whoever has a /64 has one budget, and an IPv4 address is the same in either spelling."""
    assert network_of(left) == network_of(right)


@pytest.mark.parametrize(("left", "right"), [("2001:db8:1:2::1", "2001:db8:1:3::1"), ("192.0.2.7", "192.0.2.8")])
def test_neighbours_are_apart(left: str, right: str) -> None:
    """Another line has a budget of its own."""
    assert network_of(left) != network_of(right)


def test_what_is_no_address_is_cut() -> None:
    """A server that gives no address still counts, all together, and keeps no long names."""
    assert network_of("-") == "-"
    assert len(network_of("x" * 10_000)) == 100
