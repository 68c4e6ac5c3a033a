"""One running provider a worker, with the people and services of the fuzz."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fuzz.invariants import Judge
from tests.fuzz.world import SETTINGS, World
from tests.live import LiveServer
from tests.protocol.provider import Provider

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder talks to a running server."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.protocol)


@pytest.fixture(scope="session")
def world(start_server: Callable[..., LiveServer]) -> Iterator[World]:
    """The world, under gunicorn."""
    provider = Provider(start_server(settings=SETTINGS))
    yield World(provider)
    provider.console.close()


@pytest.fixture(scope="session")
def judge(world: World) -> Judge:
    """Who judges the answers of that world's server."""
    return Judge(world)
