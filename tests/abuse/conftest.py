"""One running provider a worker that tells its figures, who is attacked there, and the watch over what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.abuse.bait import Bait
from tests.abuse.centre import Centre
from tests.abuse.watch import Watch
from tests.live import SHIPPED_PATIENCE, LiveServer, MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

RECORDS = "https://records.example/api"
METRICS_TOKEN = "figures-of-a-test"
ADDRESS_TRIES = 20
BEGUN = 4 * ADDRESS_TRIES


@pytest.fixture(scope="session")
def provider(start_lasting_server: Callable[..., LiveServer], s3: dict[str, str]) -> Iterator[Provider]:
    """The provider that is attacked, behind one trusted proxy."""
    settings = {
        "WANGOV_TRUSTED_PROXIES": "1",
        "WANGOV_ADDRESS_TRIES": str(ADDRESS_TRIES),
        "WANGOV_METRICS_TOKEN": METRICS_TOKEN,
        **SHIPPED_PATIENCE,
        **s3,
    }
    provider = Provider(start_lasting_server(settings=settings))
    yield provider
    provider.console.close()


@pytest.fixture(scope="session")
def watch(provider: Provider) -> Iterator[Watch]:
    """Sees what an attack counted, audited and left behind."""
    watch = Watch(provider, METRICS_TOKEN)
    yield watch
    watch.close()


@pytest.fixture(autouse=True)
def clock(test_clock: MovableClock) -> MovableClock:
    """The provider's clock, at the machine's time when a test begins."""
    return test_clock


@pytest.fixture
def bait() -> Iterator[Bait]:
    """A server of the attacker's on this machine that nobody may call."""
    with Bait() as bait:
        yield bait


@pytest.fixture
def visitor(provider: Provider) -> Browser:
    """A browser that nobody has used, at an address of its own."""
    return provider.browser()


@pytest.fixture(scope="session")
def centre(provider: Provider) -> Centre:
    """Two registration centres of the provider."""
    return Centre(provider)


@pytest.fixture(scope="session")
def tax(provider: Provider) -> RelyingParty:
    """A service with a secret, by Basic authentication, that may refresh."""
    return provider.register(host="tax.example")


@pytest.fixture(scope="session")
def clinic(provider: Provider) -> RelyingParty:
    """Another service of another sector; its secret travels in the body."""
    return provider.register(host="clinic.example", token_endpoint_auth_method="client_secret_post")


@pytest.fixture(scope="session")
def app(provider: Provider) -> RelyingParty:
    """An app on a phone, without a secret."""
    return provider.register_app()


@pytest.fixture(scope="session")
def machine(provider: Provider) -> RelyingParty:
    """A service that calls others on its own account."""
    return provider.register_machine("records.read", RECORDS)


@pytest.fixture(scope="session")
def resident(provider: Provider) -> Person:
    """A person with a password."""
    return provider.enrol("amara")


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """The resident, signed in at the tax service just now."""
    return sign_in(tax, resident, visitor, scope="openid profile email", tick=["email"])


@pytest.fixture(params=["gunicorn", "granian"])
def server(request: pytest.FixtureRequest) -> LiveServer:
    """Each of the two servers that an operator may choose."""
    if request.param == "granian":
        running: LiveServer = request.getfixturevalue("granian_server")
        return running
    provider: Provider = request.getfixturevalue("provider")
    return provider.live
