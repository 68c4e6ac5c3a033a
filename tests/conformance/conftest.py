"""One provider a worker, over https with a private authority; clients registered by command; one person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedded.authority import Authority
from tests.conformance.modules import BASIC, FORM_POST
from tests.conformance.runner import ModuleRun
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person, RelyingParty
from tests.protocol.provider import Provider


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of this folder."""
    config.addinivalue_line("markers", "permitted_refusal: the module ends in a refusal that its profile permits")


@pytest.fixture(scope="session")
def provider(
    start_lasting_server: Callable[..., LiveServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Provider]:
    """The provider with a certificate of a private authority."""
    authority = Authority(tmp_path_factory.mktemp("authority"), "Authority of the conformance tests")
    certificate = authority.issue("localhost")
    provider = Provider(start_lasting_server(certificate=certificate, authority=authority.certificate))
    yield provider
    provider.console.close()


def _registered(provider: Provider, host: str, **metadata: Any) -> RelyingParty:
    document = {
        "client_name": host.partition(".")[0].capitalize(),
        "redirect_uris": [f"https://{host}/callback"],
        "post_logout_redirect_uris": [f"https://{host}/signed-out"],
        "grant_types": ["authorization_code", "refresh_token"],
        "require_pkce": False,
        **metadata,
    }
    registration = provider.live.command("client", "create", document=document)
    return RelyingParty(provider.issuer, registration, provider.discovery, provider.live.http.verify or True)


@pytest.fixture(scope="session")
def first(provider: Provider) -> RelyingParty:
    """The client that runs the modules: secret by Basic authentication, no PKCE of its own accord."""
    return _registered(provider, "first.example")


@pytest.fixture(scope="session")
def second(provider: Provider) -> RelyingParty:
    """Another client of the same kind."""
    return _registered(provider, "second.example")


@pytest.fixture(scope="session")
def posting(provider: Provider) -> RelyingParty:
    """A client whose secret travels in the body."""
    return _registered(provider, "posting.example", token_endpoint_auth_method="client_secret_post")


@pytest.fixture(scope="session")
def person(provider: Provider) -> Person:
    """Somebody with every standard claim."""
    return provider.enrol(
        middle_name="Isatu",
        nickname="Ama",
        preferred_username="amara",
        profile="https://people.example/amara",
        picture="https://people.example/amara.png",
        website="https://amara.example/",
        gender="female",
        address={
            "formatted": "1 Sample Road, Freetown",
            "street_address": "1 Sample Road",
            "locality": "Freetown",
            "region": "Western Area",
            "postal_code": "00232",
            "country": "SL",
        },
    )


@pytest.fixture
def run(provider: Provider, first: RelyingParty, person: Person, test_clock: MovableClock) -> ModuleRun:
    """A run by query, at a fresh browser; the provider's clock at the machine's time."""
    return ModuleRun(provider, first, person, provider.browser(), test_clock)


@pytest.fixture(params=[BASIC, FORM_POST])
def basic(request: pytest.FixtureRequest, run: ModuleRun) -> Iterator[ModuleRun]:
    """A run of the Basic list, once by query and once by form post. What the test says of its end is held to."""
    run.profile = request.param
    yield run
    marked = request.node.get_closest_marker("permitted_refusal") is not None
    assert bool(run.refusals) is marked, f"ended in {run.refusals or 'no refusal'}, but is marked otherwise"
