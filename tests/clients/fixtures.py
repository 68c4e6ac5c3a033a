"""Fixtures of all client tests: the provider under https with a certificate of a private authority.

`tests/clients` and `tests/apache` take them into their conftest. A worker that runs files of both starts one
provider: what is started is kept where both find it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.authority import Authority, CertificateFiles
from tests.clients.node import installed
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Browser, Person
from tests.protocol.provider import Provider
from tests.stack import Stack

__all__ = ["authority", "certificate", "clock", "node_home", "person", "private", "provider", "visitor"]

_AUTHORITY = pytest.StashKey[Authority]()
_PROVIDER = pytest.StashKey[Provider]()


@pytest.fixture(scope="session")
def node_home(stack: Stack) -> Path:
    """Where the scripts lie beside their libraries; one for the run."""
    return installed(stack.folder)


@pytest.fixture(scope="session")
def private(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A private authority for the loopback names."""
    kept = request.config.stash
    if _AUTHORITY not in kept:
        kept[_AUTHORITY] = Authority(tmp_path_factory.mktemp("authority"), "Authority of the client tests")
    return kept[_AUTHORITY]


@pytest.fixture(scope="session")
def authority(private: Authority, certificate: CertificateFiles) -> Path:
    """What a client must trust."""
    return private.certificate


@pytest.fixture(scope="session")
def certificate(private: Authority) -> CertificateFiles:
    """A certificate for localhost, for the provider and for sites that want one."""
    return private.issue("localhost")


@pytest.fixture(scope="session")
def provider(
    request: pytest.FixtureRequest,
    start_lasting_server: Callable[..., LiveServer],
    certificate: CertificateFiles,
    authority: Path,
) -> Iterator[Provider]:
    """The provider, at an https address."""
    kept = request.config.stash
    if _PROVIDER in kept:
        yield kept[_PROVIDER]
        return
    settings = {"WANGOV_ADDRESS_TRIES": "1000"}
    provider = Provider(start_lasting_server(settings=settings, certificate=certificate, authority=authority))
    kept[_PROVIDER] = provider
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


@pytest.fixture
def person(provider: Provider) -> Person:
    """Somebody with a password and a code generator, proofed to the second level."""
    return provider.enrol(totp=True, ial=2)
