"""One running provider a worker, two services, an app, a machine, and two people who share no test's secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.provider import Provider

RECORDS = "https://records.example/api"
LEDGER = "https://ledger.example/api"
ADDRESS_TRIES = 20


@pytest.fixture(scope="session")
def provider(start_lasting_server: Callable[..., LiveServer]) -> Iterator[Provider]:
    """The provider. One trusted proxy in front, so that each browser here comes from an address of its own."""
    settings = {
        "WANGOV_TRUSTED_PROXIES": "1",
        "WANGOV_ADDRESS_TRIES": str(ADDRESS_TRIES),
        "WANGOV_SCOPE_LEVELS": "vault.open=nid:2",
    }
    provider = Provider(start_lasting_server(settings=settings))
    yield provider
    provider.console.close()


@pytest.fixture(autouse=True)
def clock(test_clock: MovableClock) -> MovableClock:
    """The provider's clock, at the machine's time when a test begins."""
    return test_clock


@pytest.fixture
def visitor(provider: Provider) -> Browser:
    """A browser that nobody has used."""
    return provider.browser()


@pytest.fixture(scope="session")
def tax(provider: Provider) -> RelyingParty:
    """A service with a secret, by Basic authentication, that may refresh."""
    return provider.register(host="tax.example", purpose="To fill in your tax return")


@pytest.fixture(scope="session")
def clinic(provider: Provider) -> RelyingParty:
    """Another service of another sector; its secret travels in the body."""
    return provider.register(host="clinic.example", token_endpoint_auth_method="client_secret_post")


@pytest.fixture(scope="session")
def app(provider: Provider) -> RelyingParty:
    """An app on a phone: no secret, a private scheme and the loopback address."""
    return provider.register_app()


@pytest.fixture(scope="session")
def machine(provider: Provider) -> RelyingParty:
    """A service that calls others on its own account."""
    return provider.register_machine("records.read records.write", RECORDS, LEDGER)


@pytest.fixture(scope="session")
def guardian(provider: Provider, machine: RelyingParty) -> RelyingParty:
    """The client that stands for the records API and may introspect tokens meant for it."""
    party = provider.register(
        client_name="Records", redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"]
    )
    document = {
        "audience": RECORDS,
        "name": "Records",
        "scopes": ["records.read", "records.write"],
        "client_ids": [party.client_id],
    }
    provider.operate("resource", "create", document=document)
    return party


@pytest.fixture(scope="session")
def resident(provider: Provider) -> Person:
    """A person with a password."""
    return provider.enrol("amara")


@pytest.fixture(scope="session")
def guarded(provider: Provider) -> Person:
    """A person with a password and a code generator, proofed to the second level."""
    return provider.enrol("binta", totp=True, ial=2, name="Binta Testperson", email="binta@mail.example")
