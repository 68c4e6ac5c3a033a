"""A provider behind nginx for the programs of this folder that print figures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from tests.front.fronted import Fronted
from tests.live import LiveServer, MovableClock
from tests.protocol.provider import Provider
from tests.stack import Keeper, Stack

__all__ = ["say", "standing"]


@contextmanager
def standing(server: str, **options: Any) -> Iterator[tuple[Fronted, Provider]]:
    """Private stores, the provider under `server`, nginx before it; all gone after the block."""
    keeper = Keeper()
    folder = keeper.folder / "front"
    folder.mkdir()
    started: list[LiveServer] = []
    try:
        stack = Stack(keeper.folder)

        def start(**given: Any) -> LiveServer:
            clock = MovableClock(folder / "offset")
            started.append(LiveServer(stack, folder, clock, f"front_{server}", server=server, **given))
            return started[-1]

        fronted = Fronted(start, folder, **options)
        provider = Provider(cast("LiveServer", fronted))
        try:
            yield fronted, provider
        finally:
            provider.console.close()
            fronted.stop()
    finally:
        for live in started:
            live.stop()
        keeper.stop()
        shutil.rmtree(folder, ignore_errors=True)


def say(line: str) -> None:
    """Print a line now."""
    print(line, flush=True)
