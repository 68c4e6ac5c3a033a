"""The registry over a real database and a real Valkey."""

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from embedded.ports import free_ports
from idp.clients import ClientRegistry, DatabaseLoader, ResourceServer
from idp.clients.models import ClientRow, ResourceServerRow
from idp.ephemeral import Ephemeral
from idp.errors import StoreUnavailableError
from tests.factories.clients import store_client
from tests.factories.moments import START

pytestmark = pytest.mark.integration


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The present second."""
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    """Time of all processes of the test."""
    return Seconds()


@pytest.fixture
def ephemeral(redis_url: str, redis_prefix: str) -> Ephemeral:
    """Where generations are kept."""
    return Ephemeral(redis_url, prefix=redis_prefix, timeout_seconds=2.0)


@pytest.fixture
def registry(own_database: Engine, ephemeral: Ephemeral, seconds: Seconds) -> ClientRegistry:
    """As a running server has it."""
    return ClientRegistry(DatabaseLoader(own_database), ephemeral, monotonic=seconds)


def test_what_is_stored_is_what_the_registry_answers(registry: ClientRegistry, own_database: Engine) -> None:
    """Clients, their origins, and resource servers."""
    with Session(own_database) as session:
        client = store_client(session, "permits", resources=["https://api.example"])
        store_client(session, "off", enabled=False, redirect_uris=["https://off.example/cb"])
        session.add(
            ResourceServerRow(
                audience="https://api.example", name="API", scopes=["read"], client_ids=["permits"], created_at=START
            )
        )
        session.commit()
    assert registry.get("permits") == client
    off = registry.get("off")
    assert off is not None
    assert not off.enabled
    assert registry.get("nobody") is None
    assert registry.origin_known("https://permits.example")
    assert not registry.origin_known("https://off.example")
    assert not registry.origin_known("https://permits.exampl_")
    server = registry.resource("https://api.example")
    assert server is not None
    assert server == ResourceServer("https://api.example", "API", frozenset({"read"}), frozenset({"permits"}))
    assert registry.resource("https://api.example/") is None
    assert registry.resources_of("permits") == {"https://api.example"}
    assert registry.resources_of("off") == frozenset()


def test_a_change_in_another_process_is_seen_within_a_second(
    registry: ClientRegistry, own_database: Engine, ephemeral: Ephemeral, seconds: Seconds
) -> None:
    """A disabled client lives no longer in anybody's memory (AC-133)."""
    with Session(own_database) as session:
        store_client(session, "permits")
        session.commit()
    assert registry.get("permits") is not None
    with Session(own_database) as session:
        session.get_one(ClientRow, "permits").state = "disabled"
        session.commit()
    ephemeral.advance("clients")
    seconds.now += 0.9
    client = registry.get("permits")
    assert client is not None
    assert not client.enabled


def test_a_database_that_is_away_is_not_an_unknown_client(ephemeral: Ephemeral, seconds: Seconds) -> None:
    """The error names neither address nor statement."""
    (port,) = free_ports(1)
    engine = create_engine(f"postgresql+psycopg://nobody:word@127.0.0.1:{port}/none")
    registry = ClientRegistry(DatabaseLoader(engine), ephemeral, monotonic=seconds)
    for call in (registry.get, registry.resource, registry.resources_of, registry.origin_known):
        with pytest.raises(StoreUnavailableError) as caught:
            call("permits")
        assert str(port) not in str(caught.value)
    engine.dispose()
