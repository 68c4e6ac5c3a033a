"""One running provider a worker, with the people and services of the fuzz."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fuzz.invariants import Judge
from tests.fuzz.world import SETTINGS, World
from tests.live import LiveServer
from tests.protocol.provider import Provider


@pytest.fixture(scope="session")
def world(start_lasting_server: Callable[..., LiveServer]) -> Iterator[World]:
    """The world, under gunicorn."""
    provider = Provider(start_lasting_server(settings=SETTINGS))
    yield World(provider)
    provider.console.close()


@pytest.fixture(scope="session")
def judge(world: World) -> Judge:
    """Who judges the answers of that world's server."""
    return Judge(world)
