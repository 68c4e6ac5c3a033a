"""One provider for the races, with room for all who race."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.live import LiveServer
from tests.protocol.provider import Provider
from tests.races.contests import SETTINGS, THREADS


@pytest.fixture(scope="module")
def live(start_server: Callable[..., LiveServer]) -> LiveServer:
    """Two workers, and threads for everybody."""
    return start_server(settings=SETTINGS, threads=THREADS)


@pytest.fixture(scope="module")
def provider(live: LiveServer) -> Iterator[Provider]:
    """The provider."""
    provider = Provider(live)
    yield provider
    provider.console.close()


@pytest.fixture(autouse=True)
def clock(live: LiveServer) -> Iterator[None]:
    """A one-time code moves the provider's clock on; afterwards it is the machine's again."""
    yield
    live.clock.reset()
