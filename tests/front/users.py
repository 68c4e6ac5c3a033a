"""Ordinary users on keep-alive connections: what each of their requests took, and which failed."""

from __future__ import annotations

import http.client
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from tests.front.raw import context
from tests.protocol.driver import RelyingParty, basic

__all__ = ["Asked", "Figures", "Users", "mixed"]

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and the status that its answer must have."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one stretch of time. Milliseconds; `failed` counts what went wrong, in words."""

    count: int
    p50: float
    p99: float
    longest: float
    failed: Counter[str]

    def __str__(self) -> str:
        """One line for people."""
        wrong = ", ".join(f"{number} x {what}" for what, number in self.failed.items()) or "none"
        return (
            f"{self.count:7d} requests  p50 {self.p50:7.1f} ms  p99 {self.p99:7.1f} ms  "
            f"longest {self.longest:7.1f} ms  failed: {wrong}"
        )


def mixed(service: RelyingParty) -> list[Asked]:
    """A page, the documents, and two machine endpoints with a commit behind each."""
    proof = {"Authorization": basic(service.client_id, service.secret or "")}
    form = {**proof, "Content-Type": "application/x-www-form-urlencoded"}
    token = urlencode({"grant_type": "client_credentials"}).encode()
    return [
        Asked("GET", "/help", {}),
        Asked("GET", "/.well-known/openid-configuration", {}),
        Asked("GET", "/oauth/jwks", {}),
        Asked("POST", "/oauth/token", form, token),
        Asked("POST", "/oauth/introspect", form, b"token=unknown"),
    ]


class Users:
    """So many users, each with a connection of his own, asking one thing after the other with a `pause` between.

    `trusted` is the authority of https; without it they speak http. Use it as a context.
    """

    def __init__(
        self, port: int, trusted: Path | None, asked: Sequence[Asked], *, count: int = 4, pause: float = 0.01
    ) -> None:
        self._port = port
        self._context = context(trusted) if trusted else None
        self._asked = asked
        self._pause = pause
        self._taken: list[float] = []
        self._failed: Counter[str] = Counter()
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(count)]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, each with the answer that he waits for."""
        self._done.set()
        for thread in self._threads:
            thread.join(SECONDS)

    def figures(self) -> Figures:
        """What has happened since the last call."""
        taken, self._taken = self._taken, []
        failed, self._failed = self._failed, Counter()
        ordered = sorted(taken) or [0.0]
        return Figures(len(taken), ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1], failed)

    def _work(self, number: int) -> None:
        connection = self._connection()
        choice = random.Random(number)  # noqa: S311 - which request is next is no secret
        while not self._done.wait(self._pause):
            asked = choice.choice(self._asked)
            began = time.perf_counter()
            try:
                connection.request(asked.method, asked.path, asked.body or None, asked.headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._failed[f"{asked.method} {asked.path} {type(error).__name__}"] += 1
                connection.close()
                connection = self._connection()
            else:
                if answer.status != asked.status:
                    self._failed[f"{asked.method} {asked.path} {answer.status}"] += 1
            self._taken.append((time.perf_counter() - began) * 1000)
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        return _NamedConnection("127.0.0.1", self._port, self._context)


class _NamedConnection(http.client.HTTPSConnection):
    """Https to 127.0.0.1 under the name of the certificate, without asking which of its addresses `localhost` has."""

    def __init__(self, address: str, port: int, trust: ssl.SSLContext) -> None:
        super().__init__("localhost", port, timeout=SECONDS, context=trust)
        self._address = address
        self._trust = trust

    def connect(self) -> None:
        """Connect and shake hands."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(self.sock, server_hostname="localhost")
