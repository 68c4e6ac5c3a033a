"""A provider behind nginx for all tests of a worker, and nginx before an upstream that writes everything down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest

from tests.front.fronted import Fronted
from tests.front.mirror import Mirror, listening
from tests.front.nginx import Nginx
from tests.live import LiveServer
from tests.protocol.driver import Person, RelyingParty
from tests.protocol.provider import Provider


@pytest.fixture(scope="session")
def fronted(
    start_lasting_server: Callable[..., LiveServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fronted]:
    """A provider under gunicorn behind nginx."""
    fronted = Fronted(start_lasting_server, tmp_path_factory.mktemp("front"), settings={"WANGOV_ADDRESS_TRIES": "5"})
    yield fronted
    fronted.stop()


@pytest.fixture(scope="session")
def provider(fronted: Fronted) -> Iterator[Provider]:
    """The same, as its operator and its relying parties see it."""
    provider = Provider(cast("LiveServer", fronted))
    yield provider
    provider.console.close()


@pytest.fixture(scope="session")
def service(provider: Provider) -> RelyingParty:
    """A service of this provider."""
    return provider.register()


@pytest.fixture(scope="session")
def person(provider: Provider) -> Person:
    """A person of this provider."""
    return provider.enrol()


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    """An upstream that writes down what it is sent."""
    with listening() as mirror:
        yield mirror


@pytest.fixture(scope="module")
def mirrored(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """The front before the mirror."""
    nginx = Nginx(tmp_path_factory.mktemp("mirrored"), mirror.port)
    yield nginx
    nginx.stop()
