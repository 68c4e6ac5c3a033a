"""An attacker on the same machine who wants the bytes of one object without its key.

Knows everything but the secrets: every port and socket of the server, bucket and key, even the inner number of the
file. Reads whatever is offered, and tries each permit that he is handed on every port.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from embedded.authority import CertificateFiles

__all__ = ["Prying", "answers_grpc", "listening"]

_SECONDS = 3.0
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
_SETTINGS_FRAME = 4


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a process listens."""

    addresses: frozenset[tuple[str, int]]
    sockets: frozenset[str]


def listening(pid: int) -> Listening:
    """The TCP addresses and the named sockets on which the process `pid` listens (proc(5))."""
    inodes = {
        match[1]
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if (match := re.match(r"socket:\[(\d+)\]", str(link.readlink())))
    }
    addresses = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                addresses.add((address, int(port, 16)))
    rows = [row.split() for row in Path(f"/proc/{pid}/net/unix").read_text(encoding="utf-8").splitlines()[1:]]
    return Listening(frozenset(addresses), frozenset(row[7] for row in rows if len(row) > 7 and row[6] in inodes))


@dataclass(slots=True)
class Prying:
    """One attempt on one object; `seen` is everything that was answered, `permits` what could open more."""

    ports: list[int]
    sockets: list[Path]
    bucket: str
    key: str
    file_number: str
    permits: set[str] = field(default_factory=set)
    seen: bytes = b""

    def pry(self) -> None:
        """Ask everybody for everything, then again with each permit handed out."""
        self._ask_all(None)
        for permit in tuple(self.permits):
            self._ask_all(permit)

    def _ask_all(self, permit: str | None) -> None:
        places: list[int | Path] = [*self.ports, *self.sockets]
        for place in places:
            for path in self._paths():
                self._ask(place, path, permit)

    def _paths(self) -> tuple[str, ...]:
        volume = self.file_number.partition(",")[0]
        return (
            "/",
            f"/{self.bucket}/{self.key}",
            f"/{self.bucket}?list-type=2",
            f"/buckets/{self.bucket}/{self.key}",
            f"/buckets/{self.bucket}/",
            f"/{self.file_number}",
            f"/{self.file_number.replace(',', '/')}",
            f"/dir/lookup?fileId={self.file_number}&read=yes",
            f"/dir/lookup?fileId={self.file_number}",
            f"/dir/lookup?volumeId={volume}",
            "/dir/assign",
            "/dir/status",
            "/vol/status",
            "/status",
            "/ui/index.html",
            "/stats/disk",
            "/debug/pprof/heap?debug=1",
            "/metrics",
        )

    def _ask(self, place: int | Path, path: str, permit: str | None) -> None:
        connection = _Connection(place)
        headers = {"Authorization": permit} if permit else {}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException):
            return
        finally:
            connection.close()
        self.seen += body
        if answer.status < 300:
            if handed := answer.getheader("Authorization"):
                self.permits.add(handed)
            self._keep_permit(body)

    def _keep_permit(self, body: bytes) -> None:
        try:
            document = json.loads(body)
        except ValueError:
            return
        if isinstance(document, dict) and isinstance(document.get("auth"), str):
            self.permits.add(f"Bearer {document['auth']}")


class _Connection(HTTPConnection):
    """HTTP to a port of this machine or to a named socket."""

    def __init__(self, place: int | Path) -> None:
        super().__init__("127.0.0.1", place if isinstance(place, int) else 80, timeout=_SECONDS)
        self._place = place

    def connect(self) -> None:
        """Connect to the place."""
        if isinstance(self._place, int):
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(str(self._place))


def answers_grpc(place: int | Path, *, tls: bool = False, certificate: CertificateFiles | None = None) -> bool:
    """Whether the server at `place` begins to speak HTTP/2 (RFC 9113 section 3.4), and with that gRPC, to us."""
    family = socket.AF_INET if isinstance(place, int) else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_STREAM) as plain:
        plain.settimeout(_SECONDS)
        try:
            plain.connect(("127.0.0.1", place) if isinstance(place, int) else str(place))
            channel = _wrapped(plain, certificate) if tls else plain
            with channel:
                channel.sendall(_HTTP2_PREFACE)
                head = channel.recv(9)
        except OSError:
            return False
    return len(head) == 9 and head[3] == _SETTINGS_FRAME


def _wrapped(plain: socket.socket, certificate: CertificateFiles | None) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if certificate is not None:
        context.load_cert_chain(certificate.certificate, certificate.key)
    return context.wrap_socket(plain)
