"""The registry answers from memory until the generation moves, and asks nobody about impossible names."""

from typing import Any

import pytest

from idp.clients.client import Client, ResourceServer
from idp.clients.registry import ClientRegistry
from idp.errors import StoreUnavailableError


class Loader:
    """Fulfils `idp.clients.registry.ClientLoader` and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.enabled = True
        self.away = False

    def _note(self, kind: str, name: str) -> None:
        if self.away:
            raise StoreUnavailableError
        self.asked.append((kind, name))

    def client(self, client_id: str) -> Client | None:
        """A client called `permits`."""
        self._note("client", client_id)
        metadata: dict[str, Any] = {"redirect_uris": ["https://permits.example/cb"]}
        if client_id != "permits":
            return None
        return Client.of(client_id, enabled=self.enabled, secret_digest=None, metadata=metadata)

    def resource(self, audience: str) -> ResourceServer | None:
        """One resource server."""
        self._note("resource", audience)
        known = audience == "https://api.example"
        return ResourceServer(audience, "API", frozenset({"read"}), frozenset({"permits"})) if known else None

    def resources_of(self, client_id: str) -> frozenset[str]:
        """What `permits` may introspect for."""
        self._note("audiences", client_id)
        return frozenset({"https://api.example"}) if client_id == "permits" else frozenset()

    def origin_known(self, origin: str) -> bool:
        """One origin is known."""
        self._note("origin", origin)
        return origin == "https://permits.example"


class Generations:
    """A generation that a test moves."""

    def __init__(self) -> None:
        self.number = 1

    def generation(self, name: str) -> int:
        """The present number of "clients"."""
        assert name == "clients"
        return self.number


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The present second."""
        return self.now


@pytest.fixture
def loader() -> Loader:
    """What the registry asks."""
    return Loader()


@pytest.fixture
def generations() -> Generations:
    """What the registry compares."""
    return Generations()


@pytest.fixture
def seconds() -> Seconds:
    """The registry's time."""
    return Seconds()


@pytest.fixture
def registry(loader: Loader, generations: Generations, seconds: Seconds) -> ClientRegistry:
    """A registry over them."""
    return ClientRegistry(loader, generations, monotonic=seconds)


def test_a_name_is_looked_up_once(registry: ClientRegistry, loader: Loader) -> None:
    """Known and unknown names alike are answered from memory the second time."""
    for _ in range(3):
        client = registry.get("permits")
        assert client is not None
        assert client.enabled
        assert registry.get("nobody") is None
        assert registry.resource("https://api.example") is not None
        assert registry.resource("https://other.example") is None
        assert registry.resources_of("permits") == {"https://api.example"}
        assert registry.origin_known("https://permits.example")
        assert not registry.origin_known("https://evil.example")
    assert len(loader.asked) == 7


def test_names_of_different_kinds_do_not_meet(registry: ClientRegistry) -> None:
    """A client called like an audience is not that audience."""
    assert registry.resource("https://api.example") is not None
    assert registry.get("https://api.example") is None
    assert not registry.origin_known("https://api.example")


def test_a_change_is_seen_within_a_second(
    registry: ClientRegistry, loader: Loader, generations: Generations, seconds: Seconds
) -> None:
    """A client disabled elsewhere is refused from cached state no longer than that (AC-133)."""
    client = registry.get("permits")
    assert client is not None
    loader.enabled = False
    generations.number += 1
    seconds.now += 0.9
    client = registry.get("permits")
    assert client is not None
    assert not client.enabled


@pytest.mark.parametrize("name", ["", "x" * 201, "a\x00b", "\ud800", "caf\u00e9", "line\nbreak"])
def test_impossible_names_are_answered_without_a_look_up(registry: ClientRegistry, loader: Loader, name: str) -> None:
    """What cannot be registered cannot reach the database or fill the cache."""
    assert registry.get(name) is None
    assert registry.resources_of(name) == frozenset()
    assert loader.asked == []


@pytest.mark.parametrize("address", ["", "x" * 501, "https://a\x00b", "https://caf\u00e9.example"])
def test_impossible_addresses_are_answered_without_a_look_up(
    registry: ClientRegistry, loader: Loader, address: str
) -> None:
    """The same for audiences and origins, which come from requests too."""
    assert registry.resource(address) is None
    assert not registry.origin_known(address)
    assert loader.asked == []


def test_a_store_that_is_away_is_not_an_unknown_client(registry: ClientRegistry, loader: Loader) -> None:
    """Nobody takes an outage for "not found", and nothing of it is remembered."""
    loader.away = True
    with pytest.raises(StoreUnavailableError):
        registry.get("permits")
    loader.away = False
    assert registry.get("permits") is not None
