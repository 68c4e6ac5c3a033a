"""The simulator's HTTP side: loopback only, the verbs of the interface, and a path to choose who is there.

A browser page elsewhere must not reach it: the name in `Host` has to be this machine's, and a request with an `Origin`
is answered only for those that were allowed at the start.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

from enrollment.devices.frames import BOUNDARY, part
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.simulator.station import Station
from enrollment.devices.vocabulary import Purpose, Verb

__all__ = ["SETUP_PATH", "Service"]

SETUP_PATH = "/simulator"
MAX_BODY = 64 << 10
FRAME_SECONDS = 0.2
_HOSTS = frozenset({"127.0.0.1", "localhost"})


class Service(ThreadingHTTPServer):
    """Serves a station on 127.0.0.1. `origins`: pages that may ask from a browser. Port 0 takes any free one."""

    daemon_threads = True

    def __init__(self, port: int, station: Station, origins: frozenset[str] = frozenset()) -> None:
        self.station = station
        self.origins = origins
        self.stopping = Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def stop(self) -> None:
        """End `serve_forever` and every conversation that is held open."""
        self.stopping.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The standard library looks for a method of the verb's name; all verbs are one method here."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: whoever runs it sees the answers."""

    def _answer(self) -> None:
        self.close_connection = True
        body = self._body()
        if body is None or not self._allowed():
            return
        station = self.server.station
        match (self.command, self.path):
            case ("OPTIONS", _):
                self._send(HTTPStatus.NO_CONTENT, b"")
            case (Verb.DISCOVER, Verb.DISCOVER.path):
                self._send_or_refuse(station.discovered(body))
            case (Verb.INFORM, Verb.INFORM.path):
                self._send_or_refuse(station.informed())
            case (Verb.ENROL, Verb.ENROL.path):
                self._capture(body, Purpose.ENROL)
            case (Verb.VERIFY, Verb.VERIFY.path):
                self._capture(body, Purpose.VERIFY)
            case (Verb.STREAM, Verb.STREAM.path):
                self._stream(body)
            case ("PUT", "/simulator"):
                self._send_or_refuse(station.set_up(body))
            case ("GET", "/simulator"):
                self._send_or_refuse(json.dumps(station.setup.document).encode())
            case _:
                self._send(HTTPStatus.NOT_FOUND, b"{}")

    def _body(self) -> bytes | None:
        """The request's body; None after an answer to one that is too long or not said to be any length."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or len(length) > 9 or int(length) > MAX_BODY:
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"{}")
            return None
        return self.rfile.read(int(length))

    def _allowed(self) -> bool:
        host = self.headers.get("Host", "").partition(":")[0]
        origin = self.headers.get("Origin")
        if host in _HOSTS and (origin is None or origin in self.server.origins):
            return True
        self._send(HTTPStatus.FORBIDDEN, b"{}")
        return False

    def _capture(self, body: bytes, purpose: Purpose) -> None:
        request = self.server.station.request(body, purpose)
        if request is None:
            self._send(HTTPStatus.BAD_REQUEST, b"{}")
        elif self.server.station.setup.fault is Fault.TIMEOUT:
            # Nothing comes, for as long as anybody could wait.
            self.server.stopping.wait(2 * request.timeout_milliseconds / 1000 + 60)
        else:
            self._send(HTTPStatus.OK, self.server.station.captured(request))

    def _stream(self, body: bytes) -> None:
        device = self.server.station.streamed(body)
        frame = None if device is None else device.frame()
        if device is None or frame is None:
            self._send(HTTPStatus.NOT_FOUND, b"{}")
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self._finish_headers()
        try:
            while frame is not None:
                self.wfile.write(part(*frame))
                if self.server.stopping.wait(FRAME_SECONDS):
                    return
                frame = device.frame()
        except OSError:
            return

    def _send_or_refuse(self, content: bytes | None) -> None:
        if content is None:
            self._send(HTTPStatus.BAD_REQUEST, b"{}")
        else:
            self._send(HTTPStatus.OK, content)

    def _send(self, status: HTTPStatus, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self._finish_headers()
            self.wfile.write(content)
        except OSError:
            return

    def _finish_headers(self) -> None:
        origin = self.headers.get("Origin")
        if origin in self.server.origins and origin is not None:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Vary", "Origin")
            self.send_header("Access-Control-Allow-Methods", ", ".join((*Verb, "GET", "PUT")))
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Access-Control-Allow-Private-Network", "true")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
