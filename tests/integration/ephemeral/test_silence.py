"""A short-lived store that accepts connections and says nothing."""

import socket
import threading
from collections.abc import Iterator

import pytest

from idp.ephemeral import Ephemeral
from idp.errors import StoreUnavailableError


class Silent:
    """A listener that counts who comes."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.came: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.came.append(self.listener.accept()[0])
            except OSError:
                return


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A silent store, gone after the test."""
    store = Silent()
    yield store
    store.listener.close()
    for connection in store.came:
        connection.close()


def test_only_the_first_call_waits(silent: Silent) -> None:
    """AC-123: after one time-out the store is left alone for a moment, so that waits do not add up in one request."""
    store = Ephemeral(f"redis://127.0.0.1:{silent.port}/0", prefix="t", timeout_seconds=0.1)
    for _ in range(5):
        with pytest.raises(StoreUnavailableError):
            store.ping()
    assert len(silent.came) == 1
