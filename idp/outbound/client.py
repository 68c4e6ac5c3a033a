"""One small HTTP client for requests that leave the house: https, no redirects, bounded in size and time.

An answer is read up to a limit and never followed anywhere. What goes wrong is a member of a closed list; the words of
the other side reach no log and no exception.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idp.outbound.destinations import Destination, destination_of, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Answer", "GuardedClient", "OutboundError", "Trouble"]


class Trouble(StrEnum):
    """Why there is no answer."""

    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"


class OutboundError(Exception):
    """No answer was had; `trouble` says why. Whether the other side acted is unknown, but for ADDRESS and TLS."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the body, as far as it was asked for."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None


class GuardedClient:
    """Posts JSON, and gets bytes. `seconds` bounds a whole exchange, `max_bytes` the answer.

    `ca_file` is for private authorities; `allow_loopback` lets tests talk http to their own machine; nothing else does.
    """

    def __init__(
        self,
        *,
        seconds: float = 10.0,
        max_bytes: int = 65_536,
        ca_file: Path | None = None,
        allow_loopback: bool = False,
    ) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._ca_file = ca_file
        self._allow_loopback = allow_loopback

    def post_json(self, url: str, document: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """Post one JSON object; any status is an answer, a redirect too. Raises `OutboundError`."""
        body = json.dumps(document, ensure_ascii=False).encode()
        described = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        return self._asked("POST", url, body, described)

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Get what is there; any status is an answer, a redirect too. Raises `OutboundError`."""
        return self._asked("GET", url, None, headers)

    def _asked(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        destination = destination_of(url, allow_http=self._allow_loopback)
        if destination is None:
            raise OutboundError(Trouble.ADDRESS)
        with _translated(), self._connected(destination) as connection:
            connection.request(method, destination.target, body, {"Host": destination.host_header, **headers})
            response = connection.getresponse()
            read = response.read(self._max_bytes + 1)
            if len(read) > self._max_bytes:
                raise OutboundError(Trouble.TOO_LARGE)
            if response.length:  # fewer bytes came than were announced
                raise http.client.IncompleteRead(b"")
            return Answer(response.status, read, response.getheader("Retry-After"))

    @contextmanager
    def _connected(self, destination: Destination) -> Iterator[http.client.HTTPConnection]:
        """A connection that is cut when the time is over, however slowly the other side goes on talking."""
        addresses = resolved(destination.host, destination.port, allow_loopback=self._allow_loopback)
        if not addresses or (not destination.secure and not self._allow_loopback):
            raise OutboundError(Trouble.ADDRESS)
        plain = _first_open(addresses, destination.port, self._seconds)
        # A second handle: TLS takes the first one away.
        handle, over = plain.dup(), threading.Event()
        watch = threading.Timer(self._seconds, _cut, (handle, over))
        watch.daemon = True
        watch.start()
        wire = plain
        try:
            if destination.secure:
                context = ssl.create_default_context(cafile=None if self._ca_file is None else str(self._ca_file))
                wire = context.wrap_socket(plain, server_hostname=destination.host)
            connection = http.client.HTTPConnection(destination.host, destination.port)
            connection.sock = wire
            yield connection
        except (OSError, http.client.HTTPException):
            if over.is_set():
                raise OutboundError(Trouble.TIMEOUT) from None
            raise
        finally:
            watch.cancel()
            wire.close()
            handle.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OutboundError:
        raise
    except TimeoutError:
        raise OutboundError(Trouble.TIMEOUT) from None
    except ssl.SSLError:
        raise OutboundError(Trouble.TLS) from None
    except OSError:
        raise OutboundError(Trouble.UNREACHABLE) from None
    except (http.client.HTTPException, ValueError):
        raise OutboundError(Trouble.PROTOCOL) from None


def _first_open(addresses: list[str], port: int, seconds: float) -> socket.socket:
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=seconds / len(addresses))
    return socket.create_connection((addresses[-1], port), timeout=seconds)


def _cut(wire: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
