"""A server of files, as an application without a server of its own is delivered."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from embedded.authority import CertificateFiles
from embedded.ports import free_ports

__all__ = ["StaticSite"]

_TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "json": "application/json"}


class StaticSite:
    """Serves `files` by path (the page at every other path), under https when it has a certificate."""

    def __init__(self, files: Mapping[str, bytes], host: str, certificate: CertificateFiles | None = None) -> None:
        (port,) = free_ports(1)
        self.address = f"{'https' if certificate else 'http'}://{host}:{port}"
        self._files = dict(files)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def settle(self, **settings: Any) -> None:
        """What the page reads as its settings."""
        self._files["/settings.json"] = json.dumps(settings).encode()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        files = self._files

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                name = path if path in files else "/index.html"
                self.send_response(200)
                self.send_header("Content-Type", _TYPES[name.rpartition(".")[2]])
                self.send_header("Content-Length", str(len(files[name])))
                self.end_headers()
                self.wfile.write(files[name])

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        return Handler
