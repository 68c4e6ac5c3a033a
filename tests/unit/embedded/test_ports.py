import socket

import pytest

from embedded.ports import free_ports, is_free


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0")])  # noqa: S104 - only tried, never listened on
def test_a_port_somebody_listens_on_is_taken(family: socket.AddressFamily, address: str) -> None:
    """On the loopback address or on all of them."""
    with socket.create_server((address, 0), family=family) as server:
        assert not is_free(server.getsockname()[1])


def test_a_port_of_the_other_protocol_is_taken() -> None:
    """`localhost` is ::1 too: who listens there would get the browser's requests."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        assert not is_free(server.getsockname()[1])


def test_free_ports_are_different_and_stay_out_of_the_way() -> None:
    """None is to be avoided, none twice, none where outgoing connections sit."""
    first = free_ports(20)
    assert len(set(first)) == 20
    assert not set(free_ports(20, avoid=first)) & set(first)
    assert all(15_000 <= port < 32_768 for port in first)
    assert all(map(is_free, first))
