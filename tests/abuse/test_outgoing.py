"""Calls that the provider makes for others: to where a system says that its records lie, at the running server."""

from __future__ import annotations

import pytest
import requests

from tests.abuse.bait import Bait, connections_to
from tests.abuse.watch import Watch
from tests.protocol.driver import RelyingParty
from tests.protocol.provider import Provider

LINK_LOCAL, PRIVATE = "169.254.169.254", "10.255.255.1"
ASKED_AT = "2026-11-01T10:00:00.000Z"


@pytest.fixture(scope="module")
def system(provider: Provider) -> RelyingParty:
    """Another system that has people identified."""
    return provider.register_machine("abis")


@pytest.fixture
def addresses(bait: Bait) -> list[str]:
    """Where nothing of ours may call: this machine by all its names, and the network behind it."""
    here = ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "localhost", "[::]")
    return [
        bait.address,
        *(f"https://{host}:{bait.port}/records/1" for host in here),
        f"https://{LINK_LOCAL}/latest",
        f"https://{PRIVATE}/records/1",
        f"https://user@{PRIVATE}/records/1",
        f"file:///proc/self/environ#{bait.port}",
    ]


def test_records_are_fetched_from_nowhere_inside(
    watch: Watch, provider: Provider, system: RelyingParty, addresses: list[str], bait: Bait
) -> None:
    """AC-025: loopback, private and link-local addresses in whatever spelling are never asked, and nothing is kept."""
    token = system.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
    there, headers = f"{provider.issuer}/abis/v1", {"Authorization": f"Bearer {token}", "Prefer": "respond-async"}
    with watch.attack() as scene:
        for number, address in enumerate(addresses):
            asked = requests.post(there, json=_insert(f"r{number}", address), headers=headers, timeout=30)
            assert asked.status_code == 202, address
        provider.operate("worker", "--once")
        answers = [
            requests.get(f"{there}/jobs/r{number}", headers=headers, timeout=30) for number in range(len(addresses))
        ]
    assert [answer.json()["failureReason"] for answer in answers] == ["7"] * len(addresses)
    assert bait.callers() == 0
    assert connections_to(LINK_LOCAL) == connections_to(PRIVATE) == []
    assert scene.names.count("abis.answered") == len(addresses)
    assert provider.query("select 1 from abis_reference") == []


def _insert(number: str, address: str) -> dict[str, str]:
    """Asks that the record at an address is inserted."""
    head = {"id": "mosip.abis.insert", "version": "1.1", "requestId": number, "requesttime": ASKED_AT}
    return {**head, "referenceId": number, "referenceURL": address}
